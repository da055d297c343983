from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..compat import has_access
from ..lib.distance import is_located

POSITION = frozenset({"partner_latitude", "partner_longitude"})
ADDRESS_FIELDS = ("street", "zip", "city", "state_id", "country_id")

# what decides how many leads a reseller gets: for channel managers only
MANAGER_FIELDS = frozenset(
    {
        "reseller_level_id",
        "reseller_activation_id",
        "reseller_type_id",
        "reseller_direction_id",
        "reseller_direction_ids",
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

# records of the program that may belong to one company
COMPANY_FIELDS = (
    "reseller_level_id",
    "reseller_activation_id",
    "reseller_direction_ids",
)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.reseller.bundle.mixin"]

    reseller_level_id = fields.Many2one(
        "crm.reseller.level",
        string="Partner Level",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        copy=False,
        help="A company with a level is a reseller.",
    )
    reseller_activation_id = fields.Many2one(
        "crm.reseller.activation",
        string="Activation",
        ondelete="restrict",
        tracking=True,
        copy=False,
        groups="base.group_user",
    )
    reseller_type_id = fields.Many2one(
        "crm.reseller.type",
        string="Reseller Type",
        ondelete="restrict",
        tracking=True,
        copy=False,
        groups="base.group_user",
    )
    reseller_direction_ids = fields.Many2many(
        "crm.reseller.direction",
        "res_partner_reseller_direction_rel",
        "partner_id",
        "direction_id",
        string="Sales Directions",
        copy=False,
        groups="base.group_user",
        help="Only leads of these directions, or without one, are offered to this "
        "reseller. The first in the list of directions is its home. Empty: leads of "
        "any direction.",
    )
    reseller_direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Home Direction",
        compute="_compute_reseller_direction_id",
        inverse="_inverse_reseller_direction_id",
        store=True,
        ondelete="restrict",
        tracking=True,
        copy=False,
        help="The first of the sales directions.",
    )
    reseller_weight = fields.Integer(
        string="Level Weight",
        compute="_compute_reseller_weight",
        store=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
        help="The higher the weight, the more leads this reseller gets compared with "
        "others. It follows the level until it is set by hand.",
    )
    reseller_weight_custom = fields.Boolean(
        string="Weight Set by Hand",
        copy=False,
        groups="base.group_user",
        help="The weight does not change with the level or the level's weight.",
    )
    reseller_performance_factor = fields.Float(
        string="Performance Factor",
        default=1.0,
        digits=(6, 2),
        copy=False,
        groups="base.group_user",
        tracking=True,
        help="Multiplies the weight. 0: no automatic leads.",
    )
    reseller_effective_weight = fields.Float(
        string="Effective Weight",
        compute="_compute_reseller_effective_weight",
        store=True,
        digits=(12, 2),
        groups="base.group_user",
        help="Weight times performance factor: decides how many leads this reseller "
        "gets.",
    )
    reseller_country_ids = fields.Many2many(
        "res.country",
        "res_partner_reseller_country_rel",
        "partner_id",
        "country_id",
        string="Countries Served",
        copy=False,
        groups="base.group_user",
    )
    reseller_state_ids = fields.Many2many(
        "res.country.state",
        "res_partner_reseller_state_rel",
        "partner_id",
        "state_id",
        string="States Served",
        copy=False,
        groups="base.group_user",
    )
    reseller_zip_prefixes = fields.Char(
        string="Zip Codes Served",
        copy=False,
        groups="base.group_user",
        help="Beginnings of zip codes, separated by commas: 10, 12, 148",
    )
    reseller_max_open_leads = fields.Integer(
        string="Maximum Open Leads",
        copy=False,
        groups="base.group_user",
        help="How many offers and accepted open leads the reseller may hold at once. "
        "0: no limit.",
    )
    reseller_capacity = fields.Integer(
        string="Capacity",
        compute="_compute_reseller_capacity",
        store=True,
        groups="base.group_user",
        help="The limit that applies: the reseller's own, or a lower one. 0: no limit.",
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
        help="The reseller holds as many open leads as its capacity allows.",
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
    reseller_acceptance_rate = fields.Float(
        string="Accepted (%)",
        compute="_compute_reseller_answers",
        digits=(5, 1),
        groups="sales_team.group_sale_salesman",
        help="Accepted offers among those accepted, declined or expired.",
    )
    reseller_response_hours = fields.Float(
        string="Average Response (hours)",
        compute="_compute_reseller_answers",
        groups="sales_team.group_sale_salesman",
        help="Hours by the clock between offer and answer.",
    )
    reseller_won_revenue = fields.Float(
        string="Revenue of Won Leads",
        compute="_compute_reseller_won_count",
        groups="sales_team.group_sale_salesman",
        help="In the currencies of the leads' companies.",
    )
    reseller_map_url = fields.Char(string="Map", compute="_compute_reseller_map_url")
    reseller_partnership_date = fields.Date(
        string="Partner Since", copy=False, groups="base.group_user"
    )
    reseller_review_date = fields.Date(
        string="Next Review", copy=False, groups="base.group_user"
    )
    reseller_offer_ids = fields.One2many(
        "crm.reseller.offer",
        "reseller_id",
        string="Offers",
        copy=False,
        groups="sales_team.group_sale_salesman",
    )

    # ------------------------------------------------------------
    # COMPUTES AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends_context("reseller_show_load")
    def _compute_display_name(self):
        super()._compute_display_name()
        if not self.env.context.get("reseller_show_load"):
            return
        for partner in self.filtered("reseller_level_id"):
            partner.display_name = _(
                "%(name)s (%(level)s, open leads: %(count)s)",
                name=partner.display_name,
                level=partner.reseller_level_id.name,
                count=partner.reseller_open_lead_count,
            )

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

    @api.depends("reseller_direction_ids.sequence")
    def _compute_reseller_direction_id(self):
        for partner in self:
            directions = partner.reseller_direction_ids
            partner.reseller_direction_id = directions.sorted(
                lambda direction: (direction.sequence, direction.id)
            )[:1]

    def _inverse_reseller_direction_id(self):
        for partner in self:
            home = partner.reseller_direction_id
            if home and home not in partner.reseller_direction_ids:
                partner.reseller_direction_ids = [fields.Command.set(home.ids)]
            elif not home:
                partner.reseller_direction_ids = [fields.Command.clear()]

    @api.depends(lambda self: self._get_reseller_capacity_depends())
    def _compute_reseller_capacity(self):
        for partner in self:
            partner.reseller_capacity = partner._get_reseller_capacity()

    @api.model
    def _get_reseller_capacity_depends(self):
        """The fields that ``_get_reseller_capacity`` reads. Hook.

        :return: list of paths
        """
        return ["reseller_max_open_leads"]

    def _get_reseller_capacity(self):
        """The most offers and accepted open leads one reseller may hold. Hook.

        Overrides return the lower of their own limit and that of ``super()``, where 0
        means no limit.

        :return: int, 0 for no limit
        """
        self.ensure_one()
        return self.reseller_max_open_leads

    @api.depends("reseller_max_open_leads")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_open_lead_count(self):
        # with the rights of the user, who must not learn of other leads
        Lead = self.env["crm.lead"]
        counts = self._count_reseller_leads(Lead._get_reseller_open_domain())
        for partner in self:
            partner.reseller_open_lead_count = counts.get(partner.id, (0,))[0]

    @api.depends("reseller_capacity", "reseller_level_id")
    def _compute_reseller_at_capacity(self):
        # the same for every user: it decides whether a lead can be offered
        full = self._get_full_resellers()
        for partner in self:
            partner.reseller_at_capacity = partner in full

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_won_count(self):
        counts = self._count_reseller_leads(
            [("stage_id.is_won", "=", True)], "expected_revenue:sum"
        )
        for partner in self:
            count, revenue = counts.get(partner.id, (0, 0.0))
            partner.reseller_won_count = count
            partner.reseller_won_revenue = revenue

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

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_answers(self):
        Offer = self.env["crm.reseller.offer"]
        answers = {}
        if self.ids and has_access(Offer, "read"):
            for partner, state, count, hours in Offer._read_group(
                [
                    ("reseller_id", "in", self.ids),
                    ("state", "in", ("accepted", "declined", "expired")),
                ],
                ["reseller_id", "state"],
                ["__count", "response_hours:sum"],
            ):
                answers.setdefault(partner.id, {})[state] = (count, hours or 0.0)
        for partner in self:
            by_state = answers.get(partner.id, {})
            closed = sum(count for count, _hours in by_state.values())
            answered = [
                by_state.get(state, (0, 0)) for state in ("accepted", "declined")
            ]
            given = sum(count for count, _hours in answered)
            accepted = by_state.get("accepted", (0, 0))[0]
            partner.reseller_acceptance_rate = 100 * accepted / closed if closed else 0
            partner.reseller_response_hours = (
                sum(hours for _count, hours in answered) / given if given else 0
            )

    def _count_reseller_leads(self, domain, *aggregates):
        """Count the leads of these resellers that the user may see.

        :param list domain: which leads
        :param str aggregates: what else is aggregated, as in ``_read_group``
        :return: dict of reseller id and tuple of the count and the aggregates
        """
        Lead = self.env["crm.lead"]
        if not self.ids or not self.env.user.has_group(
            "sales_team.group_sale_salesman"
        ):
            return {}
        return {
            partner.id: tuple(values)
            for partner, *values in Lead._read_group(
                [("reseller_id", "in", self.ids), *domain],
                ["reseller_id"],
                ["__count", *aggregates],
            )
        }

    def _get_full_resellers(self):
        """Select the partners that are at capacity.

        :return: the same for every user, also for leads hidden from the user
        """
        limited = self.sudo().filtered(
            lambda partner: partner.reseller_level_id and partner.reseller_capacity > 0
        )
        held = self.env["crm.reseller.assigner"]._count_open_leads(limited.ids)
        return self.browse(
            partner.id
            for partner in limited
            # a form asks with a record that has no id of its own yet
            if held.get(partner._origin.id, 0) >= partner.reseller_capacity
        )

    @api.model
    def _search_reseller_at_capacity(self, operator, value):
        """Find resellers by whether they hold as many leads as they can.

        :param str operator: operator of the search
        :param value: what is looked for
        :return: domain
        """
        wants_full = (operator in ("=", "in")) == bool(value)
        limited = self.sudo().search(
            [
                ("reseller_level_id", "!=", False),
                ("reseller_capacity", ">", 0),
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
        """Accept weights and factors from zero on.

        :raises ValidationError: for one below zero
        """
        for partner in self:
            if partner.reseller_weight < 0 or partner.reseller_performance_factor < 0:
                raise ValidationError(
                    _(
                        "Weight and performance factor of %(reseller)s cannot be "
                        "negative.",
                        reseller=partner.display_name,
                    )
                )

    @api.constrains("reseller_level_id", "parent_id", "is_company")
    def _check_reseller_is_commercial(self):
        """Accept a level for companies only, not for the people in them.

        :raises ValidationError: for a contact of a company
        """
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

    @api.constrains("company_id", *COMPANY_FIELDS)
    def _check_reseller_company(self):
        """Refuse levels and the like of another company."""
        for partner in self.sudo():
            company = partner.company_id
            for name in COMPANY_FIELDS:
                for record in partner[name]:
                    if company and record.company_id - company:
                        partner._refuse_reseller_record(record)

    def _check_reseller_sight(self):
        """Refuse levels and the like that the user cannot see.

        No constraint: from Odoo 18 on those run elevated.

        :raises ValidationError: naming the first such record
        """
        if self.env.su:
            return
        for partner in self.sudo():
            for name in COMPANY_FIELDS:
                for record in partner[name]:
                    if not has_access(record.with_env(self.env), "read"):
                        partner._refuse_reseller_record(record)

    def _refuse_reseller_record(self, record):
        """Refuse a level or the like of another company.

        :param record: the elevated record
        :raises ValidationError: always
        """
        raise ValidationError(
            _(
                "%(record)s belongs to another company than %(reseller)s.",
                record=record.display_name,
                reseller=self.display_name,
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

    @api.model
    def default_get(self, fields_list):
        """Ignore defaults of the program's fields for all but channel managers.

        They come from the context or from the user's own defaults.

        :param list fields_list: names of fields
        :return: dict of values by name
        """
        values = super().default_get(fields_list)
        if not self._is_reseller_program_manager():
            for name in MANAGER_FIELDS.intersection(values):
                default = self._fields[name].default
                values.pop(name)
                if default:
                    values[name] = default(self)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._reseller_complete_weight(vals) for vals in vals_list]
        partners = super().create(vals_list)
        if not self._is_reseller_program_manager():
            partners._check_reseller_program(partners._get_no_reseller_program())
        partners._check_reseller_sight()
        return partners

    def write(self, vals):
        program = {}
        if (
            MANAGER_FIELDS.intersection(vals)
            and not self._is_reseller_program_manager()
        ):
            program = self._get_reseller_program()
        resellers = self._get_active_resellers()
        places = {} if POSITION.intersection(vals) else self._get_reseller_places()
        result = True
        for partners, values in self._split_reseller_write(vals):
            result = super(ResPartner, partners).write(values)
        self._check_reseller_program(program)
        if vals.keys() & set(COMPANY_FIELDS):
            self._check_reseller_sight()
        for partner, position in self._get_lost_positions(places).items():
            super(ResPartner, partner).write(position)
        left = resellers - self._get_active_resellers()
        if left:
            left._on_reseller_left()
        return result

    def _split_reseller_write(self, vals):
        """A weight is set by hand where it differs from the partner's own level.

        :param dict vals: values of ``write``
        :return: list of pairs of partners and what to write on them
        """
        if "reseller_weight" not in vals or "reseller_weight_custom" in vals:
            return [(self, vals)]
        if "reseller_level_id" in vals:
            return [(self, self._reseller_complete_weight(vals))]
        return [
            (partners, self._reseller_complete_weight(vals, level))
            for level, partners in self.grouped("reseller_level_id").items()
        ]

    def _get_active_resellers(self):
        """Select those that are in the program.

        :return: partners, elevated
        """
        return self.sudo().filtered(
            lambda partner: partner.active and partner.reseller_level_id
        )

    def _on_reseller_left(self):
        """These resellers were archived or lost their level. Hook.

        Their pending offers are withdrawn, and the leads offered to others. Accepted
        leads stay with them until the channel manager, who gets an activity on each,
        decides.
        """
        offers = (
            self.env["crm.reseller.offer"]
            .sudo()
            .search([("reseller_id", "in", self.ids), ("state", "=", "pending")])
        )
        leads = offers.lead_id
        if leads:
            leads._withdraw_pending(_("The reseller left the program."))
            leads._reseller_move_on()
        Lead = self.env["crm.lead"].sudo()
        accepted = Lead.search(
            [("reseller_id", "in", self.ids), *Lead._get_reseller_open_domain()]
        )
        if accepted:
            accepted._write_offer_vals(
                {
                    "reseller_assign_issue": "reseller_left",
                    "reseller_escalated_on": False,
                }
            )
            accepted._ask_channel_manager()

    # ------------------------------------------------------------
    # ADDRESS AND POSITION
    # ------------------------------------------------------------

    def _get_reseller_address(self):
        """The address of one partner, to compare it with a later one.

        :return: tuple
        """
        self.ensure_one()
        return tuple(self[name] or False for name in ADDRESS_FIELDS)

    def _get_reseller_places(self):
        """Address and position of the partners that have a position.

        :return: dict of partner and pair of its address and its position
        """
        return {
            partner: (
                partner._get_reseller_address(),
                (partner.partner_latitude, partner.partner_longitude),
            )
            for partner in self.sudo()
            if is_located(partner.partner_latitude, partner.partner_longitude)
        }

    @api.model
    def _get_lost_positions(self, places):
        """The positions that got lost though their address did not change.

        Odoo removes the position whenever an address is written, the same one too.

        :param dict places: of ``_get_reseller_places``, from before
        :return: dict of partner and the values to write again
        """
        lost = {}
        for partner, (address, position) in places.items():
            now = (partner.partner_latitude, partner.partner_longitude)
            if now != position and partner._get_reseller_address() == address:
                lost[partner] = {
                    "partner_latitude": position[0],
                    "partner_longitude": position[1],
                }
        return lost

    def _get_reseller_people(self):
        """The people who work for these resellers.

        :return: partners, elevated
        """
        return (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("id", "child_of", self.ids),
                    ("id", "not in", self.ids),
                    ("commercial_partner_id", "in", self.ids),
                ]
            )
            ._filter_reseller_people()
        )

    def _filter_reseller_people(self):
        """Select those that are people. Hook.

        Invoice, delivery and other addresses are not, nor are companies or archived
        contacts.

        :return: partners
        """
        return self.filtered(
            lambda partner: partner.active
            and not partner.is_company
            and partner.type == "contact"
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reseller_history(self):
        """Keep resellers that leads were offered to.

        :raises UserError: for any of them
        """
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
        """The only company a reseller works for.

        :return: its own company, or its level's; empty for all companies
        """
        self.ensure_one()
        reseller = self.sudo()
        return reseller.company_id or reseller.reseller_level_id.company_id

    # ------------------------------------------------------------
    # WHO MAY CHANGE THE PROGRAM
    # ------------------------------------------------------------

    @api.model
    def _is_reseller_program_manager(self):
        """Whether the user may change levels, weights, territories and the like.

        :return: bool
        """
        return self.env.su or self.env.user.has_group("sales_team.group_sale_manager")

    def _get_reseller_program(self):
        """What only channel managers may change, as it is stored.

        :return: dict of partner and dict of values by name
        """
        return {
            partner: {
                name: partner[name].ids
                if self._fields[name].relational
                else partner[name]
                for name in MANAGER_FIELDS
            }
            for partner in self.sudo()
        }

    def _get_no_reseller_program(self):
        """The program's fields of partners that are no resellers.

        :return: as ``_get_reseller_program``
        """
        blank = {
            name: []
            if self._fields[name].relational
            else self._fields[name].convert_to_record(
                self._fields[name].convert_to_cache(False, self), self
            )
            for name in MANAGER_FIELDS
        }
        blank["reseller_performance_factor"] = 1.0
        return dict.fromkeys(self.sudo(), blank)

    def _check_reseller_program(self, before):
        """Refuse changes of the program's fields by anyone but channel managers.

        What is stored is compared, however it came there: values, defaults,
        imports, commands of another record.

        :param dict before: as ``_get_reseller_program``
        :raises AccessError: where something changed
        """
        after = self._get_reseller_program()
        if any(after[partner] != values for partner, values in before.items()):
            raise AccessError(
                _(
                    "Only sales administrators can change levels, weights and "
                    "territories."
                )
            )

    def _reseller_complete_weight(self, vals, level=None):
        """Distinguish a weight set by hand from one that repeats the level's.

        :param dict vals: values of ``create`` or ``write``
        :param level: the level of the partners; none for the one in ``vals``
        :return: dict, with ``reseller_weight_custom`` where there is a weight
        """
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
        """Open the open leads of these resellers.

        :return: action
        :raises AccessError: for users who work with no leads
        """
        return self._get_reseller_leads_action(
            _("Open Leads"), self.env["crm.lead"]._get_reseller_open_domain()
        )

    def action_reseller_view_won_leads(self):
        """Open the leads these resellers won.

        :return: action
        :raises AccessError: for users who work with no leads
        """
        return self._get_reseller_leads_action(
            _("Won Leads"), [("stage_id.is_won", "=", True)]
        )

    def action_reseller_view_offers(self):
        """Open the offers these resellers received.

        :return: action
        :raises AccessError: for users who work with no leads
        """
        self.env["crm.lead"]._check_internal_access()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_reseller_offer_action"
        )
        action["domain"] = [("reseller_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _get_reseller_leads_action(self, name, domain):
        """Open leads of these resellers.

        :param str name: title
        :param list domain: which of their leads
        :return: action
        """
        self.env["crm.lead"]._check_internal_access()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.crm_lead_reseller_action"
        )
        action["name"] = name
        action["domain"] = [("reseller_id", "in", self.ids), *domain]
        return action

    def action_reseller_reset_weight(self):
        """Reset the weight to that of the level.

        :return: True
        """
        self.write({"reseller_weight_custom": False})
        return True
