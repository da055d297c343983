import logging

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..lib.redact import redact

_logger = logging.getLogger(__name__)

# Any RPC client can send a context flag, none can send this very object.
RESELLER_SYNC = object()

# kept in step with the offers by the methods below, never written from outside
OFFER_FIELDS = frozenset(
    {
        "reseller_state",
        "reseller_offered_on",
        "reseller_due_on",
        "reseller_answered_on",
    }
)


class CrmLead(models.Model):
    _inherit = "crm.lead"

    reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        domain="[('reseller_level_id', '!=', False)]",
        help="Who holds the lead: it was offered to this reseller, or accepted by it.",
    )
    reseller_contact_id = fields.Many2one(
        "res.partner",
        string="Person in Charge",
        copy=False,
        help="The person at the reseller who looks after this lead.",
    )
    reseller_state = fields.Selection(
        [
            ("none", "Not Offered"),
            ("pending", "Waiting for an Answer"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("expired", "Not Answered"),
        ],
        string="Reseller's Answer",
        default="none",
        required=True,
        copy=False,
    )
    reseller_offered_on = fields.Datetime(string="Offered on", copy=False)
    reseller_due_on = fields.Datetime(string="Answer due", copy=False)
    reseller_answered_on = fields.Datetime(string="Answered on", copy=False)
    reseller_excluded_ids = fields.Many2many(
        "res.partner",
        "crm_lead_reseller_declined_rel",
        "lead_id",
        "partner_id",
        string="Resellers That Declined",
        copy=False,
        help="They declined the lead or let the offer expire: it is not offered to "
        "them again automatically.",
    )
    reseller_offer_ids = fields.One2many(
        "crm.reseller.offer", "lead_id", string="Offers"
    )
    reseller_direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Sales Direction",
        compute="_compute_reseller_direction_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Follows the sales team. Resellers of other directions do not get the "
        "lead automatically.",
    )
    reseller_assign_issue = fields.Selection(
        [
            ("no_rule", "No assignment rule fits"),
            ("no_reseller", "No reseller found"),
            ("rounds", "Offered too often"),
            ("by_hand", "To be assigned by hand"),
            ("broken_rule", "An assignment rule cannot be used"),
            ("reseller_left", "The reseller left the program"),
        ],
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="Why the lead waits for the channel manager.",
    )
    reseller_escalated_on = fields.Datetime(
        string="Channel Manager Asked on", readonly=True, copy=False
    )
    reseller_manual_only = fields.Boolean(
        string="Hold Back",
        copy=False,
        help="Is not offered to resellers automatically. Set when an offer is "
        "withdrawn by hand.",
    )

    reseller_offer_count = fields.Integer(
        string="Number of Offers", compute="_compute_reseller_offer"
    )
    reseller_explanation = fields.Html(
        string="Why This Reseller", compute="_compute_reseller_offer"
    )
    reseller_notice_partner_id = fields.Many2one(
        "res.partner",
        string="Reseller's Recipient",
        compute="_compute_reseller_notice_partner_id",
        help="Who gets the mails about this lead.",
    )
    reseller_due_text = fields.Char(
        string="Answer due, in Words",
        compute="_compute_reseller_due_text",
        help="In the time zone of the reseller's recipient, which it names.",
    )
    reseller_portal_url = fields.Char(compute="_compute_reseller_portal_url")
    reseller_contact_hidden = fields.Boolean(
        compute="_compute_reseller_contact_hidden",
        help="The reseller has to accept before it sees how to reach the customer.",
    )
    reseller_title = fields.Char(
        string="Name for the Reseller",
        compute="_compute_reseller_title",
        help="Without personal data, until the reseller sees them.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("team_id")
    def _compute_reseller_direction_id(self):
        Direction = self.env["crm.reseller.direction"].sudo()
        by_team = {}
        for direction in Direction.search([("team_id", "in", self.team_id.ids)]):
            by_team.setdefault(direction.team_id.id, direction)
        for lead in self:
            # a team without a direction does not undo a choice made by hand
            lead.reseller_direction_id = by_team.get(
                lead.team_id.id, lead.reseller_direction_id
            )

    @api.depends("reseller_id", "reseller_state", "reseller_offer_ids")
    @api.depends_context("uid", "lang")
    def _compute_reseller_offer(self):
        for lead in self:
            offers = lead.reseller_offer_ids
            current = offers.filtered(
                lambda offer, lead=lead: offer.reseller_id == lead.reseller_id
                and offer.state in ("pending", "accepted")
            ).sorted("id")[-1:]
            lead.reseller_offer_count = len(offers)
            lead.reseller_explanation = current.explanation_html

    @api.depends("reseller_id", "reseller_contact_id")
    def _compute_reseller_notice_partner_id(self):
        for lead in self:
            reseller = lead.reseller_id.sudo()
            people = lead.reseller_contact_id | reseller
            users = reseller.child_ids.filtered("user_ids")
            reachable = (people | users | reseller.child_ids).filtered("email")
            lead.reseller_notice_partner_id = (reachable or people)[:1]

    @api.depends("reseller_due_on", "reseller_notice_partner_id")
    @api.depends_context("lang")
    def _compute_reseller_due_text(self):
        for lead in self:
            zone = lead.reseller_notice_partner_id.sudo().tz
            lead.reseller_due_text = lead._describe_due(zone)

    def _describe_due(self, zone=None):
        """When the answer is due, in words.

        :param str zone: name of a time zone; that of the company's working calendar
            where there is none
        :return: text that names the zone; empty without a deadline
        """
        self.ensure_one()
        if not self.reseller_due_on:
            return ""
        company = self.company_id.sudo() or self.env.company
        zone = zone or company.resource_calendar_id.tz or "UTC"
        moment = format_datetime(
            self.env, self.reseller_due_on, tz=zone, dt_format="d MMM y HH:mm"
        )
        return f"{moment} ({zone})"

    def _compute_reseller_portal_url(self):
        for lead in self:
            lead.reseller_portal_url = lead._get_reseller_portal_url()

    @api.depends("reseller_state")
    def _compute_reseller_contact_hidden(self):
        hide = self.env["res.config.settings"]._get_reseller_param(
            "hide_contact_details"
        )
        for lead in self:
            lead.reseller_contact_hidden = hide and lead.reseller_state != "accepted"

    @api.depends("name", "reseller_contact_hidden")
    def _compute_reseller_title(self):
        for lead in self:
            lead.reseller_title = (
                redact(lead.name or "", lead._get_reseller_secrets())
                if lead.reseller_contact_hidden
                else lead.name
            )

    def _get_reseller_secrets(self):
        """Return the words that give away who the customer is. Hook."""
        return [
            self.contact_name,
            self.partner_id.name if not self.partner_id.is_company else "",
            self.street,
        ]

    def _get_reseller_portal_url(self):
        """Where the reseller answers. Hook: empty without a portal for resellers."""
        self.ensure_one()
        return ""

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        chosen = []
        cleaned = []
        for vals in vals_list:
            self._check_offer_fields(vals)
            vals = dict(vals)
            chosen.append(vals.pop("reseller_id", False))
            cleaned.append(vals)
        leads = super().create(cleaned)
        for lead, reseller_id in zip(leads, chosen, strict=True):
            if reseller_id:
                lead.assign_to_reseller(self.env["res.partner"].browse(reseller_id))
        leads._assign_on_creation()
        return leads

    def write(self, vals):
        if self.env.context.get("reseller_sync") is RESELLER_SYNC:
            return super().write(vals)
        self._check_offer_fields(vals)
        if self._closes_leads(vals):
            # a closed lead waits for nobody's answer
            self._withdraw_pending(_("The lead was closed."))
        if "reseller_id" not in vals:
            return super().write(vals)
        # imports, mass edits and automations: the offer follows
        vals = dict(vals)
        reseller = self.env["res.partner"].browse(vals.pop("reseller_id") or [])
        result = super().write(vals) if vals else True
        if reseller:
            self.filtered(lambda lead: lead.reseller_id != reseller).assign_to_reseller(
                reseller
            )
        else:
            self.filtered("reseller_id").reseller_withdraw()
        return result

    def _closes_leads(self, vals):
        if vals.get("active") is False:
            return True
        stage_id = vals.get("stage_id")
        return bool(stage_id and self.env["crm.stage"].browse(stage_id).sudo().is_won)

    def _check_offer_fields(self, vals):
        """Keep what mirrors the offers out of the reach of direct writes."""
        touched = OFFER_FIELDS.intersection(vals)
        # a new lead may say that there is no offer; an old one may not forget it
        if (self and touched) or any(
            vals[name] not in (False, "none") for name in touched
        ):
            raise UserError(
                _("The reseller's answer follows from the offers: use the buttons.")
            )

    def _write_offer_vals(self, vals):
        """Write what mirrors the offers."""
        return self.with_context(reseller_sync=RESELLER_SYNC).write(vals)

    # ------------------------------------------------------------
    # WHO IS WHERE
    # ------------------------------------------------------------

    @api.model
    def _reseller_open_domain(self):
        """Leads that count towards a reseller's capacity. Hook."""
        return [
            ("reseller_state", "in", ("pending", "accepted")),
            ("active", "=", True),
            "|",
            ("stage_id", "=", False),
            ("stage_id.is_won", "=", False),
        ]

    @api.model
    def _reseller_of_user(self):
        """The reseller the current user works for: a portal user's company."""
        partner = self.env.user.partner_id.sudo().commercial_partner_id
        return partner if partner.reseller_level_id else partner.browse()

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    def reseller_accept(self, comment=None):
        """The reseller that holds the offers takes the leads.

        May be called by a user of that reseller (whatever its rights on the lead),
        by an internal user with write access, or by the system. Accepting twice
        counts once.

        :param str comment: a word to the team
        :return: True
        :raises UserError: when an offer was withdrawn, has expired or was declined
        :raises AccessError: when the leads are not offered to the user's reseller
        """
        offers = self._offers_to_answer("accepted")
        if offers:
            self._close_offers(offers, "accepted", comment=comment)
        return True

    def reseller_decline(self, reason, comment=None, contacted=False):
        """The reseller does not want the leads; see reseller_accept for who may call.

        The reason decides whether the leads move on to another reseller.

        :param reason: record of crm.reseller.decline.reason or its id
        :param str comment: an explanation; some reasons require one
        :param bool contacted: whether the reseller spoke to the customer
        :return: True
        :raises UserError: as reseller_accept; when the reason is unknown or archived,
            or a required comment is missing
        """
        reason = self._check_decline_reason(reason, comment)
        offers = self._offers_to_answer("declined")
        if offers:
            self._close_offers(
                offers,
                "declined",
                decline_reason_id=reason.id,
                comment=comment,
                contacted=bool(contacted),
            )
            if reason.reassign:
                offers.lead_id._reseller_move_on()
        return True

    def reseller_convert(self):
        """Turn accepted leads into opportunities; converting twice counts once.

        :return: True
        :raises UserError: when a lead was not accepted, or the reseller's level does
            not allow it
        :raises AccessError: when the leads are not the user's reseller's
        """
        leads = self._check_reseller_access()
        for lead in leads:
            if lead.reseller_state != "accepted":
                raise UserError(
                    _("Accept %(lead)s before you convert it.", lead=lead.name)
                )
            if not lead.active:
                raise UserError(_("%(lead)s is closed.", lead=lead.name))
            if not lead.reseller_id.reseller_level_id.can_convert:
                raise UserError(
                    _(
                        "Resellers of level %(level)s cannot convert leads.",
                        level=lead.reseller_id.reseller_level_id.name,
                    )
                )
        for lead in leads.filtered(lambda lead: lead.type == "lead"):
            lead.convert_opportunity(lead.partner_id)
            lead._post_reseller_note(
                _(
                    "%(reseller)s made this an opportunity.",
                    reseller=lead.reseller_id.name,
                )
            )
        return True

    def reseller_withdraw(self, reason=None):
        """Take the leads back from their resellers. For internal users.

        :param str reason: why, for the lead's history
        :return: True
        """
        self._check_internal_access()
        leads = self.sudo().filtered("reseller_id")
        leads._lock_for_answer()
        leads._withdraw_pending(reason)
        accepted = leads.filtered("reseller_id")
        accepted._note_taken_back(reason)
        accepted._write_offer_vals(leads._no_offer_vals())
        leads._write_offer_vals({"reseller_manual_only": True})
        return True

    def _note_taken_back(self, reason=None):
        """Accepted offers stay as they are; that somebody lost its lead is noted."""
        for lead in self:
            text = _(
                "Taken back from %(reseller)s, who had accepted it.",
                reseller=lead.reseller_id.name,
            )
            lead._post_reseller_note(f"{text} {reason}" if reason else text)

    def _withdraw_pending(self, reason=None):
        """Withdraw what waits for an answer; accepted leads stay where they are."""
        offers = self._pending_offers()
        if offers:
            self.sudo()._close_offers(offers, "withdrawn", comment=reason)

    # ------------------------------------------------------------
    # HELPERS OF THE ANSWERS
    # ------------------------------------------------------------

    def _check_internal_access(self):
        """Only people inside, with write access to the leads, pass.

        :raises AccessError: for anyone else
        """
        if self.env.su:
            return
        if self.env.user.share:
            raise AccessError(_("Only the team can do this."))
        if hasattr(self, "check_access"):
            self.check_access("write")
        else:
            self.check_access_rights("write")
            self.check_access_rule("write")

    def _check_reseller_access(self):
        """Let the holder of the leads pass, and the team. Hook.

        :return: the leads, elevated
        :raises AccessError: for anyone else
        """
        if self.env.user.share and not self.env.user._is_superuser():
            reseller = self._reseller_of_user()
            leads = self.sudo().exists()
            if not reseller or leads != self or leads.reseller_id != reseller:
                raise AccessError(_("This lead is not offered to you."))
            return leads
        self._check_internal_access()
        return self.sudo()

    def _pending_offers(self):
        return (
            self.env["crm.reseller.offer"]
            .sudo()
            .search([("lead_id", "in", self.ids), ("state", "=", "pending")])
        )

    def _no_offer_vals(self):
        return {
            "reseller_id": False,
            "reseller_contact_id": False,
            "reseller_state": "none",
            "reseller_offered_on": False,
            "reseller_due_on": False,
            "reseller_answered_on": False,
        }

    def _check_decline_reason(self, reason, comment):
        Reason = self.env["crm.reseller.decline.reason"].sudo()
        if isinstance(reason, models.BaseModel):
            reason = reason.id
        # over RPC anything may come
        known = isinstance(reason, int) and not isinstance(reason, bool)
        reason = Reason.search([("id", "=", reason)]) if known else Reason
        if not reason:
            raise UserError(_("Choose one of the reasons."))
        if reason.comment_required and not (comment or "").strip():
            raise UserError(_("Please explain your answer in a few words."))
        return reason

    def _offers_to_answer(self, answer):
        """Lock the leads and find the pending offers an answer is meant for.

        :param str answer: the state the caller wants
        :return: pending offers; empty where the same answer was given before
        :raises UserError, AccessError: see reseller_accept
        """
        Offer = self.env["crm.reseller.offer"].sudo()
        domain = [("lead_id", "in", self.ids)]
        if self.env.user.share and not self.env.user._is_superuser():
            reseller = self._reseller_of_user()
            if not reseller:
                raise AccessError(_("This lead is not offered to you."))
            domain.append(("reseller_id", "=", reseller.id))
        else:
            self._check_internal_access()
        self._lock_for_answer()
        latest = {}
        for offer in Offer.search(domain, order="id"):
            # after a merge, later ones may be closed while an earlier one waits
            if latest.get(offer.lead_id.id, offer).state != "pending" or (
                offer.state == "pending"
            ):
                latest[offer.lead_id.id] = offer
        offers = Offer.browse()
        for lead_id in self.ids:
            offer = latest.get(lead_id)
            if not offer:
                raise AccessError(_("This lead is not offered to you."))
            if offer.state == "pending":
                offers |= offer
            elif offer.state != answer:
                raise UserError(self._stale_answer_message(offer))
        return offers

    def _lock_for_answer(self):
        self.env.cr.execute(
            "SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [self.ids],
        )

    def _stale_answer_message(self, offer):
        return {
            "accepted": _("This lead was accepted already."),
            "declined": _("This lead was declined already."),
            "expired": _("The time to answer is over: this lead moved on."),
            "withdrawn": _("This offer was withdrawn."),
        }[offer.state]

    def _close_offers(self, offers, state, **vals):
        """Close pending offers and bring their leads in step.

        :param offers: pending crm.reseller.offer records
        :param str state: accepted, declined, expired or withdrawn
        :param vals: more values for the offers
        """
        now = fields.Datetime.now()
        offers = offers.sudo()
        # nobody closed what ran out of time, or what the system took back
        answered = state in ("accepted", "declined")
        person = answered or (
            state == "withdrawn" and not self.env.user._is_superuser()
        )
        for offer in offers:
            elapsed = (now - offer.offered_on).total_seconds() / 3600
            offer.write(
                {
                    "state": state,
                    "answered_on": now,
                    "answered_by_id": person and self.env.uid,
                    "response_hours": elapsed if state != "withdrawn" else 0.0,
                    **vals,
                }
            )
        offers.flush_recordset()  # one pending offer per lead: the next comes after
        leads = offers.lead_id
        if state == "accepted":
            leads._write_offer_vals(
                {"reseller_state": "accepted", "reseller_answered_on": now}
            )
        elif state == "withdrawn":
            leads._write_offer_vals(leads._no_offer_vals())
        else:
            for offer in offers:
                offer.lead_id._write_offer_vals(
                    {
                        **leads._no_offer_vals(),
                        "reseller_state": state,
                        "reseller_answered_on": now,
                        "reseller_excluded_ids": [(4, offer.reseller_id.id)],
                    }
                )
        leads._forget_due_answers()
        if state == "declined" and vals.get("decline_reason_id"):
            leads._tag_as_spam(offers.decline_reason_id)
        for offer in offers:
            offer.lead_id._post_reseller_note(offer._answer_text())
        if state in ("accepted", "declined"):
            offers._tell_responsible()

    def _tag_as_spam(self, reason):
        tag = self.env.ref("crm_reseller_base.tag_spam", raise_if_not_found=False)
        if tag and any(reason.mapped("marks_spam")):
            self.write({"tag_ids": [(4, tag.id)]})

    def _post_reseller_note(self, text):
        """An internal note by whoever acts: other resellers never see it."""
        for lead in self:
            lead.message_post(
                body=Markup("<p>%s</p>") % text,
                author_id=self.env.user.partner_id.id,
                subtype_xmlid="mail.mt_note",
                is_internal=True,
            )

    # ------------------------------------------------------------
    # MERGING
    # ------------------------------------------------------------

    def _merge_dependences(self, opportunities):
        """Keep the offers of both; one lead has one reseller at most."""
        result = super()._merge_dependences(opportunities)
        self.sudo()._merge_offers(opportunities.sudo())
        return result

    def _merge_offers(self, tail):
        """The lead that stays keeps its reseller, or gets that of the others: an
        accepted one before a pending one, the latest before earlier ones."""
        self.ensure_one()
        order = {"accepted": 0, "pending": 1}
        held = (self | tail).filtered(lambda lead: lead.reseller_state in order)
        winner = held.sorted(
            lambda lead: (
                order[lead.reseller_state],
                lead != self,
                -lead.reseller_offered_on.timestamp(),
            )
        )[:1]
        losers = (self | tail) - winner
        losers._withdraw_pending(_("The lead was merged with another one."))
        declined = (self | tail).reseller_excluded_ids
        self.env["crm.reseller.offer"].sudo().search(
            [("lead_id", "in", tail.ids)]
        ).write({"lead_id": self.id})
        self.env.flush_all()
        vals = {"reseller_excluded_ids": [(4, key) for key in declined.ids]}
        if winner and winner != self:
            vals.update(
                {
                    "reseller_id": winner.reseller_id.id,
                    "reseller_contact_id": winner.reseller_contact_id.id,
                    "reseller_state": winner.reseller_state,
                    "reseller_offered_on": winner.reseller_offered_on,
                    "reseller_due_on": winner.reseller_due_on,
                    "reseller_answered_on": winner.reseller_answered_on,
                }
            )
        self._write_offer_vals(vals)
