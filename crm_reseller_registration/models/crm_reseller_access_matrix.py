from odoo import _, api, models

from .crm_reseller_portal_section import SECTION


class CrmResellerAccessMatrix(models.AbstractModel):
    _inherit = "crm.reseller.access.matrix"

    @api.model
    def _get_access_kinds(self):
        """The kinds of records that pages show, registrations among them. Hook.

        :return: list of dict, see ``super``
        """
        return [
            *super()._get_access_kinds(),
            {
                "key": "registrations",
                "label": _("Registrations"),
                "model": "crm.deal.registration",
                "reached": lambda user: [
                    ("active", "=", True),
                    *user._get_reseller_registration_domain(),
                ],
                "allowed": self._get_allowed_registrations,
            },
        ]

    @api.model
    def _get_allowed_registrations(self, user):
        """The registrations a person may reach at most.

        :param user: res.users
        :return: domain on crm.deal.registration
        """
        company = user.sudo().commercial_partner_id
        domain = [("reseller_id", "=", company.id)]
        if self._get_own_directions(user) and user._enforces_reseller_directions():
            directions = self._get_allowed_directions(user, SECTION)
            domain.append(("direction_id", "in", directions))
        if not user._is_reseller_supervisor():
            person = user.sudo().partner_id.id
            domain += [
                "|",
                ("author_id", "=", person),
                ("representative_id", "=", person),
            ]
        return domain
