from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.lists import ResellerLists
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route
from odoo.addons.crm_reseller_portal.forms import Form
from odoo.addons.crm_reseller_portal.lib.lists import Column, ListPage


class WishForm(Form):
    """A wish: ``values`` holds its ``name``."""

    names = ("name",)

    def parse(self):
        """Read the wish, which must be there."""
        if not self.read_line("name"):
            self.errors["name"] = _("Write your wish.")


class ResellerWishes(ResellerLists):
    """A section of its own: a tab, a list and a form."""

    def _get_reseller_tabs(self):
        wish = {"key": "wishes", "label": _("Wishes"), "url": "/my/wishes"}
        return [*super()._get_reseller_tabs(), {**wish, "sequence": 90}]

    @reseller_form_route("/my/wishes", "/my/wishes/page/<int:page>")
    def wishes(self, page=1, **post):
        """List the reseller's wishes."""
        values = self._prepare_reseller_page("wishes", _("Wishes"))
        wishes = ListPage(
            url="/my/wishes",
            title=_("Wishes"),
            model="crm.reseller.demo.wish",
            domain=[("reseller_id", "=", values["reseller"].id)],
            columns=[Column("name", _("Wish"), lambda wish: wish.name)],
            sortings={"name": {"label": _("Name"), "order": "name, id"}},
            search=("name",),
            search_hint=_("Wish"),
            empty_text=_("No wishes yet."),
            empty_url="/my/wishes/new",
            empty_label=_("Make a wish"),
            none_found=_("No wish fits this search."),
        )
        values.update(self._get_reseller_list(wishes, post, page))
        return self._render_list("crm_reseller_portal.reseller_list_page", values)

    @reseller_form_route("/my/wishes/new", methods=["POST"], form="_render_wish")
    def wish(self, **post):
        """Make a wish."""
        form = WishForm(post, self._get_formats())
        if form.errors:
            return self._render_wish(form)
        values = {**form.values, "reseller_id": self._get_reseller_or_404().id}
        request.env["crm.reseller.demo.wish"].sudo().create(values)
        return request.redirect("/my/wishes")

    def _render_wish(self, form=None, /, **post):
        values = self._prepare_reseller_page(
            "wishes",
            _("Make a wish"),
            [{"label": _("Wishes"), "url": "/my/wishes"}],
            form=form,
            form_fields=[{"name": "name", "label": _("Your wish")}],
            form_button=_("Send"),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.reseller_form_page", values
        )
