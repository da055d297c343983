from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dealer_push_allowed_http_hosts = fields.Char(
        "Dealers Without TLS",
        config_parameter="crm_dealer_push.allowed_http_hosts",
        help="Hosts that may be spoken to over plain http, separated by commas. "
        "Credentials are readable on the way: keep to hosts of your own network.",
    )
    dealer_push_require_dealership = fields.Boolean(
        "Won Needs a Dealership",
        config_parameter="crm_dealer_push.require_dealership",
        help="Refuse to mark a lead as won while it has no dealership.",
    )
    dealer_push_alert_after_hours = fields.Integer(
        "Alert After (Hours)",
        config_parameter="crm_dealer_push.alert_after_hours",
        default=2,
        help="A queued order that is still not made after so many hours raises an "
        "activity for the salesperson.",
    )
