import hashlib
from collections.abc import Set

from odoo import api, fields, models
from odoo.osv.expression import AND
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.compat import check_access

from ..lib.measures import (
    ROW_COLUMNS,
    ROW_TABLES,
    STORED,
    STORED_CONDITION,
    STORED_TABLES,
    WATCHED,
)

# of the advisory lock that one refresh holds
LOCK = "crm_reseller_fact"
# what is found faster in the kept rows than among all there ever were
INDEXES = {
    "id": "(id)",
    "lead": "(lead_id)",
    "reseller": "(reseller_id, offered_on)",
    "offered_on": "(offered_on)",
    "answered_on": "(answered_on)",
    "closed": "(date_closed) WHERE is_held",
    "held": "(reseller_id) WHERE is_held AND is_active",
    "waiting": "(reseller_id) WHERE state = 'pending'",
}
# columns of the rows by field of the offer: conditions about these need no offers
COLUMNS = {
    **{
        name: f"stored.{name}"
        for name in (
            "id",
            "lead_id",
            "reseller_id",
            "company_id",
            "rule_id",
            "state",
            "offered_on",
            "due_on",
            "answered_on",
            "answered_by_id",
            "decline_reason_id",
        )
    },
    "lead_id.user_id": "stored.user_id",
    "lead_id.team_id": "stored.team_id",
    "lead_id.company_id": "stored.lead_company_id",
    "lead_id.country_id": "stored.country_id",
    "lead_id.lost_reason_id": "stored.lost_reason_id",
    "lead_id.reseller_direction_id": "stored.direction_id",
    "lead_id.reseller_product_id": "stored.product_id",
    "lead_id.date_closed": "stored.date_closed",
    "reseller_id.reseller_level_id": "reseller.reseller_level_id",
    "reseller_id.reseller_activation_id": "reseller.reseller_activation_id",
}
COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


class CrmResellerFact(models.AbstractModel):
    """What measures read of offers and leads: a narrow row for each offer, kept.

    Two tables without a model of their own: ``crm_reseller_fact`` has the rows, and
    ``crm_reseller_fact_stale`` the leads that changed since. Triggers of the database
    name them there whoever changed them, in the same transaction; the rows of these
    leads are made anew by each reading, so that an old figure is never seen.
    ``_cron_refresh`` brings the kept rows up to date.
    """

    _name = "crm.reseller.fact"
    _description = "What Measures Read of Offers"

    # ------------------------------------------------------------
    # TABLES
    # ------------------------------------------------------------

    @api.model
    def _ensure_tables(self):
        """Make the tables, unless they are there as this version wants them."""
        statements = self._get_creation_statements()
        wanted = repr([(each.code, each.params) for each in statements])
        sign = hashlib.sha256(wanted.encode()).hexdigest()
        cr = self.env.cr
        cr.execute(
            "SELECT OBJ_DESCRIPTION(TO_REGCLASS('crm_reseller_fact_stale'), 'pg_class')"
        )
        if cr.fetchone()[0] != sign:
            self._create_tables()
            cr.execute(
                SQL(
                    "COMMENT ON TABLE crm_reseller_fact_stale IS %s",
                    sign,
                )
            )

    @api.model
    def _create_tables(self):
        """Make the tables anew, fill them, and watch offers and leads from now on."""
        self._drop_tables()
        for statement in self._get_creation_statements():
            self.env.cr.execute(statement)

    @api.model
    def _get_creation_statements(self):
        """How the tables, their indexes and the triggers are made.

        :return: list of SQL
        """
        statements = [
            # a period lies together
            SQL(
                "CREATE TABLE crm_reseller_fact AS %s ORDER BY offered_on",
                self._get_fresh_sql(SQL("crm_lead")),
            ),
            *(
                SQL(
                    "CREATE INDEX %s ON crm_reseller_fact %s",
                    SQL.identifier(f"crm_reseller_fact_{name}"),
                    SQL(columns),
                )
                for name, columns in INDEXES.items()
            ),
            SQL("ANALYZE crm_reseller_fact"),
            # no key: two that change one lead never wait for each other here
            SQL("CREATE TABLE crm_reseller_fact_stale (lead_id integer NOT NULL)"),
            SQL(
                "CREATE INDEX crm_reseller_fact_stale_lead "
                "ON crm_reseller_fact_stale (lead_id)"
            ),
        ]
        for (table, operation), (each, body) in self._get_watches().items():
            name = self._get_watch_name(table, operation)
            statements += [
                SQL(
                    "CREATE OR REPLACE FUNCTION %s() RETURNS trigger "
                    "LANGUAGE plpgsql AS $watch$ BEGIN %s RETURN NULL; END $watch$",
                    name,
                    SQL(body),
                ),
                SQL(
                    "CREATE TRIGGER %s AFTER %s ON %s %s EXECUTE FUNCTION %s()",
                    name,
                    SQL(operation),
                    SQL.identifier(table),
                    SQL(each),
                    name,
                ),
            ]
        return statements

    @api.model
    def _get_watches(self):
        """What makes kept rows stale.

        Most changes of leads are of nobody's offers: those are passed over row by row,
        before a function is called. Offers come and go by the thousand in a statement.

        :return: dict of pair of table and INSERT, UPDATE or DELETE, and pair of SQL:
            of what the trigger runs for, and what it does
        """
        leads, offers = "crm_lead", "crm_reseller_offer"
        stale = "INSERT INTO crm_reseller_fact_stale"
        changed = (
            "FROM fresh JOIN earlier ON earlier.id = fresh.id "
            f"WHERE {self._compare_watched(offers, 'earlier', 'fresh')}"
        )
        at_once = "REFERENCING {} FOR EACH STATEMENT"
        fresh, earlier = "NEW TABLE AS fresh", "OLD TABLE AS earlier"

        def plan(table, statement):
            # The plan for one row is kept. It would compare each row of a bulk change
            # with each other one, so that of several is made each time.
            return (
                f"IF EXISTS (SELECT FROM {table} OFFSET 1) "
                f"THEN EXECUTE $sql$ {statement} $sql$; ELSE {statement}; END IF;"
            )

        return {
            (leads, "UPDATE"): (
                f"FOR EACH ROW WHEN ({self._compare_watched(leads, 'OLD', 'NEW')})",
                # of leads nobody was offered nothing is kept
                "IF EXISTS (SELECT FROM crm_reseller_offer WHERE lead_id = NEW.id) "
                f"THEN {stale} VALUES (NEW.id); END IF;",
            ),
            (offers, "INSERT"): (
                at_once.format(fresh),
                plan("fresh", f"{stale} SELECT DISTINCT lead_id FROM fresh"),
            ),
            (offers, "DELETE"): (
                at_once.format(earlier),
                plan("earlier", f"{stale} SELECT DISTINCT lead_id FROM earlier"),
            ),
            (offers, "UPDATE"): (
                at_once.format(f"{earlier} {fresh}"),
                plan(
                    "fresh",
                    f"{stale} SELECT fresh.lead_id {changed} "
                    f"UNION SELECT earlier.lead_id {changed}",
                ),
            ),
        }

    @api.model
    def _compare_watched(self, table, before, after):
        """Whether a row changed in what is kept of it.

        :param str table: name
        :param str before: the row as it was
        :param str after: the row as it is
        :return: SQL, as text
        """
        rows = [WATCHED[table].replace("each.", f"{row}.") for row in (before, after)]
        return f"ROW({rows[0]}) IS DISTINCT FROM ROW({rows[1]})"

    @api.model
    def _get_watch_name(self, table, operation):
        """The name of a trigger and of its function.

        :param str table: name
        :param str operation: INSERT, UPDATE or DELETE
        :return: SQL
        """
        return SQL.identifier(f"crm_reseller_fact_{table}_{operation}".lower())

    @api.model
    def _drop_tables(self):
        """Remove the tables and stop watching."""
        cr = self.env.cr
        for table, operation in self._get_watches():
            name = self._get_watch_name(table, operation)
            cr.execute(
                SQL("DROP TRIGGER IF EXISTS %s ON %s", name, SQL.identifier(table))
            )
            cr.execute(SQL("DROP FUNCTION IF EXISTS %s()", name))
        cr.execute("DROP TABLE IF EXISTS crm_reseller_fact, crm_reseller_fact_stale")

    @api.model
    def _cron_refresh(self):
        """Bring the kept rows up to date.

        Scheduled often, for little is to be done then; harmless at any time and how
        often it runs: readers see the same before and after. Of two at once one works.

        :return: the number of leads whose rows were made anew
        """
        cr = self.env.cr
        self.env.flush_all()
        cr.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        if not cr.fetchone()[0]:
            return 0
        # what changes meanwhile is named in rows that this transaction does not see
        cr.execute("DELETE FROM crm_reseller_fact_stale RETURNING lead_id")
        lead_ids = sorted({lead_id for (lead_id,) in cr.fetchall()})
        if lead_ids:
            cr.execute(
                "DELETE FROM crm_reseller_fact WHERE lead_id = ANY(%s)", [lead_ids]
            )
            cr.execute(
                SQL(
                    "INSERT INTO crm_reseller_fact %s",
                    self._get_fresh_sql(
                        SQL("(SELECT * FROM crm_lead WHERE id = ANY(%s))", lead_ids)
                    ),
                )
            )
        # how many are stale decides how readers go about it
        cr.execute("ANALYZE crm_reseller_fact_stale")
        return len(lead_ids)

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _get_fresh_sql(self, leads):
        """The rows as offers and leads say them now.

        :param SQL leads: a table with the columns of ``crm_lead``
        :return: SQL
        """
        columns = ", ".join(f"{sql} AS {name}" for name, sql in STORED.items())
        return SQL(
            "SELECT %s FROM %s WHERE %s",
            SQL(columns),
            SQL(STORED_TABLES, leads=leads),
            SQL(STORED_CONDITION),
        )

    @api.model
    def _get_stored_sql(self):
        """All rows: the kept ones, and those of leads that changed since.

        :return: SQL of a table
        """
        return SQL(
            """(
                SELECT * FROM crm_reseller_fact AS kept
                 WHERE NOT EXISTS (SELECT FROM crm_reseller_fact_stale AS stale
                                    WHERE stale.lead_id = kept.lead_id)
             UNION ALL %s
            )""",
            self._get_fresh_sql(
                # looked up one by one (OFFSET 0), however many seem to fit
                SQL(
                    """(
                        SELECT each.*
                          FROM (SELECT DISTINCT lead_id
                                  FROM crm_reseller_fact_stale) AS stale,
                               LATERAL (SELECT * FROM crm_lead
                                         WHERE id = stale.lead_id OFFSET 0) AS each
                    )"""
                )
            ),
        )

    @api.model
    def _get_rows_sql(self, condition, columns=None):
        """The rows the conditions of measures are about, of all offers.

        :param SQL condition: about the tables of ``lib.measures.ROW_TABLES``
        :param SQL columns: what is read besides ``lib.measures.ROW_COLUMNS``
        :return: SQL
        """
        return SQL(
            "SELECT %s%s FROM %s WHERE %s",
            SQL(ROW_COLUMNS, now=fields.Datetime.now()),
            SQL(", %s", columns) if columns else SQL(),
            SQL(
                ROW_TABLES,
                stored=self._get_stored_sql(),
                main_company=self.env["crm.lead"]._get_main_company().id,
            ),
            condition,
        )

    @api.model
    def _get_condition_sql(self, domain):
        """Which rows some offers are, within the user's record rules.

        :param list domain: of ``crm.reseller.offer``
        :return: SQL about the tables of ``lib.measures.ROW_TABLES``
        :raises AccessError: for users who must not read offers
        """
        everything = list(domain)
        if not self.env.su:
            check_access(self.env["crm.reseller.offer"], "read")
            rules = self.env["ir.rule"]._compute_domain("crm.reseller.offer", "read")
            everything = list(AND([everything, list(rules or [])]))
        sql = self._translate_domain(everything)
        if sql:
            return sql
        # conditions about anything else
        Offer = self.env["crm.reseller.offer"].with_context(active_test=False)
        return SQL("stored.id IN %s", Offer._search(domain).subselect())

    @api.model
    def _translate_domain(self, domain):
        """Write a domain of offers as a condition of rows.

        :param list domain: of ``crm.reseller.offer``
        :return: SQL; nothing where a condition is about something else
        """
        stack = []
        for token in reversed(domain):
            if token in ("&", "|") and isinstance(token, str):
                pair = SQL(
                    "(%s AND %s)" if token == "&" else "(%s OR %s)",
                    stack.pop(),
                    stack.pop(),
                )
                stack.append(pair)
            elif token == "!" and isinstance(token, str):
                stack.append(SQL("(%s) IS NOT TRUE", stack.pop()))
            else:
                sql = self._translate_leaf(*token)
                if not sql:
                    return None
                stack.append(sql)
        return SQL(" AND ").join(stack) if stack else SQL("TRUE")

    @api.model
    def _translate_leaf(self, name, operator, value):
        """Write one condition of a domain.

        :param name: of a field, or 0 or 1
        :param str operator: as in domains
        :param value: as in domains
        :return: SQL; nothing where it is about something else
        """
        if name in (0, 1) and operator == "=":
            return SQL("TRUE" if name == value else "FALSE")
        if name not in COLUMNS:
            return None
        column = SQL(COLUMNS[name])
        if operator in COMPARISONS and value:
            return SQL("%s %s %s", column, SQL(COMPARISONS[operator]), value)
        if operator in ("=", "!="):
            values = [value]
        elif operator in ("in", "not in") and isinstance(value, list | tuple | Set):
            values = list(value)
        else:
            return None
        # a name would be searched for
        kind = str if name == "state" else int
        if not all(isinstance(each, kind | None) or not each for each in values):
            return None
        known = tuple(each for each in values if each)
        found = []
        if known:
            found.append(SQL("%s IN %s", column, known))
        if len(known) < len(values):
            found.append(SQL("%s IS NULL", column))
        sql = SQL("(%s)", SQL(" OR ").join(found)) if found else SQL("FALSE")
        if operator in ("!=", "not in"):
            sql = SQL("%s IS NOT TRUE", sql)
        return sql
