from odoo import _
from odoo.http import request

from ..lib.lists import Column
from .home import ResellerHome
from .routes import reseller_form_route
from .usage import NOTHING

# what a person chose, for as long as the session lasts
CHOICE = "reseller_direction_id"


class ResellerDirections(ResellerHome):
    """Which direction a visitor chose, and what its portal shows."""

    # ------------------------------------------------------------
    # WHICH DIRECTION
    # ------------------------------------------------------------

    def _get_direction_access(self):
        """What the directions let the visitor see.

        :return: ``DirectionAccess``
        """
        user = request.env.user
        # each page asks several times, and it is the same all through a request
        whose, access = getattr(request, "reseller_direction_access", (None, None))
        if whose != user.id:
            access = user._get_reseller_direction_access()
            request.reseller_direction_access = (user.id, access)
        return access

    def _get_chosen_direction(self):
        """The direction the visitor chose to look at. Hook for lists of other addons.

        :return: id of a direction of the visitor's company, None for all of them
        """
        chosen = request.session.get(CHOICE)
        directions = self._get_direction_access().directions
        return chosen if len(directions) > 1 and chosen in directions else None

    def _get_chosen_direction_domain(self, field="reseller_direction_id"):
        """Narrow a list to the direction the visitor chose. Hook.

        Records without a direction belong to all of them.

        :param str field: path of the field that holds a record's direction
        :return: domain, empty where nothing was chosen
        """
        chosen = self._get_chosen_direction()
        return [(field, "in", [False, chosen])] if chosen else []

    def _get_direction_home(self):
        """The address the visitor's portal begins at.

        :return: address of the chosen direction's portal, of the home direction's, or
            the general one
        """
        access = self._get_direction_access()
        path = access.paths.get(self._get_chosen_direction() or access.home)
        return f"/partner/{path}" if path else "/my"

    def _search_visible(self, domain=()):
        """Narrow the lists to the direction the visitor chose, too.

        :param domain: domain of crm.lead
        :return: domain
        """
        return [
            *super()._search_visible(domain),
            *self._get_chosen_direction_domain(),
        ]

    @reseller_form_route("/my/direction", methods=["POST"], counts=NOTHING)
    def reseller_direction(self, direction_id="", back="", **post):
        """Choose the direction to look at.

        :param str direction_id: id of a direction of the company; anything else
            chooses all of them
        :param str back: address of the section to return to
        :param post: what else the form sent, ignored
        :return: response
        """
        self._get_reseller_or_404()
        known = map(str, self._get_direction_access().directions)
        request.session[CHOICE] = int(direction_id) if direction_id in known else None
        sections = {tab["url"] for tab in self._get_reseller_tabs()} if back else ()
        return request.redirect(
            back if back in sections else self._get_direction_home()
        )

    # ------------------------------------------------------------
    # SECTIONS
    # ------------------------------------------------------------

    def _get_shown_sections(self):
        """The sections that the portals of the visitor's directions show, in order.

        :return: list of keys, or None where no portal decides
        """
        managed = request.env["crm.reseller.portal.section"]._get_keys()
        access = self._get_direction_access()
        return access.get_keys(self._get_chosen_direction(), managed)

    def _arrange_sections(self, entries):
        """Leave out the sections the portal does not show, and put the others in order.

        Entries that no portal decides about come last, in their own order.

        :param list entries: dicts with ``key`` and ``sequence``
        :return: list of the entries that are shown
        """
        entries = sorted(entries, key=lambda entry: entry["sequence"])
        shown = self._get_shown_sections()
        if shown is None:
            return entries
        managed = request.env["crm.reseller.portal.section"]._get_keys()
        own = [entry for entry in entries if entry["key"] in shown]
        others = [entry for entry in entries if entry["key"] not in managed]
        return sorted(own, key=lambda entry: shown.index(entry["key"])) + others

    def _get_sorted_tabs(self):
        """The tabs as the portal of the visitor's direction has them.

        :return: list of dicts, see ``_get_reseller_tabs``
        """
        return self._arrange_sections(super()._get_sorted_tabs())

    def _prepare_reseller_values(self, reseller_sudo, page_name, title, crumbs=()):
        """Refuse a section that no portal of the visitor's directions shows.

        :param reseller_sudo: the company whose page it is
        :param str page_name: key of the page
        :param str title: heading of the page
        :param crumbs: see ``super``
        :return: dict of values for the template
        :raises NotFound: for such a section
        """
        access = self._get_direction_access()
        if access.enforced and page_name in (
            request.env["crm.reseller.portal.section"]._get_keys()
        ):
            shown = [access.shows(page_name, each) for each in access.directions]
            if shown and not any(shown):
                raise request.not_found()
        return super()._prepare_reseller_values(reseller_sudo, page_name, title, crumbs)

    def _prepare_reseller_page(self, page_name, title, crumbs=(), form=None, **extra):
        """Add the directions to switch between to the pages with tabs.

        :param str page_name: key of the page
        :param str title: heading of the page
        :param crumbs: see ``super``
        :param form: see ``super``
        :param extra: more values
        :return: dict of values for the template, with ``reseller_directions`` (list of
            dict with ``id``, ``name`` and ``chosen``; empty with fewer than two)
        """
        values = super()._prepare_reseller_page(
            page_name, title, crumbs, form=form, **extra
        )
        return {**values, "reseller_directions": self._get_direction_choices()}

    def _get_direction_choices(self):
        """The directions of the visitor's company, to switch between.

        :return: list of dict with ``id``, ``name`` and ``chosen``; empty for a company
            with fewer than two
        """
        names = self._get_direction_access().names
        if len(names) < 2:
            return []
        chosen = self._get_chosen_direction()
        return [
            {"id": direction, "name": name, "chosen": direction == chosen}
            for direction, name in names.items()
        ]

    def _get_lead_columns(self, people_sudo):
        """Add the direction for people of several. Hook.

        :param people_sudo: see ``super``
        :return: list of ``Column``
        """
        return super()._get_lead_columns(people_sudo) + self._get_direction_columns()

    def _get_opportunity_columns(self, people_sudo):
        """Add the direction for people of several. Hook.

        :param people_sudo: see ``super``
        :return: list of ``Column``
        """
        columns = super()._get_opportunity_columns(people_sudo)
        return columns + self._get_direction_columns()

    def _get_direction_columns(self):
        """The column of the direction, for people who look at several.

        :return: list of ``Column``, one or none
        """
        if len(self._get_direction_access().directions) < 2:
            return []
        if self._get_chosen_direction():
            return []
        return [
            Column(
                "direction",
                _("Direction"),
                lambda lead: lead.reseller_direction_id.name,
            )
        ]
