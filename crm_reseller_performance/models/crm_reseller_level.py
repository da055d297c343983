from odoo import fields, models


class CrmResellerLevel(models.Model):
    _inherit = "crm.reseller.level"

    update_days = fields.Integer(
        string="Update Every (days)",
        default=7,
        help="Resellers of this level say something about each open lead at least "
        "every so many days: a note, a figure, a step, a document. 0: no such rule.",
    )

    criterion_ids = fields.One2many(
        "crm.reseller.level.criterion",
        "level_id",
        string="Criteria",
        groups="sales_team.group_sale_salesman",
        help="What resellers need to reach and to keep this level.",
    )

    _sql_constraints = [
        (
            "update_days_positive",
            "CHECK (update_days >= 0)",
            "The days between updates cannot be below zero.",
        ),
    ]
