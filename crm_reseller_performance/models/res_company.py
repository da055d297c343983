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

    reseller_idle_days = fields.Integer(
        string="Alert after Days in One Stage",
        default=30,
        help="When an accepted opportunity stays in the same stage for so many days, "
        "its salesperson gets an activity. 0: no alert.",
    )
    reseller_silent_leads = fields.Integer(
        string="Alert at Silent Leads",
        default=3,
        help="When so many open leads of a reseller are silent, someone is asked to "
        "call it. 0: no alert.",
    )
    reseller_quiet_offers = fields.Integer(
        string="Alert at Unanswered Offers",
        default=3,
        help="When a reseller lets so many offers in a row pass, someone is asked to "
        "call it. 0: no alert.",
    )
    reseller_slower_percent = fields.Integer(
        string="Alert at Slower Answers (%)",
        default=50,
        help="When answers of the last 30 days take so much longer than those of the "
        "90 days before. 0: no alert.",
    )
    reseller_snooze_days = fields.Integer(
        string="Snooze Alerts for Days",
        default=7,
        help="A snoozed alert comes back after so many days, if its reason is still "
        "there.",
    )

    @api.constrains(
        "reseller_idle_days",
        "reseller_silent_leads",
        "reseller_quiet_offers",
        "reseller_slower_percent",
        "reseller_snooze_days",
    )
    def _check_reseller_alerts(self):
        """Accept numbers from zero on.

        :raises ValidationError: for one below zero
        """
        for company in self:
            if (
                min(
                    company.reseller_idle_days,
                    company.reseller_silent_leads,
                    company.reseller_quiet_offers,
                    company.reseller_slower_percent,
                    company.reseller_snooze_days,
                )
                < 0
            ):
                raise ValidationError(
                    _("Numbers in the settings of alerts cannot be negative.")
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
