from odoo import _, api, models


class CrmResellerAccessMatrix(models.AbstractModel):
    _inherit = "crm.reseller.access.matrix"

    @api.model
    def _get_access_kinds(self):
        """Count the resources a person sees, too. Hook.

        :return: see the portal's ``_get_access_kinds``
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
        """The resources a person may see at most, asked from their audiences.

        :param user: res.users of a reseller
        :return: domain on crm.reseller.resource
        """
        resources_sudo = self.env["crm.reseller.resource"].sudo().search([], limit=None)
        nowhere = self.env["res.company"]
        seen = resources_sudo.filtered(
            lambda resource: user in resource._get_audience_people()
        )
        company = user.sudo().commercial_partner_id._get_reseller_company()
        if company:
            seen = seen.filtered(lambda each: each.company_id in (company, nowhere))
        return [("id", "in", seen.ids)]
