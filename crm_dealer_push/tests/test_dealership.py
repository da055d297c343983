import logging
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from ..lib import dealer
from .common import PushCommon, StandIn

KEY = "s3cret-key-of-the-test"


@tagged("post_install", "-at_install")
class TestDealership(PushCommon):
    def _secret(self, dealership=None):
        credentials = self.env["crm.dealership.credential"]
        return credentials._read_secret(dealership or self.dealership)

    def test_the_key_is_written_and_never_read(self):
        self.assertEqual(self.dealership.odoo_api_key, "********")
        self.assertEqual(self._secret(), KEY)
        [seen] = self.dealership.read(["odoo_api_key"])
        self.assertEqual(seen["odoo_api_key"], "********")
        self.dealership.odoo_api_key = "********"
        self.assertEqual(self._secret(), KEY)
        self.dealership.odoo_api_key = "another"
        self.assertEqual(self._secret(), "another")
        self.dealership.odoo_api_key = False
        self.assertFalse(self._secret())
        self.assertFalse(self.dealership.odoo_api_key)

    def test_a_key_that_is_typed_is_not_logged(self):
        """Odoo writes calls down at level debug, with all that they bring along."""
        for name in ("odoo.api", "odoo.service.model"):
            logger = logging.getLogger(name)
            for key in ("plain", "it's", 'a "b" \\', "two\nlines"):
                with self.assertLogs(logger, "DEBUG") as caught:
                    values = {"odoo_api_key": key, "name": "Garage"}
                    logger.debug("call %s(%s)", "web_save", values)
                [line] = caught.output
                self.assertIn("'odoo_api_key': '***', 'name': 'Garage'", line)

    def test_a_statement_that_fails_does_not_show_the_key(self):
        """Odoo writes such statements down at level error, with their values."""
        credential = {"dealership_id": self.dealership.id, "secret": "an0ther-key"}
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as caught,
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["crm.dealership.credential"].create(credential)
        self.assertIn("not written down", caught.output[0])
        self.assertNotIn("an0ther-key", "".join(caught.output))

    def test_no_statement_shows_the_key(self):
        """Not even where every statement is written down."""
        with self.assertLogs("odoo.sql_db", "DEBUG") as caught:
            self.dealership.odoo_api_key = "an0ther-key"
            self.env.flush_all()
        self.assertIn("not written down", "".join(caught.output))
        self.assertNotIn("an0ther-key", "".join(caught.output))

    def test_a_copy_has_no_connection(self):
        copy = self.dealership.copy()
        self.assertFalse(self._secret(copy))
        self.assertFalse(copy.odoo_api_key)
        self.assertFalse(copy.odoo_url)

    @users("salesperson", "push_manager")
    def test_the_connection_is_for_administrators(self):
        dealership = self.dealership.with_env(self.env)
        for name in ("odoo_api_key", "odoo_url", "odoo_login", "dealer_reference"):
            with self.assertRaises(AccessError):
                dealership.read([name])
            with self.assertRaises(AccessError):
                dealership.write({name: "x"})
        self.assertTrue(dealership.name)

    @mute_logger("odoo.models")
    def test_the_table_of_secrets_is_not_read(self):
        admin = self.env.ref("base.user_admin")
        for user in (self.salesperson, self.manager, admin):
            credentials = self.env["crm.dealership.credential"].with_user(user)
            with self.assertRaises(AccessError):
                credentials.search_read([], ["secret"])

    @users("salesperson")
    def test_testing_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.dealership.with_env(self.env).action_test_connection()

    def test_addresses_are_checked_when_written(self):
        for url in ("http://other.test", "https://169.254.169.254", "dealer"):
            with self.assertRaises(ValidationError):
                self.dealership.odoo_url = url
        self.dealership.odoo_url = "http://plain.test:8070"

    def test_another_address_forgets_what_was_learned(self):
        self.dealership.write({"odoo_uid": 4, "connection_state": "ok"})
        self.dealership.odoo_login = "other"
        self.assertEqual(
            (self.dealership.odoo_uid, self.dealership.connection_state),
            (0, "untested"),
        )

    def test_the_managers_mail_is_one_mail(self):
        for wrong in ("nobody", "a@example.com, b@example.com"):
            with self.assertRaises(ValidationError):
                self.dealership.manager_email = wrong

    @users("push_manager")
    def test_the_steps_of_the_test(self):
        """Up to the first failure, with what to do about it."""
        dealership = self.dealership.with_env(self.env)
        network = StandIn({"server_version_info": [17, 0]}, False)
        with network.active():
            action = dealership.action_test_connection()
        self.assertEqual(dealership.connection_state, "failed")
        # the message says why, and a form that was new stays on what was saved
        self.assertIn("does not accept", action["params"]["message"])
        self.assertEqual(
            action["params"]["next"], {"type": "ir.actions.act_window_close"}
        )
        self.assertIn("17.0 responds", dealership.last_test_message)
        self.assertIn("does not accept", dealership.last_test_message)
        self.assertEqual(len(network.requests), 2)

    def test_the_test_names_codes_of_several_products(self):
        """They cannot be ordered; the other models are not in question."""
        other = self.env["crm.vehicle.model"].create(
            {"name": "T 2", "default_code": "TEST-T2"}
        )
        self.env["crm.vehicle.model"].search(
            [("id", "not in", (self.vehicle | other).ids)]
        ).active = False

        class Client:
            def query(self, *_args, **_options):
                codes = ("TEST-T1", "TEST-T1", "TEST-T2")
                return [{"id": n, "default_code": c} for n, c in enumerate(codes, 4)]

        dealer_api = dealer.Dealer(Client(), dealer.Reference(version=[17, 0]))
        [(text, good)] = self.dealership._test_products(dealer_api)
        self.assertIsNone(good)
        self.assertIn("TEST-T1", text)
        self.assertNotIn("TEST-T2", text)
        by_model = {line.vehicle_model_id: line for line in self.dealership.product_ids}
        self.assertTrue(by_model[self.vehicle].ambiguous)
        self.assertEqual(by_model[other].dealer_product_id, 6)
        self.assertFalse(by_model[other].missing)

    def test_an_old_odoo_is_refused(self):
        with StandIn({"server_version_info": [12, 0]}).active():
            self.dealership.action_test_connection()
        self.assertIn("14.0 to 19.0", self.dealership.last_test_message)

    def test_health_counts_from_the_log(self):
        push = self.env["crm.dealer.push"].create(
            {
                "res_id": self.lead.id,
                "dealership_id": self.dealership.id,
                "key": "k",
                "state": "queued",
            }
        )
        for kind, seconds in (("made", 1.0), ("made", 3.0), ("failed", 9.0)):
            push._log(kind, seconds=seconds)
        self.assertEqual(self.dealership.failures_today, 1)
        self.assertEqual(self.dealership.median_seconds, 2.0)
        self.assertEqual(self.dealership.waiting_count, 1)
        self.assertTrue(self.dealership.last_success_on)
        # an order that was created is a test that went well
        self.assertEqual(self.dealership.connection_state, "untested")
        self.dealership._note_connection([self.lead])
        self.assertEqual(self.dealership.connection_state, "ok")

    def test_a_neutralized_copy_knows_no_key(self):
        script = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.flush_all()
        self.env.cr.execute(script.read_text())
        self.env.invalidate_all()
        self.assertFalse(self._secret())
        self.assertFalse(self.dealership._is_connected())
