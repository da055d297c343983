from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..lib.distance import is_located

# what decides how many leads a reseller gets: for channel managers only
MANAGER_FIELDS = frozenset(
    {
        "reseller_level_id",
        "reseller_activation_id",
        "reseller_direction_id",
        "reseller_weight",
        "reseller_weight_custom",
        "reseller_performance_factor",
        "reseller_country_ids",
        "reseller_state_ids",
        "reseller_zip_prefixes",
        "reseller_max_open_leads",
        "reseller_partnership_date",
        "reseller_review_date",
    }
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    reseller_level_id = fields.Many2one(
        "crm.reseller.level",
        string="Partner Level",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        check_company=True,
        help="A company with a level is a reseller.",
    )
    reseller_activation_id = fields.Many2one(
        "crm.reseller.activation",
        string="Activation",
        ondelete="restrict",
        tracking=True,
        check_company=True,
        groups="base.group_user",
    )
    reseller_direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Sales Direction",
        ondelete="restrict",
        tracking=True,
        check_company=True,
        help="Leads of another direction are not offered to this reseller. "
        "Empty: leads of any direction.",
    )
    reseller_weight = fields.Integer(
        string="Level Weight",
        compute="_compute_reseller_weight",
        store=True,
        readonly=False,
        groups="base.group_user",
        help="How much of the leads this reseller gets compared with others. It "
        "follows the level until it is set by hand.",
    )
    reseller_weight_custom = fields.Boolean(
        string="Weight Set by Hand",
        copy=False,
        groups="base.group_user",
        help="The weight stays as it is when the level or the level's weight changes.",
    )
    reseller_performance_factor = fields.Float(
        string="Performance Factor",
        default=1.0,
        digits=(6, 2),
        copy=False,
        groups="base.group_user",
        tracking=True,
        help="Multiplies the weight: above 1 for resellers that answer well. "
        "Worked out every day where the settings say so; 0 stays as it is.",
    )
    reseller_effective_weight = fields.Float(
        string="Effective Weight",
        compute="_compute_reseller_effective_weight",
        store=True,
        digits=(12, 2),
        groups="base.group_user",
        help="Weight times performance factor: what counts when leads are shared out.",
    )
    reseller_country_ids = fields.Many2many(
        "res.country",
        "res_partner_reseller_country_rel",
        "partner_id",
        "country_id",
        string="Countries Served",
        groups="base.group_user",
    )
    reseller_state_ids = fields.Many2many(
        "res.country.state",
        "res_partner_reseller_state_rel",
        "partner_id",
        "state_id",
        string="States Served",
        groups="base.group_user",
    )
    reseller_zip_prefixes = fields.Char(
        string="Zip Codes Served",
        groups="base.group_user",
        help="Beginnings of zip codes, separated by commas: 10, 12, 148",
    )
    reseller_max_open_leads = fields.Integer(
        string="Capacity",
        groups="base.group_user",
        help="How many offers and accepted open leads it may hold at once. "
        "0: no limit.",
    )
    reseller_open_lead_count = fields.Integer(
        string="Open Leads",
        compute="_compute_reseller_open_lead_count",
        groups="base.group_user",
        help="Offers waiting for an answer and accepted leads not yet won or lost.",
    )
    reseller_at_capacity = fields.Boolean(
        string="At Capacity",
        compute="_compute_reseller_at_capacity",
        search="_search_reseller_at_capacity",
        groups="base.group_user",
        help="It holds as many open leads as it can.",
    )
    reseller_offer_count = fields.Integer(
        string="Offers Received",
        compute="_compute_reseller_offer_count",
        groups="sales_team.group_sale_salesman",
    )
    reseller_won_count = fields.Integer(
        string="Won Leads",
        compute="_compute_reseller_won_count",
        groups="sales_team.group_sale_salesman",
    )
    reseller_map_url = fields.Char(string="Map", compute="_compute_reseller_map_url")
    reseller_partnership_date = fields.Date(
        string="Partner Since", groups="base.group_user"
    )
    reseller_review_date = fields.Date(string="Next Review", groups="base.group_user")
    reseller_offer_ids = fields.One2many(
        "crm.reseller.offer",
        "reseller_id",
        string="Offers",
        groups="sales_team.group_sale_salesman",
    )

    # ------------------------------------------------------------
    # COMPUTES AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends("reseller_level_id.weight", "reseller_weight_custom")
    def _compute_reseller_weight(self):
        for partner in self:
            if not partner.reseller_weight_custom:
                partner.reseller_weight = partner.reseller_level_id.weight
            else:
                partner.reseller_weight = partner.reseller_weight

    @api.depends("reseller_weight", "reseller_performance_factor")
    def _compute_reseller_effective_weight(self):
        for partner in self:
            partner.reseller_effective_weight = (
                partner.reseller_weight * partner.reseller_performance_factor
            )

    @api.depends("reseller_max_open_leads")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_open_lead_count(self):
        # with the user's own rights: nobody learns of leads it cannot see
        Lead = self.env["crm.lead"]
        counts = self._count_reseller_leads(Lead._get_reseller_open_domain())
        for partner in self:
            partner.reseller_open_lead_count = counts.get(partner.id, 0)

    @api.depends("reseller_max_open_leads", "reseller_level_id")
    def _compute_reseller_at_capacity(self):
        # yes or no, and the same for everybody: whoever assigns has to know
        full = self._get_full_resellers()
        for partner in self:
            partner.reseller_at_capacity = partner in full

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_won_count(self):
        counts = self._count_reseller_leads([("stage_id.is_won", "=", True)])
        for partner in self:
            partner.reseller_won_count = counts.get(partner.id, 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_offer_count(self):
        counts = {
            partner.id: count
            for partner, count in self.env["crm.reseller.offer"]._read_group(
                [("reseller_id", "in", self.ids)], ["reseller_id"], ["__count"]
            )
        }
        for partner in self:
            partner.reseller_offer_count = counts.get(partner.id, 0)

    def _count_reseller_leads(self, domain):
        Lead = self.env["crm.lead"]
        if not self.ids or not self.env.user.has_group(
            "sales_team.group_sale_salesman"
        ):
            return {}
        return {
            partner.id: count
            for partner, count in Lead._read_group(
                [("reseller_id", "in", self.ids), *domain],
                ["reseller_id"],
                ["__count"],
            )
        }

    def _get_full_resellers(self):
        """Those of the partners that have no room, whoever may see their leads."""
        limited = self.sudo().filtered(
            lambda partner: partner.reseller_level_id
            and partner.reseller_max_open_leads > 0
        )
        held = self.env["crm.reseller.assigner"]._count_open_leads(limited.ids)
        return self.browse(
            partner.id
            for partner in limited
            # a form asks with a record that has no id of its own yet
            if held.get(partner._origin.id, 0) >= partner.reseller_max_open_leads
        )

    @api.model
    def _search_reseller_at_capacity(self, operator, value):
        wants_full = (operator in ("=", "in")) == bool(value)
        limited = self.sudo().search(
            [
                ("reseller_level_id", "!=", False),
                ("reseller_max_open_leads", ">", 0),
            ]
        )
        full = limited._get_full_resellers().ids
        return [("id", "in" if wants_full else "not in", full)]

    @api.depends("partner_latitude", "partner_longitude")
    def _compute_reseller_map_url(self):
        for partner in self:
            lat, lon = partner.partner_latitude, partner.partner_longitude
            partner.reseller_map_url = is_located(lat, lon) and (
                "https://www.openstreetmap.org/"
                f"?mlat={lat:.6f}&mlon={lon:.6f}#map=12/{lat:.6f}/{lon:.6f}"
            )

    @api.constrains("reseller_weight", "reseller_performance_factor")
    def _check_reseller_weight(self):
        for partner in self:
            if partner.reseller_weight < 0 or partner.reseller_performance_factor < 0:
                raise ValidationError(
                    _(
                        "Weight and performance factor of %(reseller)s cannot be "
                        "below zero.",
                        reseller=partner.display_name,
                    )
                )

    @api.constrains("reseller_level_id", "parent_id", "is_company")
    def _check_reseller_is_commercial(self):
        for partner in self.sudo():
            if partner.reseller_level_id and partner != partner.commercial_partner_id:
                raise ValidationError(
                    _(
                        "%(contact)s works for %(company)s: give the level to the "
                        "company.",
                        contact=partner.name,
                        company=partner.commercial_partner_id.name,
                    )
                )

    @api.onchange("reseller_weight")
    def _onchange_reseller_weight(self):
        # shows what write() will decide anyway
        self.reseller_weight_custom = bool(self.reseller_level_id) and (
            self.reseller_weight != self.reseller_level_id.weight
        )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_reseller_manager(vals)
        vals_list = [self._reseller_complete_weight(vals) for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        self._check_reseller_manager(vals)
        result = True
        for partners, values in self._split_reseller_write(vals):
            result = super(ResPartner, partners).write(values)
        leaves = [name for name in ("active", "reseller_level_id") if name in vals]
        if any(not vals[name] for name in leaves):
            self._pass_on_offers()
        return result

    def _split_reseller_write(self, vals):
        """A weight is set by hand where it differs from the partner's own level.

        :return: pairs of partners and what to write on them
        """
        if "reseller_weight" not in vals or "reseller_weight_custom" in vals:
            return [(self, vals)]
        if "reseller_level_id" in vals:
            return [(self, self._reseller_complete_weight(vals))]
        return [
            (partners, self._reseller_complete_weight(vals, level))
            for level, partners in self.grouped("reseller_level_id").items()
        ]

    def _pass_on_offers(self):
        """Those who are resellers no longer leave no offers behind."""
        offers = (
            self.env["crm.reseller.offer"]
            .sudo()
            .search([("reseller_id", "in", self.ids), ("state", "=", "pending")])
        )
        leads = offers.lead_id
        if leads:
            leads._withdraw_pending(_("The reseller left the program."))
            leads._reseller_move_on()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reseller_history(self):
        used = (
            self.env["crm.reseller.offer"]
            .sudo()
            ._read_group(
                [("reseller_id", "in", self.ids)], ["reseller_id"], ["__count"]
            )
        )
        if used:
            raise UserError(
                _(
                    "Archive instead of deleting: leads were offered to %(resellers)s.",
                    resellers=", ".join(partner.name for partner, _count in used),
                )
            )

    def _get_reseller_company(self):
        """The only company a reseller works for: its own, or its level's; or none."""
        self.ensure_one()
        reseller = self.sudo()
        return reseller.company_id or reseller.reseller_level_id.company_id

    def _check_reseller_manager(self, vals):
        """Refuse changes of the program's fields by anyone but channel managers."""
        touched = MANAGER_FIELDS.intersection(vals)
        if not touched or self.env.su:
            return
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return
        if self and not any(
            self._reseller_changes(name, vals[name]) for name in touched
        ):
            return  # merging contacts writes what is there already
        # a form sends the fields' defaults along with a new contact
        defaults = {"reseller_performance_factor": 1.0}
        if not self and all(
            vals[name] in (defaults.get(name), False, 0, []) for name in touched
        ):
            return
        raise AccessError(
            _("Only sales administrators can change levels, weights and territories.")
        )

    def _reseller_changes(self, name, value):
        """Whether writing the value would change one of the partners."""
        field = self._fields[name]
        if field.type == "many2many":
            return bool(value)
        for partner in self.sudo():
            new = field.convert_to_cache(value, partner)
            if field.convert_to_record(new, partner) != partner[name]:
                return True
        return False

    def _reseller_complete_weight(self, vals, level=None):
        """Tell a weight set by hand from one that repeats the level's."""
        if vals.get("reseller_weight") is None or "reseller_weight_custom" in vals:
            return vals
        if level is None:
            level = self.env["crm.reseller.level"].browse(vals.get("reseller_level_id"))
        custom = bool(level) and vals["reseller_weight"] != level.sudo().weight
        return {**vals, "reseller_weight_custom": custom}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_reseller_view_open_leads(self):
        """Open the leads these resellers hold and have to work on."""
        return self._get_reseller_leads_action(
            _("Open Leads"), self.env["crm.lead"]._get_reseller_open_domain()
        )

    def action_reseller_view_won_leads(self):
        """Open the leads these resellers won."""
        return self._get_reseller_leads_action(
            _("Won Leads"), [("stage_id.is_won", "=", True)]
        )

    def action_reseller_view_offers(self):
        """Open the offers these resellers received."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_reseller_offer_action"
        )
        action["domain"] = [("reseller_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _get_reseller_leads_action(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_lead_reseller_action"
        )
        action["name"] = name
        action["domain"] = [("reseller_id", "in", self.ids), *domain]
        return action

    def action_reseller_reset_weight(self):
        """Back to the weight of the level."""
        self.write({"reseller_weight_custom": False})
        return True
