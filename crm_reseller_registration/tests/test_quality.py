from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_reseller_portal.lib.amounts import NumberFormat
from odoo.addons.crm_reseller_portal.lib.formats import PageFormats

from ..lib.tin import get_prefix_country, read_vat
from .common import RegistrationCase
from .test_pages import NEW, POST


@tagged("post_install", "-at_install")
class TestQuality(RegistrationCase):
    def _require(self, form, *names):
        self.env["crm.reseller.required.field"].create(
            [{"form": form, "field_name": name} for name in names]
        )

    def _get_formats(self):
        return PageFormats(
            lang="en_US",
            timezone="UTC",
            date_format="%m/%d/%Y",
            number_format=NumberFormat(".", ",", (3,)),
            now=fields.Datetime.now(),
        )

    def _register(self, status=200, **changes):
        data = {**POST, "representative_id": self.anna.partner_id.id, **changes}
        return self._post(NEW, NEW, status, **data)

    def test_mandatory_fields_of_the_registration(self):
        self._require("registration", "requirements", "email", "product_id")
        self._login(self.anna)
        self.assertIn("Customer requirements\n", self._get(NEW).text)
        self.assertNotIn("Customer requirements (optional)", self._get(NEW).text)
        self.assertIn("Budget (optional)", self._get(NEW).text)
        page = self._register(422, then="submit")
        for name in ("requirements", "email", "product_id"):
            self.assertIn(f'href="#reseller_{name}"', page.text)
        self._register(then="draft", name="Only a draft")
        filled = {
            "requirements": "Size L",
            "email": "carla@quercus.example",
            "product_text": "Presses",
        }
        self._register(then="submit", **filled)
        self.assertEqual(
            self.Registration.search([("name", "=", "Twelve presses")]).state,
            "submitted",
        )

    def test_mandatory_fields_of_a_deal_and_its_result(self):
        self._require("deal", "step_date", "expected_revenue", "note")
        self._require("outcome", "order_reference", "documents")
        lead = self._create_deal(self.anna, expected_revenue=0)
        url = f"/my/opportunities/{lead.id}"
        self._login(self.anna)
        page = self._post(url, f"{url}/update", 422, probability="30")
        for name in ("step_date", "expected_revenue", "note"):
            self.assertIn(f'href="#reseller_{name}"', page.text)
        self._post(
            url,
            f"{url}/update",
            expected_revenue="5000",
            note="Met them",
            step_date="2031-01-31",
            step_summary="Visit",
        )
        self.assertEqual(lead.expected_revenue, 5000)
        # what the deal has already need not be sent again
        self._post(url, f"{url}/update", note="Met them again")
        page = self._post(url, f"{url}/outcome", 422, outcome="won", amount_won="5000")
        self.assertIn("Please fill in this field.", page.text)
        files = {"documents": ("order.txt", b"the order", "text/plain")}
        self._post(
            url,
            f"{url}/outcome",
            200,
            files,
            outcome="won",
            amount_won="5000",
            order_reference="SO1",
        )
        self.assertEqual(lead.reseller_outcome_ids.order_reference, "SO1")

    def test_a_form_takes_its_own_fields_only(self):
        with self.assertRaisesRegex(ValidationError, "Budget"):
            self._require("registration", "step_date")

    def test_leads_without_key_information_are_found(self):
        self.env["crm.reseller.required.field"].search([]).active = False
        self._require("lead", "contact", "country")
        leads = self.env["crm.lead"].create(
            [
                {"name": "Whole", "contact_name": "C", "country_id": 1},
                {"name": "No contact", "country_id": 1},
                {"name": "No country", "contact_name": "C"},
            ]
        )
        mine = [("id", "in", leads.ids)]
        for operator, value, names in (
            ("=", True, {"No contact", "No country"}),
            ("!=", False, {"No contact", "No country"}),
            ("=", False, {"Whole"}),
            ("!=", True, {"Whole"}),
        ):
            found = leads.search([*mine, ("reseller_missing_info", operator, value)])
            self.assertEqual(set(found.mapped("name")), names)
        self.assertEqual(leads.mapped("reseller_missing_info"), [False, True, True])
        self.env["crm.reseller.required.field"].search([]).active = False
        self.assertFalse(leads.search([*mine, ("reseller_missing_info", "=", True)]))

    def test_quality_filters(self):
        action = self.env.ref("crm_reseller_registration.crm_lead_quality_action")
        view = self.env["crm.lead"].get_view(action.search_view_id.id, "search")
        for name in (
            "reseller_missing_info",
            "reseller_stalled",
            "reseller_no_step",
            "reseller_unassigned",
        ):
            self.assertIn(f'name="{name}"', view["arch"])

    def test_what_waits_is_on_the_start_page_and_in_the_digest(self):
        returned = self._submitted()
        returned._return_question("Which size?")
        ending = self._qualified(
            name="Ending", vat="987654321", website="b.example", email=""
        )
        ending.protected_until = fields.Datetime.now() + timedelta(days=3)
        self._login(self.anna)
        page = self._get_main(self._get("/my"))
        self.assertIn("Our team has a question about your registration", page)
        self.assertIn("The protection of 1 deal ends soon", page)
        self._login(self.bob)
        page = self._get_main(self._get("/my"))
        self.assertNotIn("Our team has a question", page)
        self.assertNotIn("ends soon", page)

    def test_channel_managers_hear_of_missing_information(self):
        manager = new_test_user(
            self.env, "quality_manager", groups="sales_team.group_sale_manager"
        )
        self.company.reseller_channel_manager_id = manager
        lead = self._create_deal(self.anna, country_id=False, contact_name="C")
        sections = manager._get_channel_digest_sections(self._get_formats(), 500)
        found = {section["key"]: section for section in sections}
        for key in ("missing_info", "no_step"):
            titles = [line["title"] for line in found[key]["lines"]]
            self.assertIn(lead.name, titles, key)

    def test_numbers_of_countries(self):
        for text, country, read in (
            ("DE 136 695 976", "", "DE136695976"),
            ("136695976", "DE", "136695976"),
            ("BE0428759497", "DE", "BE0428759497"),
            ("ESA13585625", "", "ESA13585625"),
            ("EL 094259216", "", "EL094259216"),
            ("12-34567", "ZW", "1234567"),
        ):
            self.assertEqual(read_vat(text, country), read, text)
        for text, country in (
            ("DE136695977", ""),
            ("136695977", "DE"),
            ("BE0428759498", "BE"),
            ("", "DE"),
            ("12", "ZW"),
            ("ABCDE", ""),
            ("١٢٣٤٥٦٧٨٩", "DE"),
        ):
            self.assertEqual(read_vat(text, country), "", text)
        self.assertEqual(get_prefix_country("EL094259216"), "GR")
        self.assertEqual(get_prefix_country("094259216"), "")

    def test_tax_numbers_by_the_rules_of_the_country(self):
        self.company.reseller_registration_vat = "country"
        self.alder.country_id = self.env.ref("base.de")
        self._login(self.anna)
        self.assertNotIn("9, 10 or 12 digits", self._get(NEW).text)
        page = self._register(422, then="submit", vat="123456789")
        self.assertIn("not a valid tax number of the country", page.text)
        self._register(then="submit", vat="DE 136 695 976")
        registration = self.Registration.search([("name", "=", "Twelve presses")])
        self.assertEqual(registration.vat, "DE136695976")
        registration.with_user(self.agent).action_qualify()
        self.assertEqual(registration.partner_id.country_id.code, "DE")
