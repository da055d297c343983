from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    dealer_require_dealership = fields.Boolean(
        "Won Needs a Dealership",
        default=True,
        help="Leads without a dealership cannot be marked as won, once this company "
        "has a dealership with an Odoo connection.",
    )
    dealer_alert_after_hours = fields.Integer(
        "Dealer Order Alert (Hours)",
        default=2,
        help="An order created in the background that still does not exist after so "
        "many hours raises an activity for the salesperson.",
    )

    _sql_constraints = [
        (
            "dealer_alert_after_hours_positive",
            "CHECK(dealer_alert_after_hours >= 0)",
            "The dealer order alert needs a number of hours from 0 on.",
        )
    ]
