import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import split_every

from ..const import BATCH, READ_BACK_DAYS
from ..lib import errors

_logger = logging.getLogger(__name__)


class CrmDealerPush(models.Model):
    """What the dealer does with the orders."""

    _inherit = "crm.dealer.push"

    # ------------------------------------------------------------
    # AFTER THE SALE
    # ------------------------------------------------------------

    @api.model
    def _cron_read_back(self):
        """Read state, dates and amount of the orders that are not delivered yet."""
        since = fields.Datetime.now() - timedelta(days=READ_BACK_DAYS)
        leads = self.env["crm.lead"].search(
            [
                ("dealer_so_id", "not in", (0, False)),
                ("dealer_delivered_on", "=", False),
                # the order's own date: a lead may be won without a closing date
                "|",
                ("dealer_so_created_on", "=", False),
                ("dealer_so_created_on", ">=", since),
                ("dealership_id.active", "=", True),
            ]
        )
        for dealership, group in leads.grouped("dealership_id").items():
            if not dealership._is_connected():
                continue
            with self._isolate_errors(dealership):
                self._read_back(dealership, group)

    @api.model
    def _read_back(self, dealership, leads):
        """Ask for all orders at once, then note what became of them, batch by batch.

        The dealer is asked before the transactions that write begin: what people do to
        the leads while the dealer thinks is no conflict.

        :param dealership: crm.dealership
        :param leads: crm.lead with an order of this dealership
        """
        keys = {self._key(lead): lead.id for lead in leads}
        known = {lead.dealer_so_id: self._key(lead) for lead in leads}
        asked = {lead.id: lead.dealer_so_id for lead in leads}
        with self._own_transaction() as env:
            dealership = env["crm.dealership"].browse(dealership.id)
            try:
                with dealership._connect() as dealer_api:
                    if dealer_api.reference.order_fields is None:
                        dealer_api.read_order_fields()
                    found = dealer_api.find_orders(keys, known)
                    found = dealer_api.with_deliveries(found)
                    if not dealer_api.reference.products:
                        vehicles = env["crm.vehicle.model"].search(
                            [("active", "=", True)]
                        )
                        codes = vehicles.mapped("default_code")
                        dealership._write_products(
                            dealer_api.read_products(codes),
                            vehicles,
                            dealer_api.ambiguous,
                        )
            except errors.DealerError as error:
                _logger.info("Reading back from %s: %s", dealership.id, error.kind)
                return
        for batch in split_every(BATCH, keys):
            with self._isolate_errors(dealership), self._own_transaction() as env:
                env[self._name]._note_read_back(
                    env["crm.dealership"].browse(dealership.id),
                    {keys[key]: found.get(key, []) for key in batch},
                    asked,
                )

    @api.model
    def _note_read_back(self, dealership, found, asked):
        """Take over what was found.

        :param dealership: crm.dealership
        :param found: dictionary of the orders of each lead, by the lead's id
        :param asked: the id of the order each lead had when the dealer was asked
        """
        leads = self.env["crm.lead"].browse(found)
        for lead in self._lock_leads(leads, wait=False).exists():
            if (lead.dealer_so_id, lead.dealership_id) != (asked[lead.id], dealership):
                continue  # released, or won again, while the dealer was asked
            orders = {order.id: order for order in found[lead.id]}
            if lead.dealer_so_id in orders:
                lead._sync_order(orders[lead.dealer_so_id])
            else:
                lead._mark_order_missing()
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
                # one too many: left to reconciliation
                push._update_state(("done",), "created")
