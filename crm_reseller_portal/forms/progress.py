"""A milestone that a deal reached or goes back to."""

from dataclasses import dataclass
from datetime import timedelta

from odoo import _

from .base import Form

YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Milestone:
    """What the form knows of a milestone.

    :param position: its place in the order of milestones
    :param asks: ``nothing``, ``quote`` or ``order``
    :param document_required: whether a document has to be sent along
    """

    position: int
    asks: str = "nothing"
    document_required: bool = False


class ProgressForm(Form):
    """Where a deal is now.

    ``values``: ``milestone_id`` (int or None), ``back`` (bool), ``open`` (bool: more is
    needed than was sent, and the form has not been shown yet), ``reason`` (str),
    ``documents`` (list of pairs of name and content); of a quote ``amount`` (float) and
    ``valid_until`` (date); of an order ``amount``, ``order_reference`` (str) and
    ``order_date`` (date).
    """

    names = (
        "milestone_id",
        "filled",
        "reason",
        "amount",
        "valid_until",
        "order_reference",
        "order_date",
    )

    def parse(self, milestones=None, current=None, symbols=(), uploads=()):
        """Read where the deal is.

        :param dict milestones: ``Milestone`` by id
        :param int current: id of the milestone the deal is at, or None
        :param symbols: signs and names of the currency
        :param uploads: list of ``Upload``
        """
        milestones = milestones or {}
        chosen = milestones.get(
            self.read_choice(
                "milestone_id", milestones, _("Choose one of the milestones.")
            )
        )
        here = milestones.get(current)
        back = bool(chosen and here and chosen.position < here.position)
        needed = chosen and (back or chosen.asks != "nothing")
        self.values.update(
            back=back, open=bool(needed and not self.typed.get("filled"))
        )
        self.values.update(reason="", documents=[])
        if not needed or self.values["open"]:
            return
        self.read_documents("documents", uploads)
        if back:
            if not self.read_text("reason"):
                self.errors.setdefault("reason", _("Enter why the deal goes back."))
            return
        self._read_details(chosen, symbols, uploads)

    def _read_details(self, milestone, symbols, uploads):
        """Read a quote or an order.

        :param milestone: ``Milestone`` that was chosen
        :param symbols: signs and names of the currency
        :param uploads: list of ``Upload``
        """
        today = self.formats.today
        amount = self.read_amount("amount", symbols)
        if amount == 0:
            self.errors["amount"] = _("Enter an amount above zero.")
        if milestone.asks == "quote":
            self.read_day(
                "valid_until", earliest=today - YEAR, latest=today + 10 * YEAR
            )
            day = self.values.get("valid_until")
            if day and day < today:
                self.errors["valid_until"] = _("This day has passed.")
        else:
            if not self.read_line("order_reference"):
                self.errors.setdefault(
                    "order_reference", _("Enter the number of the order.")
                )
            day = self.read_day(
                "order_date", earliest=today - YEAR, latest=today + YEAR
            )
            if day and day > today:
                self.errors["order_date"] = _(
                    "The day of the order cannot be in the future."
                )
        if milestone.document_required and not uploads:
            self.errors.setdefault("documents", _("Add the document."))
