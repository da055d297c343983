from odoo import fields, models


class CrmResellerResourceCategory(models.Model):
    _name = "crm.reseller.resource.category"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Resource Category"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
