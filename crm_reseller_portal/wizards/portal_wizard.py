from odoo import models

from ..models.res_users import SUPERVISOR_GROUP, USER_GROUP


class PortalWizardUser(models.TransientModel):
    _inherit = "portal.wizard.user"

    def action_revoke_access(self):
        # a reseller's rights imply those of the portal: they have to go first
        self.user_id.sudo().write(
            {
                "groups_id": [
                    (3, self.env.ref(SUPERVISOR_GROUP).id),
                    (3, self.env.ref(USER_GROUP).id),
                    (4, self.env.ref("base.group_portal").id),
                ]
            }
        )
        return super().action_revoke_access()

    def action_grant_access(self):
        result = super().action_grant_access()
        self.user_id.sudo()._join_reseller_portal()
        return result

    def _grant_reseller_access(self):
        """Give a reseller's rights: invite whoever has no account yet."""
        self.ensure_one()
        if not self.is_portal:
            self.action_grant_access()
        self.user_id.sudo()._join_reseller_portal()
