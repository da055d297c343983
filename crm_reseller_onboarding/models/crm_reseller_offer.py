from odoo import models


class CrmResellerOffer(models.Model):
    _inherit = "crm.reseller.offer"

    def _on_state_changed(self, target):
        """Look at the steps of newcomers that answered. Hook.

        :param str target: the new state
        :return: what ``super`` returns
        """
        result = super()._on_state_changed(target)
        if target in ("accepted", "declined"):
            self.env["crm.reseller.onboarding"]._observe_resellers(
                self.reseller_id, "first_lead"
            )
        return result
