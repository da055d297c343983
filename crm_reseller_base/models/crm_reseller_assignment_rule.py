import logging

from psycopg2.extensions import TransactionRollbackError

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import safe_eval

_logger = logging.getLogger(__name__)

# each filter, and what it chooses from
FILTERS = {"lead_domain": "crm.lead", "reseller_domain": "res.partner"}

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
        help="Leads that match are offered to a reseller as soon as they are created, "
        "and those that wait at the next look of the scheduler."
    )
    is_broken = fields.Boolean(
        string="Cannot Be Used",
        compute="_compute_is_broken",
        help="A filter speaks of something that is not there any more. Leads it may be "
        "meant for wait until it is mended.",
    )
    waiting_lead_count = fields.Integer(
        string="Leads Waiting",
        compute="_compute_waiting_lead_count",
        help="Open leads without a reseller that pass the filter.",
    )

    _sql_constraints = [
        (
            "max_distance_positive",
            "CHECK (max_distance_km >= 0)",
            "The maximum distance cannot be below zero.",
        ),
    ]

    @api.depends("lead_domain", "reseller_domain")
    def _compute_is_broken(self):
        for rule in self:
            rule.is_broken = any(
                rule._has_filter(fname) and rule._find(fname, limit=1) is None
                for fname in FILTERS
            )

    @api.depends("lead_domain", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_lead_count(self):
        for rule in self:
            domain = rule._get_waiting_domain()
            rule.waiting_lead_count = (
                0 if domain is None else self.env["crm.lead"].search_count(domain)
            )

    def _get_waiting_domain(self):
        """:return: the leads one rule would offer now; None where it is broken"""
        self.ensure_one()
        if self.is_broken:
            return None
        domain = self.env["crm.lead"]._get_automatic_domain()
        if self.company_id:
            domain = [*domain, ("company_id", "=", self.company_id.id)]
        return [*domain, *self._get_domain("lead_domain")]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        # offers tell by which rule they were made, for good
        used = (
            self.env["crm.reseller.offer"]
            .sudo()
            ._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"])
        )
        if used:
            raise UserError(
                _(
                    "Archive instead of deleting: leads were offered by %(rules)s.",
                    rules=", ".join(rule.name for rule, _count in used),
                )
            )

    def action_view_waiting_leads(self):
        """Open the leads that one rule would offer now.

        :raises UserError: where its filter cannot be used
        """
        domain = self._get_waiting_domain()
        if domain is None:
            raise UserError(_("The filter of this rule cannot be used: mend it first."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_lead_reseller_action"
        )
        action["name"] = _("Leads Waiting")
        action["domain"] = domain
        return action

    @api.constrains("lead_domain", "reseller_domain")
    def _check_domains(self):
        for rule in self:
            for fname, model in FILTERS.items():
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

    def _has_filter(self, fname):
        """Whether one rule leaves anything out; see _find."""
        return (self[fname] or "[]").strip() != "[]"

    def _find(self, fname, among=(), limit=None):
        """The records that pass one filter of one rule.

        A filter that was fine when it was saved can break later: a field goes with the
        addon it came from.

        :param str fname: lead_domain or reseller_domain
        :param list among: a domain that holds as well
        :param int limit: as in ``search``
        :return: leads or partners in the order of their ids; None where the filter
            cannot be used any more
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint(flush=False):
                return (
                    self.env[FILTERS[fname]]
                    .sudo()
                    .search([*among, *self._get_domain(fname)], order="id", limit=limit)
                )
        except TransactionRollbackError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the caller is told
            _logger.warning(
                "The filter %s of rule %s cannot be used", fname, self.id, exc_info=True
            )
            return None
