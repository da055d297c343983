from odoo import _, api, fields, models

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

from .res_users import SUPERVISOR_GROUP, USER_GROUP

# what a person or the person's company has to be among; the field of the record, and
# where a person has it
AUDIENCE_PATHS = {
    "audience_level_ids": "commercial_partner_id.reseller_level_id",
    "audience_activation_ids": "commercial_partner_id.reseller_activation_id",
    "audience_type_ids": "commercial_partner_id.reseller_type_id",
    "audience_direction_ids": "commercial_partner_id.reseller_direction_ids",
    "audience_company_ids": "commercial_partner_id",
}
ROLES = [("user", "Users"), ("supervisor", "Supervisors")]


class CrmResellerAudience(models.AbstractModel):
    """Says which people of resellers see a record.

    Each kind that is filled in narrows: a person has to fit all of them, and fits one
    by any of its values. Without values, a record is for all people of resellers.
    An archived level, type or direction still narrows, and none can be deleted as long
    as an audience names it: the audience would be everyone then.

    A model with a field of its own to one of these models names the field's relation.

    Pages find records with an elevated search in ``_get_audience_domain``.
    """

    _name = "crm.reseller.audience"
    _description = "Audience"

    audience_level_ids = fields.Many2many(
        "crm.reseller.level",
        ondelete="restrict",
        string="Levels",
        help="Empty: resellers of any level.",
    )
    audience_activation_ids = fields.Many2many(
        "crm.reseller.activation",
        ondelete="restrict",
        string="Activations",
        help="Empty: resellers of any activation.",
    )
    audience_type_ids = fields.Many2many(
        "crm.reseller.type",
        ondelete="restrict",
        string="Reseller Types",
        help="Empty: resellers of any type.",
    )
    audience_direction_ids = fields.Many2many(
        "crm.reseller.direction",
        ondelete="restrict",
        string="Sales Directions",
        help="Empty: resellers of any direction, and of none.",
    )
    audience_company_ids = fields.Many2many(
        "res.partner",
        ondelete="restrict",
        string="Resellers",
        domain=[("reseller_level_id", "!=", False)],
        help="Empty: any reseller.",
    )
    audience_lang_ids = fields.Many2many(
        "res.lang",
        ondelete="restrict",
        string="Languages",
        help="Empty: people of any language.",
    )
    audience_role = fields.Selection(
        ROLES, string="Role", help="Empty: users and supervisors."
    )
    audience_people_count = fields.Integer(
        string="People", compute="_compute_audience_people_count"
    )
    audience_summary = fields.Char(
        string="Seen By", compute="_compute_audience_people_count"
    )

    # ------------------------------------------------------------
    # WHO SEES A RECORD
    # ------------------------------------------------------------

    @api.depends(*AUDIENCE_PATHS, "audience_lang_ids", "audience_role")
    def _compute_audience_people_count(self):
        Users = self.env["res.users"].sudo()
        # records for the same people are counted once
        counts = {}
        for record in self:
            domain = record._get_audience_people_domain()
            key = repr(domain)
            if key not in counts:
                counts[key] = Users.search_count(domain)
            count = record.audience_people_count = counts[key]
            record.audience_summary = (
                _("1 person will see this")
                if count == 1
                else _("%(count)s people will see this", count=count)
            )

    def _get_audience_people(self):
        """The people who see this record.

        :return: res.users, elevated, by name
        """
        return self.env["res.users"].sudo().search(self._get_audience_people_domain())

    @api.model
    def _get_reseller_people_domain(self):
        """All people who work on the portal for a reseller.

        :return: domain on res.users, for an elevated search
        """
        data = self.env["ir.model.data"].sudo()
        groups = get_all_groups_field(self.env["res.users"])
        return [
            ("share", "=", True),
            (groups, "in", [data._xmlid_to_res_id(USER_GROUP)]),
            ("commercial_partner_id.active", "=", True),
            ("commercial_partner_id.reseller_level_id", "!=", False),
        ]

    def _get_audience_people_domain(self):
        """Which people see this record. Hook.

        :return: domain on res.users, for an elevated search
        """
        self.ensure_one()
        record = self.sudo().with_context(active_test=False)
        groups = get_all_groups_field(self.env["res.users"])
        domain = self._get_reseller_people_domain()
        for name, path in AUDIENCE_PATHS.items():
            wanted = record[name]._origin
            if wanted:
                domain.append((path, "in", sorted(wanted.ids)))
        languages = record.audience_lang_ids._origin
        if languages:
            domain.append(("partner_id.lang", "in", sorted(languages.mapped("code"))))
        if record.audience_role:
            data = self.env["ir.model.data"].sudo()
            supervisors = [data._xmlid_to_res_id(SUPERVISOR_GROUP)]
            is_one = record.audience_role == "supervisor"
            domain.append((groups, "in" if is_one else "not in", supervisors))
        return domain

    # ------------------------------------------------------------
    # WHAT A PERSON SEES
    # ------------------------------------------------------------

    @api.model
    def _get_audience_domain(self, user, directions=None):
        """The records of this model that a person may see. Hook.

        Use it in an elevated search. It does not look at ``active`` or at anything else
        that makes a record fit to be shown.

        :param user: record of res.users
        :param directions: crm.reseller.direction to look at instead of all of those of
            the person's company, such as the one that was chosen, or None
        :return: domain on this model; matches nothing for users of no reseller
        """
        reseller_sudo = user._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        if directions is None:
            direction_ids = list(user._get_reseller_direction_access().directions)
        else:
            direction_ids = directions.ids
        activation_ids, type_ids = user._read_reseller_kinds(reseller_sudo.id)
        role = "supervisor" if user._is_reseller_supervisor() else "user"
        facts = {
            "audience_level_ids": reseller_sudo.reseller_level_id.ids,
            "audience_activation_ids": activation_ids,
            "audience_type_ids": type_ids,
            "audience_direction_ids": direction_ids,
            "audience_company_ids": reseller_sudo.ids,
        }
        domain = []
        for name, ids in facts.items():
            domain += self._get_audience_leaf(name, ids)
        code = user.sudo().partner_id.lang
        language = self.env["res.lang"].sudo()._lang_get(code or "en_US")
        domain += self._get_audience_leaf("audience_lang_ids", language.ids)
        return [*domain, ("audience_role", "in", [False, role])]

    @api.model
    def _get_audience_leaf(self, name, ids):
        """One kind of an audience: not filled in, or one of a person's.

        :param str name: field of this model
        :param list[int] ids: what the person has of it
        :return: domain
        """
        if not ids:
            return [(name, "=", False)]
        return ["|", (name, "=", False), (name, "in", ids)]
