"""Days of a time zone as spans of time, without a database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz


class Window(NamedTuple):
    """A span of time, from ``start`` up to, not including, ``end``; naive, in UTC."""

    start: datetime
    end: datetime


def get_window(first: date, last: date, zone: str) -> Window:
    """The span of some days in a time zone.

    :param first: the first day
    :param last: the last day, included
    :param zone: name of a time zone
    :return: the span, in UTC
    """
    here = pytz.timezone(zone)

    def midnight(day: date) -> datetime:
        """The beginning of a day.

        :param day: of the calendar
        :return: naive, in UTC
        """
        at = datetime.combine(day, time.min)
        try:
            local = here.localize(at, is_dst=None)
        except pytz.AmbiguousTimeError:
            # clocks are set back over midnight: the first of the two
            local = here.localize(at, is_dst=True)
        except pytz.NonExistentTimeError:
            # clocks are set on at midnight: the moment they are
            local = here.localize(at, is_dst=False)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    return Window(midnight(first), midnight(last + timedelta(days=1)))
