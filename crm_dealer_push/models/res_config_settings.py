from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_push_allowed_http_hosts = fields.Char(
        "Dealers without TLS",
        config_parameter="crm_dealer_push.allowed_http_hosts",
        help="Hosts that may be called over plain http, separated by commas. "
        "Credentials are readable on the way: keep to hosts of your own network.",
    )
    dealer_require_dealership = fields.Boolean(
        related="company_id.dealer_require_dealership", readonly=False
    )
    dealer_alert_after_hours = fields.Integer(
        related="company_id.dealer_alert_after_hours", readonly=False
    )
