from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_enforce_directions = fields.Boolean(
        related="company_id.reseller_enforce_directions", readonly=False
    )
