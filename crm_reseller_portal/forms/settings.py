"""What a person of a reseller sets for oneself."""

from odoo import _

from .base import Form

CHOICES = ("now", "digest", "none")
DIGESTS = ("day", "week", "none")


class SettingsForm(Form):
    """Notifications, digest, language and time zone.

    ``values``: ``choices`` (dict from the key of an event to ``now``, ``digest`` or
    ``none``), ``digest`` (``day``, ``week`` or ``none``), ``lang`` and ``tz`` (str);
    what was not sent is left out.

    :param post: see ``Form``
    :param formats: see ``Form``
    :param events: keys of the events to choose for
    :param data: see ``parse``
    """

    def __init__(self, post, formats, events=(), **data):
        self.names = ("digest", "lang", "tz", *(f"event_{event}" for event in events))
        super().__init__(post, formats, events=events, **data)

    def parse(self, events=(), languages=(), zones=()):
        """Read what was chosen; what was not sent stays as it is.

        :param events: keys of the events
        :param languages: codes to choose from
        :param zones: names of time zones to choose from
        """
        choices = {}
        for event in events:
            name = f"event_{event}"
            if name not in self.typed:
                continue
            choices[event] = self.typed[name]
            if self.typed[name] not in CHOICES:
                self.errors[name] = _("Choose one of the list.")
        self.values["choices"] = choices
        for name, known in (
            ("digest", DIGESTS),
            ("lang", languages),
            ("tz", zones),
        ):
            if name in self.typed:
                self.values[name] = self.typed[name]
                if self.typed[name] not in known:
                    self.errors[name] = _("Choose one of the list.")
