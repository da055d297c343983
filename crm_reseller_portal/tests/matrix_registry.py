"""What the tests share that ask every model, method and field of the registry."""

import contextlib
import inspect
import json
import sys
from pathlib import Path

from odoo import models, release
from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.tests import new_test_user
from odoo.tools import mute_logger

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
# works for us, but not with leads
INSIDER = "inside"


def read_exceptions():
    """Return names like ``model.method`` or ``*.method`` that may answer.

    ``inside:model`` is a model that every internal user may read.

    :return: dict from name to reason
    """
    lines = (HERE / "matrix_exceptions.txt").read_text().splitlines()
    entries = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _space, reason = line.partition(" ")
            entries[name] = reason.strip()
    return entries


class RegistryCase(SecretsCase):
    """Ask as RPC does, and tell what answered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitors[INSIDER] = new_test_user(
            cls.env, "portal_inside", groups="base.group_user"
        )
        cls.ours = set(
            cls.env["ir.module.module"]
            .search([("state", "=", "installed"), ("author", "=", AUTHOR)])
            .mapped("name")
        )
        cls.exceptions = read_exceptions()

    def setUp(self):
        super().setUp()
        self.some_ids = {}
        self.tried = {"methods": set(), "fields": set(), "onchanges": set()}

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

    def _get_pairs(self, modules=None):
        return [
            (model_name, method)
            for model_name in self._get_our_models(modules)
            for method in self._get_public_methods(model_name)
        ]

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

    def _get_some_ids(self, model_name):
        """Return records to ask about: of others, or made for it by the superuser."""
        if model_name == "crm.lead":
            return [lead.id for lead in self.records.values()]
        model = self.env[model_name]
        if model._abstract:
            return []
        if model_name not in self.some_ids:
            if model._transient:
                self.some_ids[model_name] = self._make_transient(model)
            else:
                found = model.with_context(active_test=False).search([], limit=2)
                self.some_ids[model_name] = found.ids
        return self.some_ids[model_name]

    def _make_transient(self, model):
        """Return the id of a form as another user opened it, where one can be made."""
        lead = self.records["deal"]
        model = model.with_context(
            active_model=lead._name, active_id=lead.id, active_ids=lead.ids
        )
        vals = {}
        for name, field in model._fields.items():
            if field.required and field.comodel_name == "res.partner":
                vals[name] = self.alder.id
            elif field.required and field.type == "many2one":
                others = self._get_some_ids(field.comodel_name)
                vals[name] = others[0] if others else False
            elif field.required and field.type in ("char", "text"):
                vals[name] = "x"
        with (
            contextlib.suppress(Exception),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            return model.create(vals).ids
        self.env.invalidate_all(flush=False)
        return []

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

    def _scan_methods(self, visitor, pairs, strict=False, readable=()):
        """Return what answers although nothing should.

        :param pairs: models and methods to try
        :param bool strict: whether everything but AccessError is an answer, and not
            only what comes back without an error
        :param readable: models whose records may be read: only secrets are looked for
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
                if f"*.{method}" in self.exceptions or model_name in readable:
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

    def _fail_by_model(self, found):
        """Fail once for each visitor and model that told something.

        All models were asked by then, so one that fails hides no other.

        :param found: tuples of visitor, model, method or field, and answer
        """
        cases = {}
        for visitor, model_name, name, answer in found:
            told = cases.setdefault((visitor, model_name), [])
            told.append(f"{name}: {str(answer)[:100]}")
        for (visitor, model_name), told in sorted(cases.items()):
            with self.subTest(visitor=visitor, model=model_name):
                self.fail("\n".join(told))

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
                    self.tried["onchanges"].add((model_name, name, bool(records)))
                    if isinstance(answer, AccessError):
                        continue
                    # a model without records fails before it could tell anything
                    known = f"{INSIDER}:{model_name}" in self.exceptions
                    if known and isinstance(answer, AttributeError):
                        continue
                    found.append((visitor, model_name, name, repr(answer)[:200]))
        return found

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def _check_numbers(self, enough=True, **numbers):
        """Print how much was tried; it must not be less than it was.

        :param bool enough: whether the numbers are compared with those of the file
        :param numbers: further numbers, by kind
        """
        counted = {
            kind: {pair for pair in pairs if self._is_counted(pair[0])}
            for kind, pairs in self.tried.items()
        }
        by_series = json.loads((HERE / "matrix_numbers.json").read_text())
        # a series that is not in the file is held to the smallest number
        least = by_series.get(release.major_version) or {
            kind: min(each[kind] for each in by_series.values())
            for kind in next(iter(by_series.values()))
        }
        for kind, pairs in counted.items():
            numbers.setdefault(kind, len(pairs))
        for kind, number in numbers.items():
            if number:
                everything = len(self.tried.get(kind, ()))
                sys.stdout.write(
                    f"security matrix: {number} {kind} of the program tried"
                    f"{f', {everything} in all' if everything else ''}\n"
                )
                if enough:
                    self.assertGreaterEqual(number, least[kind], kind)

    def _is_counted(self, model_name):
        module = self.env.registry[model_name]._original_module
        return module in COUNTED or model_name == "crm.lead"
