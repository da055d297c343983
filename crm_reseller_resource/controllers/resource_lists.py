from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route
from odoo.addons.crm_reseller_portal.lib.lists import Column, ListPage

from .resource_cards import ResellerResourceCards

ICON = "/crm_reseller_resource/static/src/img/resources.svg"
CATEGORIES_SHOWN = 12


class ResellerResourceLists(ResellerResourceCards):
    """The list of resources, its tab, its card and its part of the search."""

    def _get_reseller_tabs(self):
        """The sections of the portal, resources among them. Hook.

        :return: list of dicts, see the shell
        """
        return [
            *super()._get_reseller_tabs(),
            {
                "key": "reseller_resources",
                "label": _("Resources"),
                "url": "/my/resources",
                "count": None,
                "sequence": 40,
                "icon": "fa-folder-open-o",
            },
        ]

    def _get_reseller_home_cards(self, counts):
        """The cards of the home page, that of resources among them. Hook.

        :param dict counts: see the shell
        :return: list of dicts, see the shell
        """
        return [
            *super()._get_reseller_home_cards(counts),
            {
                "key": "reseller_resources",
                "title": _("Resources"),
                "url": "/my/resources",
                "count": None,
                "text": _("Price lists, catalogues, guides and answers"),
                "icon": ICON,
                "sequence": 40,
            },
        ]

    def _search_reseller_portal(self, words, limit=5):
        """Find what the visitor may see, resources among it. Hook.

        :param str words: what was typed
        :param int limit: the most results of each section
        :return: list of dicts, see the shell
        """
        found = super()._search_reseller_portal(words, limit)
        # what the filters would cost is not needed here
        page = self._get_resource_list({"all": {"label": _("All"), "domain": []}})
        return found + self._search_list(page, words, limit)

    # ------------------------------------------------------------
    # THE LIST
    # ------------------------------------------------------------

    @reseller_form_route("/my/resources", "/my/resources/page/<int:page>")
    def reseller_resources(self, page=1, **post):
        """List the resources that are meant for the visitor.

        :param int page: number of the page
        :param post: search, filter and sorting
        :return: response
        """
        values = self._prepare_reseller_page("reseller_resources", _("Resources"))
        values.update(self._get_reseller_list(self._get_resource_list(), post, page))
        values["resources"] = self._describe_resources(values["records"])
        return self._render_list("crm_reseller_resource.portal_my_resources", values)

    def _search_resources(self, domain=()):
        """Narrow a domain to the resources the visitor sees.

        :param list domain: domain of crm.reseller.resource
        :return: domain for an elevated search
        """
        day = self._get_formats().today
        return [*request.env.user._get_reseller_resource_domain(day), *domain]

    def _get_chosen_resources(self):
        """Narrow the list to the direction the visitor chose.

        :return: domain; resources for all directions belong to each of them
        """
        chosen = self._get_chosen_direction()
        if not chosen:
            return []
        field = "audience_direction_ids"
        return ["|", (field, "=", False), (field, "in", [chosen])]

    def _get_new_days(self):
        """How long a resource is called new.

        :return: number of days
        """
        reseller_sudo = self._get_reseller_or_404()
        company_sudo = reseller_sudo._get_reseller_company()
        company_sudo = company_sudo or request.env["crm.lead"]._get_main_company()
        return company_sudo.sudo().reseller_resource_new_days

    def _get_resource_list(self, filters=None):
        """What the list of resources consists of. Hook.

        :param dict filters: the choices above the list; all of them if left out
        :return: ``ListPage``
        """
        return ListPage(
            url="/my/resources",
            title=_("Resources"),
            model="crm.reseller.resource",
            domain=self._search_resources(self._get_chosen_resources()),
            columns=[
                Column("name", _("Title"), lambda each: each.name),
                Column("kind", _("Type"), lambda each: self._get_kind(each.kind)),
                Column("category", _("Category"), lambda each: each.category_id.name),
            ],
            record_url=lambda each: f"/my/resources/{each.id}",
            sortings={
                "newest": {
                    "label": _("Newest"),
                    "order": "last_valid_on desc, sequence, id desc",
                },
                "name": {"label": _("Title"), "order": "name, id"},
            },
            filters=filters or self._get_resource_filters(),
            search=self._get_resource_search,
            search_hint=_("Title, topic, answer"),
            empty_text=_(
                "There are no resources for you yet. Our team publishes price lists, "
                "catalogues and answers here."
            ),
            empty_url="/my/home",
            empty_label=_("Back to the start page"),
            none_found=_("No resource fits this search."),
            icon=ICON,
        )

    def _get_resource_search(self, word):
        """Where one word of a search is looked for.

        :param str word: escaped for ``ilike``
        :return: domain
        """
        Version = request.env["crm.reseller.resource.version"].sudo()
        valid = Version._get_valid_domain(self._get_formats().today)
        names = ("name", "summary", "category_id.name", "tag_ids.name")
        return [
            *["|"] * len(names),
            *((name, "ilike", word) for name in names),
            ("version_ids", "any", [*valid, ("body", "ilike", word)]),
        ]

    def _get_resource_filters(self):
        """The choices above the list: categories, favourites and what is new. Hook.

        :return: dict, see ``ListPage``
        """
        Resource = request.env["crm.reseller.resource"].sudo()
        today, person = self._get_formats().today, request.env.user.partner_id
        filters = {
            "all": {"label": _("All"), "domain": []},
            "favourites": {
                "label": _("Favourites"),
                "domain": [("favourite_partner_ids", "in", person.ids)],
                "empty": _("Press the star of a resource to find it here again."),
            },
            "new": {
                "label": _("New and updated"),
                "domain": Resource._get_changed_domain(today, self._get_new_days()),
                "empty": _("There is nothing new at present."),
            },
        }
        Category = request.env["crm.reseller.resource.category"].sudo()
        for category in Category.search_fetch([], ["name"], limit=CATEGORIES_SHOWN):
            filters[f"category{category.id}"] = {
                "label": category.name,
                "domain": [("category_id", "=", category.id)],
                "empty": _("There is nothing in this category for you yet."),
            }
        return filters
