"""When a company or a person is away."""

from datetime import timedelta

from odoo import _

from .base import Form

YEAR = timedelta(days=366)
WHOSE = ("me", "company")


class AwayForm(Form):
    """Days on which nobody is there to answer.

    ``values``: ``whose`` (``me`` or ``company``), ``away_from`` and ``away_until``
    (dates, both included).
    """

    names = ("whose", "away_from", "away_until")

    def parse(self):
        """Read the days; the first one is today where it was left out."""
        today = self.formats.today
        whose = self.typed.get("whose") or "me"
        self.values["whose"] = whose
        if whose not in WHOSE:
            self.errors["whose"] = _("Choose one of the list.")
        self.values["away_from"] = today
        limits = {"earliest": today, "latest": today + YEAR}
        if self.typed.get("away_from"):
            self.read_day("away_from", **limits)
        if not self.typed.get("away_until"):
            self.errors["away_until"] = _("Enter the last day.")
            return
        last = self.read_day("away_until", **limits)
        first = self.values.get("away_from")
        if last and first and last < first:
            self.errors["away_until"] = _("This day is before the first one.")
