"""The report that a deal is won or lost."""

from datetime import timedelta

from odoo import _

from .base import Form

YEAR = timedelta(days=366)
WON_FIELDS = ("amount_won", "won_on", "order_reference")


class OutcomeForm(Form):
    """How a deal ended.

    ``values``: ``outcome`` (``won`` or ``lost``), ``documents`` (list of pairs of name
    and content), ``comment`` (str); of a won deal ``amount_won`` (float) and ``won_on``
    (date) where they were sent, and ``order_reference`` (str); of a lost one
    ``lost_reason_id`` (int).
    """

    names = (
        "outcome",
        "amount_won",
        "won_on",
        "order_reference",
        "lost_reason_id",
        "comment",
    )

    def parse(self, reasons=None, symbols=(), uploads=()):
        """Read the report.

        :param dict reasons: whether a comment is required, by the id of the reason
        :param symbols: signs and names of the currency
        :param uploads: list of ``Upload``
        """
        outcome = self.typed.get("outcome")
        self.values["outcome"] = outcome
        self.read_text("comment")
        self.read_documents("documents", uploads)
        if outcome == "won":
            self._read_won(symbols)
        elif outcome == "lost":
            self._read_lost(reasons or {})
        else:
            self.errors["outcome"] = _("Choose won or lost.")

    def is_filled(self, name):
        won = self.values["outcome"] == "won"
        if name in WON_FIELDS and not won:
            return True  # it is not asked for
        # an amount and a day that were not sent stay as the deal has them
        return super().is_filled(name) or (
            name in ("amount_won", "won_on") and name not in self.typed
        )

    def _read_won(self, symbols):
        """Read amount, day and number of the order.

        :param symbols: names and signs of the currency that may be part of the amount
        """
        today = self.formats.today
        if "amount_won" in self.typed:
            self.read_amount("amount_won", symbols)
        if "won_on" in self.typed:
            day = self.read_day("won_on", earliest=today - YEAR, latest=today + YEAR)
            if day and day > today:
                self.errors["won_on"] = _(
                    "The day of the order cannot be in the future."
                )
        self.read_line("order_reference")

    def _read_lost(self, reasons):
        """Read the reason of a lost deal.

        :param dict reasons: whether a comment is required, by id
        """
        reason_id = self.read_choice(
            "lost_reason_id", reasons, _("Choose why the deal was lost.")
        )
        if reasons.get(reason_id) and not self.values["comment"]:
            self.errors.setdefault(
                "comment", _("Please explain this reason in a few words.")
            )
