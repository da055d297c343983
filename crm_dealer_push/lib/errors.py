"""What can go wrong between two Odoos, one exception for each thing a person can fix.

No exception carries the request: it holds the API key.
"""

from __future__ import annotations


class DealerError(Exception):
    """The dealer's Odoo did not do what was asked.

    :param detail: what the other side said, already fit to be shown to a person
    """

    # What the code says to the log and to the translations, never changed.
    kind = "error"
    # Whether the other side may have done the work all the same.
    maybe_done = False
    # Whether asking again later, unchanged, can help.
    temporary = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class AddressRefused(DealerError):
    """Our own rules forbid to speak to this address."""

    kind = "address"


class Unreachable(DealerError):
    """No server responds there; nothing was sent."""

    kind = "unreachable"
    temporary = True


class TlsFailed(DealerError):
    """The encrypted connection could not be set up; nothing was sent.

    The detail is ``authority``, ``name`` or ``date`` for what is wrong with the
    certificate, ``bundle`` when our own list of authorities cannot be read, and
    ``handshake`` for everything else.
    """

    kind = "tls"


class NotAnOdoo(DealerError):
    """Something answers, but not an Odoo's JSON-RPC."""

    kind = "not_odoo"
    # most of these are a gateway's page while the Odoo behind it is being updated
    temporary = True


class Redirected(DealerError):
    """The address leads elsewhere; the detail is where, without its query."""

    kind = "redirected"


class WrongDatabase(DealerError):
    """That Odoo has no database of this name."""

    kind = "database"


class BadCredentials(DealerError):
    """The dealer does not know this login and key."""

    kind = "credentials"


class NoRights(DealerError):
    """Signed in, but not allowed."""

    kind = "rights"


class SalesMissing(DealerError):
    """The dealer's Odoo has no sales orders."""

    kind = "sales_missing"


class Refused(DealerError):
    """The dealer's Odoo understood and said no; the detail is its sentence."""

    kind = "refused"


class Busy(DealerError):
    """The dealer's Odoo met a passing conflict and undid the work."""

    kind = "busy"
    temporary = True


class AnswerLost(DealerError):
    """The request went out, and no whole answer came back."""

    kind = "lost"
    maybe_done = True
    temporary = True


class KeyTaken(DealerError):
    """An order with this lead's key exists, and it is another lead's.

    The detail is the order's name. Numbers of leads are given out again after our
    database was restored from a backup.
    """

    kind = "taken"


class AnswerRefused(AnswerLost):
    """The answer came in a form that is not taken, such as compressed."""

    kind = "unreadable"


class SecretUnreadable(DealerError):
    """The stored key is encrypted, and this server lacks what decrypts it."""

    kind = "secret"


class ProductAmbiguous(DealerError):
    """The dealer has several products with this code; the detail is the code."""

    kind = "products"


class ProductMissing(DealerError):
    """The dealer has no product with this code; the detail is the code."""

    kind = "product"


class ReferenceMissing(DealerError):
    """A company, pricelist or team named here does not exist at the dealer."""

    kind = "reference"


class CurrencyMissing(DealerError):
    """The dealer has no pricelist in our currency; the detail is its code."""

    kind = "currency"
