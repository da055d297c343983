from odoo import api, models


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

    @api.model
    def _get_reseller_told_fields(self):
        """Add what becomes of the order at the dealer. Hook.

        :return: dict, see ``crm_reseller_portal``
        """
        return {
            **super()._get_reseller_told_fields(),
            "order": {
                "fields": ("dealer_so_name", "dealer_so_state"),
                "closed": True,
            },
            "delivery": {
                "fields": ("dealer_expected_on", "dealer_delivered_on"),
                "closed": True,
            },
        }
