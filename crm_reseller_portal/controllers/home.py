from odoo import _
from odoo.http import request, route

from .deal_lists import DEAL_ICON, ResellerDealLists
from .lead_lists import LEAD_ICON

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
        return response

    def _prepare_reseller_home_values(self):
        """What a reseller finds on the home page before anything else. Hook.

        :return: dict of values for the template
        """
        counts = self._count_reseller_leads()
        return {
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
        """What waits for the reseller, shown first on the home page. Hook.

        :param dict counts: see ``_count_reseller_leads``
        :return: list of dict with ``key``, ``title``, ``url`` (of the whole list),
            ``total``, ``sequence``, ``colour`` (``warning``, ``danger``, ``info``) and
            ``lines``: list of dict with ``title``, ``url``, ``detail`` (plain text) and
            ``deadline`` (``Deadline`` or None)
        """
        if not counts["waiting"]:
            return []
        formats = self._get_formats()
        leads_sudo = (
            request.env["crm.lead"]
            .sudo()
            .search(
                self._search_visible(
                    [("reseller_state", "=", "pending"), *self._get_open_domain()]
                ),
                order="reseller_due_on, id",
                limit=HOME_LINES,
            )
        )
        first = formats.deadline(leads_sudo[:1].reseller_due_on)
        return [
            {
                "key": "waiting",
                "title": self._describe_waiting(counts["waiting"], first),
                "url": "/my/leads?filterby=waiting",
                "total": counts["waiting"],
                "sequence": 10,
                "colour": "danger" if first and first.overdue else "warning",
                "lines": [
                    {
                        "title": lead.reseller_title,
                        "url": f"/my/leads/{lead.id}",
                        "detail": ", ".join(
                            filter(None, (lead.partner_name, self._show_place(lead)))
                        ),
                        "deadline": formats.deadline(lead.reseller_due_on),
                    }
                    for lead in leads_sudo
                ],
            }
        ]

    def _describe_waiting(self, count, first):
        """A sentence about the offers that wait for an answer.

        :param int count: how many
        :param first: ``Deadline`` of the most urgent one, or None
        :return: text in the language of the reader
        """
        if count == 1 and not first:
            return _("1 lead is waiting for your answer")
        if not first:
            return _("%(count)s leads are waiting for your answer", count=count)
        names = {"count": count, "moment": first.words}
        if count == 1 and first.overdue:
            return _(
                "1 lead is waiting for your answer; it was due %(moment)s", **names
            )
        if count == 1:
            return _("1 lead is waiting for your answer; it is due %(moment)s", **names)
        if first.overdue:
            return _(
                "%(count)s leads are waiting for your answer; the first was due "
                "%(moment)s",
                **names,
            )
        return _(
            "%(count)s leads are waiting for your answer; the first is due %(moment)s",
            **names,
        )
