"""The life of a registration from the reseller's page to the agent's, one each.

Without a browser, and so on each series of Odoo; those that a browser plays on each of
them are in test_tours.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, tagged

from .common import RegistrationCase
from .test_pages import NEW, POST


@tagged("post_install", "-at_install")
class TestLives(RegistrationCase):
    def _register(self, user=None, **changes):
        user = user or self.anna
        self._login(user)
        data = {**POST, "representative_id": user.partner_id.id, "then": "submit"}
        response = self._post(NEW, NEW, **{**data, **changes})
        return self.Registration.browse(int(response.url.split("?")[0].split("/")[-1]))

    def _decide(self, registration, action, **vals):
        """Decide as the agent does: by the button, and the form it opens."""
        result = getattr(registration.with_user(self.agent), action)()
        if not result:
            return
        wizard = (
            self.env[result["res_model"]].with_user(self.agent).browse(result["res_id"])
        )
        with Form(wizard) as form:
            for name, value in vals.items():
                if name == "attachment_ids":
                    form.attachment_ids.add(value)
                else:
                    setattr(form, name, value)
        wizard.action_confirm()

    def _read(self, registration, user=None):
        self._login(user or self.anna)
        return self._get_main(self._get(registration._get_reseller_path()))

    def test_existing_company_is_qualified(self):
        company = self.env["res.partner"].create({"name": "Salix", "is_company": True})
        person = self.env["res.partner"].create(
            {"name": "Sally Salix", "parent_id": company.id}
        )
        self._create_deal(self.anna, partner_id=company.id)
        registration = self._register(
            new_company="", new_contact="", partner_id=company.id, contact_id=person.id
        )
        self._decide(registration, "action_qualify")
        self.assertEqual(registration.lead_id.partner_id, person)
        self.assertEqual(registration.partner_id, company)
        self.assertIn("Salix", self._read(registration))

    def test_returned_and_submitted_again(self):
        registration = self._register()
        self._decide(registration, "action_open_return", text="Which size?")
        page = self._read(registration)
        self.assertIn("Answer our question by editing", page)
        self.assertIn("Which size?", page)
        edit = f"{registration._get_reseller_path()}/edit"
        data = {**POST, "representative_id": self.anna.partner_id.id}
        self._post(edit, edit, **data, requirements="Size L", then="submit")
        self.assertIn("Our team decides by", self._read(registration))
        self._decide(registration, "action_qualify")
        self.assertEqual(registration.state, "qualified")
        self.assertEqual(registration.return_count, 1)

    def test_withdrawn(self):
        registration = self._register()
        url = f"{registration._get_reseller_path()}/withdraw"
        self._post(url, url, reason="They bought elsewhere")
        self.assertIn("Your company withdrew", self._read(registration))
        self.assertFalse(registration.activity_ids, "nothing is left to decide")

    def test_expired_without_an_answer(self):
        registration = self._register()
        self._decide(registration, "action_open_return", text="Which size?")
        with freeze_time(fields.Datetime.now() + timedelta(days=15)):
            self.Registration._cron_handle_deadlines()
        self.assertIn("was not answered in time", self._read(registration))

    def test_extended(self):
        registration = self._register()
        self._decide(registration, "action_qualify")
        before = registration.protected_until
        url = f"{registration._get_reseller_path()}/extend"
        self._login(self.anna)
        self._post(url, url, days="30", reason="Budget in June")
        self.assertNotIn("Ask for more time", self._read(registration))
        registration.extension_ids.with_user(self.agent).action_grant()
        self.assertEqual(registration.protected_until, before + timedelta(days=30))
        self.assertIn("Ask for more time", self._read(registration))

    def test_customer_decides(self):
        loser = self._register(self.bob)
        self._decide(loser, "action_qualify")
        registration = self._register()
        self.assertIn("is protected until", self._read(registration))
        letter = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "letter.txt", "raw": b"We want Alder."})
        )
        self._decide(
            registration,
            "action_open_override",
            text="Letter of today",
            attachment_ids=letter,
        )
        self.assertIn("The deal is protected until", self._read(registration))
        page = self._read(loser, self.bob)
        self.assertIn("decided in writing", page)
        self.assertIn("It is not protected", page)
        self.assertNotIn("Alder", page)

    def test_saved_views_and_the_way_from_home(self):
        self._register()
        for url in ("/my", "/my/registrations"):
            self.assertIn(f'href="{NEW}"', self._get(url).text, url)
        page = self._get("/my/registrations").text
        for name in ("open", "returned", "ending", "refused"):
            self.assertIn(f"filterby={name}", page)
        self.assertIn(
            "Twelve presses", self._get("/my/registrations?filterby=open").text
        )
        page = self._get("/my/registrations?filterby=refused").text
        self.assertNotIn("Twelve presses", page)
