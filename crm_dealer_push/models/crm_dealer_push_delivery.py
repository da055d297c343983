import logging
import time
from dataclasses import replace
from datetime import timedelta

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..const import ALL_STATES, BACK_OFF_MINUTES, BATCH, MAX_ATTEMPTS
from ..lib import errors
from ..lib.dealer import Delivery

_logger = logging.getLogger(__name__)


class CrmDealerPush(models.Model):
    """Calling the dealer, with the intent kept before and the answer after."""

    _inherit = "crm.dealer.push"

    # ------------------------------------------------------------
    # DELIVERY
    # ------------------------------------------------------------

    @api.model
    def _push_or_queue(self, leads):
        """Create the orders of won leads, or queue them, as the dealership has it.

        The leads must be held by :meth:`_lock_leads`. Nothing is written to them here.

        :param leads: crm.lead, in any environment
        :return: dictionary of :class:`dealer.Delivery` by lead id
        """
        deliveries = {}
        for dealership, group in leads.sudo().grouped("dealership_id").items():
            if dealership.push_mode == "blocking":
                deliveries.update(self._deliver_to(dealership, group))
                continue
            problems = group._dealer_order_problems()
            if problems:
                self._notify_failures(dealership, problems)
            good = group.filtered(
                lambda lead, problems=problems: lead.id not in problems
            )
            self._enqueue(good)
            deliveries.update(problems)
            deliveries.update(dict.fromkeys(good.ids, Delivery(queued=True)))
        return deliveries

    def _deliver_to(self, dealership, leads):
        """See that each lead has its order at this dealership.

        :param dealership: crm.dealership
        :param leads: crm.lead, all of this dealership
        :return: dictionary of :class:`dealer.Delivery` by lead id
        """
        deliveries = leads._dealer_order_problems()
        if deliveries:
            self._notify_failures(dealership, deliveries)
        requests = {
            lead.id: lead._prepare_dealer_order()
            for lead in leads
            if lead.id not in deliveries
        }
        if not requests:
            return deliveries
        batches = [dict(batch) for batch in split_every(BATCH, requests.items())]
        try:
            with dealership._connect() as dealer_api:
                for batch in batches:
                    delivered, is_there = self._deliver_batch(
                        dealership, dealer_api, batch
                    )
                    deliveries |= delivered
                    if not is_there:
                        # the other batches need not find out again
                        dealer_api = errors.Unreachable()
        except (errors.AddressRefused, errors.SecretUnreadable) as error:
            # there was no session to ask in
            for batch in batches:
                deliveries |= self._deliver_batch(dealership, error, batch)[0]
        return deliveries

    def _deliver_batch(self, dealership, dealer_api, requests):
        """See that each of these orders exists, and keep how it went.

        :param dealership: crm.dealership
        :param dealer_api: an open :class:`dealer.Dealer`, or why there is none
        :param requests: dictionary of order requests by lead id
        :return: dictionary of :class:`dealer.Delivery` by lead id, and whether the
            dealer answered
        """
        started = time.monotonic()
        asked = self._open_intents(dealership, self.env["crm.lead"].browse(requests))
        requests = {
            lead_id: replace(request, asked_before=request.key in asked)
            for lead_id, request in requests.items()
        }
        calls = 0
        if isinstance(dealer_api, errors.DealerError):
            results = {request.key: dealer_api for request in requests.values()}
        else:
            before = dealer_api.client.calls
            results = dealer_api.place_orders(requests.values())
            calls = dealer_api.client.calls - before
        seconds = time.monotonic() - started
        delivered = {}
        for lead_id, request in requests.items():
            result = results[request.key]
            if isinstance(result, errors.DealerError):
                delivered[lead_id] = Delivery(message=dealership._explain(result))
            else:
                url = self._order_url(dealership, result)
                delivered[lead_id] = Delivery(order=result, url=url)
        self._close_intents(dealership, requests, results, delivered, seconds, calls)
        is_there = not all(
            isinstance(result, errors.DealerError) and result.temporary
            for result in results.values()
        )
        return delivered, is_there

    def _order_url(self, dealership, order):
        """The address that shows an order; this form works from 14.0 to 19.0.

        :param dealership: crm.dealership
        :param order: :class:`dealer.Order`
        :return: URL
        """
        query = f"id={order.id}&model=sale.order&view_type=form"
        return f"{dealership._checked_url()}/web#{query}"

    def _open_intents(self, dealership, leads):
        """Record, in a transaction of its own, that orders are about to be created.

        :param dealership: crm.dealership
        :param leads: crm.lead
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
                        "Save %(name)s before marking leads as won for it.",
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
            for attempts, pushes in (known | new).grouped("attempts").items():
                pushes._update_state(ALL_STATES, "sending", attempts=attempts + 1)
            (known | new)._log("started", user=user)
        return asked

    def _close_intents(self, dealership, requests, results, deliveries, seconds, calls):
        """Record, in a transaction of its own, what the dealer answered.

        :param dealership: crm.dealership
        :param requests: dictionary of order requests by lead id
        :param results: dictionary of orders or errors by key
        :param deliveries: dictionary of :class:`dealer.Delivery` by lead id
        :param seconds: duration of the batch
        :param calls: number of calls in the batch
        """
        by_key = {request.key: lead_id for lead_id, request in requests.items()}
        user = self.env.user
        with self._own_transaction() as env:
            pushes = env[self._name].search(
                [("dealership_id", "=", dealership.id), ("key", "in", list(by_key))]
            )
            for push in pushes:
                result = results[push.key]
                delivery = deliveries[by_key[push.key]]
                if isinstance(result, errors.DealerError):
                    push._note_failure(result, delivery.message, seconds, calls, user)
                else:
                    push._set_order_info(result)
                    push._update_state(ALL_STATES, "created", message=False)
                    push._log("made", result.name, seconds, calls, user)
            pushes.filtered(lambda push: push.state == "queued")._wake_queue()
        dealership._note_connection(results.values())
        failed = {
            by_key[key]: deliveries[by_key[key]]
            for key, result in results.items()
            if isinstance(result, errors.DealerError)
        }
        if failed:
            self._notify_failures(dealership, failed)

    def _note_failure(self, error, message, seconds=0.0, calls=0, user=None):
        """Decide what a failure means for the row.

        :param error: :class:`errors.DealerError`
        :param message: the same, fit to be shown
        :param seconds: duration of the batch
        :param calls: number of calls in the batch
        :param user: who caused it
        """
        self.ensure_one()
        state, values = "unknown" if error.maybe_done else "failed", {}
        if self.mode == "queued" and error.temporary and self.attempts < MAX_ATTEMPTS:
            wait = BACK_OFF_MINUTES[min(self.attempts, len(BACK_OFF_MINUTES)) - 1]
            state = "queued"
            values["next_try_on"] = fields.Datetime.now() + timedelta(minutes=wait)
        self._update_state(ALL_STATES, state, message=message, **values)
        self._log(
            "lost" if error.maybe_done else "failed", message, seconds, calls, user
        )

    def _notify_failures(self, dealership, deliveries):
        """Post the reasons in the leads' chatters, where they survive the rollback.

        :param dealership: crm.dealership
        :param dict deliveries: :class:`dealer.Delivery` by lead id
        """
        author = self.env.user.partner_id
        with self._own_transaction() as env:
            for lead in env["crm.lead"].browse(deliveries).exists():
                lead.message_post(
                    body=_(
                        "The order could not be created at %(dealership)s. %(reason)s",
                        dealership=dealership.display_name,
                        reason=deliveries[lead.id].message,
                    ),
                    author_id=author.id,
                    subtype_xmlid="mail.mt_note",
                )

    @api.model
    def _confirm_after_commit(self, dealership_ids, lead_ids):
        """Once the leads are safely won, close their intents.

        Should we be stopped before, reconciliation does it.

        :param list dealership_ids: ids of crm.dealership
        :param list lead_ids: ids of crm.lead
        """
        registry, this = self.env.registry, self

        def confirm():
            """Close the intents in a transaction of its own."""
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
                    pushes._update_state(("created",), "done")
                    pushes._log("confirmed")
            except Exception:  # noqa: BLE001
                # The sale is committed; reconciliation will close the intent.
                _logger.warning("Dealer orders left to reconciliation", exc_info=True)

        self.env.cr.postcommit.add(confirm)
