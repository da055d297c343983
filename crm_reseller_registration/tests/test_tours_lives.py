"""Lives of a registration in a browser: what people do, what is stored, what they see.

Those that each series of Odoo shows are in test_tours.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import RegistrationToursCase


@tagged("post_install", "-at_install")
class TestToursLives(RegistrationToursCase):
    def test_existing_company(self):
        company = self.env["res.partner"].create({"name": "Salix", "is_company": True})
        person = self.env["res.partner"].create(
            {"name": "Sally Salix", "parent_id": company.id}
        )
        self._create_deal(self.anna, partner_id=company.id)
        self._play("existing_company", "/my/registrations/new")
        registration = self._find()
        self.assertEqual(registration.partner_id, company)
        self.assertEqual(registration.contact_id, person)
        self.assertFalse(registration.new_company)
        self.assertEqual(registration.answer, "yours")
        self._decide("qualify")
        self.assertEqual(registration.partner_id, company)
        self.assertEqual(registration.lead_id.partner_id, person)
        self.assertEqual(
            self.env["res.partner"].search_count([("name", "ilike", "Salix")]), 2
        )
        self.assertIn("The deal is protected until", self._read(registration))

    def test_returned_and_submitted_again(self):
        registration = self._submitted()
        self._decide("ask")
        self.assertEqual(registration.state, "returned")
        self.assertFalse(registration.decision_due_on, "the vendor's time stands still")
        self._play("answer")
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(registration.return_count, 1)
        self.assertEqual(registration.requirements, "Size L")
        self.assertEqual(registration.company_name, "Quercus Werke GmbH")
        self.assertTrue(registration.decision_due_on)
        self.assertEqual(registration.activity_ids.user_id, self.agent)
        self._decide("qualify")
        self.assertEqual(registration.state, "qualified")
        self.assertIn("Size L", registration.lead_id.description)
        self.assertIn("The deal is protected until", self._read(registration))

    def test_qualified_with_others(self):
        registration = self._submitted()
        other = self._submitted(
            self.bob,
            name="Six lathes",
            company_name="Ilex Ltd",
            website="https://www.ilex.example/",
            vat="987654321",
            email="carla@ilex.example",
        )
        other._return_question("Which size?")
        self._decide("qualify_many")
        self.assertEqual(registration.state, "qualified")
        self.assertEqual(registration.decided_by_id, self.agent)
        self.assertEqual(registration.lead_id.reseller_id, self.alder)
        self.assertEqual(other.state, "returned")
        self.assertFalse(other.lead_id)
        self.assertIn("The deal is protected until", self._read(registration))
        self.assertIn("Answer our question", self._read(other, self.bob))

    def test_withdrawn(self):
        registration = self._submitted()
        self.assertTrue(registration.activity_ids)
        self._play("withdraw")
        self.assertEqual(registration.state, "withdrawn")
        self.assertEqual(registration.reason_text, "They bought elsewhere")
        self.assertFalse(registration.claim_ids, "the customer is free again")
        self.assertFalse(registration.activity_ids, "nothing is left to decide")
        note = registration.message_ids.filtered(
            lambda message: "They bought elsewhere" in message.body
        )
        self.assertTrue(note, "the team reads why")

    def test_expired_without_an_answer(self):
        registration = self._submitted()
        registration._return_question("Which size?")
        with freeze_time(fields.Datetime.now() + timedelta(days=15)):
            self.Registration._cron_handle_deadlines()
            self.env.flush_all()
        self.assertEqual(registration.state, "expired")
        self.assertFalse(registration.claim_ids, "the customer is free again")
        self._play("see_expired")

    def test_extended(self):
        registration = self._qualified()
        before = registration.protected_until
        self._play("ask_for_time")
        extension = registration.extension_ids
        self.assertEqual(
            (extension.state, extension.days, extension.reason),
            ("pending", 30, "Budget in June"),
        )
        self.assertEqual(extension.requested_by_id, self.anna.partner_id)
        self.assertEqual(registration.protected_until, before)
        self._decide("grant_time", registration)
        self.assertEqual(extension.state, "granted")
        self.assertEqual(registration.protected_until, before + timedelta(days=30))
        self.assertIn("Ask for more time", self._read(registration))

    def test_customer_decides(self):
        loser = self._qualified(self.bob)
        registration = self._submitted()
        self.assertEqual(registration.answer, "protected")
        self._decide("customer_decided")
        self.assertEqual(registration.state, "qualified")
        self.assertEqual(registration.protection, "granted")
        self.assertEqual(loser.protection, "lapsed")
        letter = self.env["ir.attachment"].search(
            [("res_model", "=", registration._name), ("res_id", "=", registration.id)]
        )
        self.assertEqual(letter.name, "letter.txt")
        self.assertEqual(letter.raw, b"We want Alder.")
        self.assertEqual(letter.create_uid, self.agent)
        self.assertIn("The deal is protected until", self._read(registration))
        page = self._read(loser, self.bob)
        self.assertIn("decided in writing", page)
        self.assertIn("It is not protected", page)
        self.assertNotIn("Alder", page)
