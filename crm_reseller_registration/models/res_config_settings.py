from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_registration_hours = fields.Float(
        related="company_id.reseller_registration_hours", readonly=False
    )
    reseller_registration_max_returns = fields.Integer(
        related="company_id.reseller_registration_max_returns", readonly=False
    )
    reseller_registration_answer_days = fields.Integer(
        related="company_id.reseller_registration_answer_days", readonly=False
    )
    reseller_registration_provisional_days = fields.Integer(
        related="company_id.reseller_registration_provisional_days", readonly=False
    )
    reseller_registration_warning_days = fields.Integer(
        related="company_id.reseller_registration_warning_days", readonly=False
    )
    reseller_registration_product_ids = fields.Many2many(
        related="company_id.reseller_registration_product_ids", readonly=False
    )
    reseller_registration_product_text = fields.Boolean(
        related="company_id.reseller_registration_product_text", readonly=False
    )
    reseller_registration_search = fields.Selection(
        related="company_id.reseller_registration_search", readonly=False
    )
