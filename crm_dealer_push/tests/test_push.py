from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged, users

from ..lib import dealer, errors
from .common import PushCommon, StandIn


@tagged("post_install", "-at_install")
class TestPush(PushCommon):
    def _pushes(self, lead=None):
        return self.env["crm.dealer.push"].search(
            [("res_id", "=", (lead or self.lead).id)]
        )

    def _fails(self, lead=None, *answers):
        network = StandIn(*answers)
        lead = lead or self.lead
        with network.active(), self.assertRaises(UserError) as caught:
            lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stage_open)
        self.assertFalse(lead.dealer_so_name)
        return network, str(caught.exception)

    def _chatter(self, lead=None):
        lead = lead or self.lead
        # written in another transaction, which this one's cache knows nothing of
        lead.invalidate_recordset()
        return " ".join(lead.message_ids.mapped("body"))

    def test_the_key_is_stable(self):
        uuid = self.env["ir.config_parameter"].get_param("database.uuid")
        push = self.env["crm.dealer.push"]
        self.assertEqual(push._key(self.lead), f"CRM/{uuid}/{self.lead.id}")
        self.assertNotIn("-", push._external_id("order", 5))
        self.assertEqual(push._external_id("order", 5).count("."), 1)

    def test_without_a_dealership_nothing_is_new(self):
        self.lead.dealership_id = False
        self.env.company.dealer_require_dealership = False
        with StandIn().active() as network:
            self.lead.action_set_won()
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertFalse(network.requests)
        self.assertFalse(self._pushes())

    def test_a_dealership_is_required_where_there_is_one_to_choose(self):
        """As the guide says: dragging to Won without a dealership does nothing."""
        self.lead.dealership_id = False
        network, text = self._fails()
        self.assertIn("Choose the dealership", text)
        self.assertFalse(network.requests)
        # what is written together with the win counts, whichever way it goes
        other = self._make_lead()
        with self.assertRaisesRegex(UserError, "Choose the dealership"):
            other.write({"stage_id": self.stage_won.id, "dealership_id": False})
        # a company whose dealers have no connection does not work with dealers yet
        self.env["crm.dealership"].search([]).odoo_url = False
        self.lead.action_set_won()
        self.assertTrue(self.lead.stage_id.is_won)

    def test_what_is_missing_is_told_before_any_call(self):
        for values, word in (
            ({"vehicle_model_id": False}, "vehicle model"),
            ({"vehicle_quantity": 0}, "how many"),
            ({"contact_name": False, "partner_name": False}, "name"),
        ):
            lead = self._make_lead(**values)
            network, text = self._fails(lead)
            self.assertIn(word, text)
            self.assertFalse(network.requests)
        self.dealership.odoo_api_key = False
        network, text = self._fails()
        self.assertIn("Odoo Connection", text)
        self.assertFalse(network.requests)

    def test_a_failure_leaves_the_lead(self):
        down = requests.ConnectTimeout()
        network, text = self._fails(None, down, down, down)
        self.assertEqual(len(network.requests), 3)
        self.assertIn("cannot be reached", text)

    def test_a_failure_is_noted_and_told(self):
        # not by way of action_set_won(): what its own transactions commit is rolled
        # back here together with the savepoint of the lead, of which this is a part
        with StandIn(*[requests.ConnectTimeout()] * 3).active():
            outcomes = self.env["crm.dealer.push"]._deliver_to(
                self.dealership, self.lead
            )
        self.assertTrue(outcomes[self.lead.id].failed)
        self.assertIn("cannot be reached", self._chatter())
        push = self._pushes()
        self.assertEqual((push.state, push.attempts), ("failed", 1))
        self.assertEqual(push.event_ids.mapped("kind"), ["failed", "started"])
        self.assertNotIn("s3cret", self._chatter() + (push.message or ""))

    def test_no_won_stage(self):
        self.env["crm.stage"].search([("is_won", "=", True)]).is_won = False
        with self.assertRaisesRegex(UserError, "No won stage configured"):
            self.lead.action_set_won()

    @users("salesperson")
    def test_an_order_cannot_be_pretended(self):
        lead = self.lead.with_env(self.env)
        values = {
            "dealer_so_name": "S1",
            "dealer_so_id": 1,
            "dealer_so_url": "javascript:alert(1)",
            "dealer_so_state": "sale",
            "dealer_so_amount": 1.0,
            "dealer_delivered_on": "2024-01-01 00:00:00",
        }
        self.assertLessEqual(set(values), set(lead._order_fields()))
        for name, value in values.items():
            with self.assertRaises(AccessError):
                lead.write({name: value})
            with self.assertRaises(AccessError):
                lead.create({"name": "x", name: value})
            with self.assertRaises(AccessError):
                lead.copy({name: value})
        # defaults, those of the context and those a person saved, are left out
        self.env["ir.default"].set("crm.lead", "dealer_so_id", 7, user_id=True)
        context = {f"default_{name}": value for name, value in values.items()}
        lead = lead.with_context(**context)
        self.assertFalse(lead.default_get(list(values)))
        made = lead.create({"name": "x"})
        made |= lead.browse(lead.name_create("y")[0])
        made |= lead.browse(lead.load(["name"], [["z"]])["ids"])
        self.assertEqual(len(made), 3)
        for name, value in values.items():
            self.assertFalse(any(made.mapped(name)), name)
            done = lead.load(["name", name], [["z", str(value)]])
            self.assertFalse(done["ids"], name)

    @users("salesperson")
    def test_the_log_is_for_managers(self):
        push = (
            self.env["crm.dealer.push"]
            .sudo()
            .create(
                {
                    "res_id": self.lead.id,
                    "dealership_id": self.dealership.id,
                    "key": "k",
                    "state": "failed",
                }
            )
        )
        with self.assertRaises(AccessError):
            push.with_env(self.env).sudo(False).read(["state"])
        with self.assertRaises(AccessError):
            push.with_env(self.env).sudo(False).action_retry()

    def test_a_lead_without_salesperson_has_a_dealership(self):
        """Such leads have no company; those that have one keep to it."""
        lead = self._make_lead(user_id=False, team_id=False)
        self.assertFalse(lead.company_id)
        self.assertTrue(self.dealership.company_id)
        other = self.env["res.company"].create({"name": "Another Company"})
        foreign = self.dealership.copy({"name": "Foreign", "company_id": other.id})
        lead.dealership_id = foreign
        with self.assertRaisesRegex(ValidationError, "Foreign belongs to Another"):
            self.lead.dealership_id = foreign

    def test_one_intent_per_lead_and_dealership(self):
        values = {
            "res_id": self.lead.id,
            "dealership_id": self.dealership.id,
            "key": "k",
        }
        self.env["crm.dealer.push"].create(values)
        with self.assertRaises(Exception) as caught, self.cr.savepoint():
            self.env["crm.dealer.push"].create(values)
        self.assertEqual(type(caught.exception).__name__, "UniqueViolation")

    def test_an_order_fixes_what_it_was_made_of(self):
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        self.lead.sudo().write({"dealer_so_id": 5, "dealer_so_name": "S5"})
        with self.assertRaisesRegex(UserError, "S5"):
            self.lead.vehicle_quantity = 3
        self.lead.vehicle_quantity = 1

    def test_queued_is_won_at_once(self):
        self.dealership.push_mode = "queued"
        with StandIn().active() as network:
            self.lead.action_set_won()
        self.assertTrue(self.lead.stage_id.is_won)
        self.assertFalse(network.requests)
        self.assertEqual(self._pushes().state, "queued")
        self.assertEqual(self.lead.dealer_push_state, "queued")

    def test_a_lead_born_won_is_queued(self):
        lead = self._make_lead(stage_id=self.stage_won.id)
        self.assertEqual(self._pushes(lead).state, "queued")
        with self.assertRaises(UserError):
            self._make_lead(stage_id=self.stage_won.id, vehicle_model_id=False)

    def test_the_queue_waits_longer_each_time_and_tells_someone(self):
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        self.env.flush_all()  # what the commit does, for the queue's own transactions
        push = self._pushes()
        waits = []
        for _time in range(3):
            push.next_try_on = push.state_since
            down = [requests.ConnectTimeout()] * 3
            with StandIn(*down).active():
                self.env["crm.dealer.push"]._cron_process_queue()
            push.invalidate_recordset()
            self.assertEqual(push.state, "queued")
            waits.append((push.next_try_on - push.state_since).total_seconds() // 60)
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[-1], waits[0])
        self.assertFalse(self.lead.activity_ids)
        self.env.company.dealer_alert_after_hours = 0
        self.env["crm.dealer.push"]._raise_alerts()
        self.assertEqual(self.lead.activity_ids.user_id, self.salesperson)
        self.env["crm.dealer.push"]._raise_alerts()
        self.assertEqual(len(self.lead.activity_ids), 1)

    def test_what_cannot_be_asked_for_is_said_once(self):
        """Not with every run of the scheduled action; corrected, it goes on."""
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        self.lead.vehicle_quantity = 0
        self.env.flush_all()
        queue = self.env["crm.dealer.push"]
        for _time in range(3):
            with StandIn().active() as network:
                queue._cron_process_queue()
            self.assertFalse(network.requests)
        self.env.invalidate_all()
        push = self._pushes()
        self.assertEqual(push.state, "failed")
        self.assertIn("how many", push.message)
        self.assertEqual(self._chatter().count("could not be created at"), 1)
        self.assertEqual(len(self.lead.activity_ids), 1)
        self.lead.vehicle_quantity = 2
        self.assertEqual(push.state, "queued")

    def test_what_was_asked_for_and_cannot_be_any_more(self):
        """After an attempt, reconciliation looks first; then it is given up."""
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        push = self._pushes()
        push.attempts = 1
        self.lead.vehicle_quantity = 0
        self.env.flush_all()
        queue = self.env["crm.dealer.push"]
        queue._cron_process_queue()
        self.env.invalidate_all()
        self.assertEqual(push.state, "unknown")
        for _time in range(2):
            push.state_since = "2020-01-01 00:00:00"
            self.env.flush_all()
            with StandIn(7, []).active():
                queue._cron_reconcile()
            queue._cron_process_queue()
            self.env.invalidate_all()
            self.assertEqual(push.state, "failed")
        self.assertEqual(self._chatter().count("could not be created at"), 1)
        self.assertEqual(len(self.lead.activity_ids), 1)

    def test_an_archived_dealership_with_waiting_orders(self):
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        self.dealership.active = False
        self.env.flush_all()
        self.env["crm.dealer.push"]._cron_process_queue()
        self.env.invalidate_all()
        self.assertEqual(self._pushes().state, "failed")
        self.assertIn("archived", self._pushes().message)

    def test_a_person_is_notified_when_the_lead_is_gone(self):
        """On the dealership, and a person who can be reached."""
        push = self.env["crm.dealer.push"].create(
            {"res_id": 2**31 - 2, "dealership_id": self.dealership.id, "key": "k"}
        )
        push._log("started", user=self.manager)
        push._alert("Look", "at this")
        self.assertEqual(self.dealership.activity_ids.user_id, self.manager)
        other = self._make_lead(user_id=False, team_id=False)
        other._sync_order(dealer.Order(id=3, name="S3", state="cancel", key="k"))
        person = other.activity_ids.user_id
        self.assertTrue(person.active)
        self.assertTrue(person.has_group("sales_team.group_sale_manager"))

    def test_averages_are_about_what_was_delivered(self):
        """What is on the way is no order delivered within 0 days."""
        leads = self.env["crm.lead"]
        for number, delivered in enumerate(("2024-01-11", False, "2024-01-05"), 1):
            lead = self._make_lead()
            lead.write({"stage_id": self.stage_open.id})
            lead._set_order(
                dealer.Order(id=number, name=f"S{number}", state="draft", key="k"),
                "https://dealer.test",
            )
            lead._sync_order(
                dealer.Order(
                    id=number,
                    name=f"S{number}",
                    state="sale",
                    key="k",
                    ordered_on="2024-01-01 00:00:00",
                    expected_on="2024-01-08 00:00:00",
                    delivered_on=delivered and f"{delivered} 00:00:00",
                )
            )
            leads |= lead
        self.env.flush_all()
        report = self.env["crm.dealer.report"].with_user(self.manager)
        rows = report.search([("lead_id", "in", leads.ids)])
        self.assertEqual(len(rows), 3)
        [(days, late, delivered)] = report._read_group(
            [("lead_id", "in", leads.ids), ("delivered", "=", 1)],
            [],
            ["days_to_deliver:avg", "days_late:avg", "delivered:sum"],
        )
        self.assertEqual((days, late, delivered), (7.0, 0.0, 2))
        [(days,)] = report._read_group(
            [("lead_id", "in", leads.ids)], [], ["days_to_deliver:avg"]
        )
        self.assertEqual(days, 7.0)
        with self.assertRaises(AccessError):
            report.with_user(self.salesperson).search([])

    def test_what_breaks_at_one_dealership_stops_no_other(self):
        self.dealership.push_mode = "queued"
        broken = self.dealership.copy({"name": "Garage Broken"})
        broken.write(
            {
                "odoo_url": "http://dealer.test",
                "odoo_database": "broken",
                "odoo_login": "service",
                "odoo_api_key": "another-key",
            }
        )
        other = self._make_lead(dealership_id=broken.id)
        (other | self.lead).action_set_won()
        self.env.flush_all()
        pushes = self.env.registry["crm.dealer.push"]
        deliver = pushes._deliver_to

        def deliver_or_break(this, dealership, leads):
            if dealership.id == broken.id:
                raise ValueError("a fault of ours")
            return deliver(this, dealership, leads)

        with (
            patch.object(pushes, "_deliver_to", deliver_or_break),
            StandIn(*[requests.ConnectTimeout()] * 3).active(),
            self.assertLogs("odoo.addons.crm_dealer_push", "ERROR"),
        ):
            self.env["crm.dealer.push"]._cron_process_queue()
        self.env.invalidate_all()
        self.assertEqual(self._pushes().attempts, 1)
        self.assertEqual(self._pushes(other).state, "queued")

    def test_a_mail_that_fails_leaves_the_sale(self):
        self.dealership.manager_email = "boss@example.com"
        order = dealer.Order(id=3, name="S3", state="draft", key="k")
        self.lead._set_order(order, "https://dealer.test")
        with (
            patch.object(
                self.registry["mail.template"], "send_mail", side_effect=ValueError("x")
            ),
            self.assertLogs("odoo.addons.crm_dealer_push", "WARNING"),
        ):
            self.lead._send_order_mails()
        self.assertEqual(self.lead.dealer_so_name, "S3")
        self.assertIn("was not notified", self._chatter())

    def test_the_mail_goes_to_the_manager(self):
        self.dealership.manager_email = "boss@example.com"
        order = dealer.Order(id=3, name="S3", state="draft", key="k")
        self.lead._set_order(order, "https://dealer.test/web")
        self.lead._send_order_mails()
        mail = self.env["mail.mail"].search([("subject", "like", "order S3:")])
        self.assertEqual(len(mail), 1)
        to = (mail.email_to or "", *mail.recipient_ids.mapped("email"))
        self.assertIn("boss@example.com", to)
        self.assertIn("https://dealer.test/web", mail.body_html)

    def test_a_template_cannot_ask_for_the_key(self):
        """Many people may write templates; none may read the key."""
        self.dealership.manager_email = "boss@example.com"
        template = self.env.ref("crm_dealer_push.mail_template_dealer_order")
        template.body_html = '<t t-out="object.dealership_id.odoo_api_key"/>'
        order = dealer.Order(id=3, name="S3", state="draft", key="k")
        lead = self.lead.with_user(self.salesperson)
        for number, person in enumerate((lead, self.lead), 1):
            person.sudo()._set_order(order, "https://dealer.test/web")
            with self.assertLogs("odoo.addons.crm_dealer_push", "WARNING"):
                person.sudo()._send_order_mails()
            self.assertEqual(self._chatter().count("was not notified"), number)
        mails = self.env["mail.mail"].search([("subject", "like", "order S3:")])
        self.assertNotIn("s3cret", str(mails.mapped("body_html")))
        self.assertNotIn("s3cret", self._chatter())

    def test_fulfilment_days(self):
        order = dealer.Order(
            id=3,
            name="S3",
            state="sale",
            key="k",
            ordered_on="2024-01-01 00:00:00",
            delivered_on="2024-01-11 12:00:00",
        )
        self.lead._sync_order(order)
        self.assertEqual(self.lead.dealer_fulfilment_days, 10.5)

    def test_every_error_has_a_sentence(self):
        kinds = {
            error
            for error in vars(errors).values()
            if isinstance(error, type) and issubclass(error, errors.DealerError)
        } - {errors.DealerError, errors.AddressRefused}
        texts = {self.dealership._explain(kind("detail")) for kind in kinds}
        self.assertEqual(len(texts), len(kinds))
        for text in texts:
            self.assertIn("Garage Test", text)

    def test_leads_without_a_row_can_be_held(self):
        """Deleted leads, and those not committed yet, have no row to lock."""
        push = self.env["crm.dealer.push"]
        self.assertEqual(push._lock_leads(self.lead), self.lead)
        missing = self.lead.browse(2**31 - 1)
        self.assertEqual(push._lock_leads(missing, wait=False), missing)
