from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.osv.expression import AND
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.compat import has_access
from odoo.addons.crm_reseller_base.lib.days import get_window

from ..lib.measures import (
    Measure,
    get_days_before,
    get_source_statement,
)
from .crm_reseller_measure import SPANS, Grouping

MEASURE_FIELDS = set(Measure._fields) - {"base"}
# what each source is grouped by, for each of its rows is about a reseller
_OF_RESELLER = "(SELECT {} FROM res_partner WHERE id = fact.reseller_id)"
OF_RESELLERS = {
    "reseller": "fact.reseller_id",
    "level": _OF_RESELLER.format("reseller_level_id"),
    "activation": _OF_RESELLER.format("reseller_activation_id"),
}


class Shape(NamedTuple):
    """How a measure is written."""

    unit: str
    aggregate: str
    base: str
    better: str


class CrmResellerMeasure(models.AbstractModel):
    """Measures of what is no offer: milestones, use of the portal, other addons'."""

    _inherit = "crm.reseller.measure"

    @api.model
    def _get_sources(self):
        """Where measures that are not about offers come from.

        :return: dict, see ``crm.reseller.figures``
        """
        return self.env["crm.reseller.figures"]._get_figure_sources()

    @api.model
    def _get_measures(self):
        measures = super()._get_measures()
        for name, source in self._get_sources().items():
            for values in source["measures"]:
                known = {key: values[key] for key in MEASURE_FIELDS & set(values)}
                measures[values["key"]] = Measure(base=name, **known)
        return measures

    @api.model
    @tools.ormcache()
    def _get_measure_shapes(self):
        """What of the measures is the same in every language, made once.

        :return: dict of key and ``Shape``
        """
        return {
            key: Shape(measure.unit, measure.aggregate, measure.base, measure.better)
            for key, measure in self._get_measures().items()
        }

    @api.model
    def _get_groupings(self):
        groupings = super()._get_groupings()
        for source in self._get_sources().values():
            for name, (sql, field, model) in source.get("groupings", {}).items():
                groupings.setdefault(name, Grouping(sql, field, model))
        return groupings

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    def _read_source(self, measures, scope, base):
        """Read measures of a source, in one statement.

        :param list measures: those of the source
        :param Scope scope: which resellers and leads, which days
        :param str base: name of the source
        :return: dict of triple of measure key, whether it is of the period before, and
            group (None: of all) to the number; None where nothing can be told: for
            users who must not read it, and where it does not know what is filtered or
            grouped by
        """
        source = self._get_sources()[base]
        chosen = self._get_source_condition(source, scope.domain)
        group = self._get_source_group_sql(source, scope)
        if not chosen or (scope.group_by and not group):
            return None
        first, last = scope.date_from, scope.date_to
        before = get_days_before(first, last)[0] if scope.compare else first
        start, end = self._get_source_span(source, before, last, scope.zone)
        now_on, _end = self._get_source_span(source, first, last, scope.zone)
        columns = SQL(", ").join(
            SQL(f"({get_source_statement(measure)})::float8") for measure in measures
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT is_before, %s, %s
                  FROM (SELECT fact.*, fact.moment < %s AS is_before, %s AS grouped
                          FROM (%s) AS fact
                         WHERE fact.moment >= %s AND fact.moment < %s AND %s) AS fact
              GROUP BY %s
                """,
                SQL("grouped" if group else "NULL"),
                columns,
                now_on,
                group or SQL("NULL"),
                SQL(source["sql"]),
                start,
                end,
                chosen,
                SQL("is_before, grouped" if group else "is_before"),
            )
        )
        facts, days = {}, []
        if scope.group_by in SPANS:
            days = self._get_span_days(scope.group_by, first, last)
        for is_before, grouped, *figures in self.env.cr.fetchall():
            of = None
            if group:
                of = days[grouped - 1].isoformat() if days else grouped or False
            for measure, value in zip(measures, figures, strict=True):
                if measure.unit == "count" and value is not None:
                    value = int(value)
                facts[measure.key, is_before, of] = value
        return facts

    def _get_records_of_source(self, measure, scope, window):
        """Say where the records behind a measure of a source are.

        :param Measure measure: its definition
        :param Scope scope: ``domain``, ``date_from``, ``date_to`` are read
        :param Window window: the span of time
        :return: dict with ``model``, ``domain`` and ``context``
        """
        source = self._get_sources()[measure.base]
        chosen = self._get_source_condition(source, scope.domain)
        ids = []
        if chosen:
            start, end = window
            if source.get("is_day"):
                start, end = self._get_source_span(
                    source, scope.date_from, scope.date_to, scope.zone
                )
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "SELECT fact.id FROM (%s) AS fact WHERE fact.moment >= %s "
                    "AND fact.moment < %s AND %s AND %s ORDER BY fact.id",
                    SQL(source["sql"]),
                    start,
                    end,
                    SQL(f"({measure.records})"),
                    chosen,
                )
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
        return {
            "model": source["model"],
            "domain": [("id", "in", ids)],
            "context": {"active_test": False},
        }

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _get_source_span(self, source, first, last, zone):
        """A span of time as the moments of a source are written.

        :param dict source: see ``crm.reseller.figures``
        :param date first: the first day
        :param date last: the last day, included
        :param str zone: name of a time zone
        :return: pair: from, and up to, not included
        """
        if source.get("is_day"):
            return first, fields.Date.add(last, days=1)
        return get_window(first, last, zone)

    def _get_source_group_sql(self, source, scope):
        """By what rows of a source are grouped.

        :param dict source: see ``crm.reseller.figures``
        :param Scope scope: ``group_by`` and ``zone`` are read
        :return: SQL; nothing where it is not, or cannot be
        """
        name = scope.group_by
        if name in SPANS:
            return self._get_span_sql(scope, "fact.moment", source.get("is_day", False))
        if name in OF_RESELLERS:
            return SQL(OF_RESELLERS[name])
        found = source.get("groupings", {}).get(name)
        return SQL(found[0]) if found else None

    def _get_source_condition(self, source, domain):
        """Which rows of a source are meant, within the user's rights.

        :param dict source: see ``crm.reseller.figures``
        :param list domain: of ``crm.reseller.offer``
        :return: SQL; nothing where the source does not know it
        """
        Model = self.env[source["model"]].with_context(active_test=False)
        if not has_access(Model, "read"):
            return None
        own = self._translate_source_domain(source, domain)
        if own is None:
            return None
        query = Model._search(own)
        if not query.where_clause:
            return SQL("TRUE")
        return SQL("fact.id IN %s", query.subselect())

    def _translate_source_domain(self, source, domain):
        """Write a domain of offers as one of a source.

        :param dict source: see ``crm.reseller.figures``
        :param list domain: of ``crm.reseller.offer``
        :return: domain of its model; None where it does not know a condition
        """
        Model = self.env[source["model"]]
        own = []
        for token in domain:
            if not isinstance(token, list | tuple) or token[0] in (0, 1):
                own.append(token)
                continue
            name = source.get("fields", {}).get(token[0])
            head = token[0].partition(".")[0]
            if not name and head in ("lead_id", "reseller_id", "milestone_id"):
                name = token[0] if head in Model._fields else None
            if not name:
                return None
            own += self._get_source_leaf(Model, name, *token[1:])
        return AND([own]) if own else []

    @api.model
    def _get_source_leaf(self, model, name, operator, value):
        """A condition of a source; nothing is nothing, wherever a path ends.

        :param model: model of the source
        :param str name: path of the field
        :param str operator: of the domain
        :param value: what is looked for
        :return: domain of the model, in prefix notation
        """
        leaf = (name, operator, value)
        head, *rest = name.split(".")
        if operator != "=" or value or not rest or model._fields[head].required:
            return [leaf]
        return ["|", (head, "=", False), leaf]
