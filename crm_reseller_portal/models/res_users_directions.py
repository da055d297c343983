from dataclasses import replace

from odoo import models
from odoo.tools import ormcache

from ..lib.directions import DirectionAccess

LEADS = "reseller_leads"
DEALS = "reseller_opportunities"


class ResUsers(models.Model):
    """What the sales directions of a reseller let its people see."""

    _inherit = "res.users"

    def _get_reseller_directions_sudo(self):
        """The sales directions this user's company works in, the home direction first.

        :return: crm.reseller.direction, elevated, archived ones among them; none for a
            company of no direction, which works in all of them
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo().with_context(active_test=False)
        # the home is a column of the company, so that most companies need no statement
        if not reseller_sudo.reseller_direction_id:
            return self.env["crm.reseller.direction"].sudo()
        return reseller_sudo.reseller_direction_ids.sorted(
            lambda direction: (direction.sequence, direction.id)
        )

    def _enforces_reseller_directions(self):
        """Whether directions and the sections of their portals limit this user.

        It is a setting of the company the reseller works for.

        :return: bool
        """
        return self._get_reseller_sudo()._enforces_reseller_directions()

    def _get_reseller_direction_access(self):
        """What the directions let this user see.

        :return: ``DirectionAccess``
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        home_id = reseller_sudo.reseller_direction_id.id
        # the home is a column of the company, so that most companies need no more
        if not home_id:
            return DirectionAccess()
        access = self._read_reseller_direction_access(
            reseller_sudo.id,
            reseller_sudo.reseller_level_id.id,
            home_id,
            self._is_reseller_supervisor(),
            self.sudo().partner_id.lang,
            self.env.lang,
        )
        return replace(access, enforced=reseller_sudo._enforces_reseller_directions())

    @ormcache(
        "self.id", "reseller_id", "level_id", "home_id", "supervisor", "lang", "shown"
    )
    def _read_reseller_direction_access(
        self, reseller_id, level_id, home_id, supervisor, lang, shown
    ):
        """Read directions, active portals and the sections this user is meant by.

        It is remembered for the next requests: who changes directions, portals, their
        sections, or a reseller's activation, type and directions, has it forgotten.

        :param int reseller_id: what is remembered depends on all of these
        :param int level_id: of the reseller
        :param int home_id: of the home direction
        :param bool supervisor: the person's role
        :param str lang: the person's language
        :param str shown: the language of the page
        :return: ``DirectionAccess``, whose ``enforced`` is not known yet
        """
        directions_sudo = self._get_reseller_directions_sudo()
        portals_sudo = (
            self.env["crm.reseller.portal"]
            .sudo()
            .search([("direction_id", "in", directions_sudo.ids)])
        )
        sections = {portal.direction_id.id: [] for portal in portals_sudo}
        Section = self.env["crm.reseller.portal.section"].sudo()
        for section in Section.search(
            [
                ("portal_id", "in", portals_sudo.ids),
                *Section._get_audience_domain(self, directions_sudo),
            ],
            order="sequence, id",
        ):
            sections[section.portal_id.direction_id.id].append(section.key)
        return DirectionAccess(
            directions=tuple(directions_sudo.ids),
            names={each.id: each.name for each in directions_sudo},
            sections={key: tuple(keys) for key, keys in sections.items()},
            paths={portal.direction_id.id: portal.path for portal in portals_sudo},
            portals={portal.id: portal.path for portal in portals_sudo},
        )

    @ormcache("reseller_id")
    def _read_reseller_kinds(self, reseller_id):
        """The activation and the type of a reseller, remembered as the directions are.

        :param int reseller_id: of res.partner
        :return: pair of lists of ids, each of one or none
        """
        reseller_sudo = self.env["res.partner"].sudo().browse(reseller_id)
        # together: each would be a statement of its own
        reseller_sudo.fetch(["reseller_activation_id", "reseller_type_id"])
        return (
            reseller_sudo.reseller_activation_id.ids,
            reseller_sudo.reseller_type_id.ids,
        )

    def _forget_reseller_direction_access(self):
        """Forget what was remembered of all users: directions or audiences change."""
        self.env.registry.clear_cache()
        # what another request read meanwhile, before this one is committed
        self.env.cr.postcommit.add(self.env.registry.clear_cache)

    def _get_reseller_direction_domain(
        self, section=None, field="reseller_direction_id"
    ):
        """Records of the directions this user's company works in, or of none. Hook.

        Other addons add it to the domain of their records, so that those of another
        direction are found on no page, by no address and in no file.

        :param str section: key of the section that shows these records, so that they
            are hidden where the portal of their direction does not show it, or None
        :param str field: path of the field that holds a record's direction
        :return: domain; empty where directions are not enforced
        """
        access = self._get_reseller_direction_access()
        if not (access.enforced and access.directions):
            return []
        shown = [
            direction or False
            for direction in (None, *access.directions)
            if not section or access.shows(section, direction)
        ]
        return [(field, "in", shown)]

    def _get_reseller_section_domain(self, section):
        """Nothing, where no portal of this user's directions shows a section. Hook.

        For records that have no direction of their own, such as those with an audience.

        :param str section: key of the section
        :return: domain on any model; empty where the section is shown
        """
        access = self._get_reseller_direction_access()
        if not access.enforced or not access.directions:
            return []
        shown = any(access.shows(section, each) for each in access.directions)
        return [] if shown else [(0, "=", 1)]

    def _get_reseller_lead_direction_domain(self):
        """Leads and deals of the directions and sections this user sees.

        :return: domain on crm.lead; empty where directions are not enforced
        """
        access = self._get_reseller_direction_access()
        domain = self._get_reseller_direction_domain()
        if not domain:
            return domain
        is_deal = [
            "&",
            ("reseller_state", "=", "accepted"),
            ("type", "=", "opportunity"),
        ]
        for section, others in ((LEADS, is_deal), (DEALS, ["!", *is_deal])):
            if access.get_hidden(section):
                domain += [
                    "|",
                    *self._get_reseller_direction_domain(section),
                    *others,
                ]
        return domain

    def _get_reseller_past_offer_domain(self):
        """The offers this user's company declined, gave back or missed.

        :return: domain on crm.reseller.offer; matches nothing for users of no reseller
        """
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        return [
            ("reseller_id", "=", reseller_sudo.id),
            ("state", "in", ("declined", "returned", "expired")),
            *self._get_reseller_direction_domain(
                LEADS, "lead_id.reseller_direction_id"
            ),
        ]

    def _get_reseller_portal_domain(self):
        """The active portals of sales directions whose home this user may open.

        :return: domain on crm.reseller.portal; matches nothing for users of no reseller
        """
        if self._get_reseller_sudo() and not self._enforces_reseller_directions():
            return [("active", "=", True)]
        access = self._get_reseller_direction_access()
        return [("active", "=", True), ("direction_id", "in", access.directions)]
