from odoo import fields, models


class CrmResellerLevel(models.Model):
    _inherit = "crm.reseller.level"

    can_register_deal = fields.Boolean(
        string="Register Deals",
        default=True,
        help="May register deals of its own on the portal.",
    )
    max_open_registrations = fields.Integer(
        string="Open Registrations",
        default=20,
        help="How many registrations may wait for a decision or be protected at once. "
        "Each protection of the last year that lapsed without work lowers the number "
        "by one. 0: no limit.",
    )
    protection_days = fields.Integer(
        string="Protection (days)",
        default=90,
        help="How long a qualified deal is protected. Work on it renews the "
        "protection. 0: no protection.",
    )
    lease_idle_days = fields.Integer(
        string="Idle Days",
        default=30,
        help="The protection ends earlier when no work was logged for so many days. "
        "0: never.",
    )
    decision_hours = fields.Float(
        string="Time to Decide (hours)",
        help="Working hours the team has to decide on registrations of this level. "
        "0: as in the settings.",
    )

    _sql_constraints = [
        (
            "registration_numbers_positive",
            "CHECK (max_open_registrations >= 0 AND protection_days >= 0 "
            "AND lease_idle_days >= 0 AND decision_hours >= 0)",
            "The numbers of deal registration cannot be below zero.",
        ),
    ]
