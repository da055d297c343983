from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestContactKeys(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, no_reset_password=True))
        cls.Key = cls.env["crm.contact.key"]
        cls.Generic = cls.env["crm.contact.generic"]
        cls.manager = new_test_user(
            cls.env, "keys_manager", groups="sales_team.group_sale_manager"
        )
        cls.salesman = new_test_user(
            cls.env, "keys_salesman", groups="sales_team.group_sale_salesman"
        )

    def test_keys_are_digests_and_go_away(self):
        self.Key._reserve(["email:secret@example.com"])
        self.assertFalse(self.Key.search([("name", "like", "secret")]))
        self.assertTrue(self.Key.search_count([]))
        self.env.cr.execute("UPDATE crm_contact_key SET used_on = '2000-01-01'")
        self.Key._gc_keys()
        self.Key.invalidate_model()
        self.assertEqual(self.Key.search_count([]), 0)

    def test_placeholders_prove_nothing(self):
        for address in (
            *("none@none.com", "test@test.com", "NoReply@shop.example"),
            *("no-reply+7@shop.example", "anything@unknown.com"),
        ):
            customer = self.Key._identify(emails=[address])
            self.assertEqual(customer.keys, (), address)

    def test_a_free_mail_provider_is_no_company(self):
        customer = self.Key._identify(emails=["pat.doe@gmail.com"])
        self.assertEqual(customer.keys, ("email:pat.doe@gmail.com",))
        self.assertEqual(customer.domain, "")
        customer = self.Key._identify(emails=["pat@acme.example"])
        self.assertEqual(customer.domain, "acme.example")

    def test_the_list_is_the_team_s(self):
        listed = self.Generic.with_user(self.manager).create(
            {"name": " Info@Acme.example ", "kind": "address"}
        )
        self.assertEqual(listed.name, "info@acme.example")
        self.assertFalse(self.Key._identify(emails=["info@acme.example"]).keys)
        listed.active = False
        self.assertTrue(self.Key._identify(emails=["info@acme.example"]).keys)
        with self.assertRaises(ValidationError):
            listed.name = "nonsense"
        with self.assertRaises(AccessError):
            self.Generic.with_user(self.salesman).create({"name": "x@acme.example"})

    def test_the_third_customer_of_an_address(self):
        key = "email:office@acme.example"
        self.assertFalse(self.Generic._learn({key: {"one", "two"}}))
        learned = self.Generic._learn({key: {"one", "two", "three"}})
        self.assertEqual(
            (learned.kind, learned.name, learned.origin),
            ("address", "office@acme.example", "automatic"),
        )
        learned.active = False  # someone knows better
        self.assertFalse(self.Generic._learn({key: {"one", "two", "three"}}))

    def test_matches_come_with_reasons(self):
        lead, namesake = self.env["crm.lead"].create(
            [
                {
                    "name": "A",
                    "email_from": "pat@acme.example",
                    "phone": "+32470123456",
                },
                {"name": "B", "partner_name": "Acmé S.A."},
            ]
        )
        partner = self.env["res.partner"].create(
            {"name": "Acme", "is_company": True, "vat": "BE0477472701"}
        )
        customer = self.Key._identify(
            emails=["Pat <PAT@acme.example>"],
            phones=["0032 470 12 34 56"],
            company="ACME NV",
            vat="BE 0477.472.701",
        )
        [matches] = self.Key._find_matches([customer])
        by_record = dict(matches)
        self.assertEqual(by_record[lead].strength, "proof")
        self.assertEqual(
            by_record[lead].reasons,
            (
                ("email", "pat@acme.example"),
                ("phone", "+32470123456"),
                ("domain", "acme.example"),
            ),
        )
        self.assertEqual(by_record[namesake].strength, "weak")
        self.assertEqual(by_record[partner].strength, "proof")
        self.assertEqual(matches[-1][1].strength, "weak")

    def test_statements_do_not_grow_with_the_batch(self):
        def cost(size):
            customers = [
                self.Key._identify(emails=[f"{size}-{i}@acme.example"])
                for i in range(size)
            ]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Key._reserve({k for c in customers for k in c.keys})
            self.Key._find_matches(customers)
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertEqual(cost(2), cost(100))

    def test_forms_answer_those_who_may_use_them(self):
        """Every model of ours, found in the registry."""
        stranger = new_test_user(self.env, "keys_stranger", groups="base.group_portal")
        employee = new_test_user(self.env, "keys_employee", groups="base.group_user")
        ours = [
            name
            for name, model in self.env.registry.items()
            if model._original_module in ("crm_contact_keys",) and not model._abstract
        ]
        self.assertGreaterEqual(set(ours), {"crm.contact.key", "crm.contact.generic"})
        for name in ours:
            for user in (stranger, employee):
                with self.assertRaises(AccessError, msg=f"{name} {user.login}"):
                    self.env[name].with_user(user).onchange({}, [], {"name": {}})
