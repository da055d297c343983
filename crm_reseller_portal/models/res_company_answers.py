from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_answer_by_mail = fields.Boolean(
        string="Answer from the Mail",
        default=True,
        help="The mail of an offer leads to a page where the reseller answers without "
        "signing in.",
    )
