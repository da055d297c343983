from odoo.http import request, route
from odoo.models import BaseModel

from .directions import ResellerDirections
from .routes import reseller_form_route
from .usage import NOTHING


class ResellerDirectionHomes(ResellerDirections):
    """The homes of sales directions: the portal's start page, and that of each."""

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
        :return: dict of values for the template: ``reseller_portal``,
            ``reseller_direction_name``, ``title``,
            ``reseller_contact`` (see ``_get_direction_contact``) and
            ``reseller_other_direction``, the id of the direction to switch to where
            another one was chosen
        """
        chosen = self._get_chosen_direction()
        direction_sudo = portal_sudo.direction_id
        names = self._get_direction_access().names
        own = direction_sudo.id in names
        name = names[direction_sudo.id] if own else direction_sudo.name
        return {
            "reseller_portal": portal_sudo,
            "reseller_direction_name": name,
            "title": f"{name} | {request.env.company.name}",
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
