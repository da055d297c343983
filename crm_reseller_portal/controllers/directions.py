from odoo import _
from odoo.http import request, route
from odoo.models import BaseModel

from ..lib.lists import Column
from .home import ResellerHome
from .routes import reseller_form_route
from .usage import NOTHING

# what a person chose, for as long as the session lasts
CHOICE = "reseller_direction_id"


class ResellerDirections(ResellerHome):
    """The portals of sales directions: their homes, and switching between them."""

    # ------------------------------------------------------------
    # WHICH DIRECTION
    # ------------------------------------------------------------

    def _get_direction_access(self):
        """What the directions let the visitor see.

        :return: ``DirectionAccess``
        """
        return request.env.user._get_reseller_direction_access()

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
        ids = self._get_direction_access().directions
        if len(ids) < 2:
            return []
        directions_sudo = request.env["crm.reseller.direction"].sudo().browse(ids)
        chosen = self._get_chosen_direction()
        return [
            {
                "id": direction.id,
                "name": direction.name,
                "chosen": direction.id == chosen,
            }
            for direction in directions_sudo
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

    # ------------------------------------------------------------
    # HOMES
    # ------------------------------------------------------------

    @route()
    def home(self, reseller_portal=None, **kw):
        """Lead resellers to the portal of their direction, where there is one.

        :param reseller_portal: the crm.reseller.portal whose home is shown, elevated; a
            text that an address carries means nothing
        :param kw: arguments of the address, passed on
        :return: response
        """
        if isinstance(reseller_portal, BaseModel):
            response = super().home(**kw)
            response.qcontext.update(self._prepare_direction_values(reseller_portal))
            return response
        address = self._get_direction_home()
        if address != "/my":
            return request.redirect(address)
        return super().home(**kw)

    @reseller_form_route("/partner/<string:path>", counts=NOTHING)
    def reseller_direction_portal(self, path, **post):
        """Show the home of a direction's portal.

        People of other directions are sent to theirs, whether there is such a portal
        or not.

        :param str path: of the portal
        :param post: further arguments of the address, ignored
        :return: response
        """
        portal_sudo = self._find_direction_portal(path)
        if not portal_sudo:
            return request.redirect(self._get_direction_home())
        return self.home(reseller_portal=portal_sudo)

    def _find_direction_portal(self, path):
        """The active portal of a path, for those it is for.

        :param str path: as the address has it
        :return: crm.reseller.portal, elevated, one or none
        """
        Portal = request.env["crm.reseller.portal"].sudo()
        if not request.env.user._get_reseller_sudo():
            return Portal
        # that of the person's own direction was read already
        for portal_id, own in self._get_direction_access().portals.items():
            if own == path:
                return Portal.browse(portal_id)
        return Portal.search(
            [
                ("path", "=", path.replace("\0", "")),
                *request.env.user._get_reseller_portal_domain(),
            ]
        )

    def _prepare_direction_values(self, portal_sudo):
        """What the home of a direction shows beyond the general one. Hook.

        :param portal_sudo: crm.reseller.portal, elevated
        :return: dict of values for the template: ``reseller_portal``, ``title``,
            ``reseller_contact`` (see ``_get_direction_contact``) and
            ``reseller_other_direction``, the id of the direction to switch to where
            another one was chosen
        """
        chosen = self._get_chosen_direction()
        direction_sudo = portal_sudo.direction_id
        own = direction_sudo.id in self._get_direction_access().directions
        return {
            "reseller_portal": portal_sudo,
            "title": f"{direction_sudo.name} | {request.env.company.name}",
            "reseller_contact": self._get_direction_contact(portal_sudo),
            "reseller_other_direction": (
                direction_sudo.id
                if own and chosen and chosen != direction_sudo.id
                else None
            ),
        }

    def _get_direction_contact(self, portal_sudo):
        """The contact person of a direction's portal.

        :param portal_sudo: crm.reseller.portal, elevated
        :return: dict with ``name``, ``phone``, ``email`` and ``photo`` (an address),
            or None without a person
        """
        # not through the user, whose columns would be read as well
        partner_sudo = (
            request.env["res.partner"]
            .sudo()
            .search_fetch(
                [
                    ("user_ids", "in", portal_sudo.contact_id.ids),
                    ("user_ids.active", "=", True),
                ],
                ["name", "phone", "email"],
                limit=1,
            )
        )
        if not partner_sudo:
            return None
        return {
            "name": partner_sudo.name,
            "phone": partner_sudo.phone,
            "email": partner_sudo.email,
            "photo": f"/partner/{portal_sudo.path}/contact",
        }

    @reseller_form_route("/partner/<string:path>/picture", counts=NOTHING)
    def reseller_direction_picture(self, path, **post):
        """Send the picture of a direction's portal.

        :param str path: of the portal
        :param post: further arguments of the address, ignored
        :return: response with the picture
        :raises NotFound: for a portal that is not the visitor's
        """
        return self._send_picture(self._find_direction_portal(path), "image")

    @reseller_form_route("/partner/<string:path>/contact", counts=NOTHING)
    def reseller_direction_contact(self, path, **post):
        """Send the photo of the contact person.

        :param str path: of the portal
        :param post: further arguments of the address, ignored
        :return: response with the picture
        :raises NotFound: for a portal that is not the visitor's
        """
        portal_sudo = self._find_direction_portal(path)
        contact_sudo = portal_sudo.contact_id.filtered("active")
        # the initials, where there is no photo
        return self._send_picture(contact_sudo.partner_id, "avatar_128")

    def _send_picture(self, record_sudo, name):
        """Answer with a picture that the browser only shows.

        :param record_sudo: elevated record, one or none
        :param str name: of a field with a picture
        :return: response
        :raises NotFound: where there is none
        """
        if not record_sudo or not record_sudo.with_context(bin_size=True)[name]:
            raise request.not_found()
        stream = request.env["ir.binary"]._get_image_stream_from(record_sudo, name)
        response = stream.get_response(as_attachment=False)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def _prepare_reseller_home_values(self):
        """Arrange the cards as the portal of the direction has them.

        :return: dict of values for the template
        """
        values = super()._prepare_reseller_home_values()
        values["reseller_cards"] = self._arrange_sections(values["reseller_cards"])
        values["reseller_directions"] = self._get_direction_choices()
        return values
