from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_answer_by_mail = fields.Boolean(
        related="company_id.reseller_answer_by_mail", readonly=False
    )
    reseller_count_usage = fields.Boolean(
        related="company_id.reseller_count_usage", readonly=False
    )
