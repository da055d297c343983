from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_reseller_base.wizards.crm_reseller_assign_wizard import LEFT_OUT


class CrmResellerAssignWizard(models.TransientModel):
    """Marks leads whose customer is protected for another reseller."""

    _inherit = "crm.reseller.assign.wizard"

    has_protected = fields.Boolean(compute="_compute_has_protected", compute_sudo=False)
    protection_reason = fields.Text(
        string="Reason",
        help="Why a protected customer is given to another reseller. It is kept in the "
        "lead's history.",
    )

    @api.depends("lead_ids", "mode", "reseller_id")
    def _compute_has_protected(self):
        for wizard in self:
            wizard.has_protected = bool(wizard._get_protected_leads())

    def _get_protected_leads(self):
        """Return the leads that are protected for another than the chosen reseller."""
        self.ensure_one()
        leads = self.lead_ids._origin
        if self.mode != "chosen" or not self.reseller_id:
            return leads.browse()
        return leads._filter_protected_from(self.reseller_id)

    def _get_preview(self):
        lines, count = super()._get_preview()
        protected_ids = set(self._get_protected_leads().ids)
        for line in lines:
            if line["lead_id"] in protected_ids and line["problem"] not in LEFT_OUT:
                line["problem"] = "protected"
        return lines, count

    def _offer_chosen(self, leads):
        reason = (self.protection_reason or "").strip()
        if self._get_protected_leads() and not reason:
            raise UserError(
                _("Say why a protected customer is given to another reseller.")
            )
        return super()._offer_chosen(
            leads.with_context(reseller_protection_reason=reason)
        )


class CrmResellerAssignWizardLine(models.TransientModel):
    _inherit = "crm.reseller.assign.wizard.line"

    problem = fields.Selection(
        selection_add=[("protected", "Protected for another reseller")]
    )
