from odoo import api, fields, models
from odoo.osv.expression import AND
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.lib.domains import split_conjuncts

from ..lib.measures import CONDITION_ROWS, CONDITIONS


def _is_measured_as(token):
    """Tell whether a part of a domain is the condition about what offers count as."""
    return isinstance(token, tuple | list) and token[0] == "measured_as"


class CrmResellerOffer(models.Model):
    _inherit = "crm.reseller.offer"

    first_work_on = fields.Datetime(
        string="First Work on",
        readonly=True,
        help="First note, document, figure, step or milestone after the acceptance.",
    )
    first_work_hours = fields.Float(
        string="Hours until First Work",
        readonly=True,
        group_operator="avg",
        help="Working hours between the acceptance and the first work.",
    )
    not_measured = fields.Boolean(
        readonly=True,
        help="The reseller disputed this offer and the channel manager agreed: it "
        "counts in no measure.",
    )
    measured_as = fields.Char(
        string="Counted as",
        compute="_compute_measured_as",
        search="_search_measured_as",
        help="What the offer counts as now in the measures of resellers.",
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(
            # whether a reseller had the lead again, without reading the offers
            "CREATE INDEX IF NOT EXISTS crm_reseller_offer_again ON crm_reseller_offer "
            "(lead_id, reseller_id, id) INCLUDE (state, not_measured)"
        )
        # the columns of leads are there already: their addons come first
        self.env["crm.reseller.fact"]._ensure_tables()
        return result

    # ------------------------------------------------------------
    # MEASURES
    # ------------------------------------------------------------

    @api.model
    def _get_measured_conditions(self):
        """What an offer can count as. Hook.

        :return: dict of key and SQL, see ``lib.measures.CONDITIONS``
        """
        return dict(CONDITIONS)

    def _compute_measured_as(self):
        self.env.flush_all()
        Fact = self.env["crm.reseller.fact"]
        found = {}
        if self.ids:
            conditions = self._get_measured_conditions()
            columns = SQL(", ").join(
                SQL(f"({condition}) AS {key}") for key, condition in conditions.items()
            )
            self.env.cr.execute(
                SQL(
                    "SELECT fact.id, %s FROM (%s) AS fact",
                    columns,
                    Fact._get_rows_sql(SQL("stored.id IN %s", tuple(self.ids))),
                )
            )
            for row in self.env.cr.dictfetchall():
                offer_id = row.pop("id")
                found[offer_id] = ", ".join(key for key, holds in row.items() if holds)
        for offer in self:
            offer.measured_as = found.get(offer.id, "")

    @api.model
    def _search(self, domain, *args, **kwargs):
        # what offers count as is asked of those that the other conditions leave
        return super()._search(self._narrow_measured_as(domain), *args, **kwargs)

    @api.model
    def _narrow_measured_as(self, domain):
        """Write a condition about ``measured_as`` so that it is asked of fewer offers.

        :param domain: of offers
        :return: domain that finds the same
        """
        tokens = list(domain)
        if not any(_is_measured_as(token) for token in tokens):
            return domain
        conjuncts = split_conjuncts(tokens)
        Fact = self.env["crm.reseller.fact"]
        others = [
            sql
            for conjunct in conjuncts
            if not any(_is_measured_as(token) for token in conjunct)
            and (sql := Fact._translate_domain(conjunct))
        ]
        if not others:
            return domain
        within = SQL(" AND ").join(others)
        return AND(
            [
                self._get_measured_as_domain(*conjunct[0][1:], within=within)
                if len(conjunct) == 1 and _is_measured_as(conjunct[0])
                else conjunct
                for conjunct in conjuncts
            ]
        )

    @api.model
    def _find_waiting(self, domain, since, limit):
        """The first offers that count as something, as a search finds them.

        It reads the rows of the measures alone, the user's record rules included.

        :param list domain: of offers, a condition ``measured_as`` among them
        :param str since: the field they are ordered by
        :param int limit: how many at most
        :return: crm.reseller.offer
        :raises AccessError: for users who must not read offers
        """
        conjuncts = split_conjuncts(list(domain))
        [(_name, _operator, key)] = [
            conjunct[0] for conjunct in conjuncts if _is_measured_as(conjunct[0])
        ]
        others = [
            conjunct for conjunct in conjuncts if not _is_measured_as(conjunct[0])
        ]
        within = self.env["crm.reseller.fact"]._get_condition_sql(AND(others))
        self.env.cr.execute(
            SQL(
                "%s ORDER BY fact.%s, fact.id LIMIT %s",
                self._get_measured_as_sql([key], within),
                SQL.identifier(since),
                limit,
            )
        )
        return self.browse([offer_id for (offer_id,) in self.env.cr.fetchall()])

    @api.model
    def _search_measured_as(self, operator, value):
        """Find the offers that count as something.

        :param str operator: ``=`` or ``in``
        :param value: one or several keys of ``_get_measured_conditions``; others find
            nothing
        :return: domain
        """
        return self._get_measured_as_domain(operator, value)

    @api.model
    def _get_measured_as_domain(self, operator, value, within=None):
        """Find the offers that count as something.

        :param str operator: ``=`` or ``in``
        :param value: one or several keys of ``_get_measured_conditions``
        :param SQL within: which rows are looked at, see ``crm.reseller.fact``; all if
            left out
        :return: domain
        """
        values = [value] if isinstance(value, str) or not value else list(value)
        # the outer search has the user's rules
        query = self.sudo()._search([])
        query.add_where(
            SQL(
                "crm_reseller_offer.id IN (%s)",
                self._get_measured_as_sql(values, within or SQL("TRUE")),
            )
        )
        negative = operator in ("!=", "not in")
        return [("id", "not in" if negative else "in", query)]

    @api.model
    def _get_measured_as_sql(self, keys, within):
        """The ids of the offers that count as something now.

        :param list keys: of ``_get_measured_conditions``; others find nothing
        :param SQL within: which rows are looked at, see ``crm.reseller.fact``
        :return: SQL of a query about ``fact``
        """
        conditions = self._get_measured_conditions()
        known = [key for key in keys if key in conditions]
        # what can be told of few offers is not asked of all
        rows = {CONDITION_ROWS.get(key, "TRUE") for key in known}
        condition = " OR ".join(f"({conditions[key]})" for key in known) or "FALSE"
        narrow = " OR ".join(f"({each})" for each in rows) or "FALSE"
        self.env.flush_all()
        return SQL(
            "SELECT fact.id FROM (%s) AS fact WHERE (%s)",
            self.env["crm.reseller.fact"]._get_rows_sql(
                SQL("(%s) AND (%s)", SQL(narrow), within)
            ),
            SQL(condition),
        )

    def _store_first_work(self):
        """Work on these accepted offers begins now."""
        now = fields.Datetime.now()
        for company, offers in self.grouped("company_id").items():
            company = company or self.env["crm.lead"]._get_main_company()
            spans = offers.mapped(lambda offer: (offer.answered_on or now, now))
            hours = company._count_reseller_hours(spans)
            by_hours = {}
            for offer, span in zip(offers, spans, strict=True):
                by_hours.setdefault(hours.get(span, 0.0), []).append(offer.id)
            for spent, ids in by_hours.items():
                self.browse(ids).write(
                    {"first_work_on": now, "first_work_hours": spent}
                )
