from odoo import _
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from .answers import LARGEST_ID, ResellerAnswers

# Catch-alls of the routes are called ``post``, never ``kwargs``: Odoo's ``_()`` looks
# for a context in a caller's variable of that name, and a visitor can send a field
# ``context``.


class ResellerPortal(ResellerAnswers, CustomerPortal):
    """What the pages of a reseller share. It has no routes of its own."""

    # ------------------------------------------------------------
    # WHO IS ASKING
    # ------------------------------------------------------------

    def _get_reseller_or_404(self):
        """The company of the reseller who asks.

        :return: (elevated) record of ``res.partner``
        :raises NotFound: for anyone else
        """
        reseller_sudo = request.env.user._get_reseller_sudo()
        if not reseller_sudo:
            raise request.not_found()
        return reseller_sudo

    def _find_lead(self, lead_id):
        """A lead of those the user works, elevated.

        :param int lead_id: as the address has it
        :return: the lead under sudo() of the user's own environment, or nothing
        """
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        if lead_id > LARGEST_ID:
            return Lead
        # one statement for the domain and the columns
        return Lead.search_fetch(
            [*request.env.user._get_reseller_lead_domain(), ("id", "=", lead_id)],
            self._get_columns(Lead),
            order="id",
        )

    def _get_columns(self, model):
        """The names of the columns that one read brings along anyway.

        :param model: the model, as a recordset
        :return: list of names of fields
        """
        return [
            name
            for name, field in model._fields.items()
            if field.store and field.column_type and field.prefetch is True
        ]

    def _search_visible(self, domain=()):
        """Narrow a domain to the leads the user works.

        The result is for a search under ``sudo()`` with ``active_test=False``.

        :param domain: domain of crm.lead
        :return: domain
        """
        return [*request.env.user._get_reseller_lead_domain(), *domain]

    def _get_required_fields(self, form, company):
        """The fields of a form that have to be filled, besides its own. Hook.

        :param str form: ``deal`` (update of an opportunity), ``outcome``, or that of
            another addon
        :param company: res.company whose settings apply
        :return: tuple of names, as the form class has them
        """
        return ()

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_formats(self):
        """How this page shows and reads dates and numbers.

        :return: ``PageFormats``
        """
        # what the page shows is what it reads: in the language of the page
        return request.env.user._get_reseller_formats()

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _prepare_reseller_values(self, reseller_sudo, page_name, title, crumbs=()):
        """The values each page of a reseller needs. Hook.

        :param reseller_sudo: the company whose page it is
        :param str page_name: key of the page; that of its tab is highlighted
        :param str title: heading of the page
        :param crumbs: list of dict with ``label`` and ``url``: the way to the page
        :return: dict of values for the template: ``page_name``, ``title`` (of the
            browser), ``heading``, ``reseller``, ``reseller_level``,
            ``reseller_supervisor``, ``formats`` (``PageFormats``), ``reseller_crumbs``,
            ``errors`` and ``typed`` (of a form), ``done`` (what was done, a key) and
            ``get_field_id`` (function of a field's name: where on the page it is)
        """
        values = self._prepare_portal_layout_values()
        values.update(
            self._get_layout_values(),
            page_name=page_name,
            # the browser's title, with and without Website
            title=f"{title} | {request.env.company.name}",
            heading=title,
            reseller=reseller_sudo,
            reseller_level=reseller_sudo.reseller_level_id,
            reseller_supervisor=request.env.user._is_reseller_supervisor(),
            preview=False,
            formats=self._get_formats(),
            reseller_crumbs=[*crumbs, {"label": title, "url": None}],
            errors={},
            typed={},
            done=None,
            get_field_id="reseller_{}".format,
        )
        return values

    def _prepare_reseller_page(self, page_name, title, crumbs=(), form=None, **extra):
        """The values of a page with the tabs of the reseller's portal.

        :param str page_name: key of the page
        :param str title: heading of the page
        :param crumbs: see ``_prepare_reseller_values``
        :param form: ``Form`` that was sent and is wrong, to be shown again, or None
        :param extra: more values
        :return: dict of values for the template
        """
        reseller_sudo = self._get_reseller_or_404()
        values = self._prepare_reseller_values(reseller_sudo, page_name, title, crumbs)
        if form is not None:
            values.update(errors=form.errors, typed=form.typed)
        return {**values, "reseller_tabs": self._get_sorted_tabs(), **extra}

    def _get_reseller_tabs(self):
        """The sections of the reseller's portal. Hook.

        :return: list of dict with ``key`` (the ``page_name`` of its list), ``label``,
            ``url``, ``sequence`` and, if wished, ``count`` (a number) and ``icon``
            (class of an icon, such as ``fa-inbox``)
        """
        counts = self._count_reseller_leads()
        return [
            {
                "key": "reseller_leads",
                "label": _("Leads"),
                "url": "/my/leads",
                "count": counts["leads"],
                "sequence": 10,
                "icon": "fa-inbox",
            },
            {
                "key": "reseller_opportunities",
                "label": _("Opportunities"),
                "url": "/my/opportunities",
                "count": counts["opportunities"],
                "sequence": 20,
                "icon": "fa-line-chart",
            },
        ]

    def _get_sorted_tabs(self):
        """The tabs of the portal, in the order they are shown.

        :return: list of dicts, see ``_get_reseller_tabs``
        """
        return sorted(self._get_reseller_tabs(), key=lambda tab: tab["sequence"])

    def _render_reseller_page(self, template, values, status=200):
        """Answer with a page, whose title says so when a form on it is wrong.

        :param str template: external id of the template
        :param dict values: of the page
        :param int status: of the answer
        :return: the response
        """
        if values["errors"]:
            values["title"] = _("Please check: %(title)s", title=values["title"])
            status = 422
        return request.render(template, values, status=status)

    def _render_nothing_here(
        self, explanation, page_name="reseller_gone", title="", status=404, **values
    ):
        """Answer for what is not there, not for this visitor, or cannot be done.

        :param str explanation: sentence
        :param str page_name: key of the page
        :param str title: heading; that there is nothing here, if empty
        :param int status: of the answer
        :param values: more values of the page
        :return: the response
        """
        values = self._prepare_reseller_page(
            page_name,
            title or _("There is nothing here"),
            explanation=explanation,
            **values,
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_lead_gone", values, status=status
        )

    def _get_layout_values(self):
        """Values that spare visitors what the layout works out for editors.

        Website describes what a page is about, four times, to offer its editors what
        they may change there: where nothing is named, the page's view with all its
        fields. Resellers edit nothing.

        :return: dict, empty for editors
        """
        if not request.env.user.share:
            return {}
        return {"main_object": request.env["base"]}

    def _handle_form(self, form, show_again, change, answer):
        """Do what a form asks for, or show it again with what is wrong.

        :param form: ``Form`` that was sent
        :param show_again: function of ``errors`` and ``typed`` to a response
        :param change: function of the form's values; where it raises, the route's
            decorator says why (see ``reseller_form_route``)
        :param answer: the response once it is done
        :return: response
        """
        if form.errors:
            return show_again(errors=form.errors, typed=form.typed)
        change(form.values)
        return answer

    # ------------------------------------------------------------
    # WHICH LEADS
    # ------------------------------------------------------------

    def _count_reseller_leads(self):
        """How many leads wait, were accepted, and are worked as deals.

        :return: dict of ``waiting``, ``accepted``, ``leads`` (both) and
            ``opportunities``
        """
        Lead = request.env["crm.lead"].sudo()
        counts = {"waiting": 0, "accepted": 0, "leads": 0, "opportunities": 0}
        groups = Lead._read_group(
            self._search_visible(self._get_open_domain()),
            ["reseller_state", "type"],
            ["__count"],
        )
        for state, lead_type, count in groups:
            if state == "pending":
                counts["waiting"] += count
            elif lead_type == "lead":
                counts["accepted"] += count
            else:
                counts["opportunities"] += count
        counts["leads"] = counts["waiting"] + counts["accepted"]
        return counts

    def _get_open_domain(self):
        """Leads that are neither won nor lost.

        :return: domain
        """
        won = ("stage_id", "in", self._search_won_stages())
        return [("active", "=", True), "|", ("stage_id", "=", False), "!", won]

    @staticmethod
    def _search_won_stages():
        """The stages of won deals, without a join: one pass can count many choices.

        :return: query of crm.stage, for a domain
        """
        return request.env["crm.stage"].sudo()._search([("is_won", "=", True)])
