from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_slow_days = fields.Integer(
        related="company_id.reseller_slow_days", readonly=False
    )
