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

    @api.model
    def _get_trend(self):
        """The measures whose trend can be shown, with that of onboarding. Hook.

        :return: list of keys of measures that have a period
        """
        return [*super()._get_trend(), KEY]

    @api.model
    def _get_breakdown_measures(self):
        """The measures shown of each country and so on, with that of onboarding. Hook.

        :return: list of keys of measures
        """
        return [*super()._get_breakdown_measures(), KEY]
