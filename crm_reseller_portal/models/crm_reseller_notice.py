from odoo import api, fields, models

BATCH = 200
TEMPLATE = "crm_reseller_portal.mail_template_notices"


class CrmResellerNotice(models.Model):
    """A sentence about a deal that waits to be mailed to a person of its reseller.

    Several changes within a minute make one mail. Rows are deleted once they were sent.
    What a person wants in the digest is kept there, see ``crm.reseller.digest``.
    """

    _name = "crm.reseller.notice"
    _inherit = "crm.reseller.bundle.mixin"
    _description = "Notice for a Reseller"
    _order = "id"
    _rec_name = "text"

    partner_id = fields.Many2one(
        "res.partner",
        string="Recipient",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # not stored: it would cost each write of a lead's team a statement
    company_id = fields.Many2one(related="lead_id.company_id")
    event = fields.Char(required=True, readonly=True)
    text = fields.Text(
        required=True, readonly=True, help="In the language of the recipient."
    )

    @api.model
    def _queue(self, told):
        """Keep what people are notified of, as they have chosen.

        :param dict told: by crm.lead: dict from events to texts
        """
        vals_by_choice = {"now": [], "digest": []}
        choices = {}
        for lead, texts in told.items():
            person = lead.sudo().reseller_notice_partner_id
            if not person.email:
                continue
            for event, text in texts.items():
                key = (person, event)
                if key not in choices:
                    choices[key] = person._get_reseller_notification(event)
                if choices[key] == "now":
                    more = {"lead_id": lead.id, "text": text}
                elif choices[key] == "digest":
                    more = {
                        "text": lead.sudo().reseller_title,
                        "path": lead.sudo()._get_reseller_path(),
                        "detail": ", ".join(text.splitlines()),
                    }
                else:
                    continue
                vals_by_choice[choices[key]].append(
                    {"partner_id": person.id, "event": event, **more}
                )
        if vals_by_choice["digest"]:
            self.env["crm.reseller.digest"].sudo().create(vals_by_choice["digest"])
        if vals_by_choice["now"]:
            self.sudo().create(vals_by_choice["now"])
            cron = self.env.ref(
                "crm_reseller_portal.ir_cron_send_notices", raise_if_not_found=False
            )
            if cron:
                cron.sudo()._trigger()

    @api.model
    def _cron_send_notices(self, auto_commit=False):
        """Mail each person what waits for them: one mail, whatever it is about.

        Repeat-safe: rows that another run holds are left to it, and what was sent is
        deleted in the same transaction as its mail is queued.

        :param bool auto_commit: commit after each batch of people
        """
        failed = []
        self._while_claimed(
            lambda: self._lock_waiting(failed),
            lambda notices: failed.extend(self._mail(notices)),
            auto_commit,
        )

    def _mail(self, notices):
        """Queue one mail for each person, and delete what it says.

        People whose mail cannot be made do not stop the others.

        :param notices: crm.reseller.notice, all of some people
        :return: list of ids of the people whose notices were left
        :raises TransactionRollbackError: where the transaction has to start again
        """
        return self.env["res.partner"]._in_bundles(
            notices.partner_id.ids,
            lambda people: notices.filtered(
                lambda notice: notice.partner_id in people
            )._queue_mails(),
            False,
            verb="mailed",
        )

    def _queue_mails(self):
        """Queue one mail for each person, and delete what it says."""
        # what another reseller holds meanwhile is no longer of interest
        reached = self._filter_held().partner_id.filtered("active")
        reached._queue_template_mails(TEMPLATE, is_internal=True)
        self.unlink()

    @api.model
    def _lock_waiting(self, failed=()):
        """Take the notices of some people for this transaction.

        :param failed: ids of people who are left out
        :return: crm.reseller.notice, elevated; all that can be had of each person
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id
              FROM crm_reseller_notice
             WHERE partner_id IN (
                   SELECT partner_id
                     FROM crm_reseller_notice
                    WHERE partner_id != ALL(%s)
                 GROUP BY partner_id
                 ORDER BY MIN(id)
                    LIMIT %s)
          ORDER BY id
               FOR UPDATE SKIP LOCKED
            """,
            [list(failed), BATCH],
        )
        return self.sudo().browse([row_id for (row_id,) in self.env.cr.fetchall()])

    def _filter_held(self):
        """Those about deals that the recipient's company still has.

        :return: crm.reseller.notice
        """
        return self.filtered(
            lambda notice: notice.lead_id.reseller_id
            == notice.partner_id.commercial_partner_id
        )

    def _get_lines(self):
        """What a mail shows: a deal in each line.

        :return: list of dict with ``title``, ``url`` and ``texts`` (list)
        """
        lines = []
        for lead, notices in self._filter_held().grouped("lead_id").items():
            lines.append(
                {
                    "title": lead.reseller_title,
                    "url": lead._get_reseller_portal_url(),
                    "texts": [
                        line for row in notices for line in row.text.splitlines()
                    ],
                }
            )
        return lines
