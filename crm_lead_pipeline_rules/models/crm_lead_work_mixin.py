from datetime import datetime, time, timedelta

from pytz import timezone

from odoo import api, fields, models


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

    @api.model
    def _get_user_zone(self):
        """The time zone the user works in.

        :return: tzinfo
        """
        return timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")

    @api.model
    def _get_working_day(self, days):
        """A day to suggest: so many days from today, or the next one that is worked.

        :param int days: 0 is today, whatever day it is
        :return: date; by the calendar of the user's company
        """
        day = fields.Date.context_today(self) + timedelta(days=days)
        calendar = self.env.company.sudo().resource_calendar_id
        if not (days and calendar):
            return day
        start = self._get_user_zone().localize(datetime.combine(day, time.min))
        moment = calendar.plan_days(1, start, compute_leaves=True)
        return moment.date() if moment else day

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
