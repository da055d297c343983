"""Who may open the import."""

from odoo.exceptions import AccessError
from odoo.tests.common import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestImportWizard(TransactionCase):
    def test_administrators_only(self):
        manager = new_test_user(
            self.env, "import_manager", groups="sales_team.group_sale_manager"
        )
        wizard = self.env["crm.reseller.import"].create({})
        with self.assertRaises(AccessError):
            wizard.with_user(manager).action_apply()
        with self.assertRaises(AccessError):
            self.env["crm.reseller.import"].with_user(manager).create({})
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].with_user(
                manager
            ).action_open_reseller_import()

    def test_settings_show_a_dry_run(self):
        """Opening the import from the settings changes nothing yet."""
        resellers = self.env["res.partner"].search([("reseller_level_id", "!=", False)])
        action = (
            self.env["res.config.settings"].create({}).action_open_reseller_import()
        )
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.state, "preview")
        self.assertEqual(
            self.env["res.partner"].search([("reseller_level_id", "!=", False)]),
            resellers,
        )
