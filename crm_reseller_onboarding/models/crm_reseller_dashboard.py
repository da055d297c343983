from odoo import api, models

from .crm_reseller_figures import KEY


class CrmResellerDashboard(models.AbstractModel):
    _inherit = "crm.reseller.dashboard"

    @api.model
    def _get_tiles(self):
        """The measures shown as tiles, with that of onboarding. Hook.

        :return: list of keys of measures, in their order
        """
        return [*super()._get_tiles(), KEY]
