import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

PATH_RE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class CrmResellerDirection(models.Model):
    _name = "crm.reseller.direction"
    _description = "Sales Direction"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    path = fields.Char(
        required=True,
        copy=False,
        help="The last part of the portal's address: lower-case letters, digits and "
        "hyphens, for example machine-tools.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Channel Manager",
        domain=[("share", "=", False)],
        help="Is asked when a lead of this direction finds no reseller.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        help="Leads of this team belong to this direction.",
    )

    _sql_constraints = [
        ("path_unique", "UNIQUE (path)", "Another sales direction has this path."),
    ]

    @api.constrains("path")
    def _check_path(self):
        for direction in self:
            if not PATH_RE.fullmatch(direction.path):
                raise ValidationError(
                    _(
                        "The path %(path)s may hold lower-case letters, digits and "
                        "single hyphens only.",
                        path=direction.path,
                    )
                )
