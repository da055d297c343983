from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.osv.expression import AND
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from ..lib.measures import (
    CLOSED,
    DATE_FIELDS,
    DATES,
    MEASURES,
    NOW,
    OFFERED,
    ROW_COLUMNS,
    ROW_CONDITION,
    ROW_CONDITIONS,
    ROW_TABLES,
    get_days_before,
    get_statement,
    get_window,
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

        An addon with figures of its own (milestones, sign-ins) adds ``Measure`` with a
        ``base`` of its own, ``mine``, and two methods: ``_read_facts_mine(measures,
        scope)`` and ``_get_records_mine(measure, scope, window)``, which answer as
        ``_read_facts`` and ``_get_records_of_offers`` do.

        :return: dict of key and ``lib.measures.Measure``, in the order they are shown
        """
        return dict(MEASURES)

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
        whole = unit == "count" or round(value, 1) == int(value)
        number = formatLang(self.env, value, digits=0 if whole else 1)
        if unit == "percent":
            return f"{number} %"
        if unit == "hours":
            return _("%(number)s h", number=number)
        if unit == "days":
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
        measures = self._get_measures()
        wanted = [measures[key] for key in (measures if keys is None else keys)]
        scope = self._get_scope(date_from, date_to, domain, group_by, compare)
        if any(measure.value == "amount" for measure in wanted):
            scope = scope._replace(rate=self._get_rate_sql())
        by_base = {}
        for measure in wanted:
            by_base.setdefault(measure.base, []).append(measure)
        facts = {}
        for base, some in by_base.items():
            facts.update(getattr(self, f"_read_facts_{base}")(some, scope))
        blank = {m.key: {"value": None, "before": None} for m in wanted}
        for measure in wanted:
            if measure.aggregate in ("count", "sum"):
                blank[measure.key]["value"] = 0
                if compare and measure.base != NOW:
                    blank[measure.key]["before"] = 0
        total = {key: dict(value) for key, value in blank.items()}
        groups = {}
        for (key, is_before, group), value in facts.items():
            if group is None:
                target = total
            else:
                if is_before and group_by in SPANS:
                    continue
                if group not in groups:
                    groups[group] = {name: dict(each) for name, each in blank.items()}
                target = groups[group]
            target[key]["before" if is_before else "value"] = value
        if group_by in SPANS:
            for group in groups.values():
                for figures in group.values():
                    figures["before"] = None
        return {
            "before": get_days_before(date_from, date_to),
            "total": total,
            "groups": self._label_groups(group_by, groups),
        }

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
            condition = [(GROUPINGS[group_by].field, "=", group)]
            scope = scope._replace(domain=AND([scope.domain, condition]))
        window = get_window(date_from, date_to, scope.zone)
        return getattr(self, f"_get_records_{measure.base}")(measure, scope, window)

    # ------------------------------------------------------------
    # OFFERS
    # ------------------------------------------------------------

    def _read_facts_offered(self, measures, scope):
        return self._read_facts(measures, scope, OFFERED)

    def _read_facts_closed(self, measures, scope):
        return self._read_facts(measures, scope, CLOSED)

    def _read_facts_now(self, measures, scope):
        return self._read_facts(measures, scope, NOW)

    def _get_records_offered(self, measure, scope, window):
        return self._get_records_of_offers(measure, scope, window)

    def _get_records_closed(self, measure, scope, window):
        return self._get_records_of_offers(measure, scope, window)

    def _get_records_now(self, measure, scope, window):
        return self._get_records_of_offers(measure, scope, window)

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

    def _read_facts(self, measures, scope, base):
        """Read measures of offers, in one statement.

        :param list measures: those of one base
        :param Scope scope: which offers, which days
        :param str base: ``OFFERED``, ``CLOSED`` or ``NOW``
        :return: dict of triple of measure key, whether it is of the period before, and
            group (None: of all) to the number
        """
        window = get_window(scope.date_from, scope.date_to, scope.zone)
        start, is_before = window.start, SQL("FALSE")
        date = DATES.get(base)
        if date and scope.compare:
            days = get_days_before(scope.date_from, scope.date_to)
            start = get_window(*days, scope.zone).start
            is_before = SQL(f"fact.{date} < %s", window.start)
        condition = SQL(ROW_CONDITIONS[base], start=start, end=window.end)
        group = self._get_group_sql(scope, date)
        grouping = SQL("is_before")
        if group:
            grouping = SQL("GROUPING SETS ((is_before), (is_before, grouped))")
        now = fields.Datetime.now()
        columns = SQL(", ").join(
            SQL(f"{get_statement(measure)} AS {measure.key}", now=now)
            for measure in measures
        )
        # groups are made once per row, so that the clause can name them
        # compiling these many conditions takes longer than reading with them
        statement = SQL(
            """
            SET LOCAL jit TO off;
            SELECT is_before, %s, %s
              FROM (SELECT fact.*, %s AS is_before, %s AS grouped
                      FROM (%s OFFSET 0) AS fact) AS fact
          GROUP BY %s
            """,
            SQL("grouped, GROUPING(grouped) AS is_total")
            if group
            else SQL("NULL AS grouped, 1 AS is_total"),
            columns,
            is_before,
            group or SQL("NULL"),
            self._get_facts_sql(scope.domain, scope.rate, condition),
            grouping,
        )
        self.env.flush_all()
        self.env.cr.execute(statement)
        facts = {}
        for row in self.env.cr.dictfetchall():
            of = None if row["is_total"] else row["grouped"] or False
            if hasattr(of, "isoformat"):
                of = of.date().isoformat()
            for measure in measures:
                value = row[measure.key]
                if value is not None and measure.aggregate != "count":
                    value = float(value)
                facts[measure.key, row["is_before"], of] = value
        return facts

    def _get_facts_sql(self, domain, rate, condition=None):
        """The rows of some offers, see ``lib.measures.ROW_COLUMNS``.

        :param list domain: of ``crm.reseller.offer``; the user's rules come on top
        :param SQL rate: what amounts are multiplied with
        :param SQL condition: which offers and leads can be counted at all, where that
            is known
        :return: SQL
        """
        Offer = self.env["crm.reseller.offer"].with_context(active_test=False)
        query = Offer._search(domain)
        main_company = self.env["crm.lead"]._get_main_company().id
        chosen = SQL("TRUE")
        if query.where_clause:
            chosen = SQL("offer.id IN %s", query.subselect())
        return SQL(
            "SELECT %s, %s AS rate FROM %s WHERE %s AND %s AND %s",
            SQL(ROW_COLUMNS),
            rate,
            SQL(ROW_TABLES, main_company=main_company),
            SQL(ROW_CONDITION),
            condition or SQL("TRUE"),
            chosen,
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
        return SQL("CASE lead.company_id %s ELSE 1.0 END", cases)

    def _get_group_sql(self, scope, date):
        """By what rows are grouped.

        :param Scope scope: ``group_by`` and ``zone`` are read
        :param str date: name of the column that decides about the span, or nothing
        :return: SQL; nothing where there is one group
        """
        if not scope.group_by or (scope.group_by in SPANS and not date):
            return None
        if scope.group_by not in SPANS:
            return SQL(GROUPINGS[scope.group_by].sql)
        return SQL(
            f"DATE_TRUNC('{scope.group_by}', fact.{date} AT TIME ZONE 'UTC' "
            "AT TIME ZONE %s)",
            scope.zone,
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
        records = self.env[GROUPINGS[group_by].model].sudo()
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
        labelled = [
            {
                "id": group,
                "label": names.get(group) or _("None"),
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
