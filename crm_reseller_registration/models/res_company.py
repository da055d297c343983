from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

NUMBERS = (
    "reseller_registration_hours",
    "reseller_registration_max_returns",
    "reseller_registration_answer_days",
    "reseller_registration_provisional_days",
    "reseller_registration_warning_days",
    "reseller_registration_reminder_hours",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_registration_hours = fields.Float(
        string="Decide on Registrations Within (hours)", default=16.0
    )
    reseller_registration_reminder_hours = fields.Float(
        string="Remind of a Decision Before (hours)", default=4.0
    )
    reseller_registration_max_returns = fields.Integer(
        string="Questions per Registration", default=3
    )
    reseller_registration_answer_days = fields.Integer(
        string="Registrations Expire After (days)", default=14
    )
    reseller_registration_provisional_days = fields.Integer(
        string="Provisional Protection (days)", default=30
    )
    reseller_registration_warning_days = fields.Integer(
        string="Warn Before a Protection Ends (days)", default=7
    )
    reseller_registration_product_ids = fields.Many2many(
        "product.product",
        "res_company_registration_product_rel",
        string="Services and Products to Register",
    )
    reseller_registration_product_text = fields.Boolean(
        string="Other Services and Products", default=True
    )
    reseller_registration_vat = fields.Selection(
        [
            ("digits", "9, 10 or 12 digits"),
            ("country", "As the rules of the country say"),
        ],
        string="Tax Numbers of New Companies",
        default="digits",
        required=True,
    )
    reseller_registration_search = fields.Selection(
        [
            ("worked", "Customers the reseller already worked with"),
            ("territory", "Companies in the reseller's territory"),
            ("all", "All companies"),
        ],
        string="Companies a Reseller Can Search",
        default="worked",
        required=True,
    )

    @api.constrains(*NUMBERS)
    def _check_registration_numbers(self):
        for company in self:
            if min(company[name] for name in NUMBERS) < 0:
                raise ValidationError(
                    _("The numbers of deal registration cannot be below zero.")
                )
