from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import safe_eval

METHODS = [
    ("weighted", "Weighted draw"),
    ("round_robin", "Weighted round robin"),
    ("nearest", "Nearest"),
]


class CrmResellerAssignmentRule(models.Model):
    _name = "crm.reseller.assignment.rule"
    _description = "Reseller Assignment Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    lead_domain = fields.Char(
        string="Leads", default="[]", required=True, help="Which leads the rule is for."
    )
    reseller_domain = fields.Char(
        string="Resellers",
        default="[]",
        required=True,
        help="Which resellers may get them.",
    )
    method = fields.Selection(
        METHODS,
        default="weighted",
        required=True,
        help="Weighted draw: by lot, the chances follow the weights.\n"
        "Weighted round robin: in turn, as often as the weights say.\n"
        "Nearest: the closest reseller, whatever its weight above zero.",
    )
    max_distance_km = fields.Float(
        string="Maximum Distance (km)",
        help="Resellers farther away, or whose distance is unknown, are left out. "
        "0: no limit.",
    )
    automatic = fields.Boolean(
        help="Leads that match are offered to a reseller as soon as they are created."
    )

    _sql_constraints = [
        (
            "max_distance_positive",
            "CHECK (max_distance_km >= 0)",
            "The maximum distance cannot be below zero.",
        ),
    ]

    @api.constrains("lead_domain", "reseller_domain")
    def _check_domains(self):
        for rule in self:
            for fname, model in (
                ("lead_domain", "crm.lead"),
                ("reseller_domain", "res.partner"),
            ):
                try:
                    self.env[model].sudo().search(rule._get_domain(fname), limit=1)
                except Exception as error:
                    raise ValidationError(
                        _(
                            "The filter %(filter)s of rule %(rule)s cannot be used: "
                            "%(error)s",
                            filter=rule[fname],
                            rule=rule.name,
                            error=error,
                        )
                    ) from error

    def _get_domain(self, fname):
        """The filter of one rule as a list.

        :param str fname: lead_domain or reseller_domain
        """
        self.ensure_one()
        return safe_eval.safe_eval(
            self[fname] or "[]",
            {
                "context_today": safe_eval.datetime.date.today,
                "datetime": safe_eval.datetime,
                "relativedelta": safe_eval.dateutil.relativedelta.relativedelta,
                "time": safe_eval.time,
            },
        )
