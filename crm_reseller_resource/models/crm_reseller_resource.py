from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import SQL

KINDS = [
    ("catalogue", "Catalogue"),
    ("price_list", "Price List"),
    ("collateral", "Sales Material"),
    ("guide", "Guide"),
    ("video", "Video"),
    ("faq", "FAQ"),
]
# a resource ends soon when nothing follows within these days
EXPIRING_DAYS = 30
# a resource is unused when no one fetched or used it within these days
UNUSED_DAYS = 90
# the most resources that a deal's page suggests
FITTING = 4


class CrmResellerResource(models.Model):
    """Something that resellers read or send on: what it is, and who is meant.

    What it holds is in its versions. On a given day at most one of them is valid, and
    links to the resource always lead to that one.
    """

    _name = "crm.reseller.resource"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "crm.reseller.guard.mixin",
        "crm.reseller.audience",
    ]
    _description = "Reseller Resource"
    _order = "sequence, id desc"

    name = fields.Char(string="Title", required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    kind = fields.Selection(KINDS, default="collateral", required=True)
    summary = fields.Text(
        translate=True, help="One or two sentences, shown in lists on the portal."
    )
    category_id = fields.Many2one(
        "crm.reseller.resource.category", index=True, ondelete="restrict"
    )
    lang_id = fields.Many2one(
        "res.lang", string="Language", help="The language it is written in."
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share it."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Editor",
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
    )
    tag_ids = fields.Many2many(
        "crm.tag",
        "crm_reseller_resource_tag_rel",
        string="Tags",
        help="Shown on the page of deals with one of these tags.",
    )
    product_ids = fields.Many2many(
        "product.product",
        "crm_reseller_resource_product_rel",
        string="Products",
        help="Shown on the page of deals about one of these products.",
    )
    product_category_ids = fields.Many2many(
        "product.category",
        "crm_reseller_resource_product_category_rel",
        string="Product Lines",
        help="Shown on the page of deals about a product of these categories.",
    )

    milestone_ids = fields.Many2many(
        "crm.reseller.milestone",
        "crm_reseller_resource_milestone_rel",
        string="Milestones",
        help="Shown on the page of deals that are at one of these milestones.",
    )

    version_ids = fields.One2many(
        "crm.reseller.resource.version", "resource_id", string="Versions"
    )
    version_id = fields.Many2one(
        "crm.reseller.resource.version",
        string="Valid Version",
        compute="_compute_version_id",
        help="What resellers get today.",
    )
    valid_until = fields.Date(compute="_compute_version_id")
    has_valid_version = fields.Boolean(
        string="Valid",
        compute="_compute_version_id",
        search="_search_has_valid_version",
    )
    has_waiting_version = fields.Boolean(
        string="Waiting for Approval",
        compute="_compute_has_waiting_version",
        search="_search_has_waiting_version",
    )
    is_expiring = fields.Boolean(
        string="Ends Soon", compute="_compute_is_expiring", search="_search_is_expiring"
    )
    first_valid_on = fields.Date(compute="_compute_valid_days", store=True)
    last_valid_on = fields.Date(
        string="Updated", compute="_compute_valid_days", store=True, index=True
    )

    favourite_partner_ids = fields.Many2many(
        "res.partner", "crm_reseller_resource_favourite_rel", string="Favourite Of"
    )
    usage_ids = fields.One2many("crm.reseller.resource.usage", "resource_id")
    use_ids = fields.One2many("crm.reseller.resource.use", "resource_id")
    download_count = fields.Integer(
        string="Downloads", compute="_compute_download_count"
    )
    use_count = fields.Integer(string="Used in Deals", compute="_compute_use_count")
    won_count = fields.Integer(string="Of Which Won", compute="_compute_use_count")
    is_unused = fields.Boolean(
        string="Unused", compute="_compute_is_unused", search="_search_is_unused"
    )

    # ------------------------------------------------------------
    # WHAT IS VALID
    # ------------------------------------------------------------

    @api.depends("version_ids.state", "version_ids.valid_from", "version_ids.ends_on")
    def _compute_version_id(self):
        versions = self._get_valid_versions(fields.Date.context_today(self))
        nothing = self.env["crm.reseller.resource.version"]
        for resource in self:
            version = versions.get(resource._origin.id, nothing)
            resource.version_id = version
            resource.valid_until = version.ends_on
            resource.has_valid_version = bool(version)

    def _get_valid_versions(self, day):
        """The versions that are valid on a day, read in one statement.

        :param date day: the reader's day
        :return: dict from the ids of resources to crm.reseller.resource.version
        """
        Version = self.env["crm.reseller.resource.version"]
        versions = Version.search(
            [("resource_id", "in", self._origin.ids), *Version._get_valid_domain(day)]
        )
        return {version.resource_id.id: version for version in versions}

    @api.model
    def _get_valid_domain(self, day):
        """Resources that have a valid version on a day.

        :param date day: the reader's day
        :return: domain
        """
        Version = self.env["crm.reseller.resource.version"]
        return [("version_ids", "any", Version._get_valid_domain(day))]

    @api.model
    def _get_changed_domain(self, day, days):
        """Resources whose valid version is new.

        :param date day: the reader's day
        :param int days: how long a version is called new
        :return: domain
        """
        Version = self.env["crm.reseller.resource.version"]
        since = day - timedelta(days=days)
        valid = Version._get_valid_domain(day)
        return [("version_ids", "any", [*valid, ("valid_from", ">", since)])]

    def _get_mark(self, version, day, days):
        """Whether a resource is new, or was updated lately.

        :param version: its valid crm.reseller.resource.version
        :param date day: the reader's day
        :param int days: how long a version is called new
        :return: ``new``, ``updated`` or empty text
        """
        self.ensure_one()
        if version.valid_from <= day - timedelta(days=days):
            return ""
        return "new" if version.valid_from == self.first_valid_on else "updated"

    @api.depends("version_ids.state", "version_ids.valid_from")
    def _compute_valid_days(self):
        for resource in self:
            days = resource.version_ids._get_counted().mapped("valid_from")
            resource.first_valid_on = min(days, default=False)
            resource.last_valid_on = max(days, default=False)

    def _search_has_valid_version(self, operator, value):
        domain = self._get_valid_domain(fields.Date.context_today(self))
        return self._get_searched(domain, operator, value)

    @api.depends("version_ids.state")
    def _compute_has_waiting_version(self):
        for resource in self:
            states = resource.version_ids.mapped("state")
            resource.has_waiting_version = "waiting" in states

    def _search_has_waiting_version(self, operator, value):
        domain = [("version_ids", "any", [("state", "=", "waiting")])]
        return self._get_searched(domain, operator, value)

    def _compute_is_expiring(self):
        expiring = self.sudo().search(
            [("id", "in", self.ids), *self._get_expiring_domain()]
        )
        for resource in self:
            resource.is_expiring = resource._origin in expiring

    def _search_is_expiring(self, operator, value):
        return self._get_searched(self._get_expiring_domain(), operator, value)

    def _get_expiring_domain(self):
        """Resources whose valid version ends soon, and no other one follows.

        :return: domain
        """
        Version = self.env["crm.reseller.resource.version"]
        today = fields.Date.context_today(self)
        ends = [
            *Version._get_valid_domain(today),
            ("ends_on", "<=", today + timedelta(days=EXPIRING_DAYS)),
            ("replaced_on", "=", False),
        ]
        return [("version_ids", "any", ends)]

    @api.model
    def _get_searched(self, domain, operator, value):
        """The domain of a search for a computed yes or no.

        :param list domain: where it is yes
        :param str operator: ``=``, ``!=`` or ``in``
        :param value: what is looked for
        :return: domain
        """
        wanted = any(value) if operator in ("in", "not in") else bool(value)
        ids = self.sudo()._search(domain)
        positive = wanted == (operator in ("=", "in"))
        return [("id", "in" if positive else "not in", ids)]

    # ------------------------------------------------------------
    # HOW IT IS USED
    # ------------------------------------------------------------

    def _compute_download_count(self):
        counts = dict(
            self.env["crm.reseller.resource.usage"]
            .sudo()
            ._read_group(
                [("resource_id", "in", self.ids)], ["resource_id"], ["downloads:sum"]
            )
        )
        for resource in self:
            resource.download_count = counts.get(resource._origin, 0)

    def _compute_use_count(self):
        counts = self._count_uses()
        for resource in self:
            used, won = counts.get(resource._origin.id, (0, 0))
            resource.use_count, resource.won_count = used, won

    def _count_uses(self):
        """In how many deals these resources were used, and how many of them are won.

        :return: dict from the ids of resources to pairs of numbers
        """
        Use = self.env["crm.reseller.resource.use"].sudo()

        def count(*terms):
            domain = [("resource_id", "in", self.ids), *terms]
            groups = Use._read_group(domain, ["resource_id"], ["__count"])
            return {resource.id: number for resource, number in groups}

        won = count(
            ("lead_id.active", "=", True), ("lead_id.stage_id.is_won", "=", True)
        )
        return {key: (used, won.get(key, 0)) for key, used in count().items()}

    def _compute_is_unused(self):
        unused = self.sudo().search(
            [("id", "in", self.ids), *self._get_unused_domain()]
        )
        for resource in self:
            resource.is_unused = resource._origin in unused

    def _search_is_unused(self, operator, value):
        return self._get_searched(self._get_unused_domain(), operator, value)

    def _get_unused_domain(self):
        """Resources that are there for a while, and that no one opened or used lately.

        :return: domain
        """
        since = fields.Date.context_today(self) - timedelta(days=UNUSED_DAYS)
        return [
            ("first_valid_on", "<=", since),
            ("usage_ids", "not any", [("day", ">", since)]),
            ("use_ids", "not any", [("used_on", ">", since)]),
        ]

    def _is_meant_for(self, user):
        """Whether a person is in the audience, asked value by value.

        It is how the access matrix checks what the search finds.

        :param user: res.users
        :return: bool
        """
        self.ensure_one()
        record = self.sudo().with_context(active_test=False)
        person = user.sudo().with_context(active_test=False).partner_id
        company = person.commercial_partner_id
        role = "supervisor" if user._is_reseller_supervisor() else "user"
        facts = [
            (record.audience_level_ids, company.reseller_level_id),
            (record.audience_activation_ids, company.reseller_activation_id),
            (record.audience_type_ids, company.reseller_type_id),
            (record.audience_direction_ids, company.reseller_direction_ids),
            (record.audience_company_ids, company),
        ]
        languages = record.audience_lang_ids.mapped("code")
        only = company._get_reseller_company()
        return (
            all(not wanted or wanted & has for wanted, has in facts)
            and (not languages or (person.lang or "en_US") in languages)
            and record.audience_role in (False, role)
            and not (only and record.company_id and record.company_id != only)
        )

    # ------------------------------------------------------------
    # ON THE DEAL
    # ------------------------------------------------------------

    @api.model
    def _get_fitting_domain(self, lead):
        """Resources that fit a deal by its product, tags or milestone. Hook.

        :param lead: crm.lead, elevated
        :return: domain
        """
        # within the statement: the deal's page does not read its tags
        Tag = self.env["crm.tag"].sudo()
        tags = Tag._search([])
        tags.add_where(
            SQL(
                "%s IN (SELECT tag_id FROM crm_tag_rel WHERE lead_id = %s)",
                SQL.identifier(Tag._table, "id"),
                lead.id,
            )
        )
        kinds = [("tag_ids", "in", tags)]
        milestone = lead.reseller_milestone_id
        if milestone:
            kinds.append(("milestone_ids", "in", milestone.ids))
        product = lead.reseller_product_id
        if product:
            path = product.categ_id.parent_path or ""
            lines = [int(part) for part in path.split("/") if part]
            kinds.append(("product_ids", "in", product.ids))
            kinds.append(("product_category_ids", "in", lines))
        return ["|"] * (len(kinds) - 1) + kinds

    @api.model
    def _read_for_deal(self, lead, user):
        """What a deal's page suggests to a person, in one statement.

        :param lead: crm.lead, elevated
        :param user: res.users
        :return: list of dict with ``id``, ``name``, ``kind``, ``used`` and ``won``
            (numbers of deals) and ``here`` (whether it was used in this deal)
        """
        Resource = self.sudo().with_context(active_test=True)
        domain = [
            *user._get_reseller_resource_domain(),
            "|",
            ("use_ids", "any", [("lead_id", "=", lead.id)]),
            *self._get_fitting_domain(lead),
        ]
        query = Resource._search(domain, order="sequence, id desc", limit=FITTING)
        table = Resource._table
        counts = SQL(
            "(SELECT ARRAY[count(*),"
            " count(*) FILTER (WHERE deal.active AND stage.is_won),"
            " count(*) FILTER (WHERE used.lead_id = %s)]"
            " FROM crm_reseller_resource_use used"
            " JOIN crm_lead deal ON deal.id = used.lead_id"
            " LEFT JOIN crm_stage stage ON stage.id = deal.stage_id"
            " WHERE used.resource_id = %s)",
            lead.id,
            SQL.identifier(table, "id"),
        )
        columns = [
            SQL.identifier(table, "id"),
            Resource._field_to_sql(table, "name", query),
            SQL.identifier(table, "kind"),
            counts,
        ]
        self.env.flush_all()
        self.env.cr.execute(query.select(*columns))
        return [
            {
                "id": resource_id,
                "name": name,
                "kind": kind,
                "used": counts[0],
                "won": counts[1],
                "here": bool(counts[2]),
            }
            for resource_id, name, kind, counts in self.env.cr.fetchall()
        ]

    # ------------------------------------------------------------
    # CRUD AND ACTIONS
    # ------------------------------------------------------------

    def unlink(self):
        # one by one, so that their files go and published ones stay
        self.version_ids.unlink()
        return super().unlink()

    def _get_program_company(self):
        """The company whose settings a resource follows.

        :return: res.company, elevated
        """
        self.ensure_one()
        return self.company_id.sudo() or self.env["crm.lead"]._get_main_company()

    def action_view_uses(self):
        """Open the deals these resources were used in.

        :return: action
        :raises AccessError: for users who may not read them
        """
        Use = self.env["crm.reseller.resource.use"]
        leads = Use.search([("resource_id", "in", self.ids)], limit=None).lead_id
        return {
            "type": "ir.actions.act_window",
            "name": _("Deals"),
            "res_model": "crm.lead",
            "view_mode": "tree,form",
            "domain": [("id", "in", leads.ids)],
            "context": {"active_test": False},
        }

    def action_view_usage(self):
        """Open who fetched these resources, by day.

        :return: action
        :raises AccessError: for users who may not read them
        """
        Usage = self.env["crm.reseller.resource.usage"]
        Usage.search_count([("resource_id", "in", self.ids)], limit=1)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_resource.crm_reseller_resource_usage_action"
        )
        return {**action, "domain": [("resource_id", "in", self.ids)]}

    # ------------------------------------------------------------
    # THE PORTAL
    # ------------------------------------------------------------

    def _get_reseller_path(self):
        """The page of the resource on the portal; the list where nothing is valid.

        :return: address without the host
        """
        self.ensure_one()
        day = fields.Date.context_today(self)
        valid = self.sudo()._get_valid_versions(day) and self.active
        return f"/my/resources/{self.id}" if valid else "/my/resources"

    def _notify_get_recipients_groups(
        self, message, model_description, *args, **kwargs
    ):
        """Lead the reseller's people to the page on the portal.

        :param message: the mail.message
        :param str model_description: see ``mail``
        :param args: see ``mail``
        :param kwargs: see ``mail``
        :return: list of groups, see ``mail``
        """
        groups = super()._notify_get_recipients_groups(
            message, model_description, *args, **kwargs
        )
        if len(self) != 1:
            return groups
        access = {
            "url": self.get_base_url() + self._get_reseller_path(),
            "title": _("Open the resource"),
        }
        group = (
            "reseller",
            lambda pdata: pdata["type"] != "user",
            {"active": True, "has_button_access": True, "button_access": access},
        )
        return [group, *groups]
