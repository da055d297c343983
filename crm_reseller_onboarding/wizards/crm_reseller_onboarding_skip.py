from odoo import fields, models


class CrmResellerOnboardingSkip(models.TransientModel):
    """Asks why steps of an onboarding are skipped."""

    _name = "crm.reseller.onboarding.skip"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Skip a Step of an Onboarding"

    progress_ids = fields.Many2many(
        "crm.reseller.onboarding.progress",
        "crm_reseller_onboarding_skip_rel",
        string="Steps",
        required=True,
    )
    reason = fields.Char(required=True, help="Kept with the step.")

    def action_skip(self):
        """Skip the steps.

        :return: action that closes the window
        :raises AccessError: for users who are no sales administrators
        """
        for wizard in self:
            wizard.progress_ids._skip(wizard.reason)
        return {"type": "ir.actions.act_window_close"}
