from odoo import _, api, fields, models

from .res_users import SECTION


class CrmResellerAccessMatrix(models.AbstractModel):
    _inherit = "crm.reseller.access.matrix"

    @api.model
    def _get_access_kinds(self):
        """The kinds of records that pages show, resources among them. Hook.

        :return: list of dict, see ``super``
        """
        return [
            *super()._get_access_kinds(),
            {
                "key": "resources",
                "label": _("Resources"),
                "model": "crm.reseller.resource",
                "reached": lambda user: user._get_reseller_resource_domain(),
                "allowed": self._get_allowed_resources,
            },
        ]

    @api.model
    def _get_allowed_resources(self, user):
        """The resources a person may reach at most, looked at one by one.

        :param user: res.users
        :return: domain
        """
        today = fields.Date.context_today(self.with_context(tz=user.tz))
        limited = user._enforces_reseller_directions()
        if (
            limited
            and self._get_own_directions(user)
            and not self._get_allowed_directions(user, SECTION)
        ):
            return [(0, "=", 1)]
        Resource = self.env["crm.reseller.resource"].sudo()
        allowed = Resource.search([], limit=None).filtered(
            lambda resource: (
                resource._is_meant_for(user)
                and any(
                    version.state == "published"
                    and version.valid_from <= today
                    and not (version.ends_on and version.ends_on < today)
                    for version in resource.version_ids
                )
            )
        )
        return [("id", "in", allowed.ids)]
