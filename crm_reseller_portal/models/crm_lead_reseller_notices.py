from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty, plaintext2html
from odoo.tools.misc import format_date, formatLang

from odoo.addons.crm_reseller_base.compat import check_access

from .crm_lead_reseller_progress import SLOW

MESSAGE = "message"


class CrmLead(models.Model):
    """What the team lets the reseller of a lead know."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # CHANGES
    # ------------------------------------------------------------

    @api.model
    def _get_reseller_told_fields(self):
        """The fields whose change by the team the reseller is notified of. Hook.

        :return: dict from events, see
            ``res.partner._get_reseller_notification_events``, to a dict with ``fields``
            (names) and ``closed`` (whether it counts for won and lost deals, too)
        """
        return {
            "amount": {"fields": ("expected_revenue",), "closed": False},
            "closing": {"fields": ("date_deadline",), "closed": False},
            "salesperson": {"fields": ("user_id",), "closed": False},
        }

    def _get_reseller_told_values(self):
        """What the resellers of accepted leads know, before something is written.

        :return: dict from leads, elevated, to dicts of values by name of field; empty
            where a reseller writes itself
        """
        held = self.sudo().filtered(
            lambda lead: lead.reseller_id and lead.reseller_state == "accepted"
        )
        # last: who asks need not be read for leads that no reseller has
        if not held or self.env.user.share:
            return {}
        names = {
            name
            for told in self._get_reseller_told_fields().values()
            for name in told["fields"]
        }
        return {lead: {name: lead[name] for name in names} for lead in held}

    def _on_reseller_told_changed(self, before):
        """Notify the resellers of what the team changed.

        :param dict before: see ``_get_reseller_told_values``
        """
        told = {}
        events = self._get_reseller_told_fields()
        for lead, values in before.items():
            changed = {
                name
                for name, value in values.items()
                if lead[name] != value and lead.reseller_state == "accepted"
            }
            if not changed:
                continue
            texts = {}
            person = lead.reseller_notice_partner_id
            reader = lead.with_context(lang=person.lang or self.env.lang)
            for event, each in events.items():
                names = [name for name in each["fields"] if name in changed]
                if names and (each["closed"] or lead._is_reseller_open()):
                    texts[event] = "\n".join(
                        reader._describe_change(name, values[name]) for name in names
                    )
            if texts:
                told[lead] = texts
        if told:
            self._tell_resellers(told)

    def _describe_change(self, name, before):
        """A sentence about a changed field.

        :param str name: name of the field
        :param before: what it held
        :return: text in the language of the context
        """
        label = self._fields[name].get_description(self.env)["string"]
        return _(
            "%(field)s: %(before)s → %(after)s",
            field=label,
            before=self._format_told(name, before) or "–",
            after=self._format_told(name, self[name]) or "–",
        )

    def _format_told(self, name, value):
        """A field's value as the reseller reads it.

        :param str name: name of a field of the lead
        :param value: what it holds or held
        :return: text, empty for nothing
        """
        kind = self._fields[name].type
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name"))
        if kind == "monetary":
            return formatLang(self.env, value, currency_obj=self.company_currency)
        if kind == "selection":
            return dict(self._fields[name]._description_selection(self.env)).get(
                value, ""
            )
        if kind == "date":
            return format_date(self.env, value) if value else ""
        if kind == "datetime":
            return format_date(self.env, value.date()) if value else ""
        return str(value) if value else ""

    def _tell_resellers(self, told):
        """Put sentences into the history that the resellers read, and mail them.

        Each person gets them as they chose: at once, in the digest, or not at all; the
        deal's page shows them in any case.

        :param dict told: by lead: dict from events to texts, in the language of the
            lead's ``reseller_notice_partner_id``
        """
        leads = self.sudo().browse(lead.id for lead in told)
        messages = leads._message_log_batch(
            bodies={
                lead.id: plaintext2html("\n".join(texts.values()))
                for lead, texts in told.items()
            },
            author_id=self.env.user.partner_id.id,
        )
        messages.sudo().write({"reseller_visible": True})
        self.env["crm.reseller.notice"]._queue(told)

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _get_message_create_valid_field_names(self):
        """Let a message be marked as visible to the reseller.

        :return: set of names of fields of ``mail.message``
        """
        names = super()._get_message_create_valid_field_names()
        return names | {"reseller_visible"}

    def action_message_reseller(self):
        """Open a window to write to the reseller of a lead.

        :return: action of the window
        :raises AccessError: for users who may not write the leads
        :raises UserError: where no reseller has the lead
        """
        self.ensure_one()
        self._check_internal_access()
        self._check_has_reseller()
        return {
            "name": _("Message the Reseller"),
            "type": "ir.actions.act_window",
            "res_model": "crm.reseller.message",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def _check_has_reseller(self):
        """Let only leads pass that a reseller holds.

        :raises UserError: for others
        """
        self.ensure_one()
        if self.reseller_state not in ("pending", "accepted"):
            raise UserError(_("No reseller has this lead."))

    def _message_reseller(self, body, attachments=None):
        """Write to the reseller: a message on the deal's page, and a mail.

        Neither the customer nor another reseller gets it. People who want messages in
        the digest find it there, for it waits for them.

        :param body: Markup
        :param attachments: ir.attachment
        :return: the mail.message
        :raises AccessError: for users who may not write the lead
        :raises UserError: without a reseller, or with nothing to say
        """
        self.ensure_one()
        self._check_internal_access()
        self._check_has_reseller()
        if is_html_empty(body) and not attachments:
            raise UserError(_("Write a message or add a file."))
        attachments = self._adopt_files(attachments)
        person = self.sudo().reseller_notice_partner_id
        choice = person._get_reseller_notification(MESSAGE) if person else "none"
        message = self.message_post(
            body=Markup(body or ""),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=person.ids if choice == "now" else [],
            attachment_ids=attachments.ids,
            reseller_visible=True,
        )
        return message

    def _adopt_files(self, attachments):
        """Let files that were added to a message belong to the lead.

        :param attachments: ir.attachment, or nothing
        :return: ir.attachment
        :raises AccessError: for files the user may not read
        """
        files = attachments or self.env["ir.attachment"]
        check_access(files, "read")
        added = files.sudo().filtered(
            lambda file: file.res_model == "crm.reseller.message"
            and file.create_uid == self.env.user
        )
        added.write({"res_model": self._name, "res_id": self.id})
        return files

    # ------------------------------------------------------------
    # DEALS THAT STAY TOO LONG
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_slow_deals(self, auto_commit=False):
        """Remind of deals that stay at a milestone longer than expected, once each.

        The reseller first; the salesperson after the days of the company's setting
        *Ask the Salesperson After*, where the deal is still there.

        :param bool auto_commit: commit after each batch of deals
        """
        slow = [
            *self._get_reseller_open_domain(),
            ("reseller_state", "=", "accepted"),
            ("reseller_milestone_due_on", "<", fields.Date.today()),
        ]
        deals = self.sudo()
        self._in_bundles(
            deals.search([*slow, ("reseller_milestone_told_on", "=", False)]).ids,
            lambda leads: leads._remind_slow_resellers(),
            auto_commit,
        )
        companies = self.env["res.company"].sudo().search([], limit=None)
        by_days = companies.grouped("reseller_slow_days")
        for days, group in by_days.items():
            since = fields.Datetime.subtract(fields.Datetime.now(), days=days)
            waiting = deals.search(
                [
                    *slow,
                    *self._get_reseller_company_domain(group),
                    ("reseller_milestone_asked_on", "=", False),
                    ("reseller_milestone_told_on", "<=", since),
                ]
            )
            self._in_bundles(
                waiting.ids, lambda leads: leads._ask_about_slow_deals(), auto_commit
            )

    def _remind_slow_resellers(self):
        """Remind the resellers of these deals; what was done meanwhile is left out."""
        deals = self._lock_not_yet("reseller_milestone_told_on")
        told = {}
        for lead in deals:
            person = lead.reseller_notice_partner_id
            reader = lead.with_context(lang=person.lang or self.env.lang)
            told[lead] = {"idle": reader._get_slow_text()}
        deals._write_offer_vals({"reseller_milestone_told_on": fields.Datetime.now()})
        self.env["crm.reseller.notice"]._queue(told)

    def _get_slow_text(self):
        """The sentence for the reseller about a deal that does not move.

        :return: text in the language of the context
        """
        self.ensure_one()
        return _(
            "At “%(milestone)s” since %(day)s. Please set the next milestone, or write "
            "what it waits for.",
            milestone=self.reseller_milestone_id.name,
            day=format_date(self.env, self.reseller_milestone_on),
        )

    def _ask_about_slow_deals(self):
        """Let the salespeople look after these deals; asked once for each milestone."""
        deals = self._lock_not_yet("reseller_milestone_asked_on")
        deals._schedule_team_activity(
            SLOW,
            lambda lead: (
                lead._get_team_contact(),
                False,
                fields.Date.context_today(lead),
            ),
        )
        deals._write_offer_vals({"reseller_milestone_asked_on": fields.Datetime.now()})

    def _lock_not_yet(self, name):
        """Take those of the leads for this transaction where nothing was done yet.

        :param str name: field with the moment at which it was done
        :return: crm.lead, elevated
        """
        self.flush_recordset([name])
        self.env.cr.execute(
            "SELECT id FROM crm_lead WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED",
            [self.ids],
        )
        locked = self.sudo().browse([lead_id for (lead_id,) in self.env.cr.fetchall()])
        locked.invalidate_recordset([name])
        return locked.filtered(lambda lead: not lead[name])
