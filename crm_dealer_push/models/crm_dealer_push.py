import logging
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, _, api, fields, models

from .. import compat
from ..const import (
    LOCK_SPACE,
    ORDER_STATES,
    OWN_TRANSACTION_LOCK_TIMEOUT,
    RETRYABLE_STATES,
)

_logger = logging.getLogger(__name__)


class CrmDealerPush(models.Model):
    """The intent to have one order at one dealer for one lead, and what came of it.

    The row is committed before the first call, in a transaction of its own, and again
    after the last one. So wherever it stops, there is a record of the order
    that may exist.

    The model is spread over files by subject: the row and its states here, then
    ``_delivery`` (calling the dealer), ``_queue`` (orders in the background),
    ``_reconcile`` (attempts that nothing finished) and ``_read_back`` (what the dealer
    does with the orders).

    A row does not point at its lead by a foreign key: the lead may not be committed
    yet, may be rolled back, may be deleted later, and the row must survive all of it.
    """

    _name = "crm.dealer.push"
    _description = "Dealer Order"
    _inherit = "crm.dealer.guard"
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
            ("sending", "Sending"),
            ("unknown", "Answer Lost"),
            ("created", "Created, Not Confirmed"),
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

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

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
        """Find rows by their lead: by id, or by its name.

        :param str operator: operator of the search
        :param value: id, list of ids, or text
        :return: domain
        """
        if operator in ("=", "!=", "in", "not in"):
            return [("res_id", operator, value)]
        return [
            ("res_id", "in", self.env["crm.lead"]._search([("name", operator, value)]))
        ]

    # ------------------------------------------------------------
    # STATES AND HISTORY
    # ------------------------------------------------------------

    def _update_state(self, allowed, target, **vals):
        """Bring rows from one of some states into another. The only way to do so.

        :param allowed: states to come from; rows in any other state are left alone
        :param target: state to go to
        :param vals: further values to write
        :return: the rows that changed
        """
        changed = self.filtered(lambda push: push.state in allowed)
        left = self - changed
        if left:
            _logger.info(
                "Dealer orders %s stay %s, not %s",
                left.ids,
                sorted(set(left.mapped("state"))),
                target,
            )
        changed.write({"state": target, "state_since": fields.Datetime.now(), **vals})
        return changed

    def _set_order_info(self, order):
        """Keep what the dealer shows of the order.

        :param order: :class:`dealer.Order`
        """
        self.write(
            {
                "dealer_so_id": order.id,
                "dealer_so_name": order.name,
                "dealer_so_state": order.state,
                "state_since": fields.Datetime.now(),
            }
        )

    def _log(self, kind, message=False, seconds=0.0, calls=0, user=None):
        """Add a line to the history of each row.

        :param kind: key of ``crm.dealer.push.event.kind``
        :param message: text, or False
        :param seconds: duration of the batch
        :param calls: number of calls in the batch
        :param user: record of ``res.users``, where a person caused it
        """
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

    # ------------------------------------------------------------
    # TRANSACTIONS AND LOCKS
    # ------------------------------------------------------------

    @contextmanager
    def _own_transaction(self):
        """A superuser environment whose changes are committed in any case.

        It must not touch rows the calling transaction has locked, or it would wait for
        itself: hence the short lock timeout.
        """
        context = {key: self.env.context.get(key) for key in ("lang", "tz")}
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = %s", (OWN_TRANSACTION_LOCK_TIMEOUT,))
            yield api.Environment(cr, SUPERUSER_ID, context)

    @contextmanager
    def _isolate_errors(self, dealership):
        """Keep an error at one dealership from the others of a scheduled action.

        :param dealership: one record of ``crm.dealership``
        """
        try:
            yield
        except psycopg2.OperationalError as error:
            # the same rows are in use: the next run finds what is left
            _logger.info("Dealership %s: %s", dealership.id, type(error).__name__)
        # in any case the other dealers' orders do not wait for it
        except Exception:
            _logger.exception("Dealership %s", dealership.id)

    @api.model
    def _lock_leads(self, leads, wait=True):
        """Hold these leads until the end of the transaction.

        The rows are locked against other writers. The advisory locks say "in use" to
        reconciliation even for leads that are not committed yet.

        :param leads: crm.lead
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
        """Which of these leads exist, also those committed since this transaction
        began.

        This transaction cannot see a lead that was committed after its first statement,
        and would take it for a deleted one.

        :param ids: ids of crm.lead
        :return: set of ids
        """
        if not ids:
            return set()
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT id FROM crm_lead WHERE id = ANY(%s)", (list(ids),))
            return {row[0] for row in cr.fetchall()}

    # ------------------------------------------------------------
    # KEYS
    # ------------------------------------------------------------

    @api.model
    def _database_uuid(self):
        """What identifies this database.

        :return: text
        """
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    @api.model
    def _key(self, lead):
        """What the order carries as the customer's reference: it never changes.

        :param lead: crm.lead
        :return: key
        """
        return f"{self._key_prefix()}{lead.id}"

    @api.model
    def _key_prefix(self):
        """What all keys of this database begin with.

        :return: text
        """
        return f"CRM/{self._database_uuid()}/"

    @api.model
    def _external_id(self, kind, number):
        """The external id at the dealer for a record of ours.

        :param str kind: kind of record
        :param number: what identifies the record here
        :return: external id
        """
        return "__import__.crm_{}_{}_{}".format(
            kind, self._database_uuid().replace("-", ""), number
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_retry(self):
        """Try again what failed, or is waiting.

        :return: dictionary of a client action
        :raises AccessError: for users who are no sales managers, or may not see the
            orders or change their leads
        """
        self.env["crm.dealership"]._check_manager()
        compat.check_access(self, "read")
        again = self.filtered(lambda push: push.state in RETRYABLE_STATES)
        leads = again.lead_id
        compat.check_access(leads, "write")
        won = leads.filtered(lambda lead: lead.stage_id.is_won)
        if leads - won:
            (leads - won).action_set_won()
        again.sudo().filtered(lambda push: push.lead_id in won)._retry_now()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _retry_now(self):
        """Create these orders at once, in transactions of their own.

        :return: list of texts: why those that are not created are not
        """
        if not self:
            return []
        user = self.env.user
        with self._own_transaction() as env:
            pushes = env[self._name].browse(self.ids)
            pushes = pushes._update_state(
                RETRYABLE_STATES, "queued", next_try_on=fields.Datetime.now()
            )
            pushes._log("queued", user=user)
        self._process_in_own_transactions()
        with self._own_transaction() as env:
            missing = env[self._name].browse(self.ids)
            missing = missing.filtered(lambda push: push.state in RETRYABLE_STATES)
            waits = _("The order waits.")
            problems = [push.message or waits for push in missing]
        self.env.invalidate_all()
        return sorted(set(problems))

    def action_open_lead(self):
        """Open the lead of this row.

        :return: dictionary of a window action
        :raises AccessError: for users who may not read the row
        """
        self.ensure_one()
        compat.check_access(self, "read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }
