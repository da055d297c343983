"""One run of the assigner: what was read for it, what it decides, how it is repeated.

A run reads rules and resellers once and then decides lead by lead. What it read and
the order of the leads can be packed into a few kilobytes; ``repeat`` reads them back
and makes the very same choices, without a database.
"""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from .assignment import (
    Allocator,
    Capacity,
    Choice,
    Lead,
    Policy,
    Reseller,
    Turns,
)

# bits of a seed: it fits into an integer column
SEED_BITS = 31
# quick rather than small
LEVEL = 1
FORMAT = 1


@dataclass(slots=True)
class ResellersRead:
    """The resellers that may get leads now, as read from the database."""

    resellers: dict[int, Reseller] = field(default_factory=dict)
    #: working hours each has to answer; 0 or None: no deadline
    response_hours: dict[int, float | None] = field(default_factory=dict)
    #: how many more leads each can hold; resellers without a limit are not listed
    room: dict[int, int] = field(default_factory=dict)

    @property
    def limited(self) -> frozenset[int]:
        """Ids of the resellers whose number of open leads is limited.

        :return: set of ids
        """
        return frozenset(self.room)

    def with_room(self) -> set[int]:
        """Ids of the resellers that could get a lead now.

        :return: set of ids
        """
        return {key for key in self.resellers if self.room.get(key, 1) > 0}


@dataclass(slots=True)
class AssignmentRun:
    """What one run of the assigner carries from chunk to chunk.

    ``rules`` and ``companies`` are recordsets or mappings of the caller and take no
    part in the decisions.
    """

    seed: int
    read: ResellersRead
    #: when the run started, naive, in UTC
    now: datetime | None = None
    #: leave leads alone whose rule works on demand only
    automatic: bool = False
    #: recordset of the rules, in their order
    rules: Any = ()
    #: settings by company id, see the assigner
    settings: dict[int, Any] = field(default_factory=dict)
    #: where the round robin of each rule is, by rule id
    turns: dict[int, Turns] = field(default_factory=dict)
    #: ids of the resellers each rule may choose from; None: any
    candidates: dict[int, tuple[int, ...] | None] = field(default_factory=dict)
    #: deadlines found so far, by company id and hours
    deadlines: dict[tuple[int, float], datetime | None] = field(default_factory=dict)
    #: company of each lead of the current chunk, by lead id
    companies: dict[int, int | None] = field(default_factory=dict)
    #: leads of the current chunk that had an issue before, by lead id
    issues: dict[int, str] = field(default_factory=dict)
    #: record of the run, once it has made a choice
    record: Any = None
    #: keep what is needed to repeat the run
    keep: bool = True
    rng: random.Random = field(init=False)
    capacity: Capacity = field(init=False)
    _allocators: dict[tuple[int, Policy], Allocator] = field(
        init=False, default_factory=dict
    )
    _first_turns: dict[int, dict[int, float]] = field(init=False)
    _lines: list[bytes] = field(init=False, default_factory=list)
    _packer: Any = field(init=False, default=None)
    # Rows of plain values, as they are kept: the garbage collector forgets such tuples,
    # while lists of them would have it go through all there is.
    _pending: list[tuple] = field(init=False, default_factory=list)
    _policies: dict[Policy, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Start chance and capacity from the seed and from what was read."""
        self.rng = random.Random(self.seed)
        self.capacity = Capacity(self.read.room)
        self._first_turns = {key: dict(turns.last) for key, turns in self.turns.items()}

    @property
    def resellers(self) -> dict[int, Reseller]:
        """The resellers read, by id.

        :return: reseller by id
        """
        return self.read.resellers

    def decide(
        self, lead: Lead, rule_id: int, policy: Policy, excluded: Collection[int] = ()
    ) -> Choice | None:
        """Choose a reseller for a lead.

        :param lead: the lead
        :param rule_id: the rule in charge; its ``candidates`` are known
        :param policy: how that rule chooses, in the lead's company
        :param excluded: ids of resellers that must not get this lead
        :return: the choice; None where no reseller is eligible
        """
        key = rule_id, policy
        allocator = self._allocators.get(key)
        if allocator is None:
            allocator = self._allocators[key] = self._make_allocator(rule_id, policy)
        choice = allocator.choose(lead, excluded)
        if self.keep:
            number = self._policies.setdefault(policy, len(self._policies))
            barred = sorted(excluded) if excluded else ()
            self._pending.append((rule_id, number, *lead, barred))
        return choice

    def _make_allocator(self, rule_id: int, policy: Policy) -> Allocator:
        """What chooses for the leads of one rule.

        :param rule_id: id of the rule
        :param policy: how the rule chooses
        :return: the allocator
        """
        chosen = self.candidates.get(rule_id)
        resellers: Iterable[Reseller] = self.resellers.values()
        if chosen is not None:
            resellers = [self.resellers[key] for key in chosen if key in self.resellers]
        return Allocator(
            resellers, policy, self.rng, self.capacity, self.turns.get(rule_id)
        )

    # -- keeping ---------------------------------------------------------------

    def pack_resellers(self) -> tuple[str, bytes]:
        """Pack the resellers as read; runs of the same day mostly share them.

        :return: a hash of the content, and the compressed content
        """
        rows = [
            [
                reseller.id,
                reseller.weight,
                reseller.latitude,
                reseller.longitude,
                reseller.home_country,
                sorted(reseller.countries),
                sorted(reseller.states.items()),
                reseller.zip_prefixes,
                reseller.company,
                sorted(reseller.directions),
            ]
            for reseller in sorted(
                self.resellers.values(), key=lambda reseller: reseller.id
            )
        ]
        text = json.dumps(rows, separators=(",", ":")).encode()
        return hashlib.sha256(text).hexdigest(), zlib.compress(text, LEVEL)

    def flush(self) -> None:
        """Pack what was decided since the last call: bounds the memory of long runs."""
        if not self._pending:
            return
        if self._packer is None:
            self._packer = zlib.compressobj(LEVEL)
        chunk = {
            "policies": [
                [p.method, p.rings_km, p.country_fallback, p.max_distance_km]
                for p in self._policies
            ],
            "leads": self._pending,
        }
        line = json.dumps(chunk, separators=(",", ":")).encode() + b"\n"
        self._lines.append(self._packer.compress(line))
        self._pending.clear()
        self._policies.clear()

    def pack(self) -> bytes:
        """Pack everything else that is needed to repeat the run.

        :return: compressed lines of JSON: a head (``format``, ``seed``, ``room``,
            ``turns``, ``candidates``), then one line per chunk (``policies`` and
            ``leads``: rule, number of the policy, the lead, the excluded resellers)
        """
        self.flush()
        head = {
            "format": FORMAT,
            "seed": self.seed,
            "room": self.read.room,
            "turns": self._first_turns,
            "candidates": self.candidates,
        }
        text = json.dumps(head, separators=(",", ":")).encode()
        packed = zlib.compress(text, LEVEL)
        rest = b"".join(self._lines) + (self._packer.flush() if self._packer else b"")
        self._packer = None
        self._lines.clear()
        return len(packed).to_bytes(4, "big") + packed + rest


def _numbers(mapping: Mapping[str, Any]) -> dict[int, Any]:
    """Make numbers of a mapping's keys: JSON has texts for keys, ours are ids.

    :param mapping: values by id as text
    :return: values by id
    """
    return {int(key): value for key, value in mapping.items()}


def unpack_resellers(content: bytes) -> dict[int, Reseller]:
    """Read what ``AssignmentRun.pack_resellers`` packed.

    :param content: the compressed content
    :return: the resellers by id
    """
    return {
        row[0]: Reseller(
            id=row[0],
            weight=row[1],
            latitude=row[2],
            longitude=row[3],
            home_country=row[4],
            countries=frozenset(row[5]),
            states=dict(map(tuple, row[6])),
            zip_prefixes=tuple(row[7]),
            company=row[8],
            directions=frozenset(row[9]),
        )
        for row in json.loads(zlib.decompress(content))
    }


def unpack_room(content: bytes) -> dict[int, int]:
    """Read how much room the limited resellers had before the run.

    :param content: what ``AssignmentRun.pack`` packed
    :return: room by reseller id
    """
    return unpack_run(content).room


class Draw(NamedTuple):
    """One decision of a run, as it was asked for."""

    rule_id: int
    policy: Policy
    lead: Lead
    excluded: list[int]


@dataclass(slots=True, frozen=True)
class StoredRun:
    """What ``AssignmentRun.pack`` kept."""

    seed: int
    #: room of the limited resellers before the run, by id
    room: dict[int, int]
    #: where the round robin of each rule was before the run
    turns: dict[int, dict[int, float]]
    #: ids of the resellers each rule may choose from; None: any
    candidates: dict[int, tuple[int, ...] | None]
    content: bytes

    def start(
        self, resellers: Mapping[int, Reseller], seed: int | None = None
    ) -> AssignmentRun:
        """Make a run that begins where this one began.

        :param resellers: by id, instead of those that were read
        :param seed: another seed, to see what chance does
        :return: the run, which is not kept
        """
        return AssignmentRun(
            seed=self.seed if seed is None else seed,
            read=ResellersRead(dict(resellers), {}, dict(self.room)),
            turns={key: Turns(last) for key, last in self.turns.items()},
            candidates=dict(self.candidates),
            keep=False,
        )

    def draws(self) -> Iterator[Draw]:
        """What was decided, in this order; read chunk by chunk.

        :return: the draws
        """
        for line in (
            zlib.decompress(self.content) if self.content else b""
        ).splitlines():
            chunk = json.loads(line)
            policies = [
                Policy(method, tuple(radii), fallback, distance)
                for method, radii, fallback, distance in chunk["policies"]
            ]
            for rule_id, number, *lead, excluded in chunk["leads"]:
                yield Draw(rule_id, policies[number], Lead(*lead), excluded)


def unpack_run(content: bytes) -> StoredRun:
    """Read what ``AssignmentRun.pack`` packed.

    :param content: the compressed content
    :return: the run
    """
    size = int.from_bytes(content[:4], "big")
    head = json.loads(zlib.decompress(content[4 : 4 + size]))
    return StoredRun(
        seed=head["seed"],
        room=_numbers(head["room"]),
        turns={key: _numbers(last) for key, last in _numbers(head["turns"]).items()},
        candidates={
            key: None if ids is None else tuple(ids)
            for key, ids in _numbers(head["candidates"]).items()
        },
        content=content[4 + size :],
    )


def repeat(
    resellers: bytes, content: bytes, replace: Mapping[int, Reseller] | None = None
) -> list[tuple[int, Choice]]:
    """Make the choices of a packed run again.

    :param resellers: what ``AssignmentRun.pack_resellers`` packed
    :param content: what ``AssignmentRun.pack`` packed
    :param replace: resellers to use instead of those of the same id, to see what other
        weights would have led to
    :return: pairs of a rule's id and the choice, in the order they were made
    """
    stored = unpack_run(content)
    run = stored.start({**unpack_resellers(resellers), **(replace or {})})
    choices = []
    for draw in stored.draws():
        choice = run.decide(draw.lead, draw.rule_id, draw.policy, draw.excluded)
        if choice:
            choices.append((draw.rule_id, choice))
    return choices
