"""A deal's next step as an entry that calendars read."""

from datetime import date, datetime, timedelta

import pytz
import vobject

DAY = timedelta(days=1)


def make_calendar_entry(
    key: str, day: date, summary: str, details: str, url: str, now: datetime
) -> bytes:
    """An entry for a whole day, which replaces an earlier one of the same key.

    :param key: the same for the same deal, unique on earth
    :param day: of the step
    :param summary: what is to be done, in one line
    :param details: more about it
    :param url: where the deal is
    :param now: naive, in UTC
    :return: the file
    """
    calendar = vobject.iCalendar()
    entry = calendar.add("vevent")
    entry.add("uid").value = key
    entry.add("dtstamp").value = pytz.utc.localize(now.replace(microsecond=0))
    entry.add("dtstart").value = day
    entry.add("dtend").value = day + DAY
    entry.add("summary").value = summary
    entry.add("description").value = details
    entry.add("url").value = url
    # a deal keeps nobody busy for a day
    entry.add("transp").value = "TRANSPARENT"
    return calendar.serialize().encode()
