from odoo import _
from odoo.tools import groupby

from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route
from odoo.addons.crm_reseller_portal.forms.base import clean_text

from .resource_lists import ResellerResourceLists

LONGEST_SEARCH = 100
RESULTS = 5  # of each section


class ResellerSearch(ResellerResourceLists):
    """One search in all sections of the portal."""

    @reseller_form_route("/my/search")
    def reseller_search(self, search="", **post):
        """Find leads, deals, resources and whatever other addons add.

        :param str search: what was typed
        :param post: further arguments of the address, ignored
        :return: response
        """
        words = clean_text(search)[:LONGEST_SEARCH]
        values = self._prepare_reseller_page("reseller_search", _("Search"))
        found = self._search_reseller_portal(words, RESULTS) if words else []
        values.update(
            search=words,
            # sections that are lists of one label belong together
            sections=groupby(found, lambda each: (each["label"], each["key"])),
        )
        return self._render_list("crm_reseller_resource.portal_my_search", values)
