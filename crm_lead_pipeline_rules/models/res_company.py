from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_start_first_stage = fields.Boolean(
        "New Leads Start in the First Stage",
        default=True,
        help="People cannot create a lead straight into a later open stage.",
    )
