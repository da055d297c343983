from odoo import fields, models


class CrmDealRegistrationReason(models.Model):
    _name = "crm.deal.registration.reason"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Reason to Reject a Registration"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The reseller reads it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
