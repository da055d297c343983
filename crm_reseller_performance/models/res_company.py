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

    reseller_silent_days = fields.Integer(
        string="Silent after Days",
        default=14,
        help="An open lead on which the reseller did nothing for so many days counts "
        "as silent. 0: none does.",
    )
    reseller_cycle_days = fields.Integer(
        string="Usual Sales Cycle (days)",
        default=90,
        help="Conversion is judged by leads that were accepted longer ago than this.",
    )

    @api.constrains(
        "reseller_stalled_days", "reseller_silent_days", "reseller_cycle_days"
    )
    def _check_reseller_stalled_days(self):
        """Accept numbers from zero on.

        :raises ValidationError: for one below zero
        """
        for company in self:
            days = (
                company.reseller_stalled_days,
                company.reseller_silent_days,
                company.reseller_cycle_days,
            )
            if min(days) < 0:
                raise ValidationError(_("The number of days cannot be negative."))
