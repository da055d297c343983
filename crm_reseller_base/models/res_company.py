from datetime import timedelta

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            leads = (
                self.env["crm.lead"]
                .sudo()
                .with_context(active_test=False)
                .search(
                    [
                        ("company_id", "in", self.ids),
                        ("reseller_state", "=", "pending"),
                    ]
                )
            )
            leads.reseller_withdraw()
        return result

    def _reseller_deadline(self, start, hours):
        """Count working hours from a moment in this company's calendar.

        :param datetime start: naive, in UTC
        :param float hours: above zero
        :return: naive datetime in UTC
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        due = calendar and calendar.plan_hours(hours, start, compute_leaves=True)
        # without a calendar, or with one that has no working hours, by the clock
        return due or start + timedelta(hours=hours)
