from odoo import fields, models


class MailMail(models.Model):
    """Mails to resellers get the link to answer only while they leave."""

    _inherit = "mail.mail"

    # set by the offers alone: no one writes a mail that gets a link
    reseller_offer_id = fields.Many2one(
        "crm.reseller.offer", readonly=True, copy=False, ondelete="set null"
    )
    reseller_answer_issue = fields.Integer(readonly=True, copy=False)

    def _prepare_outgoing_body(self):
        """Put the signed link in, which is stored nowhere.

        :return: HTML
        """
        body = super()._prepare_outgoing_body()
        mail = self.sudo()
        if (
            not mail.reseller_offer_id
            or len(mail.recipient_ids) != 1
            or mail.email_to
            or mail.email_cc
        ):
            return body
        return mail.reseller_offer_id._put_answer_link(
            body, mail.recipient_ids, mail.reseller_answer_issue
        )
