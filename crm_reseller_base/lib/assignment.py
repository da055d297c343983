"""Which reseller gets which lead, decided without a database.

An ``Allocator`` serves one rule. It is given the resellers once and then asked lead by
lead; what the leads have in common (the resellers of a territory, those near a place)
is worked out once and kept. ``Capacity`` is shared by all rules of one run, so that
no reseller gets more than it can hold, whichever rule chose it.

Same resellers, same leads in the same order, same seed: same result.
"""

from __future__ import annotations

import heapq
import json
import random
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from .distance import (
    Grid,
    Vector,
    is_located,
    km_to_squared_chord,
    squared_chord,
    squared_chord_to_km,
    unit_vector,
)

WEIGHTED = "weighted"
ROUND_ROBIN = "round_robin"
NEAREST = "nearest"

# The widest search: everyone whose territory the lead is in, near or not.
WHOLE_TERRITORY = -1.0

EXPLAINED = 10  # how many resellers an explanation names
MAX_REMEMBERED = 100_000  # members of all pools kept: bounds the memory of long runs
CHAIN_COST = 5  # what a chain of pools takes, in members


def normalize_zip(code: str | None) -> str:
    """A zip code in the form in which two are compared: without blanks, in capitals.

    :param code: as it was typed, or None
    :return: text, empty for None
    """
    return (code or "").replace(" ", "").upper()


def parse_zip_prefixes(text: str | None) -> tuple[str, ...]:
    """``"10, 12;148"`` -> ``("10", "12", "148")``.

    :param text: as it was typed, or None
    :return: normalized prefixes, sorted, each once
    """
    parts = (text or "").replace(";", ",").split(",")
    return tuple(sorted({normalize_zip(part) for part in parts} - {""}))


def parse_rings(text: str | None) -> tuple[float, ...]:
    """``"150, 50"`` -> ``(50.0, 150.0)``.

    :param text: radii in kilometres as they were typed, or None
    :return: radii in kilometres, ascending
    :raises ValueError: when there is anything but numbers above zero
    """
    parts = [part.strip() for part in (text or "").replace(";", ",").split(",")]
    rings = sorted({float(part) for part in parts if part})
    if any(not 0 < ring < float("inf") for ring in rings):
        raise ValueError(text)
    return tuple(rings)


@dataclass(slots=True, frozen=True)
class Reseller:
    """What the choice needs to know of a reseller that may get leads."""

    id: int
    weight: float
    latitude: float | None = None
    longitude: float | None = None
    home_country: int | None = None
    countries: frozenset[int] = frozenset()
    states: Mapping[int, int | None] = field(default_factory=dict)  # state: country
    zip_prefixes: tuple[str, ...] = ()
    company: int | None = None
    directions: frozenset[int] = frozenset()  # empty: all of them


class Lead(NamedTuple):
    """What the choice needs to know of a lead."""

    id: int
    country: int | None = None
    state: int | None = None
    zip: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    company: int | None = None
    direction: int | None = None


class Policy(NamedTuple):
    """How a rule chooses."""

    method: str = WEIGHTED
    rings_km: tuple[float, ...] = (50.0, 150.0, 400.0)
    country_fallback: bool = True
    max_distance_km: float = 0.0


class Choice(NamedTuple):
    """Who gets a lead, and why."""

    lead_id: int
    reseller_id: int
    ring_km: float
    distance_km: float | None
    explanation_head: str  # its beginning, one string for many leads
    explanation_tail: str  # its end, about this lead alone

    @property
    def explanation(self) -> str:
        """Why, as JSON (see ``Allocator.choose``).

        :return: JSON text
        """
        return self.explanation_head + self.explanation_tail


class Capacity:
    """How many more leads each reseller can hold; who is not listed has no limit."""

    __slots__ = ("full", "left")

    def __init__(self, left: Mapping[int, int] | None = None) -> None:
        self.left: dict[int, int] = dict(left or {})
        #: who became full, in that order: pools look here for what they missed
        self.full: list[int] = [key for key, room in self.left.items() if room <= 0]

    def has_room(self, reseller_id: int) -> bool:
        """Whether a reseller can get one more lead; without a limit it can.

        :param reseller_id: id of the reseller
        :return: whether it can
        """
        return self.left.get(reseller_id, 1) > 0

    def take(self, reseller_id: int) -> None:
        """Use one place of a reseller that has room.

        :param reseller_id: id of the reseller
        :raises ValueError: when the reseller has no room
        """
        room = self.left.get(reseller_id)
        if room is None:
            return
        if room <= 0:
            raise ValueError(f"Reseller {reseller_id} has no room left")
        self.left[reseller_id] = room - 1
        if room == 1:
            self.full.append(reseller_id)


class Turns:
    """When each reseller of a rule was last served, in the rule's own time.

    Serving someone of weight w takes 1/w of that time: the next one served is the one
    whose turn comes first. Heavy ones come often, and evenly.
    """

    __slots__ = ("changed", "last")

    def __init__(self, last: Mapping[int, float] | None = None) -> None:
        self.last: dict[int, float] = dict(last or {})
        self.changed: set[int] = set()

    def join(self, reseller_ids: Iterable[int]) -> float:
        """Let newcomers queue up behind the one who was served last.

        :param reseller_ids: ids of the resellers of a pool
        :return: when that was
        """
        last = self.last
        now = max((last[key] for key in reseller_ids if key in last), default=0.0)
        for key in reseller_ids:
            if key not in last:
                self.serve(key, now)
        return now

    def serve(self, reseller_id: int, moment: float) -> None:
        """Record when a reseller was served.

        :param reseller_id: id of the reseller
        :param moment: in the rule's own time, see the class
        """
        self.last[reseller_id] = moment
        self.changed.add(reseller_id)


class Pool:
    """Resellers among whom one lead's choice is made."""

    __slots__ = (
        "chords",
        "cumulative",
        "declared",
        "ends",
        "head",
        "heap",
        "members",
        "position",
        "ring_km",
        "seen",
        "top",
        "total",
        "turn",
    )

    def __init__(
        self, members: list[int], chords: list[float | None] | None, ring_km: float
    ) -> None:
        self.members = members  # reseller ids
        # squared chords to the place, where known; None: the pool is for many places
        self.chords = chords
        self.ring_km = ring_km
        self.declared = len(members)  # before full ones were struck off
        self.seen = 0  # how much of Capacity.full is accounted for
        self.cumulative: list[float] = []
        self.total = 0.0
        self.position: dict[int, int] = {}
        self.top: list[int] = []
        self.head = ""
        self.ends: dict[int, tuple[float | None, str]] = {}
        self.heap: list[tuple[float, int]] = []
        self.turn = 0.0


class Chain:
    """Pools one behind the other, found when they are asked for, and then kept."""

    __slots__ = ("_found", "_more")

    def __init__(self, pools: Iterator[Pool]) -> None:
        self._found: list[Pool] = []
        self._more = pools

    def __iter__(self) -> Iterator[Pool]:
        yield from self._found
        for pool in self._more:
            self._found.append(pool)
            yield pool


class Territory:
    """Everyone who serves a kind of lead, and grids to find the near ones."""

    __slots__ = ("grids", "located", "members", "named", "pool")

    def __init__(self, members: list[int], named: frozenset[int]) -> None:
        self.members = members
        self.named = named  # their territory names the lead's state or zip code
        self.located: list[tuple[int, Vector]] | None = None
        self.grids: dict[float, Grid] = {}
        self.pool: Pool | None = None


class Allocator:
    """Chooses resellers for leads under one rule."""

    def __init__(
        self,
        resellers: Iterable[Reseller],
        policy: Policy,
        rng: random.Random,
        capacity: Capacity | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Index the resellers.

        :param resellers: who may get leads; those of weight 0 or less are left out
        :param policy: how the rule chooses
        :param rng: where chance comes from; seed it to get the same result again
        :param capacity: shared by the rules of a run
        :param turns: for the round robin; carried on from the run before
        """
        self.policy = policy
        self.rng = rng
        self.capacity = capacity or Capacity()
        self.turns = turns or Turns()
        self._resellers = {
            reseller.id: reseller
            for reseller in sorted(resellers, key=lambda reseller: reseller.id)
            if reseller.weight > 0
        }
        self._vectors: dict[int, Vector] = {
            reseller.id: unit_vector(reseller.latitude, reseller.longitude)
            for reseller in self._resellers.values()
            if is_located(reseller.latitude, reseller.longitude)
        }
        self._territories: dict[tuple, Territory] = {}
        self._alike: dict[tuple, Territory] = {}
        self._places: dict[tuple, Pool] = {}
        self._chains: dict[tuple, Chain] = {}
        self._remembered = 0
        self._reach = (
            km_to_squared_chord(policy.max_distance_km)
            if policy.max_distance_km
            else None
        )
        self._index_territories()

    def __len__(self) -> int:
        return len(self._resellers)

    # -- territories -----------------------------------------------------------

    def _index_territories(self) -> None:
        self._by_country: dict[int, list[int]] = {}
        self._by_state: dict[int, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for reseller in self._resellers.values():
            for state in reseller.states:
                self._by_state.setdefault(state, []).append(reseller.id)
            for prefix in reseller.zip_prefixes:
                self._by_prefix.setdefault(prefix, []).append(reseller.id)
            if reseller.zip_prefixes:
                continue  # they serve no country as a whole
            narrowed = set(reseller.states.values())
            for country in reseller.countries - narrowed:
                self._by_country.setdefault(country, []).append(reseller.id)
            if not reseller.countries and not reseller.states:
                if reseller.home_country:
                    self._by_country.setdefault(reseller.home_country, []).append(
                        reseller.id
                    )
                else:
                    self._anywhere.append(reseller.id)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def _matching_prefixes(self, code: str | None) -> tuple[str, ...]:
        """The prefixes resellers have that a zip code begins with.

        :param code: as it was typed, or None
        :return: normalized prefixes, shortest first
        """
        if not self._prefix_lengths or not code:
            return ()
        code = normalize_zip(code)
        return tuple(
            code[:length]
            for length in self._prefix_lengths
            if length <= len(code) and code[:length] in self._by_prefix
        )

    def _serves_country(self, reseller: Reseller, country: int | None) -> bool:
        """Whether a zip code of that country can be meant by the reseller.

        :param reseller: the reseller
        :param country: id of the lead's country, or None
        :return: whether it can
        """
        if not country:
            return True
        countries = reseller.countries or frozenset(
            value for value in reseller.states.values() if value
        )
        if countries:
            return country in countries or country in reseller.states.values()
        return not reseller.home_country or reseller.home_country == country

    def _build_territory(self, lead: Lead, prefixes: Sequence[str]) -> Territory:
        """The resellers that may get leads of a place.

        :param lead: a lead of the place
        :param prefixes: see ``_matching_prefixes``
        :return: the territory, shared by places with the same resellers
        """
        named = set(self._by_state.get(lead.state or 0, ()))
        for prefix in prefixes:
            named.update(
                key
                for key in self._by_prefix[prefix]
                if self._serves_country(self._resellers[key], lead.country)
            )
        members = named.union(
            self._by_country.get(lead.country or 0, ()), self._anywhere
        )
        fit = [
            key
            for key in sorted(members)
            if self._fits(self._resellers[key], lead.company, lead.direction)
        ]
        # the states of a country mostly have the same resellers: one place for them
        alike = tuple(fit), frozenset(named)
        return self._alike.setdefault(alike, Territory(fit, alike[1]))

    @staticmethod
    def _fits(reseller: Reseller, company: int | None, direction: int | None) -> bool:
        """Whether company and direction of a reseller fit those of a lead.

        :param reseller: the reseller
        :param company: id of the lead's company, or None
        :param direction: id of the lead's direction, or None
        :return: whether both fit
        """
        return (not reseller.company or reseller.company == company) and (
            not reseller.directions or not direction or direction in reseller.directions
        )

    def _near(
        self, territory: Territory, place: Vector, radius_km: float
    ) -> list[tuple[int, float]]:
        """The resellers of a territory within a radius.

        :param territory: the territory
        :param place: the lead's place
        :param radius_km: kilometres
        :return: pairs of id and squared chord
        """
        if territory.located is None:
            territory.located = [
                (key, self._vectors[key])
                for key in territory.members
                if key in self._vectors
            ]
        grid = territory.grids.get(radius_km)
        if grid is None:
            grid = territory.grids[radius_km] = Grid(territory.located, radius_km)
        return grid.near(place)

    # -- pools -----------------------------------------------------------------

    def _pools(self, lead: Lead) -> Iterable[Pool]:
        """The lead's pools from the nearest ring to the whole territory.

        Leads that are alike share them: most are answered from the first, and the
        wider ones are not even looked for.

        :param lead: the lead
        :return: the pools, found one by one
        """
        key = lead[1:]  # all but the id
        chain = self._chains.get(key)
        if chain is None:
            self._make_room(CHAIN_COST)
            chain = self._chains[key] = Chain(self._find_pools(lead))
        return chain

    def _find_pools(self, lead: Lead) -> Iterator[Pool]:
        """Find the lead's pools from the nearest ring to the whole territory.

        :param lead: the lead
        """
        prefixes = self._matching_prefixes(lead.zip)
        key = (lead.country, lead.state, prefixes, lead.company, lead.direction)
        territory = self._territories.get(key)
        if territory is None:
            territory = self._build_territory(lead, prefixes)
            self._territories[key] = territory
        if not territory.members:
            return
        place = self._place(lead)
        if place:
            for ring in self.policy.rings_km:
                pool = self._places.get((key, place, ring))
                if pool is None:
                    pool = self._ring_pool(territory, place, ring)
                    self._remember((key, place, ring), pool)
                if pool.declared:
                    yield pool
        if not self.policy.country_fallback:
            return
        if self._reach is None and (not place or self.policy.method != NEAREST):
            if territory.pool is None:
                territory.pool = Pool(territory.members, None, WHOLE_TERRITORY)
                self._prepare(territory.pool)
            yield territory.pool
        elif place:
            pool = self._places.get((key, place, WHOLE_TERRITORY))
            if pool is None:
                pool = self._measured_pool(territory, place)
                self._remember((key, place, WHOLE_TERRITORY), pool)
            yield pool

    @staticmethod
    @lru_cache(maxsize=10_000)
    def _vector(latitude: float | None, longitude: float | None) -> Vector | None:
        """A position as a point on the globe.

        :param latitude: degrees, or None
        :param longitude: degrees, or None
        :return: unit vector, or None where there is no position
        """
        if is_located(latitude, longitude):
            return unit_vector(latitude, longitude)
        return None

    def _place(self, lead: Lead) -> Vector | None:
        """Where a lead is.

        :param lead: the lead
        :return: unit vector, or None
        """
        return self._vector(lead.latitude, lead.longitude)

    def _make_room(self, cost: int) -> None:
        """Forget all pools once too many are kept.

        :param cost: how much is kept next, in members of pools
        """
        if self._remembered > MAX_REMEMBERED:
            self._places.clear()
            self._chains.clear()
            self._remembered = 0
        self._remembered += cost

    def _remember(self, key: tuple, pool: Pool) -> None:
        """Keep a pool for leads of the same place.

        :param key: territory, place and ring
        :param pool: the pool
        """
        self._make_room(len(pool.members) + 1)
        self._prepare(pool)
        self._places[key] = pool

    def _ring_pool(self, territory: Territory, place: Vector, ring_km: float) -> Pool:
        """The resellers within a ring, and those that name the lead's state or zip
        code.

        :param territory: the territory
        :param place: the lead's place
        :param ring_km: radius in kilometres
        :return: the pool
        """
        radius = ring_km
        if self.policy.max_distance_km:
            radius = min(radius, self.policy.max_distance_km)
        found = dict(self._near(territory, place, radius))
        chords: dict[int, float | None] = dict(found)
        for key in territory.named:
            if key not in chords and key in self._resellers:
                self._add_named(territory, key, place, chords)
        members = sorted(chords)
        return Pool(members, [chords[key] for key in members], ring_km)

    def _add_named(
        self,
        territory: Territory,
        key: int,
        place: Vector,
        chords: dict[int, float | None],
    ) -> None:
        """Add a reseller that names the lead's state or zip code; it counts as near at
        any distance.

        :param territory: the territory
        :param key: id of the reseller
        :param place: the lead's place
        :param chords: squared chord by id, added to
        """
        reseller_vector = self._vectors.get(key)
        chord = squared_chord(reseller_vector, place) if reseller_vector else None
        if self._reach is not None and (chord is None or chord > self._reach):
            return
        if key in territory.members:
            chords[key] = chord

    def _measured_pool(self, territory: Territory, place: Vector) -> Pool:
        """The whole territory, with everyone's distance from one place.

        :param territory: the territory
        :param place: the lead's place
        :return: the pool
        """
        members: list[int] = []
        chords: list[float | None] = []
        for key in territory.members:
            vector = self._vectors.get(key)
            chord = squared_chord(vector, place) if vector else None
            if self._reach is None or (chord is not None and chord <= self._reach):
                members.append(key)
                chords.append(chord)
        return Pool(members, chords, WHOLE_TERRITORY)

    def _prepare(self, pool: Pool) -> None:
        """Remove those without room and get the pool ready to choose from.

        :param pool: the pool
        """
        has_room = self.capacity.has_room
        kept = [index for index, key in enumerate(pool.members) if has_room(key)]
        pool.seen = len(self.capacity.full)
        if len(kept) < len(pool.members):
            pool.members = [pool.members[index] for index in kept]
            if pool.chords is not None:
                pool.chords = [pool.chords[index] for index in kept]
        pool.position = {key: index for index, key in enumerate(pool.members)}
        pool.cumulative = list(
            accumulate(self._resellers[key].weight for key in pool.members)
        )
        pool.total = pool.cumulative[-1] if pool.cumulative else 0.0
        pool.head = ""
        pool.ends = {}
        pool.top = []
        if self.policy.method == ROUND_ROBIN:
            pool.turn = max(pool.turn, self.turns.join(pool.members))
            pool.heap = [(self._due(key), key) for key in pool.members]
            heapq.heapify(pool.heap)

    def _refresh(self, pool: Pool) -> None:
        """Prepare a pool again where one of its members has no room any more.

        :param pool: one that was not looked at since somebody became full
        """
        full = self.capacity.full
        if any(key in pool.position for key in full[pool.seen :]):
            self._prepare(pool)
        else:
            pool.seen = len(full)

    # -- choosing --------------------------------------------------------------

    def choose(self, lead: Lead, excluded: Collection[int] = ()) -> Choice | None:
        """Choose a reseller and use one place of its capacity.

        The explanation is a JSON object: ``method``; ``ring`` in km (-1: the whole
        territory); ``eligible`` and ``total`` (their number and weight); ``full`` and
        ``declined`` (how many of the same ring were left out, and why); ``draw`` (from
        0 to ``total``; absent where nothing was drawn); ``chosen`` and ``top``, each
        entry ``[reseller id, km or null, weight]``.

        :param lead: the lead
        :param excluded: ids of resellers that must not get this lead
        :return: None when no reseller is eligible
        """
        full = self.capacity.full
        for pool in self._pools(lead):
            if pool.seen != len(full):
                self._refresh(pool)
            barred = (
                {key for key in excluded if key in pool.position} if excluded else ()
            )
            if len(pool.members) <= len(barred):
                continue
            index, draw = self._pick(pool, barred)
            reseller_id = pool.members[index]
            # the words come first: they describe the moment before the choice
            km, head, tail = self._explain(pool, index, draw, barred, lead)
            self.capacity.take(reseller_id)
            return Choice(lead.id, reseller_id, pool.ring_km, km, head, tail)
        return None

    def _pick(self, pool: Pool, barred: Collection[int]) -> tuple[int, float | None]:
        """Choose from a pool by the method of the policy.

        :param pool: the pool
        :param barred: ids of members that must not get the lead
        :return: the chosen one's position in the pool, and the draw if there was one
        """
        if self.policy.method == ROUND_ROBIN:
            return self._pick_in_turn(pool, barred), None
        if self.policy.method == NEAREST:
            index = self._pick_nearest(pool, barred)
            if index is not None:
                return index, None
        return self._pick_at_random(pool, barred)

    def _pick_at_random(self, pool: Pool, barred: Collection[int]) -> tuple[int, float]:
        """Choose at random, in proportion to the weights.

        :param pool: the pool
        :param barred: ids of members that must not get the lead
        :return: position in the pool, and the number that was drawn, from 0 to the sum
            of weights
        """
        if not barred:
            draw = self.rng.random() * pool.total
            index = min(bisect_right(pool.cumulative, draw), len(pool.members) - 1)
            return index, draw
        allowed = [index for index, key in enumerate(pool.members) if key not in barred]
        weights = [self._resellers[pool.members[index]].weight for index in allowed]
        cumulative = list(accumulate(weights))
        draw = self.rng.random() * cumulative[-1]
        return allowed[min(bisect_right(cumulative, draw), len(allowed) - 1)], draw

    def _pick_nearest(self, pool: Pool, barred: Collection[int]) -> int | None:
        """Choose the closest; of equally close ones the one with the highest weight.

        :param pool: the pool
        :param barred: ids of members that must not get the lead
        :return: position in the pool; None where no distance is known
        """
        if pool.chords is None:
            return None
        best: tuple[float, float, int] | None = None
        for index, (key, chord) in enumerate(
            zip(pool.members, pool.chords, strict=True)
        ):
            if chord is None or key in barred:
                continue
            rank = (chord, -self._resellers[key].weight, index)
            if best is None or rank < best:
                best = rank
        return best and best[2]

    def _due(self, key: int) -> float:
        """When it is a reseller's turn; a higher weight comes sooner.

        :param key: id of the reseller
        :return: in the rule's own time, see ``Turns``
        """
        return self.turns.last[key] + 1 / self._resellers[key].weight

    def _pick_in_turn(self, pool: Pool, barred: Collection[int]) -> int:
        """Choose the one whose turn it is.

        :param pool: the pool
        :param barred: ids of members that must not get the lead; not all of them
        :return: position in the pool
        """
        heap = pool.heap
        passed_over = []
        while True:
            due, key = heapq.heappop(heap)
            now_due = self._due(key)
            if now_due > due:  # was served through another pool since
                pool.turn = max(pool.turn, self.turns.last[key])
                heapq.heappush(heap, (now_due, key))
            elif key in barred:
                passed_over.append((due, key))
            else:
                break
        for entry in passed_over:
            heapq.heappush(heap, entry)
        # who was away for a while does not get what it missed all at once
        pool.turn = max(pool.turn, due)
        self.turns.serve(key, pool.turn)
        heapq.heappush(heap, (self._due(key), key))
        return pool.position[key]

    # -- explaining ------------------------------------------------------------

    def _entry(
        self, pool: Pool, index: int, place: Vector | None
    ) -> list[float | None]:
        """A reseller as explanations show it.

        :param pool: the pool
        :param index: position in the pool
        :param place: the lead's place, or None
        :return: id, distance in km or None, and weight
        """
        key = pool.members[index]
        chord = None
        if pool.chords is not None:
            chord = pool.chords[index]
        elif place and key in self._vectors:
            chord = squared_chord(self._vectors[key], place)
        km = None if chord is None else round(squared_chord_to_km(chord), 1)
        return [key, km, round(self._resellers[key].weight, 3)]

    def _explain(
        self,
        pool: Pool,
        index: int,
        draw: float | None,
        barred: Collection[int],
        lead: Lead,
    ) -> tuple[float | None, str, str]:
        """Explain a choice.

        :param pool: the pool
        :param index: position of the chosen one
        :param draw: the number drawn, or None
        :param barred: ids of members that must not get the lead
        :param lead: the lead
        :return: distance in km or None, and the two parts of the JSON text
        """
        place = self._place(lead) if pool.chords is None else None
        if barred or place:
            head = self._explain_pool(pool, barred, place)
        else:
            head = pool.head = pool.head or self._explain_pool(pool, barred, None)
        end = None if place else pool.ends.get(index)
        if end is None:
            key, km, weight = self._entry(pool, index, place)
            shown = "null" if km is None else km
            end = km, f',"chosen":[{key},{shown},{weight}]}}'
            if not place:
                pool.ends[index] = end
        km, chosen = end
        drawn = "" if draw is None else f',"draw":{draw:.6f}'
        return km, head, drawn + chosen

    def _explain_pool(
        self, pool: Pool, barred: Collection[int], place: Vector | None
    ) -> str:
        """The part all leads of a pool have in common; the closing brace is missing.

        :param pool: the pool
        :param barred: ids of members that must not get the lead
        :param place: the lead's place, or None
        :return: beginning of a JSON text
        """
        top, total = pool.top, pool.total
        if barred:
            allowed = [
                index for index, key in enumerate(pool.members) if key not in barred
            ]
            top = self._top(pool, allowed)
            total = sum(
                self._resellers[pool.members[index]].weight for index in allowed
            )
        elif not top:
            top = pool.top = self._top(pool, range(len(pool.members)))
        facts = {
            "method": self.policy.method,
            "ring": pool.ring_km,
            "eligible": len(pool.members) - len(barred),
            "total": round(total, 3),
            "full": pool.declared - len(pool.members),
            "declined": len(barred),
            "top": [self._entry(pool, index, place) for index in top],
        }
        return json.dumps(facts, separators=(",", ":"))[:-1]

    def _top(self, pool: Pool, allowed: Sequence[int]) -> list[int]:
        """The most likely ones, or the nearest where that is what counts.

        :param pool: the pool
        :param allowed: positions to choose from
        :return: positions, the most likely or nearest first
        """
        members, chords, resellers = pool.members, pool.chords, self._resellers

        def rank(index: int) -> tuple[float, float]:
            """Sort by distance where it counts, then by weight.

            :param index: position in the pool
            :return: key for sorting
            """
            weight = resellers[members[index]].weight
            if self.policy.method != NEAREST or chords is None:
                return 0.0, -weight
            chord = chords[index]
            return (5.0 if chord is None else chord), -weight

        return heapq.nsmallest(EXPLAINED, allowed, key=rank)
