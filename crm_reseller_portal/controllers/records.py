from odoo import _
from odoo.http import request
from odoo.tools import lazy

from ..forms import Upload
from ..lib.documents import EXTENSIONS
from .lists import ResellerLists

# more of them would make the page heavier than 45 kB
MESSAGES_SHOWN = 20
DOCUMENT_TYPES = ",".join(sorted(f".{extension}" for extension in EXTENSIONS))


class ResellerRecords(ResellerLists):
    """What the pages of a lead and of a deal share. It has no routes of its own."""

    def _get_page_reseller_sudo(self, lead_sudo):
        """The reseller whose page it is. Hook.

        :param lead_sudo: crm.lead, elevated
        :return: res.partner, elevated
        """
        return self._get_reseller_or_404()

    def _is_deal_page(self, lead_sudo):
        """Whether a lead is shown on the page of a deal.

        :param lead_sudo: crm.lead, elevated
        :return: bool
        """
        return lead_sudo._get_reseller_path().startswith("/my/opportunities/")

    def _render_record(self, lead_sudo, template=None, **extra):
        """Show a lead or a deal on its page, or a form of it on a page of its own.

        :param lead_sudo: elevated record
        :param str template: external id of another template than the record's own
        :param extra: more values, such as ``errors`` and ``typed`` of a form
        :return: the response
        """
        deal = self._is_deal_page(lead_sudo)
        reseller_sudo = self._get_page_reseller_sudo(lead_sudo)
        view = lead_sudo._get_reseller_view()
        if deal:
            crumbs = [{"label": _("Opportunities"), "url": "/my/opportunities"}]
        else:
            crumbs = [{"label": _("Leads"), "url": "/my/leads"}]
        values = self._prepare_reseller_values(
            reseller_sudo,
            "reseller_opportunity" if deal else "reseller_lead",
            view["title"],
            crumbs,
        )
        values["view"] = view
        values.update(self._prepare_record_values(lead_sudo, reseller_sudo))
        if deal:
            values.update(self._prepare_opportunity_values(lead_sudo, values))
        else:
            values.update(self._prepare_lead_values(lead_sudo, values))
        values.update(extra)
        own = "portal_my_opportunity" if deal else "portal_my_lead"
        return self._render_reseller_page(
            template or f"crm_reseller_portal.{own}", values
        )

    def _prepare_record_values(self, lead_sudo, reseller_sudo):
        """The values that the page of a lead and that of a deal share. Hook.

        :param lead_sudo: elevated record
        :param reseller_sudo: the company whose page it is
        :return: dict of values for the template: ``lead``, ``pending``, ``base_path``,
            ``offer``, ``messages``, ``older``, ``documents``, ``colleagues``,
            ``salesperson``, ``document_types`` and ``allowed`` (names of operations,
            see ``crm.lead._get_reseller_operations``)
        """
        # only pages that offer to hand the lead over read them
        colleagues_sudo = lazy(lambda: self._get_colleagues_sudo(lead_sudo))
        offers_sudo = lead_sudo._get_reseller_offers()
        everything = request.httprequest.args.get("history") == "all"
        messages, older = lead_sudo._get_newest_reseller_messages(
            reseller_sudo, offers_sudo, None if everything else MESSAGES_SHOWN
        )
        salesperson_sudo = lead_sudo.user_id.partner_id
        # everybody the page names is read together
        people_sudo = messages.author_id | salesperson_sudo
        (people_sudo | lead_sudo.reseller_contact_id).mapped("name")
        return {
            "lead": lead_sudo,
            "pending": lead_sudo.reseller_state == "pending",
            "base_path": lead_sudo._get_reseller_path(),
            "offer": offers_sudo.filtered(
                lambda offer: offer.reseller_id == reseller_sudo
            )[:1],
            "messages": messages,
            "older": older,
            "documents": messages.attachment_ids,
            "colleagues": colleagues_sudo,
            "salesperson": salesperson_sudo,
            "document_types": DOCUMENT_TYPES,
            "allowed": lead_sudo._get_reseller_allowed(),
        }

    def _get_colleagues_sudo(self, lead_sudo):
        """The people a supervisor can hand the lead to.

        :param lead_sudo: crm.lead, elevated
        :return: res.partner, elevated; none for other users
        """
        user = request.env.user
        if not user._is_reseller_supervisor():
            return request.env["res.partner"].sudo()
        return user._get_reseller_colleagues_sudo() - lead_sudo.reseller_contact_id

    def _get_uploads(self, name="documents"):
        """The files that were sent along.

        :param str name: of the field
        :return: list of ``Upload``
        """
        uploads = []
        for file in request.httprequest.files.getlist(name):
            if file.filename:
                # a request that collided with another one is handled once more
                file.seek(0)
                uploads.append(Upload(file.filename, file.read))
        return uploads

    def _redirect_to_record(self, lead_sudo, done, anchor=""):
        """Go to the page of a lead or deal and say there what was done.

        :param lead_sudo: elevated record
        :param str done: key of what was done, see the template ``reseller_done``
        :param str anchor: part of the page to show
        :return: the response
        """
        path = lead_sudo._get_reseller_path()
        return request.redirect(f"{path}?done={done}{anchor}")
