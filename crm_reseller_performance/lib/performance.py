"""What a reseller's answers say about it, as one number, without a database."""

from __future__ import annotations

from typing import NamedTuple

LOWEST = 0.5
NEUTRAL = 1.0
HIGHEST = 1.5
STEP = 0.05  # small enough to matter, large enough not to change every day
NEWCOMER = 5  # closed offers: with fewer, nothing is concluded
EXPIRED_SHADE = 0.5  # what is left to lose when every offer expires
USUAL_RATIO = 0.5  # answering halfway to the deadline is neither fast nor slow
SPEED_SHADE = 0.5  # how much the speed of the answers counts


class Answers(NamedTuple):
    """How a reseller answered its offers within a span of time.

    Offers that were withdrawn, and those declined as spam, are not to be counted: the
    reseller did nothing wrong.
    """

    accepted: int  # before the deadline, or without one
    answered: int  # accepted, in time or late, or declined
    expired: int  # the deadline went by without an answer
    median_ratio: float | None = None
    """Median of (time taken / time given) of the answered offers that had a deadline:
    0 is at once, 1 at the deadline. None where no answered offer had one."""

    @property
    def closed(self) -> int:
        """The number of offers that were answered or expired.

        :return: number
        """
        return self.answered + self.expired


def performance_factor(answers: Answers) -> float:
    """What the weight of a reseller is multiplied with.

    Inputs are counts of offers and a ratio without unit, see ``Answers``. The formula
    is this module's own convention; only the first line is a known one, Laplace's rule
    of succession, which keeps few offers from saying much::

        acceptance  = (accepted + 1) / (closed + 2)
        reliability = 1 - 0.5 * expired / closed
        speed       = 1 - 0.5 * (median_ratio - 0.5)        0.75 to 1.25
        factor      = 0.5 + acceptance * reliability * speed

    A reseller that accepts every second offer, lets none expire, and answers halfway to
    the deadline thus gets 1.

    One more expired offer never raises the result. That is why those with fewer than
    five *answers* are never lifted above 1, even though their expired offers make them
    newcomers no longer.

    :param answers: what became of the reseller's offers
    :return: between 0.5 and 1.5, in steps of 0.05; 1 for newcomers, who have fewer than
        five closed offers
    """
    if answers.closed < NEWCOMER:
        return NEUTRAL
    acceptance = (answers.accepted + 1) / (answers.closed + 2)
    reliability = 1 - EXPIRED_SHADE * answers.expired / answers.closed
    ratio = USUAL_RATIO if answers.median_ratio is None else answers.median_ratio
    speed = 1 - SPEED_SHADE * (min(max(ratio, 0.0), 1.0) - USUAL_RATIO)
    factor = LOWEST + acceptance * reliability * speed
    ceiling = HIGHEST if answers.answered >= NEWCOMER else NEUTRAL
    return round(STEP * round(min(factor, ceiling) / STEP), 2)
