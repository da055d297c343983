"""Two lives of a registration in a browser; the others are in test_tours_lives."""

from odoo.tests import tagged

from .common import RegistrationToursCase


@tagged("post_install", "-at_install")
class TestTours(RegistrationToursCase):
    def test_new_company_is_qualified(self):
        self._play("new_company", "/my")
        registration = self._find()
        self.assertEqual(registration.author_id, self.anna.partner_id)
        self.assertEqual(
            (registration.website, registration.vat, registration.budget),
            ("www.quercus.example", "123456789", 12000),
        )
        self.assertEqual(registration.answer, "free")
        self.assertTrue(registration.decision_due_on)
        self._decide("qualify")
        self.assertEqual(registration.decided_by_id, self.agent)
        self.assertEqual(registration.protection, "granted")
        self.assertTrue(registration.protected_until)
        company = registration.partner_id
        self.assertEqual(
            (company.name, company.vat), ("Quercus Werke GmbH", "123456789")
        )
        self.assertTrue(company.is_company)
        self.assertEqual(registration.contact_id.name, "Carla Quercus")
        self.assertEqual(registration.contact_id.parent_id, company)
        lead = registration.lead_id
        self.assertEqual(lead.reseller_id, self.alder)
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)
        self.assertEqual(lead.reseller_offer_ids.mapped("state"), ["accepted"])
        self.assertEqual(lead.expected_revenue, 12000)
        self._play("see_qualified")

    def test_rejected(self):
        registration = self._submitted()
        self._decide("reject")
        self.assertEqual(registration.reason_id, self.reject_reason)
        self.assertEqual(registration.reason_text, "So sorry.")
        self.assertEqual(registration.decided_by_id, self.agent)
        self.assertFalse(registration.lead_id)
        self.assertFalse(registration.partner_id, "no company is created")
        self.assertFalse(registration.claim_ids, "the customer is free again")
        self.assertFalse(registration.activity_ids)
        page = self._read(registration)
        self.assertIn("Our team did not accept this registration.", page)
        self.assertIn(self.reject_reason.name, page)
        self.assertIn("So sorry.", page)
        self.assertNotIn("Withdraw", page)
