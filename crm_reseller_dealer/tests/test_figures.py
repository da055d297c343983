from datetime import datetime

from odoo.tests import tagged
from odoo.tests.common import TransactionCase


@tagged("post_install", "-at_install")
class TestFigures(TransactionCase):
    """What is told of dealers' orders, counted again by hand."""

    def test_orders_of_won_deals(self):
        Lead = self.env["crm.lead"].sudo()
        reseller = self.env["res.partner"].create(
            {
                "name": "Reseller Test",
                "is_company": True,
                "reseller_level_id": self.env["crm.reseller.level"]
                .create({"name": "Test level"})
                .id,
            }
        )
        won = self.env["crm.stage"].create({"name": "Sold", "is_won": True})
        base = {
            "reseller_id": reseller.id,
            "reseller_state": "accepted",
            "stage_id": won.id,
            "date_closed": datetime(2026, 3, 10, 12),
        }
        ordered, delivered = datetime(2026, 3, 12, 12), datetime(2026, 3, 30, 12)
        stories = (
            {"dealer_so_name": "S1", "dealer_ordered_on": ordered},
            {
                "dealer_so_name": "S2",
                "dealer_ordered_on": ordered,
                "dealer_delivered_on": delivered,
            },
            {"dealer_so_name": "S3"},
            # no order at a dealer, no reseller's, not of this month
            {},
            {"dealer_so_name": "S4", "reseller_state": "pending"},
            {"dealer_so_name": "S5", "date_closed": datetime(2026, 4, 2)},
        )
        for story in stories:
            lead = Lead.create({"name": "Deal", "type": "opportunity"})
            lead.flush_recordset()
            values = {**base, **story}
            columns = ", ".join(f"{name} = %({name})s" for name in values)
            self.env.cr.execute(
                f"UPDATE crm_lead SET {columns} WHERE id = %(id)s",
                {**values, "id": lead.id},
            )
        self.env.invalidate_all()
        source = self.env["crm.reseller.figures"]._get_figure_sources()["orders"]
        self.env.cr.execute(
            f"""
            SELECT COUNT(*), COUNT(*) FILTER (WHERE is_confirmed),
                   COUNT(*) FILTER (WHERE is_delivered),
                   AVG(days_to_confirm), MAX(days_to_deliver)
              FROM ({source["sql"]}) AS fact
             WHERE reseller_id = %s AND moment < '2026-04-01'
            """,
            [reseller.id],
        )
        row = [float(value) for value in self.env.cr.fetchone()]
        self.assertEqual(row, [3, 2, 1, 2, 20])
