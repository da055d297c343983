from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_base.lib.redact import MASK, redact


@tagged("post_install", "-at_install")
class TestRedact(BaseCase):
    def test_contact_data_is_taken_out(self):
        text = redact(
            "Anna Smith asked for 20 pumps. Call Anna: +49 (30) 123-45 67, "
            "mail anna.smith@example.com or see https://smith.example/x",
            ["Anna Smith", "", False],
        )
        for secret in ("Anna", "Smith", "123", "@", "smith.example"):
            self.assertNotIn(secret, text)
        self.assertIn("asked for 20 pumps", text)
        self.assertIn(MASK, text)

    def test_harmless_numbers_and_words_stay(self):
        text = "Offer 2024-17 for 1500 pieces, Annapolis, 12.500 EUR"
        self.assertEqual(redact(text, ["Anna", "Al"]), text)
