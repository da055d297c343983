"""What a list on the portal consists of. No database is needed here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cell:
    """What a list shows of a record in one column.

    :param text: plain text
    :param badge: colour of a badge around the text (``success``, ``warning``,
        ``danger``, ``info``, ``secondary``), or empty
    :param note: a remark after the text
    :param colour: colour of the remark (``danger``, ``warning``), or empty
    """

    text: str = ""
    badge: str = ""
    note: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a list; on a phone, a line of a card.

    :param name: key of the column
    :param label: its heading
    :param get: function of a record: its ``Cell``, or plain text
    :param numeric: whether it is aligned to the right
    """

    name: str
    label: str
    get: Callable[[Any], Cell | str]
    numeric: bool = False

    def get_cell(self, record: Any) -> Cell:
        """What the list shows of a record.

        :param record: of the list
        :return: the cell, also where ``get`` gives text alone
        """
        cell = self.get(record)
        return cell if isinstance(cell, Cell) else Cell(cell or "")


@dataclass
class ListPage:
    """A list with search, filters, sorting, grouping, dates and pages.

    :param url: address of the list
    :param title: its heading
    :param model: name of the model of its records
    :param domain: what the visitor may see; nothing else limits the search
    :param columns: list of ``Column``; the first is the record's title and its link
    :param sortings: dict of key to ``label`` and ``order``; the first is the default
    :param record_url: function of a record: its address, or None for no link
    :param filters: dict of key to ``label``, ``domain`` and, if wished, ``empty``: the
        sentence when nothing is found; the first is the default. With one alone, the
        visitor is offered no choice
    :param groupings: dict of key to ``label``, ``order`` (put before the sorting) and
        ``key`` (function of a record: the group's title); the first is the default.
        With one alone, the visitor is offered no choice
    :param search: names of the fields that are searched, or a function of one word
        that returns a domain
    :param search_hint: what can be searched for, as the field's placeholder
    :param date_field: name of the date field of the date range, or empty for none
    :param date_label: name of that date
    :param person_field: name of the field with the person in charge, or empty
    :param people: the colleagues to filter by, ``res.partner``, or nothing
    :param empty_text: sentence when there is nothing at all
    :param empty_url: where to go then
    :param empty_label: what is there
    :param none_found: sentence when nothing fits the search
    :param icon: address of the picture of the empty list
    :param bulk_template: template of the part of the form below the list, or empty for
        a list without boxes to tick
    :param bulk_url: where that form is sent; the ids ticked come as ``record_ids``
    :param prepare: function of the records of a page, called once before the columns
    """

    url: str
    title: str
    model: str
    domain: list
    columns: list[Column]
    sortings: dict[str, dict]
    record_url: Callable[[Any], str | None] = field(default=lambda record: None)
    filters: dict[str, dict] = field(
        default_factory=lambda: {"all": {"label": "", "domain": []}}
    )
    groupings: dict[str, dict] = field(default_factory=lambda: {"none": {"label": ""}})
    search: tuple[str, ...] | Callable[[str], list] = ()
    search_hint: str = ""
    date_field: str = ""
    date_label: str = ""
    person_field: str = ""
    people: Any = ()
    empty_text: str = ""
    empty_url: str = ""
    empty_label: str = ""
    none_found: str = ""
    icon: str = ""
    bulk_template: str = ""
    bulk_url: str = ""
    prepare: Callable[[Any], None] = field(default=lambda records: None)
