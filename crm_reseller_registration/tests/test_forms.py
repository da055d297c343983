from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_reseller_portal.forms import Upload
from odoo.addons.crm_reseller_portal.lib.amounts import NumberFormat
from odoo.addons.crm_reseller_portal.lib.formats import PageFormats

from ..forms import ExtensionForm, RegistrationForm, WithdrawForm
from ..lib.tin import read_tin

COMPLETE = {
    "name": "Twelve presses",
    "new_company": "1",
    "company_name": "Quercus Werke GmbH",
    "website": "www.quercus.example",
    "vat": "123456789",
    "new_contact": "1",
    "first_name": "Carla",
    "last_name": "Quercus",
    "representative_id": "7",
}
EXISTING = {
    "name": "Twelve presses",
    "partner_id": "3",
    "contact_id": "4",
    "representative_id": "7",
}


@tagged("post_install", "-at_install")
class TestForms(TransactionCase):
    def _read(self, post, **data):
        formats = PageFormats(
            lang="en_US",
            timezone="UTC",
            date_format="%m/%d/%Y",
            number_format=NumberFormat(".", ",", (3,)),
            now=fields.Datetime.now(),
        )
        choices = {
            "people": [7, 8],
            "companies": [3],
            "contacts": [4],
            "products": [5],
            "currencies": [1],
            "symbols": ["$", "USD"],
        }
        return RegistrationForm(post, formats, **{**choices, **data})

    def test_both_common_cases_are_complete(self):
        for post in (COMPLETE, EXISTING):
            form = self._read(post)
            self.assertFalse(form.errors)
        # what a person types or chooses, the switches included
        self.assertLessEqual(len(COMPLETE) - 1, 8)

    def test_each_mandatory_field_is_named(self):
        for name in (
            "name",
            "company_name",
            "website",
            "vat",
            "first_name",
            "last_name",
        ):
            self.assertEqual(list(self._read({**COMPLETE, name: " "}).errors), [name])
        for name in ("name", "partner_id", "contact_id", "representative_id"):
            self.assertEqual(list(self._read({**EXISTING, name: ""}).errors), [name])

    def test_what_a_switch_hides_is_not_read(self):
        form = self._read({**COMPLETE, "partner_id": "3", "contact_id": "4"})
        self.assertFalse(form.values["partner_id"])
        self.assertFalse(form.values["contact_id"])
        form = self._read({**EXISTING, "vat": "x", "email": "x", "website": "x"})
        self.assertFalse(form.errors)
        self.assertEqual(form.values["vat"], "")
        self.assertEqual(form.values["email"], "")

    def test_optional_fields_may_be_empty(self):
        names = (
            "product_id",
            "product_text",
            "middle_name",
            "email",
            "phone",
            "budget",
            "date_deadline",
            "requirements",
            "comment",
        )
        self.assertFalse(self._read({**COMPLETE, **dict.fromkeys(names, "")}).errors)

    def test_tin(self):
        for text in ("123456789", "1234567890", "123456789012", "123 456-78.9"):
            self.assertTrue(read_tin(text), text)
        for text in (
            "12345678",
            "12345678901",
            "1234567890123",
            "12345678a",
            "DE123456789",
            "١٢٣٤٥٦٧٨٩",
            "",
            " ",
        ):
            self.assertFalse(read_tin(text), text)
            form = self._read({**COMPLETE, "vat": text})
            self.assertEqual(list(form.errors), ["vat"], text)

    def test_website(self):
        for text in ("quercus.example", "https://www.quercus.example/de?x"):
            self.assertFalse(self._read({**COMPLETE, "website": text}).errors, text)
        self.assertIn("website", self._read({**COMPLETE, "website": "quercus"}).errors)

    def test_nothing_that_was_not_offered_can_be_chosen(self):
        for name, post in (
            ("partner_id", EXISTING),
            ("contact_id", EXISTING),
            ("representative_id", EXISTING),
            ("product_id", EXISTING),
            ("currency_id", EXISTING),
        ):
            for text in ("99", "-1", "x", "1e3", "٣"):
                form = self._read({**post, name: text})
                self.assertEqual(list(form.errors), [name], (name, text))

    def test_contact_details(self):
        for name, text in (("email", "carla"), ("phone", "call me")):
            self.assertEqual(list(self._read({**COMPLETE, name: text}).errors), [name])
        good = {"email": "carla@quercus.example", "phone": "+49 30 1234567"}
        self.assertFalse(self._read({**COMPLETE, **good}).errors)

    def test_budget_and_closing(self):
        form = self._read({**COMPLETE, "budget": "$12,500.50", "currency_id": "1"})
        self.assertEqual(form.values["budget"], 12500.5)
        self.assertIn("budget", self._read({**COMPLETE, "budget": "much"}).errors)
        self.assertIn("budget", self._read({**COMPLETE, "budget": "-5"}).errors)
        past = (fields.Date.today() - timedelta(days=2)).isoformat()
        form = self._read({**COMPLETE, "date_deadline": past})
        self.assertIn("date_deadline", form.errors)

    def test_drafts_need_nothing_but_take_nothing_wrong(self):
        self.assertFalse(self._read({}, complete=False).errors)
        form = self._read({"new_company": "1", "vat": "12"}, complete=False)
        self.assertEqual(list(form.errors), ["vat"])

    def test_documents(self):
        files = iter([b"words"])
        upload = Upload("plan.txt", lambda limit: next(files))
        form = self._read(COMPLETE, uploads=[upload])
        self.assertEqual(form.values["documents"], [("plan.txt", b"words")])
        bad = Upload("run.exe", lambda limit: b"MZ")
        self.assertIn("documents", self._read(COMPLETE, uploads=[bad]).errors)

    def test_small_forms(self):
        formats = self._read({}).formats
        self.assertIn("reason", WithdrawForm({"reason": " "}, formats).errors)
        for text in ("0", "366", "x", "-3", "", "99999999"):
            form = ExtensionForm({"days": text, "reason": "Why"}, formats)
            self.assertEqual(list(form.errors), ["days"], text)
        form = ExtensionForm({"days": "30", "reason": "Why"}, formats)
        self.assertEqual(form.values, {"days": 30, "reason": "Why"})
