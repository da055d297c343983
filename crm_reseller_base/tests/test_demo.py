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
            self.assertEqual(
                offer.answered_by_id.partner_id.commercial_partner_id, offer.reseller_id
            )

    def test_leads_mirror_their_last_offer(self):
        for lead in self.leads:
            last = lead.reseller_offer_ids.sorted("id")[-1:]
            state = last.state or "none"
            self.assertEqual(
                lead.reseller_state, "none" if state == "withdrawn" else state
            )
            holds = state in ("pending", "accepted")
            self.assertEqual(
                lead.reseller_id,
                last.reseller_id if holds else self.env["res.partner"],
            )
            refused = lead.reseller_offer_ids.filtered(
                lambda offer: offer.state in ("declined", "expired")
            )
            self.assertEqual(lead.reseller_excluded_ids, refused.reseller_id)
            if last:
                self.assertEqual(
                    lead.reseller_offered_on or last.offered_on, last.offered_on
                )
