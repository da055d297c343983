from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.crm_reseller_base.compat import check_access

STATES = [("draft", "Draft"), ("published", "Published"), ("ended", "Ended")]
# what only the methods below write
GUARDED = frozenset({"state", "published_on", "published_by_id"})
CRON = "crm_reseller_onboarding.ir_cron_send_announcements"
EVENT = "announcement"


class CrmResellerAnnouncement(models.Model):
    """News for an audience: on the portal's home page, and by mail."""

    _name = "crm.reseller.announcement"
    _inherit = ["crm.reseller.guard.mixin", "crm.reseller.audience"]
    _description = "Announcement to Resellers"
    _order = "published_on desc, id desc"

    name = fields.Char(string="Title", required=True, translate=True)
    body = fields.Html(
        string="Text", required=True, translate=True, sanitize_attributes=True
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share it."
    )
    by_mail = fields.Boolean(
        string="Send by Mail",
        default=True,
        help="People who chose no mails about announcements get none.",
    )
    on_home = fields.Boolean(string="Show on the Home Page", default=True)
    shown_until = fields.Date(help="The last day on the home page. Empty: no end.")
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, index=True
    )
    published_on = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reader_ids = fields.One2many(
        "crm.reseller.announcement.reader", "announcement_id", string="Recipients"
    )
    mailed_count = fields.Integer(string="Mailed", compute="_compute_counts")
    dismissed_count = fields.Integer(string="Read", compute="_compute_counts")

    # ------------------------------------------------------------
    # COMPUTES AND CRUD
    # ------------------------------------------------------------

    @api.depends("reader_ids.mailed_on", "reader_ids.dismissed_on")
    def _compute_counts(self):
        groups = (
            self.env["crm.reseller.announcement.reader"]
            .sudo()
            ._read_group(
                [("announcement_id", "in", self.ids)],
                ["announcement_id"],
                ["mailed_on:count", "dismissed_on:count"],
            )
        )
        counts = {record: (mailed, read) for record, mailed, read in groups}
        for record in self:
            record.mailed_count, record.dismissed_count = counts.get(
                record._origin, (0, 0)
            )

    @api.constrains("by_mail", "on_home")
    def _check_reaches_someone(self):
        """Ask for a way to reach people.

        :raises ValidationError: where there is none
        """
        for record in self:
            if not record.by_mail and not record.on_home:
                raise ValidationError(
                    _("Send the announcement by mail or show it on the home page.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        fresh = {**dict.fromkeys(GUARDED, False), "state": "draft"}
        return super().create([{**vals, **fresh} for vals in vals_list])

    def write(self, vals):
        if not self.env.su and GUARDED.intersection(vals):
            raise UserError(_("Use the buttons to publish or end an announcement."))
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Show these announcements, and mail them to the people of their audiences.

        :return: True
        :raises AccessError: for users who may not write them
        """
        check_access(self, "write")
        for record in self.sudo().filtered(lambda each: each.state == "draft"):
            record.write(
                {
                    "state": "published",
                    "published_on": fields.Datetime.now(),
                    "published_by_id": self.env.uid,
                }
            )
            if record.by_mail:
                record._add_readers()
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            # sales administrators have no rights on jobs
            cron.sudo()._trigger()
        return True

    def action_end(self):
        """Take these announcements off the home page.

        :return: True
        :raises AccessError: for users who may not write them
        """
        check_access(self, "write")
        self.sudo().filtered(lambda each: each.state == "published").state = "ended"
        return True

    def _add_readers(self):
        """Keep who gets the mail, in one statement for all of them."""
        self.ensure_one()
        people = self._get_audience_people().partner_id.filtered("email")
        self.env["crm.reseller.announcement.reader"].sudo().create(
            [
                {"announcement_id": self.id, "partner_id": person.id}
                for person in people
                if not self.company_id or self._is_for(person)
            ]
        )

    def _is_for(self, person):
        """Whether an announcement of a company is for a person's company.

        :param person: res.partner, elevated
        :return: bool
        """
        self.ensure_one()
        company = person.commercial_partner_id._get_reseller_company()
        return not company or company == self.company_id

    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    @api.model
    def _cron_send_announcements(self, auto_commit=False):
        """Mail announcements to those who wait for them.

        Repeat-safe: people are claimed before their mails are queued, and rows that
        another run holds are left to it.

        :param bool auto_commit: commit after each batch of people
        """
        Reader = self.env["crm.reseller.announcement.reader"].sudo()
        Reader._while_claimed(
            Reader._claim, lambda readers: readers._send(), auto_commit
        )

    # ------------------------------------------------------------
    # THE PORTAL
    # ------------------------------------------------------------

    @api.model
    def _get_home_domain(self, user, today, read=False):
        """The announcements that a person's home page shows. Hook.

        :param user: res.users of a reseller
        :param date today: the person's day
        :param bool read: whether those that the person has read are meant, too
        :return: domain, for an elevated search
        """
        reseller = user._get_reseller_sudo()
        company = reseller._get_reseller_company() if reseller else reseller.company_id
        domain = [
            ("state", "=", "published"),
            ("on_home", "=", True),
            "|",
            ("shown_until", "=", False),
            ("shown_until", ">=", today),
            *self._get_audience_domain(user),
        ]
        if company:
            domain.append(("company_id", "in", [False, company.id]))
        if not read:
            known = [
                ("partner_id", "=", user.partner_id.id),
                ("dismissed_on", "!=", False),
            ]
            domain.append(("reader_ids", "not any", known))
        return domain

    def _dismiss(self, person):
        """A person has read these announcements.

        :param person: res.partner
        """
        self.env["crm.reseller.announcement.reader"].sudo()._dismiss(self, person)
