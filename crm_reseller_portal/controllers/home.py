from odoo import _
from odoo.http import request, route

from .deal_lists import DEAL_ICON, ResellerDealLists
from .lead_lists import LEAD_ICON
from .usage import count_usage

HOME_LINES = 5


class ResellerHome(ResellerDealLists):
    """What a reseller finds on the portal's home page."""

    def _prepare_home_portal_values(self, counters):
        """Add the numbers of leads and opportunities to the home page's counters.

        :param counters: list of the counters that are wanted
        :return: dict of numbers by counter
        """
        values = super()._prepare_home_portal_values(counters)
        wanted = {"reseller_lead_count", "reseller_opportunity_count"} & set(counters)
        if wanted and request.env.user._get_reseller_sudo():
            counts = self._count_reseller_leads()
            values["reseller_lead_count"] = counts["leads"]
            values["reseller_opportunity_count"] = counts["opportunities"]
        return values

    @route()
    def home(self, **kw):
        """Show the portal's home page; for resellers, with what waits for them.

        :param kw: arguments of the address, passed on
        :return: response
        """
        response = super().home(**kw)
        if request.env.user._get_reseller_sudo() and response.is_qweb:
            response.qcontext.update(self._prepare_reseller_home_values())
        return count_usage(response, "pages")

    def _prepare_reseller_home_values(self):
        """What a reseller finds on the home page before anything else. Hook.

        :return: dict of values for the template
        """
        counts = self._count_reseller_leads()
        return {
            **self._get_layout_values(),
            "reseller_home": True,
            # Odoo's page shows the visitor's own address and picture; with the
            # visitor's rights each of them takes the record rules' statements again
            "user_id": request.env.user.sudo(),
            "title": _("My account") + f" | {request.env.company.name}",
            "formats": self._get_formats(),
            "reseller_cards": sorted(
                self._get_reseller_home_cards(counts), key=lambda c: c["sequence"]
            ),
            "reseller_lists": sorted(
                self._get_reseller_home_lists(counts), key=lambda c: c["sequence"]
            ),
        }

    def _get_reseller_home_cards(self, counts):
        """The cards of the reseller's sections on the home page. Hook.

        :param dict counts: see ``_count_reseller_leads``
        :return: list of dict with ``key``, ``title``, ``url``, ``count`` (number or
            None), ``text``, ``icon`` (address of a picture) and ``sequence``
        """
        return [
            {
                "key": "reseller_leads",
                "title": _("Leads"),
                "url": "/my/leads",
                "count": counts["leads"],
                "text": _("Answer offers and follow up accepted leads"),
                "icon": LEAD_ICON,
                "sequence": 10,
            },
            {
                "key": "reseller_opportunities",
                "title": _("Opportunities"),
                "url": "/my/opportunities",
                "count": counts["opportunities"],
                "text": _("Work your deals until they are won"),
                "icon": DEAL_ICON,
                "sequence": 20,
            },
        ]

    def _get_reseller_home_lists(self, counts):
        """What waits for the person, shown first on the home page. Hook.

        It is what the digest mails as well, so that what belongs in both is added to
        ``res.users._get_reseller_digest_sections``.

        :param dict counts: see ``_count_reseller_leads``
        :return: list of sections, see ``res.users._get_reseller_digest_sections``
        """
        return request.env.user._get_reseller_digest_sections(
            self._get_formats(), HOME_LINES
        )
