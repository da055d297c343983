"""What goes to a dealer and comes back: plain values, one class for each thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from .customers import Customer
from .errors import DealerError


@dataclass(frozen=True)
class OrderLine:
    """One line of a sales order to be.

    :param product_code: the internal reference of the product at the dealer
    :param quantity: pieces
    :param price: unit price in the order's currency; None leaves it to the dealer
    :param extra: further values by import column of ``sale.order.line``, as texts, e.g.
        ``{"discount": "5"}``
    """

    product_code: str
    quantity: float
    price: float | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The import columns this line fills in.

        :return: names of columns
        """
        price = () if self.price is None else ("price_unit",)
        return ("product_id/.id", "product_uom_qty", *price, *sorted(self.extra))


@dataclass(frozen=True)
class OrderRequest:
    """One sales order to be.

    :param key: what the order carries as the customer's reference
    :param external_id: under which the dealer's database keeps the order
    :param lines: one or more; all fill in the same columns, because an import cannot
        leave a value out in one line only: either each line has a price or none has
    :param currency: ISO code the prices are in; empty leaves it to the dealer
    :param extra: further header values by import column of ``sale.order``, as texts,
        e.g. ``{"payment_term_id": "30 Days"}``; written when the order is created or
        rewritten, and not compared
    :param asked_before: whether the order may exist because we asked for it earlier; an
        order that was never asked for may be another lead's
    :raises ValueError: for no line, or lines that fill in different columns
    """

    key: str
    external_id: str
    customer: Customer
    customer_external_id: str
    lines: tuple[OrderLine, ...]
    currency: str = ""
    origin: str = ""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    asked_before: bool = True

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("An order needs a line.")
        if len({line.columns for line in self.lines}) > 1:
            raise ValueError("All lines of an order fill in the same columns.")

    @property
    def codes(self) -> set[str]:
        """The product codes of all lines.

        :return: internal references
        """
        return {line.product_code for line in self.lines}


@dataclass(frozen=True)
class Order:
    """A sales order as the dealer shows it.

    :param ordered_on: moment of the confirmation (UTC, as text), or False
    :param amount: total without taxes in ``currency``, an ISO code
    :param differs: set on a confirmed order that says something else than was asked for
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
    amount: float = 0.0
    currency: str = ""
    differs: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may be cancelled without asking: it is not confirmed.

        :return: True for a quotation, sent or not
        """
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


@dataclass(frozen=True)
class Delivery:
    """What became of one lead in one delivery.

    :param order: the dealer's order, if there is one now
    :param url: where the order is shown
    :param message: why there is none, fit to be shown to a person
    :param queued: whether the order is to be created in the background
    """

    order: Order | None = None
    url: str = ""
    message: str = ""
    queued: bool = False

    @property
    def failed(self) -> bool:
        """Whether the lead has to stay where it was.

        :return: True without an order that exists or is queued
        """
        return not (self.order or self.queued)


@dataclass
class Placement:
    """A batch of orders on its way: what is asked for, what exists, what came of it.

    :param requests: the orders to be, by key
    :param existing: of those that exist already, the order that counts, by key
    :param stale: what has to be changed on an existing order: ``lines``, ``customer``
    :param customers: the customer's id at the dealer, by key
    :param terms: company, pricelist and team by currency, as ids by field
    :param results: the order, or why there is none, by key; a key with a result is done
    """

    requests: dict[str, OrderRequest]
    existing: dict[str, Order] = field(default_factory=dict)
    stale: dict[str, set[str]] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)
    terms: dict[str, dict[str, int]] = field(default_factory=dict)
    results: dict[str, Order | DealerError] = field(default_factory=dict)

    @property
    def pending(self) -> list[OrderRequest]:
        """The requests without a result.

        :return: requests
        """
        return [one for key, one in self.requests.items() if key not in self.results]

    @property
    def to_create(self) -> list[OrderRequest]:
        """Of the pending ones those that do not exist yet.

        :return: requests
        """
        return [one for one in self.pending if one.key not in self.existing]

    @property
    def to_rewrite(self) -> list[OrderRequest]:
        """Of the pending ones those that exist and say something else.

        :return: requests
        """
        return [one for one in self.pending if one.key in self.existing]

    def fail_pending(self, error: DealerError) -> None:
        """Give all that is pending the same result.

        :param error: the result
        """
        for request in self.pending:
            self.results[request.key] = error


def choose_order(orders: list[Order]) -> Order:
    """Of several orders with one key the one that counts: confirmed, open, oldest.

    :param orders: one or more
    :return: the order
    """
    rank = {"sale": 0, "done": 0, "sent": 1, "draft": 1}
    return min(orders, key=lambda order: (rank.get(order.state, 2), order.id))


def split_price(
    total: float, quantity: int, digits: int = 2
) -> list[tuple[int, float]]:
    """Spread a total over pieces, so that the lines sum up to it exactly.

    100.00 for 3 pieces is 2 at 33.33 and 1 at 33.34.

    :param total: in currency units
    :param quantity: pieces, at least one
    :param digits: decimals of a price
    :return: quantity and unit price of one line, or of two where it does not divide
    """
    smallest = Decimal(1).scaleb(-digits)
    whole = Decimal(repr(total)).quantize(smallest)
    price = (whole / quantity).quantize(smallest, ROUND_DOWN)
    rest = whole - price * quantity
    if not rest:
        return [(quantity, float(price))]
    return [(quantity - 1, float(price)), (1, float(price + rest))]
