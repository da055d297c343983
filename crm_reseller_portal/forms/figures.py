"""The one form of a deal's page: figures, next step, note and documents."""

from datetime import timedelta
from decimal import Decimal

from odoo import _

from ..lib.amounts import AmountError, parse_amount
from .base import Form

SUMMARY_LENGTH = 200
MOST_PROBABLE = 99
DECADE = timedelta(days=3650)
YEAR = timedelta(days=366)
FIGURES = ("expected_revenue", "probability", "date_deadline")
STEP = ("step_type", "step_summary", "step_date")


class DealForm(Form):
    """What a reseller changes on a deal's page, saved together.

    ``values``:

    * ``figures``: dict of the figures that were changed (``expected_revenue`` float,
      ``probability`` float in percent, ``date_deadline`` date or False)
    * ``step``: ``None`` (nothing to do), ``"finish"``, ``"remove"``, or a dict of
      ``type`` (key of the kind), ``summary`` (str) and ``deadline`` (date)
    * ``note`` (str) and ``documents`` (list of pairs of name and content)
    """

    names = (*FIGURES, *STEP, "step_done", "note")

    def parse(self, kinds=(), symbols=(), uploads=()):
        """Read what was changed.

        :param kinds: keys of the kinds of next steps, as text
        :param symbols: signs and names of the currency
        :param uploads: list of ``Upload``
        """
        self.values["figures"] = {}
        self.values["step"] = None
        self._read_figures(symbols)
        self._read_step([str(kind) for kind in kinds])
        self.read_text("note")
        self.read_documents("documents", uploads)

    def is_filled(self, name):
        if name == "step_date":
            planned = self.typed.get(name, self.shown.get(name))
            return self.values["step"] == "finish" or bool(planned)
        if name in FIGURES:
            text = self.typed.get(name, self.shown.get(name))
            known = text not in (None, "", "0")
            return bool(self.values["figures"].get(name, known))
        return super().is_filled(name)

    def _read_figures(self, symbols):
        """Read the figures that were changed.

        :param symbols: names and signs of the currency that may be part of the amount
        """
        readers = {
            "expected_revenue": lambda: self.read_amount("expected_revenue", symbols),
            "probability": self._read_probability,
            "date_deadline": self._read_closing,
        }
        for name, read in readers.items():
            # a field that was not changed keeps its precision, and what others may
            # have entered since the page was opened
            if self.is_untouched(name):
                continue
            value = read()
            if name not in self.errors:
                self.values["figures"][name] = value

    def _read_probability(self):
        """Read the probability.

        :return: float in percent, or None with an error
        """
        try:
            chance = parse_amount(
                self.typed["probability"],
                self.formats.number_format,
                ("%",),
                maximum=Decimal(100),
            )
        except AmountError:
            self.errors["probability"] = _(
                "Write the probability as a number from 0 to 99."
            )
            return None
        if chance > MOST_PROBABLE:
            self.errors["probability"] = _(
                "A deal that is certain is won: report it as won further down."
            )
            return None
        return float(chance)

    def _read_closing(self):
        """Read the day the deal should close.

        :return: date, False for none, or None with an error
        """
        if not self.typed["date_deadline"]:
            return False
        today = self.formats.today
        return self.read_day(
            "date_deadline", earliest=today - DECADE, latest=today + DECADE
        )

    def _read_step(self, kinds):
        """Read the next step: planned, done, removed or as it was.

        :param list kinds: keys of the types to choose from
        """
        if self.typed.get("step_done"):
            self.values["step"] = "finish"
            return
        summary = self.typed.get("step_summary", "")
        day = self.typed.get("step_date", "")
        planned = self.typed.get("was_step_date")
        if not (summary or day):
            if planned:
                self.values["step"] = "remove"
            return
        if planned and all(self.is_untouched(name) for name in STEP):
            return
        kind = self.typed.get("step_type", "")
        if kind and kind not in kinds:
            self.errors["step_type"] = _("Choose one of the types.")
        self.read_line("step_summary", SUMMARY_LENGTH)
        deadline = None
        if not day:
            self.errors["step_date"] = _("Choose the day of the next step.")
        else:
            today = self.formats.today
            deadline = self.read_day(
                "step_date", earliest=today - YEAR, latest=today + DECADE
            )
        self.values["step"] = {
            "type": kind or next(iter(kinds), ""),
            "summary": self.values["step_summary"],
            "deadline": deadline,
        }
