from odoo.tests import tagged

from .common import RegistrationCase


@tagged("post_install", "-at_install")
class TestConflicts(RegistrationCase):
    def test_free(self):
        registration = self._submitted()
        self.assertEqual(registration.answer, "free")
        self.assertFalse(registration.conflict_ids)
        self.assertIn("vat:123456789", registration.claim_ids.mapped("name"))
        self.assertIn("domain:quercus.example", registration.claim_ids.mapped("name"))

    def test_own_registration_of_the_same_customer(self):
        self._submitted()
        self.assertEqual(self._submitted(name="Again").answer, "yours")

    def test_another_reseller_is_not_named(self):
        first = self._submitted(self.bob)
        second = self._submitted()
        self.assertEqual(second.answer, "known")
        self.assertEqual(second.conflict_ids.reseller_id, self.birch)
        self.assertEqual(second.conflict_ids.strength, "proof")
        self.assertTrue(first.claim_ids)
        self.assertFalse(second.claim_ids)

    def test_protected_until_a_date(self):
        first = self._qualified(self.bob)
        second = self._submitted()
        self.assertEqual(second.answer, "protected")
        self.assertEqual(second.answer_until, first.protected_until)

    def test_second_is_qualified_without_protection(self):
        self._qualified(self.bob)
        second = self._qualified()
        self.assertEqual(second.protection, "none")
        self.assertFalse(second.claim_ids)

    def test_next_in_line_is_free_after_rejection(self):
        first = self._submitted(self.bob)
        second = self._submitted()
        first._reject(self.reject_reason)
        second.with_user(self.agent).action_qualify()
        self.assertEqual(second.protection, "granted")

    def test_leads_and_contacts_are_found_with_their_reason(self):
        lead = self._create_lead(
            name="Old lead",
            partner_name="Quercus Werke",
            email_from="x@quercus.example",
        )
        registration = self._submitted()
        line = registration.conflict_ids.filtered(lambda each: each.kind == "lead")
        self.assertEqual(line.res_id, lead.id)
        self.assertIn("domain: quercus.example", line.reasons)

    def test_free_mail_providers_are_no_domain(self):
        one = self._submitted(
            self.bob,
            website="",
            email="one@gmail.com",
            vat="987654321",
            company_name="Acer",
        )
        self.assertNotIn("domain:gmail.com", one.claim_ids.mapped("name"))
        other = self._submitted(
            website="", email="two@gmail.com", vat="1234567890", company_name="Tilia"
        )
        self.assertEqual(other.answer, "free")

    def test_own_domain_of_the_reseller_is_no_customer(self):
        self.alder.website = "https://alder.example"
        registration = self._submitted(email="anna@alder.example", website="")
        names = registration.claim_ids.mapped("name")
        self.assertNotIn("domain:alder.example", names)
        self.assertNotIn("email:anna@alder.example", names)

    def test_customer_decides_in_writing(self):
        loser = self._qualified(self.bob)
        winner = self._submitted()
        letter = self.env["ir.attachment"].create(
            {"name": "letter.txt", "raw": b"We want Alder."}
        )
        winner._override("Letter of today", letter)
        self.assertEqual(winner.state, "qualified")
        self.assertEqual(winner.protection, "granted")
        self.assertEqual(loser.protection, "lapsed")
        self.assertFalse(loser.lapsed_idle)
        self.assertIn("in writing", loser._get_reseller_messages()[0].body)
        self.assertNotIn("Alder", loser._get_reseller_messages()[0].body)
        self.assertEqual(letter.res_id, winner.id)
