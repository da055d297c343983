from datetime import timedelta

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.tools import html2plaintext, plaintext2html
from odoo.tools.misc import format_date, format_datetime

TODO = "mail.mail_activity_data_todo"
BUNDLE = 100  # registrations a cron handles between two commits
NOTE_LENGTH = 2000


class CrmDealRegistration(models.Model):
    """Who decides on a registration, and who is told what."""

    _inherit = "crm.deal.registration"

    # ------------------------------------------------------------
    # WHO DECIDES
    # ------------------------------------------------------------

    def _get_decider(self):
        """Return who decides: by the first rule that fits, else the channel's manager.

        :return: one active internal user
        """
        self.ensure_one()
        rule = self.env["crm.deal.registration.rule"]._find_for(self)
        directions = self._get_directions()
        candidates = [
            rule.user_id,
            *(direction.user_id for direction in directions),
            self.company_id.reseller_channel_manager_id,
            self.env.ref("base.user_admin", raise_if_not_found=False)
            or self.env["res.users"],
        ]
        for user in candidates:
            if user.active and not user.share:
                return user
        return self.env["res.users"].browse(self.env.ref("base.user_root").id)

    def _get_responsible(self):
        """Return who looks after the registration.

        :return: res.users; who would decide now, where the person who did has left
        """
        self.ensure_one()
        return self.user_id if self.user_id.active else self._get_decider()

    def _get_directions(self):
        """Return the sales directions the registration belongs to.

        :return: crm.reseller.direction: its own, or those of its reseller
        """
        self.ensure_one()
        return self.direction_id or self.reseller_id.reseller_direction_ids

    def _get_decision_due(self, start):
        """Return when the team has to decide.

        :param datetime start: naive, in UTC
        :return: naive datetime in UTC; False without a deadline
        """
        self.ensure_one()
        level = self.reseller_id.reseller_level_id
        hours = level.decision_hours or self.company_id.reseller_registration_hours
        return hours > 0 and self.company_id._get_reseller_deadline(start, hours)

    def _ask_for_decision(self):
        """Give the person who decides an activity until the deadline."""
        for registration in self:
            due = registration.decision_due_on or fields.Datetime.now()
            registration._schedule(
                registration._get_responsible(),
                due,
                lambda self: _("Decide on a deal registration"),
            )

    def _schedule(self, user, moment, get_summary):
        """Give a person of the team something to do, in the person's language.

        :param user: res.users
        :param datetime moment: when it is due, naive, in UTC
        :param get_summary: function of the registration that returns plain text; its
            argument is called ``self``, so that the text is in its language
        """
        self.ensure_one()
        zone = self.with_context(tz=user.tz or self.env.user.tz or "UTC")
        registration = self.with_context(lang=user.lang)
        registration.activity_schedule(
            TODO,
            date_deadline=fields.Datetime.context_timestamp(zone, moment).date(),
            user_id=user.id,
            summary=get_summary(registration),
        )

    def _close_activities(self):
        """Take away what the team was asked to do."""
        self.activity_unlink([TODO])

    # ------------------------------------------------------------
    # WHO IS TOLD
    # ------------------------------------------------------------

    def _get_reseller_readers(self):
        """Return the people of the reseller who are told about the registration."""
        self.ensure_one()
        people = self.representative_id | self.author_id
        return people.filtered(
            lambda person: person.active
            and person.commercial_partner_id == self.reseller_id
        )

    def _tell_reseller(self, kind, get_text):
        """Tell the reseller's people, in their language: on the page and by mail.

        :param str kind: which mail, see ``const.MAILS``
        :param get_text: function of one registration that returns plain text; its
            argument is called ``self``, so that the text is in its language
        """
        for registration in self.sudo():
            readers = registration._get_reseller_readers()
            lang = readers[:1].lang
            template = registration._get_mail_template(kind)
            registration.with_context(lang=lang).message_post(
                body=plaintext2html(get_text(registration.with_context(lang=lang))),
                # without a template of ours, Odoo's own mail tells them
                partner_ids=[] if template else readers.ids,
                subtype_xmlid="mail.mt_comment",
            )
            registration._send_mails(template, readers)

    def _tell_received(self):
        """Confirm by mail what the page says at once."""
        for registration in self.sudo():
            registration._send_mails(
                registration._get_mail_template("received"),
                registration._get_reseller_readers(),
            )

    def _tell_team(self, text, person=None):
        """Write to the person who decides.

        :param str text: plain text
        :param person: res.partner who writes; the user's own if left out
        """
        for registration in self.sudo():
            registration.message_post(
                body=plaintext2html(text),
                author_id=(person or self.env.user.partner_id).id,
                partner_ids=registration._get_responsible().partner_id.ids,
                subtype_xmlid="mail.mt_note",
            )

    def _log_note(self, text):
        """Log a note for the team alone.

        :param str text: plain text
        """
        self._message_log(body=Markup("<p>%s</p>") % text)

    def _format_day(self, moment):
        """Return the day of a moment, as the reader writes it."""
        return format_date(self.env, moment) if moment else ""

    def _notify_get_recipients_groups(
        self, message, model_description, *args, **kwargs
    ):
        """Lead the reseller's people to the registration's page."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, *args, **kwargs
        )
        if len(self) != 1:
            return groups
        people = set(self.sudo()._get_reseller_readers().ids)
        access = {
            "url": self.get_base_url() + self._get_reseller_path(),
            "title": _("Open the registration"),
        }
        group = (
            "reseller",
            lambda pdata: pdata["type"] != "user" and pdata["id"] in people,
            {"active": True, "has_button_access": True, "button_access": access},
        )
        return [group, *groups]

    def _get_reseller_path(self):
        """Return the page of the registration on the portal."""
        self.ensure_one()
        return f"/my/registrations/{self.id}"

    # ------------------------------------------------------------
    # NOTES OF THE RESELLER
    # ------------------------------------------------------------

    def _post_from_reseller(self, text, documents=(), person=None):
        """Add a comment and documents of the reseller; the same text twice counts once.

        :param str text: plain text
        :param documents: pairs of clean name and content
        :param person: res.partner who says so; the user's own if left out
        """
        self.ensure_one()
        self._lock_rows()
        person = person or self.env.user.partner_id
        newest = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("author_id", "=", person.id),
            ],
            order="id desc",
            limit=1,
        )
        if not documents and html2plaintext(newest.body or "") == text:
            return
        if not (text or documents):
            return
        self.sudo().message_post(
            body=plaintext2html(text[:NOTE_LENGTH]),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
            partner_ids=self.sudo()._get_responsible().partner_id.ids,
            attachments=list(documents),
        )

    def _get_reseller_messages(self):
        """Return the messages that the reseller may read, newest first.

        Its own people's, what was sent to them, and what is not internal.
        """
        self.ensure_one()
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("message_type", "in", ("comment", "email", "notification")),
                    "|",
                    "|",
                    ("author_id.commercial_partner_id", "=", self.reseller_id.id),
                    ("partner_ids.commercial_partner_id", "=", self.reseller_id.id),
                    "&",
                    ("is_internal", "=", False),
                    ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
                ],
                order="id desc",
            )
        )
        return messages.filtered(
            lambda message: html2plaintext(message.body or "").strip()
            or message.attachment_ids
        )

    # ------------------------------------------------------------
    # SCHEDULED ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _cron_handle_deadlines(self, auto_commit=False):
        """Grant provisional protection where the team is late, and let things expire.

        A registration that was returned and is not answered in time expires.

        :param bool auto_commit: commit after each bundle
        """
        now = fields.Datetime.now()
        late = self.sudo().search(
            [
                ("state", "=", "submitted"),
                ("decision_due_on", "<=", now),
                ("escalated_on", "=", False),
            ],
            order="submitted_on, id",
        )
        self._in_bundles(
            late.ids, lambda each: each._on_decision_late(), auto_commit, BUNDLE
        )
        for company in self.env["res.company"].sudo().search([], limit=None):
            self._remind_of_deadlines(company, now, auto_commit)

    def _remind_of_deadlines(self, company, now, auto_commit):
        """Let unanswered questions expire, and remind of what is due soon.

        :param company: res.company
        :param datetime now: naive, in UTC
        :param bool auto_commit: commit after each bundle
        """
        ours = [("company_id", "=", company.id)]
        hours = company.reseller_registration_reminder_hours
        if hours > 0:
            due = self.sudo().search(
                [
                    *ours,
                    ("state", "=", "submitted"),
                    ("reminded_on", "=", False),
                    ("decision_due_on", ">", now),
                    (
                        "decision_due_on",
                        "<=",
                        company._get_reseller_deadline(now, hours),
                    ),
                ]
            )
            self._in_bundles(
                due.ids, lambda each: each._remind_team(), auto_commit, BUNDLE
            )
        days = company.reseller_registration_answer_days
        if days <= 0:
            return
        returned = [*ours, ("state", "=", "returned")]
        unanswered = self.sudo().search(
            [*returned, ("returned_on", "<=", now - timedelta(days=days))]
        )
        self._in_bundles(
            unanswered.ids, lambda each: each._expire(), auto_commit, BUNDLE
        )
        # half of the time at least is left without a reminder
        warning = min(company.reseller_registration_warning_days, days // 2)
        if warning <= 0:
            return
        waiting = self.sudo().search(
            [
                *returned,
                ("reminded_on", "=", False),
                ("returned_on", "<=", now - timedelta(days=days - warning)),
                ("returned_on", ">", now - timedelta(days=days)),
            ]
        )
        self._in_bundles(
            waiting.ids, lambda each: each._remind_reseller(), auto_commit, BUNDLE
        )

    def _remind_team(self):
        """Remind those who decide that a decision is due soon, once."""
        for registration in self:
            registration._lock_rows()
            if registration.state != "submitted" or registration.reminded_on:
                continue
            registration.reminded_on = fields.Datetime.now()
            user = registration._get_responsible()
            reader = registration.with_context(lang=user.lang, tz=user.tz or "UTC")
            reader.message_notify(
                partner_ids=user.partner_id.ids,
                subject=reader._say_decision_due(),
                body=plaintext2html(reader._say_decision_due()),
            )

    def _say_decision_due(self):
        return _(
            "Decide by %(moment)s on the deal registration %(name)s of %(reseller)s.",
            moment=format_datetime(self.env, self.decision_due_on, dt_format="short"),
            name=self.name,
            reseller=self.reseller_id.name,
        )

    def _remind_reseller(self):
        """Remind the reseller of our question before the registration expires, once."""
        for registration in self:
            registration._lock_rows()
            if registration.state != "returned" or registration.reminded_on:
                continue
            registration.reminded_on = fields.Datetime.now()
            registration._tell_reseller(
                "reminder",
                lambda self: _(
                    "Our question still waits for your answer: %(question)s",
                    question=self.question,
                ),
            )

    def _on_decision_late(self):
        """The team's deadline has passed: protect provisionally, and escalate."""
        for registration in self:
            registration._lock_rows()
            if registration.state != "submitted" or registration.escalated_on:
                continue
            registration.escalated_on = fields.Datetime.now()
            registration._grant_provisional()
            manager = registration.company_id.reseller_channel_manager_id
            if manager.active and manager != registration.user_id:
                registration._schedule(
                    manager,
                    fields.Datetime.now(),
                    lambda self: _("The decision on a deal registration is late"),
                )

    def _expire(self):
        """The reseller did not answer the question in time."""
        for registration in self:
            registration._lock_rows()
            if registration.state != "returned":
                continue
            registration._close("expired", protection="none", protected_until=False)
            registration._tell_reseller(
                "expired",
                lambda self: _(
                    "Our question was not answered in time: this registration has "
                    "expired. You can register the deal again."
                ),
            )
