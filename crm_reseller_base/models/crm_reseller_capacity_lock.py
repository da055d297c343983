from odoo import fields, models


class CrmResellerCapacityLock(models.Model):
    """A counter per reseller, raised whenever a limited reseller gets leads.

    Transactions see the database as it was when they began. Two that give leads to one
    reseller at the same moment would both find room for the last one. Since both have
    to raise the same counter, PostgreSQL lets the second one fail, and Odoo runs it
    again on a fresh snapshot.
    """

    _name = "crm.reseller.capacity.lock"
    _description = "Reseller Capacity Lock"
    _log_access = False

    reseller_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    ticket = fields.Integer(required=True, default=0)

    _sql_constraints = [
        ("reseller_unique", "UNIQUE (reseller_id)", "One lock per reseller."),
    ]

    def _lock_resellers(self, reseller_ids):
        """Make sure that no other transaction fills these resellers up.

        :param reseller_ids: ids of res.partner
        """
        if reseller_ids:
            self.env.cr.execute(
                """
                INSERT INTO crm_reseller_capacity_lock AS load (reseller_id, ticket)
                     SELECT id, 1 FROM unnest(%s) AS id ORDER BY id
                ON CONFLICT (reseller_id) DO UPDATE SET ticket = load.ticket + 1
                """,
                [sorted(reseller_ids)],
            )
            self.invalidate_model(["ticket"])
