from odoo import fields, models


class CrmResellerDeclineReason(models.Model):
    _name = "crm.reseller.decline.reason"
    _description = "Decline Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    comment_required = fields.Boolean(
        help="The reseller has to explain the answer in words."
    )
    reassign = fields.Boolean(
        string="Offer to the Next",
        default=True,
        help="The lead moves on to another reseller by itself.",
    )
    marks_spam = fields.Boolean(
        string="Spam", help="Leads declined for this reason are tagged as spam."
    )
