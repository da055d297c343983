"""What follows from changes around won leads: stages, merges, companies, people."""

from datetime import datetime, timedelta
from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..lib import dealer
from .common import PushCommon, StandIn


@tagged("post_install", "-at_install")
class TestConsequences(PushCommon):
    def _win_in_background(self, lead):
        self.dealership.push_mode = "queued"
        lead.action_set_won()
        return self.env["crm.dealer.push"].search([("res_id", "=", lead.id)])

    def _with_order(self, lead, number=7):
        push = self._win_in_background(lead)
        order = dealer.Order(id=number, name=f"S{number}", state="draft", key=push.key)
        push._set_order_info(order)
        push._update_state(("queued",), "done")
        lead.sudo()._set_order(order, "https://dealer.test/web")
        return push

    # -- the flag of a stage -------------------------------------------------

    def test_a_stage_with_orders_stays_won(self):
        push = self._with_order(self.lead)
        push.state_since = datetime(2020, 1, 1)
        with self.assertRaises(UserError) as caught:
            self.lead.stage_id.is_won = False
        self.assertIn("1 leads in the stage", str(caught.exception))
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertNotIn(push, self.env["crm.dealer.push"]._find_unreconciled())
        self.assertEqual(self.lead.dealer_so_name, "S7")

    def test_a_stage_with_waiting_orders_stays_won(self):
        self._win_in_background(self.lead)
        with self.assertRaisesRegex(UserError, "1 leads in the stage"):
            self.lead.stage_id.write({"is_won": False, "name": "Delivered"})

    def test_a_stage_with_leads_to_order_for_does_not_become_won(self):
        with self.assertRaises(UserError) as caught:
            self.lead.stage_id.is_won = True
        self.assertIn("have a dealership and no order", str(caught.exception))
        self.lead.dealership_id = False
        others = self.env["crm.lead"].search(
            [("stage_id", "=", self.stage_open.id), ("dealership_id", "!=", False)]
        )
        others.dealership_id = False
        self.stage_open.is_won = True

    # -- who stays, who goes -------------------------------------------------

    def test_of_two_leads_the_one_that_fails_keeps_its_stage(self):
        """Nothing is written to it, so nothing follows for it."""
        bare = self.env["crm.dealership"].create({"name": "Not Connected"})
        bad = self._make_lead(dealership_id=bare.id)
        self.dealership.push_mode = "queued"
        before = bad.write_date
        with StandIn().active() as network:
            (self.lead | bad).action_set_won()
        self.assertFalse(network.requests)
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertEqual(bad.stage_id, self.stage_open)
        self.assertEqual(bad.write_date, before)

    def test_leaving_won_releases_the_order(self):
        push = self._with_order(self.lead)
        # where the pipeline's rules are installed, they ask for this
        lead = self.lead.with_context(skip_stage_transition_check=True)
        lead.write({"stage_id": self.stage_open.id})
        self.assertEqual(push.state, "created")
        self.assertFalse(self.lead.dealer_so_id)
        self.assertFalse(self.lead.dealer_so_amount)

    def test_archiving_a_won_lead_keeps_its_order(self):
        push = self._with_order(self.lead)
        self.lead.active = False
        self.assertEqual(push.state, "done")
        self.assertEqual(self.lead.dealer_so_name, "S7")

    # -- merge ---------------------------------------------------------------

    def test_a_merge_keeps_dealership_vehicle_and_quantity(self):
        head = self._make_lead(dealership_id=False, vehicle_model_id=False)
        tail = self._make_lead(vehicle_quantity=3)
        merged = (head | tail).merge_opportunity()
        self.assertEqual(merged.dealership_id, self.dealership)
        self.assertEqual(merged.vehicle_model_id, self.vehicle)
        self.assertEqual(merged.vehicle_quantity, 3)

    def test_a_lead_with_an_order_is_not_merged_away(self):
        first, second = self._make_lead(), self._make_lead()
        for number, lead in enumerate((first, second), 1):
            self._with_order(lead, number)
        with self.assertRaisesRegex(UserError, "cannot be merged"):
            (first | second).merge_opportunity()
        self.assertTrue((first | second).exists() == (first | second))

    # -- reading back --------------------------------------------------------

    def test_a_lead_created_as_won_is_read_back(self):
        """It may have no closing date; what counts is when its order was created."""
        lead = self._make_lead(stage_id=self.stage_won.id)
        old = self._make_lead(stage_id=self.stage_won.id)
        order = dealer.Order(id=7, name="S7", state="draft", key="k")
        for one in (lead, old):
            one.sudo()._set_order(order, "https://dealer.test/web")
            one.date_closed = False
        old.sudo().dealer_so_created_on = datetime.now() - timedelta(days=500)
        asked = []
        pushes = self.registry["crm.dealer.push"]
        with patch.object(
            pushes,
            "_read_back",
            lambda this, dealership, leads: asked.extend(leads.ids),
        ):
            self.env["crm.dealer.push"]._cron_read_back()
        self.assertIn(lead.id, asked)
        self.assertNotIn(old.id, asked)
        self.env.flush_all()
        report = self.env["crm.dealer.report"].search([("lead_id", "=", lead.id)])
        self.assertTrue(report.won_on)

    def test_the_amount_is_taken_over(self):
        chf = self.env.ref("base.CHF")
        order = dealer.Order(
            id=7, name="S7", state="draft", key="k", amount=24900.5, currency="CHF"
        )
        self.lead._set_order(order, "https://dealer.test/web")
        self.assertEqual(self.lead.dealer_so_amount, 24900.5)
        self.assertEqual(self.lead.dealer_so_currency_id, chf)
        self.assertTrue(self.lead.dealer_so_created_on)

    def test_the_link_is_a_web_address(self):
        for wrong in ("javascript:alert(1)", "data:text/html,x", "//x", "https://a\nb"):
            with self.assertRaises(ValidationError):
                self.lead.sudo().dealer_so_url = wrong

    # -- companies -----------------------------------------------------------

    def test_the_currency_does_not_depend_on_who_asks(self):
        chf = self.env.ref("base.CHF")
        chf.active = True
        swiss = self.env["res.company"].create({"name": "CH", "currency_id": chf.id})
        self.dealership.price_rule = "lead"
        lead = self._make_lead(user_id=False, team_id=False, expected_revenue=20000)
        lead.company_id = False
        currencies = set()
        for company in (self.env.company, swiss):
            self.env.invalidate_all()
            order = lead.with_company(company)._prepare_dealer_order()
            currencies.add(order.currency)
        self.assertEqual(currencies, {self.dealership.company_id.currency_id.name})
        self.dealership.company_id = swiss
        self.assertEqual(lead._prepare_dealer_order().currency, "CHF")

    # -- people and vehicles -------------------------------------------------

    def test_a_person_who_left_is_not_named_to_the_dealer(self):
        self.assertIn("salesperson@", self.lead._dealer_order_note())
        self.salesperson.active = False
        self.lead.team_id.user_id = self.manager
        note = self.lead._dealer_order_note()
        self.assertNotIn("salesperson@", note)
        self.assertIn("push_manager@", note)
        self.dealership.manager_email = "boss@example.com"
        order = dealer.Order(id=3, name="S3", state="draft", key="k")
        self.lead._set_order(order, "https://dealer.test/web")
        self.lead._send_order_mails()
        mail = self.env["mail.mail"].search([("subject", "like", "order S3:")])
        self.assertNotIn("Salesperson", mail.body_html)

    def test_a_vehicle_model_without_a_list_price_is_not_ordered_at_nothing(self):
        self.dealership.price_rule = "list"
        with (
            StandIn().active() as network,
            self.assertRaisesRegex(UserError, "list price of the vehicle model"),
        ):
            self.lead.action_set_won()
        self.assertFalse(network.requests)
        self.vehicle.list_price = 22000
        self.assertFalse(self.lead._dealer_order_problem())

    def test_an_archived_vehicle_model_is_not_ordered(self):
        self.vehicle.active = False
        with (
            StandIn().active() as network,
            self.assertRaisesRegex(UserError, "is archived"),
        ):
            self.lead.action_set_won()
        self.assertFalse(network.requests)

    # -- trying again --------------------------------------------------------

    def test_the_salesperson_tries_again(self):
        """In their own name, for a lead they may change; not for another's."""
        push = self._win_in_background(self.lead)
        push._update_state(("queued",), "failed", message="cannot be reached")
        self.env.flush_all()
        other = self._make_user("other_person", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.lead.with_user(other).action_dealer_push()
        with StandIn(*[requests.ConnectTimeout()] * 3).active():
            action = self.lead.with_user(self.salesperson).action_dealer_push()
        self.assertIn("cannot be reached", action["params"]["message"])
        self.env.invalidate_all()
        self.assertEqual((push.state, push.attempts), ("queued", 1))
        self.assertEqual(push.event_ids.user_id, self.salesperson | self.env.user)

    def test_orders_of_another_company_are_not_retried(self):
        other = self.env["res.company"].create({"name": "Another"})
        foreign = self.env["crm.dealership"].create(
            {"name": "Foreign", "company_id": other.id}
        )
        push = self.env["crm.dealer.push"].create(
            {
                "res_id": self.lead.id,
                "dealership_id": foreign.id,
                "key": "k",
                "state": "failed",
            }
        )
        with self.assertRaises(AccessError):
            push.with_user(self.manager).action_retry()
        self.assertEqual(push.state, "failed")
