from odoo import fields, models
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
            registrations = (
                self.env["crm.deal.registration"]
                .sudo()
                .search([("lead_id", "in", self.ids), ("protection", "=", "granted")])
            )
            if work == {"note"}:
                registrations = registrations.filtered(
                    lambda registration: registration.lead_id._is_telling_note()
                )
            registrations._renew()
        return result

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

    def _on_reseller_closed(self):
        result = super()._on_reseller_closed()
        lost = self.sudo().filtered(lambda lead: not lead.active)
        self.env["crm.deal.registration"].sudo().search(
            [("lead_id", "in", lost.ids), ("protection", "in", PROTECTED)]
        )._end_protection()
        return result
