from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    reseller_resource_approval = fields.Boolean(
        string="Approve New Versions of Resources"
    )
    reseller_resource_new_days = fields.Integer(
        string="Resources Are New For (days)", default=14
    )

    @api.constrains("reseller_resource_new_days")
    def _check_reseller_resource_new_days(self):
        """Refuse numbers below zero.

        :raises ValidationError: for such a number
        """
        for company in self:
            if company.reseller_resource_new_days < 0:
                raise ValidationError(
                    _("The days a resource is new cannot be below zero.")
                )
