from odoo import fields, models


class CrmResellerType(models.Model):
    _name = "crm.reseller.type"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Reseller Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
