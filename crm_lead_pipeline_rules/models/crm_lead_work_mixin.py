from odoo import api, models


class CrmLeadWorkMixin(models.AbstractModel):
    """What an agent does with a lead: it is refused for hidden leads.

    Otherwise a lead could be named here to read its name, and more. A constraint would
    not do: from Odoo 18 on constraints run with elevated rights.
    """

    _name = "crm.lead.work.mixin"
    _inherit = "crm.pipeline.guard"
    _description = "Work on a Lead"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records.lead_id._require_access("read")
        return records

    def write(self, vals):
        leads = {record: record.lead_id for record in self}
        result = super().write(vals)
        moved = [record for record in self if record.lead_id != leads[record]]
        self.browse(record.id for record in moved).lead_id._require_access("read")
        return result

    def _check_form_values(self, values):
        """Check that the user may read the lead a form is about.

        :param dict values: values of the form
        :return: what ``super`` returns
        """
        result = super()._check_form_values(values)
        named = values.get("lead_id") or self.env.context.get("default_lead_id")
        lead_id = named.get("id") if isinstance(named, dict) else named
        if lead_id and isinstance(lead_id, int):
            lead = self.env["crm.lead"].with_context(active_test=False)
            lead.browse(lead_id).exists()._require_access("read")
        return result
