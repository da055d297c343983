"""Who may set what, whatever way a value comes in; and who gets an answer."""

import contextlib

from odoo.exceptions import AccessError
from odoo.tests import tagged, users
from odoo.tools import mute_logger

from ..models.crm_dealership import GUARDED_FIELDS
from .common import PushCommon, StandIn

ADDON = "crm_dealer_push"


@tagged("post_install", "-at_install")
class TestGuards(PushCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._make_user("portal_person", "base.group_portal")
        cls.clerk = cls._make_user("clerk", "base.group_user")

    def _own_models(self):
        """The stored models this addon brings, from the registry."""
        known = self.env["ir.model"].search([])
        return sorted(
            model.model
            for model in known
            if model.model in self.env
            and self.env[model.model]._original_module == ADDON
            and not self.env[model.model]._abstract
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_onchange_answers_those_who_could_create(self):
        models = self._own_models()
        self.assertGreaterEqual(len(models), 7)
        for user in (self.portal, self.clerk):
            for name in models:
                model = self.env[name].with_user(user)
                spec = {"display_name": {}}
                with self.assertRaises(AccessError, msg=name):
                    model.onchange({}, [], spec)
                with self.assertRaises(AccessError, msg=name):
                    model.browse(1).onchange({}, list(spec)[:1], spec)

    def test_onchange_works_for_managers(self):
        dealership = self.env["crm.dealership"].with_user(self.manager)
        self.assertTrue(dealership.onchange({"name": "x"}, [], {"name": {}}))

    @users("push_manager")
    def test_a_manager_creates_no_connection(self):
        """By no way: values, defaults of the context, saved defaults, import, copy."""
        dealerships = self.env["crm.dealership"]
        values = {
            "odoo_url": "https://10.0.0.1:22",
            "odoo_database": "x",
            "odoo_login": "x",
            "odoo_api_key": "k",
            "verify_tls": False,
            "timeout_seconds": 300,
            "odoo_uid": 2,
            "dealer_reference": "{}",
            "connection_state": "ok",
            "last_test_on": "2024-01-01 00:00:00",
            "last_test_message": "<p>ok</p>",
            "has_api_key": True,
        }
        self.assertEqual(set(values) | {"product_ids"}, GUARDED_FIELDS)
        for name, value in values.items():
            with self.assertRaises(AccessError, msg=name):
                dealerships.create({"name": "x", name: value})
            with self.assertRaises(AccessError, msg=name):
                self.dealership.with_env(self.env).write({name: value})
            done = dealerships.load(["name", name], [["x", str(value)]])
            self.assertFalse(done["ids"], name)
        # defaults, and a copy
        made = dealerships
        free = {name for name in values if not dealerships._fields[name].groups}
        for names in (set(values), free):
            defaults = dealerships.with_context(
                **{f"default_{name}": values[name] for name in names}
            )
            # from Odoo 19 on, defaults of fields of administrators are refused
            with contextlib.suppress(AccessError), self.env.cr.savepoint():
                made |= defaults.create({"name": "Context"})
            with contextlib.suppress(AccessError), self.env.cr.savepoint():
                made |= defaults.browse(defaults.name_create("Name")[0])
        self.env["ir.default"].set("crm.dealership", "connection_state", "ok", True)
        made |= dealerships.create({"name": "Saved Default"})
        made |= self.dealership.with_env(self.env).copy({"name": "Copy"})
        self.assertGreaterEqual(len(made), 4)
        for dealership in made.sudo():
            self.assertFalse(dealership.odoo_url)
            self.assertFalse(dealership.odoo_api_key)
            self.assertTrue(dealership.verify_tls)
            self.assertEqual(dealership.timeout_seconds, 20)
            self.assertFalse(dealership.odoo_uid)
            self.assertEqual(dealership.connection_state, "untested")
            self.assertFalse(dealership.last_test_on)

    def test_another_companys_connection_is_not_tested(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.dealership.company_id = other
        self.env.flush_all()
        dealership = self.dealership.with_user(self.manager)
        with StandIn().active() as network, self.assertRaises(AccessError):
            dealership.action_test_connection()
        self.assertFalse(network.requests)
        self.assertEqual(self.dealership.connection_state, "untested")

    def test_no_field_leads_to_a_key(self):
        """From no model, by no path: asked of the registry."""
        leading = [
            f"{model}.{name}"
            for model in self.env.registry
            for name, field in self.env[model]._fields.items()
            if field.comodel_name == "crm.dealership.credential"
        ]
        self.assertEqual(leading, [])

    def test_progress_is_for_those_who_see_the_lead(self):
        self.dealership.push_mode = "queued"
        self.lead.action_set_won()
        self.assertEqual(
            self.lead.with_user(self.salesperson).dealer_push_state, "queued"
        )
        model = self.env["crm.lead"].with_user(self.portal)
        ghost = model.new({"dealership_id": self.dealership.id}, origin=self.lead)
        ghost._compute_dealer_push()
        self.assertFalse(ghost._cache.get("dealer_push_state"))

    def test_a_default_of_the_context_reaches_no_order_through_a_dealership(self):
        """One2many commands go through the same guard."""
        with self.assertRaises(AccessError):
            self.env["crm.dealership"].with_user(self.manager).create(
                {
                    "name": "Commands",
                    "lead_ids": [(0, 0, {"name": "x", "dealer_so_id": 5})],
                }
            )
