from bisect import bisect_left
from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..lib.assignment import parse_rings


class ResCompany(models.Model):
    """Settings, working hours and deadlines of each company's reseller program."""

    _inherit = "res.company"

    reseller_auto_assign = fields.Boolean(string="Automatic Assignment", default=True)
    reseller_max_reoffers = fields.Integer(string="Further Offers", default=3)
    reseller_reminder_hours = fields.Float(
        string="Remind Before the Deadline (hours)", default=4.0
    )
    reseller_search_radii_km = fields.Char(
        string="Search Radii (km)", default="50, 150, 400"
    )
    reseller_country_fallback = fields.Boolean(
        string="Fall Back to the Country", default=True
    )
    reseller_hide_contact_details = fields.Boolean(
        string="Hide Contact Details Until Accepted"
    )
    reseller_channel_manager_id = fields.Many2one(
        "res.users", string="Channel Manager", domain=[("share", "=", False)]
    )

    @api.constrains("reseller_search_radii_km")
    def _check_reseller_search_radii(self):
        """Accept radii above zero only.

        :raises ValidationError: for anything else
        """
        for company in self:
            try:
                radii = parse_rings(company.reseller_search_radii_km)
            except ValueError:
                radii = ()
            if (company.reseller_search_radii_km or "").strip() and not radii:
                raise ValidationError(
                    _("Search radii are distances above zero, e.g. 50, 150, 400")
                )

    @api.constrains("reseller_max_reoffers", "reseller_reminder_hours")
    def _check_reseller_numbers(self):
        """Accept numbers from zero on.

        :raises ValidationError: for one below zero
        """
        for company in self:
            if min(company.reseller_max_reoffers, company.reseller_reminder_hours) < 0:
                raise ValidationError(
                    _("The numbers of the reseller program cannot be below zero.")
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        active = self.filtered("active")
        result = super().write(vals)
        archived = active.filtered(lambda company: not company.active)
        if archived:
            self.env["crm.reseller.offer"].sudo().search(
                [("company_id", "in", archived.ids), ("state", "=", "pending")]
            )._withdraw(_("The company was archived."))
        return result

    # ------------------------------------------------------------
    # WORKING HOURS
    # ------------------------------------------------------------

    def _get_reseller_leave_domain(self):
        """Holidays that count: those of the calendar for everyone or this company.

        :return: domain for ``resource.calendar.leaves``
        """
        return [("time_type", "=", "leave"), ("company_id", "in", [False, self.id])]

    def _get_reseller_deadline(self, start, hours):
        """Count working hours from a moment in this company's calendar.

        :param datetime start: naive, in UTC
        :param float hours: above zero
        :return: naive datetime in UTC
        """
        self.ensure_one()
        calendar = self.sudo().resource_calendar_id
        due = calendar and calendar.plan_hours(
            hours,
            start,
            compute_leaves=True,
            domain=self._get_reseller_leave_domain(),
        )
        # without a calendar, or with one that has no working hours, by the clock
        return due or start + timedelta(hours=hours)

    def _count_reseller_hours(self, spans):
        """Count the working hours of many spans of time, reading the calendar once.

        :param list spans: pairs of naive datetimes in UTC, start and end
        :return: dict of span and hours
        """
        self.ensure_one()
        spans = set(spans)
        if not spans:
            return {}
        calendar = self.sudo().resource_calendar_id
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        intervals = []
        if calendar and first < last:
            work = calendar._work_intervals_batch(
                pytz.utc.localize(first),
                pytz.utc.localize(last),
                domain=self._get_reseller_leave_domain(),
            )[False]
            intervals = [
                tuple(
                    moment.astimezone(pytz.utc).replace(tzinfo=None)
                    for moment in interval[:2]
                )
                for interval in work
            ]
        if not calendar.attendance_ids:
            return {
                span: max((span[1] - span[0]).total_seconds() / 3600, 0.0)
                for span in spans
            }
        # seconds worked up to the beginning of each interval
        starts = [interval[0] for interval in intervals]
        sums = [0.0]
        for start, end in intervals:
            sums.append(sums[-1] + (end - start).total_seconds())

        def worked(moment):
            """The working time until a moment.

            :param datetime moment: naive, in UTC
            :return: seconds worked since the first interval began
            """
            number = bisect_left(starts, moment)
            if not number:
                return 0.0
            start, end = intervals[number - 1]
            return sums[number - 1] + (min(moment, end) - start).total_seconds()

        return {
            span: max(worked(span[1]) - worked(span[0]), 0.0) / 3600 for span in spans
        }
