import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..lib import errors, vault

_logger = logging.getLogger(__name__)


class CrmDealershipCredential(models.Model):
    """The secret of a dealership, in a table of its own that no one has access to.

    Only code that runs as superuser reads it, on its way to the dealer: a field that
    can be read can also be exported, grouped by, or found in an answer. No field of any
    model leads here, so no filter and no template can reach it either.
    """

    _name = "crm.dealership.credential"
    _description = "Dealership Credential"
    _inherit = "crm.dealer.guard"
    _rec_name = "dealership_id"

    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="cascade", copy=False
    )
    secret = fields.Char(
        required=True,
        copy=False,
        help="Encrypted where this server has a key for it, see the readme.",
    )

    _sql_constraints = [
        (
            "dealership_unique",
            "UNIQUE(dealership_id)",
            "A dealership has one API key or password.",
        )
    ]

    # ------------------------------------------------------------
    # READING AND WRITING
    # ------------------------------------------------------------

    @api.model
    def _read_secret(self, dealership):
        """The key of a dealership, in clear text.

        :param dealership: one record of ``crm.dealership``
        :return: text; empty when there is none
        :raises errors.SecretUnreadable: when this server cannot decrypt it
        """
        credential = self.sudo().search([("dealership_id", "=", dealership.id)])
        if not credential:
            return ""
        try:
            return vault.unseal(credential.secret, vault.read_vault())
        except vault.VaultError as error:
            _logger.warning("Dealer keys cannot be read: %s", error)
            raise errors.SecretUnreadable() from None

    @api.model
    def _store_secret(self, dealership, secret):
        """Keep, replace or (when empty) delete the key of a dealership.

        :param dealership: one record of ``crm.dealership``
        :param secret: clear text, or an empty value
        :raises UserError: when the vault of this server cannot be used
        """
        credential = self.sudo().search([("dealership_id", "=", dealership.id)])
        if not secret:
            credential.unlink()
            return
        try:
            sealed = vault.seal(secret, self._get_vault())
        except ValueError:
            raise UserError(_("This is no API key or password.")) from None
        if credential:
            credential.secret = sealed
        else:
            self.sudo().create({"dealership_id": dealership.id, "secret": sealed})
        # Nothing keeps it longer than needed, not even the cache of this transaction.
        self.env["crm.dealership.credential"].flush_model()
        self.sudo().invalidate_model(["secret"])

    @api.model
    def _get_vault(self):
        """What encrypts the keys on this server, or None.

        :return: what encrypts and decrypts, or None
        :raises UserError: when a key for it is given that cannot be used
        """
        try:
            return vault.read_vault()
        except vault.VaultError as error:
            raise UserError(
                _("Dealer keys cannot be stored: %(reason)s", reason=error)
            ) from None

    # ------------------------------------------------------------
    # ROTATION
    # ------------------------------------------------------------

    @api.model
    def _rotate_vault_key(self):
        """Encrypt all keys with the first key of the vault. For the Odoo shell.

        Also encrypts what was stored in clear text before there was a vault.

        :return: number of keys that were encrypted
        :raises UserError: without a vault, or when a key cannot be decrypted; then
            nothing is changed
        """
        current = self._get_vault()
        if current is None:
            raise UserError(
                _("Set the environment variable %(name)s first.", name=vault.VARIABLE)
            )
        credentials = self.sudo().search([("secret", "!=", False)])
        sealed = {}
        for credential in credentials:
            try:
                secret = vault.unseal(credential.secret, current)
            except errors.SecretUnreadable:
                raise UserError(
                    _(
                        "The key of %(dealership)s cannot be decrypted. Add the former "
                        "key after the new one, or enter the API key again.",
                        dealership=credential.dealership_id.display_name,
                    )
                ) from None
            sealed[credential] = vault.seal(secret, current)
        for credential, text in sealed.items():
            credential.secret = text
        credentials.flush_recordset()
        _logger.info("Keys of %s dealerships encrypted", len(sealed))
        return len(sealed)
