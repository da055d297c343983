from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.opportunities import (
    ResellerOpportunities,
)
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route

from .resource_cards import ICONS
from .resources import ResellerResources


class ResellerDealResources(ResellerOpportunities, ResellerResources):
    """Resources on the page of a deal: what fits it, and what was used."""

    def _prepare_opportunity_values(self, lead_sudo, values):
        """The values of a deal's page, with ``deal_resources``. Hook.

        :param lead_sudo: crm.lead, elevated
        :param dict values: what lead and deal share
        :return: dict of values for the template
        """
        found = super()._prepare_opportunity_values(lead_sudo, values)
        Resource = request.env["crm.reseller.resource"]
        suggested = Resource._read_for_deal(lead_sudo, request.env.user)
        return {
            **found,
            "deal_resources": [
                {**each, "icon": ICONS[each["kind"]]} for each in suggested
            ],
            "may_use_resource": found["is_open"]
            and "use_resource" in values["allowed"],
        }

    @reseller_record_route(
        "/my/opportunities/<int:lead_id>/resources/<int:resource_id>",
        methods=["POST"],
    )
    def reseller_use_resource(self, lead_sudo, resource_id, used="", **post):
        """Record that a resource was used in a deal, or that it was not.

        :param lead_sudo: crm.lead, elevated
        :param int resource_id: id of a resource that is meant for the visitor
        :param str used: ``1`` or ``0``
        :param post: what the form sent, ignored
        :return: response
        :raises NotFound: for a resource that is not
        """
        resource_sudo = self._find_resource(resource_id)
        if not resource_sudo:
            raise request.not_found()
        lead_sudo._reseller_record_resource(resource_sudo, used == "1")
        return request.redirect(
            lead_sudo._get_reseller_path() + "#reseller_resources_title"
        )
