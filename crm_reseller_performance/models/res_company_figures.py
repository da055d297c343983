from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# a server that was off sends later, but not much later
DAYS_LATE = 7
LAST_DAY = 28


class ResCompany(models.Model):
    """When the resellers of a company get their figures."""

    _inherit = "res.company"

    reseller_figures_interval = fields.Selection(
        [("off", "Never"), ("month", "Every Month"), ("quarter", "Every Quarter")],
        string="Send Figures to Resellers",
        default="off",
        required=True,
        help="Each reseller gets its own figures of the past month or quarter by mail, "
        "with a PDF.",
    )
    reseller_figures_day = fields.Integer(
        string="Day of the Month",
        default=3,
        help="Figures are sent on this day of the month, or of the first month of the "
        "quarter; up to seven days later when the server was off.",
    )
    reseller_figures_to = fields.Selection(
        "_get_figures_choices",
        string="Who Gets the Figures",
        default="supervisors",
        required=True,
        help="Where no such person is found, the mail address of the company gets "
        "them.",
    )
    reseller_figures_until = fields.Date(
        string="Figures Sent Until", readonly=True, copy=False
    )

    @api.model
    def _get_figures_choices(self):
        """Who can get the figures of a reseller.

        :return: list of pairs of key and label
        """
        return [
            ("supervisors", _("Supervisors")),
            ("people", _("All people with access")),
            ("company", _("The mail address of the company")),
        ]

    @api.constrains("reseller_figures_day")
    def _check_reseller_figures_day(self):
        """Accept days that each month has.

        :raises ValidationError: for others
        """
        for company in self:
            if not 1 <= company.reseller_figures_day <= LAST_DAY:
                raise ValidationError(
                    _(
                        "The day on which figures are sent must be between 1 and "
                        "%(last)s.",
                        last=LAST_DAY,
                    )
                )

    def _get_figures_zone(self):
        """The time zone in which the days of reports begin.

        :return: name of a time zone
        """
        self.ensure_one()
        company = self.sudo()
        return company.resource_calendar_id.tz or company.partner_id.tz or "UTC"

    @api.model
    def _get_past_period(self, kind, today):
        """The last whole month or quarter.

        :param str kind: month or quarter
        :param date today: the day it is asked
        :return: first and last day
        """
        start, months = today.replace(day=1), 1
        if kind == "quarter":
            start, months = start.replace(month=(start.month - 1) // 3 * 3 + 1), 3
        return start - relativedelta(months=months), start - timedelta(days=1)

    def _get_due_figures(self, now):
        """The period whose figures are to be sent at a moment.

        :param datetime now: naive, in UTC
        :return: first and last day; None where nothing is due
        """
        self.ensure_one()
        if self.reseller_figures_interval == "off":
            return None
        zone = self.with_context(tz=self._get_figures_zone())
        today = fields.Datetime.context_timestamp(zone, now).date()
        first, last = self._get_past_period(self.reseller_figures_interval, today)
        due = last + timedelta(days=self.reseller_figures_day)
        if not due <= today < due + timedelta(days=DAYS_LATE):
            return None
        sent = self.reseller_figures_until
        return None if sent and sent >= last else (first, last)

    @api.model
    def _in_figures_turns(self, companies, auto_commit):
        """Make the reports of the companies whose figures are due.

        :param companies: res.company, elevated
        :param bool auto_commit: commit after each
        :raises TransactionRollbackError: without ``auto_commit``, where the caller's
            transaction has to start again
        """
        now = fields.Datetime.now()
        self.env["crm.reseller.bundle.mixin"]._one_by_one(
            companies,
            lambda company: company._make_due_figures(now),
            auto_commit,
            verb="reported on",
        )

    def _make_due_figures(self, now):
        """Make the reports of this company's resellers, if they are due.

        :param datetime now: naive, in UTC
        :return: crm.reseller.periodic.report, elevated, waiting
        """
        self.ensure_one()
        Report = self.env["crm.reseller.periodic.report"].sudo()
        period = self._get_due_figures(now)
        if not period or not self._take_figures_turn(period[1]):
            return Report
        resellers = (
            self.env["res.partner"]
            .sudo()
            .search([("reseller_level_id", "!=", False)], limit=None)
        )
        ours = resellers.filtered(lambda each: each._get_program_company() == self)
        readers = ours._get_figures_readers(self.reseller_figures_to)
        return Report._make_reports(readers, *period, scheduled=True)

    def _take_figures_turn(self, last):
        """Whether it is for this run to make the reports of a period.

        Only one of two runs at the same moment gets them.

        :param date last: last day of the period
        :return: bool
        """
        self.flush_recordset(["reseller_figures_until"])
        self.env.cr.execute(
            """
            UPDATE res_company SET reseller_figures_until = %(last)s
             WHERE id IN (
                   SELECT id FROM res_company
                    WHERE id = %(id)s AND (reseller_figures_until IS NULL
                          OR reseller_figures_until < %(last)s)
                      FOR NO KEY UPDATE SKIP LOCKED)
            """,
            {"id": self.id, "last": last},
        )
        taken = bool(self.env.cr.rowcount)
        self.invalidate_recordset(["reseller_figures_until"])
        return taken
