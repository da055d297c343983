"""A secret that no login can have, searched over all models, methods and fields."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .matrix_registry import INSIDER, OUTSIDERS, RegistryCase

SECRET = "9f3planted7key5c1"
LOGINS = (*OUTSIDERS, INSIDER, "salesman", "manager")
KEYS = "crm.dealership.credential"


@tagged("post_install", "-at_install")
class TestMatrixSecret(RegistryCase):
    # ------------------------------------------------------------
    # THE SEARCH
    # ------------------------------------------------------------

    def _search_secret(self, visitor, model_names=None, methods=None):
        """Look for the secret in whatever a login is told.

        :param str visitor: who looks
        :param model_names: the models to read and to open forms of; by default all
        :param methods: pairs of models and methods to call; by default all of ours
        :return: list of texts: where it was found
        """
        model_names = model_names or sorted(self.env.registry)
        if methods is None:
            methods = {*self._get_pairs(), *self._get_added_methods()}
        for name, _method in methods:
            # made before anything is rolled back
            self._get_some_ids(name)
        found = []
        for name in model_names:
            # what is rolled back keeps no locks: there are more tables than locks
            with self._rolled_back():
                if SECRET in self._read_everything(visitor, name):
                    found.append(f"read {name}")
                if SECRET in self._open_forms(visitor, name):
                    found.append(f"onchange {name}")
        self.env.flush_all()
        for model_name, method in sorted(methods):
            self.tried["methods"].add((model_name, method))
            ids = self._get_some_ids(model_name)
            if SECRET in self._call(visitor, model_name, method, ids):
                found.append(f"call {model_name}.{method}")
        return found

    def _call(self, visitor, model_name, method, ids):
        """Return as text what a method answers about records; undo what it does."""
        answers = []
        # first all records, then one for methods that take no more
        for arguments in reversed(self._get_arguments(model_name, method, ids)):
            self.env.cr.execute("SAVEPOINT secret")
            answer = self._ask(visitor, model_name, method, arguments)
            answers.append(str(answer))
            if not isinstance(answer, AccessError):
                self.env.transaction.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT secret")
            self.env.cr.execute("RELEASE SAVEPOINT secret")
            if isinstance(answer, AccessError) or not isinstance(answer, Exception):
                break
        return " ".join(answers)

    def _read_everything(self, visitor, model_name):
        """Return as text what a user can read of a model's newest records."""
        Model = self.env[model_name].with_user(self.visitors[visitor])
        if Model._abstract or Model._transient:
            return ""
        names = [
            name
            for name, field in Model._fields.items()
            if field.type not in ("binary", "image")
        ]
        self.tried["fields"].update((model_name, name) for name in names)
        rows = self._ask(
            visitor, model_name, "search_read", [[], ["id"], 0, 20, "id desc"]
        )
        # of some models of Odoo there is no table, or no order
        if isinstance(rows, Exception):
            return str(rows)
        ids = [row["id"] for row in rows]
        texts = []
        # fields that are computed take long: of the newest alone
        stored = [name for name in names if Model._fields[name].store]
        for batch, asked in ((ids, stored), (ids[:2], names)):
            answer = self._ask(visitor, model_name, "read", [batch, asked])
            texts.append(str(answer))
            if isinstance(answer, Exception):
                # one of them is closed to this login, or breaks
                texts += [
                    str(self._ask(visitor, model_name, "read", [batch, [name]]))
                    for name in asked
                ]
        return " ".join(texts)

    def _open_forms(self, visitor, model_name):
        """Return as text what forms tell: a new one and one of the newest record."""
        Model = self.env[model_name]
        if Model._abstract:
            return ""
        spec = {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name, field in Model._fields.items()
            if field.type not in ("binary", "image")
        }
        newest = self._get_some_ids(model_name)[:1] if Model._transient else []
        if not Model._transient:
            newest = Model.search([], order="id desc", limit=1).ids
        self.tried["onchanges"].update((model_name, name) for name in spec)
        texts = []
        # a new form is filled with what is computed, that of a record with its changes
        forms = [([], []), (newest, list(spec))] if newest else [([], [])]
        for records, names in forms:
            answer = self._ask(
                visitor, model_name, "onchange", [records, {}, names, spec]
            )
            texts.append(str(answer))
            if isinstance(answer, AccessError) or not isinstance(answer, Exception):
                continue
            # one of them breaks without its values: each on its own
            for name in spec:
                arguments = [records, {}, names and [name], {name: spec[name]}]
                texts.append(str(self._ask(visitor, model_name, "onchange", arguments)))
        return " ".join(texts)

    # ------------------------------------------------------------
    # THE KEY OF A DEALER
    # ------------------------------------------------------------

    @mute_logger("odoo.models", "odoo.sql_db", "odoo.addons.base.models.ir_model")
    def test_a_dealers_key_is_reachable_by_nobody(self):
        """Where the dealers' orders are installed, their keys cannot be found out."""
        if KEYS not in self.env:
            return
        dealership = self.env["crm.dealership"].create({"name": "Dealer"})
        self.env[KEYS].create({"dealership_id": dealership.id, "secret": SECRET})
        self.records["deal"].write({"dealership_id": dealership.id})
        self.env.flush_all()
        for visitor in LOGINS:
            for place in self._search_secret(visitor) + self._guess_secret(visitor):
                with self.subTest(visitor=visitor, place=place):
                    self.fail("the key was told")
        self._check_numbers(enough=False)

    def _guess_secret(self, visitor):
        """Return the paths whose filters tell how the secret begins."""
        found = []
        for model_name, path in self._find_paths(KEYS, "secret", depth=3):
            answers = {
                str(
                    self._ask(
                        visitor,
                        model_name,
                        "search_count",
                        [[(path, "=like", f"{start}%")]],
                    )
                )
                for start in (SECRET[:2], "zz")
            }
            if len(answers) > 1:
                found.append(f"filter {model_name}.{path}")
        return found

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

    # ------------------------------------------------------------
    # THE SEARCH FINDS
    # ------------------------------------------------------------

    def test_a_planted_field_is_found(self):
        """By those who may read it, and by nobody else."""
        self.level.name = f"Level {SECRET}"
        self.env.flush_all()
        name = self.level._name
        for visitor in LOGINS:
            found = self._search_secret(visitor, [name], [(name, "name_search")])
            self.assertEqual(f"read {name}" in found, visitor not in OUTSIDERS, visitor)
            self.assertEqual(bool(found), visitor not in OUTSIDERS, visitor)

    def test_a_planted_method_is_found(self):
        """One that answers whoever asks, although its model is closed."""
        model_class = self.env.registry["crm.reseller.offer"]
        offer = self.records["deal"].reseller_offer_ids[:1].sudo()
        offer.explanation = f"{SECRET} was drawn"
        self.env.flush_all()
        self.some_ids[model_class._name] = offer.ids

        def peek(self):
            return self.sudo().mapped("explanation")

        model_class.peek = peek
        try:
            found = self._search_secret("stranger", [model_class._name])
        finally:
            del model_class.peek
        self.assertEqual(found, [f"call {model_class._name}.peek"])

    def test_a_planted_form_is_found(self):
        """A value that a new form is opened with."""
        self.env["ir.default"].set("crm.lead", "contact_name", SECRET)
        found = self._search_secret("salesman", ["crm.lead"], [])
        self.assertEqual(found, ["onchange crm.lead"])
        self.assertEqual(self._search_secret("stranger", ["crm.lead"], []), [])
