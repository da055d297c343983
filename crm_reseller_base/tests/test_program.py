"""Levels, weights, and who may change them."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..const import NO_NOTICE
from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestProgram(ResellerCase):
    def test_weight_follows_the_level(self):
        self.assertEqual(self.alfa.reseller_weight, 3)
        self.gold.weight = 5
        self.assertEqual(self.alfa.reseller_weight, 5)
        self.alfa.reseller_level_id = self.silver
        self.assertEqual(self.alfa.reseller_weight, 2)

    def test_override_survives(self):
        """7 stays 7 when Gold's weight goes from 3 to 5, and when the level changes."""
        self.alfa.reseller_weight = 7
        self.gold.weight = 5
        self.assertEqual(self.alfa.reseller_weight, 7)
        self.assertTrue(self.alfa.reseller_weight_custom)
        self.assertEqual(self.beta.reseller_weight, 5)
        self.alfa.reseller_level_id = self.silver
        self.assertEqual(self.alfa.reseller_weight, 7)
        self.alfa.action_reseller_reset_weight()
        self.assertEqual(self.alfa.reseller_weight, 2)
        self.assertFalse(self.alfa.reseller_weight_custom)

    def test_override_given_on_creation(self):
        gamma = self.make_reseller("Gamma", reseller_weight=7)
        self.gold.weight = 5
        self.assertEqual(gamma.reseller_weight, 7)

    def test_override_zero(self):
        """0 is a weight like any other: it stays, and means no leads."""
        self.alfa.reseller_weight = 0
        self.gold.weight = 5
        self.assertEqual(self.alfa.reseller_weight, 0)

    def test_level_weight_repeated_is_no_override(self):
        (self.alfa | self.beta).write({"reseller_weight": 3})
        self.assertFalse(self.alfa.reseller_weight_custom)
        self.beta.reseller_level_id = self.silver
        (self.alfa | self.beta).write({"reseller_weight": 3})
        self.assertFalse(self.alfa.reseller_weight_custom)
        self.assertTrue(self.beta.reseller_weight_custom)

    def test_form_shows_the_override(self):
        form = Form(self.alfa)
        form.reseller_weight = 7
        self.assertTrue(form.reseller_weight_custom)
        form.save()
        self.assertTrue(self.alfa.reseller_weight_custom)
        form = Form(self.beta)
        form.reseller_level_id = self.silver
        self.assertEqual(form.reseller_weight, 2)
        form.save()
        self.assertFalse(self.beta.reseller_weight_custom)

    def test_effective_weight(self):
        self.alfa.reseller_performance_factor = 1.5
        self.assertEqual(self.alfa.reseller_effective_weight, 4.5)

    @mute_logger("odoo.sql_db")
    def test_negative_weight_is_refused_by_the_database(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute(
                "UPDATE crm_reseller_level SET weight = -1 WHERE id = %s",
                [self.gold.id],
            )

    def test_negative_override_is_refused(self):
        with self.assertRaises(ValidationError):
            self.alfa.reseller_weight = -1

    def test_level_in_use_cannot_be_deleted(self):
        """The message counts archived resellers, and those of other companies."""
        level = self.env["crm.reseller.level"].create({"name": "Platinum"})
        other = self.env["res.company"].create({"name": "Other"})
        self.make_reseller("Gamma", reseller_level_id=level.id)
        self.make_reseller("Delta", reseller_level_id=level.id, active=False)
        self.make_reseller("Eta", reseller_level_id=level.id, company_id=other.id)
        with self.assertRaisesRegex(UserError, r"3 resellers.*Platinum \(3\)"):
            level.unlink()
        self.env["res.partner"].with_context(active_test=False).search(
            [("reseller_level_id", "=", level.id)]
        ).write({"reseller_level_id": False})
        level.unlink()
        self.assertFalse(level.exists())

    def test_contacts_have_no_level(self):
        with self.assertRaisesRegex(ValidationError, "Alfa"):
            self.env["res.partner"].create(
                {
                    "name": "Ann",
                    "parent_id": self.alfa.id,
                    "reseller_level_id": self.gold.id,
                }
            )

    def test_salesman_cannot_change_the_program(self):
        salesman = self.make_user("sally", "sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            self.gold.with_user(salesman).weight = 9
        for name, value in (
            ("reseller_weight", 9),
            ("reseller_weight_custom", True),
            ("reseller_level_id", self.silver.id),
            ("reseller_performance_factor", 4),
            ("reseller_max_open_leads", 99),
            ("reseller_zip_prefixes", "1"),
        ):
            with self.assertRaises(AccessError, msg=name):
                self.alfa.with_user(salesman).write({name: value})
            with self.assertRaises(AccessError, msg=name):
                self.env["res.partner"].with_user(salesman).create(
                    {"name": "Mine", name: value}
                )
        # but a salesman still works with contacts
        self.alfa.with_user(salesman).write({"phone": "1"})
        Partner = self.env["res.partner"].with_user(salesman)
        with Form(Partner) as form:
            form.name = "New customer"

    def test_manager_changes_the_program(self):
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        self.alfa.with_user(manager).write({"reseller_weight": 9})
        self.assertEqual(self.alfa.reseller_effective_weight, 9)

    def test_portal_user_sees_no_weights(self):
        user = self.make_portal_user(self.alfa, "ann")
        with self.assertRaises(AccessError):
            self.alfa.with_user(user).read(["reseller_weight"])

    def test_rule_filters_are_checked(self):
        for wrong in ("[('nope', '=', 1)]", "nonsense(", "__import__('os')"):
            with self.assertRaises(ValidationError, msg=wrong):
                self.rule.lead_domain = wrong

    def test_full_is_full_for_everybody(self):
        """A salesperson counts the leads it may see; whether there is room for one
        more does not depend on who asks."""
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        self.alfa.reseller_max_open_leads = 1
        self.make_leads(user_id=self.env.uid).assign_to_reseller(self.alfa)
        seen = self.alfa.with_user(sally)
        self.assertEqual(seen.reseller_open_lead_count, 0)
        self.assertTrue(seen.reseller_at_capacity)
        full = (
            self.env["res.partner"]
            .with_user(sally)
            .search([("reseller_at_capacity", "=", True), ("id", "in", self.alfa.ids)])
        )
        self.assertEqual(full, self.alfa)

    # ------------------------------------------------------------
    # MERGING CONTACTS
    # ------------------------------------------------------------

    def merge(self, partners, into, user=None):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        if user:
            wizard = wizard.with_user(user)
        wizard._merge(partners.ids, wizard.env["res.partner"].browse(into.id))

    def test_salesman_merges_customers(self):
        """The fields of the program do not get in the way of ordinary work."""
        user = self.make_user(
            "sally", "sales_team.group_sale_salesman", "base.group_partner_manager"
        )
        first, second = self.env["res.partner"].create(
            [{"name": name, "email": "same@example.com"} for name in "AB"]
        )
        self.merge(first | second, first, user)
        self.assertFalse(second.exists())
        # nor when one of them is a reseller and stays
        third = self.env["res.partner"].create(
            {"name": "Alfa again", "email": self.alfa.email}
        )
        self.merge(self.alfa | third, self.alfa, user)
        self.assertFalse(third.exists())
        self.assertEqual(self.alfa.reseller_level_id, self.gold)

    def test_merged_resellers_keep_what_they_had(self):
        """Offers of both; the weights of the one that stays, be they 0."""
        gamma = self.make_reseller("Gamma", email=self.alfa.email, reseller_weight=7)
        gamma.reseller_max_open_leads = 5
        self.alfa.reseller_performance_factor = 0
        leads = self.make_leads(2).with_context(reseller_no_notice=NO_NOTICE)
        leads[0].assign_to_reseller(self.alfa)
        leads[1].assign_to_reseller(gamma)
        leads[1].reseller_accept()
        self.merge(self.alfa | gamma, self.alfa)
        self.env.invalidate_all()
        self.assertEqual(leads.reseller_id, self.alfa)
        self.assertEqual(leads.reseller_offer_ids.reseller_id, self.alfa)
        self.assertEqual(self.alfa.reseller_weight, 3)
        self.assertFalse(self.alfa.reseller_weight_custom)
        self.assertEqual(self.alfa.reseller_performance_factor, 0)
        self.assertEqual(self.alfa.reseller_max_open_leads, 0)

    def test_reseller_merged_into_a_customer(self):
        """The customer becomes the reseller, weight set by hand included."""
        gamma = self.make_reseller("Gamma", reseller_weight=7)
        customer = self.env["res.partner"].create(
            {"name": "Gamma Ltd", "is_company": True, "email": gamma.email}
        )
        direction = self.env["crm.reseller.direction"].create({"name": "Tools"})
        gamma.reseller_direction_ids = direction
        self.merge(gamma | customer, customer)
        self.assertEqual(customer.reseller_direction_id, direction)
        self.assertEqual(customer.reseller_level_id, self.gold)
        self.assertEqual(customer.reseller_weight, 7)
        self.assertTrue(customer.reseller_weight_custom)

    def test_filters_of_the_resellers_list(self):
        Partner = self.env["res.partner"]
        self.make_portal_user(self.alfa, "ann")
        self.alfa.reseller_max_open_leads = 1
        # quietly: the portal would make a user of whoever is told of an offer
        (lead, other) = self.make_leads(2).with_context(reseller_no_notice=NO_NOTICE)
        lead.assign_to_reseller(self.alfa)
        other.assign_to_reseller(self.beta)
        ours = [("id", "in", (self.alfa | self.beta).ids)]
        full = [("reseller_at_capacity", "=", True)]
        self.assertEqual(Partner.search([*ours, *full]), self.alfa)
        roomy = [("reseller_at_capacity", "=", False)]
        self.assertEqual(Partner.search([*ours, *roomy]), self.beta)
        other.reseller_accept()
        never = [
            ("reseller_offer_ids", "!=", False),
            "!",
            ("reseller_offer_ids.state", "in", ("accepted", "declined")),
        ]
        self.assertEqual(Partner.search([*ours, *never]), self.alfa)
        no_user = [
            "!",
            "|",
            ("user_ids", "!=", False),
            ("child_ids.user_ids", "!=", False),
        ]
        self.assertEqual(Partner.search([*ours, *no_user]), self.beta)

    def test_counts_show_what_the_user_may_see(self):
        """No count tells a salesman of leads that are none of its business."""
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        mine, theirs = self.make_leads(2, user_id=self.env.uid)
        mine.user_id = salesman
        (mine | theirs).assign_to_reseller(self.alfa)
        self.assertEqual(self.alfa.reseller_open_lead_count, 2)
        seen = self.alfa.with_user(salesman)
        self.assertEqual(seen.reseller_open_lead_count, 1)
        self.assertEqual(seen.reseller_offer_count, 1)

    def test_map_link(self):
        self.assertFalse(self.alfa.reseller_map_url)
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        self.assertIn("mlat=50.850000&mlon=4.350000", self.alfa.reseller_map_url)

    def test_settings_keep_what_is_off(self):
        """Off, zero and empty are values; each company has its own."""
        Settings = self.env["res.config.settings"]
        other = self.env["res.company"].create({"name": "Other"})
        self.env["res.company"].search([]).reseller_auto_assign = False
        company = self.env.company
        Settings.create(
            {
                "reseller_auto_assign": False,
                "reseller_max_reoffers": 0,
                "reseller_reminder_hours": 0,
                "reseller_search_radii_km": False,
                "reseller_country_fallback": False,
                "reseller_hide_contact_details": False,
            }
        ).execute()
        for name, value in (
            ("auto_assign", False),
            ("max_reoffers", 0),
            ("reminder_hours", 0.0),
            ("search_radii_km", False),
            ("country_fallback", False),
            ("hide_contact_details", False),
        ):
            self.assertEqual(company[f"reseller_{name}"], value, name)
        self.assertEqual(other.reseller_max_reoffers, 3)
        again = Settings.create({})
        self.assertFalse(again.reseller_country_fallback)
        self.assertEqual(again.reseller_max_reoffers, 0)
        cron = self.env.ref("crm_reseller_base.ir_cron_assign_resellers")
        self.assertFalse(cron.active)

    def test_settings_set_the_interval(self):
        self.env["res.config.settings"].create(
            {
                "reseller_auto_assign": True,
                "reseller_interval_number": 2,
                "reseller_interval_type": "hours",
            }
        ).execute()
        cron = self.env.ref("crm_reseller_base.ir_cron_assign_resellers")
        self.assertEqual(
            (cron.active, cron.interval_number, cron.interval_type), (True, 2, "hours")
        )

    def test_settings_screen(self):
        """It opens with and without a channel manager, and keeps what is typed."""
        Settings = self.env["res.config.settings"]
        spec = {"reseller_channel_manager_id": {"fields": {"display_name": {}}}}
        self.assertFalse(
            Settings.onchange({}, [], spec)["value"]["reseller_channel_manager_id"]
        )
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        with Form(Settings) as form:
            form.reseller_channel_manager_id = manager
            form.reseller_search_radii_km = "20, 80"
            form.save().execute()
        self.assertEqual(Settings.create({}).reseller_channel_manager_id, manager)
        self.assertEqual(self.env.company.reseller_search_radii_km, "20, 80")

    def test_settings_refuse_nonsense(self):
        for vals in (
            {"reseller_search_radii_km": "near"},
            {"reseller_max_reoffers": -1},
            {"reseller_interval_number": 0, "reseller_auto_assign": True},
        ):
            with self.assertRaises(ValidationError, msg=vals):
                self.env["res.config.settings"].create(vals)
