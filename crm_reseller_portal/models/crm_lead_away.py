from odoo import _, api, fields, models


class CrmLead(models.Model):
    """What happens with offers while their resellers are away."""

    _inherit = "crm.lead"

    @api.model
    def _cron_handle_overdue_offers(self, auto_commit=False):
        """Let offers go on first whose resellers are away until they expire.

        :param bool auto_commit: commit per bundle
        :return: what ``super`` returns
        """
        self._in_bundles(
            self._search_absent().ids,
            lambda leads: leads._move_on_absent(),
            auto_commit,
        )
        return super()._cron_handle_overdue_offers(auto_commit)

    @api.model
    def _search_absent(self, resellers=None):
        """Leads whose answer is due while who should answer is away.

        Offers made after the absence began were made on purpose, and stay.

        :param resellers: res.partner, companies to look at; None for all
        :return: crm.lead, elevated
        """
        absences = self.env["res.partner"]._get_reseller_absences()
        if not absences:
            return self.sudo().browse()
        domain = [("state", "=", "pending"), ("due_on", "!=", False)]
        if resellers is not None:
            domain.append(("reseller_id", "in", resellers.ids))
        away = list(absences)
        offers = (
            self.env["crm.reseller.offer"]
            .sudo()
            .search(
                [
                    *domain,
                    "|",
                    ("reseller_id", "in", away),
                    ("lead_id.reseller_contact_id", "in", away),
                ],
                order="lead_id",
            )
        )
        return offers.filtered(
            lambda offer: any(
                self._is_due_meanwhile(offer, absences.get(partner.id))
                for partner in offer.reseller_id | offer.lead_id.reseller_contact_id
            )
        ).lead_id

    @api.model
    def _is_due_meanwhile(self, offer, span):
        """Whether an offer from before an absence is due within it.

        :param offer: crm.reseller.offer
        :param span: pair of first and last moment, naive, in UTC, or None
        :return: bool
        """
        return bool(span) and offer.offered_on < span[0] and offer.due_on <= span[1]

    def _move_on_absent(self):
        """Offer the leads of companies that are away to others.

        Where the person in charge is away and colleagues are not, they are shown it.
        """
        absences = self.env["res.partner"]._get_reseller_absences()
        leads = self.sudo()
        gone = (
            leads._pending_offers()
            .filtered(
                lambda offer: self._is_due_meanwhile(
                    offer, absences.get(offer.reseller_id.id)
                )
            )
            .lead_id
        )
        if gone:
            gone._withdraw_pending(_("The reseller is away."))
            gone._reseller_move_on()
        for person, theirs in (leads - gone).grouped("reseller_contact_id").items():
            if person.id in absences:
                theirs._unassign_reseller_contact(person)

    def _compute_reseller_notice_partner_id(self):
        """Write to somebody who is there, as long as no one has accepted the lead.

        :return: what ``super`` returns
        """
        result = super()._compute_reseller_notice_partner_id()
        now = fields.Datetime.now()
        for lead in self.filtered(lambda lead: lead.reseller_state == "pending"):
            person = lead.reseller_notice_partner_id.sudo()
            if not person._is_away_at(now):
                continue
            others = lead.reseller_id.sudo().child_ids._filter_reseller_people()
            present = others.filtered(
                lambda each: (
                    each.user_ids and each.email and not each._is_away_at(now)
                )
            )
            lead.reseller_notice_partner_id = present[:1] or person
        return result
