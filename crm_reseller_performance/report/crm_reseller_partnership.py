from odoo import models

from ..lib.measures import STORED_CONDITION


class CrmResellerPartnership(models.Model):
    _inherit = "crm.reseller.partnership"

    def _get_offer_condition(self):
        """Which offers are counted: those that count in figures. Hook.

        :return: SQL about ``offer``
        """
        return f"({super()._get_offer_condition()}) AND {STORED_CONDITION}"
