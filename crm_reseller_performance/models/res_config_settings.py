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
