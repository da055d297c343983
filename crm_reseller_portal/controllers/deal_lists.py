from odoo import _, fields
from odoo.http import request

from ..lib.lists import Cell, Column
from .lead_lists import ResellerLeadLists
from .routes import reseller_form_route

DEAL_ICON = "/crm_reseller_portal/static/src/img/opportunities.svg"


class ResellerDealLists(ResellerLeadLists):
    """The list of deals."""

    @reseller_form_route("/my/opportunities", "/my/opportunities/page/<int:page>")
    def reseller_opportunities(self, page=1, **post):
        """List the deals: open, won and lost.

        :param int page: number of the page, from 1
        :param post: arguments of the address: sorting, filter, grouping and search
        :return: response
        """
        values = self._prepare_reseller_page(
            "reseller_opportunities", _("Opportunities")
        )
        values["number"] = page
        return self._render_deals(values, post)

    def _render_deals(self, values, post):
        """Show the deals, as a list. Hook.

        :param dict values: of the page; ``number`` is that of the list's page
        :param dict post: arguments of the address
        :return: response
        """
        number = values["number"]
        values.update(self._get_reseller_list(self._get_deal_list(), post, number))
        values["done"] = self._describe_given_up(values["reseller"], post)
        values["back"] = "opportunities"
        return self._render_list("crm_reseller_portal.portal_my_leads", values)

    def _get_deal_list(self):
        """What the list of deals consists of. Hook.

        :return: ``ListPage``
        """
        people_sudo = self._get_filter_people_sudo()
        return self._prepare_lead_page(
            people_sudo,
            url="/my/opportunities",
            title=_("Opportunities"),
            domain=self._search_visible(self._get_opportunities_domain()),
            columns=self._get_opportunity_columns(people_sudo),
            sortings=self._get_opportunity_sortings(),
            filters=self._get_opportunity_filters(),
            groupings=self._get_opportunity_groupings(),
            empty_text=_(
                "No opportunities yet. An accepted lead becomes one when you convert "
                "it."
            ),
            empty_url="/my/leads",
            empty_label=_("Go to your leads"),
            none_found=_("No opportunity fits this search."),
            icon=DEAL_ICON,
            prepare=lambda leads: leads.reseller_outcome_ids.mapped("state"),
        )

    def _get_opportunities_domain(self):
        """The deals: open, won and lost.

        :return: domain
        """
        return [("reseller_state", "=", "accepted"), ("type", "=", "opportunity")]

    def _get_opportunity_columns(self, people_sudo):
        """The columns of the list of deals. Hook.

        :param people_sudo: the colleagues a supervisor sees; empty for others
        :return: list of ``Column``
        """
        return [
            Column("title", _("Opportunity"), lambda lead: lead.name),
            Column("company", _("Company"), lambda lead: lead.partner_name),
            Column("state", _("Status"), self._show_deal_state),
            Column("step", _("Next step"), self._show_step),
            Column("closing", _("Closing"), self._show_closing),
            Column(
                "probability",
                _("Probability"),
                lambda lead: f"{lead._get_reseller_probability()}%",
                numeric=True,
            ),
            Column("revenue", _("Expected revenue"), self._show_amount, numeric=True),
            *self._get_person_columns(people_sudo),
        ]

    def _show_deal_state(self, lead):
        """Whether a deal is open, won, lost, or reported as one of them.

        :param lead: crm.lead, elevated
        :return: ``Cell``
        """
        if not lead.active:
            return Cell(_("Lost"), badge="secondary")
        if lead.stage_id.is_won:
            return Cell(_("Won"), badge="success")
        report = lead.reseller_outcome_ids.filtered(lambda r: r.state == "reported")[:1]
        if report:
            won = report.outcome == "won"
            label = _("Reported won") if won else _("Reported lost")
            return Cell(label, badge="warning", note=_("to be confirmed"))
        return Cell(_("Active"), badge="info")

    def _show_step(self, lead):
        """The next step of a deal and its day.

        :param lead: crm.lead, elevated
        :return: ``Cell``, or empty text without a step
        """
        formats = self._get_formats()
        if not lead.reseller_step_type:
            return ""
        text = lead.reseller_step_note or lead._get_step_text()
        late = lead.reseller_step_date < formats.today
        day = formats.day(lead.reseller_step_date)
        return Cell(
            text,
            note=_("%(day)s (overdue)", day=day) if late else day,
            colour="danger" if late else "",
        )

    def _show_closing(self, lead):
        """The day a deal should close, marked once it has passed.

        :param lead: crm.lead, elevated
        :return: ``Cell`` or text
        """
        formats = self._get_formats()
        past = lead.date_deadline and lead.date_deadline < formats.today
        if past and lead.active and not lead.stage_id.is_won:
            day = formats.day(lead.date_deadline)
            return Cell(note=_("%(day)s (passed)", day=day), colour="danger")
        return formats.day(lead.date_deadline)

    # ------------------------------------------------------------
    # ORDER AND FILTERS
    # ------------------------------------------------------------

    def _get_opportunity_sortings(self):
        """The ways to sort the deals; the first is the default. Hook.

        :return: dict of key to a dict with ``label`` and ``order``, as for a search
        """
        return {
            "closing": {
                "label": _("Closing soonest"),
                "order": "date_deadline, id",
            },
            "date": {
                "label": _("Newest"),
                "order": "reseller_offered_on desc nulls last, id desc",
            },
            "revenue": {
                "label": _("Expected revenue"),
                "order": "expected_revenue desc nulls last, id",
            },
            "probability": {
                "label": _("Probability"),
                "order": "probability desc nulls last, id",
            },
            "name": {"label": _("Name"), "order": "name, id"},
            "company": {"label": _("Company"), "order": "partner_name, id"},
        }

    def _get_opportunity_filters(self):
        """The filters of the deals; the first is the default. Hook.

        :return: dict of key to a dict with ``label``, ``domain`` and, where the list
            may have a sentence of its own for no result, ``empty``
        """
        today = self._get_formats().today
        active = self._get_open_domain()
        reported = (
            request.env["crm.reseller.outcome"]
            .sudo()
            ._search([("state", "=", "reported")])
        )
        return {
            "all": {"label": _("Active"), "domain": active},
            "month": {
                "label": _("Closing this month"),
                "domain": [
                    *active,
                    ("date_deadline", ">=", fields.Date.start_of(today, "month")),
                    ("date_deadline", "<=", fields.Date.end_of(today, "month")),
                ],
                "empty": _("No opportunity closes this month."),
            },
            "overdue": {
                "label": _("Next step overdue"),
                "domain": [*active, ("reseller_step_date", "<", today)],
                "empty": _("No next step is overdue."),
            },
            "reported": {
                "label": _("Reported"),
                "domain": [*active, ("reseller_outcome_ids", "in", reported)],
                "empty": _("No reported result waits for confirmation."),
            },
            "won": {
                "label": _("Won"),
                "domain": [
                    ("active", "=", True),
                    ("stage_id", "in", self._search_won_stages()),
                ],
                "empty": _("No opportunity is won yet."),
            },
            "lost": {
                "label": _("Lost"),
                "domain": [("active", "=", False)],
                "empty": _("No opportunity is lost."),
            },
        }

    def _get_opportunity_groupings(self):
        """The ways to group the deals; the first is the default. Hook.

        :return: dict of key to a dict with ``label`` and, unless it groups nothing,
            ``order``, as for a search, and ``key``, a function from a lead to a group's
            title
        """
        formats = self._get_formats()
        return {
            "none": {"label": _("None")},
            "closing": {
                "label": _("Closing date"),
                "order": "date_deadline",
                "key": lambda lead: (
                    formats.month(lead.date_deadline) or _("No closing date")
                ),
            },
            **self._get_shared_groupings(),
        }

    def _search_reseller_portal(self, words, limit=5):
        """Add the deals to what the search of the portal finds. Hook.

        :param words: what is looked for
        :param int limit: the most results of one kind
        :return: list of results, see the shell's ``_search_reseller_portal``
        """
        return [
            *super()._search_reseller_portal(words, limit),
            *self._search_list(self._get_deal_list(), words, limit),
        ]
