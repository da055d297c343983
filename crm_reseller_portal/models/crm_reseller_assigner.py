from odoo import api, models


class CrmResellerAssigner(models.AbstractModel):
    _inherit = "crm.reseller.assigner"

    @api.model
    def _get_resellers_domain(self):
        """Leave out who is away. Hook.

        :return: domain for res.partner
        """
        domain = super()._get_resellers_domain()
        away = list(self.env["res.partner"]._get_reseller_absences())
        return [*domain, ("id", "not in", away)] if away else domain
