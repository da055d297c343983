from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm_dealer_push.tests.common import PushCommon, StandIn


@tagged("post_install", "-at_install")
class TestWinning(PushCommon):
    """Which leads can be won without a dealership."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).write({"dealer_require_dealership": True})
        cls.reseller = cls.env["res.partner"].create(
            {
                "name": "Reseller Test",
                "is_company": True,
                "reseller_level_id": cls.env["crm.reseller.level"]
                .create({"name": "Test level"})
                .id,
            }
        )
        cls.lead.write({"dealership_id": False, "vehicle_model_id": False})

    def _accept(self):
        self.lead.assign_to_reseller(self.reseller)
        self.lead.reseller_accept()

    def test_a_lead_without_reseller_needs_a_dealership(self):
        with self.assertRaisesRegex(UserError, "dealership"):
            self.lead.action_set_won_rainbowman()

    def test_an_offer_that_waits_for_an_answer_changes_nothing(self):
        self.lead.assign_to_reseller(self.reseller)
        with self.assertRaisesRegex(UserError, "dealership"):
            self.lead.action_set_won_rainbowman()

    def test_a_reseller_sells_without_a_dealership(self):
        self._accept()
        self.lead.with_user(self.salesperson).action_set_won_rainbowman()
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertFalse(
            self.env["crm.dealer.push"].search([("res_id", "=", self.lead.id)])
        )

    def test_the_reseller_is_notified_of_order_and_delivery(self):
        self.reseller.email = "reseller@example.com"
        self._accept()
        self.lead.sudo().write(
            {"dealer_so_name": "S00077", "dealer_delivered_on": "2031-02-03 10:00:00"}
        )
        notices = self.env["crm.reseller.notice"].search(
            [("lead_id", "=", self.lead.id)]
        )
        self.assertEqual(set(notices.mapped("event")), {"order", "delivery"})
        self.assertIn("S00077", notices[0].text)
        events = self.reseller._get_reseller_notification_events()
        self.assertLessEqual({"order", "delivery"}, set(events))

    def test_nothing_is_ordered_for_a_write_that_is_refused(self):
        """Won and a reseller in one write: the dealer is not asked."""
        self.lead.write(
            {
                "dealership_id": self.dealership.id,
                "vehicle_model_id": self.vehicle.id,
            }
        )
        values = {"stage_id": self.stage_won.id, "reseller_id": self.reseller.id}
        with StandIn().active() as network:
            with self.assertRaisesRegex(UserError, "is closed"):
                self.lead.write(values)
            found = self.lead.load(
                [".id", "stage_id/.id", "reseller_id/.id"],
                [[str(self.lead.id), *map(str, values.values())]],
            )
            self.assertFalse(found["ids"])
        self.assertFalse(network.requests)
        self.assertFalse(self.lead.stage_id.is_won)
        self.assertFalse(
            self.env["crm.dealer.push"].search([("res_id", "=", self.lead.id)])
        )

    def test_only_the_resellers_leads_are_excepted(self):
        """Of several leads won at once, those of resellers pass."""
        self._accept()
        other = self._make_lead(dealership_id=False, vehicle_model_id=False)
        self.assertEqual((self.lead | other)._filter_needing_dealership(), other)

    def test_a_reported_result_can_be_confirmed(self):
        self._accept()
        self.env["crm.reseller.outcome"].create(
            {
                "lead_id": self.lead.id,
                "reseller_id": self.reseller.id,
                "author_id": self.reseller.id,
                "outcome": "won",
            }
        )
        self.lead.with_user(self.salesperson).action_confirm_reseller_outcome()
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertEqual(self.lead.reseller_outcome_ids.state, "confirmed")
