from odoo import _
from odoo.http import request
from odoo.tools import format_amount

from ..lib.lists import Cell, Column, ListPage
from .lead_choices import ResellerLeadChoices
from .routes import reseller_form_route

LEAD_ICON = "/crm_reseller_portal/static/src/img/leads.svg"


class ResellerLeadLists(ResellerLeadChoices):
    """The list of leads, and what the lists of leads and of deals share."""

    @reseller_form_route("/my/leads", "/my/leads/page/<int:page>")
    def reseller_leads(self, page=1, **post):
        """List the offers to answer, and the leads accepted and not yet converted.

        :param int page: number of the page, from 1
        :param post: arguments of the address: sorting, filter, grouping and search
        :return: response
        """
        values = self._prepare_reseller_page("reseller_leads", _("Leads"))
        values.update(self._get_reseller_list(self._get_lead_list(), post, page))
        values["done"] = self._describe_given_up(values["reseller"], post)
        values["back"] = "leads"
        return self._render_list("crm_reseller_portal.portal_my_leads", values)

    def _get_lead_list(self):
        """What the list of leads consists of. Hook.

        :return: ``ListPage``
        """
        people_sudo = self._get_filter_people_sudo()
        return self._prepare_lead_page(
            people_sudo,
            url="/my/leads",
            title=_("Leads"),
            domain=self._search_visible(self._get_leads_domain()),
            columns=self._get_lead_columns(people_sudo),
            sortings=self._get_lead_sortings(),
            filters=self._get_lead_filters(),
            groupings=self._get_lead_groupings(),
            empty_text=_(
                "No leads at the moment. We write to you as soon as there is one for "
                "you."
            ),
            empty_url="/my/opportunities",
            empty_label=_("Go to your opportunities"),
            none_found=_("No lead fits this search."),
            icon=LEAD_ICON,
        )

    def _prepare_lead_page(self, people_sudo, url, **options):
        """A list of leads: what those of leads and of deals have in common.

        :param people_sudo: res.partner, see ``_get_filter_people_sudo``
        :param str url: address of the list; each record's is below it
        :param options: what else a ``ListPage`` takes
        :return: ``ListPage``
        """
        return ListPage(
            url=url,
            model="crm.lead",
            record_url=lambda lead: f"{url}/{lead.id}",
            search=self._search_lead_word,
            search_hint=_("Name, company, city"),
            date_field="reseller_offered_on",
            date_label=_("Received"),
            person_field="reseller_contact_id",
            people=people_sudo,
            bulk_template="crm_reseller_portal.reseller_list_hand_over",
            bulk_url="/my/leads/delegate" if people_sudo else "",
            **options,
        )

    def _get_leads_domain(self):
        """Offers waiting for an answer, and accepted leads not yet converted.

        :return: domain
        """
        return [
            *self._get_open_domain(),
            "|",
            ("reseller_state", "=", "pending"),
            "&",
            ("reseller_state", "=", "accepted"),
            ("type", "=", "lead"),
        ]

    def _get_filter_people_sudo(self):
        """The colleagues a supervisor can filter by and hand leads to.

        :return: res.partner, elevated; none for other users
        """
        user = request.env.user
        if not user._is_reseller_supervisor():
            return request.env["res.partner"].sudo()
        return user._get_reseller_colleagues_sudo()

    # ------------------------------------------------------------
    # COLUMNS
    # ------------------------------------------------------------

    def _get_lead_columns(self, people_sudo):
        """The columns of the list of leads. Hook.

        :param people_sudo: the colleagues a supervisor sees; empty for others
        :return: list of ``Column``
        """
        formats = self._get_formats()
        columns = [
            Column("title", _("Lead"), lambda lead: lead.reseller_title),
            Column("company", _("Company"), lambda lead: lead.partner_name),
            Column("place", _("Place"), self._show_place),
            Column(
                "received",
                _("Received"),
                lambda lead: formats.moment(lead.reseller_offered_on),
            ),
            Column(
                "state",
                _("Answer"),
                lambda lead: self._show_answer(lead, formats),
            ),
        ]
        return columns + self._get_person_columns(people_sudo)

    def _get_person_columns(self, people_sudo):
        """The column with the person in charge, for those who can filter by it.

        :param people_sudo: res.partner, see ``_get_filter_people_sudo``
        :return: list of ``Column``, one or none
        """
        if not people_sudo:
            return []
        return [
            Column(
                "person",
                _("Person in charge"),
                lambda lead: lead.reseller_contact_id.name or _("Unassigned"),
            )
        ]

    def _show_place(self, lead):
        """The customer's city and country.

        :param lead: crm.lead, elevated
        :return: text
        """
        return ", ".join(filter(None, (lead.city, lead.country_id.name)))

    def _show_answer(self, lead, formats):
        """The state of a lead, and by when it is to be answered.

        :param lead: crm.lead, elevated
        :param formats: ``PageFormats`` of the page
        :return: ``Cell``
        """
        if lead.reseller_state == "accepted":
            return Cell(_("Accepted"), badge="success")
        deadline = formats.deadline(lead.reseller_due_on)
        if not deadline:
            return Cell(_("Waiting"), badge="info")
        if deadline.overdue:
            return Cell(
                _("Overdue"),
                badge="danger",
                note=_("since %(moment)s", moment=deadline.words),
                colour="danger",
            )
        return Cell(
            _("Waiting"),
            badge="warning" if deadline.colour == "warning" else "info",
            note=_(
                "by %(moment)s (%(left)s left)",
                moment=deadline.words,
                left=deadline.left,
            ),
            colour=deadline.colour,
        )

    def _show_amount(self, lead, name="expected_revenue"):
        """An amount of a lead with its currency.

        :param lead: crm.lead, elevated
        :param str name: name of the field
        :return: text in the language of the reader
        """
        return format_amount(request.env, lead[name], lead.company_currency)

    # ------------------------------------------------------------
    # WHAT WAS DONE, AND SEARCH IN EVERYTHING
    # ------------------------------------------------------------

    def _describe_given_up(self, reseller_sudo, post):
        """What was done with a lead that left the list, checked against the offers:
        anyone can write an address.

        :param reseller_sudo: res.partner, elevated
        :param dict post: arguments of the address; read are ``handed_over``,
            ``declined`` and ``returned``
        :return: ``handed_over``, ``declined``, ``returned`` or None
        """
        if (post.get("handed_over") or "").isdecimal():
            return "handed_over"
        for name, state in (("declined", "declined"), ("returned", "returned")):
            text = post.get(name) or ""
            if not (text.isascii() and text.isdecimal()) or len(text) > 9:
                continue
            offer_sudo = (
                request.env["crm.reseller.offer"]
                .sudo()
                .search(
                    [
                        ("lead_id", "=", int(text)),
                        ("reseller_id", "=", reseller_sudo.id),
                    ],
                    order="id desc",
                    limit=1,
                )
            )
            if offer_sudo.state == state:
                return state
        return None

    def _search_reseller_portal(self, words, limit=5):
        """Add the leads to what the search of the portal finds. Hook.

        :param words: what is looked for
        :param int limit: the most results of one kind
        :return: list of results, see the shell's ``_search_reseller_portal``
        """
        return [
            *super()._search_reseller_portal(words, limit),
            *self._search_list(self._get_lead_list(), words, limit),
        ]
