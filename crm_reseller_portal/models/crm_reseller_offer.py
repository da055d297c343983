from odoo import models
from odoo.tools import email_normalize


class CrmResellerOffer(models.Model):
    _inherit = "crm.reseller.offer"

    def _on_state_changed(self, target):
        result = super()._on_state_changed(target)
        user = self.env.user
        if target == "accepted" and user.share and not user._is_superuser():
            # whoever accepts looks after it
            self.lead_id.sudo().filtered(
                lambda lead: not lead.reseller_contact_id
            ).write({"reseller_contact_id": user.partner_id.id})
        return result

    def _answer_text(self):
        # the team reads it: in the language of the team
        lang = self.lead_id._get_reseller_team_lang()
        return super(CrmResellerOffer, self.with_context(lang=lang))._answer_text()

    def _mail_resellers(self, template, email_values=None):
        """Invite those who cannot sign in yet; the others get the notice."""
        invited = self.browse()
        for offer in self:
            person = offer._get_person_to_invite()
            if (
                person._invite_to_reseller_portal(offer.reseller_id)
                and person == offer.lead_id.reseller_notice_partner_id
            ):
                invited |= offer
        self._open_companies()
        return super(CrmResellerOffer, self - invited)._mail_resellers(
            template, email_values
        )

    def _open_companies(self):
        """Let the resellers' people open leads of any of our companies.

        Odoo shows a portal user the records of the companies of the account only: the
        link in the notice would lead nowhere.
        """
        for reseller, offers in self.grouped("reseller_id").items():
            companies = offers.lead_id.company_id
            if companies:
                reseller._get_reseller_users_sudo()._join_companies(companies)

    def _get_person_to_invite(self):
        """Return who at the reseller should have an account. Hook.

        A company's mailbox is nobody: where no one of the company can sign in yet,
        the first person with an address is chosen.
        """
        self.ensure_one()
        partner = self.lead_id.reseller_notice_partner_id
        if partner != self.reseller_id:
            return partner
        people = self.reseller_id.child_ids.filtered(
            lambda person: person.type in ("contact", "other")
        )
        if (people | partner).user_ids:
            return partner.browse()
        return (
            people.filtered(lambda person: email_normalize(person.email))[:1] or partner
        )
