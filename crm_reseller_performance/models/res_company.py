from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_weight_by_performance = fields.Boolean(
        string="Weight by Performance",
        help="Once a day the performance factor of each reseller is computed from its "
        "answers of the last 90 days.",
    )
    reseller_stalled_days = fields.Integer(
        string="Alert after Days without Progress",
        default=7,
        help="When nothing happens on an accepted lead for so many days, its "
        "salesperson gets an activity. 0: no alert.",
    )

    @api.constrains("reseller_stalled_days")
    def _check_reseller_stalled_days(self):
        """Accept numbers from zero on.

        :raises ValidationError: for one below zero
        """
        for company in self:
            if company.reseller_stalled_days < 0:
                raise ValidationError(_("The number of days cannot be negative."))
