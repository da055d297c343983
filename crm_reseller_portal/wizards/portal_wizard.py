from odoo import models


class PortalWizardUser(models.TransientModel):
    _inherit = "portal.wizard.user"

    def action_revoke_access(self):
        """Take the rights of a reseller away before those of the portal.

        :return: see ``portal``
        """
        self.user_id.sudo()._leave_reseller_portal()
        return super().action_revoke_access()

    def action_grant_access(self):
        """Let an account that was never used have the person's address of today.

        :return: see ``portal``
        """
        users = self.partner_id.sudo().with_context(active_test=False).user_ids
        users._follow_reseller_address()
        result = super().action_grant_access()
        self.user_id.sudo()._join_reseller_portal()
        return result

    def _grant_reseller_access(self):
        """Give a reseller's rights, and invite those who have no account yet.

        The caller has checked that the user may decide it.
        """
        self.ensure_one()
        if not self.is_portal:
            self.action_grant_access()
        self.user_id.sudo()._join_reseller_portal(checked=True)
