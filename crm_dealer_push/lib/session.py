"""What all calls to a dealer's Odoo share: who asks, and what is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import errors
from .jsonrpc import JsonRpcClient
from .values import Reference, Terms

OLDEST, NEWEST = (14, 0), (19, 99)


class DealerSession:
    """One dealer's Odoo during one batch of work.

    :param client: signs in with the first call
    :param reference: what is known of this dealer; completed on the way
    :param terms: how the dealership wants its orders
    """

    def __init__(
        self, client: JsonRpcClient, reference: Reference, terms: Terms | None = None
    ) -> None:
        self.client = client
        self.reference = reference
        self.terms = terms or Terms()

    @property
    def version(self) -> tuple[int, int]:
        """The dealer's series, asked for once and remembered.

        :return: major and minor number
        """
        if not self.reference.version:
            self.reference.version = list(self.client.version())
        return tuple(self.reference.version)

    @property
    def call_context(self) -> dict[str, Any]:
        """The context of all calls: the company the dealership names, if any.

        :return: context, empty without a company
        """
        company = self.reference.companies.get(self.terms.company)
        return {"allowed_company_ids": [company]} if company else {}

    def may(self, model: str, operation: str) -> bool:
        """Whether the signed-in user has this right at the dealer.

        :param model: name of a model at the dealer
        :param operation: ``create``, ``read``, ``write`` or ``unlink``
        :return: whether it has
        """
        return bool(self.client.query(model, "check_access_rights", operation, False))

    def read_rows(
        self, model: str, domain: list, fields: Sequence[str], **options: Any
    ) -> list[dict[str, Any]]:
        """Rows of a model, checked before they are used.

        :param model: name of a model at the dealer
        :param domain: what to look for
        :param fields: names of the fields to read
        :param options: further arguments of ``search_read``
        :return: one dictionary per record, with ``id`` and all of ``fields``
        :raises errors.NotAnOdoo: when the answer is not of that form
        """
        rows = self.client.query(model, "search_read", domain, list(fields), **options)
        wanted = {"id", *fields}
        if not isinstance(rows, list) or not all(
            isinstance(row, dict)
            and wanted <= row.keys()
            and isinstance(row["id"], int)
            for row in rows
        ):
            raise errors.NotAnOdoo("rows")
        return rows


def text(value: Any) -> str:
    """A text field as a dealer sent it: False is an empty text.

    :param value: what the dealer sent
    :return: text
    """
    return value if isinstance(value, str) else ""


def related(value: Any) -> tuple[int, str]:
    """Id and name of a many2one field as a dealer sent it; (0, "") for none.

    :param value: what the dealer sent
    :return: id and name
    """
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], int)
        and isinstance(value[1], str)
    ):
        return value[0], value[1]
    return 0, ""


def number(value: Any) -> float:
    """A number as a dealer sent it; 0 for anything else.

    :param value: what the dealer sent
    :return: number
    """
    return value if isinstance(value, int | float) else 0.0


def like(pattern: str) -> str:
    """Escape the wildcards of a LIKE pattern.

    :param pattern: text to look for as it is
    :return: pattern
    """
    for char in ("\\", "%", "_"):
        pattern = pattern.replace(char, f"\\{char}")
    return pattern
