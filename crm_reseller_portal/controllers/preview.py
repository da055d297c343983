from odoo.http import request

from .answers import LARGEST_ID
from .leads import ResellerLeads
from .opportunities import ResellerOpportunities
from .routes import reseller_record_route


class ResellerPreview(ResellerOpportunities, ResellerLeads):
    """What a manager sees to know what a reseller sees."""

    @reseller_record_route(
        "/crm_reseller_portal/preview/<int:lead_id>",
        find="_find_preview_lead",
        gone="_render_no_preview",
    )
    def reseller_preview(self, lead_sudo, **post):
        """Show a lead as its reseller sees it, without links to the lists.

        :param lead_sudo: crm.lead, elevated
        :param post: further arguments of the address, ignored
        :return: response
        """
        return self._render_record(lead_sudo, preview=True, reseller_crumbs=[])

    def _render_no_preview(self, lead_id):
        """Answer where there is no lead to preview.

        :param int lead_id: id that was asked for
        :raises NotFound: always
        """
        raise request.not_found()

    def _find_preview_lead(self, lead_id):
        """Find a lead by the manager's own rights.

        :param int lead_id: id that was asked for
        :return: crm.lead, elevated, one or none
        """
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
        """The reseller whose page is shown: the lead's for users inside. Hook.

        :param lead_sudo: crm.lead, elevated
        :return: res.partner, elevated
        """
        reseller_sudo = request.env.user._get_reseller_sudo()
        return reseller_sudo or lead_sudo.reseller_id
