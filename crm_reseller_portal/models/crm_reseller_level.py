from odoo import fields, models


class CrmResellerLevel(models.Model):
    _inherit = "crm.reseller.level"

    can_manage_people = fields.Boolean(
        string="Manage People",
        help="Supervisors may invite colleagues, set their roles and take their access "
        "away. The team is notified of each change and can undo it.",
    )
