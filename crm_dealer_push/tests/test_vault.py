"""Keys at rest, with and without a key of this server."""

import os
import tempfile
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..lib import errors, vault
from .common import PushCommon, StandIn

OLD, NEW = (Fernet.generate_key().decode() for _number in range(2))


@tagged("post_install", "-at_install")
class TestVault(PushCommon):
    def _vault(self, key="", path=""):
        variables = {vault.VARIABLE: key, vault.FILE_VARIABLE: path}
        patcher = patch.dict(os.environ, variables)
        patcher.start()
        self.addCleanup(patcher.stop)

    def _stored(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT secret FROM crm_dealership_credential WHERE dealership_id = %s",
            (self.dealership.id,),
        )
        return self.env.cr.fetchone()[0]

    def _read(self):
        return self.env["crm.dealership.credential"]._read_secret(self.dealership)

    def test_without_a_vault_it_is_as_it_was(self):
        self._vault()
        self.dealership.odoo_api_key = "an-api-key"
        self.assertEqual(self._stored(), "an-api-key")
        self.assertEqual(self._read(), "an-api-key")
        with self.assertRaisesRegex(UserError, vault.VARIABLE):
            self.env["crm.dealership.credential"]._rotate_vault_key()

    def test_with_a_vault_it_is_encrypted(self):
        self._vault(OLD)
        self.dealership.odoo_api_key = "an-api-key"
        self.assertNotIn("an-api-key", self._stored())
        self.assertEqual(self._read(), "an-api-key")
        self.assertEqual(self.dealership.odoo_api_key, "********")

    def test_the_key_of_the_vault_in_a_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"{OLD}\n")
            file.flush()
            self._vault(path=file.name)
            self.dealership.odoo_api_key = "an-api-key"
            self.assertEqual(self._read(), "an-api-key")
        self._vault(path=file.name)
        with (
            self.assertLogs("odoo.addons.crm_dealer_push", "WARNING") as caught,
            self.assertRaises(errors.SecretUnreadable),
        ):
            self._read()
        self.assertIn(vault.FILE_VARIABLE, caught.output[0])

    def test_the_key_of_the_vault_is_replaced(self):
        """From clear text to the first key, from the first to the second."""
        credentials = self.env["crm.dealership.credential"]
        self._vault()
        self.dealership.odoo_api_key = "an-api-key"
        self._vault(OLD)
        self.assertGreaterEqual(credentials._rotate_vault_key(), 1)
        first = self._stored()
        self.assertTrue(first.startswith(vault.PREFIX))
        self._vault(f"{NEW} {OLD}")
        credentials._rotate_vault_key()
        self.assertNotEqual(self._stored(), first)
        self._vault(NEW)
        self.assertEqual(self._read(), "an-api-key")
        self._vault(OLD)
        with self.assertRaises(errors.SecretUnreadable):
            self._read()
        with self.assertRaisesRegex(UserError, "cannot be decrypted"):
            credentials._rotate_vault_key()

    def test_a_lost_vault_is_said_to_people(self):
        self._vault(OLD)
        self.dealership.odoo_api_key = "an-api-key"
        self.env.flush_all()
        self._vault()
        with StandIn().active() as network:
            with self.assertRaisesRegex(UserError, "cannot be decrypted"):
                self.lead.action_set_won()
            self.dealership.action_test_connection()
        self.assertFalse(network.requests)
        self.assertIn("cannot be decrypted", self.dealership.last_test_message)

    def test_what_is_no_key_of_a_vault(self):
        self._vault("not a key")
        with self.assertRaisesRegex(UserError, vault.VARIABLE) as caught:
            self.dealership.odoo_api_key = "an-api-key"
        self.assertNotIn("not a key", str(caught.exception))
