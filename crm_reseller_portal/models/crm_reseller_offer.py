from odoo import fields, models
from odoo.tools import email_normalize

# states whose offers the portal lists from the offer alone
PAST_STATES = ("declined", "returned", "expired")


class CrmResellerOffer(models.Model):
    _name = "crm.reseller.offer"
    _inherit = ["crm.reseller.offer", "crm.reseller.link.mixin"]

    title = fields.Char(
        string="Title as Shown",
        readonly=True,
        copy=False,
        help="The lead's title as the reseller saw it, kept once the offer is over.",
    )

    def _get_reseller_link_stamp(self, purpose):
        """Let a signed link end with the state of the offer. Hook.

        :param str purpose: what the link is for
        :return: text that is part of the signature
        """
        # an answer, a deadline that passed, a withdrawal: the link ends with the offer
        return f"{super()._get_reseller_link_stamp(purpose)} {self.sudo().state}"

    def _update_state(self, allowed, target, **vals):
        """Keep the titles that resellers saw, for offers that are over.

        :param allowed: states to start from
        :param str target: the new state
        :param vals: more values for the offers
        :return: the offers that changed
        """
        titles = {}
        if target in PAST_STATES:
            # before the leads follow, for then more of a title may be shown
            titles = {
                offer.id: offer.lead_id.reseller_title
                for offer in self.sudo()
                if offer.state in allowed
            }
        offers = super()._update_state(allowed, target, **vals)
        offers._store_titles(titles)
        return offers

    def _store_titles(self, titles):
        """Keep the titles that were shown, in one statement.

        :param dict titles: text by the id of the offer
        """
        rows = [(offer.id, titles[offer.id]) for offer in self if titles.get(offer.id)]
        if not rows:
            return
        ids, texts = zip(*rows, strict=True)
        self.env.cr.execute(
            "UPDATE crm_reseller_offer AS offer SET title = shown.title "
            "FROM unnest(%s::int[], %s::text[]) AS shown (id, title) "
            "WHERE offer.id = shown.id",
            [list(ids), list(texts)],
        )
        self.invalidate_recordset(["title"])

    def _on_state_changed(self, target):
        """Put the person who accepted in charge. Hook.

        :param str target: the new state
        :return: None
        """
        result = super()._on_state_changed(target)
        user = self.env.user
        if target == "accepted" and user.share and not user._is_superuser():
            # the person who accepts takes care of it
            self.lead_id.sudo().filtered(
                lambda lead: not lead.reseller_contact_id
            ).write({"reseller_contact_id": user.partner_id.id})
        return result

    def _answer_text(self):
        """One sentence about the outcome, in the language of the team.

        :return: text
        """
        # the team reads it: in the language of the team
        lang = self.lead_id._get_reseller_team_lang()
        return super(CrmResellerOffer, self.with_context(lang=lang))._answer_text()

    def _mail_resellers(self, template, email_values=None):
        """Invite those who cannot sign in yet; the others get the notice.

        :param template: mail.template for crm.lead
        :param dict email_values: instead of what the template says
        :return: what ``super`` returns
        """
        invited = self.browse()
        people = self.reseller_id._get_reseller_people()
        # what is asked of each is read once
        people.mapped("user_ids")
        people_of = people.grouped("commercial_partner_id")
        for offer in self:
            person = offer._get_person_to_invite(
                people_of.get(offer.reseller_id, people.browse())
            )
            if (
                person._invite_to_reseller_portal(offer.reseller_id)
                and person == offer.lead_id.reseller_notice_partner_id
            ):
                invited |= offer
        return super(CrmResellerOffer, self - invited)._mail_resellers(
            template, email_values
        )

    def _get_person_to_invite(self, people):
        """Who at the reseller should have an account. Hook.

        A company's mailbox is no person: where no one of the company can sign in yet,
        the first person with an address is chosen.

        :param people: res.partner, those who work for the reseller, elevated
        :return: res.partner, one or none
        """
        self.ensure_one()
        partner = self.lead_id.reseller_notice_partner_id
        if partner != self.reseller_id:
            return partner
        if people.user_ids or partner.user_ids:
            return partner.browse()
        return (
            people.filtered(lambda person: email_normalize(person.email))[:1] or partner
        )
