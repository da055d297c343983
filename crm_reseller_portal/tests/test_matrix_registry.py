"""Every public method and every onchange of the suite, asked by those outside.

What is tried comes from the registry, so that nothing can be forgotten: a new model, a
new method or a new field is tried without anybody adding it here. What answers although
it may is listed in ``matrix_exceptions.txt``, a line with its reason each; how much has
to be tried at least is in ``matrix_numbers.json``.
"""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tests import tagged

from ..models.base import Base
from .matrix_registry import COUNTED, INSIDER, OUTSIDERS, RegistryCase


@tagged("post_install", "-at_install")
class TestMatrixRegistry(RegistryCase):
    # ------------------------------------------------------------
    # METHODS
    # ------------------------------------------------------------

    def test_no_method_of_ours_answers_an_outsider(self):
        pairs = self._get_pairs()
        readable = self._get_readable_models()
        for visitor in (*OUTSIDERS, INSIDER):
            digest = self._digest()
            found = self._scan_methods(
                visitor, pairs, readable=readable if visitor == INSIDER else ()
            )
            self._fail_by_model(found)
            with self.subTest(visitor=visitor):
                self.assertEqual(self._digest(), digest)
        self._check_numbers(models=len(self._get_our_models(COUNTED)))

    def _get_readable_models(self):
        """Return the models of ours that every internal user may read: those listed."""
        Access = self.env["ir.model.access"].with_user(self.visitors[INSIDER])
        readable = {
            name
            for name in self._get_our_models()
            if not self.env[name]._abstract
            and Access.check(name, "read", raise_exception=False)
        }
        listed = {
            name.partition(":")[2]
            for name in self.exceptions
            if name.startswith(f"{INSIDER}:")
        }
        self.assertLessEqual(readable, listed)
        return readable

    def test_methods_added_to_odoos_models_refuse_outsiders(self):
        pairs = self._get_added_methods()
        self.assertIn(("crm.lead", "reseller_accept"), pairs)
        for visitor in (*OUTSIDERS, INSIDER):
            digest = self._digest()
            found = self._scan_methods(visitor, pairs, strict=True)
            self._fail_by_model(found)
            with self.subTest(visitor=visitor):
                self.assertEqual(self._digest(), digest)

    def test_a_failure_names_each_model(self):
        """The models after the first one that answers are told as well."""
        failed = []
        with patch.object(type(self), "fail", lambda _self, text: failed.append(text)):
            self._fail_by_model(
                [
                    ("stranger", "crm.lead", "peek", "name"),
                    ("stranger", "crm.reseller.offer", "peek", "name"),
                    ("stranger", "crm.reseller.offer", "look", "name"),
                ]
            )
        self.assertEqual(failed, ["peek: name", "peek: name\nlook: name"])

    def test_a_planted_method_is_found(self):
        model_class = self.env.registry["crm.reseller.offer"]

        def peek(self):
            return self.sudo().search([]).mapped("lead_id.name")

        model_class.peek = peek
        try:
            pairs = [pair for pair in self._get_pairs() if pair[0] == model_class._name]
            found = self._scan_methods("stranger", pairs)
        finally:
            del model_class.peek
        self.assertEqual(
            {(each[1], each[2]) for each in found}, {("crm.reseller.offer", "peek")}
        )

    # ------------------------------------------------------------
    # ONCHANGE
    # ------------------------------------------------------------

    def test_no_onchange_answers_an_outsider(self):
        for visitor in (*OUTSIDERS, INSIDER):
            found = self._scan_onchange(visitor, self._get_our_models())
            self._fail_by_model(found)
        self._check_numbers()

    def test_onchange_is_closed_on_all_models_to_shared_users(self):
        """Whatever has fields computed by superuser: nobody asks who could not save."""
        Access = self.env["ir.model.access"].with_user(self.visitors["stranger"])
        found = []
        for name in sorted(self.env.registry):
            if not self.env[name]._abstract and not Access.check(
                name, "create", raise_exception=False
            ):
                answer = self._ask("stranger", name, "onchange", [[], {}, [], {}])
                if not isinstance(answer, AccessError):
                    found.append(("stranger", name, "onchange", answer))
        self._fail_by_model(found)

    def test_a_planted_onchange_is_found(self):
        original = Base._check_onchange_access
        Base._check_onchange_access = lambda self: None
        try:
            found = self._scan_onchange("stranger", ["crm.reseller.portal.access"])
        finally:
            Base._check_onchange_access = original
        if hasattr(BaseModel, "check_access"):
            # from Odoo 19 on Odoo checks the right to create as well
            self.assertEqual(found, [])
        else:
            self.assertTrue(found)

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def test_the_files_say_what_is_true(self):
        """An exception that is needed no more has to go."""
        public = {method for _model, method in self._get_pairs()}
        pairs = {f"{m}.{n}" for m, n in self._get_added_methods() + self._get_pairs()}
        for name, reason in self.exceptions.items():
            self.assertTrue(reason, f"{name}: no reason")
            kind, _colon, model_name = name.rpartition(":")
            if kind:
                self.assertEqual(kind, INSIDER)
                continue
            model_name, _dot, method = name.rpartition(".")
            if model_name == "*":
                # some of them are there in one series alone
                self.assertTrue(method.isidentifier() and public)
            elif self.env.registry.get(model_name):
                self.assertIn(name, pairs)
