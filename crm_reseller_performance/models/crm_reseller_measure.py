from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.osv.expression import AND
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from odoo.addons.crm_reseller_base.lib.days import get_window

from ..lib.measures import (
    COUNTED,
    DATE_FIELDS,
    DATES,
    MEASURES,
    NOW,
    PERCENTILES,
    ROW_CONDITIONS,
    VALUES,
    get_days_before,
    get_flags,
    get_statement,
    pack,
    unpack,
)


class Grouping(NamedTuple):
    """By what figures can be grouped.

    ``sql`` is about the row of an offer (see ``lib.measures.ROW_COLUMNS``), ``field`` a
    field of the offer that finds the same rows; ``model`` is that of its values, empty
    for a span of time, whose ``field`` is its length.
    """

    sql: str
    field: str
    model: str = ""


GROUPINGS = {
    "reseller": Grouping("fact.reseller_id", "reseller_id", "res.partner"),
    "person": Grouping("fact.answered_by_id", "answered_by_id", "res.users"),
    "level": Grouping(
        "fact.level_id", "reseller_id.reseller_level_id", "crm.reseller.level"
    ),
    "activation": Grouping(
        "fact.activation_id",
        "reseller_id.reseller_activation_id",
        "crm.reseller.activation",
    ),
    "direction": Grouping(
        "fact.direction_id", "lead_id.reseller_direction_id", "crm.reseller.direction"
    ),
    "team": Grouping("fact.team_id", "lead_id.team_id", "crm.team"),
    "salesperson": Grouping("fact.user_id", "lead_id.user_id", "res.users"),
    "country": Grouping("fact.country_id", "lead_id.country_id", "res.country"),
    "product": Grouping(
        "fact.product_id", "lead_id.reseller_product_id", "product.product"
    ),
    "company": Grouping("fact.company_id", "company_id", "res.company"),
    "rule": Grouping("fact.rule_id", "rule_id", "crm.reseller.assignment.rule"),
    "decline_reason": Grouping(
        "fact.decline_reason_id", "decline_reason_id", "crm.reseller.decline.reason"
    ),
    "lost_reason": Grouping(
        "fact.lost_reason_id", "lead_id.lost_reason_id", "crm.lost.reason"
    ),
    "week": Grouping("week", "week"),
    "month": Grouping("month", "month"),
    "quarter": Grouping("quarter", "quarter"),
}
SPANS = {
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
}


class Scope(NamedTuple):
    """What is read: handed to the readers of each base, see ``_read_facts``."""

    date_from: Any
    """First day."""
    date_to: Any
    """Last day, included."""
    compare: bool
    """Whether to read the period before, too."""
    domain: list
    """Which offers; the user's record rules come on top."""
    group_by: str
    """A key of ``GROUPINGS``, or empty."""
    zone: str
    """Name of the time zone of the days."""
    rate: Any
    """SQL about the lead: what its amounts are multiplied with."""


class CrmResellerMeasure(models.AbstractModel):
    """Reads the measures of ``lib.measures``, within the user's record rules."""

    _name = "crm.reseller.measure"
    _description = "Measures of Resellers"

    # ------------------------------------------------------------
    # DEFINITIONS
    # ------------------------------------------------------------

    @api.model
    def _get_measures(self):
        """The measures there are. Hook.

        Those of other sources (milestones, use of the portal, registrations) are told
        in ``crm.reseller.figures``.

        :return: dict of key and ``lib.measures.Measure``, in the order they are shown
        """
        return dict(MEASURES)

    @api.model
    def _get_groupings(self):
        """By what figures can be grouped, spans of time included.

        :return: dict of key and ``Grouping``
        """
        return dict(GROUPINGS)

    def _get_group_condition(self, measure, group_by, group):
        """The condition that an offer, or what else is measured, is of a group.

        :param Measure measure: its definition
        :param str group_by: a key of ``_get_groupings``, no span of time
        :param group: id, or False
        :return: triple of a domain of offers
        """
        return (self._get_groupings()[group_by].field, "=", group)

    @api.model
    def _get_measure_definitions(self):
        """What is shown of each measure, in the language of the user.

        :return: list of dict with ``key``, ``label``, ``formula``, ``unit`` (count,
            percent, hours, days, money), ``better`` (up, down or empty), ``base``
            (offered, closed, now), ``source`` and ``owner``
        """
        return [
            {
                "key": measure.key,
                "label": self._translate_measure(measure.label),
                "formula": self._translate_measure(measure.formula),
                "unit": measure.unit,
                "better": measure.better,
                "base": measure.base,
                "source": self._translate_measure(measure.source),
                "owner": self._translate_measure(measure.owner),
            }
            for measure in self._get_measures().values()
        ]

    @api.model
    def _get_measure_labels(self):
        """What the measures are called.

        :return: dict of key and text in the user's language
        """
        return {
            key: self._translate_measure(measure.label)
            for key, measure in self._get_measures().items()
        }

    @api.model
    def _format_value(self, unit, value):
        """A figure as people write it.

        :param str unit: as of ``lib.measures.Measure``
        :param float value: the figure; None where there is nothing to tell
        :return: text in the user's language; amounts in the company's currency
        """
        if value is None:
            return "–"
        if unit == "money":
            currency = self.env.company.currency_id
            # without cents, which a currency would bring along
            parts = (formatLang(self.env, round(value), digits=0), currency.symbol)
            return "\N{NO-BREAK SPACE}".join(
                parts if currency.position == "after" else parts[::-1]
            )
        whole = unit == "count" or round(value, 1) == round(value)
        number = formatLang(self.env, value, digits=0 if whole else 1)
        if unit == "percent":
            return f"{number} %"
        if unit == "hours":
            return _("%(number)s h", number=number)
        if unit == "days":
            if round(value, 1) == 1:
                return _("%(number)s day", number=number)
            return _("%(number)s days", number=number)
        return number

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _read_measures(
        self, date_from, date_to, domain=None, group_by=None, keys=None, compare=True
    ):
        """Read measures of a period and of the period before.

        At most one SQL statement for each base (offers made in the period, leads closed
        in the period, the situation now), whatever the number of measures and groups.
        The user's record rules for offers apply; call it under ``sudo()`` where they
        must not. Amounts are in the currency of ``env.company``, converted with the
        rates of ``date_to``. Days are those of the user's time zone.

        :param date date_from: first day
        :param date date_to: last day, included
        :param list domain: which offers, domain of ``crm.reseller.offer``
        :param str group_by: a key of ``GROUPINGS``: reseller, person, level,
            activation, direction, team, salesperson, country, product, company, rule,
            decline_reason, lost_reason, week, month, quarter
        :param list keys: keys of the measures to read; all if left out
        :param bool compare: whether to read the period before, too
        :return: dict with

            * ``before``: pair of first and last day of the period before;
            * ``total``: dict of measure key and dict of ``value`` (number; None where
              there is nothing to tell, such as a share of nothing) and ``before``
              (that of the period before; None for measures of the situation now);
            * ``groups``: list of dict with ``id`` (of the record; the first day, as
              text, of a span of time; False where empty), ``label`` and ``measures``
              (as ``total``; spans of time have no ``before``), spans in order of time,
              others by label. Empty without ``group_by``. Only groups with offers
        """
        read = self._read_measure_tables(
            date_from,
            date_to,
            domain,
            {"": keys, **({group_by: keys} if group_by else {})},
            compare,
            compare,
        )
        return {
            "before": read["before"],
            "total": read["total"],
            "groups": read["groups"].get(group_by, []),
        }

    @api.model
    def _read_measure_tables(
        self,
        date_from,
        date_to,
        domain=None,
        tables=None,
        compare=True,
        compare_groups=False,
    ):
        """Read several tables of measures at once: the offers are looked at once.

        :param date date_from: first day
        :param date date_to: last day, included
        :param list domain: as for ``_read_measures``
        :param dict tables: keys of measures (None: all) by grouping; the empty grouping
            is the total
        :param bool compare: whether to read the total of the period before, too
        :param bool compare_groups: whether to read the groups of the period before
        :return: dict with ``before`` and ``total`` (see ``_read_measures``), and
            ``groups``: by grouping, what ``_read_measures`` says of groups
        """
        measures = self._get_measures()
        tables = {
            group_by: [measures[key] for key in (measures if keys is None else keys)]
            for group_by, keys in (tables or {"": None}).items()
        }
        everything = [measure for wanted in tables.values() for measure in wanted]
        scope = self._get_scope(date_from, date_to, domain, "", compare)
        if any(measure.value == "amount" for measure in everything):
            scope = scope._replace(rate=self._get_rate_sql())
        facts, unknown = self._read_bases(tables, scope, compare_groups)
        total, groups = {}, {}
        for group_by, wanted in tables.items():
            blank = self._get_blank_figures(wanted, bool(compare))
            for measure in wanted:
                if (group_by, measure.key) in unknown:
                    blank[measure.key] = {"value": None, "before": None}
            found = self._arrange_figures(facts[group_by], blank, group_by)
            if group_by:
                groups[group_by] = self._label_groups(group_by, found)
            else:
                total = found.get(None) or blank
        return {
            "before": get_days_before(date_from, date_to),
            "total": total,
            "groups": groups,
        }

    def _read_bases(self, tables, scope, compare_groups):
        """Read the numbers of several tables, base by base.

        :param dict tables: list of measures by grouping
        :param Scope scope: of the total
        :param bool compare_groups: whether to read the groups of the period before
        :return: pair of the numbers (dict of grouping and dict, see ``_read_tables``)
            and what cannot be told: set of pairs of grouping and key of a measure
        """
        by_base = {}
        for group_by, wanted in tables.items():
            for measure in wanted:
                some = by_base.setdefault(measure.base, {})
                some.setdefault(group_by, []).append(measure)
        facts, unknown = {group_by: {} for group_by in tables}, set()
        for base, some in by_base.items():
            scopes = {
                group_by: scope._replace(
                    group_by=group_by,
                    compare=compare_groups and group_by not in SPANS
                    if group_by
                    else scope.compare,
                )
                for group_by in some
            }
            if base in ROW_CONDITIONS:
                found = self._read_tables(some, scopes, base)
            else:
                found = {
                    group_by: self._read_source(wanted, scopes[group_by], base)
                    for group_by, wanted in some.items()
                }
            for group_by, values in found.items():
                if values is None:
                    unknown.update((group_by, each.key) for each in some[group_by])
                else:
                    facts[group_by].update(values)
        return facts, unknown

    @api.model
    def _arrange_figures(self, facts, blank, group_by):
        """Put the numbers of a table together, group by group.

        :param dict facts: see ``_read_tables``
        :param dict blank: the figures of a group where nothing was counted
        :param str group_by: as for ``_read_measures``; empty: the total
        :return: dict of group (None: of all) and dict of key and figure
        """
        found = {}
        for (key, is_before, group), value in facts.items():
            if group not in found:
                found[group] = {name: dict(each) for name, each in blank.items()}
            found[group][key]["before" if is_before else "value"] = value
        if group_by in SPANS:
            for figures in found.values():
                for each in figures.values():
                    each["before"] = None
        return found

    @api.model
    def _get_blank_figures(self, measures, compare):
        """The figures where there is nothing: a count and a sum are 0.

        :param list measures: definitions
        :param bool compare: whether the period before is read
        :return: dict of key and dict of ``value`` and ``before``
        """
        blank = {}
        for measure in measures:
            nothing = 0 if measure.aggregate in COUNTED else None
            before = nothing if compare and measure.base != NOW else None
            blank[measure.key] = {"value": nothing, "before": before}
        return blank

    @api.model
    def _get_measure_records(
        self,
        key,
        date_from,
        date_to,
        domain=None,
        group_by=None,
        group=None,
        before=False,
    ):
        """Say where the records behind a number are.

        Of a count they are exactly as many as the number; of a share those of which it
        is a share; of a mean, median or sum those that were averaged or added up.

        :param str key: of a measure
        :param date date_from: first day
        :param date date_to: last day, included
        :param list domain: as for ``_read_measures``
        :param str group_by: as for ``_read_measures``
        :param group: ``id`` of a group; with ``group_by`` only
        :param bool before: whether those of the period before are meant
        :return: dict with ``model``, ``domain`` (plain, can be sent to the browser) and
            ``context`` (archived leads and people are included)
        """
        scope = self._get_scope(date_from, date_to, domain, group_by, False)
        measure = self._get_measures()[key]
        if before:
            date_from, date_to = get_days_before(date_from, date_to)
        if group_by in SPANS:
            first = fields.Date.to_date(group)
            last = first + SPANS[group_by] - relativedelta(days=1)
            # spans at the edges are cut off
            date_from, date_to = max(date_from, first), min(date_to, last)
        elif group_by:
            condition = [self._get_group_condition(measure, group_by, group)]
            scope = scope._replace(domain=AND([scope.domain, condition]))
        window = get_window(date_from, date_to, scope.zone)
        if measure.base in ROW_CONDITIONS:
            return self._get_records_of_offers(measure, scope, window)
        scope = scope._replace(date_from=date_from, date_to=date_to)
        return self._get_records_of_source(measure, scope, window)

    # ------------------------------------------------------------
    # OFFERS
    # ------------------------------------------------------------

    def _get_records_of_offers(self, measure, scope, window):
        """Say where the records behind a measure are.

        :param Measure measure: its definition
        :param Scope scope: ``domain`` is read
        :param Window window: the span of time
        :return: dict with ``model``, ``domain`` and ``context``
        """
        domain = [("measured_as", "=", measure.records)]
        if measure.base in DATE_FIELDS:
            domain += self._get_date_domain(DATE_FIELDS[measure.base], *window)
        return {
            "model": "crm.reseller.offer",
            "domain": AND([domain, scope.domain]),
            "context": {"active_test": False},
        }

    def _read_tables(self, tables, scopes, base):
        """Read tables of measures of offers, in one statement.

        The rows of the offers are made once, with their state and flags as one number.
        Each table counts the rows that are alike and asks the conditions of these few;
        percentiles need the rows themselves.

        :param dict tables: list of measures of one base by grouping
        :param dict scopes: Scope by grouping; they differ by ``group_by`` and
            ``compare`` only
        :param str base: ``OFFERED``, ``CLOSED`` or ``NOW``
        :return: dict of grouping and dict of triple of measure key, whether it is of
            the period before, and group (None: of all) to the number
        """
        scope = next(iter(scopes.values()))
        window = get_window(scope.date_from, scope.date_to, scope.zone)
        start, is_before = window.start, SQL("FALSE")
        date = DATES.get(base)
        if date and any(each.compare for each in scopes.values()):
            days = get_days_before(scope.date_from, scope.date_to)
            start = get_window(*days, scope.zone).start
            is_before = SQL(f"fact.{date} < %s", window.start)
        measures = [measure for some in tables.values() for measure in some]
        flags = get_flags(measures)
        values = {measure.value: None for measure in measures if measure.value}
        now = fields.Datetime.now()
        columns = [
            SQL("%s AS is_before", is_before),
            SQL(f"{pack(flags)} AS code"),
            *(SQL(f"({VALUES[name]})::float8 AS {name}", now=now) for name in values),
        ]
        parts, width = [], max(map(len, tables.values()))
        for number, (group_by, wanted) in enumerate(tables.items()):
            grouped = self._get_group_sql(scopes[group_by], date)
            if grouped:
                columns.append(SQL(f"%s AS group_{number}", grouped))
            elif group_by:
                # a span of time says nothing of the situation now, a milestone nothing
                # of offers
                continue
            parts += self._get_table_sql(
                number, wanted, flags, scopes[group_by], bool(grouped), width
            )
        if not parts:
            return {}
        condition = SQL(ROW_CONDITIONS[base], start=start, end=window.end)
        # compiling these many conditions takes longer than reading with them; the rows
        # of a quarter stay in memory
        statement = SQL(
            """
            SET LOCAL jit TO off;
            SET LOCAL work_mem TO '64MB';
            WITH facts AS MATERIALIZED (SELECT %s FROM (%s) AS fact) %s
            """,
            SQL(", ").join(columns),
            self._get_facts_sql(scope.domain, scope.rate, condition),
            SQL(" UNION ALL ").join(parts),
        )
        self.env.flush_all()
        self.env.cr.execute(statement)
        groupings = list(tables)
        found = {group_by: {} for group_by in tables}
        spans = {
            group_by: self._get_span_days(group_by, scope.date_from, scope.date_to)
            for group_by in tables
            if group_by in SPANS
        }
        for number, is_percentile, before, group, *figures in self.env.cr.fetchall():
            group_by = groupings[number]
            if not group_by:
                group = None
            else:
                group = int(group) if group else False
            if group_by in SPANS:
                group = spans[group_by][group - 1].isoformat()
            for measure, value in zip(tables[group_by], figures, strict=False):
                if (measure.aggregate in PERCENTILES) != is_percentile:
                    continue
                if measure.aggregate == "count":
                    value = int(value)
                found[group_by][measure.key, before, group] = value
        return found

    def _get_table_sql(self, number, measures, flags, scope, is_grouped, width):
        """The statements that read a table from the rows called ``facts``.

        :param int number: of the table
        :param list measures: of one base
        :param list flags: see ``lib.measures.pack``
        :param Scope scope: ``group_by`` and ``compare`` are read
        :param bool is_grouped: whether the rows have a column of its groups
        :param int width: number of figures of the widest table
        :return: list of SQL: one about the cells, one about the rows where a percentile
            is asked for, or two of the total
        """
        group = f"group_{number}" if is_grouped else "NULL::int"
        by_group = f", {group}" if is_grouped else ""

        def select(is_percentile, before):
            """The beginning of a statement.

            :param bool is_percentile: whether it reads percentiles
            :param str before: SQL
            :return: text
            """
            figures = [
                f"({get_statement(measure)})::float8"
                if (measure.aggregate in PERCENTILES) == is_percentile
                else "NULL::float8"
                for measure in measures
            ]
            figures += ["NULL::float8"] * (width - len(figures))
            return f"SELECT {number}, {is_percentile}, {before}, {group}, " + ", ".join(
                figures
            )

        cells = [each for each in measures if each.aggregate not in PERCENTILES]
        percentiles = [each for each in measures if each.aggregate in PERCENTILES]
        current = "" if scope.compare else "WHERE NOT is_before"
        parts = []
        if cells:
            sums = "".join(
                f", SUM({name}) AS {name}_sum, COUNT({name}) AS {name}_number"
                for name in {each.value: None for each in cells if each.value}
            )
            kept = "".join(
                f", {name}_sum, {name}_number"
                for name in {each.value: None for each in cells if each.value}
            )
            parts.append(
                f"""{select(False, "is_before")}
                FROM (SELECT is_before{by_group}, number, {unpack(flags)}{kept}
                        FROM (SELECT is_before, code{by_group}, COUNT(*) AS number{sums}
                                FROM facts {current}
                            GROUP BY is_before, code{by_group}) AS cell) AS fact
            GROUP BY is_before{by_group}"""
            )
        if percentiles:
            names = ", ".join({each.value: None for each in percentiles})
            rows = f"SELECT {names}, {unpack(flags)}{by_group} FROM facts"
            # sorted apart: two sorts of one column are faster than one of two
            for before in ("FALSE", "TRUE")[: 1 + scope.compare]:
                parts.append(
                    f"""{select(True, before)}
                    FROM ({rows} WHERE is_before = {before}) AS fact
                    {f"GROUP BY {group}" if is_grouped else ""}"""
                )
        return [SQL(part) for part in parts]

    def _get_facts_sql(self, domain, rate, condition=None):
        """The rows of some offers, see ``lib.measures.ROW_COLUMNS``.

        :param list domain: of ``crm.reseller.offer``; the user's rules come on top
        :param SQL rate: what amounts are multiplied with
        :param SQL condition: which offers and leads can be counted at all, where that
            is known
        :return: SQL
        """
        Fact = self.env["crm.reseller.fact"]
        return Fact._get_rows_sql(
            SQL(
                "%s AND %s",
                condition or SQL("TRUE"),
                Fact._get_condition_sql(domain),
            ),
            SQL("%s AS rate", rate),
        )

    def _get_rate_sql(self):
        """What amounts of leads are multiplied with, by company.

        :return: SQL
        """
        main = self.env.company.currency_id
        today = fields.Date.context_today(self)
        rates = {}
        foreign = self.env["res.company"].sudo()
        for company in foreign.browse(foreign._get_ids_of_other_currencies(main.id)):
            rates[company.id] = company.currency_id._get_conversion_rate(
                company.currency_id, main, self.env.company, today
            )
        if not rates:
            return SQL("1.0")
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", company_id, rate)
            for company_id, rate in rates.items()
        )
        # the currency of a lead is that of its company, else the user's company's
        return SQL("CASE stored.lead_company_id %s ELSE 1.0 END", cases)

    def _get_group_sql(self, scope, date):
        """By what rows are grouped.

        :param Scope scope: ``group_by`` and ``zone`` are read
        :param str date: name of the column that decides about the span, or nothing
        :return: SQL; nothing where there is one group
        """
        if not scope.group_by or (scope.group_by in SPANS and not date):
            return None
        if scope.group_by not in SPANS:
            known = GROUPINGS.get(scope.group_by)
            return SQL(known.sql) if known else None
        return self._get_span_sql(scope, f"fact.{date}")

    @api.model
    def _get_span_days(self, span, first, last):
        """The spans of time that a period touches.

        :param str span: a key of ``SPANS``
        :param date first: first day of the period
        :param date last: its last day, included
        :return: list of the first days of the spans, in order
        """
        day = fields.Date.start_of(first, span)
        days = []
        while day <= last:
            days.append(day)
            day += SPANS[span]
        return days

    @api.model
    def _get_span_sql(self, scope, column, is_day=False):
        """In which span of time a moment of the period lies.

        When the spans begin in the time zone is worked out once here, not for each row.

        :param Scope scope: ``group_by``, ``date_from``, ``date_to`` and ``zone`` are
            read
        :param str column: SQL of a moment, in UTC
        :param bool is_day: the moment is a day of the calendar
        :return: SQL: 1 for the first of ``_get_span_days``
        """
        starts = self._get_span_days(scope.group_by, scope.date_from, scope.date_to)
        if not is_day:
            starts = [get_window(day, day, scope.zone).start for day in starts]
        return SQL(
            f"WIDTH_BUCKET(%s, %s::{'date' if is_day else 'timestamp'}[])",
            SQL(column),
            starts,
        )

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _get_scope(self, date_from, date_to, domain, group_by, compare):
        """Put together what is read.

        :param date date_from: first day
        :param date date_to: last day, included
        :param list domain: of ``crm.reseller.offer``
        :param str group_by: a key of ``GROUPINGS``
        :param bool compare: whether the period before is read, too
        :return: Scope
        """
        return Scope(
            date_from,
            date_to,
            compare,
            list(domain or []),
            group_by or "",
            self._get_measure_zone(),
            SQL("1.0"),
        )

    def _get_measure_zone(self):
        """The time zone in which days begin.

        :return: name of the user's time zone, else of the company's calendar
        """
        return (
            self.env.context.get("tz")
            or self.env.user.tz
            or self.env.company.resource_calendar_id.tz
            or "UTC"
        )

    @api.model
    def _get_date_domain(self, field, start, end):
        """The condition that a moment is within a span.

        :param str field: name of a field
        :param datetime start: naive, in UTC, included
        :param datetime end: naive, in UTC, not included
        :return: domain that can be sent to the browser
        """
        return [
            (field, ">=", fields.Datetime.to_string(start)),
            (field, "<", fields.Datetime.to_string(end)),
        ]

    def _label_groups(self, group_by, groups):
        """Name the groups, and put them in order.

        :param str group_by: a key of ``GROUPINGS``
        :param dict groups: of the group's id and its measures
        :return: list of dict with ``id``, ``label`` and ``measures``
        """
        if not groups:
            return []
        if group_by in SPANS:
            return [
                {
                    "id": span,
                    "label": self._label_span(group_by, fields.Date.to_date(span)),
                    "measures": groups[span],
                }
                for span in sorted(span for span in groups if span)
            ]
        records = self.env[self._get_groupings()[group_by].model].sudo()
        records = records.with_context(active_test=False).browse(
            group for group in groups if group
        )
        # names only, of records whose figures the user may see
        if records._name == "res.partner":
            # thousands of them: a company is called by its name alone
            records.fetch(["name"])
            names = {record.id: record.name for record in records}
        else:
            names = {record.id: record.display_name for record in records}
        nothing = _("None")
        labelled = [
            {
                "id": group,
                "label": names.get(group) or nothing,
                "measures": figures,
            }
            for group, figures in groups.items()
        ]
        return sorted(labelled, key=lambda each: (not each["id"], each["label"]))

    def _label_span(self, group_by, day):
        """Name a span of time.

        :param str group_by: week, month or quarter
        :param date day: its first day
        :return: text in the user's language
        """
        patterns = {"week": "'W'ww Y", "month": "MMM y", "quarter": "QQQ y"}
        return format_date(self.env, day, date_format=patterns[group_by])

    @api.model
    def _translate_measure(self, text):
        """Translate a sentence of ``lib.measures``.

        :param str text: in English
        :return: text in the user's language
        """
        return _(text)
