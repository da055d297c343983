from odoo import models


class CrmStage(models.Model):
    _inherit = "crm.stage"

    def write(self, vals):
        """A stage that becomes a won stage closes the leads in it."""
        if "is_won" not in vals:
            return super().write(vals)
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
        leads._on_reseller_situation_changed(before)
        return result
