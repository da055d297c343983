from datetime import timedelta

import pytz

from odoo import _, api, fields, models

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

from .res_users import USER_GROUP

# the digest is sent from this hour on, in the reader's zone; weekly on Mondays
HOUR = 7
# what was not told by then is no news
KEPT_DAYS = 30


class CrmResellerDigest(models.Model):
    """What is kept for a person's next digest, and the sending of digests.

    What waits is read when the digest is sent. What merely happened, and is wanted in
    the digest instead of at once, is kept here until then.
    """

    _name = "crm.reseller.digest"
    _inherit = "crm.reseller.bundle.mixin"
    _description = "News for a Digest"
    _order = "id"
    _rec_name = "text"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    event = fields.Char(
        readonly=True, help="See res.partner._get_reseller_notification_events."
    )
    text = fields.Char(required=True, readonly=True)
    detail = fields.Char(readonly=True)
    path = fields.Char(required=True, readonly=True)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    @api.model
    def _cron_send_digests(self, auto_commit=False):
        """Send the digests that are due, one transaction each; never one twice.

        :param bool auto_commit: commit after each
        :raises TransactionRollbackError: without ``auto_commit``, where the caller's
            transaction has to start again
        """
        users = self._get_digest_users()
        days = {user: self._get_due_day(user) for user in users}
        self._one_by_one(
            users.filtered(days.get),
            lambda user: self._send_digest(user, days[user]),
            auto_commit,
            verb="sent a digest",
        )

    @api.model
    def _get_digest_users(self):
        """Who can get a digest: people of resellers, and channel managers.

        :return: res.users, elevated
        """
        Users = self.env["res.users"].sudo()
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(USER_GROUP)
        people = Users.search(
            [
                ("share", "=", True),
                (get_all_groups_field(Users), "in", [group_id]),
                ("partner_id.email", "!=", False),
                ("partner_id.reseller_digest", "!=", "none"),
            ],
            order="id",
        )
        managers = (
            self.env["res.company"]
            .sudo()
            .search([("reseller_channel_manager_id", "!=", False)])
            .reseller_channel_manager_id
        )
        managers |= (
            self.env["crm.reseller.direction"]
            .sudo()
            .search([("user_id", "!=", False)])
            .user_id
        )
        return people | managers.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.partner_id.email
                and user.partner_id.reseller_digest != "none"
            )
        )

    @api.model
    def _get_due_day(self, user):
        """The day whose digest a user should get now.

        :param user: res.users, elevated
        :return: a date in the user's zone: today, or the Monday of a weekly digest;
            None where it was sent or is not time yet
        """
        zone = pytz.timezone(user.tz or user.company_id.partner_id.tz or "UTC")
        local = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        day = local.date()
        if user.partner_id.reseller_digest == "week":
            day -= timedelta(days=day.weekday())
        if local.date() == day and local.hour < HOUR:
            return None
        sent = user.partner_id.reseller_digest_on
        return None if sent and sent >= day else day

    @api.model
    def _claim_digest(self, partner, day):
        """Make sure that nobody else sends a person's digest of a day.

        :param partner: res.partner
        :param date day: see ``_get_due_day``
        :return: whether it is ours to send
        """
        self.env.cr.execute(
            """
            UPDATE res_partner SET reseller_digest_on = %(day)s
             WHERE id IN (
                       SELECT id FROM res_partner
                        WHERE id = %(id)s
                          AND (reseller_digest_on IS NULL
                               OR reseller_digest_on < %(day)s)
                          FOR NO KEY UPDATE SKIP LOCKED
                   )
            """,
            {"id": partner.id, "day": day},
        )
        claimed = bool(self.env.cr.rowcount)
        partner.invalidate_recordset(["reseller_digest_on"], flush=False)
        return claimed

    @api.model
    def _send_digest(self, user, day):
        """Send a user what waits, if anything does.

        :param user: res.users, elevated
        :param date day: see ``_get_due_day``
        :return: the queued mail.mail, if any
        """
        mails = self.env["mail.mail"].sudo()
        partner = user.partner_id
        partner.flush_recordset(["reseller_digest_on"])
        if not self._claim_digest(partner, day):
            return mails
        lang = user.lang or self.env.lang
        reader = user.with_user(user).with_context(lang=lang, tz=user.tz)
        formats = reader._get_reseller_formats()
        if user.share:
            sections = reader._get_reseller_digest_sections(formats)
        else:
            sections = reader._get_channel_digest_sections(formats)
        news = self.sudo().search([("partner_id", "=", partner.id)])
        if news:
            sections.append(news.with_context(lang=lang)._get_news_section())
        if not sections:
            return mails
        mail = self.with_context(lang=lang)._make_digest_mail(
            user, sorted(sections, key=lambda section: section["sequence"])
        )
        news.unlink()
        return mail

    def _get_news_section(self):
        """What was kept for the digest, as a section.

        :return: dict, see ``res.users._get_reseller_digest_sections``
        """
        return self.env["res.users"]._prepare_digest_section(
            "news",
            _("What changed"),
            [
                {
                    "title": each.text,
                    "url": each.path,
                    "detail": each.detail or "",
                }
                for each in self
            ],
            url="/my",
            sequence=90,
            icon="fa-bell",
        )

    @api.model
    def _make_digest_mail(self, user, sections):
        """Queue the mail of a digest.

        :param user: res.users, elevated
        :param list sections: see ``res.users._get_reseller_digest_sections``
        :return: mail.mail
        """
        company = user.company_id
        total = sum(section["total"] for section in sections)
        body = self.env["ir.qweb"]._render(
            "crm_reseller_portal.digest_mail",
            {
                "user": user,
                "company": company,
                "sections": sections,
                "base": user.get_base_url(),
                "home": "/my" if user.share else "/web",
                "weekly": user.partner_id.reseller_digest == "week",
            },
        )
        return (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": (
                        _("1 thing waits for you")
                        if total == 1
                        else _("%(count)s things wait for you", count=total)
                    ),
                    "body_html": body,
                    "email_from": company.email_formatted
                    or self.env.user.email_formatted,
                    "recipient_ids": [(6, 0, user.partner_id.ids)],
                    "auto_delete": True,
                }
            )
        )

    @api.autovacuum
    def _gc_old_news(self):
        """Delete news that went into no digest for long."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.sudo().search([("create_date", "<", limit)]).unlink()
