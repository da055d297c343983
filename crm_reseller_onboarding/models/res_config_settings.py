from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    reseller_welcome_mail = fields.Boolean(
        related="company_id.reseller_welcome_mail", readonly=False
    )
    reseller_sign_in_reminder_days = fields.Integer(
        related="company_id.reseller_sign_in_reminder_days", readonly=False
    )
    reseller_sign_in_alert_days = fields.Integer(
        related="company_id.reseller_sign_in_alert_days", readonly=False
    )
