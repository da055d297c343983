"""What a reseller's work says about it, as one number, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LOWEST = 0.5
NEUTRAL = 1.0
HIGHEST = 1.5
STEP = 0.05  # small enough to matter, large enough not to change every day
NEWCOMER = 5  # closed offers: with fewer, nothing is concluded
SETTLED = 10  # closed offers from which on the figures count in full
PEERS = 5  # events of others without which there is nothing to compare with
PRIOR = 20  # how many events of its own outweigh what is usual among the others

# parts that are about answers, and those about what became of accepted leads
ANSWERING = ("acceptance", "reliability", "speed")
OUTCOME = ("conversion", "silence")
PARTS = (*ANSWERING, *OUTCOME)
WEIGHTS = {
    "acceptance": 25,
    "reliability": 20,
    "speed": 15,
    "conversion": 25,
    "silence": 15,
}
# One event (an offer answered or missed, a lead won, lost or gone silent) moves the
# factor by this much at most: with the weights above, and with any.
MOST_PER_EVENT = 0.15
MOST_PER_EVENT_ANY_WEIGHTS = 0.25


class Tally(NamedTuple):
    """How often something went well.

    ``good`` is a number of events, also in parts (an answer halfway to the deadline is
    half an event for the speed), of ``total``.
    """

    good: float = 0.0
    total: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        """Add up two counts.

        :param other: another count
        :return: of both together
        """
        return Tally(self.good + other.good, self.total + other.total)

    def __sub__(self, other: Tally) -> Tally:
        """Take one count out of another.

        :param other: a count that is part of this one
        :return: of the rest
        """
        return Tally(self.good - other.good, self.total - other.total)


class PartScore(NamedTuple):
    """What one part contributes to a factor."""

    name: str
    """One of ``PARTS``."""
    tally: Tally
    """Events of the reseller."""
    share: float
    """The share that counts, 0 to 1: its own, drawn towards the usual one."""
    usual: float | None
    """The share of the others of its direction; None with too few to compare."""
    weight: float
    """Of the part, 0 to 1; all parts together have 1."""

    @property
    def points(self) -> float:
        """How far the part moves the factor, before answers are checked with outcomes.

        :return: -1 to 1; 0 with nothing to compare with
        """
        if self.usual is None:
            return 0.0
        return self.weight * (self.share - self.usual)


class Factor(NamedTuple):
    """A performance factor and where it comes from."""

    value: float
    """Between ``LOWEST`` and ``HIGHEST``, in steps of ``STEP``."""
    parts: tuple[PartScore, ...]
    """In the order of ``PARTS``."""
    worked: float
    """Share of accepted leads that are worked; a bonus for answers counts as far."""
    is_newcomer: bool
    """Fewer than ``NEWCOMER`` closed offers: the value is 1."""


def shrink(tally: Tally, usual: float, prior: float = PRIOR) -> float:
    """A share that few events hardly move away from what is usual.

    The mean of the Beta posterior of a share, whose prior has the mean ``usual`` and
    weighs as much as ``prior`` events: Gelman et al., Bayesian Data Analysis, third
    edition, section 2.4. That the prior is what others reach is empirical Bayes:
    Casella, The American Statistician 39 (1985), 83-87.

    :param tally: what was observed
    :param usual: mean of the prior, 0 to 1
    :param prior: how many events it weighs as much as
    :return: 0 to 1
    """
    return (tally.good + prior * usual) / (tally.total + prior)


def ramp(count: float) -> float:
    """How much so many events say: nothing of newcomers, all from ``SETTLED`` on.

    :param count: of events
    :return: 0 to 1
    """
    return min(max((count - NEWCOMER + 1) / (SETTLED - NEWCOMER + 1), 0.0), 1.0)


def performance_factor(
    own: Mapping[str, Tally],
    others: Mapping[str, Tally],
    weights: Mapping[str, float] | None = None,
) -> Factor:
    """What the weight of a reseller is multiplied with.

    Each part is a share, see ``PARTS``: offers accepted in time; offers neither missed,
    late nor given back; time left when answered; matured leads won; accepted leads not
    silent. Each is compared with the share the *other* resellers of the direction
    reach, so that nobody moves the measure it is held against::

        answers  = sum of weight * (share - usual share)   of the three answering parts
        outcomes = the same                                of the two outcome parts
        factor   = 1 + outcomes + (answers * worked if answers > 0 else answers)

    *worked* is the share of accepted leads that are not silent, hardly drawn to the
    usual one: answering well pays only as far as what was accepted is worked. What
    lifts above 1 counts in full from ten offers accepted in time on, what lowers from
    ten closed offers on. The formula is this module's own convention, but for
    ``shrink``.

    One more missed, late or returned offer, silent lead, or matured lead without a win
    never raises the result.

    :param own: events of the reseller, by name of the part
    :param others: events of all other resellers of its direction
    :param weights: of the parts, from zero on; those of ``WEIGHTS`` if left out
    :return: the factor, 1 for newcomers
    """
    weights = WEIGHTS if weights is None else weights
    whole = sum(weights.get(name, 0.0) for name in PARTS) or 1.0
    parts = []
    for name in PARTS:
        tally, peers = own.get(name, Tally()), others.get(name, Tally())
        usual = peers.good / peers.total if peers.total >= PEERS else None
        share = shrink(tally, 0.5 if usual is None else usual)
        weight = weights.get(name, 0.0) / whole
        parts.append(PartScore(name, tally, share, usual, weight))
    points = {part.name: part.points for part in parts}
    silence = parts[PARTS.index("silence")]
    worked = shrink(
        silence.tally, 0.5 if silence.usual is None else silence.usual, PEERS
    )
    answers = sum(points[name] for name in ANSWERING)
    change = sum(points[name] for name in OUTCOME)
    change += answers * worked if answers > 0 else answers
    offers = own.get("acceptance", Tally())
    change *= ramp(offers.good if change > 0 else offers.total)
    value = min(max(NEUTRAL + change, LOWEST), HIGHEST)
    return Factor(
        round(STEP * round(value / STEP), 2),
        tuple(parts),
        worked,
        offers.total < NEWCOMER,
    )


def get_bands(figures: Mapping[int, float], better: str) -> dict[int, str]:
    """In which third each one is.

    Equal figures are in the same third, the better one. With fewer than three nobody
    is in any: it would tell what the others reach.

    :param figures: by id
    :param better: up or down
    :return: upper, middle or lower, by id
    """
    if len(figures) < 3:
        return {}
    values = sorted(figures.values(), reverse=better == "up")
    ranks = {}
    for rank, value in enumerate(values):
        ranks.setdefault(value, rank)
    third = len(values) / 3
    names = ("upper", "middle", "lower")
    return {key: names[int(ranks[value] / third)] for key, value in figures.items()}
