from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_weight_by_performance = fields.Boolean(
        related="company_id.reseller_weight_by_performance", readonly=False
    )
    reseller_stalled_days = fields.Integer(
        related="company_id.reseller_stalled_days", readonly=False
    )
    reseller_silent_days = fields.Integer(
        related="company_id.reseller_silent_days", readonly=False
    )
    reseller_cycle_days = fields.Integer(
        related="company_id.reseller_cycle_days", readonly=False
    )
    reseller_idle_days = fields.Integer(
        related="company_id.reseller_idle_days", readonly=False
    )
    reseller_due_soon_hours = fields.Integer(
        related="company_id.reseller_due_soon_hours", readonly=False
    )
    reseller_silent_leads = fields.Integer(
        related="company_id.reseller_silent_leads", readonly=False
    )
    reseller_quiet_offers = fields.Integer(
        related="company_id.reseller_quiet_offers", readonly=False
    )
    reseller_slower_percent = fields.Integer(
        related="company_id.reseller_slower_percent", readonly=False
    )
    reseller_snooze_days = fields.Integer(
        related="company_id.reseller_snooze_days", readonly=False
    )
    reseller_factor_days = fields.Integer(
        related="company_id.reseller_factor_days", readonly=False
    )
    reseller_factor_acceptance = fields.Integer(
        related="company_id.reseller_factor_acceptance", readonly=False
    )
    reseller_factor_reliability = fields.Integer(
        related="company_id.reseller_factor_reliability", readonly=False
    )
    reseller_factor_speed = fields.Integer(
        related="company_id.reseller_factor_speed", readonly=False
    )
    reseller_factor_conversion = fields.Integer(
        related="company_id.reseller_factor_conversion", readonly=False
    )
    reseller_factor_silence = fields.Integer(
        related="company_id.reseller_factor_silence", readonly=False
    )
    reseller_review_mode = fields.Selection(
        related="company_id.reseller_review_mode", readonly=False
    )
    reseller_grace_days = fields.Integer(
        related="company_id.reseller_grace_days", readonly=False
    )

    def action_preview_reseller_factors(self):
        """Save nothing, apply nothing: show what the factors would be.

        :return: action
        """
        return self.env["crm.reseller.score"].action_preview()
