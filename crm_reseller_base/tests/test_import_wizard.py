"""The import wizard where there is nothing to import, and who may open it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestImportWizard(TransactionCase):
    def test_offered_with_the_other_module_only(self):
        installed = self.env["ir.module.module"].search_count(
            [
                ("name", "=", "website_crm_partner_assign"),
                ("state", "=", "installed"),
            ]
        )
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.reseller_import_available, bool(installed))

    def test_a_new_form_knows_of_the_other_module(self):
        """What the browser gets when the settings are opened."""
        Import = type(self.env["crm.reseller.import"])
        for available in (True, False):
            self.patch(Import, "_is_available", lambda wizard, answer=available: answer)
            values = self.env["res.config.settings"].onchange(
                {}, [], {"reseller_import_available": {}}
            )["value"]
            self.assertEqual(values["reseller_import_available"], available)

    def test_nothing_to_import(self):
        wizard = self.env["crm.reseller.import"].create({})
        self.patch(type(wizard), "_is_available", lambda wizard: False)
        with self.assertRaisesRegex(UserError, "not installed"):
            wizard.action_preview()
        with self.assertRaisesRegex(UserError, "not installed"):
            wizard.action_apply()
        self.assertEqual(wizard.state, "new")

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
