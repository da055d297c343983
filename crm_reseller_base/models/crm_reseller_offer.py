import json
from datetime import timedelta

from markupsafe import Markup

from odoo import _, api, fields, models

from .crm_reseller_assignment_rule import METHODS

# more offers than this are announced by the cron, not while the user waits
INLINE_NOTICES = 20

STATES = [
    ("pending", "Waiting"),
    ("accepted", "Accepted"),
    ("declined", "Declined"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
]


class CrmResellerOffer(models.Model):
    """One row per offer of a lead to a reseller.

    Nobody has write access: rows are made and closed by the methods of ``crm.lead``.
    A closed row is never changed again.
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
    company_id = fields.Many2one(related="lead_id.company_id", store=True)
    rule_id = fields.Many2one(
        "crm.reseller.assignment.rule", readonly=True, ondelete="restrict"
    )
    method = fields.Selection(
        [*METHODS, ("manual", "Chosen by hand"), ("imported", "Imported")],
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
        help="Hours by the clock between offer and answer.",
    )
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
        string="Mail for Once", readonly=True, help="Its text goes when it is sent."
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

    # ------------------------------------------------------------
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
        rows = [
            {
                "name": names.get(key, _("Deleted")),
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
    # TELLING PEOPLE
    # ------------------------------------------------------------

    def _answer_text(self):
        """One sentence about the outcome, for the lead's chatter."""
        self.ensure_one()
        name = self.reseller_id.name
        text = {
            "pending": _("Offered to %(reseller)s.", reseller=name),
            "accepted": _("%(reseller)s accepted the lead.", reseller=name),
            "declined": _(
                "%(reseller)s declined the lead: %(reason)s.",
                reseller=name,
                reason=self.decline_reason_id.name,
            ),
            "expired": _("%(reseller)s did not answer in time.", reseller=name),
            "withdrawn": _("The offer to %(reseller)s was withdrawn.", reseller=name),
        }[self.state]
        return f"{text} {self.comment}" if self.comment else text

    def _announce(self, inline=True):
        """Tell the resellers of new offers: a few at once, many through the cron.

        With ``reseller_no_notice`` in the context nobody is told (imports).
        """
        if not self:
            return
        if self.env.context.get("reseller_no_notice"):
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

    def _send_reminders(self):
        offers = self.sudo().filtered(
            lambda offer: offer.state == "pending" and not offer.reminded_on
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
        """
        reachable = self.lead_id.filtered("reseller_notice_partner_id.email")
        if template and reachable:
            template.sudo().send_mail_batch(
                reachable.ids,
                # in the chatter for the team, not for the next reseller
                email_values={"is_internal": True, **(email_values or {})},
                email_layout_xmlid="crm_reseller_base.mail_layout",
            )

    @api.model
    def _search_to_remind(self, now):
        """Pending offers whose deadline is near. Nobody is reminded of an offer that
        was made less than the reminder's lead time before its deadline."""
        hours = self.env["res.config.settings"]._get_reseller_param("reminder_hours")
        if not hours:
            return self.browse()
        lead_time = timedelta(hours=hours)
        return self.search(
            [
                ("state", "=", "pending"),
                ("reminded_on", "=", False),
                ("due_on", ">=", now),
                ("due_on", "<=", now + lead_time),
            ],
            order="lead_id",
        ).filtered(lambda offer: offer.offered_on < offer.due_on - lead_time)

    def _offer_note(self):
        self.ensure_one()
        parts = [_("Offered to %(reseller)s.", reseller=self.reseller_id.name)]
        if self.due_on:
            parts.append(
                _("Answer due %(moment)s.", moment=self.lead_id._describe_due())
            )
        if not self.lead_id.reseller_notice_partner_id.email:
            parts.append(_("No e-mail address is known: nobody was told."))
        return Markup("<p>%s</p>") % " ".join(parts)

    def _tell_responsible(self):
        """Pop up the answer on the screens of those who wait for it."""
        Bus = self.env["bus.bus"].sudo()
        for offer in self:
            lead = offer.lead_id
            user = lead.user_id or offer.offered_by_id
            if user and not user.share and user != self.env.user:
                Bus._sendone(
                    user.partner_id,
                    "simple_notification",
                    {
                        "title": lead.name,
                        "message": offer._answer_text(),
                        "type": "success" if offer.state == "accepted" else "warning",
                    },
                )
