import io
from datetime import date, timedelta
from typing import NamedTuple

import xlsxwriter
from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.osv.expression import AND
from odoo.tools import SQL
from odoo.tools.misc import format_date, format_datetime, formatLang

from odoo.addons.crm_reseller_base.compat import check_access
from odoo.addons.crm_reseller_base.lib.days import get_window

from ..lib.measures import CONDITIONS, COUNTED, NOW
from .crm_reseller_measure import GROUPINGS, SPANS

# what can be chosen at the top, each a key of ``GROUPINGS``
FILTERS = ("level", "activation", "direction", "team", "country", "reseller")
# by what the last table can be told, each a key of ``GROUPINGS``
BREAKDOWNS = (
    "country",
    "product",
    "direction",
    "team",
    "level",
    "activation",
    "salesperson",
    "person",
)
# the longest period, in days, that is shown by week and by month
LONGEST = {"week": 400, "month": 1900}
PERIODS = (
    "last_30",
    "last_90",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_12_months",
    "custom",
)
DEFAULT_PERIOD = "last_90"
SHORT_RANKING = 15
LONG_RANKING = 200
WAITING_SHOWN = 8
# what a tile shows where nothing can be said yet, such as of a period as short as the
# usual sales cycle; not compared, for earlier leads had more time
INSTEAD = {"conversion_matured": "conversion_rate"}
# offers due so soon are among those that wait too long
DUE_SOON_HOURS = 24


class Options(NamedTuple):
    """What the dashboard shows."""

    period: str
    """A key of ``PERIODS``."""
    date_from: date
    """First day."""
    date_to: date
    """Last day, included."""
    span: str
    """A key of ``SPANS``: the steps of the trend."""
    filters: dict
    """Id by name of a filter, see ``FILTERS``."""
    sort: str
    """The measure by which resellers are ranked."""
    limit: int
    """How many resellers are ranked."""
    by: str
    """One of ``BREAKDOWNS``."""

    @property
    def days(self):
        """First and last day.

        :return: pair of dates
        """
        return self.date_from, self.date_to


class CrmResellerDashboard(models.AbstractModel):
    """The figures of the channel on one page, for people inside.

    All numbers are measures (``crm.reseller.measure``), read with the rights of the
    user; ``get_records`` opens the records behind each.
    """

    _name = "crm.reseller.dashboard"
    _description = "Channel Dashboard"

    # ------------------------------------------------------------
    # WHAT IS SHOWN
    # ------------------------------------------------------------

    @api.model
    def _get_tiles(self):
        """The measures shown as tiles. Hook.

        :return: list of keys of measures, in their order
        """
        return [
            "offers",
            "pick_rate",
            "answer_median",
            "conversion_matured",
            "won",
            "revenue_won",
            "sales_cycle",
            "outflow",
            "open_leads",
            "revenue_expected",
            "waiting",
            "silent",
            "active_people",
        ]

    @api.model
    def _get_trend(self):
        """The measures whose trend can be shown. Hook.

        :return: list of keys of measures that have a period
        """
        return [
            "offers",
            "accepted",
            "declined",
            "expired",
            "pick_rate",
            "answer_median",
            "conversion_rate",
            "won",
            "revenue_won",
        ]

    @api.model
    def _get_funnel(self):
        """The measures of the funnel, from wide to narrow. Hook.

        :return: list of keys of measures that count
        """
        return ["offers", "accepted", "converted", "offers_won"]

    @api.model
    def _get_ranking(self):
        """The measures shown of each reseller. Hook.

        :return: list of keys of measures
        """
        return [
            "offers",
            "accepted",
            "pick_rate",
            "answer_median",
            "won",
            "revenue_won",
            "silent",
            "updates_kept",
        ]

    @api.model
    def _get_breakdown_measures(self):
        """The measures shown of each country, product and so on. Hook.

        :return: list of keys of measures
        """
        return ["offers", "accepted", "pick_rate", "won", "revenue_won"]

    @api.model
    def _get_waiting(self):
        """What waits too long. Hook.

        :return: dict of key and dict with ``label``, ``domain`` (of offers, one
            condition about ``measured_as`` among them), ``since`` (the field of the
            offer they are ordered by) and ``moment`` (name of the offer's or lead's
            field that says since or until when)
        """
        soon = fields.Datetime.now() + timedelta(hours=DUE_SOON_HOURS)
        return {
            "due_soon": {
                "label": _("Answers due within a day or overdue"),
                "domain": [
                    ("measured_as", "=", "waiting"),
                    ("due_on", "<=", fields.Datetime.to_string(soon)),
                ],
                "since": "due_on",
                "moment": "due_on",
            },
            "silent": {
                "label": _("Open leads without a word"),
                "domain": [("measured_as", "=", "silent")],
                "since": "answered_on",
                "moment": "lead_id.reseller_worked_on",
            },
        }

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def read_dashboard(self, options=None):
        """Everything the dashboard shows.

        :param dict options: as typed in the address: ``period``, ``from``, ``to``,
            ``span``, ``sort``, ``limit``, ``by`` and the names of ``FILTERS``; what is
            missing or makes no sense is left out
        :return: dict with ``options`` (as understood), ``choices`` (of each select),
            ``titles`` (of each filter), ``chosen`` (names of what is filtered),
            ``period`` (texts), ``measures`` (definitions by key), ``tiles``, ``trend``,
            ``funnel``, ``milestones``, ``reasons`` (of declined offers), ``lost``
            (reasons of lost leads), ``ranking``, ``breakdown``, ``waiting`` and
            ``is_empty``; a figure is a dict with ``key``, ``value`` and ``text``
        :raises AccessError: for users who must not read offers
        """
        check_access(self.env["crm.reseller.offer"], "read")
        shown = self._parse_options(options)
        domain = self._get_domain(shown)
        tiles, trend = self._get_tiles(), self._get_trend()
        funnel = self._get_funnel()
        read = self.env["crm.reseller.measure"]._read_measure_tables(
            *shown.days,
            domain,
            {
                "": list(dict.fromkeys([*tiles, *trend, *funnel, *INSTEAD.values()])),
                shown.span: trend,
                "reseller": self._get_ranking(),
                "decline_reason": ["declined"],
                "lost_reason": ["lost"],
                "milestone": ["milestones_reached", "milestone_days"],
                # those that can be chosen at the top
                "country": ["offers"],
                shown.by: self._get_breakdown_measures(),
            },
        )
        total, groups = read["total"], read["groups"]
        return {
            "options": self._format_options(shown),
            "choices": self._get_choices(shown, groups["country"]),
            "titles": self._get_titles(),
            "chosen": self._name_filters(shown),
            "period": self._format_period(shown, read["before"]),
            "measures": self._get_definitions(),
            "tiles": self._get_tile_rows(*self._replace_unknown(total, tiles)),
            "trend": self._get_trend_rows(shown, groups[shown.span], trend),
            "funnel": self._get_funnel_rows(total, funnel),
            "milestones": self._get_milestones(groups["milestone"]),
            "reasons": self._get_reasons("declined", groups["decline_reason"]),
            "lost": self._get_reasons("lost", groups["lost_reason"]),
            "ranking": self._read_ranking(shown, domain, groups["reseller"]),
            "breakdown": self._get_breakdown(shown, groups[shown.by]),
            "waiting": self._read_waiting(domain, total),
            "is_empty": not any(
                total[key]["value"] or total[key]["before"]
                for key in ("offers", "won", "waiting", "open_leads")
                if key in total
            ),
            "is_new": not self.env["crm.reseller.offer"].search_count([], limit=1),
        }

    @api.model
    def read_all_figures(self, options=None):
        """Every measure there is, those that the dashboard has no tile for included.

        :param dict options: see ``read_dashboard``
        :return: list of figures, see ``_compare``; what the measures say, and where
            they come from, is in ``measures`` of ``read_dashboard``
        :raises AccessError: for users who must not read offers
        """
        check_access(self.env["crm.reseller.offer"], "read")
        shown = self._parse_options(options)
        read = self.env["crm.reseller.measure"]._read_measures(
            *shown.days, self._get_domain(shown)
        )
        return self._get_tile_rows(read["total"], list(read["total"]))

    @api.model
    def get_records(self, options, key, group_by=None, group=None, before=False):
        """The list behind a number.

        :param dict options: see ``read_dashboard``
        :param str key: of a measure, or of ``_get_waiting``
        :param str group_by: a key of ``lib.measures`` groupings
        :param group: id of a group
        :param bool before: those of the period before
        :return: an action for the browser
        :raises AccessError: for users who must not read offers
        :raises UserError: where there is no such number
        """
        check_access(self.env["crm.reseller.offer"], "read")
        shown = self._parse_options(options)
        domain = self._get_domain(shown)
        waiting = self._get_waiting()
        if not isinstance(key, str) or not self._is_group(group_by, group):
            raise UserError(_("There is no such figure."))
        if key in waiting and not group_by:
            found = {
                "model": "crm.reseller.offer",
                "domain": AND([waiting[key]["domain"], domain]),
                "context": {"active_test": False},
            }
            name = waiting[key]["label"]
        else:
            Measure = self.env["crm.reseller.measure"]
            if key not in Measure._get_measures():
                raise UserError(_("There is no such figure."))
            found = Measure._get_measure_records(
                key, *shown.days, domain, group_by, group, before
            )
            name = self._get_definitions()[key]["label"]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": found["model"],
            "domain": found["domain"],
            "context": {**found["context"], "create": False},
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "target": "current",
        }

    def _is_group(self, group_by, group):
        """Whether figures are grouped so; a program may ask for anything.

        :param group_by: as for ``get_records``
        :param group: as for ``get_records``
        :return: bool
        """
        if not group_by:
            return True
        if not isinstance(group_by, str):
            return False
        if group_by in SPANS:
            return bool(self._parse_day(group))
        groupings = self.env["crm.reseller.measure"]._get_groupings()
        return group_by in groupings and (not group or bool(self._parse_id(group)))

    def _get_definitions(self):
        """The definitions of all measures.

        :return: dict of key and what ``_get_measure_definitions`` says
        """
        Measure = self.env["crm.reseller.measure"]
        return {each["key"]: each for each in Measure._get_measure_definitions()}

    # ------------------------------------------------------------
    # SECTIONS
    # ------------------------------------------------------------

    @api.model
    def _replace_unknown(self, total, keys):
        """Show other figures where nothing can be said yet, see ``INSTEAD``.

        :param dict total: figures by measure
        :param list keys: of measures
        :return: pair of figures by measure and of keys
        """
        replaced = {
            key: other
            for key, other in INSTEAD.items()
            if key in keys and other not in keys and total[key]["value"] is None
        }
        total = {
            **total,
            **{key: {**total[key], "before": None} for key in replaced.values()},
        }
        return total, [replaced.get(key, key) for key in keys]

    def _get_tile_rows(self, total, keys):
        """The tiles; what the user must not know, or no filter fits to, has none.

        :param dict total: figures by measure
        :param list keys: of measures
        :return: list of figures, see ``_compare``
        """
        measures = self.env["crm.reseller.measure"]._get_measure_shapes()
        return [
            self._compare(key, total[key])
            for key in keys
            # a count is None only where it is not known
            if total[key]["value"] is not None or measures[key].aggregate not in COUNTED
        ]

    @api.model
    def _leave_out_unknown(self, keys, groups, kept=None):
        """The columns of a table, without those that would hold nothing but dashes.

        Such as days to the first lead where there was no newcomer, or an update rule
        that no level has.

        :param list keys: of measures
        :param list groups: as read
        :param str kept: key of a measure that stays
        :return: list of keys
        """
        if not groups:
            return keys
        return [
            key
            for key in keys
            if key == kept
            or any(group["measures"][key]["value"] is not None for group in groups)
        ]

    def _get_trend_rows(self, shown, groups, keys):
        """The trend, step by step, with the steps in which nothing happened.

        :param Options shown: what is shown
        :param list groups: as read
        :param list keys: of measures
        :return: dict with ``keys`` and ``rows``: list of dict with ``id``, ``label``
            and ``figures``
        """
        by_id = {group["id"]: group for group in groups}
        keys = self._leave_out_unknown(keys, groups)
        Measure = self.env["crm.reseller.measure"]
        rows = []
        for day in Measure._get_span_days(shown.span, *shown.days):
            group = by_id.get(day.isoformat())
            figures = group["measures"] if group else {}
            rows.append(
                {
                    "id": day.isoformat(),
                    "label": Measure._label_span(shown.span, day),
                    "figures": [
                        self._format_figure(key, figures.get(key, {}).get("value"))
                        for key in keys
                    ],
                }
            )
        return {"keys": keys, "rows": rows}

    def _get_funnel_rows(self, total, keys):
        """The funnel.

        :param dict total: figures by measure
        :param list keys: of measures, from wide to narrow
        :return: list of figures with ``share`` (percent of the first) and
            ``share_text``
        """
        Measure = self.env["crm.reseller.measure"]
        widest = total[keys[0]]["value"] or 0
        rows = []
        for key in keys:
            figure = self._format_figure(key, total[key]["value"])
            share = 100.0 * figure["value"] / widest if widest else 0.0
            rows.append(
                {
                    **figure,
                    "share": share,
                    "share_text": Measure._format_value("percent", round(share)),
                }
            )
        return rows

    def _get_reasons(self, key, groups):
        """Why offers were declined, or leads lost; the most frequent reason first.

        :param str key: of the measure
        :param list groups: as read, by reason
        :return: list of figures with ``id``, ``label`` and ``share`` (percent of the
            most frequent)
        """
        rows = [
            {
                "id": group["id"],
                "label": group["label"] if group["id"] else _("No reason given"),
                **self._format_figure(key, group["measures"][key]["value"]),
            }
            for group in groups
        ]
        rows = [row for row in rows if row["value"]]
        rows.sort(key=lambda row: -row["value"])
        for row in rows:
            row["share"] = 100.0 * row["value"] / rows[0]["value"]
        return rows

    def _read_ranking(self, shown, domain, groups):
        """The resellers, the best by the chosen measure first.

        :param Options shown: what is shown
        :param list domain: which offers
        :param list groups: as read, by reseller
        :return: dict with ``keys``, ``rows`` (list of dict with ``id``, ``label``,
            ``level``, ``figures`` and ``line``: accepted offers step by step),
            ``total`` (number of resellers there are) and ``more`` (what is said of the
            rest)
        """
        keys = self._leave_out_unknown(self._get_ranking(), groups, shown.sort)
        shape = self.env["crm.reseller.measure"]._get_measure_shapes()[shown.sort]
        sign = 1 if shape.better == "down" else -1

        def rank(group):
            """Sort by the chosen measure; those without a figure come last.

            :param dict group: as read
            :return: key for sorting
            """
            value = group["measures"][shown.sort]["value"]
            return (value is None, sign * (value or 0), group["label"])

        groups = sorted(groups, key=rank)
        ranked = groups[: shown.limit]
        resellers = self.env["res.partner"].sudo().browse(g["id"] for g in ranked)
        levels = {each.id: each.reseller_level_id.display_name for each in resellers}
        lines = self._read_lines(shown, domain, resellers.ids)
        return {
            "keys": keys,
            "rows": [
                {
                    "id": group["id"],
                    "label": group["label"],
                    "level": levels.get(group["id"]) or "",
                    "figures": [
                        self._format_figure(key, group["measures"][key]["value"])
                        for key in keys
                    ],
                    "line": lines.get(group["id"], []),
                }
                for group in ranked
            ],
            "total": len(groups),
            "more": self._describe_rest(len(groups) - len(ranked), shown.limit),
        }

    @api.model
    def _describe_rest(self, number, limit):
        """What is said of the resellers that are not shown.

        :param int number: how many they are
        :param int limit: how many are shown
        :return: text, empty where there are none
        """
        if not number:
            return ""
        if limit == SHORT_RANKING:
            return _("Show %(number)s more", number=number)
        return _(
            "%(number)s more are in the spreadsheet and under Partnership Analysis.",
            number=number,
        )

    def _read_lines(self, shown, domain, reseller_ids):
        """Accepted offers of resellers, step by step, in one statement.

        :param Options shown: what is shown
        :param list domain: which offers
        :param list reseller_ids: whose
        :return: dict of reseller id and list of numbers
        """
        Measure = self.env["crm.reseller.measure"]
        scope = Measure._get_scope(*shown.days, domain, shown.span, False)
        domain = AND(
            [
                domain,
                [("reseller_id", "in", reseller_ids)],
                Measure._get_date_domain(
                    "offered_on", *get_window(*shown.days, scope.zone)
                ),
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT fact.reseller_id, %s AS step, COUNT(*) FILTER (WHERE %s)
                  FROM (%s) AS fact
              GROUP BY fact.reseller_id, step
                """,
                Measure._get_span_sql(scope, "fact.offered_on"),
                SQL(CONDITIONS["accepted"]),
                Measure._get_facts_sql(domain, SQL("1.0")),
            )
        )
        days = Measure._get_span_days(shown.span, *shown.days)
        lines = {each: [0] * len(days) for each in reseller_ids}
        for reseller_id, step, count in self.env.cr.fetchall():
            lines[reseller_id][step - 1] = count
        return lines

    def _get_milestones(self, groups):
        """How many deals reached each milestone, and how long they stayed there.

        :param list groups: as read, by milestone
        :return: list of figures with ``id``, ``label``, ``share`` (percent of the most)
            and ``days`` (figure), in the order of the milestones
        """
        names = {group["id"]: group["label"] for group in groups}
        figures = {group["id"]: group["measures"] for group in groups}
        milestones = self.env["crm.reseller.milestone"].with_context(active_test=False)
        rows = [
            {
                "id": milestone.id,
                "label": names[milestone.id],
                "days": self._format_figure(
                    "milestone_days", figures[milestone.id]["milestone_days"]["value"]
                ),
                **self._format_figure(
                    "milestones_reached",
                    figures[milestone.id]["milestones_reached"]["value"],
                ),
            }
            for milestone in milestones.sudo().search([("id", "in", list(names))])
        ]
        most = max((row["value"] for row in rows), default=0)
        for row in rows:
            row["share"] = 100.0 * row["value"] / most if most else 0.0
        return rows

    @api.model
    def _get_breakdown_titles(self):
        """How what the last table can be told by is called.

        :return: dict of name and text
        """
        return {
            **{
                name: title
                for name, title in self._get_titles().items()
                if name in BREAKDOWNS
            },
            "product": _("Product"),
            "salesperson": _("Salesperson"),
            "person": _("Answered by"),
        }

    def _get_breakdown(self, shown, groups):
        """The figures by country, product and so on, those with most offers first.

        :param Options shown: what is shown
        :param list groups: as read
        :return: dict with ``by``, ``title``, ``keys`` and ``rows``
        """
        keys = self._leave_out_unknown(self._get_breakdown_measures(), groups)
        rows = [
            {
                "id": group["id"],
                "label": group["label"],
                "figures": [
                    self._format_figure(key, group["measures"][key]["value"])
                    for key in keys
                ],
            }
            for group in groups
        ]
        # some were there in the period before, or have open leads only
        rows = [row for row in rows if any(f["value"] for f in row["figures"])]
        rows.sort(key=lambda row: (not row["id"], -(row["figures"][0]["value"] or 0)))
        return {
            "by": shown.by,
            "title": self._get_breakdown_titles()[shown.by],
            "keys": keys,
            # whole channels have thousands of people: the spreadsheet has them all
            "rows": rows[: shown.limit],
        }

    def _read_waiting(self, domain, total):
        """What waits too long, the longest first.

        :param list domain: which offers
        :param dict total: figures by measure, as read
        :return: list of dict with ``key``, ``label``, ``value``, ``text`` and ``rows``
            (dict with ``lead_id``, ``lead``, ``reseller``, ``moment`` and ``is_late``)
        """
        Measure = self.env["crm.reseller.measure"]
        Offer = self.env["crm.reseller.offer"].with_context(active_test=False)
        now = fields.Datetime.now()
        lists = []
        for key, kind in self._get_waiting().items():
            found = AND([kind["domain"], domain])
            offers = Offer._find_waiting(found, kind["since"], WAITING_SHOWN)
            count = len(offers)
            if count == WAITING_SHOWN:
                # the measure of that name says the same
                count = (
                    total[key]["value"] if key in total else Offer.search_count(found)
                )
            rows = []
            # names of records that the user sees the offers of
            for offer in offers.sudo():
                moment = offer.mapped(kind["moment"])
                moment = moment[0] or offer.answered_on or offer.offered_on
                rows.append(
                    {
                        "lead_id": offer.lead_id.id,
                        "lead": offer.lead_id.name,
                        "reseller": offer.reseller_id.display_name,
                        "moment": format_datetime(self.env, moment, dt_format="short"),
                        "is_late": moment <= now,
                    }
                )
            lists.append(
                {
                    "key": key,
                    "label": kind["label"],
                    "value": count,
                    "text": Measure._format_value("count", count),
                    "rows": rows,
                }
            )
        return lists

    # ------------------------------------------------------------
    # OPTIONS
    # ------------------------------------------------------------

    def _parse_options(self, values):
        """Understand what was typed in the address.

        :param values: see ``read_dashboard``; what is no text or number is left out
        :return: Options
        """
        typed = values.items() if isinstance(values, dict) else ()
        values = {name: each for name, each in typed if isinstance(each, str | int)}
        period = values.get("period")
        days = None
        if period == "custom":
            first = self._parse_day(values.get("from"))
            last = self._parse_day(values.get("to"))
            days = (first, last) if first and last and first <= last else None
        elif period in PERIODS:
            days = self._get_days(period)
        if not days:
            period, days = DEFAULT_PERIOD, self._get_days(DEFAULT_PERIOD)
        length = (days[1] - days[0]).days
        span = values.get("span")
        if span not in SPANS:
            span = "week" if length <= 100 else "month"
        if length > LONGEST.get(span, length):
            span = "month" if length <= LONGEST["month"] else "quarter"
        filters = {}
        for name in FILTERS:
            found = self._parse_id(values.get(name))
            if found:
                filters[name] = found
        sort = values.get("sort")
        return Options(
            period,
            *days,
            span,
            filters,
            sort if sort in self._get_ranking() else "accepted",
            LONG_RANKING if str(values.get("limit")) == "all" else SHORT_RANKING,
            values["by"] if values.get("by") in BREAKDOWNS else "country",
        )

    @api.model
    def _parse_id(self, value):
        """Read the id of a record.

        :param value: as typed
        :return: int, or None
        """
        text = str(value or "")
        # more digits than an id has would be an error of the database
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        return None

    @api.model
    def _parse_day(self, text):
        """Read a day.

        :param text: as typed
        :return: date, or None
        """
        try:
            day = date.fromisoformat(str(text))
        except ValueError:
            return None
        # years that calendars and databases know
        return day if 1990 <= day.year <= 2200 else None

    def _get_days(self, period):
        """First and last day of a period.

        :param str period: a key of ``PERIODS``, not custom
        :return: pair of dates
        """
        today = fields.Date.context_today(self)
        month = today.replace(day=1)
        quarter = fields.Date.start_of(today, "quarter")
        day = timedelta(days=1)
        return {
            "last_30": (today - 29 * day, today),
            "last_90": (today - 89 * day, today),
            "this_month": (month, today),
            "last_month": (month - relativedelta(months=1), month - day),
            "this_quarter": (quarter, today),
            "last_quarter": (quarter - relativedelta(months=3), quarter - day),
            "this_year": (today.replace(month=1, day=1), today),
            "last_12_months": (
                month - relativedelta(months=11),
                month + relativedelta(months=1) - day,
            ),
        }[period]

    def _get_domain(self, shown):
        """Which offers the filters leave.

        :param Options shown: what is shown
        :return: domain of offers
        """
        return [
            (GROUPINGS[name].field, "=", value) for name, value in shown.filters.items()
        ]

    def _format_options(self, shown):
        """The options as they are written to the address.

        :param Options shown: what is shown
        :return: dict of texts and ids
        """
        return {
            "period": shown.period,
            "from": shown.date_from.isoformat(),
            "to": shown.date_to.isoformat(),
            "span": shown.span,
            "sort": shown.sort,
            "by": shown.by,
            "limit": "all" if shown.limit == LONG_RANKING else "",
            **{name: shown.filters.get(name, "") for name in FILTERS},
        }

    def _get_choices(self, shown, countries):
        """What can be chosen at the top.

        :param Options shown: what is shown
        :param list countries: groups as read
        :return: dict of name and list of pairs of value and label
        """
        choices = {
            "period": [
                ["last_30", _("Last 30 days")],
                ["last_90", _("Last 90 days")],
                ["this_month", _("This month")],
                ["last_month", _("Last month")],
                ["this_quarter", _("This quarter")],
                ["last_quarter", _("Last quarter")],
                ["this_year", _("This year")],
                ["last_12_months", _("Last 12 months")],
                ["custom", _("Other days")],
            ],
            "span": [
                ["week", _("by week")],
                ["month", _("by month")],
                ["quarter", _("by quarter")],
            ],
            "country": [
                [group["id"], group["label"]] for group in countries if group["id"]
            ],
            "by": [list(pair) for pair in self._get_breakdown_titles().items()],
        }
        choices["country"].sort(key=lambda pair: pair[1])
        for name in ("level", "activation", "direction", "team"):
            records = self.env[GROUPINGS[name].model].search([], limit=None)
            choices[name] = [[record.id, record.display_name] for record in records]
        for name, label in self._name_filters(shown).items():
            pair = [shown.filters[name], label]
            if name in choices and pair[0] not in {each[0] for each in choices[name]}:
                choices[name].append(pair)
        return choices

    def _get_titles(self):
        """How the filters are called.

        :return: dict of name and text
        """
        return {
            "level": _("Level"),
            "activation": _("Activation"),
            "direction": _("Sales Direction"),
            "team": _("Sales Team"),
            "country": _("Country"),
            "reseller": _("Reseller"),
        }

    def _name_filters(self, shown):
        """The names of what is chosen, where the user may read them.

        :param Options shown: what is shown
        :return: dict of filter and name
        """
        names = {}
        for name, value in shown.filters.items():
            records = self.env[GROUPINGS[name].model].with_context(active_test=False)
            names[name] = records.search([("id", "=", value)]).display_name or _(
                "Unknown"
            )
        return names

    def _format_period(self, shown, before):
        """The period and the one before, in words.

        :param Options shown: what is shown
        :param before: pair of days
        :return: dict with ``label`` (the period alone) and ``text``
        """

        def words(first, last):
            """A span of days.

            :param date first: first day
            :param date last: last day
            :return: text
            """
            return f"{format_date(self.env, first)} – {format_date(self.env, last)}"

        label, label_before = words(*shown.days), words(*before)
        return {
            "label": label,
            "text": _(
                "%(period)s, compared with %(before)s",
                period=label,
                before=label_before,
            ),
        }

    # ------------------------------------------------------------
    # NUMBERS IN WORDS
    # ------------------------------------------------------------

    def _format_figure(self, key, value):
        """A number and how it is written.

        :param str key: of a measure
        :param float value: the number, or None
        :return: dict with ``key``, ``value`` and ``text``
        """
        Measure = self.env["crm.reseller.measure"]
        measure = Measure._get_measure_shapes()[key]
        if value is None and measure.aggregate in ("count", "sum"):
            value = 0
        return {
            "key": key,
            "value": value,
            "text": Measure._format_value(measure.unit, value),
        }

    def _compare(self, key, figure):
        """A number beside that of the period before.

        :param str key: of a measure
        :param dict figure: ``value`` and ``before``
        :return: figure with ``before``, ``change`` and ``note`` (texts, empty where
            there is nothing to compare with) and ``trend`` (good, bad or empty)
        """
        Measure = self.env["crm.reseller.measure"]
        measure = Measure._get_measure_shapes()[key]
        value, before = figure["value"], figure["before"]
        written = self._format_figure(key, value)
        written.update(before="", change="", trend="", note="")
        if before is None:
            if measure.base == NOW:
                written["note"] = _("now")
            return written
        written["before"] = Measure._format_value(measure.unit, before)
        written["note"] = _("before: %(number)s", number=written["before"])
        if value is None:
            return written
        difference = value - before
        size = difference
        if measure.unit != "percent" and before:
            size = 100.0 * difference / before
        if not round(size):
            difference = 0  # too small to be written
        sign = "+" if difference > 0 else "\N{MINUS SIGN}" if difference < 0 else "±"
        if measure.unit == "percent":
            number = formatLang(self.env, abs(difference), digits=0)
            written["change"] = _("%(sign)s%(number)s points", sign=sign, number=number)
        elif before:
            share = round(abs(100.0 * difference / before))
            written["change"] = sign + Measure._format_value("percent", share)
        if difference and measure.better:
            is_good = (difference > 0) == (measure.better == "up")
            written["trend"] = "good" if is_good else "bad"
        return written

    # ------------------------------------------------------------
    # SPREADSHEET
    # ------------------------------------------------------------

    @api.model
    def _export_xlsx(self, options):
        """The dashboard as a spreadsheet, with all resellers.

        :param dict options: see ``read_dashboard``
        :return: bytes
        :raises AccessError: for users who must not read offers
        """
        found = self.read_dashboard({**options, "limit": "all"})
        measures = found["measures"]
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True})
        bold = book.add_format({"bold": True})

        def add_sheet(name, head, rows):
            """Add a sheet; texts stay texts, whatever they begin with.

            :param str name: of the sheet
            :param list head: titles of the columns
            :param list rows: lists of values
            """
            sheet = book.add_worksheet(name[:31])
            for column, title in enumerate(head):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, column, value)
                    elif value is not None:
                        sheet.write_number(line, column, value)
            sheet.set_column(0, 0, 32)
            sheet.set_column(1, max(len(head) - 1, 1), 18)
            sheet.freeze_panes(1, 0)

        def titles(keys):
            """The titles of measures.

            :param list keys: of measures
            :return: list of texts
            """
            return [measures[key]["label"] for key in keys]

        def values(row):
            """The numbers of a row.

            :param dict row: with ``figures``
            :return: list of numbers
            """
            return [figure["value"] for figure in row["figures"]]

        period = found["period"]
        add_sheet(
            _("Figures"),
            [
                _("Measure"),
                period["label"],
                _("Before"),
                _("What it says"),
                _("Source"),
                _("Owner"),
            ],
            [
                [
                    measures[figure["key"]]["label"],
                    figure["value"],
                    figure["before"],
                    measures[figure["key"]]["formula"],
                    measures[figure["key"]]["source"],
                    measures[figure["key"]]["owner"],
                ]
                for figure in self.read_all_figures(options)
            ],
        )
        for name, first, table in (
            (_("Trend"), _("Period"), found["trend"]),
            (_("Resellers"), _("Reseller"), found["ranking"]),
            (
                found["breakdown"]["title"],
                found["breakdown"]["title"],
                found["breakdown"],
            ),
        ):
            add_sheet(
                name,
                [first, *titles(table["keys"])],
                [[row["label"], *values(row)] for row in table["rows"]],
            )
        add_sheet(
            _("Milestones"),
            [_("Milestone"), *titles(["milestones_reached", "milestone_days"])],
            [
                [row["label"], row["value"], row["days"]["value"]]
                for row in found["milestones"]
            ],
        )
        for name, key, rows in (
            (_("Decline Reasons"), "declined", found["reasons"]),
            (_("Lost Reasons"), "lost", found["lost"]),
        ):
            add_sheet(
                name,
                [_("Reason"), *titles([key])],
                [[row["label"], row["value"]] for row in rows],
            )
        add_sheet(
            _("Waiting Too Long"),
            [_("Lead"), _("Reseller"), _("When"), _("Why")],
            [
                [row["lead"], row["reseller"], row["moment"], each["label"]]
                for each in found["waiting"]
                for row in each["rows"]
            ],
        )
        book.close()
        return target.getvalue()
