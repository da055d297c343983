"""Every public method and every onchange of the suite, asked by those outside.

What is tried comes from the registry, so that nothing can be forgotten: a new model, a
new method or a new field is tried without anyone adding it here. What answers although
it may is listed in ``matrix_exceptions.txt``, a line with its reason each; how much has
to be tried at least is in ``matrix_numbers.json``.
"""

import contextlib
import inspect
import json
import sys
from pathlib import Path

from odoo import models
from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from ..models.base import Base
from .matrix import SecretsCase

try:
    from odoo.api import call_kw
except ImportError:  # from Odoo 19 on
    from odoo.service.model import call_kw

HERE = Path(__file__).parent
AUTHOR = "Reseller Suite maintainers"
# what has to be tried at least is counted for these alone: others may be missing
COUNTED = ("crm_reseller_base", "crm_reseller_portal")
OUTSIDERS = ("stranger", "other reseller", "in charge", "supervisor")


def read_exceptions():
    """Return names like ``model.method`` or ``*.method`` that may answer."""
    lines = (HERE / "matrix_exceptions.txt").read_text().splitlines()
    entries = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _space, reason = line.partition(" ")
            entries[name] = reason.strip()
    return entries


@tagged("post_install", "-at_install")
class TestMatrixRegistry(SecretsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitors["inside"] = new_test_user(
            cls.env, "portal_inside", groups="base.group_user"
        )
        cls.ours = set(
            cls.env["ir.module.module"]
            .search([("state", "=", "installed"), ("author", "=", AUTHOR)])
            .mapped("name")
        )
        cls.exceptions = read_exceptions()

    # ------------------------------------------------------------
    # WHAT THERE IS
    # ------------------------------------------------------------

    def _is_our_class(self, cls):
        parts = cls.__module__.split(".")
        return parts[:2] == ["odoo", "addons"] and parts[2] in self.ours

    def _get_our_models(self, modules=None):
        """Return the models the suite brings, and the lead, sorted."""
        modules = modules or self.ours
        return sorted(
            name
            for name, model in self.env.registry.items()
            if model._original_module in modules or name == "crm.lead"
        )

    def _get_public_methods(self, model_name):
        model = self.env.registry[model_name]
        return sorted(
            name
            for name in dir(model)
            if not name.startswith("_") and inspect.isroutine(getattr(model, name))
        )

    def _get_added_methods(self):
        """Return pairs of model and public method that the suite adds to Odoo."""
        added = set()
        for name, model in self.env.registry.items():
            if model._abstract:
                continue
            ours, odoos = set(dir(BaseModel)), set()
            for cls in model.__mro__:
                names = {key for key, value in vars(cls).items() if callable(value)}
                if self._is_our_class(cls):
                    ours |= names
                elif cls.__module__.startswith("odoo."):
                    odoos |= names if cls is not model else set()
            added |= {
                (name, method)
                for method in ours - odoos - set(dir(BaseModel))
                if not method.startswith("_")
            }
        return sorted(added)

    def _get_arguments(self, model_name, method, ids):
        """Return ways to call a method, with the least arguments it takes."""
        member = getattr(self.env.registry[model_name], method)
        function = inspect.unwrap(member)
        try:
            parameters = list(inspect.signature(function).parameters.values())[1:]
        except (TypeError, ValueError):
            parameters = []
        needed = [
            parameter.name
            for parameter in parameters
            if parameter.default is parameter.empty
            and parameter.kind
            in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        dummies = [
            {} if name in ("vals", "values", "fields_spec", "specification") else []
            for name in needed
        ]
        # up to Odoo 18, and from 19 on
        is_model = getattr(member, "_api", "") or getattr(member, "_api_model", "")
        return [dummies] if is_model else [[ids[:1], *dummies], [ids, *dummies]]

    # ------------------------------------------------------------
    # ASKING
    # ------------------------------------------------------------

    def _ask(self, visitor, model_name, method, arguments):
        """Call a method as RPC does.

        :return: the exception it raised, or what it answered
        """
        model = self.env[model_name].with_user(self.visitors[visitor])
        try:
            with self.env.cr.savepoint(flush=False):
                return call_kw(model, method, list(arguments), {})
        except AccessError as error:
            return error
        except Exception as error:  # noqa: BLE001 the callers look at its kind
            self.env.invalidate_all(flush=False)
            return error

    def _scan_methods(self, visitor, pairs, strict=False):
        """Return what answers although nothing should.

        :param pairs: models and methods to try
        :param bool strict: whether everything but AccessError is an answer, and not
            only what comes back without an error
        """
        found = []
        for model_name, method in pairs:
            if f"{model_name}.{method}" in self.exceptions:
                continue
            ids = self._get_some_ids(model_name)
            for arguments in self._get_arguments(model_name, method, ids):
                answer = self._ask(visitor, model_name, method, arguments)
                self.tried["methods"].add((model_name, method))
                leaks = self._leaks(visitor, str(answer))
                if leaks:
                    found.append((visitor, model_name, method, leaks))
                if f"*.{method}" in self.exceptions:
                    continue
                if isinstance(answer, AccessError):
                    break
                told = not isinstance(answer, Exception) and not self._is_empty(
                    answer, arguments
                )
                # on a record that is there, the right has to be asked for first
                asked = strict and arguments and arguments[0] and ids
                if told or asked:
                    found.append((visitor, model_name, method, repr(answer)[:200]))
        return found

    def _is_empty(self, answer, arguments):
        """Tell whether an answer says nothing: no record was asked for, or found."""
        ids = arguments[0] if arguments else []
        if isinstance(answer, models.BaseModel):
            return set(answer._ids) <= set(ids or ())
        return not answer or (not ids and answer is True)

    def _summarize(self, found):
        """Return what was found by method: the models, and one of the answers."""
        methods = {}
        for _visitor, model_name, method, answer in found:
            names, _first = methods.setdefault(method, (set(), answer))
            names.add(model_name)
        return "\n".join(
            f"{method} {len(names)} {sorted(names)[:3]} {str(answer)[:100]}"
            for method, (names, answer) in sorted(methods.items())
        )

    def _scan_onchange(self, visitor, model_names):
        """Return the fields whose onchange tells something."""
        found = []
        for model_name in model_names:
            ids = self._get_some_ids(model_name)
            for name, field in self.env[model_name]._fields.items():
                self.tried["fields"].add((model_name, name))
                spec = {name: {"fields": {"display_name": {}}}}
                if not field.relational:
                    spec = {name: {}}
                for records in ([], ids):
                    answer = self._ask(
                        visitor,
                        model_name,
                        "onchange",
                        [records, {name: False}, [name], spec],
                    )
                    if not isinstance(answer, AccessError):
                        found.append((visitor, model_name, name, repr(answer)[:200]))
        return found

    def _get_some_ids(self, model_name):
        if model_name == "crm.lead":
            return [lead.id for lead in self.records.values()]
        model = self.env[model_name]
        if model._transient or model._abstract:
            return []
        return model.with_context(active_test=False).search([], limit=2).ids

    def setUp(self):
        super().setUp()
        self.tried = {"methods": set(), "fields": set()}

    def _get_pairs(self, modules=None):
        return [
            (model_name, method)
            for model_name in self._get_our_models(modules)
            for method in self._get_public_methods(model_name)
        ]

    # ------------------------------------------------------------
    # THE TESTS
    # ------------------------------------------------------------

    def test_no_method_of_ours_answers_an_outsider(self):
        pairs = self._get_pairs()
        for visitor in OUTSIDERS:
            digest = self._digest()
            found = self._scan_methods(visitor, pairs)
            self.assertFalse(found, f"{visitor}\n{self._summarize(found)}")
            self.assertEqual(self._digest(), digest, visitor)
        self._check_numbers(models=len(self._get_our_models(COUNTED)))

    def test_methods_added_to_odoos_models_refuse_outsiders(self):
        pairs = self._get_added_methods()
        self.assertIn(("crm.lead", "reseller_accept"), pairs)
        for visitor in (*OUTSIDERS, "inside"):
            digest = self._digest()
            found = self._scan_methods(visitor, pairs, strict=True)
            self.assertFalse(found, f"{visitor}\n{self._summarize(found)}")
            self.assertEqual(self._digest(), digest, visitor)

    def test_no_onchange_answers_an_outsider(self):
        for visitor in OUTSIDERS:
            self.assertEqual(self._scan_onchange(visitor, self._get_our_models()), [])
        own = [
            name for name in self._get_our_models() if name.startswith("crm.reseller.")
        ]
        self.assertEqual(self._scan_onchange("inside", own), [])
        self._check_numbers(fields=len(self.tried["fields"]))

    def test_onchange_is_closed_on_all_models_to_shared_users(self):
        """Whatever has fields computed by superuser: no one asks who could not save."""
        for name in sorted(self.env.registry):
            model = self.env[name].with_user(self.visitors["stranger"])
            if model._abstract:
                continue
            try:
                model.check_access_rights("create")
            except AccessError:
                answer = self._ask("stranger", name, "onchange", [[], {}, [], {}])
                self.assertIsInstance(answer, AccessError, name)

    def test_the_files_say_what_is_true(self):
        """An exception that is needed no more has to go."""
        public = {method for _model, method in self._get_pairs()}
        pairs = {f"{m}.{n}" for m, n in self._get_added_methods() + self._get_pairs()}
        for name, reason in self.exceptions.items():
            self.assertTrue(reason, f"{name}: no reason")
            model_name, _dot, method = name.rpartition(".")
            if model_name == "*":
                # some of them are there in one series alone
                self.assertTrue(method.isidentifier() and public)
            elif self.env.registry.get(model_name):
                self.assertIn(name, pairs)

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

    def _check_numbers(self, **numbers):
        """Print how much was tried; it must not be less than it was."""
        counted = {
            kind: {pair for pair in pairs if self._is_counted(pair[0])}
            for kind, pairs in self.tried.items()
        }
        least = json.loads((HERE / "matrix_numbers.json").read_text())
        for kind, pairs in counted.items():
            numbers.setdefault(kind, len(pairs))
        for kind, number in numbers.items():
            if number:
                sys.stdout.write(f"security matrix: {number} {kind} tried\n")
                self.assertGreaterEqual(number, least[kind], kind)

    def _is_counted(self, model_name):
        module = self.env.registry[model_name]._original_module
        return module in COUNTED or model_name == "crm.lead"

    # ------------------------------------------------------------
    # A SECRET NO LOGIN CAN HAVE
    # ------------------------------------------------------------

    def test_a_dealers_key_is_reachable_by_nobody(self):
        """Where the dealers' orders are installed, their keys cannot be found out."""
        if "crm.dealership.credential" not in self.env:
            return
        secret = "9f3planted7key5c1"
        dealership = self.env["crm.dealership"].create({"name": "Dealer"})
        self.env["crm.dealership.credential"].create(
            {"dealership_id": dealership.id, "secret": secret}
        )
        self.records["deal"].write({"dealership_id": dealership.id})
        self.env.flush_all()
        logins = (*OUTSIDERS, "inside", "salesman", "manager")
        paths = self._find_paths("crm.dealership.credential", "secret", depth=3)
        for visitor in logins:
            for model_name, path in paths:
                answers = {
                    str(
                        self._ask(
                            visitor,
                            model_name,
                            "search_count",
                            [[(path, "=like", f"{start}%")]],
                        )
                    )
                    for start in (secret[:2], "zz")
                }
                self.assertEqual(len(answers), 1, f"{visitor}: {model_name}.{path}")
            for model_name in sorted(self.env.registry):
                text = self._read_stored(visitor, model_name)
                self.assertNotIn(secret, text, f"{visitor}: {model_name}")

    def _read_stored(self, visitor, model_name):
        """Return as text what a user can read of a model's columns."""
        Model = self.env[model_name].with_user(self.visitors[visitor])
        texts = []
        if Model._abstract or Model._transient:
            return ""
        with contextlib.suppress(AccessError):
            records = Model.with_context(active_test=False).search([], limit=50)
            for name, field in Model._fields.items():
                if field.store and field.type not in ("binary", "image"):
                    with contextlib.suppress(AccessError):
                        texts.append(str(records.read([name])))
        return " ".join(texts)

    def _find_paths(self, target_model, target_field, depth):
        """Return models and field paths that lead to a field."""
        paths = [(target_model, target_field)]
        found = list(paths)
        for _step in range(depth):
            paths = [
                (name, f"{field.name}.{path}")
                for model_name, path in paths
                for name, model in self.env.registry.items()
                if not model._abstract
                for field in model._fields.values()
                if field.comodel_name == model_name
                and field.store is not None
                and (field.store or field.search or field.type == "one2many")
            ]
            found += paths[:2000]
        return found
