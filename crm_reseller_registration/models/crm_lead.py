from markupsafe import Markup

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..const import PROTECTED, WORK_KINDS

SHORTEST_NOTE = 4  # characters; less says nothing


class CrmLead(models.Model):
    _inherit = "crm.lead"

    reseller_registration_ids = fields.One2many(
        "crm.deal.registration", "lead_id", string="Deal Registrations", readonly=True
    )

    def _on_reseller_work(self, kinds):
        result = super()._on_reseller_work(kinds)
        work = WORK_KINDS.intersection(kinds)
        if work:
            registrations = self._get_granted_registrations()
            if work == {"note"}:
                registrations = registrations.filtered(
                    lambda registration: registration.lead_id._is_telling_note()
                )
            registrations._renew()
        return result

    def _reseller_finish_step(self):
        # a step that is planned, moved or removed is no work yet
        planned = self.filtered("reseller_step_type")
        result = super()._reseller_finish_step()
        planned._get_granted_registrations()._renew()
        return result

    def _get_granted_registrations(self):
        """Return the registrations that protect these deals, elevated."""
        return (
            self.env["crm.deal.registration"]
            .sudo()
            .search([("lead_id", "in", self.ids), ("protection", "=", "granted")])
        )

    def _is_telling_note(self):
        """Tell whether the newest note of the reseller says something new.

        :rtype: bool
        """
        self.ensure_one()
        notes = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "crm.lead"),
                    ("res_id", "=", self.id),
                    (
                        "author_id.commercial_partner_id",
                        "=",
                        self.sudo().reseller_id.id,
                    ),
                ],
                order="id desc",
            )
        )
        texts = [html2plaintext(note.body or "").strip().lower() for note in notes]
        newest, *earlier = texts or [""]
        return len(newest) >= SHORTEST_NOTE and newest not in earlier

    def _offer_registered(self, reseller):
        """Offer new leads to the reseller that registered them.

        No limit of leads applies: the reseller found the customer itself.

        :param reseller: one res.partner with a level
        :return: the new offers
        :raises UserError: when the partner is no reseller any more
        """
        reseller = self._check_chosen_reseller(reseller)
        assigner = self.env["crm.reseller.assigner"].sudo()
        self.env.flush_all()
        run = assigner._new_manual_run(self, reseller)
        choices = [(None, lead._manual_choice(reseller)) for lead in self.sorted("id")]
        return assigner._write_offers(choices, run, method="registered")

    def _check_offerable(self, reseller):
        """Refuse customers that are protected for another reseller.

        Managers may give them away; the lead's history says so.
        """
        result = super()._check_offerable(reseller)
        taken = self._filter_protected_from(reseller)
        if taken and not self.env.user.has_group("sales_team.group_sale_manager"):
            raise UserError(
                _(
                    "The customer of %(lead)s is protected for another reseller: "
                    "ask a manager.",
                    lead=taken[0].name,
                )
            )
        reason = self.env.context.get("reseller_protection_reason")
        for lead in taken:
            text = _("This customer is protected for another reseller.")
            if reason:
                text = _(
                    "This customer is protected for another reseller. Assigned "
                    "because: %(reason)s",
                    reason=reason,
                )
            lead._message_log(body=Markup("<p>%s</p>") % text)
        return result

    def _merge_dependences(self, opportunities):
        """Let registrations follow their opportunity into the one that stays.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        registrations = opportunities.sudo().reseller_registration_ids
        result = super()._merge_dependences(opportunities)
        if registrations:
            registrations.write({"lead_id": self.id})
        return result

    def _filter_protected_from(self, reseller):
        """Return the leads whose customer is protected for other resellers.

        :param reseller: res.partner
        :return: crm.lead
        """
        assigner = self.env["crm.reseller.assigner"].sudo()
        holders = assigner._read_protections(self.ids)
        return self.filtered(
            lambda lead: holders.get(lead.id) and reseller.id not in holders[lead.id]
        )

    def _on_reseller_closed(self):
        result = super()._on_reseller_closed()
        lost = self.sudo().filtered(lambda lead: not lead.active)
        self.env["crm.deal.registration"].sudo().search(
            [("lead_id", "in", lost.ids), ("protection", "in", PROTECTED)]
        )._end_protection()
        return result
