from odoo import fields, models


class CrmResellerCriterionValue(models.Model):
    """What a reseller has of a criterion that is typed in."""

    _name = "crm.reseller.criterion.value"
    _description = "Typed-in Criterion of a Reseller"
    _order = "reseller_id, criterion_id"
    _rec_name = "criterion_id"

    reseller_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('reseller_level_id', '!=', False)]",
    )
    criterion_id = fields.Many2one(
        "crm.reseller.level.criterion",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'custom')]",
    )
    value = fields.Float(required=True)
    valid_until = fields.Date(help="After this day it counts as zero.")
    note = fields.Char(string="Evidence", help="Where it can be looked up.")

    _sql_constraints = [
        (
            "one_value",
            "UNIQUE (reseller_id, criterion_id)",
            "This criterion of the reseller has a value already.",
        ),
    ]
