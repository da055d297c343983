from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """Settings of each company about the progress of its resellers."""

    _inherit = "res.company"

    reseller_slow_days = fields.Integer(
        string="Ask the Salesperson After (days)",
        default=3,
        help="A reseller is reminded when a deal stays at a milestone longer than "
        "expected; the salesperson is asked this many days later.",
    )

    @api.constrains("reseller_slow_days")
    def _check_reseller_slow_days(self):
        """Accept days from zero on.

        :raises ValidationError: for fewer
        """
        if any(company.reseller_slow_days < 0 for company in self):
            raise ValidationError(_("The days cannot be below zero."))
