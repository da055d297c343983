from markupsafe import Markup

from odoo import fields, models


class MailMail(models.Model):
    """Mails to resellers get their signed links only while they leave.

    What is stored has a mark in the place of each link, so that nobody reads a link in
    a mail or a message.
    """

    _inherit = "mail.mail"

    # set by the offers alone: no one writes a mail that gets a link
    reseller_offer_id = fields.Many2one(
        "crm.reseller.offer", readonly=True, copy=False, ondelete="set null"
    )
    reseller_answer_issue = fields.Integer(readonly=True, copy=False)

    def _prepare_outgoing_body(self):
        """Put the signed links in the place of their marks.

        A link is good for one person: a mail to several people keeps its marks.

        :return: HTML
        """
        body = super()._prepare_outgoing_body()
        mail = self.sudo()
        person = mail.recipient_ids
        if not body or len(person) != 1 or mail.email_to or mail.email_cc:
            return body
        filled = str(body)
        for mark, make_link in mail._get_reseller_marks(person):
            filled = mark.sub(make_link, filled)
        # the text was safe before, and the links are made of safe characters
        return Markup(filled) if isinstance(body, Markup) else filled

    def _get_reseller_marks(self, person):
        """What stands for signed links in this mail. Hook.

        Make links for the record that the mail is about and for nothing else: whoever
        writes a mail can write a mark.

        :param person: res.partner, elevated, whom alone the mail goes to
        :return: list of pairs of a compiled pattern and a function of a match to the
            text that is sent; the function returns ``match.group()`` for a mark that
            stays one
        """
        self.ensure_one()
        return self.reseller_offer_id._get_answer_marks(
            person, self.reseller_answer_issue
        )
