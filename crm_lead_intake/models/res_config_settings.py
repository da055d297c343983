from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_intake = fields.Boolean(related="company_id.lead_intake", readonly=False)
