"""Read dates the way browsers send them and people type them."""

from datetime import date, datetime
from enum import Enum


class DateProblem(Enum):
    """Why a text is not an acceptable date."""

    UNREADABLE = "unreadable"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


class DateError(ValueError):
    """The text is no date; ``problem`` says why."""

    def __init__(self, problem: DateProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_date(
    text: str,
    date_format: str = "%Y-%m-%d",
    earliest: date = date(1970, 1, 1),
    latest: date = date(2100, 12, 31),
) -> date:
    """The day that ``text`` means.

    :param text: an ISO date, as a date field sends it, or a date as
        ``date_format`` writes it, as people type it where there is no such field
    :param date_format: how the user's language writes a date
    :param earliest: the first day that is accepted
    :param latest: the last day that is accepted
    :return: the day
    :raises DateError: when it is neither, or not between ``earliest`` and ``latest``
    """
    text = text.strip()
    for pattern in ("%Y-%m-%d", date_format):
        try:
            day = datetime.strptime(text, pattern).date()
            break
        except ValueError:
            continue
    else:
        raise DateError(DateProblem.UNREADABLE)
    if day < earliest:
        raise DateError(DateProblem.TOO_EARLY)
    if day > latest:
        raise DateError(DateProblem.TOO_LATE)
    return day
