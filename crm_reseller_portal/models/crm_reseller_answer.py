import re
from dataclasses import dataclass

from odoo import SUPERUSER_ID, api, fields, models

# an answer ends a link, and so does the end of the offer; no link lives longer
LINK_HOURS = 24 * 60
# the page that thanks for an answer shows nothing of the lead
THANKS_HOURS = 1
PURPOSE = "answer"
THANKS_PURPOSE = "answered"


@dataclass(frozen=True)
class MailAnswer:
    """Whose answer it is that came by a signed link.

    It travels in the context; no client can send such an object.

    :param partner_id: the person the link was made for
    """

    partner_id: int


class CrmResellerOffer(models.Model):
    """Offers that are answered from the mail, without signing in.

    The mail that is stored leads to the portal. While it leaves, that address is
    replaced by a link signed for the one person the mail goes to: nobody inside can
    read it. The link ends with the offer, with a newer mail, and with the person's
    access.
    """

    _inherit = "crm.reseller.offer"

    answer_issue = fields.Integer(
        string="Number of Mails",
        readonly=True,
        copy=False,
        help="Only the link of the newest mail can be used.",
    )
    answered_by_contact_id = fields.Many2one(
        "res.partner",
        string="Answered by Mail",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The person whose link was used to answer without signing in.",
    )

    # ------------------------------------------------------------
    # THE LINK
    # ------------------------------------------------------------

    def _get_reseller_link_stamp(self, purpose):
        """Let the links of earlier mails end with a new one. Hook.

        :param str purpose: what the link is for
        :return: text that is part of the signature
        """
        stamp = super()._get_reseller_link_stamp(purpose)
        if purpose == PURPOSE:
            return f"{stamp} {self.sudo().answer_issue}"
        return stamp

    def _get_answer_path(self, purpose, person):
        """Where a person answers this offer, or is thanked for it.

        :param str purpose: ``answer`` or ``answered``
        :param person: res.partner
        :return: path below the portal's address
        """
        hours = LINK_HOURS if purpose == PURPOSE else THANKS_HOURS
        token = self._get_reseller_link_token(purpose, person, hours)
        return f"/my/answer/{self.id}/{token}"

    def _check_answer_token(self, purpose, token):
        """Whom a link to this offer was made for, if it can still be used.

        :param str purpose: ``answer`` or ``answered``
        :param str token: as it came with the address
        :return: res.partner, elevated; an empty recordset for anything else
        """
        person = self._check_reseller_link_token(purpose, token)
        if purpose == PURPOSE and not self._may_answer_by_mail(person):
            return person.browse()
        return person

    def _may_answer_by_mail(self, person):
        """Whether a person may answer this offer now, without signing in.

        Who had an account and lost it has lost this as well; who never had one is a
        contact of the reseller.

        :param person: res.partner, elevated, one or none
        :return: bool
        """
        offer = self.sudo()
        lead, reseller = offer.lead_id, offer.reseller_id
        company = offer.company_id or lead._get_main_company()
        if (
            not person.active
            or offer.state != "pending"
            or not offer._is_current()
            or not company.reseller_answer_by_mail
            or person.commercial_partner_id != reseller
            or not reseller.active
            or not reseller.reseller_level_id
            or lead.reseller_contact_id - (person | reseller)
        ):
            return False
        users = person.with_context(active_test=False).user_ids
        return not users or bool(offer._get_answering_user(person))

    def _get_answering_user(self, person):
        """The account of a person, if it gives access to the reseller's leads.

        :param person: res.partner, elevated
        :return: res.users, elevated, one or none
        """
        return person.user_ids.filtered(
            lambda user: user.share and user._get_reseller_sudo() == self.reseller_id
        )[:1]

    def _get_lead_to_answer(self, person):
        """The lead in the environment in which a person answers.

        :param person: res.partner, elevated, to whom ``_check_answer_token`` led
        :return: crm.lead, elevated; the person is the author of what is done
        """
        self.ensure_one()
        user = self._get_answering_user(person)
        # nothing of whoever is signed in on this device
        context = {
            "lang": person.lang or self.env.lang,
            "tz": person.tz,
            "reseller_answer": MailAnswer(person.id),
        }
        env = self.env(user=user.id or SUPERUSER_ID, context=context, su=True)
        return self.lead_id.with_env(env)

    # ------------------------------------------------------------
    # THE MAILS
    # ------------------------------------------------------------

    def _mail_resellers(self, template, email_values=None):
        """Number the mails, and note which offer each may lead to.

        :param template: mail.template for crm.lead
        :param dict email_values: instead of what the template says
        :return: the queued mail.mail
        """
        waiting = self.sudo().filtered(lambda offer: offer.state == "pending")
        if waiting:
            waiting.flush_recordset(["answer_issue"])
            self.env.cr.execute(
                "UPDATE crm_reseller_offer "
                "SET answer_issue = COALESCE(answer_issue, 0) + 1 WHERE id = ANY(%s)",
                [waiting.ids],
            )
            waiting.invalidate_recordset(["answer_issue"], flush=False)
        mails = super()._mail_resellers(template, email_values)
        waiting._mark_mails(mails)
        return mails

    def _mark_mails(self, mails):
        """Note on the mails which of these offers they are about, in one statement.

        :param mails: mail.mail about the offers' leads
        """
        offers = {offer.lead_id.id: offer for offer in self}
        rows = [
            (mail.id, offer.id, offer.answer_issue)
            for mail in mails.sudo()
            if (offer := offers.get(mail.res_id))
        ]
        if not rows:
            return
        mails.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_mail AS mail SET reseller_offer_id = marked.offer, "
            "reseller_answer_issue = marked.issue "
            "FROM unnest(%s::int[], %s::int[], %s::int[]) "
            "AS marked (id, offer, issue) WHERE mail.id = marked.id",
            [list(column) for column in zip(*rows, strict=True)],
        )
        mails.invalidate_recordset(
            ["reseller_offer_id", "reseller_answer_issue"], flush=False
        )

    def _get_answer_marks(self, person, issue):
        """Let the address of the lead's page become a link for one person.

        :param person: res.partner, whom alone the mail goes to
        :param int issue: number of the mail
        :return: list of pairs, see ``mail.mail._get_reseller_marks``; empty where the
            mail is not the newest, or the person may not answer by mail
        """
        offer = self.sudo()
        if (
            not offer
            or offer.answer_issue != issue
            or not offer._may_answer_by_mail(person)
        ):
            return []
        path = offer._get_answer_path(PURPOSE, person)
        page = re.compile(rf"/my/leads/{offer.lead_id.id}(?=[\"'?#&\s<])[^\"'\s<]*")
        return [(page, lambda mark: path)]

    # ------------------------------------------------------------
    # THE ANSWER
    # ------------------------------------------------------------

    @api.model
    def _get_mail_answer_sudo(self):
        """The person whose link is used now.

        :return: res.partner, elevated, one or none
        """
        answer = self.env.context.get("reseller_answer")
        partners = self.env["res.partner"].sudo()
        if not isinstance(answer, MailAnswer):
            return partners
        return partners.browse(answer.partner_id)

    def _get_closing_vals(self, target):
        """Keep who answered by mail. Hook.

        :param str target: the new state
        :return: dict of values for all the offers
        """
        vals = super()._get_closing_vals(target)
        person = self._get_mail_answer_sudo()
        if person and target in ("accepted", "declined"):
            vals["answered_by_contact_id"] = person.id
            if self.env.user._is_superuser():
                # a contact without an account
                vals["answered_by_id"] = False
        return vals

    def _on_state_changed(self, target):
        """Put a contact without an account in charge of what it accepted. Hook.

        :param str target: the new state
        :return: None
        """
        result = super()._on_state_changed(target)
        person = self._get_mail_answer_sudo()
        if target == "accepted" and person:
            self.lead_id.sudo().filtered(
                lambda lead: (
                    not lead.reseller_contact_id and lead.reseller_id != person
                )
            ).write({"reseller_contact_id": person.id})
        return result
