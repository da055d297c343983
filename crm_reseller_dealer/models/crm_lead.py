from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _filter_needing_dealership(self):
        """The reseller that accepted a lead sells the machine: no dealership does."""
        needing = super()._filter_needing_dealership()
        # who may win the lead need not be allowed to see its offers
        held = self.sudo().filtered(
            lambda lead: lead.reseller_id and lead.reseller_state == "accepted"
        )
        return needing - held.sudo(False)
