"""Scenarios that once went wrong: resellers that change, move, merge or leave."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestFaultsProgram(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sally = cls.make_user(
            "sally", "sales_team.group_sale_salesman", "base.group_partner_manager"
        )
        cls.manny = cls.make_user(
            "manny", "sales_team.group_sale_manager", "base.group_partner_manager"
        )
        cls.Partner = cls.env["res.partner"]

    # ------------------------------------------------------------
    # WHO MAKES A RESELLER
    # ------------------------------------------------------------

    def get_ways(self):
        """Every way to a value of a guarded field, each as a function of values."""
        as_sally = self.Partner.with_user(self.sally)

        def defaults(values):
            context = {f"default_{name}": value for name, value in values.items()}
            return as_sally.with_context(**context)

        def commands(values):
            child = {"name": "x", "is_company": True, **values}
            # Odoo 19 makes the lines of a contact as who began the transaction
            with self.with_user(self.sally.login):
                parent = as_sally.create(
                    {"name": "Parent", "child_ids": [(0, 0, child)]}
                )
            return parent.child_ids

        def load(values):
            names = list(values)
            rows = [["x", "1", *(str(values[name]) for name in names)]]
            columns = [f"{n}/.id" if n.endswith("_id") else n for n in names]
            as_sally.load(["name", "is_company", *columns], rows)
            return as_sally.search([("name", "=", "x")])

        def own_default(values):
            for name, value in values.items():
                self.env["ir.default"].set("res.partner", name, value, self.sally.id)
            return as_sally.create({"name": "x", "is_company": True})

        return {
            "create": lambda values: as_sally.create(
                {"name": "x", "is_company": True, **values}
            ),
            "write": lambda values: (
                partner := as_sally.create({"name": "x", "is_company": True})
            ).write(values)
            and partner,
            "context": lambda values: defaults(values).create(
                {"name": "x", "is_company": True}
            ),
            "name_create": lambda values: as_sally.browse(
                defaults(values).name_create("x")[0]
            ),
            "commands": commands,
            "import": load,
            "own default": own_default,
        }

    def test_no_way_makes_a_reseller_but_the_managers(self):
        values = {
            "reseller_level_id": self.gold.id,
            "reseller_weight": 5000,
            "reseller_weight_custom": True,
            "reseller_performance_factor": 9.0,
            "reseller_zip_prefixes": "1,2,3",
        }
        for way, act in self.get_ways().items():
            for chosen in [values, *({n: v} for n, v in values.items())]:
                if chosen == {"reseller_weight_custom": True} and way == "import":
                    continue  # a text of a file, read as no
                with self.subTest(way=way, names=list(chosen)):
                    try:
                        with self.env.cr.savepoint():
                            made = act(chosen).sudo()
                    except AccessError:
                        continue
                    self.assertFalse(made.reseller_level_id)
                    self.assertFalse(made.filtered("reseller_weight"))
                    self.assertFalse(made.filtered("reseller_weight_custom"))
                    self.assertFalse(made.filtered("reseller_zip_prefixes"))
                    for partner in made:
                        self.assertEqual(partner.reseller_performance_factor, 1.0)

    def test_the_same_ways_work_for_managers(self):
        Partner = self.Partner.with_user(self.manny)
        made = Partner.with_context(default_reseller_level_id=self.gold.id).create(
            {"name": "x", "is_company": True}
        )
        self.assertEqual(made.reseller_level_id, self.gold)

    def test_a_copy_is_no_reseller(self):
        self.alfa.write({"reseller_zip_prefixes": "1", "reseller_max_open_leads": 3})
        copy = self.alfa.with_user(self.sally).copy().sudo()
        self.assertFalse(copy.reseller_level_id)
        self.assertFalse(copy.reseller_zip_prefixes)
        self.assertEqual(copy.reseller_effective_weight, 0)
        self.assertFalse(self.alfa.copy().reseller_level_id)

    def test_form_of_a_salesperson(self):
        """The default of the factor comes along with each new contact."""
        Partner = self.Partner.with_user(self.sally)
        with Form(Partner.with_context(default_reseller_weight=7)) as form:
            form.name = "New customer"
        self.assertFalse(form.save().sudo().reseller_weight)

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def test_level_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        for model, name in (
            ("crm.reseller.level", "reseller_level_id"),
            ("crm.reseller.activation", "reseller_activation_id"),
            ("crm.reseller.direction", "reseller_direction_ids"),
        ):
            theirs = self.env[model].create({"name": "Theirs", "company_id": other.id})
            value = [(4, theirs.id)] if name.endswith("_ids") else theirs.id
            with self.subTest(name=name):
                with self.assertRaises(ValidationError):
                    self.make_reseller(
                        "Gamma", company_id=self.env.company.id, **{name: value}
                    )
                # a manager who cannot see it gives it to no partner at all;
                # for links, Odoo 19 refuses it as well
                with self.assertRaises(UserError):
                    self.alfa.with_user(self.manny).write({name: value})
        self.alfa.company_id = self.env.company
        mine = self.env["crm.reseller.level"].create(
            {"name": "Mine", "company_id": self.env.company.id}
        )
        self.alfa.reseller_level_id = mine
        with self.assertRaises(ValidationError):
            self.alfa.company_id = other

    # ------------------------------------------------------------
    # ADDRESS AND POSITION
    # ------------------------------------------------------------

    def test_same_address_keeps_the_position(self):
        place = {"partner_latitude": 50.85, "partner_longitude": 4.35}
        self.alfa.write({"street": "Rue A 1", "zip": "1000", "city": "Brussels"})
        self.alfa.write(place)
        self.alfa.write({"street": "Rue A 1", "zip": "1000", "city": "Brussels"})
        self.assertAlmostEqual(self.alfa.partner_latitude, 50.85)
        self.alfa.write({"street": "Rue A 1", "city": "Antwerp"})
        self.assertFalse(self.alfa.partner_latitude)
        # of several, those that move lose theirs
        (self.alfa | self.beta).write({"city": "Ghent"})
        (self.alfa | self.beta).write(place)
        self.beta.write({"city": "Bruges", **place})
        (self.alfa | self.beta).write({"city": "Ghent"})
        self.assertTrue(self.alfa.partner_latitude)
        self.assertFalse(self.beta.partner_latitude)

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def test_addresses_are_no_people(self):
        zoe, __, old = self.Partner.create(
            [
                {"name": "Zoe", "parent_id": self.alfa.id},
                {"name": "Accounts", "parent_id": self.alfa.id, "type": "invoice"},
                {"name": "Old", "parent_id": self.alfa.id},
            ]
        )
        self.Partner.create(
            [
                {"name": kind, "parent_id": self.alfa.id, "type": kind}
                for kind in ("delivery", "other")
            ]
        )
        self.Partner.create(
            {"name": "Branch", "parent_id": self.alfa.id, "is_company": True}
        )
        old.active = False
        self.assertEqual(self.alfa._get_reseller_people(), zoe)

    # ------------------------------------------------------------
    # LEAVING
    # ------------------------------------------------------------

    def leave_with_leads(self, leave):
        self.let_in(self.alfa | self.beta)
        accepted, pending, won = self.make_leads(3)
        (accepted | pending | won).assign_to_reseller(self.alfa)
        (accepted | won).reseller_accept()
        won.write({"type": "opportunity"})
        won.action_set_won()
        self.alfa.user_ids.active = False
        leave()
        self.assertEqual(
            pending.reseller_offer_ids.filtered(
                lambda offer: offer.reseller_id == self.alfa
            ).state,
            "withdrawn",
        )
        self.assertNotEqual(pending.reseller_id, self.alfa)
        self.assertEqual(accepted.reseller_id, self.alfa)
        self.assertEqual(accepted.reseller_assign_issue, "reseller_left")
        self.assertTrue(accepted.activity_ids)
        self.assertFalse(won.reseller_assign_issue)

    def test_archived_with_leads(self):
        self.leave_with_leads(lambda: self.alfa.write({"active": False}))

    def test_level_removed_with_leads(self):
        self.leave_with_leads(lambda: self.alfa.write({"reseller_level_id": False}))

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def test_directions_and_home(self):
        first, second = self.env["crm.reseller.direction"].create(
            [{"name": "Second", "sequence": 2}, {"name": "First", "sequence": 1}]
        )[::-1]
        self.alfa.reseller_direction_ids = second | first
        self.assertEqual(self.alfa.reseller_direction_id, first)
        first.sequence = 3
        self.assertEqual(self.alfa.reseller_direction_id, second)
        self.alfa.reseller_direction_id = first
        self.assertEqual(self.alfa.reseller_direction_ids, first | second)
        self.alfa.reseller_direction_ids = False
        self.assertFalse(self.alfa.reseller_direction_id)
        self.beta.reseller_direction_id = second
        self.assertEqual(self.beta.reseller_direction_ids, second)

    def test_results_on_the_form(self):
        leads = self.make_leads(4, type="opportunity", expected_revenue=100)
        won, open_lead, declined, pending = leads
        leads.assign_to_reseller(self.alfa)
        (won | open_lead).reseller_accept()
        declined.reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )
        won.action_set_won()
        self.assertEqual(pending.reseller_state, "pending")
        self.alfa.invalidate_recordset()
        self.assertAlmostEqual(self.alfa.reseller_acceptance_rate, 200 / 3, places=1)
        self.assertEqual(self.alfa.reseller_won_revenue, 100)
        self.env.flush_all()
        [(offers, accepted, opened, wins, revenue)] = self.env[
            "crm.reseller.partnership"
        ]._read_group(
            [("reseller_id", "=", self.alfa.id)],
            [],
            ["offers:sum", "accepted:sum", "open_leads:sum", "won:sum", "revenue:sum"],
        )
        self.assertEqual((offers, accepted, opened, wins, revenue), (4, 2, 2, 1, 100))
        idle = self.env["crm.reseller.partnership"].search(
            [("reseller_id", "=", self.beta.id)]
        )
        self.assertEqual((len(idle), idle.offers), (1, 0))

    def test_capacity_follows_the_limit(self):
        self.assertEqual(self.alfa.reseller_capacity, 0)
        self.alfa.reseller_max_open_leads = 2
        self.assertEqual(self.alfa.reseller_capacity, 2)
