from odoo import _
from odoo.http import request

from ..lib.lists import Cell, Column, ListPage
from .lead_lists import LEAD_ICON
from .lists import ResellerLists
from .routes import reseller_form_route


class ResellerPastOffers(ResellerLists):
    """The offers a reseller declined, gave back or missed, from the offer alone."""

    @reseller_form_route("/my/leads/past", "/my/leads/past/page/<int:page>")
    def reseller_past_offers(self, page=1, **post):
        """List the offers that are over; they have no links and name no customer.

        :param int page: number of the page, from 1
        :param post: arguments of the address: sorting, filter, grouping and search
        :return: response
        """
        values = self._prepare_reseller_page(
            "reseller_leads",
            _("Declined, returned and missed offers"),
            [{"label": _("Leads"), "url": "/my/leads"}],
        )
        past = self._get_past_offer_list(values["reseller"])
        values.update(self._get_reseller_list(past, post, page))
        return self._render_list("crm_reseller_portal.reseller_list_page", values)

    def _get_past_offer_list(self, reseller_sudo):
        """What the list of past offers consists of. Hook.

        :param reseller_sudo: the company that asks
        :return: ``ListPage``
        """
        formats = self._get_formats()
        return ListPage(
            url="/my/leads/past",
            title=_("Declined, returned and missed offers"),
            model="crm.reseller.offer",
            domain=request.env.user._get_reseller_past_offer_domain(),
            columns=[
                Column("title", _("Offer"), lambda offer: offer.title or _("Lead")),
                Column("state", _("Answer"), self._show_past_state),
                Column(
                    "offered",
                    _("Received"),
                    lambda offer: formats.moment(offer.offered_on),
                ),
                Column(
                    "answered",
                    _("Closed"),
                    lambda offer: formats.moment(
                        offer.returned_on or offer.answered_on
                    ),
                ),
                Column(
                    "reason", _("Reason"), lambda offer: offer.decline_reason_id.name
                ),
                Column(
                    "comment",
                    _("Comment"),
                    lambda offer: offer.return_comment
                    if offer.state == "returned"
                    else offer.comment,
                ),
            ],
            record_url=lambda offer: None,
            sortings={
                "closed": {
                    "label": _("Newest"),
                    "order": "answered_on desc nulls last, id desc",
                },
                "offered": {
                    "label": _("Received"),
                    "order": "offered_on desc nulls last, id desc",
                },
            },
            filters={
                "all": {"label": _("All"), "domain": []},
                "declined": {
                    "label": _("Declined"),
                    "domain": [("state", "=", "declined")],
                    "empty": _("You declined no offer."),
                },
                "returned": {
                    "label": _("Returned"),
                    "domain": [("state", "=", "returned")],
                    "empty": _("You gave no lead back."),
                },
                "expired": {
                    "label": _("Missed"),
                    "domain": [("state", "=", "expired")],
                    "empty": _("You missed no offer."),
                },
            },
            search=("title", "comment", "return_comment"),
            search_hint=_("Title, comment"),
            date_field="offered_on",
            date_label=_("Received"),
            empty_text=_("You declined, returned or missed no offer."),
            empty_url="/my/leads",
            empty_label=_("Go to your leads"),
            none_found=_("No offer fits this search."),
            icon=LEAD_ICON,
        )

    def _show_past_state(self, offer):
        """How an offer ended.

        :param offer: crm.reseller.offer that is declined, returned or expired
        :return: ``Cell``
        """
        return {
            "declined": Cell(_("Declined"), badge="secondary"),
            "returned": Cell(_("Returned"), badge="warning"),
            "expired": Cell(_("Missed"), badge="danger"),
        }[offer.state]
