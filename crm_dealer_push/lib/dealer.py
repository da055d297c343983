"""What we ask of a dealer's Odoo, in the dealer's words.

Plain Python on top of :mod:`.jsonrpc`: values in, values out, no ORM. Orders and
customers are created with ``load``, the method behind Odoo's import: it takes an
external id with each row, and the dealer's own database refuses a second row under one
id. Sent twice, even at the same moment, a request makes one order.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from . import errors
from .customers import Customer, find_same, mail, phone_tail, same_name, unlike
from .jsonrpc import JsonRpcClient

OLDEST, NEWEST = (14, 0), (19, 99)
# Rows already there stay as they are: the dealer may have worked on them.
LOAD_CONTEXT = {"mode": "update", "noupdate": True, "tracking_disable": False}
SEEN_FIELDS = [
    "name",
    "state",
    "client_order_ref",
    "origin",
    "partner_id",
    "date_order",
    "create_date",
]
# Read back when the dealer's apps have them.
OPTIONAL_FIELDS = ("commitment_date", "effective_date", "delivery_status")
CHUNK = 500
# Kinds of addresses that are part of a customer, and no customer.
ADDRESS_TYPES = ("invoice", "delivery", "other", "private")
# How many of the newest orders are looked through for those nobody here knows.
MOST_STRAYS = 5000
# Prices and quantities closer than this are the same: the dealer's Odoo rounds them.
ROUNDING = 0.01


@dataclass(frozen=True)
class OrderRequest:
    """One sales order to be.

    ``asked_before`` is whether it may be there already because we asked for it; an
    order nobody asked for may be another lead's.
    """

    key: str
    external_id: str
    customer: Customer
    customer_external_id: str
    product_code: str
    quantity: float
    price: float | None = None
    currency: str = ""
    origin: str = ""
    note: str = ""
    asked_before: bool = True


@dataclass(frozen=True)
class Order:
    """A sales order as the dealer shows it.

    ``differs`` is set on a confirmed order that says something else than was asked for.
    """

    id: int
    name: str
    state: str
    key: str
    ordered_on: str | bool = False
    expected_on: str | bool = False
    delivered_on: str | bool = False
    customer_id: int = 0
    created_on: str | bool = False
    differs: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may be cancelled without asking: nobody confirmed it."""
        return self.state in ("draft", "sent")


@dataclass
class Terms:
    """How a dealership wants its orders; names as the dealer writes them."""

    company: str = ""
    pricelist: str = ""
    team: str = ""


@dataclass
class Reference:
    """What is remembered of a dealer between two batches; kept as JSON."""

    version: list[int] = field(default_factory=list)
    order_fields: list[str] | None = None
    countries: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    products: dict[str, int] = field(default_factory=dict)
    # id by name, None where a name is not there
    companies: dict[str, int] = field(default_factory=dict)
    company_currencies: dict[str, str] = field(default_factory=dict)
    pricelists: dict[str, int] = field(default_factory=dict)
    pricelist_currencies: dict[str, str] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)


class Dealer:
    """One dealer's Odoo during one batch of work."""

    def __init__(
        self, client: JsonRpcClient, reference: Reference, terms: Terms | None = None
    ) -> None:
        self.client = client
        self.reference = reference
        self.terms = terms or Terms()

    # -- orders -------------------------------------------------------------

    def find_orders(
        self, keys: Collection[str], known: Mapping[int, str] | None = None
    ) -> dict[str, list[Order]]:
        """Every order that carries one of our keys, the oldest first.

        :param known: ids we know already, with their keys: they are found even when
            the dealer wrote another reference onto the order, as long as its source
            still names the lead
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
            rows = self.client.query(
                "sale.order",
                "search_read",
                domain,
                SEEN_FIELDS + extra,
                order="id",
                context=self._call_context,
            )
            for row in rows:
                key = known.get(row["id"])
                if not key or not _names_lead(row, key):
                    key = row["client_order_ref"]
                if key in members:
                    found[key].append(_order(row, key))
        return found

    @property
    def _order_fields(self) -> list[str] | None:
        return self.reference.order_fields

    @property
    def _call_context(self) -> dict[str, Any]:
        company = self.reference.companies.get(self.terms.company)
        return {"allowed_company_ids": [company]} if company else {}

    def place_orders(
        self, requests: Iterable[OrderRequest]
    ) -> dict[str, Order | errors.DealerError]:
        """Make the orders that are not there yet.

        :return: for each key the order, or why there is none
        """
        wanted = {request.key: request for request in requests}
        results: dict[str, Order | errors.DealerError] = {}
        try:
            there = {
                key: choose_order(orders)
                for key, orders in self.find_orders(wanted).items()
            }
            again = [wanted[key] for key in there]
            stale = self._compare(again, there, results)
            todo = [request for key, request in wanted.items() if key not in results]
            ready = self._with_products(todo, results)
            terms = self._terms_for(ready, results)
            ready = [request for request in ready if request.key not in results]
            customers = self._customers(
                [
                    request
                    for request in ready
                    if request.key not in there or "customer" in stale[request.key]
                ],
                results,
            )
            ready = [request for request in ready if request.key not in results]
            old = [request for request in ready if request.key in there]
            self._rewrite(old, there, customers, results)
            new = [request for request in ready if request.key not in there]
            self._create(new, customers, terms, results)
        except errors.DealerError as error:
            for key in wanted:
                results.setdefault(key, error)
        return results

    def _compare(self, requests, there, results) -> dict[str, set[str]]:
        """Look at orders that are there already: are they what is asked for now?

        Results are given to those that are, to those that are another lead's, and to
        those the dealer confirmed.

        :return: for each of the others what is not as it should be, of ``lines`` and
            ``customer``
        """
        if not requests:
            return {}
        codes = {request.product_code for request in requests}
        if codes - set(self.reference.products):
            self.read_products(codes)
        orders = [there[request.key] for request in requests]
        lines = self._read_lines([order.id for order in orders])
        people = self._read_people({order.customer_id for order in orders})
        stale: dict[str, set[str]] = {}
        for request in requests:
            order = there[request.key]
            wrong = set()
            if not self._has_line(request, lines.get(order.id, [])):
                wrong.add("lines")
            person = people.get(order.customer_id)
            if person and _somebody_else(request.customer, person):
                wrong.add("customer")
            if wrong and not request.asked_before:
                results[request.key] = errors.KeyTaken(order.name)
            elif order.state == "cancel" or (order.is_open and wrong):
                stale[request.key] = wrong
            else:
                results[request.key] = replace(order, differs=bool(wrong))
        return stale

    def _read_lines(self, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
        rows = self.client.query(
            "sale.order.line",
            "search_read",
            [["order_id", "in", ids], ["product_id", "!=", False]],
            ["order_id", "product_id", "product_uom_qty", "price_unit"],
            context=self._call_context,
        )
        lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            lines[row["order_id"][0]].append(row)
        return lines

    def _has_line(self, request: OrderRequest, lines: list[dict[str, Any]]) -> bool:
        product = self.reference.products.get(request.product_code)
        return any(
            line["product_id"][0] == product
            and abs(line["product_uom_qty"] - request.quantity) < ROUNDING
            and (
                request.price is None
                or abs(line["price_unit"] - request.price) < ROUNDING
            )
            for line in lines
        )

    def _create(self, requests, customers, terms, results) -> None:
        rows = {
            request.key: self._row(request, customers, terms) for request in requests
        }
        try:
            ids: dict[str, int] = {}
            refused = self._load("sale.order", rows, ids)
        except errors.AnswerLost as lost:
            # The order may be there: look, and take it if it is.
            found = self.find_orders(rows)
            for key in rows:
                results[key] = choose_order(found[key]) if found.get(key) else lost
            return
        results.update(self._blame_products(refused, requests))
        made = [key for key in rows if key not in refused]
        if not made:
            return
        found = self.find_orders(made, {number: key for key, number in ids.items()})
        cancelled = {}
        for key in made:
            results[key] = (
                choose_order(found[key]) if found.get(key) else errors.AnswerLost()
            )
            if isinstance(results[key], Order) and results[key].state == "cancel":
                # there already, under a reference the dealer took off
                cancelled[key] = results[key]
        self._rewrite(
            [request for request in requests if request.key in cancelled],
            cancelled,
            customers,
            results,
        )

    def _blame_products(self, refused, requests) -> dict[str, errors.DealerError]:
        """Say so when an order was refused because its product is gone since."""
        codes = {one.key: one.product_code for one in requests if one.key in refused}
        if not codes:
            return refused
        found = self.read_products(set(codes.values()))
        return {
            key: error if codes[key] in found else errors.ProductMissing(codes[key])
            for key, error in refused.items()
        }

    def _row(self, request: OrderRequest, customers, terms) -> dict[str, str]:
        row = {
            "id": request.external_id,
            "partner_id/.id": str(customers[request.key]),
            "client_order_ref": request.key,
            "origin": request.origin,
            "note": self._note(request.note),
            "order_line/product_id/.id": str(
                self.reference.products[request.product_code]
            ),
            "order_line/product_uom_qty": repr(request.quantity),
        }
        if request.price is not None:
            row["order_line/price_unit"] = repr(request.price)
        for name, number in terms.get(request.currency, {}).items():
            row[f"{name}/.id"] = str(number)
        return row

    def _note(self, text: str) -> str:
        # Plain text until 14.0, HTML since.
        if self.version < (15, 0):
            return text
        return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())

    def _rewrite(self, requests, there, customers, results) -> None:
        """Make orders that are there say what is wanted now; reopen cancelled ones.

        They are reopened last: whatever is cut off before, they are not yet valid.
        """
        for request in requests:
            order = there[request.key]
            line = {
                "product_id": self.reference.products[request.product_code],
                "product_uom_qty": request.quantity,
            }
            if request.price is not None:
                line["price_unit"] = request.price
            values: dict[str, Any] = {"order_line": [[5, 0, 0], [0, 0, line]]}
            if request.key in customers:
                customer = customers[request.key]
                values |= {
                    "partner_id": customer,
                    "partner_invoice_id": customer,
                    "partner_shipping_id": customer,
                }
            context = self._call_context
            try:
                self.client.change(
                    "sale.order", "write", [order.id], values, context=context
                )
                if order.state == "cancel":
                    self.client.change(
                        "sale.order", "action_draft", [order.id], context=context
                    )
                known = {order.id: request.key}
                seen = self.find_orders([request.key], known)[request.key]
                results[request.key] = choose_order(seen)
            except errors.DealerError as error:
                results[request.key] = error

    def cancel_orders(self, orders: Collection[Order]) -> list[Order]:
        """Cancel those that are still quotations, and return them as they are now."""
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
        if ids:
            self.client.change(
                "sale.order",
                "action_cancel",
                ids,
                context={**self._call_context, "disable_cancel_warning": True},
            )

    def find_strays(self, prefix: str) -> dict[str, str]:
        """Keys and names of orders that carry one of our keys and are not cancelled."""
        rows = self.client.query(
            "sale.order",
            "search_read",
            [
                ["client_order_ref", "=like", f"{_like(prefix)}%"],
                ["state", "!=", "cancel"],
            ],
            ["name", "client_order_ref"],
            order="id desc",
            limit=MOST_STRAYS,
            context=self._call_context,
        )
        return {row["client_order_ref"]: row["name"] for row in reversed(rows)}

    def with_deliveries(self, found: dict[str, list[Order]]) -> dict[str, list[Order]]:
        """Where the dealer has no deliveries, tell from the lines what was delivered.

        The date is unknown then, and the day it was seen stands for it.
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
        rows = self.client.query(
            "sale.order.line",
            "search_read",
            [["order_id", "in", confirmed], ["product_uom_qty", ">", 0]],
            ["order_id", "product_uom_qty", "qty_delivered"],
            context=self._call_context,
        )
        due: dict[int, float] = defaultdict(float)
        for row in rows:
            due[row["order_id"][0]] += max(
                0.0, row["product_uom_qty"] - row["qty_delivered"]
            )
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        return {
            key: [
                replace(order, delivered_on=now) if due.get(order.id) == 0.0 else order
                for order in orders
            ]
            for key, orders in found.items()
        }

    # -- customers ----------------------------------------------------------

    def _customers(self, requests, results) -> dict[str, int]:
        """The customer's id at the dealer for each key; made where there is none."""
        if not requests:
            return {}
        candidates = self._read_customers(request.customer for request in requests)
        taken = {found.reference for _number, found in candidates}
        ids: dict[str, int] = {}
        new: dict[str, OrderRequest] = {}
        alias: dict[str, str] = {}
        for request in requests:
            number = find_same(request.customer, candidates)
            if number:
                ids[request.key] = number
                continue
            # the same new customer twice in one batch is made once
            keys = list(new)
            twin = find_same(
                request.customer,
                [(i + 1, new[key].customer) for i, key in enumerate(keys)],
            )
            if twin:
                alias[request.key] = keys[twin - 1]
            else:
                new[request.key] = request
                if request.customer.reference in taken:
                    # somebody else's since: an external id of its own, too
                    suffix = request.key.rpartition("/")[2]
                    new[request.key] = replace(
                        request,
                        customer_external_id=f"{request.customer_external_id}_{suffix}",
                    )
        if new:
            self._read_geography(request.customer for request in new.values())
            rows = {key: self._customer_row(request) for key, request in new.items()}
            made: dict[str, int] = {}
            refused = self._load("res.partner", rows, made)
            bare = {
                key: {name: value for name, value in rows[key].items() if name != "vat"}
                for key, error in refused.items()
                if "vat" in rows[key] and isinstance(error, errors.Refused)
            }
            if bare:
                # a tax number the dealer's Odoo does not believe stops no sale
                refused = {
                    **{key: refused[key] for key in refused if key not in bare},
                    **self._load("res.partner", bare, made),
                }
            ids.update(made)
            results.update(refused)
        for key, twin in alias.items():
            if twin in ids:
                ids[key] = ids[twin]
            else:
                results[key] = results[twin]
        return ids

    def _read_customers(self, wanted: Iterable[Customer]) -> list[tuple[int, Customer]]:
        leaves: list[list] = []
        has_mobile = self.version < (19, 0)
        for customer in wanted:
            leaves.append(["ref", "=", customer.reference])
            if mail(customer.email):
                leaves.append(["email", "=ilike", f"%{_like(mail(customer.email))}%"])
            if tail := phone_tail(customer.phone):
                # any digits may stand apart: "0470/12.34.56"
                pattern = "%" + "%".join(tail)
                leaves.append(["phone", "=ilike", pattern])
                if has_mobile:
                    leaves.append(["mobile", "=ilike", pattern])
            if customer.company:
                leaves.append(["name", "=ilike", _like(customer.name)])
        unique = list({tuple(leaf): leaf for leaf in leaves}.values())
        domain = ["|"] * (len(unique) - 1) + unique
        domain = ["&", ["type", "not in", list(ADDRESS_TYPES)], *domain]
        rows = self.client.query(
            "res.partner",
            "search_read",
            domain,
            self._person_fields,
            order="id",
            context=self._call_context,
        )
        return [
            (row["id"], replace(_person(row), phone=phone))
            for row in rows
            for phone in {row["phone"], row.get("mobile")} - {False, None, ""} or {""}
        ]

    def _read_people(self, ids: Collection[int]) -> dict[int, Customer]:
        """Customers by their ids, archived ones too."""
        rows = self.client.query(
            "res.partner",
            "search_read",
            [["id", "in", sorted(ids)], ["active", "in", [True, False]]],
            self._person_fields,
            context=self._call_context,
        )
        return {row["id"]: _person(row) for row in rows}

    @property
    def _person_fields(self) -> list[str]:
        names = ["name", "email", "phone", "ref", "is_company"]
        names += ["commercial_company_name", "company_name"]
        return [*names, "mobile"] if self.version < (19, 0) else names

    def _customer_row(self, request: OrderRequest) -> dict[str, str]:
        customer = request.customer
        country = self.reference.countries.get(customer.country)
        state = self.reference.states.get(f"{customer.country}/{customer.state}")
        # what is left out is as the dealer's Odoo has it by default
        more = {"lang": self._language(customer.lang), "vat": customer.vat}
        return {
            **{name: value for name, value in more.items() if value},
            "id": request.customer_external_id,
            "name": customer.name,
            "ref": customer.reference,
            "email": customer.email,
            "phone": customer.phone,
            "is_company": "1" if customer.is_company else "0",
            "company_name": customer.company,
            "street": customer.street,
            "street2": customer.street2,
            "city": customer.city,
            "zip": customer.zip,
            "website": customer.website,
            "function": customer.function,
            "country_id/.id": str(country) if country else "",
            "state_id/.id": str(state) if state else "",
        }

    def _language(self, code: str) -> str:
        """The dealer's language for one of ours: this one, or one of its family."""
        family = code.partition("_")[0]
        fitting = [
            one for one in self.reference.languages if one.partition("_")[0] == family
        ]
        return code if code in fitting else next(iter(fitting), "")

    def read_languages(self) -> None:
        """Learn which languages the dealer's Odoo speaks."""
        rows = self.client.query("res.lang", "search_read", [], ["code"])
        self.reference.languages = sorted(row["code"] for row in rows)

    def _read_geography(self, customers: Iterable[Customer]) -> None:
        """Learn the dealer's languages, and its ids of countries and states by code."""
        customers = list(customers)
        known = self.reference
        if not known.languages and any(one.lang for one in customers):
            self.read_languages()
        countries = {one.country for one in customers} - set(known.countries) - {""}
        if countries:
            rows = self.client.query(
                "res.country",
                "search_read",
                [["code", "in", sorted(countries)]],
                ["code"],
            )
            known.countries.update((row["code"], row["id"]) for row in rows)
        states = {
            f"{one.country}/{one.state}"
            for one in customers
            if one.country and one.state
        } - set(known.states)
        if states:
            by_id = {number: code for code, number in known.countries.items()}
            rows = self.client.query(
                "res.country.state",
                "search_read",
                [
                    [
                        "country_id.code",
                        "in",
                        sorted({s.split("/")[0] for s in states}),
                    ],
                    ["code", "in", sorted({s.split("/", 1)[1] for s in states})],
                ],
                ["code", "country_id"],
            )
            for row in rows:
                country = by_id.get(row["country_id"][0])
                known.states[f"{country}/{row['code']}"] = row["id"]

    # -- products and terms -------------------------------------------------

    def read_products(self, codes: Collection[str]) -> dict[str, int]:
        """Learn the dealer's products by their codes; those it has are returned."""
        rows = self.client.query(
            "product.product",
            "search_read",
            [["default_code", "in", sorted(codes)], ["sale_ok", "=", True]],
            ["default_code"],
            order="id desc",
            context=self._call_context,
        )
        # the oldest wins, should there be two
        found = {row["default_code"]: row["id"] for row in rows}
        for code in codes:
            self.reference.products.pop(code, None)
        self.reference.products.update(found)
        return found

    def _with_products(self, requests, results) -> list[OrderRequest]:
        codes = {request.product_code for request in requests}
        if codes - set(self.reference.products):
            self.read_products(codes)
        ready = []
        for request in requests:
            if request.product_code in self.reference.products:
                ready.append(request)
            else:
                results[request.key] = errors.ProductMissing(request.product_code)
        return ready

    def read_terms(self) -> None:
        """Learn companies, pricelists and sales teams with their ids and currencies."""
        known = self.reference
        rows = self.client.query(
            "res.company", "search_read", [], ["name", "currency_id"]
        )
        known.companies = {row["name"]: row["id"] for row in rows}
        known.company_currencies = {r["name"]: r["currency_id"][1] for r in rows}
        rows = self.client.query(
            "product.pricelist",
            "search_read",
            [],
            ["name", "currency_id"],
            order="sequence, id" if self.version >= (13, 0) else "id",
        )
        known.pricelists = {row["name"]: row["id"] for row in reversed(rows)}
        known.pricelist_currencies = {r["name"]: r["currency_id"][1] for r in rows}
        rows = self.client.query("crm.team", "search_read", [], ["name"])
        known.teams = {row["name"]: row["id"] for row in reversed(rows)}

    def _terms_for(self, requests, results) -> dict[str, dict[str, int]]:
        """The order's company, pricelist and team, for each currency asked for."""
        currencies = {request.currency for request in requests}
        named = self.terms.company or self.terms.pricelist or self.terms.team
        if not requests or (currencies == {""} and not named):
            return {}
        known = self.reference
        if not known.companies:
            self.read_terms()
        base: dict[str, int] = {}
        for name, wanted, ids in (
            ("company_id", self.terms.company, known.companies),
            ("team_id", self.terms.team, known.teams),
        ):
            if wanted and wanted not in ids:
                raise errors.ReferenceMissing(wanted)
            if wanted:
                base[name] = ids[wanted]
        terms = {}
        for currency in currencies:
            try:
                terms[currency] = {**base, **self._pricelist(currency)}
            except errors.DealerError as error:
                for request in requests:
                    if request.currency == currency:
                        results[request.key] = error
        return terms

    def _pricelist(self, currency: str) -> dict[str, int]:
        known, name = self.reference, self.terms.pricelist
        if name:
            if name not in known.pricelists:
                raise errors.ReferenceMissing(name)
            if currency and known.pricelist_currencies.get(name) != currency:
                raise errors.CurrencyMissing(currency)
            return {"pricelist_id": known.pricelists[name]}
        if not currency:
            return {}
        for name, found in known.pricelist_currencies.items():
            if found == currency:
                return {"pricelist_id": known.pricelists[name]}
        company = self.terms.company or next(iter(known.company_currencies), "")
        if known.company_currencies.get(company) == currency:
            return {}
        raise errors.CurrencyMissing(currency)

    # -- the dealer's series ------------------------------------------------

    @property
    def version(self) -> tuple[int, int]:
        """The dealer's series, asked for once and remembered."""
        if not self.reference.version:
            self.reference.version = list(self.client.version())
        return tuple(self.reference.version)

    def read_order_fields(self) -> None:
        """Learn which delivery fields the dealer's orders have.

        :raises errors.SalesMissing: when Sales is not installed there
        """
        try:
            found = self.client.query(
                "sale.order", "fields_get", list(OPTIONAL_FIELDS), ["type"]
            )
        except errors.Refused:
            raise errors.SalesMissing() from None
        self.reference.order_fields = sorted(set(found) & set(OPTIONAL_FIELDS))

    def may(self, model: str, operation: str) -> bool:
        """Whether the signed-in user has this right at the dealer."""
        return bool(self.client.query(model, "check_access_rights", operation, False))

    # -- writing rows -------------------------------------------------------

    def _load(
        self, model: str, rows: dict[str, dict], made: dict[str, int] | None = None
    ) -> dict[str, errors.DealerError]:
        """Create rows by external id; rows already there are left alone.

        One bad row makes the dealer refuse all, so the bad ones are taken out by what
        it says of them, and the others are sent again.

        :param made: filled with the record's id for each key
        :return: the refused keys with the reason
        """
        refused: dict[str, errors.DealerError] = {}
        by_columns: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key, row in rows.items():
            by_columns[tuple(row)].append(key)
        for columns, keys in by_columns.items():
            while keys:
                answer = self.client.change(
                    model,
                    "load",
                    list(columns),
                    [[rows[key][column] for column in columns] for key in keys],
                    rows=len(keys),
                    context={**self._call_context, **LOAD_CONTEXT},
                )
                if answer.get("ids"):
                    if made is not None:
                        made.update(zip(keys, answer["ids"], strict=True))
                    break
                bad = self._bad_rows(keys, answer.get("messages") or [])
                if not self._may_create(model, bad):
                    bad = {key: errors.NoRights(bad[key].detail) for key in bad}
                refused.update(bad)
                keys = [key for key in keys if key not in bad]
        return refused

    def _may_create(self, model: str, bad: Mapping[str, errors.DealerError]) -> bool:
        """Whether what was refused was not refused for want of a right."""
        asks = any(isinstance(error, errors.Refused) for error in bad.values())
        return not asks or self.may(model, "create")

    def _bad_rows(self, keys, messages) -> dict[str, errors.DealerError]:
        bad: dict[str, errors.DealerError] = {}
        messages = [one for one in messages if one.get("type") == "error"]
        rows = {(one.get("rows") or {}).get("from") for one in messages}
        if len(rows) > 1 and len(messages) > 1:
            # What was said of all rows together comes first, put down to the first of
            # them. Should that one be bad as well, the next answer says so.
            messages = messages[1:]
        for message in messages:
            text = str(message.get("message", ""))
            error: errors.DealerError = errors.Refused(self.client.mask(text))
            if "could not serialize" in text or "SerializationFailure" in text:
                error = errors.Busy()
            elif "AccessError" in text:
                error = errors.NoRights(self.client.mask(text))
            row = (message.get("rows") or {}).get("from")
            if isinstance(row, int) and 0 <= row < len(keys):
                bad.setdefault(keys[row], error)
        if not bad:
            # It does not say which: then none of them can be told from the others.
            bad = dict.fromkeys(keys, errors.Refused("load"))
        return bad


def choose_order(orders: list[Order]) -> Order:
    """Of several orders with one key the one that counts: confirmed, open, oldest."""
    rank = {"sale": 0, "done": 0, "sent": 1, "draft": 1}
    return min(orders, key=lambda order: (rank.get(order.state, 2), order.id))


def _names_lead(row: dict[str, Any], key: str) -> bool:
    """Whether an order found by its id is the one we made.

    After a dealer restored a backup, ids are given out again.
    """
    if row["client_order_ref"] == key:
        return True
    return key.rpartition("/")[2] in re.findall(r"\d+", row["origin"] or "")


def _somebody_else(wanted: Customer, found: Customer) -> bool:
    """Whether an order's customer is neither the one we mean nor the company of it."""
    if wanted.reference == found.reference and wanted.reference:
        return unlike(wanted, found)
    companies = (found.name if found.is_company else "", found.company)
    return unlike(wanted, found) and not any(
        same_name(wanted.company or wanted.name, company) for company in companies
    )


def _person(row: dict[str, Any]) -> Customer:
    text = {name: value or "" for name, value in row.items()}
    return Customer(
        name=text["name"],
        email=text["email"],
        phone=text["phone"] or text.get("mobile", ""),
        company=""
        if row["is_company"]
        else text["commercial_company_name"] or text["company_name"],
        is_company=bool(row["is_company"]),
        reference=text["ref"],
    )


def _order(row: dict[str, Any], key: str) -> Order:
    partner = row.get("partner_id") or [0]
    confirmed = row["state"] in ("sale", "done")
    return Order(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        key=key,
        ordered_on=confirmed and row.get("date_order"),
        expected_on=row.get("commitment_date") or False,
        # a first delivery is not the whole of it, where the dealer's series can tell
        delivered_on=row.get("delivery_status", "full") == "full"
        and (row.get("effective_date") or False),
        customer_id=partner[0],
        created_on=row.get("create_date") or False,
    )


def _like(text: str) -> str:
    """Take their meaning from the wildcards of a LIKE pattern."""
    for char in ("\\", "%", "_"):
        text = text.replace(char, f"\\{char}")
    return text
