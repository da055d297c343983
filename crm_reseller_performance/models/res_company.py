from datetime import timedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ..lib.performance import PARTS, WEIGHTS


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_weight_by_performance = fields.Boolean(
        string="Weight by Performance",
        help="The performance factor of each reseller is computed from its answers and "
        "from what became of the leads it accepted.",
    )
    reseller_factor_days = fields.Integer(
        string="Days between Updates of Factors",
        default=7,
        help="Factors are applied once in so many days at most. 0: every night.",
    )
    reseller_factor_applied_on = fields.Datetime(
        string="Factors Applied on", readonly=True
    )
    reseller_factor_acceptance = fields.Integer(
        string="Weight of Acceptance", default=WEIGHTS["acceptance"]
    )
    reseller_factor_reliability = fields.Integer(
        string="Weight of Reliability", default=WEIGHTS["reliability"]
    )
    reseller_factor_speed = fields.Integer(
        string="Weight of Speed", default=WEIGHTS["speed"]
    )
    reseller_factor_conversion = fields.Integer(
        string="Weight of Conversion", default=WEIGHTS["conversion"]
    )
    reseller_factor_silence = fields.Integer(
        string="Weight of Work on Accepted Leads", default=WEIGHTS["silence"]
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
    reseller_due_soon_hours = fields.Integer(
        string="Alert before Offers Expire (hours)",
        help="When an offer has so few hours left and no answer, the salesperson of "
        "its lead gets an activity. 0: no alert.",
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
        "reseller_due_soon_hours",
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
                    company.reseller_due_soon_hours,
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

    reseller_review_mode = fields.Selection(
        [
            ("off", "No review"),
            ("propose", "Proposals for a manager"),
            ("automatic", "Automatically"),
        ],
        string="Level Review",
        default="propose",
        required=True,
        help="Every night resellers are held against the criteria of the levels. "
        "Without criteria nothing is proposed.",
    )
    reseller_grace_days = fields.Integer(
        string="Days of Grace",
        default=30,
        help="After the warning a reseller keeps its level for so many days.",
    )

    @api.constrains(
        "reseller_grace_days",
        "reseller_stalled_days",
        "reseller_silent_days",
        "reseller_cycle_days",
        "reseller_factor_days",
    )
    def _check_reseller_stalled_days(self):
        """Accept numbers from zero on.

        :raises ValidationError: for one below zero
        """
        for company in self:
            days = (
                company.reseller_stalled_days,
                company.reseller_grace_days,
                company.reseller_silent_days,
                company.reseller_cycle_days,
                company.reseller_factor_days,
            )
            if min(days) < 0:
                raise ValidationError(_("The number of days cannot be negative."))

    @api.constrains(*(f"reseller_factor_{part}" for part in PARTS))
    def _check_reseller_factor_weights(self):
        """Accept weights of the factor's parts from zero on, not all of them zero.

        :raises ValidationError: for others
        """
        for company in self:
            weights = company._get_reseller_factor_weights().values()
            if min(weights) < 0 or not any(weights):
                raise ValidationError(
                    _(
                        "The weights of the factor's parts cannot be below zero, and "
                        "one of them must be above."
                    )
                )

    # ------------------------------------------------------------
    # CURRENCIES
    # ------------------------------------------------------------

    def cache_invalidation_fields(self):
        """Forget what is remembered of companies when a currency changes, too.

        :return: set of names of fields
        """
        return {*super().cache_invalidation_fields(), "currency_id"}

    @api.model
    @tools.ormcache("currency_id")
    def _get_ids_of_other_currencies(self, currency_id):
        """The companies whose amounts have to be converted.

        :param int currency_id: id of the currency they are converted to
        :return: tuple of ids, archived companies included
        """
        companies = self.sudo().with_context(active_test=False)
        return tuple(companies.search([("currency_id", "!=", currency_id)]).ids)

    # ------------------------------------------------------------
    # PERFORMANCE FACTOR
    # ------------------------------------------------------------

    def _get_reseller_factor_weights(self):
        """How much each part of the performance factor counts.

        :return: dict of name of the part and number
        """
        self.ensure_one()
        return {part: self[f"reseller_factor_{part}"] for part in PARTS}

    def _take_factor_turn(self, now):
        """Whether the factors of this company are to be applied now.

        Only one of two runs at the same moment is told so.

        :param datetime now: naive, in UTC
        :return: bool
        """
        self.ensure_one()
        self.flush_recordset(["reseller_factor_applied_on"])
        # a run that is a bit early in the night counts for its day
        latest = now - timedelta(days=self.reseller_factor_days, hours=-6)
        self.env.cr.execute(
            """
            UPDATE res_company SET reseller_factor_applied_on = %s
             WHERE id IN (
                   SELECT id FROM res_company
                    WHERE id = %s AND (reseller_factor_applied_on IS NULL
                          OR reseller_factor_applied_on <= %s)
                      FOR NO KEY UPDATE SKIP LOCKED)
            """,
            [now, self.id, latest],
        )
        taken = bool(self.env.cr.rowcount)
        self.invalidate_recordset(["reseller_factor_applied_on"])
        return taken
