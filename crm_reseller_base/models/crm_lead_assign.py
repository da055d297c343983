import json
import logging
import random
from collections import Counter

from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import TransactionRollbackError

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..lib.assignment import Choice
from ..lib.distance import haversine_km, is_located
from ..locks import lock_for_click
from .crm_reseller_offer import MISSED_STATES
from .res_partner import ADDRESS_FIELDS

_logger = logging.getLogger(__name__)

# how long a person waits for a run that holds the same leads
LOCK_TIMEOUT = "10s"


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.reseller.bundle.mixin"]

    # ------------------------------------------------------------
    # MANUALLY
    # ------------------------------------------------------------

    def assign_to_reseller(self, reseller):
        """Offer the leads to a chosen reseller. For internal users.

        Pending offers to other resellers are withdrawn; leads this reseller holds
        already stay as they are.

        :param reseller: one res.partner with a level, or its id
        :return: True
        :raises UserError: when the partner is no reseller, belongs to another company,
            has no room for that many leads, or a lead is closed or being changed
        """
        leads = self._from_outside()
        leads._check_internal_access()
        leads.sudo()._offer_to(reseller)._announce()
        return True

    @api.model
    def _check_chosen_reseller(self, reseller):
        """Find the reseller a person chose.

        :param reseller: record or id; over RPC anything may come
        :return: one active res.partner with a level, elevated
        :raises UserError: for anything else
        """
        if isinstance(reseller, models.BaseModel):
            ids = reseller.ids if reseller._name == "res.partner" else []
        elif isinstance(reseller, int) and not isinstance(reseller, bool):
            ids = [reseller] if 0 < reseller < 2**31 else []
        else:
            ids = []
        reseller = self.env["res.partner"].sudo().browse(ids).exists()
        if len(reseller) != 1:
            raise UserError(_("Choose one reseller."))
        if not reseller.reseller_level_id:
            raise UserError(_("%(name)s is not a reseller.", name=reseller.name))
        if not reseller.active:
            raise UserError(_("%(name)s is archived.", name=reseller.name))
        return reseller

    def _offer_to(self, reseller, method="manual"):
        """Offer the leads to a chosen reseller; no one is notified yet.

        :param reseller: one res.partner with a level, or its id
        :param str method: how the reseller was chosen, as on the offer
        :return: the new offers
        :raises UserError: where the reseller has not enough room
        """
        reseller = self._check_chosen_reseller(reseller)
        engine = self.env["crm.reseller.assigner"].sudo()
        self.env.flush_all()
        self._lock_all()
        leads = self.filtered(
            lambda lead: lead.reseller_id != reseller
            or lead.reseller_state not in ("pending", "accepted")
        )
        leads._check_offerable(reseller)
        room = engine._get_capacity(reseller)
        if room and leads:
            held = engine._count_open_leads(reseller.ids).get(reseller.id, 0)
            if held + len(leads) > room:
                raise UserError(
                    _(
                        "%(reseller)s can hold %(room)s leads at once and holds "
                        "%(held)s: no room for %(count)s more.",
                        reseller=reseller.name,
                        room=room,
                        held=held,
                        count=len(leads),
                    )
                )
        leads.filtered(lambda lead: lead.reseller_state == "accepted")._take_back()
        leads._withdraw_pending()
        self.env.flush_all()
        run = engine._new_manual_run(leads, reseller)
        choices = [(None, lead._manual_choice(reseller)) for lead in leads.sorted("id")]
        offers = engine._write_offers(choices, run, method=method)
        engine._forget_problems(leads.ids)
        return offers

    def _lock_all(self):
        """Keep others off all the leads; waits for a run that holds some of them.

        :raises UserError: when that takes too long
        """
        # a run that starts when a lead is created takes a moment: wait for it
        self.env.cr.execute("SHOW lock_timeout")
        (timeout,) = self.env.cr.fetchone()
        self.env.cr.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
        try:
            with self.env.cr.savepoint(flush=False):
                lock_for_click(self)
        except LockNotAvailable as error:
            raise UserError(
                _("Some of these leads are being assigned right now. Please try again.")
            ) from error
        self.env.cr.execute("SET LOCAL lock_timeout = %s", [timeout])

    def _check_offerable(self, reseller):
        """Refuse leads that are closed or of another company than the reseller.

        :param reseller: res.partner
        :raises UserError: with the name of the first such lead
        """
        company = reseller._get_reseller_company()
        for lead in self:
            if not lead._is_reseller_open():
                raise UserError(
                    _("%(lead)s is closed: reopen it first.", lead=lead.name)
                )
            if company and company != lead.company_id:
                raise UserError(
                    _(
                        "%(reseller)s and %(lead)s belong to different companies.",
                        reseller=reseller.name,
                        lead=lead.name,
                    )
                )

    def _get_location(self):
        """The position of a lead: its own, or its customer's at the same address.

        :return: pair of latitude and longitude, or None
        """
        self.ensure_one()
        places = [self]
        customer = self.partner_id
        address = [self[name] for name in ADDRESS_FIELDS]
        if not any(address) or address == [customer[name] for name in ADDRESS_FIELDS]:
            places.append(customer)
        for record in places:
            if is_located(record.partner_latitude, record.partner_longitude):
                return record.partner_latitude, record.partner_longitude
        return None

    def _manual_choice(self, reseller):
        """What is kept of a choice that a person made.

        :param reseller: res.partner
        :return: ``lib.assignment.Choice``
        """
        self.ensure_one()
        here = self._get_location()
        there = reseller.partner_latitude, reseller.partner_longitude
        km = None
        if here and is_located(*there):
            km = round(haversine_km(*here, *there), 1)
        why = {
            "method": "manual",
            "chosen": [reseller.id, km, reseller.reseller_effective_weight],
        }
        explanation = json.dumps(why, separators=(",", ":"))
        return Choice(self.id, reseller.id, 0.0, km, explanation, "")

    # ------------------------------------------------------------
    # BY RULE
    # ------------------------------------------------------------

    def action_open_reseller_wizard(self):
        """Open the wizard that shows who would get these leads before it happens.

        Rules leave leads alone that have a reseller already: those are for a person to
        reassign.

        :return: action
        """
        leads = self._from_outside()
        leads._check_internal_access()
        held = leads and all(
            lead.reseller_state in ("pending", "accepted") for lead in leads
        )
        wizard = leads.env["crm.reseller.assign.wizard"].create(
            {
                "lead_ids": [(6, 0, leads.ids)],
                "mode": "chosen" if held else "automatic",
            }
        )
        return wizard._reopen()

    def action_assign_resellers(self):
        """Let the rules choose a reseller for each lead. For internal users.

        Leads that are offered or accepted already, closed, or being assigned by
        another run at this moment are left alone.

        :return: a notification that says what happened
        """
        leads = self._from_outside()
        leads._check_internal_access()
        _offers, plan = leads.sudo()._assign_by_rules()
        return leads._get_assignment_notification(plan)

    def _assign_by_rules(self, rng=None, automatic=False, inline=True):
        """Choose, offer, and have people notified.

        :param random.Random rng: seeded, to get the same result again
        :param bool automatic: only where the first rule that applies is automatic
        :param bool inline: notify people before returning, where they are few
        :return: the new offers and the ``Plan``
        """
        offers, plan = self.env["crm.reseller.assigner"]._run(
            self.ids, rng=rng or random.Random(), automatic=automatic
        )
        offers._announce(inline=inline)
        self.browse(plan.problems)._ask_channel_manager(inline=inline)
        return offers, plan

    @api.model
    def _count_results(self, offered, problems, skipped):
        """What became of how many leads, in words.

        :param int offered: how many found a reseller
        :param dict problems: as in a ``Plan``
        :param list skipped: as in a ``Plan``
        :return: sentence or two
        """
        problems = Counter(problems.values())
        parts = [_("Leads offered: %(count)s.", count=offered)]
        if problems["no_reseller"]:
            parts.append(
                _("No reseller found for %(count)s.", count=problems["no_reseller"])
            )
        if problems["no_rule"]:
            parts.append(_("No rule applies to %(count)s.", count=problems["no_rule"]))
        if problems["own_request"]:
            parts.append(
                _(
                    "%(count)s are requests of resellers themselves.",
                    count=problems["own_request"],
                )
            )
        if problems["broken_rule"]:
            parts.append(
                _(
                    "%(count)s leads are blocked by a rule with an invalid filter.",
                    count=problems["broken_rule"],
                )
            )
        if skipped:
            parts.append(
                _(
                    "%(count)s left alone: offered already, closed, or being changed.",
                    count=len(skipped),
                )
            )
        return " ".join(parts)

    def _get_assignment_notification(self, plan):
        """Say what an assignment did.

        :param plan: ``Plan`` of the assigner
        :return: client action
        """
        found = len(plan.choices)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": _("Assignment to Resellers"),
                "message": self._count_results(found, plan.problems, plan.skipped),
                "type": "success" if found and not plan.problems else "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _with_auto_assign(self):
        """Those of the leads whose company assigns automatically.

        :return: leads
        """
        return self.filtered(
            lambda lead: lead._get_reseller_company().reseller_auto_assign
        )

    def _assign_on_creation(self):
        """New leads whose rule is automatic are offered at once."""
        Rule = self.env["crm.reseller.assignment.rule"].sudo()
        if not self or not Rule.search_count([("automatic", "=", True)], limit=1):
            return
        leads = self.sudo()._from_outside()
        free = leads.filtered(
            lambda lead: lead.reseller_state == "none" and not lead.reseller_manual_only
        )._with_auto_assign()
        if not free:
            return
        try:
            with self.env.cr.savepoint():
                free._assign_by_rules(automatic=True, inline=False)
        except TransactionRollbackError:
            raise  # to be run again from the beginning
        except Exception:
            # the lead itself must not be lost; the cron tries again
            _logger.exception("Leads %s could not be assigned on creation", free.ids)

    def _reseller_move_on(self):
        """Offer leads that came back to the next reseller, or ask for help."""
        leads = self.sudo().filtered(lambda lead: lead._is_reseller_open())
        automatic = leads._with_auto_assign()
        (leads - automatic)._stop_moving("by_hand")
        if not automatic:
            return
        counts = automatic._count_missed_offers()
        over_limit = automatic.filtered(
            lambda lead: (
                counts.get(lead.id, 0)
                > lead._get_reseller_company().reseller_max_reoffers
            )
        )
        over_limit._stop_moving("rounds")
        retriable = automatic - over_limit
        if retriable:
            retriable._assign_by_rules(inline=False)

    def _count_missed_offers(self):
        """Offers that came back since the leads' current round began.

        :return: dict of lead id and number
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT offer.lead_id, COUNT(*)
              FROM crm_reseller_offer offer
              JOIN crm_lead lead ON lead.id = offer.lead_id
             WHERE offer.lead_id = ANY(%s)
               AND offer.state = ANY(%s)
               AND (lead.reseller_round_started_on IS NULL
                    OR offer.offered_on >= lead.reseller_round_started_on)
          GROUP BY offer.lead_id
            """,
            [self.ids, list(MISSED_STATES)],
        )
        return dict(self.env.cr.fetchall())

    def _stop_moving(self, issue):
        """No one else is offered these leads; the channel manager is asked.

        :param str issue: a value of ``reseller_assign_issue``
        """
        if self:
            self._write_offer_vals(
                {"reseller_assign_issue": issue, "reseller_escalated_on": False}
            )
            self._ask_channel_manager()

    # ------------------------------------------------------------
    # CRONS
    # ------------------------------------------------------------

    def _trigger_notices(self):
        cron = self.env.ref(
            "crm_reseller_base.ir_cron_send_notices", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_assign_resellers(self, auto_commit=False):
        """Offer leads whose rule is automatic, in companies that want it.

        :param bool auto_commit: commit per bundle and start it again when another run
            came in between
        """
        companies = (
            self.env["res.company"].sudo().search([("reseller_auto_assign", "=", True)])
        )
        if not companies:
            return
        rules = (
            self.env["crm.reseller.assignment.rule"]
            .sudo()
            .search([("automatic", "=", True)])
        )
        waiting = [
            *self._get_automatic_domain(),
            *self._get_reseller_company_domain(companies),
        ]
        lead_ids = {
            lead_id
            for rule in rules
            for lead_id in (rule._find("lead_domain", waiting) or self).ids
        }
        self._in_bundles(
            sorted(lead_ids),
            lambda leads: leads._assign_by_rules(automatic=True, inline=False),
            auto_commit,
        )

    @api.model
    def _get_automatic_domain(self):
        """Leads the cron looks at, for any rules. Hook.

        A lead declined for a reason that says it should not move on stays where it is.
        Leads that were offered too often are looked at as well: they come back when a
        reseller became eligible since.

        :return: domain
        """
        return [
            ("reseller_manual_only", "=", False),
            "|",
            ("stage_id", "=", False),
            ("stage_id.is_won", "=", False),
            ("reseller_state", "not in", ("pending", "accepted")),
            "|",
            ("reseller_state", "=", "none"),
            ("reseller_assign_issue", "in", ("no_reseller", "broken_rule", "rounds")),
        ]

    @api.model
    def _cron_handle_overdue_offers(self, auto_commit=False):
        """Remind of offers that are due soon; let those past their time expire.

        :param bool auto_commit: commit per bundle
        """
        Offer = self.env["crm.reseller.offer"].sudo()
        now = fields.Datetime.now()
        overdue = Offer.search(
            [("state", "=", "pending"), ("due_on", "<", now)], order="lead_id"
        )
        self._in_bundles(
            overdue.lead_id.ids, lambda leads: leads._expire_offers(), auto_commit, 1000
        )
        self._in_bundles(
            Offer._search_to_remind(now).lead_id.ids,
            lambda leads: leads._pending_offers()._send_reminders(),
            auto_commit,
            200,
        )

    @api.model
    def _cron_send_notices(self, auto_commit=False):
        """Notify resellers of new offers, and channel managers of leads without one.

        :param bool auto_commit: commit per bundle
        """
        Offer = self.env["crm.reseller.offer"].sudo()
        offers = Offer.search(
            [("state", "=", "pending"), ("notified_on", "=", False)], order="lead_id"
        )
        self._in_bundles(
            offers.lead_id.ids,
            lambda leads: leads._pending_offers()._send_notices(),
            auto_commit,
            100,
        )
        unasked = self.sudo().search(
            [
                ("reseller_assign_issue", "!=", False),
                ("reseller_escalated_on", "=", False),
            ],
            order="id",
        )
        self._in_bundles(
            unasked.ids, lambda leads: leads._ask_channel_manager(), auto_commit, 20
        )

    def _expire_offers(self):
        """Close the pending offers of these leads that are past their time."""
        now = fields.Datetime.now()
        self._pending_offers().filtered(
            lambda offer: offer.due_on and offer.due_on < now
        )._expire()
