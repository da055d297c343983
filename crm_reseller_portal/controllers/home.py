from odoo import _, fields
from odoo.http import request, route

from .common import ResellerPortal

HOME_LEADS = 3


class ResellerHome(ResellerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        wanted = {"reseller_lead_count", "reseller_opportunity_count"} & set(counters)
        if wanted and request.env.user._get_reseller_sudo():
            counts = self._count_reseller_leads()
            values["reseller_lead_count"] = counts["leads"]
            values["reseller_opportunity_count"] = counts["opportunities"]
        return values

    @route()
    def home(self, **kw):
        response = super().home(**kw)
        if request.env.user._get_reseller_sudo() and response.is_qweb:
            response.qcontext.update(self._prepare_reseller_home_values())
        return response

    def _prepare_reseller_home_values(self):
        """What a reseller finds on the home page before anything else. Hook."""
        counts = self._count_reseller_leads()
        waiting = request.env["crm.lead"].sudo()
        if counts["waiting"]:
            waiting = waiting.search(
                self._search_visible(
                    [("reseller_state", "=", "pending"), *self._get_open_domain()]
                ),
                order="reseller_due_on, id",
                limit=HOME_LEADS,
            )
        return {
            "reseller_home": True,
            "title": _("My account") + f" | {request.env.company.name}",
            "now": fields.Datetime.now(),
            "reseller_counts": counts,
            "reseller_waiting": waiting,
            "describe_moment": self._describe_moment,
        }
