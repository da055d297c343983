import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..const import (
    APPEAR_WITHIN_HOURS,
    BACK_OFF_MINUTES,
    BATCH,
    CLOCKS_DIFFER_MINUTES,
    LOCK_SPACE,
    MAX_ATTEMPTS,
    ORDER_STATES,
    OWN_TRANSACTION_LOCK_TIMEOUT,
    READ_BACK_DAYS,
    SWEEP_AFTER_MINUTES,
)
from ..lib import dealer, errors

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one lead in one delivery."""

    order: dealer.Order | None = None
    url: str = ""
    message: str = ""
    queued: bool = False

    @property
    def failed(self):
        """Whether the lead has to stay where it was."""
        return not (self.order or self.queued)


class CrmDealerPush(models.Model):
    """The intent to have one order at one dealer for one lead, and what came of it.

    The row is committed before the first call, in a transaction of its own, and again
    after the last one. So whatever dies on the way, somebody is left who knows that an
    order may exist.

    A row does not point at its lead by a foreign key: the lead may not be committed
    yet, may be rolled back, may be deleted later, and the row must survive all of it.
    """

    _name = "crm.dealer.push"
    _description = "Dealer Order"
    _order = "id desc"
    _rec_name = "key"

    res_id = fields.Many2oneReference(
        "Lead ID", model_field="res_model", required=True, index=True, readonly=True
    )
    res_model = fields.Char(default="crm.lead", required=True, readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", compute="_compute_lead_id", search="_search_lead_id"
    )
    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(related="dealership_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    mode = fields.Selection(
        [("blocking", "At Once"), ("queued", "In the Background")],
        required=True,
        readonly=True,
        default="blocking",
    )
    state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("sending", "Under Way"),
            ("unknown", "Answer Lost"),
            ("created", "Made, Not Confirmed"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        index=True,
        default="sending",
    )
    attempts = fields.Integer(readonly=True)
    next_try_on = fields.Datetime(readonly=True)
    state_since = fields.Datetime(readonly=True, default=fields.Datetime.now)
    alerted = fields.Boolean(readonly=True)
    dealer_so_id = fields.Integer("Order ID", readonly=True)
    dealer_so_name = fields.Char("Order", readonly=True)
    dealer_so_state = fields.Selection(ORDER_STATES, "Order State", readonly=True)
    message = fields.Char("Last Message", readonly=True)
    event_ids = fields.One2many("crm.dealer.push.event", "push_id", readonly=True)

    _sql_constraints = [
        (
            "intent_unique",
            "UNIQUE(dealership_id, key)",
            "There is one intent for each lead and dealership.",
        )
    ]

    # ------------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------------

    @api.depends("res_id")
    def _compute_lead_id(self):
        leads = self.env["crm.lead"].browse(self.mapped("res_id")).exists()
        by_id = {lead.id: lead for lead in leads}
        for push in self:
            push.lead_id = by_id.get(push.res_id, False)

    @api.depends("res_id", "dealer_so_name")
    def _compute_display_name(self):
        for push in self:
            lead = push.lead_id.name or _("Deleted lead %(number)s", number=push.res_id)
            name = push.dealer_so_name
            push.display_name = f"{name} ({lead})" if name else lead

    def _search_lead_id(self, operator, value):
        if operator in ("=", "!=", "in", "not in"):
            return [("res_id", operator, value)]
        return [
            ("res_id", "in", self.env["crm.lead"]._search([("name", operator, value)]))
        ]

    # ------------------------------------------------------------------
    # TRANSACTIONS AND LOCKS
    # ------------------------------------------------------------------

    @contextmanager
    def _own_transaction(self):
        """A superuser environment whose changes are committed whatever comes after.

        It must not touch rows the calling transaction has locked, or it would wait for
        itself: hence the short lock timeout.
        """
        context = {key: self.env.context.get(key) for key in ("lang", "tz")}
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = %s", (OWN_TRANSACTION_LOCK_TIMEOUT,))
            yield api.Environment(cr, SUPERUSER_ID, context)

    @contextmanager
    def _fails_alone(self, dealership):
        """Keep what breaks at one dealership from the others of a scheduled action."""
        try:
            yield
        except psycopg2.OperationalError as error:
            # somebody else was at the same rows: the next run finds what is left
            _logger.info("Dealership %s: %s", dealership.id, type(error).__name__)
        # whatever it is, the other dealers' orders do not wait for its end
        except Exception:
            _logger.exception("Dealership %s", dealership.id)

    @api.model
    def _lock_leads(self, leads, wait=True):
        """Hold these leads until the end of the transaction.

        The rows are locked against other writers. The advisory locks say "under way" to
        the sweeper even for leads that are not committed yet.

        :param wait: whether to wait for leads held by others, or to leave them out
        :return: the leads that are held now
        """
        ids = sorted(leads.ids)
        if not ids:
            return leads
        if wait:
            # After waiting for someone who changed the lead this raises a serialization
            # failure: the framework starts over, and finds the lead as it is now.
            self.env.cr.execute(
                "SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id"
                " FOR NO KEY UPDATE",
                (ids,),
            )
            self.env.cr.execute(
                "SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s) AS id",
                (LOCK_SPACE, ids),
            )
            return leads
        self.env.cr.execute(
            "SELECT id FROM unnest(%s) AS id WHERE pg_try_advisory_xact_lock(%s, id)",
            (ids, LOCK_SPACE),
        )
        free = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute(
            "SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id"
            " FOR NO KEY UPDATE SKIP LOCKED",
            (free,),
        )
        held = {row[0] for row in self.env.cr.fetchall()}
        there = self._committed_leads(set(free) - held)
        # deleted leads have no row to lock, the advisory lock is all there is
        return leads.browse([id_ for id_ in free if id_ in held or id_ not in there])

    @api.model
    def _committed_leads(self, ids):
        """Which of these leads there are, also those committed since we began.

        This transaction cannot see a lead that was committed after its first statement,
        and would take it for a deleted one.
        """
        if not ids:
            return set()
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT id FROM crm_lead WHERE id = ANY(%s)", (list(ids),))
            return {row[0] for row in cr.fetchall()}

    # ------------------------------------------------------------------
    # KEYS
    # ------------------------------------------------------------------

    @api.model
    def _database_uuid(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    @api.model
    def _key(self, lead):
        """What the order carries as the customer's reference: the same for ever."""
        return f"{self._key_prefix()}{lead.id}"

    @api.model
    def _key_prefix(self):
        """What all keys of this database begin with."""
        return f"CRM/{self._database_uuid()}/"

    @api.model
    def _external_id(self, kind, number):
        return "__import__.crm_{}_{}_{}".format(
            kind, self._database_uuid().replace("-", ""), number
        )

    # ------------------------------------------------------------------
    # DELIVERY
    # ------------------------------------------------------------------

    @api.model
    def _accept(self, leads):
        """Make the orders of won leads, or queue them, as the dealership has it.

        The leads must be held by :meth:`_lock_leads`. Nothing is written to them here.

        :return: dictionary of :class:`Outcome` by lead id
        """
        outcomes = {}
        for dealership, group in leads.sudo().grouped("dealership_id").items():
            if dealership.push_mode == "blocking":
                outcomes.update(self._deliver_to(dealership, group))
                continue
            problems = group._dealer_order_problems()
            if problems:
                self._tell_failures(dealership, problems)
            good = group.filtered(
                lambda lead, problems=problems: lead.id not in problems
            )
            self._enqueue(good)
            outcomes.update(problems)
            outcomes.update(dict.fromkeys(good.ids, Outcome(queued=True)))
        return outcomes

    def _deliver_to(self, dealership, leads):
        """See that each lead has its order at this dealership."""
        outcomes = leads._dealer_order_problems()
        if outcomes:
            self._tell_failures(dealership, outcomes)
        requests = {
            lead.id: lead._prepare_dealer_order()
            for lead in leads
            if lead.id not in outcomes
        }
        if not requests:
            return outcomes
        batches = [dict(batch) for batch in split_every(BATCH, requests.items())]
        try:
            with dealership._connect() as door:
                for batch in batches:
                    delivered, is_there = self._deliver_batch(dealership, door, batch)
                    outcomes |= delivered
                    if not is_there:
                        # the other batches need not find out for themselves
                        door = errors.Unreachable()
        except errors.AddressRefused as error:
            # nobody was asked, and there is no door to ask at
            for batch in batches:
                outcomes |= self._deliver_batch(dealership, error, batch)[0]
        return outcomes

    def _deliver_batch(self, dealership, door, requests):
        """See that each of these orders is there, and write down how it went.

        :param door: the open :class:`dealer.Dealer`, or the reason why there is none
        :param requests: dictionary of order requests by lead id
        :return: dictionary of :class:`Outcome` by lead id, and whether anybody answered
        """
        started = time.monotonic()
        asked = self._open_intents(dealership, self.env["crm.lead"].browse(requests))
        requests = {
            lead_id: replace(request, asked_before=request.key in asked)
            for lead_id, request in requests.items()
        }
        calls = 0
        if isinstance(door, errors.DealerError):
            results = {request.key: door for request in requests.values()}
        else:
            before = door.client.calls
            results = door.place_orders(requests.values())
            calls = door.client.calls - before
        seconds = time.monotonic() - started
        delivered = {}
        for lead_id, request in requests.items():
            result = results[request.key]
            if isinstance(result, errors.DealerError):
                delivered[lead_id] = Outcome(message=dealership._explain(result))
            else:
                url = self._order_url(dealership, result)
                delivered[lead_id] = Outcome(order=result, url=url)
        self._close_intents(dealership, requests, results, delivered, seconds, calls)
        is_there = not all(
            isinstance(result, errors.DealerError) and result.temporary
            for result in results.values()
        )
        return delivered, is_there

    def _order_url(self, dealership, order):
        """Where the order is shown; this form of address works from 14.0 to 19.0."""
        query = f"id={order.id}&model=sale.order&view_type=form"
        return f"{dealership._checked_url()}/web#{query}"

    def _open_intents(self, dealership, leads):
        """Write down, for good, that orders are about to be made.

        :return: the keys a dealer may have been asked for before
        :raises UserError: when the dealership itself is not saved yet
        """
        user = self.env.user
        keys = {self._key(lead): lead.id for lead in leads}
        mode = dealership.push_mode
        with self._own_transaction() as env:
            this = env[self._name]
            if not env["crm.dealership"].browse(dealership.id).exists():
                raise UserError(
                    _(
                        "Save %(name)s before winning leads for it.",
                        name=dealership.name,
                    )
                )
            before = this.search([("key", "in", list(keys))])
            asked = set(before.filtered("attempts").mapped("key"))
            known = before.filtered(lambda push: push.dealership_id.id == dealership.id)
            new = this.create(
                [
                    {
                        "res_id": lead_id,
                        "dealership_id": dealership.id,
                        "key": key,
                        "mode": mode,
                    }
                    for key, lead_id in keys.items()
                    if key not in set(known.mapped("key"))
                ]
            )
            for push in known | new:
                push.write(
                    {
                        "state": "sending",
                        "attempts": push.attempts + 1,
                        "state_since": fields.Datetime.now(),
                    }
                )
            (known | new)._log("started", user=user)
        return asked

    def _close_intents(self, dealership, requests, results, outcomes, seconds, calls):
        """Write down, for good, what the dealer answered."""
        by_key = {request.key: lead_id for lead_id, request in requests.items()}
        user = self.env.user
        with self._own_transaction() as env:
            pushes = env[self._name].search(
                [("dealership_id", "=", dealership.id), ("key", "in", list(by_key))]
            )
            for push in pushes:
                result = results[push.key]
                outcome = outcomes[by_key[push.key]]
                if isinstance(result, errors.DealerError):
                    push._note_failure(result, outcome.message, seconds, calls, user)
                else:
                    push._note_order(result)
                    push.write({"state": "created", "message": False})
                    push._log("made", result.name, seconds, calls, user)
            pushes.filtered(lambda push: push.state == "queued")._wake_queue()
        failed = {
            by_key[key]: outcomes[by_key[key]]
            for key, result in results.items()
            if isinstance(result, errors.DealerError)
        }
        if failed:
            self._tell_failures(dealership, failed)

    def _note_order(self, order):
        self.write(
            {
                "dealer_so_id": order.id,
                "dealer_so_name": order.name,
                "dealer_so_state": order.state,
                "state_since": fields.Datetime.now(),
            }
        )

    def _note_failure(self, error, message, seconds=0.0, calls=0, user=None):
        """Decide what a failure means for the row."""
        self.ensure_one()
        values = {
            "message": message,
            "state": "unknown" if error.maybe_done else "failed",
            "state_since": fields.Datetime.now(),
        }
        if self.mode == "queued" and error.temporary and self.attempts < MAX_ATTEMPTS:
            wait = BACK_OFF_MINUTES[min(self.attempts, len(BACK_OFF_MINUTES)) - 1]
            values["state"] = "queued"
            values["next_try_on"] = fields.Datetime.now() + timedelta(minutes=wait)
        self.write(values)
        self._log(
            "lost" if error.maybe_done else "failed", message, seconds, calls, user
        )

    def _log(self, kind, message=False, seconds=0.0, calls=0, user=None):
        self.env["crm.dealer.push.event"].create(
            [
                {
                    "push_id": push.id,
                    "kind": kind,
                    "message": message,
                    "seconds": seconds,
                    "calls": calls,
                    "user_id": user.id if user else False,
                }
                for push in self
            ]
        )

    def _tell_failures(self, dealership, outcomes):
        """Write the reasons into the chatter, where they survive the rollback."""
        author = self.env.user.partner_id
        with self._own_transaction() as env:
            for lead in env["crm.lead"].browse(outcomes).exists():
                lead.message_post(
                    body=_(
                        "No order was made at %(dealership)s. %(reason)s",
                        dealership=dealership.display_name,
                        reason=outcomes[lead.id].message,
                    ),
                    author_id=author.id,
                    subtype_xmlid="mail.mt_note",
                )

    @api.model
    def _confirm_after_commit(self, dealership_ids, lead_ids):
        """Once the leads are safely won, close their intents.

        Should we die before, the sweeper does it.
        """
        registry, this = self.env.registry, self

        def confirm():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    pushes = env[this._name].search(
                        [
                            ("res_id", "in", lead_ids),
                            ("dealership_id", "in", dealership_ids),
                            ("state", "=", "created"),
                        ]
                    )
                    pushes.write(
                        {"state": "done", "state_since": fields.Datetime.now()}
                    )
                    pushes._log("confirmed")
            except Exception:  # noqa: BLE001
                # The sale stands already; the sweeper will close the intent.
                _logger.warning("Dealer orders left to the sweeper", exc_info=True)

        self.env.cr.postcommit.add(confirm)

    # ------------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------------

    @api.model
    def _enqueue(self, leads):
        """Note orders to be made later, in the transaction that wins the leads."""
        this = self.sudo()
        queued = this.browse()
        now = fields.Datetime.now()
        for dealership, group in leads.sudo().grouped("dealership_id").items():
            keys = {this._key(lead): lead.id for lead in group}
            known = this.search(
                [("dealership_id", "=", dealership.id), ("key", "in", list(keys))]
            )
            values = {
                "mode": "queued",
                "state": "queued",
                "state_since": now,
                "next_try_on": now,
                "alerted": False,
            }
            known.write(values)
            found = set(known.mapped("key"))
            new = this.create(
                [
                    {
                        **values,
                        "key": key,
                        "res_id": lead_id,
                        "dealership_id": dealership.id,
                    }
                    for key, lead_id in keys.items()
                    if key not in found
                ]
            )
            queued |= known | new
        if queued:
            queued._log("queued", user=self.env.user)
            queued._wake_queue()

    def _wake_queue(self):
        """See that these rows are taken up when they are due. Hook.

        Where OCA's queue_job is installed it carries them, else the scheduled action
        does. The latter also picks up what a job left behind.
        """
        groups = self.grouped(lambda push: (push.dealership_id, push.next_try_on))
        if "queue.job" not in self.env:
            cron = self.env.ref("crm_dealer_push.ir_cron_process_queue")
            cron._trigger({due or fields.Datetime.now() for _dealership, due in groups})
            return
        for (dealership, due), pushes in groups.items():
            pushes.with_delay(
                eta=due or None,
                description=_("Orders at %(name)s", name=dealership.name),
            )._process_in_own_transactions()

    @api.model
    def _cron_process_queue(self):
        """Make the orders that are due, each dealership in a transaction of its own."""
        due = self.search(
            [
                ("state", "=", "queued"),
                "|",
                ("next_try_on", "=", False),
                ("next_try_on", "<=", fields.Datetime.now()),
            ],
            order="next_try_on, id",
        )
        for dealership, pushes in due.grouped("dealership_id").items():
            with self._fails_alone(dealership):
                pushes._process_in_own_transactions()
        # afresh: what was given up just now is told at once
        with self._own_transaction() as env:
            env[self._name]._raise_alerts()

    def _process_in_own_transactions(self):
        for pushes in self.grouped("dealership_id").values():
            for batch in split_every(BATCH, pushes.ids):
                with self._own_transaction() as env:
                    env[self._name].browse(batch)._process_queued()

    def _process_queued(self):
        """Make these orders of one dealership. What others hold is left for later."""
        pushes = self.filtered(lambda push: push.state == "queued")
        dealership = pushes.dealership_id
        leads = self._lock_leads(
            self.env["crm.lead"].browse(pushes.mapped("res_id")), wait=False
        )
        pushes = pushes.filtered(lambda push: push.res_id in set(leads.ids))
        there = leads.exists()
        wanted = there.filtered(lambda lead: lead._wants_order_at(dealership))
        have = wanted.filtered("dealer_so_id")
        for push in pushes:
            if push.res_id in have.ids:
                push._set_state("done")
            elif push.res_id not in wanted.ids:
                # Somebody moved the lead on. If a call went out before, there may be an
                # order to cancel: the sweeper looks.
                push._set_state("unknown" if push.attempts else "cancelled")
                push._log(
                    "withdrawn", _("The lead is no longer won for this dealership.")
                )
        todo = wanted - have
        todo -= self._refuse_queued(pushes, todo)
        if not todo:
            return
        outcomes = self._deliver_to(dealership, todo)
        todo.filtered(lambda lead: outcomes[lead.id].order)._take_orders(outcomes)

    def _refuse_queued(self, pushes, leads):
        """Give up on orders that cannot be asked for as their leads are now.

        They wait for somebody to change the lead or the dealership, not for time.

        :return: their leads
        """
        problems = leads._dealer_order_problems()
        refused = leads.filtered(lambda lead: lead.id in problems)
        for push in pushes.filtered(lambda push: push.res_id in problems):
            message = problems[push.res_id].message
            # with a call out before, there may be an order: the sweeper looks
            state = "unknown" if push.attempts else "failed"
            push._set_state(state, message=message)
            push._log("failed", message)
        if refused:
            self._tell_failures(pushes.dealership_id, problems)
        return refused

    def _set_state(self, state, **values):
        self.write({"state": state, "state_since": fields.Datetime.now(), **values})

    @api.model
    def _raise_alerts(self):
        """Tell a person of queued orders that stay undone."""
        hours = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("crm_dealer_push.alert_after_hours", 2)
        )
        limit = fields.Datetime.now() - timedelta(hours=hours)
        late = self.sudo().search(
            [
                ("mode", "=", "queued"),
                ("alerted", "=", False),
                ("state", "in", ("queued", "sending", "unknown", "failed")),
            ]
        )
        queued_on = late._queued_on()
        late = late.filtered(
            lambda push: push.state == "failed"
            or queued_on.get(push.id, push.create_date) <= limit
        )
        for push in late:
            push._alert(
                _("The dealer's order is still not made"),
                push.message or _("It has been waiting since it was won."),
            )
        late.alerted = True

    def _queued_on(self):
        """When each row was last put into the queue."""
        groups = self.env["crm.dealer.push.event"]._read_group(
            [("push_id", "in", self.ids), ("kind", "=", "queued")],
            ["push_id"],
            ["create_date:max"],
        )
        return {push.id: date for push, date in groups}

    def _alert(self, summary, note):
        """Give somebody something to do: on the lead, or where there is none any more
        on the dealership. Hook.
        """
        for push in self.sudo():
            place = push.lead_id or push.dealership_id
            place.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=note,
                user_id=push._responsible(push.lead_id).id,
            )

    def _responsible(self, lead):
        """Who looks after a dealer's order: somebody who is there to do it. Hook.

        :param lead: the order's lead, or an empty recordset when it was deleted
        """
        pushes = self or self.search([("res_id", "in", lead.ids)])
        people = lead.user_id | lead.team_id.user_id | pushes.event_ids.user_id
        people |= self._any_manager()
        for person in people.filtered(lambda user: user.active and not user.share):
            # who may not see the lead cannot be given anything to do there
            leads = lead.with_user(person).with_context(
                active_test=False, allowed_company_ids=person.company_ids.ids
            )
            if not lead or leads.search_count([("id", "=", lead.id)]):
                return person
        return self.env.user

    def _any_manager(self):
        users = self.env["res.users"]
        groups = "all_group_ids" if "all_group_ids" in users._fields else "groups_id"
        manager = self.env.ref("sales_team.group_sale_manager")
        return users.search([(groups, "in", manager.ids)], limit=1)

    # ------------------------------------------------------------------
    # SWEEPER
    # ------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Bring attempts that nobody finished to an end."""
        for dealership, pushes in self._to_sweep().grouped("dealership_id").items():
            for batch in split_every(BATCH, pushes.ids):
                with self._fails_alone(dealership), self._own_transaction() as env:
                    env[self._name].browse(batch)._sweep()

    @api.model
    def _to_sweep(self):
        """Rows whose end is open, and finished ones whose lead went elsewhere since."""
        limit = fields.Datetime.now() - timedelta(minutes=SWEEP_AFTER_MINUTES)
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT push.id
              FROM crm_dealer_push AS push
              LEFT JOIN crm_lead AS lead ON lead.id = push.res_id
              LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
             WHERE push.state_since <= %s
               AND (push.state IN ('sending', 'unknown', 'created')
                    OR push.state = 'done' AND push.alerted IS NOT TRUE
                       AND (stage.is_won IS NOT TRUE
                            OR lead.dealership_id IS DISTINCT FROM push.dealership_id))
             ORDER BY push.id
            """,
            (limit,),
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _sweep(self):
        """Look for the orders of these rows of one dealership, and settle each."""
        leads = self._lock_leads(
            self.env["crm.lead"].browse(self.mapped("res_id")), wait=False
        )
        pushes = self.filtered(lambda push: push.res_id in set(leads.ids))
        if not pushes:
            return
        leads = {lead.id: lead for lead in leads.exists()}
        dealership = pushes.dealership_id
        if not dealership._is_connected():
            return
        try:
            with dealership._connect() as door:
                known = {push.dealer_so_id: push.key for push in pushes}
                known |= {
                    leads[push.res_id].dealer_so_id: push.key
                    for push in pushes
                    if push.res_id in leads
                    and leads[push.res_id].dealership_id == dealership
                }
                known.pop(0, None)
                found = door.find_orders(pushes.mapped("key"), known)
                superfluous = {}
                for push in pushes:
                    lead = leads.get(push.res_id, self.env["crm.lead"])
                    keep = push._settle(lead, found.get(push.key, []))
                    for order in found.get(push.key, []):
                        if (
                            order.id != keep
                            and order.is_open
                            and not push._is_older(order)
                        ):
                            superfluous[order.id] = order
                self._cancel(door, pushes, superfluous)
        except errors.DealerError as error:
            _logger.info("Sweeping %s: %s", dealership.id, error.kind)

    def _settle(self, lead, orders):
        """Decide what becomes of one row.

        :return: the id of the order that stays, or 0
        """
        self.ensure_one()
        shown = [order for order in orders if order.id == lead.dealer_so_id]
        order = dealer.choose_order(shown or orders) if orders else None
        wanted = lead._wants_order_at(self.dealership_id)
        if not order:
            self._settle_missing(lead, wanted)
            return 0
        self._note_order(order)
        if not wanted:
            return self._settle_unwanted(order)
        if order.state == "cancel" and not lead.dealer_so_id:
            # won, and the only order is cancelled: it is taken up again
            self._requeue(lead)
        elif lead.dealer_so_id:
            self._set_state("done")
            self._log("confirmed")
        else:
            url = self._order_url(self.dealership_id, order)
            lead._take_orders({lead.id: Outcome(order=order, url=url)})
            self._set_state("done")
            self._log("adopted", order.name)
        return order.id

    def _settle_missing(self, lead, wanted):
        if wanted and not lead.dealer_so_id:
            self._requeue(lead)
            return
        appear_until = self.state_since + timedelta(hours=APPEAR_WITHIN_HOURS)
        if self.state == "done" or fields.Datetime.now() >= appear_until:
            self._set_state("failed", alerted=True)
            self._log("gave_up", _("The dealer has no such order."))

    def _requeue(self, lead):
        problem = lead._dealer_order_problem()
        if problem:
            # back in the queue it would be refused, and come back here
            self._set_state("failed", mode="queued", alerted=False, message=problem)
            self._log("failed", problem)
            return
        self._set_state("queued", mode="queued", next_try_on=fields.Datetime.now())
        self._log("queued")
        self._wake_queue()

    def _is_older(self, order):
        """Whether an order was there before we ever asked for one with its key.

        Then it is another lead's: after a backup of our database is restored, the
        numbers of leads are given out again.
        """
        self.ensure_one()
        created_on = fields.Datetime.to_datetime(order.created_on or False)
        limit = self.create_date - timedelta(minutes=CLOCKS_DIFFER_MINUTES)
        return bool(created_on and created_on < limit)

    def _settle_unwanted(self, order):
        if self._is_older(order):
            message = _(
                "%(order)s at %(dealership)s carries this lead's number, and is older "
                "than the lead's own attempt. It is left alone. Was our database "
                "restored from a backup?",
                order=order.name,
                dealership=self.dealership_id.display_name,
            )
            self._set_state("failed", message=message)
            self._log("noticed", message)
            return order.id
        if order.is_open:
            # cancelled together with the others, see _cancel
            return 0
        if order.state == "cancel":
            self._set_state("cancelled")
            self._log("cancelled", order.name)
            return order.id
        # Confirmed by the dealer: nothing a program should undo.
        message = _(
            "%(order)s is confirmed at %(dealership)s, but its lead is not won. Agree "
            "with the dealer on what happens to it.",
            order=order.name,
            dealership=self.dealership_id.display_name,
        )
        self._alert(_("Confirmed order without a won lead"), message)
        self._set_state("done", alerted=True, message=message)
        self._log("noticed", message)
        return order.id

    def _cancel(self, door, pushes, superfluous):
        """Cancel quotations nobody wants, and write down that it was done."""
        if not superfluous:
            return
        seen = door.cancel_orders(superfluous.values())
        by_key = {push.key: push for push in pushes}
        for order in seen:
            push = by_key[order.key]
            if order.state != "cancel":
                push._log(
                    "noticed", _("%(order)s could not be cancelled.", order=order.name)
                )
                continue
            push._log("cancelled", order.name)
            if push.dealer_so_id == order.id:
                push._set_state("cancelled", dealer_so_state="cancel")
            lead = push.lead_id
            if lead:
                if lead.dealer_so_id == order.id:
                    lead.write(dict.fromkeys(lead._order_fields(), False))
                lead.message_post(
                    body=_(
                        "Sales order %(order)s at %(dealership)s was cancelled: the "
                        "lead is not won, or has another order.",
                        order=order.name,
                        dealership=push.dealership_id.display_name,
                    ),
                    subtype_xmlid="mail.mt_note",
                )

    # ------------------------------------------------------------------
    # AFTER THE SALE
    # ------------------------------------------------------------------

    @api.model
    def _cron_read_back(self):
        """Read state and dates of the orders that are not at their end."""
        since = fields.Datetime.now() - timedelta(days=READ_BACK_DAYS)
        leads = self.env["crm.lead"].search(
            [
                ("dealer_so_id", "!=", 0),
                ("dealer_so_id", "!=", False),
                ("dealer_delivered_on", "=", False),
                ("date_closed", ">=", since),
                ("dealership_id.active", "=", True),
            ]
        )
        for dealership, group in leads.grouped("dealership_id").items():
            if not dealership._is_connected():
                continue
            with self._fails_alone(dealership):
                self._read_back(dealership, group)

    @api.model
    def _read_back(self, dealership, leads):
        """Ask for all orders at once, then note what became of them, batch by batch.

        The dealer is asked before the transactions that write begin: what people do to
        the leads while the dealer thinks is no conflict.
        """
        keys = {self._key(lead): lead.id for lead in leads}
        known = {lead.dealer_so_id: self._key(lead) for lead in leads}
        asked = {lead.id: lead.dealer_so_id for lead in leads}
        with self._own_transaction() as env:
            dealership = env["crm.dealership"].browse(dealership.id)
            try:
                with dealership._connect() as door:
                    if door.reference.order_fields is None:
                        door.read_order_fields()
                    found = door.find_orders(keys, known)
                    found = door.with_deliveries(found)
                    if not door.reference.products:
                        vehicles = env["crm.vehicle.model"].search(
                            [("active", "=", True)]
                        )
                        codes = vehicles.mapped("default_code")
                        dealership._write_products(door.read_products(codes), vehicles)
            except errors.DealerError as error:
                _logger.info("Reading back from %s: %s", dealership.id, error.kind)
                return
        for batch in split_every(BATCH, keys):
            with self._fails_alone(dealership), self._own_transaction() as env:
                env[self._name]._note_read_back(
                    env["crm.dealership"].browse(dealership.id),
                    {keys[key]: found.get(key, []) for key in batch},
                    asked,
                )

    @api.model
    def _note_read_back(self, dealership, found, asked):
        """Take over what was found.

        :param found: dictionary of the orders of each lead, by the lead's id
        :param asked: the id of the order each lead had when the dealer was asked
        """
        leads = self.env["crm.lead"].browse(found)
        for lead in self._lock_leads(leads, wait=False).exists():
            if (lead.dealer_so_id, lead.dealership_id) != (asked[lead.id], dealership):
                continue  # let go of, or won anew, while the dealer was asked
            orders = {order.id: order for order in found[lead.id]}
            if lead.dealer_so_id in orders:
                lead._follow_order(orders[lead.dealer_so_id])
            else:
                lead._miss_order()
        pushes = self.search(
            [("dealership_id", "=", dealership.id), ("res_id", "in", list(found))]
        )
        for push in pushes.filtered(lambda push: push.state == "done"):
            others = [
                order
                for order in found[push.res_id]
                if order.is_open and order.id != push.dealer_so_id
            ]
            if any(not push._is_older(order) for order in others):
                # one too many: the sweeper's work
                push._set_state("created")

    # ------------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------------

    def action_retry(self):
        """Try again what failed, or is waiting.

        :raises AccessError: for users who are no sales managers
        """
        self.env["crm.dealership"]._check_manager()
        again = self.filtered(
            lambda push: push.state in ("queued", "failed", "unknown")
        )
        leads = again.lead_id
        won = leads.filtered(lambda lead: lead.stage_id.is_won)
        if leads - won:
            (leads - won).action_set_won()
        pushes = again.sudo().filtered(lambda push: push.lead_id in won)
        with self._own_transaction() as env:
            for push in env[self._name].browse(pushes.ids):
                push._set_state("queued", next_try_on=fields.Datetime.now())
                push._log("queued", user=self.env.user)
        pushes._process_in_own_transactions()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_lead(self):
        """Open the lead of this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }
