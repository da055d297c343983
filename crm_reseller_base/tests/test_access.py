"""Who sees which offers and which settings."""

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestAccess(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sally = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.alice = cls.make_user("alice", "sales_team.group_sale_salesman_all_leads")
        cls.manny = cls.make_user("manny", "sales_team.group_sale_manager")
        cls.mine = cls.make_leads(user_id=cls.sally.id)
        cls.nobodys = cls.make_leads()
        cls.others = cls.make_leads(user_id=cls.alice.id)
        cls.leads = cls.mine | cls.nobodys | cls.others
        cls.leads.assign_to_reseller(cls.alfa)

    def seen_by(self, user):
        self.env.flush_all()
        return (
            self.env["crm.reseller.offer"]
            .with_user(user)
            .search([("lead_id", "in", self.leads.ids)])
            .lead_id
        )

    def test_offers_follow_the_leads(self):
        self.assertEqual(self.seen_by(self.sally), self.mine | self.nobodys)
        self.assertEqual(self.seen_by(self.alice), self.leads)
        self.assertEqual(self.seen_by(self.manny), self.leads)

    def test_company_of_offers(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.others.write({"company_id": other.id, "user_id": False})
        self.env.flush_all()
        # the offer keeps the company it was made in, the lead decides who sees it
        self.assertEqual(self.seen_by(self.alice), self.mine | self.nobodys)

    def test_company_of_the_program(self):
        """Levels, rules and the rest belong to one company, or to all."""
        other = self.env["res.company"].create({"name": "Other"})
        for model, vals in (
            ("crm.reseller.level", {}),
            ("crm.reseller.activation", {}),
            ("crm.reseller.direction", {}),
            ("crm.reseller.assignment.rule", {}),
        ):
            hidden = self.env[model].create(
                {"name": "Hidden", "company_id": other.id, **vals}
            )
            found = self.env[model].with_user(self.manny).search([])
            self.assertNotIn(hidden, found, model)
            with self.assertRaises(AccessError, msg=model):
                hidden.with_user(self.manny).write({"name": "Seen"})

    def test_rights_by_group(self):
        """Everyone reads the program, sales administrators alone change it."""
        records = [
            self.gold,
            self.operational,
            self.territory_reason,
            self.rule,
            self.env["crm.reseller.direction"].create({"name": "D"}),
        ]
        for record in records:
            record.with_user(self.sally).read(["name"])
            for user in (self.sally, self.alice):
                with self.assertRaises(AccessError, msg=record):
                    record.with_user(user).write({"name": "Changed"})
                with self.assertRaises(AccessError, msg=record):
                    record.with_user(user).copy()
            record.with_user(self.manny).write({"name": "Changed"})

    def test_portal_users_see_nothing_of_it(self):
        ann = self.make_portal_user(self.alfa, "ann")
        for model in (
            "crm.reseller.offer",
            "crm.reseller.assignment.rule",
            "crm.reseller.capacity.lock",
            "crm.reseller.round.robin",
            "crm.reseller.assignment.run",
            "crm.reseller.assignment.snapshot",
            "crm.reseller.assign.wizard",
        ):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(ann).search([])

    def test_private_by_name(self):
        """What starts with an underscore cannot be called over RPC; the rest defends
        itself, so there must be no other public method that writes."""
        public = {
            name
            for model in ("crm.lead", "crm.reseller.offer", "crm.reseller.assigner")
            for klass in type(self.env[model]).mro()
            if "crm_reseller_base" in klass.__module__
            for name, member in vars(klass).items()
            if callable(member) and not name.startswith("_")
        }
        self.assertEqual(
            public - {"create", "write", "init"},
            {
                "action_assign_resellers",
                "action_extend",
                "action_locate",
                "action_open_reseller_wizard",
                "action_reassign",
                "action_remind",
                "action_withdraw",
                "assign_to_reseller",
                "reseller_accept",
                "reseller_convert",
                "reseller_decline",
                "reseller_return",
                "reseller_withdraw",
            },
        )
