from odoo import _, api, fields, models
from odoo.osv.expression import AND
from odoo.tools import SQL

from odoo.addons.crm_reseller_performance.lib.measures import (
    Measure,
    get_days_before,
    get_window,
)

KEY = "first_accepted_days"


class CrmResellerMeasure(models.AbstractModel):
    """The one measure of onboarding: days to the first accepted lead."""

    _inherit = "crm.reseller.measure"

    @api.model
    def _get_measures(self):
        """The measures there are, with that of onboarding. Hook.

        :return: dict of key and ``lib.measures.Measure``, in the order they are shown
        """
        measure = Measure(
            KEY,
            "Days to the first accepted lead",
            "Days from the start of the onboarding to the first lead accepted, of "
            "newcomers whose first lead was accepted in the period.",
            "days",
            "mean",
            "onboarding",
            KEY,
            better="down",
            source="onboarding",
        )
        return {**super()._get_measures(), KEY: measure}

    @api.model
    def _translate_measure(self, text):
        """Translate a sentence of the measures, onboarding's too.

        :param str text: in English
        :return: text in the user's language
        """
        own = {
            "Days to the first accepted lead": _("Days to the first accepted lead"),
            "onboarding": _("onboarding"),
            "Days from the start of the onboarding to the first lead accepted, of "
            "newcomers whose first lead was accepted in the period.": _(
                "Days from the start of the onboarding to the first lead accepted, of "
                "newcomers whose first lead was accepted in the period."
            ),
        }
        return own.get(text) or super()._translate_measure(text)

    def _read_facts_onboarding(self, measures, scope):
        """Read the measure of onboarding, in one statement.

        :param list measures: those of the base ``onboarding``
        :param Scope scope: which offers, which days
        :return: dict of triple of measure key, whether it is of the period before, and
            group (None: of all) to the number
        """
        window = get_window(scope.date_from, scope.date_to, scope.zone)
        start = window.start
        if scope.compare:
            days = get_days_before(scope.date_from, scope.date_to)
            start = get_window(*days, scope.zone).start
        group = self._get_group_sql(scope, "answered_on")
        grouping = SQL("is_before")
        if group:
            grouping = SQL("GROUPING SETS ((is_before), (is_before, grouped))")
        # only the offers of newcomers are read
        newcomers = SQL(
            "stored.id IN (SELECT first_offer_id FROM crm_reseller_onboarding "
            "WHERE first_accepted_on >= %s AND first_accepted_on < %s)",
            start,
            window.end,
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT is_before, %(named)s, AVG(days)
                  FROM (SELECT entry.first_accepted_days AS days,
                               entry.first_accepted_on < %(middle)s AS is_before,
                               %(group)s AS grouped
                          FROM (%(facts)s OFFSET 0) AS fact
                          JOIN crm_reseller_onboarding AS entry
                            ON entry.first_offer_id = fact.id
                         WHERE entry.first_accepted_on >= %(start)s
                           AND entry.first_accepted_on < %(end)s) AS entry
              GROUP BY %(grouping)s
                """,
                named=SQL("GROUPING(grouped) = 1, grouped")
                if group
                else SQL("TRUE, NULL"),
                middle=window.start,
                group=group or SQL("NULL"),
                facts=self._get_facts_sql(scope.domain, SQL("1.0"), newcomers),
                start=start,
                end=window.end,
                grouping=grouping,
            )
        )
        facts = {}
        for is_before, is_total, of, days in self.env.cr.fetchall():
            if hasattr(of, "isoformat"):
                of = of.date().isoformat()
            for measure in measures:
                key = (measure.key, is_before, None if is_total else of or False)
                facts[key] = None if days is None else float(days)
        return facts

    def _get_records_onboarding(self, measure, scope, window):
        """Say where the newcomers behind the measure are.

        :param Measure measure: its definition
        :param Scope scope: ``domain`` is read
        :param Window window: the span of time
        :return: dict with ``model``, ``domain`` and ``context``
        """
        offers = [
            (f"first_offer_id.{leaf[0]}", *leaf[1:])
            if isinstance(leaf, list | tuple)
            else leaf
            for leaf in scope.domain
        ]
        domain = [
            ("first_offer_id", "!=", False),
            ("first_accepted_on", ">=", fields.Datetime.to_string(window.start)),
            ("first_accepted_on", "<", fields.Datetime.to_string(window.end)),
        ]
        return {
            "model": "crm.reseller.onboarding",
            "domain": AND([domain, offers]),
            "context": {"active_test": False},
        }
