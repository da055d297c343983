import random

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestBatches(TransactionCase):
    """What the turns of offers cost does not grow with the number of resellers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("reseller_level_id", "!=", False)]).write(
            {"reseller_performance_factor": 0}
        )
        Rule = cls.env["crm.reseller.assignment.rule"]
        Rule.search([]).active = False
        Rule.create({"name": "Everything (test)", "method": "round_robin"})
        cls.reason = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Not now (test)", "reassign": True}
        )
        cls.level = cls.env["crm.reseller.level"].create(
            {"name": "Test level", "weight": 1}
        )
        cls.activation = cls.env.ref("crm_reseller_base.activation_fully_operational")

    def _make_resellers(self, number):
        """Resellers with an address, one person each, and an account for each."""
        resellers = self.env["res.partner"].create(
            [
                {
                    "name": f"Reseller {index}",
                    "is_company": True,
                    "country_id": self.env.ref("base.be").id,
                    "reseller_level_id": self.level.id,
                    "reseller_activation_id": self.activation.id,
                }
                for index in range(number)
            ]
        )
        people = self.env["res.partner"].create(
            [
                {
                    "name": f"Person {index}",
                    "email": f"person{index}@example.com",
                    "parent_id": reseller.id,
                }
                for index, reseller in enumerate(resellers)
            ]
        )
        field = "group_ids" if "group_ids" in self.env["res.users"]._fields else None
        self.env["res.users"].with_context(no_reset_password=True).create(
            [
                {
                    "name": person.name,
                    "login": f"test-{person.id}",
                    "partner_id": person.id,
                    field or "groups_id": [
                        (6, 0, self.env.ref("base.group_portal").ids)
                    ],
                }
                for person in people
            ]
        )
        return resellers

    def _offer(self, number):
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {index}",
                    "type": "lead",
                    "user_id": False,
                    "country_id": self.env.ref("base.be").id,
                }
                for index in range(number)
            ]
        )
        leads._assign_by_rules(rng=random.Random(3), inline=False)
        return leads

    def _count(self, leads, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work(leads)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_statements_do_not_grow_with_the_resellers(self):
        turns = {
            "accepted": lambda leads: leads.reseller_accept(),
            "returned": lambda leads: leads.reseller_return(self.reason),
            "declined": lambda leads: leads.reseller_decline(self.reason),
            "expired": lambda leads: leads._pending_offers()._expire(),
            "told": lambda leads: leads.reseller_offer_ids._send_notices(),
            "withdrawn": lambda leads: leads.reseller_withdraw("Ours"),
        }
        counts = {}
        accepted = self.env["crm.lead"]
        for number in (10, 200):
            resellers = self._make_resellers(number)
            # as many leads both times, so that the resellers alone make the difference
            for turn, work in turns.items():
                leads = accepted if turn == "returned" else self._offer(200)
                self.assertEqual(len(leads.reseller_id), number, turn)
                counts.setdefault(turn, []).append(self._count(leads, work))
                if turn == "accepted":
                    accepted = leads
            resellers.reseller_weight = 0
        for turn, (few, many) in counts.items():
            self.assertLessEqual(many, few + 5, turn)
