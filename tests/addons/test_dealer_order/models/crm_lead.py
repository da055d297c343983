from dataclasses import replace

from odoo import models

from odoo.addons.crm_dealer_push.lib.dealer import OrderLine


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _prepare_dealer_order(self):
        """A set of mats for each vehicle, and a payment term."""
        order = super()._prepare_dealer_order()
        mats = OrderLine("EV-200", self.vehicle_quantity)
        return replace(
            order,
            lines=(*order.lines, mats),
            extra={**order.extra, "payment_term_id": "30 Days"},
        )
