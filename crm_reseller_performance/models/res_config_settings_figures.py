from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_figures_interval = fields.Selection(
        related="company_id.reseller_figures_interval", readonly=False
    )
    reseller_figures_day = fields.Integer(
        related="company_id.reseller_figures_day", readonly=False
    )
    reseller_figures_to = fields.Selection(
        related="company_id.reseller_figures_to", readonly=False
    )
