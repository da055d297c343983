import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_HOURS = 24


class CrmLeadIntakeKey(models.Model):
    """One row for each customer whose contact was taken in lately.

    The row is what two transactions meet at: the second waits for the first, and once
    that has committed, PostgreSQL sends the second back to start afresh (Odoo repeats
    the request), because what it has read is out of date. Then it finds the lead the
    first has made. An advisory lock would not do: it lets the second go on with its
    old snapshot, where that lead does not exist.
    """

    _name = "crm.lead.intake.key"
    _description = "Lead Intake Key"
    _log_access = False

    name = fields.Char("Digest", required=True, readonly=True)
    used_on = fields.Datetime(required=True, readonly=True, index=True)

    _sql_constraints = [("name_uniq", "UNIQUE(name)", "One row for each customer.")]

    @api.model
    def _take(self, keys):
        """Hold these customers until the end of the transaction.

        Digests are stored, not addresses; in one order, against deadlocks.
        """
        digests = sorted(hashlib.sha256(key.encode()).hexdigest() for key in keys)
        if not digests:
            return
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_lead_intake_key (name, used_on)
                SELECT digest, %s FROM UNNEST(%s) AS digest
                    ON CONFLICT (name) DO UPDATE SET used_on = EXCLUDED.used_on
                """,
                now,
                digests,
            )
        )

    @api.autovacuum
    def _gc_keys(self):
        """A row matters for as long as a transaction that holds it."""
        limit = fields.Datetime.now() - timedelta(hours=KEPT_HOURS)
        self.env.cr.execute(
            SQL("DELETE FROM crm_lead_intake_key WHERE used_on < %s", limit)
        )
