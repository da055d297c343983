"""What past runs of the assigner would have led to under other settings.

The same engine decides again on the leads of the stored runs, one run after the other,
with several seeds. No database is needed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, stdev
from typing import NamedTuple

from odoo.addons.crm_reseller_base.lib.assignment import Policy, Reseller, Turns
from odoo.addons.crm_reseller_base.lib.assignment_run import SEED_BITS, StoredRun

# of the results of chance, so many of 100 lie within the range that is told
Z_95 = 1.96


class PastRun(NamedTuple):
    """A stored run and what became of its offers."""

    id: int
    started_on: datetime
    stored: StoredRun
    #: the resellers as they were read, by id
    resellers: Mapping[int, Reseller]
    #: who got each lead, by lead id
    given: Mapping[int, int]
    #: when a lead of this run left its reseller again, by lead id; still there: missing
    until: Mapping[int, datetime]


@dataclass(slots=True)
class Change:
    """What is different from how it was."""

    #: resellers to use instead of those of the same id
    resellers: Mapping[int, Reseller] = field(default_factory=dict)
    #: ids of those that get no leads
    gone: frozenset[int] = frozenset()
    #: use ``resellers`` alone, not those of the time
    is_complete: bool = False
    #: by how much the limit of a reseller differs; None: it has no limit any more
    room: Mapping[int, int | None] = field(default_factory=dict)
    #: room of resellers that had no limit before
    limits: Mapping[int, int] = field(default_factory=dict)
    #: method and maximum distance of a rule
    policies: Mapping[int, tuple[str, float]] = field(default_factory=dict)
    #: who each rule may choose from, of ``resellers``; None: any
    candidates: Mapping[int, tuple[int, ...] | None] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        """Whether nothing is different.

        :return: bool
        """
        return self == Change()

    def get_resellers(self, past: Mapping[int, Reseller]) -> dict[int, Reseller]:
        """Who could get a lead of a run.

        :param past: as read then
        :return: resellers by id
        """
        found = {} if self.is_complete else dict(past)
        found.update(self.resellers)
        return {key: each for key, each in found.items() if key not in self.gone}

    def get_candidates(
        self, rule_id: int, past: tuple[int, ...] | None
    ) -> tuple[int, ...] | None:
        """Who a rule could have chosen from.

        :param rule_id: id of the rule
        :param past: ids as read then, None: any
        :return: ids; None: any
        """
        if rule_id not in self.candidates:
            return past
        now = self.candidates[rule_id]
        if self.is_complete:
            return now
        if past is None and now is None:
            return None
        if past is None:
            # a filter the rule has now; it says nothing of those that did not change
            return None
        fresh = set(self.resellers) if now is None else set(now) & set(self.resellers)
        return tuple(sorted((set(past) - set(self.resellers)) | fresh))

    def get_policy(self, rule_id: int, past: Policy) -> Policy:
        """How a rule would have chosen.

        :param rule_id: id of the rule
        :param past: how it chose
        :return: the policy
        """
        if rule_id not in self.policies:
            return past
        method, distance = self.policies[rule_id]
        return past._replace(method=method, max_distance_km=distance)


class Outcome(NamedTuple):
    """What one seed led to."""

    #: number of leads by reseller
    counts: Counter
    #: ids of the leads that never found a reseller
    unassigned: frozenset[int]
    #: ids of the resellers that became full in a run
    full: frozenset[int]


def replay(
    runs: Sequence[PastRun], change: Change, seed: int, decide_all: bool = False
) -> Outcome:
    """Decide again.

    What is different now moves on from run to run: who got fewer leads than it did has
    more room in the next one, for as long as the lead really was with its reseller.

    :param runs: in the order they were made
    :param change: what is different
    :param seed: 0 draws as the runs drew
    :param decide_all: decide on a lead again each time it was asked for, even where it
        would have found a reseller earlier
    :return: what came of it
    """
    counts: Counter = Counter()
    full: set[int] = set()
    seen: set[int] = set()
    assigned: set[int] = set()
    rounds: Counter = Counter()  # how often a lead was really given to someone
    taken: dict[int, int] = {}  # the round in which a lead was last given here
    turns: dict[int, Turns] = {}
    # leads that are with somebody else than they were: who, instead of whom, until when
    moved: list[tuple[int | None, int | None, datetime | None]] = []
    for past in runs:
        stored = past.stored
        number = None
        if seed:
            number = random.Random(f"{seed}-{stored.seed}").getrandbits(SEED_BITS)
        run = stored.start(change.get_resellers(past.resellers), number)
        _set_room(run.capacity.left, change, moved, past.started_on)
        run.capacity.full[:] = [k for k, room in run.capacity.left.items() if room <= 0]
        if seed or not change.is_none:
            run.turns.update(turns)
        for rule_id in list(run.candidates):
            run.candidates[rule_id] = change.get_candidates(
                rule_id, run.candidates[rule_id]
            )
        before = len(run.capacity.full)
        for draw in stored.draws():
            lead_id = draw.lead.id
            seen.add(lead_id)
            given = past.given.get(lead_id)
            this_round = rounds[lead_id]
            if given is not None:
                rounds[lead_id] += 1
            if not decide_all and taken.get(lead_id) == this_round:
                continue  # found somebody earlier than it did
            policy = change.get_policy(draw.rule_id, draw.policy)
            if policy.method == "round_robin" and draw.rule_id not in run.turns:
                run.turns[draw.rule_id] = Turns()
            choice = run.decide(draw.lead, draw.rule_id, policy, draw.excluded)
            chosen = choice.reseller_id if choice else None
            if chosen is not None:
                counts[chosen] += 1
                assigned.add(lead_id)
                taken[lead_id] = this_round
            if chosen != given:
                moved.append((chosen, given, past.until.get(lead_id)))
        full.update(run.capacity.full[before:])
        turns.update(run.turns)
    return Outcome(counts, frozenset(seen - assigned), frozenset(full))


def _set_room(
    left: dict[int, int],
    change: Change,
    moved: Iterable[tuple[int | None, int | None, datetime | None]],
    moment: datetime,
) -> None:
    """Work out how many more leads each limited reseller could hold.

    :param left: room as read then, by id; changed
    :param change: what is different
    :param moved: the leads that are elsewhere than they were
    :param moment: when the run started
    """
    for key, room in change.limits.items():
        left.setdefault(key, room)
    for key, difference in change.room.items():
        if difference is None:
            left.pop(key, None)
        elif key in left:
            left[key] += difference
    for here, there, until in moved:
        if until is not None and until <= moment:
            continue
        if here in left:
            left[here] -= 1
        if there in left:
            left[there] += 1


class Summary(NamedTuple):
    """What several seeds led to, for one reseller."""

    mean: float
    low: float
    high: float
    #: in how many of 100 replays it became full
    full: float


def summarize(outcomes: Sequence[Outcome]) -> dict[int, Summary]:
    """Put the outcomes of several seeds together.

    :param outcomes: one per seed
    :return: by reseller id; ``low`` and ``high`` enclose 95 of 100 replays
    """
    ids = set().union(*(outcome.counts.keys() | outcome.full for outcome in outcomes))
    found = {}
    for key in ids:
        counts = [outcome.counts[key] for outcome in outcomes]
        mean = fmean(counts)
        spread = Z_95 * stdev(counts) if len(counts) > 1 else 0.0
        times = sum(key in outcome.full for outcome in outcomes)
        found[key] = Summary(
            mean, max(mean - spread, 0.0), mean + spread, 100.0 * times / len(outcomes)
        )
    return found


class Difference(NamedTuple):
    """A choice that is not what is stored."""

    lead_id: int
    #: who would get the lead when the run is repeated
    repeated: int | None
    #: who has the stored offer
    stored: int | None


def find_differences(
    repeated: Iterable[tuple[int, int, int]], stored: Iterable[tuple[int, int, int]]
) -> list[Difference]:
    """Compare a repeated run with its offers, id by id.

    :param repeated: triples of rule, lead and reseller
    :param stored: likewise
    :return: what differs, by lead
    """
    left = {(lead, rule): reseller for rule, lead, reseller in repeated}
    right = {(lead, rule): reseller for rule, lead, reseller in stored}
    return [
        Difference(key[0], left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]
