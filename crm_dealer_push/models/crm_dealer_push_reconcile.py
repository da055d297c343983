import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import split_every

from ..const import (
    ALL_STATES,
    APPEAR_WITHIN_HOURS,
    BATCH,
    CLOCKS_DIFFER_MINUTES,
    RECONCILE_AFTER_MINUTES,
    UNRECONCILED_STATES,
)
from ..lib import dealer, errors
from ..lib.dealer import Delivery

_logger = logging.getLogger(__name__)


class CrmDealerPush(models.Model):
    """Attempts that were cut off, and orders whose lead went elsewhere since."""

    _inherit = "crm.dealer.push"

    # ------------------------------------------------------------
    # RECONCILIATION
    # ------------------------------------------------------------

    @api.model
    def _cron_reconcile(self):
        """Finish attempts that were cut off, and release orders that nothing needs."""
        for dealership, pushes in (
            self._find_unreconciled().grouped("dealership_id").items()
        ):
            for batch in split_every(BATCH, pushes.ids):
                with self._isolate_errors(dealership), self._own_transaction() as env:
                    env[self._name].browse(batch)._reconcile()

    @api.model
    def _find_unreconciled(self):
        """Rows whose end is open, and finished ones whose lead is no longer won or has
        another dealership.

        :return: rows, oldest first
        """
        limit = fields.Datetime.now() - timedelta(minutes=RECONCILE_AFTER_MINUTES)
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

    def _reconcile(self):
        """Look for the orders of these rows of one dealership, and close each row."""
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
            with dealership._connect() as dealer_api:
                known = {push.dealer_so_id: push.key for push in pushes}
                known |= {
                    leads[push.res_id].dealer_so_id: push.key
                    for push in pushes
                    if push.res_id in leads
                    and leads[push.res_id].dealership_id == dealership
                }
                known.pop(0, None)
                found = dealer_api.find_orders(pushes.mapped("key"), known)
                unwanted_orders = {}
                for push in pushes:
                    lead = leads.get(push.res_id, self.env["crm.lead"])
                    keep = push._reconcile_one(lead, found.get(push.key, []))
                    for order in found.get(push.key, []):
                        if (
                            order.id != keep
                            and order.is_open
                            and not push._is_older(order)
                        ):
                            unwanted_orders[order.id] = order
                self._cancel(dealer_api, pushes, unwanted_orders)
        except errors.DealerError as error:
            _logger.info("Reconciling %s: %s", dealership.id, error.kind)

    def _reconcile_one(self, lead, orders):
        """Decide what becomes of one row.

        :param lead: the row's lead, empty when it is gone
        :param orders: list of :class:`dealer.Order` found for the row's key
        :return: the id of the order that stays, or 0
        """
        self.ensure_one()
        shown = [order for order in orders if order.id == lead.dealer_so_id]
        order = dealer.choose_order(shown or orders) if orders else None
        wanted = lead._wants_order_at(self.dealership_id)
        if not order:
            self._reconcile_missing(lead, wanted)
            return 0
        self._set_order_info(order)
        if not wanted:
            return self._reconcile_unwanted(order)
        if order.state == "cancel" and not lead.dealer_so_id:
            # won, and the only order is cancelled: it is reopened
            self._requeue(lead)
        elif lead.dealer_so_id:
            self._update_state(UNRECONCILED_STATES, "done")
            self._log("confirmed")
        else:
            url = self._order_url(self.dealership_id, order)
            lead._set_orders({lead.id: Delivery(order=order, url=url)})
            self._update_state(UNRECONCILED_STATES, "done")
            self._log("adopted", order.name)
        return order.id

    def _reconcile_missing(self, lead, wanted):
        """Settle a row whose order the dealer does not have.

        :param lead: crm.lead, or none
        :param bool wanted: whether the lead shall have an order
        """
        if wanted and not lead.dealer_so_id:
            self._requeue(lead)
            return
        appear_until = self.state_since + timedelta(hours=APPEAR_WITHIN_HOURS)
        if self.state == "done" or fields.Datetime.now() >= appear_until:
            self._update_state(UNRECONCILED_STATES, "failed", alerted=True)
            self._log("gave_up", _("The dealer has no such order."))

    def _requeue(self, lead):
        """Queue the order again, unless the lead's values stop it.

        :param lead: crm.lead
        """
        problem = lead._dealer_order_problem()
        if problem:
            # back in the queue it would be refused, and come back here
            self._update_state(
                UNRECONCILED_STATES,
                "failed",
                mode="queued",
                alerted=False,
                message=problem,
            )
            self._log("failed", problem)
            return
        self._update_state(
            UNRECONCILED_STATES,
            "queued",
            mode="queued",
            next_try_on=fields.Datetime.now(),
        )
        self._log("queued")
        self._wake_queue()

    def _is_older(self, order):
        """Whether an order existed before we ever asked for one with its key.

        Then it is another lead's: after a backup of our database is restored, the
        numbers of leads are given out again.

        :param order: :class:`dealer.Order`
        :return: bool
        """
        self.ensure_one()
        created_on = fields.Datetime.to_datetime(order.created_on or False)
        limit = self.create_date - timedelta(minutes=CLOCKS_DIFFER_MINUTES)
        return bool(created_on and created_on < limit)

    def _reconcile_unwanted(self, order):
        """Settle a row whose order is not wanted.

        :param order: :class:`dealer.Order`
        :return: id of the order that is settled, 0 for one that is to be cancelled
        """
        if self._is_older(order):
            message = _(
                "%(order)s at %(dealership)s carries this lead's number, but is older "
                "than the lead's first attempt. It is not changed. This can happen "
                "after a database restore.",
                order=order.name,
                dealership=self.dealership_id.display_name,
            )
            self._update_state(UNRECONCILED_STATES, "failed", message=message)
            self._log("noticed", message)
            return order.id
        if order.is_open:
            # cancelled together with the others, see _cancel
            return 0
        if order.state == "cancel":
            self._update_state(UNRECONCILED_STATES, "cancelled")
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
        self._update_state(UNRECONCILED_STATES, "done", alerted=True, message=message)
        self._log("noticed", message)
        return order.id

    def _cancel(self, dealer_api, pushes, unwanted_orders):
        """Cancel quotations that are not wanted, and record it.

        :param dealer_api: session at the dealer
        :param pushes: rows
        :param dict unwanted_orders: :class:`dealer.Order` by its id
        """
        if not unwanted_orders:
            return
        seen = dealer_api.cancel_orders(unwanted_orders.values())
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
                push._update_state(ALL_STATES, "cancelled", dealer_so_state="cancel")
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
