"""What we ask of a dealer's Odoo, in the dealer's words.

Plain Python on top of :mod:`.jsonrpc`: values in, values out, no ORM. One module for
each subject, each building on the one before:

======================  ==============================================================
:mod:`.values`          what goes out and comes back, as plain values
:mod:`.session`         who asks, what is remembered, rows checked before they are used
:mod:`.rows`            creating records by import: sent twice, created once
:mod:`.catalogue`       products, terms, languages and places at the dealer
:mod:`.partners`        customers
:mod:`.orders`          sales orders
======================  ==============================================================
"""

from __future__ import annotations

from .orders import Orders
from .session import NEWEST, OLDEST
from .values import (
    Delivery,
    Order,
    OrderLine,
    OrderRequest,
    Placement,
    Reference,
    Terms,
    choose_order,
    split_price,
)

__all__ = [
    "NEWEST",
    "OLDEST",
    "Dealer",
    "Delivery",
    "Order",
    "OrderLine",
    "OrderRequest",
    "Placement",
    "Reference",
    "Terms",
    "choose_order",
    "split_price",
]


class Dealer(Orders):
    """One dealer's Odoo during one batch of work."""
