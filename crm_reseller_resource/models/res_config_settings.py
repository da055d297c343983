from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_resource_approval = fields.Boolean(
        related="company_id.reseller_resource_approval", readonly=False
    )
    reseller_resource_new_days = fields.Integer(
        related="company_id.reseller_resource_new_days", readonly=False
    )
