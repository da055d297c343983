from odoo import fields, models


class CrmResellerDirection(models.Model):
    _name = "crm.reseller.direction"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Sales Direction"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="A reseller's first direction is its home direction."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Channel Manager",
        domain=[("share", "=", False)],
        help="Gets an activity when a lead of this direction finds no reseller.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        help="Leads of this team belong to this direction.",
    )
