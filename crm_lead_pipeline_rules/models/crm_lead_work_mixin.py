from odoo import api, models


class CrmLeadWorkMixin(models.AbstractModel):
    """What an agent does with a lead: it is refused for leads out of sight.

    Whoever may name any lead would read its name here, and more. A constraint would not
    do: from Odoo 18 on constraints run with elevated rights.
    """

    _name = "crm.lead.work.mixin"
    _description = "Work on a Lead"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records.lead_id._require_access("read")
        return records

    def write(self, vals):
        result = super().write(vals)
        if "lead_id" in vals:
            self.lead_id._require_access("read")
        return result
