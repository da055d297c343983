from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

SEND = "crm_reseller_performance.crm_reseller_periodic_report_send_action"
# how the periods of the dashboard are called where figures are sent
PERIODS = {"last_month": "month", "last_quarter": "quarter"}
# filters by what a lead is: a reseller gets its figures of all leads
OF_LEADS = ("direction", "team", "country")


class CrmResellerDashboard(models.AbstractModel):
    """From the figures of the channel to those each reseller gets by mail."""

    _inherit = "crm.reseller.dashboard"

    @api.model
    def read_dashboard(self, options=None):
        """Everything the dashboard shows.

        :param dict options: see ``super``
        :return: what ``super`` returns, with ``may_send``: whether the user may send
            resellers their figures
        """
        return {**super().read_dashboard(options), "may_send": self._may_send()}

    @api.model
    def open_send_figures(self, options):
        """Ask who gets the figures of the period and of the resellers shown.

        Days to come are left out. What is sent are all figures of a reseller, whatever
        leads the dashboard is filtered by.

        :param dict options: see ``read_dashboard``
        :return: action of the window, which shows a preview before anything is sent
        :raises AccessError: for anyone but sales administrators
        :raises UserError: where no day of the period is over
        """
        if not self._may_send():
            raise AccessError(_("Only sales administrators can do this."))
        shown = self._parse_options(options)
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        first, last = shown.date_from, min(shown.date_to, yesterday)
        if first > last:
            raise UserError(_("Choose a period that began before today."))
        action = self.env["ir.actions.act_window"]._for_xml_id(SEND)
        return {
            **action,
            "views": [[False, "form"]],
            "context": {
                "default_period": PERIODS.get(shown.period, "custom"),
                "default_date_from": fields.Date.to_string(first),
                "default_date_to": fields.Date.to_string(last),
                "default_reseller_ids": [[6, 0, self._find_shown_resellers(shown)]],
                "default_is_filtered": any(name in shown.filters for name in OF_LEADS),
            },
        }

    @api.model
    def _may_send(self):
        """Whether the user may send resellers their figures.

        :return: bool
        """
        return self.env["res.partner"]._is_reseller_program_manager()

    @api.model
    def _find_shown_resellers(self, shown):
        """The resellers that have a line in the ranking, those below its end, too.

        :param Options shown: what is shown
        :return: list of ids, in the order of their names
        """
        read = self.env["crm.reseller.measure"]._read_measure_tables(
            *shown.days,
            self._get_domain(shown),
            {"reseller": self._get_ranking()},
            compare=False,
        )
        ids = [group["id"] for group in read["groups"]["reseller"] if group["id"]]
        resellers = self.env["res.partner"].search(
            [("id", "in", ids), ("reseller_level_id", "!=", False)], limit=None
        )
        known = set(resellers.ids)
        return [each for each in ids if each in known]
