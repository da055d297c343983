"""Filters of rules and the assignment preview tell only what their user may know."""

import time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestFaultsFilters(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sally = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.manny = cls.make_user("manny", "sales_team.group_sale_manager")
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.clerk = cls.make_user("clerk", "base.group_user")

    # ------------------------------------------------------------
    # FILTERS
    # ------------------------------------------------------------

    def get_forbidden_paths(self):
        """Paths to what only administrators, or no one, may read; from the registry."""
        found = {"crm.lead": set(), "res.partner": set()}
        for model, paths in found.items():
            for name, field in self.env[model]._fields.items():
                if not field.relational:
                    continue
                for inner, deep in self.env[field.comodel_name]._fields.items():
                    groups = set((deep.groups or "").replace(" ", "").split(","))
                    if groups - {""} and groups <= {
                        ".",
                        "base.group_system",
                        "base.group_erp_manager",
                    }:
                        paths.add(f"{name}.{inner}")
        return found

    def test_no_filter_reaches_what_administrators_keep(self):
        """Whoever saves it, an administrator too: the results would tell others."""
        tried = 0
        for model, paths in self.get_forbidden_paths().items():
            fname = "lead_domain" if model == "crm.lead" else "reseller_domain"
            for path in sorted(paths):
                tried += 1
                for domain in (
                    [(path, "!=", False)],
                    ["!", (path, "=", False)],
                    [(path.split(".", 1)[0], "any", [(path.split(".", 1)[1], "=", 1)])],
                ):
                    with self.subTest(path=path), self.assertRaises(ValidationError):
                        self.rule.write({fname: repr(domain)})
        self.assertGreater(tried, 5)

    def test_a_filter_refers_to_what_its_author_may_read(self):
        """The same filter is fine for a user who may read the field."""
        field = self.env["res.partner"]._fields["reseller_zip_prefixes"]
        self.patch(field, "groups", "crm_reseller_base.nothing,base.group_portal")
        with self.assertRaises(ValidationError):
            self.rule.with_user(
                self.manny
            ).reseller_domain = "[('reseller_zip_prefixes', '!=', False)]"
        self.rule.reseller_domain = "[]"
        self.rule.with_user(self.manny).reseller_domain = "[('name', '!=', False)]"

    def test_a_filter_refers_to_what_can_be_searched(self):
        """Odoo leaves out other conditions: the rule would fit every lead."""
        for path in ("user_id.password", "reseller_due_text", "user_id.new_password"):
            with self.assertRaisesRegex(ValidationError, "is not for filters"):
                self.rule.lead_domain = repr([(path, "=like", "4%")])

    def test_expressions_are_refused_at_once(self):
        for text in (
            "[('id', '=', 7**12000000 % 10)]",
            "[('id', '=', 9**9**9)]",
            "__import__('os')",
            "[('id', 'inselect', ('SELECT 1', ()))]",
        ):
            before = time.process_time()
            with self.assertRaises(ValidationError):
                self.rule.lead_domain = text
            self.assertLess(time.process_time() - before, 5, text)

    def test_forms_answer_nothing_about_unsaved_text(self):
        """A text that a form holds is never evaluated, for anyone."""
        spec = {"reseller_domain": {}, "is_broken": {}, "waiting_lead_count": {}}
        for text in ("[('name', '=like', 'Al\\\\')]", "[('nope', '=', 1)]", "9**9"):
            values = {"name": "x", "reseller_domain": text, "lead_domain": text}
            for user in (self.manny, self.env.user):
                answer = (
                    self.rule.browse()
                    .with_user(user)
                    .onchange(values, ["reseller_domain"], spec)["value"]
                )
                self.assertFalse(answer.get("is_broken"))
                self.assertFalse(answer.get("waiting_lead_count"))
            for user in (self.ann, self.clerk):
                with self.assertRaises(AccessError):
                    self.rule.browse().with_user(user).onchange(
                        values, ["reseller_domain"], spec
                    )

    def test_a_broken_filter_is_shown(self):
        self.env.cr.execute(
            "UPDATE crm_reseller_assignment_rule SET lead_domain = %s WHERE id = %s",
            ["[('gone_with_its_addon', '=', 1)]", self.rule.id],
        )
        self.rule.invalidate_recordset()
        self.assertTrue(self.rule.with_user(self.manny).is_broken)
        self.assertFalse(self.rule.with_user(self.manny).waiting_lead_count)

    # ------------------------------------------------------------
    # ONCHANGE
    # ------------------------------------------------------------

    def test_forms_of_the_program_answer_its_users_only(self):
        """Every model that takes part; found in the registry."""
        mixin = self.registry["crm.reseller.guard.mixin"]
        guarded = [
            name
            for name, model in self.registry.items()
            if issubclass(model, mixin) and not model._abstract
        ]
        self.assertGreaterEqual(len(guarded), 7)
        for name in guarded:
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.ann).onchange({}, [], {})

    # ------------------------------------------------------------
    # PREVIEW
    # ------------------------------------------------------------

    def preview(self, leads, user):
        spec = {
            "lead_ids": {},
            "line_ids": {
                "fields": {
                    "lead_id": {"fields": {"display_name": {}}},
                    "reseller_id": {"fields": {"display_name": {}}},
                    "explanation": {},
                }
            },
            "subject": {},
            "preview_body": {},
        }
        values = {"lead_ids": [[6, 0, leads.ids]], "mode": "automatic", "seed": 7}
        return (
            self.env["crm.reseller.assign.wizard"]
            .with_user(user)
            .onchange(values, ["lead_ids"], spec)["value"]
        )

    def test_preview_answers_those_who_may_assign(self):
        theirs = self.make_leads(user_id=self.manny.id)
        self.assertTrue(self.preview(theirs, self.manny)["line_ids"])
        for user in (self.ann, self.clerk, self.sally):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.preview(theirs, user)
        with self.assertRaises(AccessError):
            wizard = (
                self.env["crm.reseller.assign.wizard"]
                .with_user(self.sally)
                .create({"lead_ids": [(6, 0, theirs.ids)]})
            )
            self.assertFalse(wizard.line_ids)

    def test_preview_shows_the_mail_that_is_sent(self):
        self.let_in(self.alfa | self.beta)
        lead = self.make_leads(
            name="Pumps", partner_name="Acme", user_id=self.manny.id, city="Ghent"
        )
        action = lead.with_user(self.manny).action_open_reseller_wizard()
        wizard = (
            self.env[action["res_model"]].with_user(self.manny).browse(action["res_id"])
        )
        self.assertEqual(wizard.preview_lead_id, lead)
        reseller = wizard.line_ids.reseller_id
        self.assertIn("Acme", wizard.preview_body)
        self.assertIn(reseller.name, wizard.preview_to)
        self.assertNotIn("Ready Mat", wizard.preview_body)
        self.assertFalse(lead.reseller_id, "nothing is offered yet")
        self.assertEqual(lead.reseller_state, "none")
        shown = wizard.preview_subject
        wizard.action_confirm()
        mail = self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )
        self.assertEqual(mail.subject, shown)
