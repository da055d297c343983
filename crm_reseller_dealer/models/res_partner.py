from odoo import _, api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _get_reseller_notification_events(self):
        """Add the events of the order at the dealer. Hook.

        :return: dict, see ``crm_reseller_portal``
        """
        return {
            **super()._get_reseller_notification_events(),
            "order": {"label": _("The order of a deal changes")},
            "delivery": {"label": _("The delivery of a deal changes")},
        }
