from odoo import models

from ..lib import usage


class ResUsers(models.Model):
    _inherit = "res.users"

    def _update_last_login(self):
        """Count a sign-in of a reseller's person once it is stored.

        :return: what ``super`` returns
        """
        result = super()._update_last_login()
        user = self.env.user
        reseller = user.share and user._get_reseller_sudo()
        if reseller:
            counter = self.env["crm.reseller.usage"]._prepare_counter(
                "sign_ins", user.partner_id.sudo(), user.sudo().company_id
            )
            registry = self.env.registry
            if counter:
                self.env.cr.postcommit.add(lambda: usage.write_now(registry, counter))
        return result
