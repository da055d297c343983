"""How a page shows dates, numbers and sizes. No database is needed here."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import babel.dates
import pytz

from .amounts import ENGLISH, NumberFormat
from .dates import parse_date

KILOBYTE = 1024
# a deadline nearer than this is shown as urgent
SOON = timedelta(hours=24)
# times within these days are shown without their year
NEAR_DAYS = 180


@dataclass(frozen=True)
class Deadline:
    """A moment by which something is to be done, as a page shows it.

    :param moment: the moment in UTC
    :param words: day and time in the reader's zone and language
    :param left: how long until then, or since then, such as "3 days"
    :param overdue: whether the moment has passed
    :param colour: ``danger``, ``warning`` or ``secondary``
    """

    moment: datetime
    words: str
    left: str
    overdue: bool
    colour: str


@dataclass(frozen=True)
class PageFormats:
    """The language, zone and clock of the person who reads a page.

    :param lang: code of the language, such as ``de_DE``
    :param timezone: name of the zone, such as ``Europe/Berlin``
    :param date_format: how the language writes a day, in ``strftime`` codes
    :param number_format: how the language writes numbers
    :param now: the moment of the request in UTC, without a zone
    """

    lang: str = "en_US"
    timezone: str = "UTC"
    date_format: str = "%m/%d/%Y"
    number_format: NumberFormat = ENGLISH
    now: datetime = datetime(2000, 1, 1)

    @cached_property
    def locale(self) -> Any:
        """The language's conventions.

        :return: ``babel.Locale``; English where the language is unknown
        """
        try:
            return babel.Locale.parse(self.lang)
        except (babel.UnknownLocaleError, ValueError):
            return babel.Locale("en", "US")

    @cached_property
    def today(self) -> date:
        """The reader's day.

        :return: the date in the reader's time zone
        """
        return self._localize(self.now).date()

    def _localize(self, moment: datetime) -> datetime:
        """A moment in the reader's time zone.

        :param moment: naive, in UTC
        :return: aware
        """
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.timezone))

    def moment(self, moment: datetime | None) -> str:
        """A moment with its weekday, day and time: "Fri 27 Nov, 15:00".

        :param moment: in UTC, without a zone
        :return: the words; the year where it may be another, the zone for UTC
        """
        if not moment:
            return ""
        local = self._localize(moment)
        far = abs((local.date() - self.today).days) > NEAR_DAYS
        words = babel.dates.format_datetime(
            local,
            "EEE d MMM y, HH:mm" if far else "EEE d MMM, HH:mm",
            locale=self.locale,
        )
        return words if self.timezone != "UTC" else f"{words} UTC"

    def deadline(self, moment: datetime | None) -> Deadline | None:
        """What a page says about a deadline.

        :param moment: in UTC, without a zone
        :return: its words and urgency, or None without a deadline
        """
        if not moment:
            return None
        distance = moment - self.now
        overdue = distance < timedelta()
        if overdue:
            colour = "danger"
        else:
            colour = "warning" if distance < SOON else "secondary"
        left = babel.dates.format_timedelta(
            abs(distance),
            threshold=2 if abs(distance) > SOON else 1.5,
            locale=self.locale,
        )
        return Deadline(moment, self.moment(moment), left, overdue, colour)

    def day(self, day: date | None) -> str:
        """A day as the language writes it: "11/27/2026".

        :param day: the day, or None
        :return: text, empty for None
        """
        return day.strftime(self.date_format) if day else ""

    def month(self, day: date | None) -> str:
        """The month of a day in words: "November 2026".

        :param day: the day, or None
        :return: text, empty for None
        """
        if not day:
            return ""
        return babel.dates.format_date(day, "LLLL y", locale=self.locale)

    def number(self, value: float, digits: int | None = None) -> str:
        """A number with the language's separators.

        :param value: the number
        :param digits: how many decimals; two, or none for a whole number, if left out
        :return: text
        """
        if digits is None:
            digits = 0 if value == int(value) else 2
        whole, _point, fraction = f"{abs(value):.{digits}f}".partition(".")
        sizes = list(self.number_format.group_sizes)
        groups = []
        while whole and self.number_format.thousands_sep:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            groups.insert(0, whole[-size:])
            whole = whole[:-size]
        text = self.number_format.thousands_sep.join(groups) or whole
        if fraction:
            text += self.number_format.decimal_point + fraction
        return f"-{text}" if value < 0 else text

    def size(self, size: int) -> str:
        """A number of bytes the way people say it: "1.4 MB".

        :param size: bytes
        :return: text
        """
        if size < KILOBYTE * KILOBYTE:
            return f"{max(1, round(size / KILOBYTE))} kB"
        return f"{self.number(size / KILOBYTE / KILOBYTE, 1)} MB"

    def read_day(self, text: str, **limits: date) -> date:
        """The day typed.

        :param text: an ISO date or one in the language's own format
        :param limits: ``earliest`` and ``latest``
        :return: the day
        :raises DateError: when it is no date or outside the limits
        """
        return parse_date(text, self.date_format, **limits)
