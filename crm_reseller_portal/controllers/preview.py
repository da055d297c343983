from odoo.http import request, route

from .common import LARGEST_ID
from .opportunities import ResellerOpportunities


class ResellerPreview(ResellerOpportunities):
    """What a manager sees to know what a reseller sees."""

    @route(
        "/crm_reseller_portal/preview/<int:lead_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def reseller_preview(self, lead_id, **form):
        lead_sudo = self._find_preview_lead(lead_id)
        if not lead_sudo:
            raise request.not_found()
        # without the way to the reseller's lists: the manager has none
        return self._render_record(lead_sudo, preview=True, reseller_crumbs=[])

    def _find_preview_lead(self, lead_id):
        """Return a lead the manager's own rights let through, elevated."""
        Lead = request.env["crm.lead"].with_context(active_test=False)
        user = request.env.user
        if lead_id > LARGEST_ID or not user.has_group("sales_team.group_sale_manager"):
            return Lead.sudo()
        return Lead.search(
            [
                ("id", "=", lead_id),
                ("reseller_id", "!=", False),
                ("reseller_state", "in", ("pending", "accepted")),
            ]
        ).sudo()

    def _get_page_reseller_sudo(self, lead_sudo):
        reseller_sudo = request.env.user._get_reseller_sudo()
        return reseller_sudo or lead_sudo.reseller_id
