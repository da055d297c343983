from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _filter_needing_dealership(self):
        """Leave out leads that a reseller accepted: the reseller sells the machine, no
        dealership does. Hook.

        :return: crm.lead
        """
        needing = super()._filter_needing_dealership()
        # who may win the lead need not be allowed to see its offers
        held = self.sudo().filtered(
            lambda lead: lead.reseller_id and lead.reseller_state == "accepted"
        )
        return needing - held.sudo(False)
