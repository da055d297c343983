from odoo import api, models


class CrmResellerDirectionMixin(models.AbstractModel):
    """For models that decide which directions people see, and what in them."""

    _name = "crm.reseller.direction.mixin"
    _description = "Structure of Directions"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["res.users"]._forget_reseller_direction_access()
        return super().create(vals_list)

    def write(self, vals):
        self.env["res.users"]._forget_reseller_direction_access()
        return super().write(vals)

    def unlink(self):
        self.env["res.users"]._forget_reseller_direction_access()
        return super().unlink()
