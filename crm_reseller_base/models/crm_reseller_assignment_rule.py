import logging

from psycopg2.extensions import TransactionRollbackError

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..compat import has_access
from ..lib.domains import DomainError, parse_domain, paths_of

_logger = logging.getLogger(__name__)

# each filter, and what it chooses from
FILTERS = {"lead_domain": "crm.lead", "reseller_domain": "res.partner"}

# what only they may read is not for filters: the results of a rule would reveal it
ADMINISTRATORS = frozenset({"base.group_system", "base.group_erp_manager"})

METHODS = [
    ("weighted", "Weighted draw"),
    ("round_robin", "Weighted round robin"),
    ("nearest", "Nearest"),
]


class CrmResellerAssignmentRule(models.Model):
    _name = "crm.reseller.assignment.rule"
    _inherit = "crm.reseller.guard.mixin"
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
        help="Weighted draw: drawn at random; the chances are proportional to the "
        "weights.\n"
        "Weighted round robin: in turn; a higher weight gets more turns.\n"
        "Nearest: the closest reseller with a weight above zero.",
    )
    max_distance_km = fields.Float(
        string="Maximum Distance (km)",
        help="Resellers farther away, or whose distance is unknown, are left out. "
        "0: no limit.",
    )
    automatic = fields.Boolean(
        help="Leads that match are offered to a reseller as soon as they are created, "
        "and leads without a reseller at the next scheduled run."
    )
    is_broken = fields.Boolean(
        string="Cannot Be Used",
        compute="_compute_is_broken",
        help="A filter refers to a field or record that no longer exists. Matching "
        "leads are on hold until you fix it.",
    )
    waiting_lead_count = fields.Integer(
        string="Leads Waiting",
        compute="_compute_waiting_lead_count",
        help="Open leads without a reseller that match the filter.",
    )
    matching_reseller_count = fields.Integer(
        string="Matching Resellers",
        compute="_compute_matching_reseller_count",
        help="Resellers that match the saved filter.",
    )

    _sql_constraints = [
        (
            "max_distance_positive",
            "CHECK (max_distance_km >= 0)",
            "The maximum distance cannot be negative.",
        ),
    ]

    @api.depends("lead_domain", "reseller_domain")
    @api.depends_context("uid")
    def _compute_is_broken(self):
        for rule in self:
            saved = rule._get_saved_rule()
            rule.is_broken = any(
                saved._has_filter(fname) and saved._find(fname, limit=1) is None
                for fname in FILTERS
                if saved
            )

    @api.depends("lead_domain", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_lead_count(self):
        for rule in self:
            saved = rule._get_saved_rule()
            domain = saved._get_waiting_domain() if saved else None
            rule.waiting_lead_count = (
                0 if domain is None else self.env["crm.lead"].search_count(domain)
            )

    @api.depends("reseller_domain", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_matching_reseller_count(self):
        for rule in self:
            saved = rule._get_saved_rule()
            found = (
                saved._find("reseller_domain", [("reseller_level_id", "!=", False)])
                if saved
                else None
            )
            rule.matching_reseller_count = len(found or ())

    def _get_saved_rule(self):
        """The stored record, for a user who may read it.

        A form may hold any text: it is not evaluated before it is saved and checked.

        :return: the rule, or an empty recordset for a new one and for users without
            access to rules
        """
        self.ensure_one()
        saved = self._origin
        if not saved or not has_access(saved, "read"):
            return self.browse()
        return saved

    def _get_waiting_domain(self):
        """The leads that one rule would offer now.

        :return: a domain; None where the rule is broken
        """
        self.ensure_one()
        if self.is_broken:
            return None
        domain = self.env["crm.lead"]._get_automatic_domain()
        if self.company_id:
            domain = [*domain, ("company_id", "=", self.company_id.id)]
        return [*domain, *self._get_domain("lead_domain")]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        """Keep rules that made offers.

        :raises UserError: where one did
        """
        # offers keep the rule they were made by
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

        :return: action
        :raises AccessError: for users who work with no leads
        :raises UserError: where its filter cannot be used
        """
        self.env["crm.lead"]._check_internal_access()
        domain = self._get_waiting_domain()
        if domain is None:
            raise UserError(_("The filter of this rule cannot be used. Fix it first."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_lead_reseller_action"
        )
        action["name"] = _("Leads Waiting")
        action["domain"] = domain
        return action

    @api.constrains("lead_domain", "reseller_domain")
    def _check_domains(self):
        """Accept filters only that can be used.

        :raises ValidationError: with what is wrong
        """
        for rule in self:
            for fname, model in FILTERS.items():
                try:
                    domain = rule._get_domain(fname)
                    self._check_paths(model, domain)
                    self.env[model].sudo().search(domain, limit=1)
                except TransactionRollbackError:
                    raise
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

    @api.model
    def _check_paths(self, model, domain):
        """Check that the user who saves a filter may read all it refers to.

        Which leads a rule offers reveals something about every field its filter uses.

        :param str model: name of the model the domain is for
        :param list domain: as ``lib.domains.parse_domain`` returns it
        :raises DomainError: where a path leads nowhere, to a field or model that the
            user may not read, or to one that is for administrators only
        """
        author = self.env.user
        for path in paths_of(domain):
            for Model, name in self._walk_path(model, path):
                Model = Model.with_user(author)
                readable = has_access(Model, "read") and name in Model.fields_get(
                    [name], ["type"]
                )
                if not readable and not author._is_superuser():
                    raise DomainError(_("You may not read %(path)s.", path=path))

    @api.model
    def _walk_path(self, model, path):
        """Follow the path of a condition from field to field.

        :param str model: name of the model it starts at
        :param str path: names of fields, with dots between them
        :return: list of pairs of an empty recordset and the name of a field of it
        :raises DomainError: where the path leads nowhere, to what cannot be searched,
            or to what is for administrators only
        """
        steps = []
        Model = self.env[model]
        for name in path.split("."):
            field = Model is not None and Model._fields.get(name)
            if not field:
                raise DomainError(_("There is no field %(path)s.", path=path))
            # Odoo would leave out a condition it cannot search by
            searchable = field._description_searchable
            if not searchable or self._is_reserved(Model._name, name):
                raise DomainError(_("%(path)s is not for filters.", path=path))
            steps.append((Model, name))
            Model = self.env[field.comodel_name] if field.relational else None
        if Model is not None and self._is_reserved(Model._name):
            raise DomainError(_("%(path)s is not for filters.", path=path))
        return steps

    @api.model
    @ormcache("model", "name")
    def _is_reserved(self, model, name=None):
        """Whether a model or a field is for administrators only, or hidden.

        :param str model: name of the model
        :param str name: name of one of its fields; none for the model alone
        :return: bool
        """
        field = name and self.env[model]._fields[name]
        if field and field.groups:
            groups = {group.strip() for group in field.groups.split(",")}
            if groups <= {".", *ADMINISTRATORS}:
                return True
        readers = (
            self.env["ir.model.access"]
            .sudo()
            .search(
                [
                    ("model_id.model", "=", model),
                    ("perm_read", "=", True),
                    ("active", "=", True),
                ]
            )
        )
        if any(not access.group_id for access in readers):
            return False  # readable by everyone
        names = set(readers.group_id.get_external_id().values())
        return names <= ADMINISTRATORS

    def _get_domain(self, fname):
        """The filter of one rule as a list.

        :param str fname: lead_domain or reseller_domain
        :return: list, with literals only
        :raises DomainError: where it cannot be read, or refers to what is for
            administrators only
        """
        self.ensure_one()
        domain = parse_domain(self[fname] or "[]", self.env.uid)
        for path in paths_of(domain):
            self._walk_path(FILTERS[fname], path)
        return domain

    def _has_filter(self, fname):
        """Whether one rule leaves anything out.

        :param str fname: name of the filter's field
        :return: bool
        """
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
        :raises TransactionRollbackError: where this transaction has to start again
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
        except Exception:  # noqa: BLE001 - the caller gets any error
            _logger.warning(
                "The filter %s of rule %s cannot be used", fname, self.id, exc_info=True
            )
            return None
