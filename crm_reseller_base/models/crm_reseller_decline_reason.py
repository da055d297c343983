from odoo import fields, models


class CrmResellerDeclineReason(models.Model):
    _name = "crm.reseller.decline.reason"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Decline Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    comment_required = fields.Boolean(help="The reseller has to add a comment.")
    reassign = fields.Boolean(
        string="Offer to the Next",
        default=True,
        help="The lead is offered to another reseller automatically.",
    )
    marks_spam = fields.Boolean(
        string="Spam", help="Leads declined for this reason are tagged as spam."
    )
