from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

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

    def test_customer_decides_against_one_that_was_never_protected(self):
        loser = self._submitted(self.bob)
        winner = self._submitted()
        letter = self.env["ir.attachment"].create({"name": "l.txt", "raw": b"Alder"})
        for reason, documents in (("", letter), ("Letter", letter.browse())):
            with self.assertRaisesRegex(UserError, "Give a reason"):
                winner._override(reason, documents)
        winner._override("Letter", letter)
        self.assertEqual(loser.protection, "none", "nothing lapsed")
        self.assertEqual(loser.state, "submitted")
        self.assertFalse(loser.claim_ids)
        self.assertEqual(winner.protection, "granted")

    def test_assign_wizard_marks_protected_customers_and_asks_why(self):
        self._qualified()
        lead, other = self.env["crm.lead"].create(
            [
                {"name": "More presses", "email_from": "otto@quercus.example"},
                {"name": "Others", "email_from": "o@other.example"},
            ]
        )
        manager = new_test_user(
            self.env, "wizard_manager", groups="sales_team.group_sale_manager"
        )
        wizard = (
            self.env["crm.reseller.assign.wizard"]
            .with_user(manager)
            .create(
                {
                    "lead_ids": [(6, 0, (lead | other).ids)],
                    "mode": "chosen",
                    "reseller_id": self.alder.id,
                    "send_notice": False,
                }
            )
        )
        self.assertFalse(wizard.has_protected, "the holder itself gets it")
        wizard.reseller_id = self.birch
        self.assertTrue(wizard.has_protected)
        problems = {line.lead_id: line.problem for line in wizard.line_ids}
        self.assertEqual(problems, {lead: "protected", other: False})
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.action_confirm()
        wizard.protection_reason = "The customer asked for Birch"
        wizard.action_confirm()
        self.assertEqual((lead | other).reseller_id, self.birch)
        self.assertIn("asked for Birch", "".join(lead.message_ids.mapped("body")))
