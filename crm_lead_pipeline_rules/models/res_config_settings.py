from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_start_first_stage = fields.Boolean(
        related="company_id.lead_start_first_stage", readonly=False
    )
