from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_answer_by_mail = fields.Boolean(
        string="Answer from the Mail",
        default=True,
        help="The mail of an offer leads to a page where the reseller answers without "
        "signing in.",
    )
    reseller_count_usage = fields.Boolean(
        string="Count the Use of the Portal",
        default=True,
        help="Sign-ins, pages, updates, downloads and answers by mail, for each person "
        "and day. Which pages were opened is not kept.",
    )
