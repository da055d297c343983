from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_intake = fields.Boolean(
        "One Open Lead per Customer",
        default=True,
        help="A new contact of a customer with an open lead goes into that lead.",
    )
