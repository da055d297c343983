"""Sales orders at a dealer: looked for, created, rewritten, cancelled, followed."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from . import errors
from .catalogue import OPTIONAL_FIELDS
from .partners import Partners, is_someone_else
from .rows import Row
from .session import like, number, related, text
from .values import Order, OrderLine, OrderRequest, Placement, choose_order

SEEN_FIELDS = [
    "name",
    "state",
    "client_order_ref",
    "origin",
    "partner_id",
    "date_order",
    "create_date",
    "amount_untaxed",
    "currency_id",
]
# Existing records are changed, in the columns that are sent.
UPDATE_CONTEXT = {"mode": "init", "tracking_disable": False}
# Orders asked for in one call.
CHUNK = 500
# How many of the newest orders are looked through for those unknown here.
MOST_UNKNOWN = 5000
# Prices and quantities closer than this are the same: the dealer's Odoo rounds them.
ROUNDING = 0.0051


class Orders(Partners):
    """Makes and follows the orders of one dealer."""

    def find_orders(
        self, keys: Collection[str], known: Mapping[int, str] | None = None
    ) -> dict[str, list[Order]]:
        """Every order that carries one of our keys, the oldest first.

        :param keys: keys of leads
        :param known: ids we know already, with their keys: they are found even when
            the dealer wrote another reference onto the order, as long as its source
            still names the lead
        :return: the orders by key
        """
        known = known or {}
        found: dict[str, list[Order]] = defaultdict(list)
        extra = [name for name in OPTIONAL_FIELDS if name in (self._order_fields or ())]
        names = sorted(keys)
        for start in range(0, len(names), CHUNK):
            chunk = names[start : start + CHUNK]
            members = set(chunk)
            domain: list = [["client_order_ref", "in", chunk]]
            ids = [number for number, key in known.items() if key in members]
            if ids:
                domain = ["|", ["id", "in", ids], *domain]
            rows = self.read_rows(
                "sale.order",
                domain,
                SEEN_FIELDS + extra,
                order="id",
                context=self.call_context,
            )
            for row in rows:
                key = known.get(row["id"])
                if not key or not _names_lead(row, key):
                    key = text(row["client_order_ref"])
                if key in members:
                    found[key].append(_order(row, key))
        return found

    @property
    def _order_fields(self) -> list[str] | None:
        """The fields the dealer's orders have, as far as they were learned.

        :return: names, or None when they were not asked for yet
        """
        return self.reference.order_fields

    def place_orders(
        self, requests: Iterable[OrderRequest]
    ) -> dict[str, Order | errors.DealerError]:
        """Make the orders that do not exist yet.

        :param requests: the orders wanted
        :return: for each key the order, or why there is none
        """
        placement = Placement({request.key: request for request in requests})
        try:
            found = self.find_orders(placement.requests)
            placement.existing = {
                key: choose_order(orders) for key, orders in found.items()
            }
            self._compare(placement)
            self.find_products(placement)
            self.find_terms(placement)
            self.find_customers(placement)
            self._rewrite(placement, placement.to_rewrite)
            self._create(placement, placement.to_create)
        except errors.DealerError as error:
            placement.fail_pending(error)
        return placement.results

    # -- orders that exist already -------------------------------------------

    def _compare(self, placement: Placement) -> None:
        """Look at the orders that exist already: are they what is asked for now?

        Results are given to those that are, to those that are another lead's, and to
        those the dealer confirmed. What is wrong with the others is noted in ``stale``.

        :param placement: what is ordered; its ``results`` and ``stale`` are filled
        """
        requests = [placement.requests[key] for key in placement.existing]
        if not requests:
            return
        codes = {code for request in requests for code in request.codes}
        if codes - set(self.reference.products):
            self.read_products(codes)
        orders = placement.existing
        lines = self._read_lines([orders[request.key].id for request in requests])
        people = self._read_people(
            {orders[request.key].customer_id for request in requests}
        )
        for request in requests:
            order = orders[request.key]
            wrong = set()
            if not self._same_lines(request, lines.get(order.id, [])):
                wrong.add("lines")
            person = people.get(order.customer_id)
            if person and is_someone_else(request.customer, person):
                wrong.add("customer")
            if wrong and not request.asked_before:
                placement.results[request.key] = errors.KeyTaken(order.name)
            elif order.state == "cancel" or (order.is_open and wrong):
                placement.stale[request.key] = wrong
            else:
                placement.results[request.key] = replace(order, differs=bool(wrong))

    def _read_lines(self, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
        """The product lines of orders.

        :param ids: ids of orders
        :return: rows by id of order, each with ``order_id``, ``product_id``,
            ``product_uom_qty`` and ``price_unit``
        """
        rows = self.read_rows(
            "sale.order.line",
            [["order_id", "in", ids], ["product_id", "!=", False]],
            ["order_id", "product_id", "product_uom_qty", "price_unit"],
            context=self.call_context,
        )
        lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            lines[related(row["order_id"])[0]].append(row)
        return lines

    def _same_lines(self, request: OrderRequest, lines: list[dict[str, Any]]) -> bool:
        """Whether an order has the lines asked for, in any order, and no other ones.

        Lines of products that are none of ours are the dealer's own additions, such as
        a delivery, and are left out of account.

        :param request: the order wanted
        :param lines: see ``_read_lines``
        :return: whether it has
        """
        left = list(lines)
        for wanted in request.lines:
            match = next((one for one in left if self._same_line(wanted, one)), None)
            if match is None:
                return False
            left.remove(match)
        ours = set(self.reference.products.values())
        return not any(related(line["product_id"])[0] in ours for line in left)

    def _same_line(self, wanted: OrderLine, line: Mapping[str, Any]) -> bool:
        """Whether a line is the one wanted.

        :param wanted: a line of the order wanted
        :param line: see ``_read_lines``
        :return: whether product and quantity are the same, and the price where one is
            wanted
        """
        product = self.reference.products.get(wanted.product_code)
        return (
            related(line["product_id"])[0] == product
            and abs(number(line["product_uom_qty"]) - wanted.quantity) < ROUNDING
            and (
                wanted.price is None
                or abs(number(line["price_unit"]) - wanted.price) < ROUNDING
            )
        )

    def _rewrite(self, placement: Placement, requests: Iterable[OrderRequest]) -> None:
        """Make existing orders say what is wanted now; reopen cancelled ones.

        They are reopened last: if anything is cut off before, they are not yet valid.

        :param placement: what is ordered; its ``results`` are filled
        :param requests: the orders to rewrite
        :raises AnswerLost: never to the caller; it becomes the order's result
        """
        for request in requests:
            order = placement.existing[request.key]
            try:
                self._rewrite_header(request, order)
                self.client.change(
                    "sale.order",
                    "write",
                    [order.id],
                    self._rewritten_values(request, placement.customers),
                    context=self.call_context,
                )
                self._rewrite_line_extras(request, order)
                if order.state == "cancel":
                    self.client.change(
                        "sale.order",
                        "action_draft",
                        [order.id],
                        context=self.call_context,
                    )
                seen = self.find_orders([request.key], {order.id: request.key})
                if not seen.get(request.key):
                    raise errors.AnswerLost()
                placement.results[request.key] = choose_order(seen[request.key])
            except errors.DealerError as error:
                placement.results[request.key] = error

    def _rewritten_values(
        self, request: OrderRequest, customers: Mapping[str, int]
    ) -> dict[str, Any]:
        """The values that make an existing order the one wanted.

        :param request: the order wanted
        :param customers: id of the customer by key, where it is to be changed
        :return: values for ``write`` at the dealer
        """
        lines = [
            {
                "product_id": self.reference.products[line.product_code],
                "product_uom_qty": line.quantity,
                **({} if line.price is None else {"price_unit": line.price}),
            }
            for line in request.lines
        ]
        values: dict[str, Any] = {
            "order_line": [[5, 0, 0], *([0, 0, line] for line in lines)]
        }
        if request.key in customers:
            customer = customers[request.key]
            values |= {
                "partner_id": customer,
                "partner_invoice_id": customer,
                "partner_shipping_id": customer,
            }
        return values

    def _rewrite_header(self, request: OrderRequest, order: Order) -> None:
        """Import further header values into an existing order, by its database id.

        :param request: the order wanted
        :param order: the order there is
        """
        if not request.extra:
            return
        row = {".id": str(order.id), **request.extra}
        self._update_by_import("sale.order", {request.key: [row]})

    def _rewrite_line_extras(self, request: OrderRequest, order: Order) -> None:
        """Import further values of the lines just written, in the order they were.

        :param request: the order wanted
        :param order: the order there is
        :raises Refused: when the order has another number of lines
        """
        if not any(line.extra for line in request.lines):
            return
        rows = self.read_rows(
            "sale.order.line",
            [["order_id", "=", order.id], ["product_id", "!=", False]],
            ["product_id"],
            order="id",
            context=self.call_context,
        )
        if len(rows) != len(request.lines):
            raise errors.Refused("lines")
        self._update_by_import(
            "sale.order.line",
            {
                str(row["id"]): [{".id": str(row["id"]), **line.extra}]
                for row, line in zip(rows, request.lines, strict=True)
            },
        )

    def _update_by_import(self, model: str, groups: dict[str, list[Row]]) -> None:
        """Change records at the dealer by Odoo's import.

        :param model: name of a model at the dealer
        :param groups: rows by key
        :raises DealerError: the first refusal
        """
        refused = self.load_groups(model, groups, context=UPDATE_CONTEXT)
        for error in refused.values():
            raise error

    # -- orders that do not exist yet ----------------------------------------

    def _create(self, placement: Placement, requests: list[OrderRequest]) -> None:
        """Create orders; where the answer is lost, look whether they exist.

        :param placement: what is ordered; its ``results`` are filled
        :param requests: the orders to create
        """
        if not requests:
            return
        groups = {request.key: self._rows(request, placement) for request in requests}
        results = placement.results
        try:
            ids: dict[str, int] = {}
            refused = self.load_groups("sale.order", groups, ids)
        except errors.AnswerLost as lost:
            # The order may exist: look, and take it if it does.
            found = self.find_orders(groups)
            for key in groups:
                results[key] = choose_order(found[key]) if found.get(key) else lost
            return
        results.update(self._blame_products(refused, requests))
        made = [request for request in requests if request.key not in refused]
        if not made:
            return
        found = self.find_orders(
            [request.key for request in made],
            {order_id: key for key, order_id in ids.items()},
        )
        cancelled = []
        for request in made:
            orders = found.get(request.key)
            order = choose_order(orders) if orders else errors.AnswerLost()
            results[request.key] = order
            if isinstance(order, Order) and order.state == "cancel":
                # exists, under a reference the dealer took off
                placement.existing[request.key] = order
                cancelled.append(request)
        self._rewrite(placement, cancelled)

    def _blame_products(
        self,
        refused: Mapping[str, errors.DealerError],
        requests: Iterable[OrderRequest],
    ) -> dict[str, errors.DealerError]:
        """Name the product where an order was refused because its product no longer
        exists.

        :param refused: error by key
        :param requests: the orders wanted
        :return: error by key
        """
        codes = {one.key: one.codes for one in requests if one.key in refused}
        if not codes:
            return dict(refused)
        found = self.read_products(set().union(*codes.values()))
        blamed = {}
        for key, error in refused.items():
            missing = sorted(codes[key] - set(found))
            blamed[key] = self._product_error(missing[0]) if missing else error
        return blamed

    def _rows(self, request: OrderRequest, placement: Placement) -> list[Row]:
        """The rows of the import: the header with the first line, then the others.

        :param request: the order wanted
        :param placement: what is ordered, with customers and terms
        :return: values by column of the import
        """
        head = {
            "id": request.external_id,
            "partner_id/.id": str(placement.customers[request.key]),
            "client_order_ref": request.key,
            "origin": request.origin,
            "note": self._note(request.note),
        }
        for name, found in placement.terms.get(request.currency, {}).items():
            head[f"{name}/.id"] = str(found)
        head.update(request.extra)
        lines = [self._line_row(line) for line in request.lines]
        return [{**head, **lines[0]}, *lines[1:]]

    def _line_row(self, line: OrderLine) -> Row:
        """The row of the import for a line.

        :param line: the line wanted
        :return: values by column of the import
        """
        product = self.reference.products[line.product_code]
        row = {
            "order_line/product_id/.id": str(product),
            "order_line/product_uom_qty": repr(line.quantity),
        }
        if line.price is not None:
            row["order_line/price_unit"] = repr(line.price)
        for name in sorted(line.extra):
            row[f"order_line/{name}"] = line.extra[name]
        return row

    def _note(self, note: str) -> str:
        """A note as the dealer's series stores it: plain text until 14.0, HTML since.

        :param note: plain text
        :return: text or HTML
        """
        # Plain text until 14.0, HTML since.
        if self.version < (15, 0):
            return note
        return "".join(f"<p>{html.escape(line)}</p>" for line in note.splitlines())

    # -- afterwards ----------------------------------------------------------

    def cancel_orders(self, orders: Collection[Order]) -> list[Order]:
        """Cancel those that are still quotations, and return them as they are now.

        :param orders: the orders, in any state
        :return: the orders as they are now
        """
        ids = [order.id for order in orders if order.is_open]
        try:
            self._cancel(ids)
        except (errors.Refused, errors.NoRights):
            # the dealer's Odoo undid all of it because of one of them
            for number in ids:
                with suppress(errors.Refused, errors.NoRights):
                    self._cancel([number])
        seen = self.find_orders(
            {order.key for order in orders}, {order.id: order.key for order in orders}
        )
        wanted = {order.id for order in orders}
        return [
            order for group in seen.values() for order in group if order.id in wanted
        ]

    def _cancel(self, ids: list[int]) -> None:
        """Cancel orders in one call.

        :param ids: ids of orders
        """
        if ids:
            self.client.change(
                "sale.order",
                "action_cancel",
                ids,
                context={**self.call_context, "disable_cancel_warning": True},
            )

    def find_unknown_orders(self, prefix: str) -> dict[str, str]:
        """Keys and names of orders that carry one of our keys and are not cancelled.

        :param prefix: what our keys begin with
        :return: name of the order by key
        """
        rows = self.read_rows(
            "sale.order",
            [
                ["client_order_ref", "=like", f"{like(prefix)}%"],
                ["state", "!=", "cancel"],
            ],
            ["name", "client_order_ref"],
            order="id desc",
            limit=MOST_UNKNOWN,
            context=self.call_context,
        )
        return {
            text(row["client_order_ref"]): text(row["name"]) for row in reversed(rows)
        }

    def with_deliveries(self, found: dict[str, list[Order]]) -> dict[str, list[Order]]:
        """Where the dealer has no deliveries, find from the lines what was delivered.

        The date is unknown then; the day it was seen is used instead.

        :param found: orders by key
        :return: the same, with ``delivered_on`` in UTC where all of an order was
            delivered
        """
        if "effective_date" in (self._order_fields or ()):
            return found
        confirmed = [
            order.id
            for orders in found.values()
            for order in orders
            if order.state in ("sale", "done")
        ]
        if not confirmed:
            return found
        rows = self.read_rows(
            "sale.order.line",
            [["order_id", "in", confirmed], ["product_uom_qty", ">", 0]],
            ["order_id", "product_uom_qty", "qty_delivered"],
            context=self.call_context,
        )
        due: dict[int, float] = defaultdict(float)
        for row in rows:
            due[related(row["order_id"])[0]] += max(
                0.0, number(row["product_uom_qty"]) - number(row["qty_delivered"])
            )
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        return {
            key: [
                replace(order, delivered_on=now) if due.get(order.id) == 0.0 else order
                for order in orders
            ]
            for key, orders in found.items()
        }


def _names_lead(row: dict[str, Any], key: str) -> bool:
    """Whether an order found by its id is the one we made.

    After a dealer restored a backup, ids are given out again.

    :param row: the order as the dealer sent it
    :param key: the key it was made with
    :return: whether reference or source names the lead
    """
    if row["client_order_ref"] == key:
        return True
    return key.rpartition("/")[2] in re.findall(r"\d+", text(row["origin"]))


def _order(row: dict[str, Any], key: str) -> Order:
    """An order as the dealer sent it, as a value.

    :param row: see ``SEEN_FIELDS``
    :param key: key of its lead
    :return: the order
    """
    confirmed = row["state"] in ("sale", "done")
    # a first delivery is not the whole of it, where the dealer's series knows
    delivered = row.get("delivery_status", "full") == "full"
    return Order(
        id=row["id"],
        name=text(row["name"]),
        state=text(row["state"]),
        key=key,
        ordered_on=_moment(confirmed and row["date_order"]),
        expected_on=_moment(row.get("commitment_date")),
        delivered_on=_moment(delivered and row.get("effective_date")),
        customer_id=related(row["partner_id"])[0],
        created_on=_moment(row["create_date"]),
        amount=number(row["amount_untaxed"]),
        currency=related(row["currency_id"])[1],
    )


def _moment(value: Any) -> str | bool:
    """A moment as a dealer sent it, in the form Odoo writes one; False for no such.

    :param value: what the dealer sent
    :return: UTC, as text
    """
    try:
        moment = datetime.strptime(text(value), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    return moment.strftime("%Y-%m-%d %H:%M:%S")
