from odoo import api, models
from odoo.tools import ormcache


class CrmStage(models.Model):
    _inherit = "crm.stage"

    @api.model
    @ormcache()
    def _get_won_ids(self):
        """The stages in which leads are won, remembered until one of them changes.

        :return: frozenset of ids
        """
        return frozenset(self.sudo().search([("is_won", "=", True)]).ids)

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        self.env.registry.clear_cache()
        return stages

    def write(self, vals):
        """A stage that becomes a won stage closes the leads in it."""
        if "is_won" not in vals:
            return super().write(vals)
        self.env.registry.clear_cache()
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search(
                [
                    ("stage_id", "in", self.ids),
                    *self.env["crm.lead"]._get_reseller_open_domain(),
                ]
            )
        )
        before = leads._get_reseller_situation()
        result = super().write(vals)
        self.env.registry.clear_cache()
        leads._on_reseller_situation_changed(before)
        leads._date_won_deals()
        return result
