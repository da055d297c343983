from odoo import _, models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_reseller_registration_domain(self):
        """Return which registrations the user sees on the portal. Hook.

        It is the only rule about it. Use it in an elevated search. Supervisors see
        those of all people of the company, others those they registered or represent.

        :return: domain on crm.deal.registration; matches nothing for other users
        :rtype: list
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        domain = [("reseller_id", "=", reseller_sudo.id)]
        if not self._is_reseller_supervisor():
            me = self.partner_id.id
            domain += ["|", ("author_id", "=", me), ("representative_id", "=", me)]
        return domain

    def _get_registrations_section(self, formats, limit):
        """Return the registrations with a question that waits for the person's answer.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines
        :return: dict of a section of the start page, see ``_get_reseller_home_lists``
        """
        self.ensure_one()
        Registration = self.env["crm.deal.registration"].sudo()
        domain = [
            *self._get_reseller_registration_domain(),
            ("state", "=", "returned"),
        ]
        returned = Registration.search(domain, order="returned_on, id", limit=limit + 1)
        total = len(returned)
        if total > limit:
            total = Registration.search_count(domain)
        return {
            "key": "registrations",
            "title": (
                _("Our team has a question about your registration")
                if total == 1
                else _(
                    "Our team has questions about %(count)s registrations", count=total
                )
            ),
            "url": "/my/registrations?filterby=returned",
            "total": total,
            "more": _("Show all registrations"),
            "sequence": 20,
            "colour": "warning",
            "icon": "fa-question-circle-o",
            "lines": [
                {
                    "title": registration.name,
                    "url": registration._get_reseller_path(),
                    "detail": registration.customer_name or "",
                    "deadline": None,
                }
                for registration in returned[:limit]
            ],
        }
