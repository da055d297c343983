from odoo import fields, models


class CrmResellerActivation(models.Model):
    _name = "crm.reseller.activation"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Partner Activation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    receives_leads = fields.Boolean(
        default=True,
        help="When off, resellers with this activation get no automatic leads.",
    )
