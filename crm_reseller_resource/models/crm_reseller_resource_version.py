from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_reseller_base.compat import check_access

STATES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for Approval"),
    ("published", "Published"),
    ("withdrawn", "Withdrawn"),
]
# what resellers may have read already is never changed behind their backs
CONTENT = frozenset({"resource_id", "valid_from", "file", "file_name", "link", "body"})
APPROVE = "crm_reseller_resource.mail_activity_type_approve"
# what only the methods below write
GUARDED = (
    "submitted_by_id",
    "approved_by_id",
    "published_on",
    "withdrawn_on",
    "recalled_on",
)


class CrmResellerResourceVersion(models.Model):
    """What a resource holds from one day on: a file, a link or a text.

    A version is valid from its first day until its last one, or until the next version
    begins. It does not come back when the next one ends or is withdrawn: what was
    replaced is out of date.
    """

    _name = "crm.reseller.resource.version"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Version of a Resource"
    _order = "valid_from desc, id desc"

    resource_id = fields.Many2one(
        "crm.reseller.resource", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="resource_id.company_id", store=True)
    name = fields.Char(string="Version", required=True, default="1")
    notes = fields.Text(
        string="What Changed", help="Shown to resellers on the page of the resource."
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, copy=False
    )
    valid_until = fields.Date(copy=False, help="Its last day. Empty: until replaced.")
    replaced_on = fields.Date(
        compute="_compute_ends_on",
        store=True,
        index="btree_not_null",
        help="The first day of the next version.",
    )
    ends_on = fields.Date(
        string="Last Day", compute="_compute_ends_on", store=True, index=True
    )
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    file_size = fields.Integer(compute="_compute_file_size", store=True)
    link = fields.Char(help="An address that begins with https:// or http://.")
    body = fields.Html(
        string="Text", sanitize_attributes=True, sanitize_form=True, translate=False
    )
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    published_on = fields.Datetime(readonly=True, copy=False)
    withdrawn_on = fields.Date(readonly=True, copy=False)
    recalled_on = fields.Datetime(
        string="Recalled",
        readonly=True,
        copy=False,
        help="When those who fetched it and have an open deal were notified.",
    )

    # ------------------------------------------------------------
    # COMPUTES AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends(
        "valid_from",
        "valid_until",
        "resource_id.version_ids.valid_from",
        "resource_id.version_ids.state",
    )
    def _compute_ends_on(self):
        for version in self:
            follower = version._get_follower()
            version.replaced_on = follower.valid_from
            days = [version.valid_until]
            if follower:
                days.append(follower.valid_from - timedelta(days=1))
            version.ends_on = min(filter(None, days), default=False)

    def _get_counted(self):
        """The versions that resellers could get at some time, the oldest first.

        A version that was withdrawn before its first day never counts.

        :return: recordset
        """
        return self.filtered(
            lambda version: (
                version.state == "published"
                or (
                    version.state == "withdrawn"
                    and version.withdrawn_on
                    and version.valid_from
                    and version.valid_from <= version.withdrawn_on
                )
            )
        ).sorted(lambda version: version._get_rank())

    def _get_rank(self):
        """Where a version is among those of its resource.

        :return: tuple to compare; what is not stored yet is last
        """
        return (self.valid_from, self._origin.id or float("inf"))

    def _get_follower(self):
        """The version that replaces this one, if any.

        :return: crm.reseller.resource.version, one or none
        """
        self.ensure_one()
        if not self.valid_from:
            return self.browse()
        rank = self._get_rank()
        counted = self.resource_id.version_ids._get_counted()
        return counted.filtered(lambda other: other._get_rank() > rank)[:1]

    @api.depends("file")
    def _compute_file_size(self):
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "in", self.ids),
                ],
                ["res_id", "file_size"],
            )
        )
        sizes = {each.res_id: each.file_size for each in attachments}
        for version in self:
            version.file_size = sizes.get(version._origin.id, 0)

    @api.constrains("valid_from", "valid_until")
    def _check_days(self):
        """Refuse versions that end before they begin.

        :raises ValidationError: for such a version
        """
        for version in self:
            if version.valid_until and version.valid_until < version.valid_from:
                raise ValidationError(
                    _("The last day of a version is before its first one.")
                )

    @api.constrains("link")
    def _check_link(self):
        """Refuse what is no address of a web page.

        :raises ValidationError: for such a link
        """
        for version in self:
            link = version.link or ""
            if link and not link.lower().startswith(("https://", "http://")):
                raise ValidationError(
                    _("A link begins with https:// or http://: %(link)s", link=link)
                )

    @api.model
    def _get_valid_domain(self, day):
        """Versions that are valid on a day: at most one of each resource.

        :param date day: the reader's day
        :return: domain
        """
        return [
            ("state", "=", "published"),
            ("valid_from", "<=", day),
            "|",
            ("ends_on", "=", False),
            ("ends_on", ">=", day),
        ]

    def _has_content(self):
        """Whether there is something to read.

        :return: bool
        """
        self.ensure_one()
        # not the file itself: it may be large
        return bool(self.file_size or self.link or self.body)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # whatever the values, the context's defaults or an import say
            first = {**dict.fromkeys(GUARDED, False), "state": "draft"}
            vals_list = [{**vals, **first} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {"state", *GUARDED} & set(vals):
            raise UserError(_("Versions are published and withdrawn by their buttons."))
        if CONTENT & set(vals) and self.filtered(
            lambda version: version.state != "draft"
        ):
            raise UserError(
                _("This version is not a draft any more: make a new version instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        """Keep what resellers may have fetched.

        :raises UserError: for versions that were published
        """
        if self.filtered("published_on"):
            raise UserError(
                _(
                    "Versions that were published are kept: withdraw the version, or "
                    "archive the resource."
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Publish drafts, or ask for their approval where it is needed.

        :raises AccessError: for users who may not change versions
        :raises UserError: for a version without content
        """
        check_access(self, "write")
        for version in self.filtered(lambda each: each.state == "draft"):
            if not version._has_content():
                raise UserError(_("Add a file, a link or a text first."))
            sudo = version.sudo()
            sudo.submitted_by_id = self.env.user
            company = version.resource_id._get_program_company()
            if company.reseller_resource_approval:
                sudo.state = "waiting"
                sudo._ask_for_approval(company)
            else:
                sudo._publish()

    def action_approve(self):
        """Publish versions that another person submitted.

        :raises AccessError: for users who may not change versions
        :raises UserError: for the person who submitted one
        """
        check_access(self, "write")
        for version in self.filtered(lambda each: each.state == "waiting"):
            if version.submitted_by_id == self.env.user:
                raise UserError(_("Another person has to approve this version."))
            sudo = version.sudo()
            sudo.approved_by_id = self.env.user
            sudo._publish()

    def action_reset(self):
        """Make drafts again of versions that wait for approval.

        :raises AccessError: for users who may not change versions
        """
        check_access(self, "write")
        waiting = self.filtered(lambda each: each.state == "waiting").sudo()
        waiting.write({"state": "draft", "submitted_by_id": False})
        waiting.resource_id._close_approval()

    def action_withdraw(self):
        """Take published versions back; those who fetched them are notified.

        :raises AccessError: for users who may not change versions
        """
        check_access(self, "write")
        published = self.filtered(lambda each: each.state == "published").sudo()
        published.write(
            {"state": "withdrawn", "withdrawn_on": fields.Date.context_today(self)}
        )
        for version in published:
            version._log(_("Version %(name)s was withdrawn.", name=version.name))
        published._recall_soon()

    def action_new_version(self):
        """Copy a version to a draft of today, without its file.

        :return: action
        :raises AccessError: for users who may not create versions
        """
        self.ensure_one()
        check_access(self, "create")
        today = fields.Date.to_string(fields.Date.context_today(self))
        version = self.copy(
            {"name": today, "file": False, "file_name": False, "notes": False}
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("New Version"),
            "res_model": self._name,
            "res_id": version.id,
            "view_mode": "form",
        }

    def _publish(self):
        """Make these versions available from their first day on."""
        self.write({"state": "published", "published_on": fields.Datetime.now()})
        for version in self:
            version._log(_("Version %(name)s was published.", name=version.name))
        self.resource_id._close_approval()
        self._recall_soon()

    def _log(self, text):
        """Note what became of a version with its resource.

        :param str text: plain text
        """
        self.resource_id._message_log(body=text)

    def _ask_for_approval(self, company):
        """Give another person of the team the approval to do.

        :param company: res.company whose channel manager it is
        """
        self.ensure_one()
        resource = self.resource_id
        people = resource.user_id | company.reseller_channel_manager_id
        approver = people.filtered(
            lambda user: user.active and user != self.submitted_by_id
        )[-1:]
        if approver:
            here = resource.with_context(lang=approver.lang)
            here.activity_schedule(
                APPROVE,
                user_id=approver.id,
                summary=here._get_approval_text(self),
            )
