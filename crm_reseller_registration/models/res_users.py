from datetime import timedelta

from odoo import _, models

from odoo.addons.crm_reseller_portal.models.res_users_digest import LINES

from .crm_reseller_portal_section import SECTION

OPEN_DEALS = (("stage_id.is_won", "=", False),)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_reseller_registration_domain(self):
        """Return which registrations the user sees on the portal. Hook.

        It is the only rule about it. Use it in an elevated search. Supervisors see
        those of all people of the company, others those they registered or represent;
        all of them those of their directions, where these are enforced.

        :return: domain on crm.deal.registration; matches nothing for other users
        :rtype: list
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        domain = [
            ("reseller_id", "=", reseller_sudo.id),
            *self._get_reseller_direction_domain(SECTION, "direction_id"),
        ]
        if not self._is_reseller_supervisor():
            me = self.partner_id.id
            domain += ["|", ("author_id", "=", me), ("representative_id", "=", me)]
        return domain

    # ------------------------------------------------------------
    # WHAT WAITS: START PAGE AND DIGEST
    # ------------------------------------------------------------

    def _get_reseller_digest_sections(self, formats, limit=LINES):
        sections = super()._get_reseller_digest_sections(formats, limit)
        if not self._get_reseller_sudo():
            return sections
        found = [
            self._get_registrations_section(formats, limit),
            self._get_protections_section(formats, limit),
        ]
        return [*sections, *(section for section in found if section["lines"])]

    def _get_channel_digest_sections(self, formats, limit=LINES):
        sections = super()._get_channel_digest_sections(formats, limit)
        scope = self._get_channel_domain()
        if scope is None:
            return sections
        held = [*scope, ("reseller_state", "=", "accepted"), *OPEN_DEALS]
        found = [
            self._get_channel_section(
                "missing_info",
                lambda count: _("Leads missing information: %(count)s", count=count),
                [*held, ("reseller_missing_info", "=", True)],
                "id",
                lambda lead: "",
                limit,
            ),
            self._get_channel_section(
                "no_step",
                lambda count: _("Deals without next step: %(count)s", count=count),
                [
                    *held,
                    ("type", "=", "opportunity"),
                    ("reseller_step_type", "=", False),
                ],
                "id",
                lambda lead: "",
                limit,
            ),
        ]
        return [*sections, *(section for section in found if section["lines"])]

    def _get_protections_section(self, formats, limit):
        """Return the deals whose protection ends soon.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines
        :return: dict, see ``_get_reseller_digest_sections``
        """
        self.ensure_one()
        reseller = self._get_reseller_sudo()
        company = reseller._get_reseller_company()
        company = company or self.env["crm.lead"]._get_main_company()
        days = company.sudo().reseller_registration_warning_days
        ending, total = self._find_registrations(
            [
                ("protection", "=", "granted"),
                ("lapses_on", ">", formats.now),
                ("lapses_on", "<", formats.now + timedelta(days=days)),
            ],
            "lapses_on, id",
            limit,
        )
        return self._prepare_digest_section(
            "protections",
            (
                _("The protection of 1 deal ends soon")
                if total == 1
                else _("The protection of %(count)s deals ends soon", count=total)
            ),
            [
                {
                    "title": registration.name,
                    "url": registration._get_reseller_path(),
                    "detail": registration.customer_name or "",
                    "deadline": formats.deadline(registration.lapses_on),
                }
                for registration in ending
            ],
            url="/my/registrations?filterby=ending",
            sequence=25,
            icon="fa-shield",
            total=total,
            more=_("Show all registrations"),
            colour="warning",
        )

    def _find_registrations(self, domain, order, limit):
        """Return registrations of the person, and how many there are.

        :param list domain: of crm.deal.registration
        :param str order: as for a search
        :param int limit: the most registrations
        :return: pair of crm.deal.registration, elevated, and the number of all
        """
        Registration = self.env["crm.deal.registration"].sudo()
        domain = [*self._get_reseller_registration_domain(), *domain]
        # one more says whether they have to be counted
        found = Registration.search(domain, order=order, limit=limit + 1)
        if len(found) > limit:
            return found[:limit], Registration.search_count(domain)
        return found, len(found)

    def _get_registrations_section(self, formats, limit):
        """Return the registrations with a question that waits for the person's answer.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines
        :return: dict, see ``_get_reseller_digest_sections``
        """
        self.ensure_one()
        returned, total = self._find_registrations(
            [("state", "=", "returned")], "returned_on, id", limit
        )
        return self._prepare_digest_section(
            "registrations",
            (
                _("Our team has a question about your registration")
                if total == 1
                else _(
                    "Our team has questions about %(count)s registrations", count=total
                )
            ),
            [
                {
                    "title": registration.name,
                    "url": registration._get_reseller_path(),
                    "detail": registration.customer_name or "",
                }
                for registration in returned
            ],
            url="/my/registrations?filterby=returned",
            sequence=20,
            icon="fa-question-circle-o",
            total=total,
            more=_("Show all registrations"),
            colour="warning",
        )
