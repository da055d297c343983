from odoo import api, models


class CrmResellerProposal(models.Model):
    """A logo that a newcomer proposes is a logo; one that is refused is none."""

    _inherit = "crm.reseller.proposal"

    @api.model_create_multi
    def create(self, vals_list):
        proposals = super().create(vals_list)
        proposals._on_logo_proposed()
        return proposals

    def write(self, vals):
        before = {proposal: proposal.sudo().state for proposal in self}
        result = super().write(vals)
        moved = self.filtered(lambda each: each.sudo().state != before[each])
        moved._on_logo_proposed()
        return result

    def _on_logo_proposed(self):
        """Look at the steps of newcomers whose proposed logo came or went. Hook."""
        self.sudo().filtered("with_logo").reseller_id._on_onboarding_profile()
