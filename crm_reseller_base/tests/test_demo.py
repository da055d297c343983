"""The demo data shows a channel at work, with offers in every state."""

from odoo.modules.module import get_manifest
from odoo.tests.common import TransactionCase, tagged
from odoo.tools.convert import convert_file

ADDON = "crm_reseller_base"


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(f"{ADDON}.demo_reseller_meunier", raise_if_not_found=False):
            # a database without demo data: load it for the length of this class
            for name in get_manifest(ADDON)["demo"]:
                convert_file(cls.env, ADDON, name, {}, mode="init", noupdate=True)
        cls.resellers = cls._demo("res.partner", "demo_reseller_%")
        cls.leads = cls._demo("crm.lead", "demo_lead_%")

    @classmethod
    def _demo(cls, model, pattern):
        """The demo records of a model, archived ones included."""
        data = cls.env["ir.model.data"].search(
            [
                ("module", "=", ADDON),
                ("model", "=", model),
                ("name", "=like", pattern),
            ]
        )
        return cls.env[model].browse(data.mapped("res_id"))

    def test_resellers(self):
        self.assertEqual(len(self.resellers), 30)
        self.assertGreaterEqual(len(self.resellers.country_id), 8)
        self.assertEqual(
            self.resellers.reseller_level_id, self.env["crm.reseller.level"].search([])
        )
        for reseller in self.resellers:
            self.assertTrue(reseller.reseller_activation_id)
            self.assertTrue(reseller.partner_latitude)
            self.assertTrue(reseller.partner_longitude)
            self.assertTrue(reseller.reseller_country_ids)
            self.assertTrue(reseller.reseller_type_id)
            self.assertIn(
                reseller.reseller_direction_id, reseller.reseller_direction_ids
            )
        self.assertGreaterEqual(len(self.resellers.reseller_type_id), 3)
        custom = self.resellers.filtered("reseller_weight_custom")
        self.assertEqual(sorted(custom.mapped("reseller_weight")), [0, 4, 5])

    def test_sign_in_names(self):
        groups = {
            "agent": "sales_team.group_sale_salesman",
            "manager": "sales_team.group_sale_manager",
            "reseller": "base.group_portal",
            "supervisor": "base.group_portal",
            "rival": "base.group_portal",
        }
        users = {name: self.env.ref(f"{ADDON}.demo_user_{name}") for name in groups}
        for name, user in users.items():
            self.assertEqual(user.login, name)
            self.assertTrue(user.has_group(groups[name]), name)
        self.assertEqual(
            users["reseller"].commercial_partner_id,
            users["supervisor"].commercial_partner_id,
        )
        self.assertTrue(users["rival"].commercial_partner_id.reseller_level_id)
        self.assertNotEqual(
            users["rival"].commercial_partner_id,
            users["reseller"].commercial_partner_id,
        )

    def test_offers_in_every_state(self):
        offers = self.leads.reseller_offer_ids
        outcomes = {outcome for outcome, _label in offers._fields["state"].selection}
        self.assertEqual(set(offers.mapped("state")), outcomes)
        for offer in offers:
            self.assertEqual(bool(offer.answered_on), offer.state != "pending")
            self.assertLessEqual(offer.offered_on, offer.answered_on or offer.due_on)
        people = offers.answered_by_id
        self.assertTrue(people, "who answered is part of the story")
        for offer in offers.filtered("answered_by_id"):
            if offer.state == "withdrawn":  # by the team
                continue
            self.assertEqual(
                offer.answered_by_id.partner_id.commercial_partner_id, offer.reseller_id
            )

    def test_leads_mirror_their_last_offer(self):
        Offer = self.env["crm.reseller.offer"]
        for lead in self.leads:
            last = lead.reseller_offer_ids.sorted("id")[-1:]
            if not last:
                self.assertEqual(
                    (lead.reseller_state, lead.reseller_id.id), ("none", False)
                )
                continue
            for name, value in last._get_lead_vals().items():
                stored = lead[name].id if name.endswith("_id") else lead[name]
                self.assertEqual(stored, value, f"{lead.name}: {name}")
            excluding = Offer.search(
                [("lead_id", "=", lead.id), *Offer._get_excluding_domain()]
            )
            self.assertEqual(lead.reseller_excluded_ids, excluding.reseller_id)

    def test_agent_and_pool_have_machine_leads(self):
        """The first five minutes of the README need leads to work with."""
        agent = self.env.ref(f"{ADDON}.demo_user_agent")
        meunier = self.env.ref(f"{ADDON}.demo_reseller_meunier")
        current = self.leads.filtered("active")
        own = current.filtered(lambda lead: lead.user_id == agent)
        for number in range(1, 5):
            stage = self.env.ref(f"crm.stage_lead{number}")
            self.assertIn(
                stage, own.filtered(lambda x: x.type == "opportunity").stage_id
            )
        theirs = current.filtered(lambda lead: lead.reseller_id == meunier)
        self.assertEqual(theirs.filtered("active").user_id, agent)
        self.assertEqual(set(theirs.mapped("reseller_state")), {"pending", "accepted"})
        pool = current.filtered(lambda lead: not lead.user_id)
        self.assertGreaterEqual(len(pool), 5)
        self.assertFalse(pool.reseller_id)

    def test_odoo_demo_leads_are_out_of_sight(self):
        furniture = self.env.ref("crm.crm_case_1", raise_if_not_found=False)
        if furniture:
            self.assertFalse(furniture.active)
            self.assertTrue(furniture.probability, "archived is not lost")

    def test_each_lead_says_what_is_wanted(self):
        for lead in self.leads:
            self.assertGreater(len(lead.description), 40)
            self.assertTrue(lead.email_from.isascii(), lead.email_from)

    def test_dates_are_in_working_hours(self):
        """Deadlines count working hours, so none of the demo ends at a weekend."""
        offers = self.leads.reseller_offer_ids
        for moment in [*offers.mapped("offered_on"), *offers.mapped("due_on")]:
            self.assertLess(moment.weekday(), 5, moment)
        now = self.env.cr.now()
        for offer in offers.filtered(lambda offer: offer.state == "pending"):
            self.assertGreater(offer.due_on, now)

    def test_a_year_of_history(self):
        """Reports and charts have something to show for each month."""
        answered = self.leads.reseller_offer_ids.mapped("answered_on")
        months = {moment.strftime("%Y-%m") for moment in answered if moment}
        self.assertGreaterEqual(len(months), 11)
        closed = self.leads.filtered("date_closed")
        self.assertGreater(
            len(closed.filtered(lambda lead: lead.probability == 100)), 40
        )
        for lead in closed:
            self.assertLess(lead.create_date, lead.date_closed)
        lost = self.leads.filtered(lambda lead: not lead.active)
        self.assertTrue(all(lead.lost_reason_id for lead in lost))
