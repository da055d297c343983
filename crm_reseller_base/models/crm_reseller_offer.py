import json
from datetime import timedelta

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..const import NO_NOTICE
from ..locks import lock_for_click
from .crm_reseller_assignment_rule import METHODS

# more offers than this are announced by the cron, not while the user waits
INLINE_NOTICES = 20

STATES = [
    ("pending", "Waiting"),
    ("accepted", "Accepted"),
    ("declined", "Declined"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
    ("returned", "Given Back"),
]

# states after which a reseller is never offered the same lead again automatically
EXCLUDING_STATES = ("declined", "returned")
# states that count towards the number of further offers
MISSED_STATES = ("declined", "expired", "returned")

# What a lead's columns hold, by the state of its current offer: the name of the
# offer's own column, or None for empty. The person in charge stays where it is not
# named. ``_get_lead_vals`` and ``_get_lead_sql`` are the only readers.
HELD = {
    "reseller_id": "reseller_id",
    "reseller_offered_on": "offered_on",
    "reseller_due_on": "due_on",
}
GONE = dict.fromkeys([*HELD, "reseller_contact_id"])
LEAD_COLUMNS = {
    "pending": {**HELD, "reseller_contact_id": None, "reseller_answered_on": None},
    "accepted": {**HELD, "reseller_answered_on": "answered_on"},
    "declined": {**GONE, "reseller_answered_on": "answered_on"},
    "expired": {**GONE, "reseller_answered_on": "answered_on"},
    "withdrawn": {**GONE, "reseller_answered_on": None},
    "returned": {**GONE, "reseller_answered_on": "returned_on"},
}
# the lead's own state; what is not listed is called the same
LEAD_STATES = {"withdrawn": "none", "returned": "declined"}


class CrmResellerOffer(models.Model):
    """One offer of a lead to a reseller, and its life cycle.

    Users have no write access: offers are made by the assigner and closed by
    ``_accept``, ``_decline``, ``_expire``, ``_withdraw`` and ``_return``, which also
    bring the leads in step. A recorded answer is never changed.
    """

    _name = "crm.reseller.offer"
    _description = "Offer to a Reseller"
    _order = "offered_on desc, id desc"
    _rec_name = "lead_id"
    _log_access = False  # says itself who offered and who answered, and when

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        help="The company whose settings, calendar and currency the offer follows.",
    )
    run_id = fields.Many2one(
        "crm.reseller.assignment.run",
        string="Assignment Run",
        readonly=True,
        groups="sales_team.group_sale_manager",
        index="btree_not_null",
        ondelete="set null",
    )
    rule_id = fields.Many2one(
        "crm.reseller.assignment.rule", readonly=True, ondelete="restrict"
    )
    method = fields.Selection(
        [
            *METHODS,
            ("manual", "Chosen Manually"),
            ("registered", "Registered by the Reseller"),
            ("imported", "Imported"),
        ],
        required=True,
        readonly=True,
    )
    offered_on = fields.Datetime(string="Offered on", required=True, readonly=True)
    offered_by_id = fields.Many2one("res.users", string="Offered by", readonly=True)
    due_on = fields.Datetime(string="Answer due", readonly=True)
    answered_on = fields.Datetime(string="Closed on", readonly=True)
    answered_by_id = fields.Many2one("res.users", string="Closed by", readonly=True)
    state = fields.Selection(STATES, default="pending", required=True, readonly=True)
    decline_reason_id = fields.Many2one(
        "crm.reseller.decline.reason", readonly=True, ondelete="restrict"
    )
    comment = fields.Text(readonly=True)
    contacted = fields.Boolean(
        string="Customer Contacted",
        readonly=True,
        help="The reseller spoke to the customer before declining.",
    )
    response_hours = fields.Float(
        string="Hours until Answer",
        readonly=True,
        group_operator="avg",
        help="Working hours between offer and answer.",
    )
    returned_on = fields.Datetime(string="Given Back on", readonly=True)
    returned_by_id = fields.Many2one("res.users", string="Given Back by", readonly=True)
    return_comment = fields.Text(string="Why It Was Given Back", readonly=True)
    distance_km = fields.Float(
        string="Distance (km)", readonly=True, digits=(8, 1), group_operator="avg"
    )
    reminded_on = fields.Datetime(readonly=True)
    notified_on = fields.Datetime(string="Notice sent on", readonly=True)
    notice_template_id = fields.Many2one(
        "mail.template",
        string="Mail of the Notice",
        readonly=True,
        ondelete="set null",
        help="Instead of the usual one.",
    )
    notice_once = fields.Boolean(
        string="One-time Template", readonly=True, help="Deleted after sending."
    )
    explanation = fields.Text(string="Explanation (JSON)", readonly=True)
    explanation_html = fields.Html(
        string="Why This One", compute="_compute_explanation_html"
    )

    def init(self):
        # the last net under every lock: one lead is never offered to two at once
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_offer_one_pending "
            "ON crm_reseller_offer (lead_id) WHERE state = 'pending'"
        )
        # for the crons: only the few that still wait
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS crm_reseller_offer_pending_due "
            "ON crm_reseller_offer (due_on) WHERE state = 'pending'"
        )

    @api.model_create_multi
    def create(self, vals_list):
        # the assigner writes its own rows; these are imported, registered, of the demo
        Lead = self.env["crm.lead"].sudo()
        completed = []
        for vals in vals_list:
            if vals.get("lead_id") and not vals.get("company_id"):
                lead = Lead.browse(vals["lead_id"])
                vals = {**vals, "company_id": lead._get_reseller_company().id}
            completed.append(vals)
        return super().create(completed)

    # ------------------------------------------------------------
    # LIFE CYCLE
    # ------------------------------------------------------------

    def _update_state(self, allowed, target, **vals):
        """Move the offers that are in one of the allowed states to another one.

        The leads are locked, and follow. Each state is one write for any number.

        :param allowed: states to start from
        :param str target: the new state
        :param vals: more values for the offers
        :return: the offers that changed
        """
        offers = self.sudo().filtered(lambda offer: offer.state in allowed)
        if not offers:
            return offers
        lock_for_click(offers.lead_id)
        offers.write({**offers._get_closing_vals(target), "state": target, **vals})
        offers._store_response_hours()
        # one pending offer per lead: the next one comes after
        offers.flush_recordset()
        offers._sync_leads()
        offers._on_state_changed(target)
        return offers

    def _get_closing_vals(self, target):
        """When and by whom offers come to an end. Hook.

        :param str target: the new state
        :return: dict of values for all the offers
        """
        now = fields.Datetime.now()
        if target == "returned":
            # the answer stays as it was recorded
            return {"returned_on": now, "returned_by_id": self.env.uid}
        # an offer that ran out of time, or was withdrawn by the system, has no person
        person = target in ("accepted", "declined") or (
            target == "withdrawn" and not self.env.user._is_superuser()
        )
        return {"answered_on": now, "answered_by_id": person and self.env.uid}

    def _store_response_hours(self):
        """Measure how long the answers took, in working hours of each company."""
        answered = self.filtered(
            lambda offer: offer.state in ("accepted", "declined", "expired")
        )
        spent = {}
        for company, offers in answered.grouped("company_id").items():
            company = company or self.env["crm.lead"]._get_main_company()
            hours = company._count_reseller_hours(
                offers.mapped(lambda offer: (offer.offered_on, offer.answered_on))
            )
            for offer in offers:
                spent[offer.id] = hours[offer.offered_on, offer.answered_on]
        if not spent:
            return
        # each has its own value: one statement instead of one per offer
        answered.flush_recordset()
        self.env.cr.execute(
            """
            UPDATE crm_reseller_offer offer
               SET response_hours = measured.hours
              FROM unnest(%s::int[], %s::float8[]) AS measured (id, hours)
             WHERE offer.id = measured.id
            """,
            [list(spent), list(spent.values())],
        )
        answered.invalidate_recordset(["response_hours"], flush=False)
        answered.modified(["response_hours"])

    def _sync_leads(self):
        """Bring the leads' columns in step with these offers, the current ones."""
        by_vals = {}
        Lead = self.env["crm.lead"].sudo()
        for offer in self.sudo():
            lead = offer.lead_id
            # what a lead holds already would only split the batch
            vals = {
                name: value
                for name, value in offer._get_lead_vals().items()
                if value != Lead._fields[name].convert_to_write(lead[name], lead)
            }
            if vals:
                by_vals.setdefault(tuple(vals.items()), []).append(lead.id)
        for vals, ids in by_vals.items():
            Lead.browse(ids)._write_offer_vals(dict(vals))

    def _get_lead_vals(self):
        """What the lead's columns hold while this is its current offer.

        :return: dict of values for ``crm.lead``
        """
        self.ensure_one()
        vals = {"reseller_state": LEAD_STATES.get(self.state, self.state)}
        for column, name in LEAD_COLUMNS[self.state].items():
            value = self[name] if name else False
            vals[column] = value.id if isinstance(value, models.BaseModel) else value
        return vals

    @api.model
    def _get_lead_sql(self, state):
        """The same as ``_get_lead_vals``, as assignments of an UPDATE.

        :param str state: of offers that are called ``offer`` in the statement
        :return: text, and the names of the columns
        """
        columns = LEAD_COLUMNS[state]
        assignments = [
            f"{column} = {f'offer.{name}' if name else 'NULL'}"
            for column, name in columns.items()
        ]
        assignments.append(f"reseller_state = '{LEAD_STATES.get(state, state)}'")
        return ", ".join(assignments), [*columns, "reseller_state"]

    def _is_current(self):
        """Whether the lead's columns follow this offer now.

        :return: bool
        """
        self.ensure_one()
        lead = self.lead_id
        return (lead.reseller_id, lead.reseller_state) == (self.reseller_id, self.state)

    def _accept(self, comment=None):
        """The resellers accept these offers.

        :param str comment: a message to the team
        :return: the offers that changed
        """
        return self._update_state(("pending",), "accepted", comment=comment)

    def _decline(self, reason, comment=None, contacted=False):
        """The resellers decline these offers; the reason says whether leads move on.

        :param reason: record of crm.reseller.decline.reason
        :param str comment: an explanation
        :param bool contacted: whether the reseller spoke to the customer
        :return: the offers that changed
        """
        offers = self._update_state(
            ("pending",),
            "declined",
            decline_reason_id=reason.id,
            comment=comment,
            contacted=bool(contacted),
        )
        if reason.reassign:
            offers.lead_id._reseller_move_on()
        return offers

    def _expire(self):
        """The time to answer is over: the leads move on.

        :return: the offers that changed
        """
        offers = self._update_state(("pending",), "expired")
        offers.lead_id._reseller_move_on()
        return offers

    def _withdraw(self, reason=None):
        """Take back offers that wait for an answer.

        :param str reason: for the leads' history
        :return: the offers that changed
        """
        return self._update_state(("pending",), "withdrawn", comment=reason)

    def _return(self, reason, comment=None):
        """The resellers give accepted leads back; the reason says whether they move on.

        :param reason: record of crm.reseller.decline.reason
        :param str comment: an explanation
        :return: the offers that changed
        """
        offers = self._update_state(
            ("accepted",),
            "returned",
            decline_reason_id=reason.id,
            return_comment=comment,
        )
        if reason.reassign:
            offers.lead_id._reseller_move_on()
        return offers

    def _on_state_changed(self, target):
        """What follows from a new state, once per batch. Hook.

        :param str target: the state the offers have now
        """
        leads = self.lead_id
        leads._forget_due_answers()
        if target in ("declined", "returned"):
            leads._tag_as_spam(self.decline_reason_id)
        leads._post_reseller_notes(
            {offer.lead_id.id: offer._answer_text() for offer in self}
        )
        if target in ("accepted", "declined", "returned"):
            leads._on_reseller_work({"answer"})
            self._notify_responsible()

    @api.model
    def _get_excluding_domain(self, now=None):
        """Offers whose reseller must not get the same lead again automatically.

        :param datetime now: naive, in UTC
        :return: domain
        """
        now = now or fields.Datetime.now()
        levels = (
            self.env["crm.reseller.level"]
            .sudo()
            .with_context(active_test=False)
            .search([("offer_again_days", ">", 0)])
        )
        expired = [("state", "=", "expired")]
        for level in levels:
            since = now - timedelta(days=level.offer_again_days)
            expired = [
                "&",
                *expired,
                "|",
                ("reseller_id.reseller_level_id", "!=", level.id),
                ("answered_on", ">", since),
            ]
        return ["|", ("state", "in", EXCLUDING_STATES), *expired]

    # ------------------------------------------------------------
    # FOR THE TEAM
    # ------------------------------------------------------------

    def _check_team(self):
        """Let people inside with write access to the leads pass.

        :return: the pending offers among these, elevated
        :raises AccessError: for anyone else
        :raises UserError: where none of the offers waits for an answer
        """
        if not self.env.su and self.env.user.share:
            raise AccessError(_("Only the team can do this."))
        self.lead_id._check_internal_access()
        pending = self.sudo().filtered(lambda offer: offer.state == "pending")
        if not pending:
            raise UserError(_("These offers no longer wait for an answer."))
        return pending

    def action_remind(self):
        """Remind the resellers of offers that wait for an answer, now.

        :return: a notification
        """
        offers = self._check_team()
        offers._send_reminders(again=True)
        return self._get_notification(
            _("Resellers reminded: %(count)s", count=len(offers))
        )

    def action_withdraw(self):
        """Withdraw offers that wait for an answer.

        :return: True
        """
        offers = self._check_team()
        offers.lead_id.with_env(self.env).reseller_withdraw()
        return True

    def action_reassign(self):
        """Open the wizard that assigns the leads of these offers.

        :return: action
        """
        self._check_team()
        return self.lead_id.action_open_reseller_wizard()

    def action_extend(self):
        """Give the resellers a working day more; the leads' histories say so.

        :return: a notification
        """
        self._check_team()
        changed = self._extend()
        return self._get_notification(
            _("Deadlines extended by a working day: %(count)s", count=len(changed))
        )

    def _extend(self, hours=8.0):
        """Move the deadlines of pending offers; who did it is kept in the history.

        :param float hours: working hours, from now or from the deadline, whichever is
            later
        :return: the offers that changed
        """
        offers = self.sudo().filtered(
            lambda offer: offer.state == "pending" and offer.due_on
        )
        lock_for_click(offers.lead_id)
        now = fields.Datetime.now()
        notes, dues = {}, {}
        for offer in offers:
            key = (offer.company_id, max(offer.due_on, now))
            if key not in dues:
                company = key[0] or self.env["crm.lead"]._get_main_company()
                dues[key] = company._get_reseller_deadline(key[1], hours)
            notes[offer.lead_id.id] = _(
                "Answer by %(reseller)s due %(after)s instead of %(before)s.",
                reseller=offer.reseller_id.name,
                before=offer._describe_moment(offer.due_on),
                after=offer._describe_moment(dues[key]),
            )
            dues[offer] = dues[key]
        for due_on, group in offers.grouped(lambda offer: dues[offer]).items():
            group.write({"due_on": due_on, "reminded_on": False})
        offers._sync_leads()
        offers.lead_id._forget_due_answers()
        offers.lead_id._post_reseller_notes(notes)
        return offers

    def _describe_moment(self, moment):
        """A moment in words, in the time zone of the company's working calendar.

        :param datetime moment: naive, in UTC
        :return: text that names the zone
        """
        company = self.company_id or self.env["crm.lead"]._get_main_company()
        zone = company.resource_calendar_id.tz or "UTC"
        text = format_datetime(self.env, moment, tz=zone, dt_format="d MMM y HH:mm")
        return f"{text} ({zone})"

    def _get_notification(self, message):
        """Show a sentence and reload the screen.

        :param str message: the sentence
        :return: client action
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # WHY
    # ------------------------------------------------------------

    @api.depends("explanation", "rule_id", "method")
    @api.depends_context("lang")
    def _compute_explanation_html(self):
        for offer in self:
            offer.explanation_html = self._render_explanation(
                offer.explanation,
                offer.rule_id.sudo().name,
                offer.offered_by_id.sudo().name,
            )

    @api.model
    def _get_chance(self, explanation):
        """How far away the chosen one is, and how likely it was, in percent.

        :param str explanation: JSON, see ``lib.assignment.Allocator.choose``
        :return: dict with distance_km, has_distance and chance
        """
        facts = json.loads(explanation or "{}")
        _key, km, weight = facts.get("chosen") or (None, None, 0)
        chance = 0.0
        if facts.get("method") == "nearest":
            chance = 100.0
        elif facts.get("total"):
            chance = 100 * weight / facts["total"]
        return {
            "distance_km": km or 0.0,
            "has_distance": km is not None,
            "chance": chance,
        }

    @api.model
    def _render_explanation(self, explanation, rule_name="", user_name=""):
        """Put the stored facts of a choice into words.

        :param str explanation: JSON, see ``lib.assignment.Allocator.choose``
        :param str rule_name: the rule that chose
        :param str user_name: the person who chose
        :return: Markup
        """
        facts = json.loads(explanation or "{}")
        if not facts.get("chosen"):
            return False
        entries = [facts["chosen"], *facts.get("top", [])]
        names = {
            partner.id: partner.name
            for partner in self.env["res.partner"]
            .sudo()
            .browse({entry[0] for entry in entries})
            .exists()
        }
        total = facts.get("total") or 0
        by_chance = facts["method"] != "nearest"
        deleted = _("Deleted")
        rows = [
            {
                "name": names.get(key, deleted),
                "km": km,
                "weight": weight,
                "chance": 100 * weight / total if total and by_chance else None,
                "chosen": key == facts["chosen"][0],
            }
            for key, km, weight in facts.get("top", [])
        ]
        return self.env["ir.qweb"]._render(
            "crm_reseller_base.offer_explanation",
            {
                "facts": facts,
                "rows": rows,
                "others": max(facts.get("eligible", 0) - len(rows), 0),
                "method": dict(self._fields["method"]._description_selection(self.env))[
                    facts["method"]
                ],
                "chosen": {
                    "name": names.get(facts["chosen"][0], _("Deleted")),
                    "km": facts["chosen"][1],
                    "weight": facts["chosen"][2],
                },
                "rule_name": rule_name,
                "user_name": user_name,
            },
        )

    # ------------------------------------------------------------
    # NOTIFYING PEOPLE
    # ------------------------------------------------------------

    def _answer_text(self):
        """One sentence about the outcome, for the lead's chatter.

        :return: plain text in the language of the context
        """
        self.ensure_one()
        name = self.reseller_id.name
        reason = self.decline_reason_id.name
        match self.state:
            case "pending":
                text = _("Offered to %(reseller)s.", reseller=name)
            case "accepted":
                text = _("%(reseller)s accepted the lead.", reseller=name)
            case "declined":
                text = _(
                    "%(reseller)s declined the lead: %(reason)s.",
                    reseller=name,
                    reason=reason,
                )
            case "expired":
                text = _("%(reseller)s did not answer in time.", reseller=name)
            case "withdrawn":
                text = _("The offer to %(reseller)s was withdrawn.", reseller=name)
            case _other:
                text = _(
                    "%(reseller)s gave the lead back: %(reason)s.",
                    reseller=name,
                    reason=reason,
                )
        comment = self.return_comment if self.state == "returned" else self.comment
        return f"{text} {comment}" if comment else text

    def _announce(self, inline=True):
        """Notify the resellers of new offers: a few at once, many through the cron.

        With the object ``NO_NOTICE`` in the context no one is notified (imports).

        :param bool inline: notify before returning, where they are few
        """
        if not self:
            return
        if self.env.context.get("reseller_no_notice") is NO_NOTICE:
            self.sudo().write({"notified_on": fields.Datetime.now()})
        elif inline and len(self) <= INLINE_NOTICES:
            self._send_notices()
        else:
            self.env["crm.lead"]._trigger_notices()

    def _send_notices(self):
        """Send the offer mails and log the offers in the leads' chatters."""
        offers = self.sudo().filtered(
            lambda offer: offer.state == "pending" and not offer.notified_on
        )
        usual = self.env.ref(
            "crm_reseller_base.mail_template_offer", raise_if_not_found=False
        )
        for template, group in offers.grouped("notice_template_id").items():
            group._mail_resellers(template or usual)
        offers.write({"notified_on": fields.Datetime.now()})
        offers.lead_id._message_log_batch(
            bodies={offer.lead_id.id: offer._offer_note() for offer in offers}
        )
        offers._forget_edited_mails()

    def _forget_edited_mails(self):
        """Delete mail texts that were made for a few offers, and were sent."""
        once = self.filtered("notice_once").notice_template_id
        needed = self.search(
            [
                ("notice_template_id", "in", once.ids),
                ("state", "=", "pending"),
                ("notified_on", "=", False),
            ]
        ).notice_template_id
        (once - needed).unlink()

    def _send_reminders(self, again=False):
        """Remind the resellers, and ask the team to call them.

        :param bool again: also those that were reminded before
        """
        offers = self.sudo().filtered(
            lambda offer: offer.state == "pending" and (again or not offer.reminded_on)
        )
        offers._mail_resellers(
            self.env.ref(
                "crm_reseller_base.mail_template_reminder", raise_if_not_found=False
            )
        )
        offers.write({"reminded_on": fields.Datetime.now()})
        offers.lead_id._ask_to_call_resellers()

    def _mail_resellers(self, template, email_values=None):
        """Queue one mail per offer; resellers without an address are left out. Hook.

        :param template: mail.template for crm.lead
        :param dict email_values: instead of what the template says
        :return: the queued mail.mail
        """
        reachable = self.lead_id.filtered("reseller_notice_partner_id.email")
        if not template or not reachable:
            return self.env["mail.mail"]
        return template.sudo().send_mail_batch(
            reachable.ids,
            # in the chatter for the team, not for the next reseller
            email_values={"is_internal": True, **(email_values or {})},
            email_layout_xmlid="crm_reseller_base.mail_layout",
        )

    @api.model
    def _search_to_remind(self, now):
        """Find pending offers whose deadline is near, company by company.

        Offers that were made less than the reminder's lead time before their deadline
        are left out.

        :param datetime now: naive, in UTC
        :return: offers
        """
        found = self.browse()
        companies = (
            self.env["res.company"].sudo().search([("reseller_reminder_hours", ">", 0)])
        )
        for hours, group in companies.grouped("reseller_reminder_hours").items():
            lead_time = timedelta(hours=hours)
            found |= self.search(
                [
                    ("state", "=", "pending"),
                    ("company_id", "in", [*group.ids, False]),
                    ("reminded_on", "=", False),
                    ("due_on", ">=", now),
                    ("due_on", "<=", now + lead_time),
                ],
                order="lead_id",
            ).filtered(
                lambda offer, lead_time=lead_time: (
                    offer.offered_on < offer.due_on - lead_time
                )
            )
        return found

    def _offer_note(self):
        """The note about a new offer, for the lead's chatter.

        :return: Markup
        """
        self.ensure_one()
        parts = [_("Offered to %(reseller)s.", reseller=self.reseller_id.name)]
        if self.due_on:
            parts.append(
                _("Answer due %(moment)s.", moment=self.lead_id._describe_due())
            )
        if not self.lead_id.reseller_notice_partner_id.email:
            parts.append(_("No e-mail address is known: no one was notified."))
        return Markup("<p>%s</p>") % " ".join(parts)

    def _notify_responsible(self):
        """Show the answer on the screens of those who wait for it."""
        Bus = self.env["bus.bus"].sudo()
        for offer in self:
            lead = offer.lead_id
            user = lead.user_id or offer.offered_by_id
            if user.active and not user.share and user != self.env.user:
                Bus._sendone(
                    user.partner_id,
                    "simple_notification",
                    {
                        "title": lead.name,
                        "message": offer._answer_text(),
                        "type": "success" if offer.state == "accepted" else "warning",
                    },
                )
