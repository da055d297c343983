from odoo import api, fields, models

from odoo.addons.crm_reseller_portal.models.res_partner_notifications import (
    DIGEST,
    NOW,
)

from .crm_reseller_announcement import EVENT

BATCH = 200
TEMPLATE = "crm_reseller_onboarding.mail_template_announcement"


class CrmResellerAnnouncementReader(models.Model):
    """A person an announcement was mailed to, or who has read it."""

    _name = "crm.reseller.announcement.reader"
    _inherit = ["crm.reseller.seen.mixin", "crm.reseller.bundle.mixin"]
    _description = "Recipient of an Announcement"
    _order = "id"
    _log_access = False

    announcement_id = fields.Many2one(
        "crm.reseller.announcement",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="announcement_id.company_id", store=True)
    claimed_on = fields.Datetime(readonly=True)
    mailed_on = fields.Datetime(readonly=True)
    dismissed_on = fields.Datetime(string="Read on", readonly=True)

    _sql_constraints = [
        (
            "announcement_person",
            "UNIQUE (announcement_id, partner_id)",
            "A person gets an announcement once.",
        )
    ]

    @api.model
    def _claim(self):
        """Take people who wait for a mail; nobody else mails them then.

        :return: crm.reseller.announcement.reader, elevated, empty when no one waits
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE crm_reseller_announcement_reader
               SET claimed_on = %s
             WHERE id IN (
                   SELECT reader.id
                     FROM crm_reseller_announcement_reader AS reader
                     JOIN crm_reseller_announcement AS announcement
                       ON announcement.id = reader.announcement_id
                    WHERE reader.claimed_on IS NULL
                      AND announcement.by_mail
                      AND announcement.state = 'published'
                 ORDER BY reader.id
                    LIMIT %s
                      FOR UPDATE OF reader SKIP LOCKED)
         RETURNING id
            """,
            [fields.Datetime.now(), BATCH],
        )
        found = self.sudo().browse([row_id for (row_id,) in self.env.cr.fetchall()])
        found.invalidate_recordset(["claimed_on"], flush=False)
        return found

    def _send(self):
        """Mail each of these people, or keep it for the digest, as they chose.

        :raises TransactionRollbackError: where the transaction has to start again
        """
        there = self.filtered(
            lambda reader: reader.partner_id.active and reader.partner_id.email
        )
        by_choice = there.grouped(
            lambda reader: reader.partner_id._get_reseller_notification(EVENT)
        )
        for reader in by_choice.get(DIGEST, ()):
            person = reader.partner_id
            name = reader.announcement_id.with_context(lang=person.lang).name
            person._keep_for_reseller_digest(EVENT, name, "/my/home")
        at_once = by_choice.get(NOW, self.browse())
        self._in_bundles(
            at_once.ids, lambda some: some._send_mails(), False, verb="mailed"
        )

    def _send_mails(self):
        """Queue one mail for each."""
        if self._queue_template_mails(TEMPLATE, is_internal=True):
            self.mailed_on = fields.Datetime.now()

    @api.model
    def _dismiss(self, announcements, person):
        """Note that a person has read announcements; twice counts once.

        :param announcements: crm.reseller.announcement
        :param person: res.partner
        """
        # who is not mailed yet has read it, and needs no mail
        vals = dict.fromkeys(("claimed_on", "dismissed_on"), fields.Datetime.now())
        self._add_seen("announcement_id", announcements, person, vals, update=True)
