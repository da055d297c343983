"""The choice itself, without a database."""

import json
import math
import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests.common import BaseCase, tagged

from ..lib.assignment import (
    NEAREST,
    ROUND_ROBIN,
    WEIGHTED,
    WHOLE_TERRITORY,
    Allocator,
    Capacity,
    Lead,
    Policy,
    Reseller,
    Turns,
    parse_rings,
    parse_zip_prefixes,
)
from ..lib.distance import Grid, haversine_km, is_located, unit_vector

# a busy machine is no reason to fail
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

METHODS = (WEIGHTED, ROUND_ROBIN, NEAREST)

latitudes = st.floats(-90, 90, allow_nan=False)
longitudes = st.floats(-180, 180, allow_nan=False)


def places():
    return st.one_of(st.just((None, None)), st.tuples(latitudes, longitudes))


@st.composite
def resellers(draw, max_size=12):
    found = []
    for key in range(1, draw(st.integers(0, max_size)) + 1):
        latitude, longitude = draw(places())
        found.append(
            Reseller(
                id=key,
                weight=draw(st.integers(0, 10)),
                latitude=latitude,
                longitude=longitude,
                home_country=draw(st.sampled_from([None, 1, 2])),
                countries=draw(st.frozensets(st.integers(1, 3), max_size=2)),
                states=draw(
                    st.dictionaries(st.sampled_from([11, 12]), st.just(1), max_size=2)
                ),
                zip_prefixes=draw(st.sampled_from([(), (), ("10",), ("10", "2")])),
                company=draw(st.sampled_from([None, None, 5])),
                directions=draw(
                    st.sampled_from([frozenset(), frozenset({7}), frozenset({7, 9})])
                ),
            )
        )
    return found


@st.composite
def leads(draw, max_size=25):
    found = []
    for key in range(1, draw(st.integers(0, max_size)) + 1):
        latitude, longitude = draw(places())
        found.append(
            Lead(
                id=key,
                country=draw(st.sampled_from([None, 1, 2, 3])),
                state=draw(st.sampled_from([None, 11, 12])),
                zip=draw(st.sampled_from([None, "1040", "10", "2000", "9"])),
                latitude=latitude,
                longitude=longitude,
                company=draw(st.sampled_from([None, 5, 6])),
                direction=draw(st.sampled_from([None, 7, 8])),
            )
        )
    return found


policies = st.builds(
    Policy,
    method=st.sampled_from(METHODS),
    rings_km=st.sampled_from([(), (50.0, 150.0, 400.0), (5000.0,)]),
    country_fallback=st.booleans(),
    max_distance_km=st.sampled_from([0.0, 0.0, 1000.0]),
)


def in_territory(reseller, lead):
    """The definition of a territory, as plainly as it can be written."""
    if reseller.company and reseller.company != lead.company:
        return False
    if (
        reseller.directions
        and lead.direction
        and lead.direction not in reseller.directions
    ):
        return False
    by_state = lead.state in reseller.states
    by_zip = any((lead.zip or "").startswith(p) for p in reseller.zip_prefixes)
    served = set(reseller.countries) | set(reseller.states.values())
    if by_state:
        return True
    if by_zip:
        if not lead.country:
            return True
        if served:
            return lead.country in served
        return reseller.home_country in (None, lead.country)
    if reseller.zip_prefixes:
        return False
    if served:
        whole = set(reseller.countries) - set(reseller.states.values())
        return lead.country in whole
    return reseller.home_country is None or reseller.home_country == lead.country


@tagged("post_install", "-at_install")
class TestDistance(BaseCase):
    def test_known_distances(self):
        """Great circles, to a tenth of a percent."""
        for here, there, km in (
            ((50.8503, 4.3517), (48.8566, 2.3522), 263.9),  # Brussels, Paris
            ((40.7128, -74.0060), (51.5074, -0.1278), 5570.2),  # New York, London
            ((-33.8688, 151.2093), (35.6762, 139.6503), 7826.6),  # Sydney, Tokyo
            ((-17.7134, 178.0650), (-13.8333, -171.7667), 1160.0),  # over the date line
        ):
            self.assertAlmostEqual(
                haversine_km(*here, *there) / km, 1, delta=0.01, msg=(here, there)
            )

    def test_located(self):
        self.assertFalse(is_located(0, 0))
        self.assertFalse(is_located(None, 4.0))
        self.assertFalse(is_located(91.0, 4.0))
        self.assertTrue(is_located(0.0, 4.0))

    @unhurried
    @given(latitudes, longitudes, latitudes, longitudes)
    def test_symmetric_and_bounded(self, lat1, lon1, lat2, lon2):
        there = haversine_km(lat1, lon1, lat2, lon2)
        back = haversine_km(lat2, lon2, lat1, lon1)
        self.assertAlmostEqual(there, back, places=6)
        self.assertLessEqual(there, math.pi * 6371.01)

    @unhurried
    @given(
        st.lists(st.tuples(latitudes, longitudes), max_size=40),
        latitudes,
        longitudes,
        st.sampled_from([1.0, 50.0, 400.0, 9000.0, 25000.0]),
    )
    def test_grid_finds_what_is_near(self, points, latitude, longitude, radius):
        """A grid finds exactly those that a plain comparison finds."""
        grid = Grid(
            [(number, unit_vector(*point)) for number, point in enumerate(points)],
            radius,
        )
        near = {number for number, _ in grid.near(unit_vector(latitude, longitude))}
        for number, point in enumerate(points):
            km = haversine_km(*point, latitude, longitude)
            if abs(km - radius) > 1e-3:  # on the edge, rounding decides
                self.assertEqual(number in near, km < radius, (point, km))


@tagged("post_install", "-at_install")
class TestParsing(BaseCase):
    def test_zip_prefixes(self):
        self.assertEqual(parse_zip_prefixes(" 12, 10;sw 1,,10"), ("10", "12", "SW1"))
        self.assertEqual(parse_zip_prefixes(None), ())

    def test_rings(self):
        self.assertEqual(parse_rings("150, 50"), (50.0, 150.0))
        self.assertEqual(parse_rings(" "), ())
        for wrong in ("near", "50, -1", "0", "inf", "nan"):
            with self.assertRaises(ValueError):
                parse_rings(wrong)


@tagged("post_install", "-at_install")
class TestChoice(BaseCase):
    def chi_square(self, weights, counts):
        total, drawn = sum(weights.values()), sum(counts.values())
        return sum(
            (counts[key] - drawn * weight / total) ** 2 / (drawn * weight / total)
            for key, weight in weights.items()
        )

    def test_shares_follow_weights(self):
        """20,000 leads, weights 1, 2, 3, 5, 10: p of the chi-square test > 0.001."""
        weights = {1: 1, 2: 2, 3: 3, 4: 5, 5: 10}
        for place in ((None, None), (50.0, 4.0)):
            allocator = Allocator(
                [Reseller(key, w, *place) for key, w in weights.items()],
                Policy(),
                random.Random(2024),
            )
            counts = Counter(
                allocator.choose(Lead(number, 1, None, None, *place)).reseller_id
                for number in range(20_000)
            )
            # 4 degrees of freedom: p = exp(-x/2) * (1 + x/2)
            half = self.chi_square(weights, counts) / 2
            self.assertGreater(math.exp(-half) * (1 + half), 0.001, counts)

    def test_shares_without_those_who_declined(self):
        """The others share by weight when someone is left out."""
        allocator = Allocator(
            [Reseller(1, 10), Reseller(2, 1), Reseller(3, 3)],
            Policy(),
            random.Random(5),
        )
        counts = Counter(
            allocator.choose(Lead(number, 1), [1]).reseller_id
            for number in range(8_000)
        )
        self.assertNotIn(1, counts)
        # 1 degree of freedom: x > 10.83 has p < 0.001
        self.assertLess(self.chi_square({2: 1, 3: 3}, counts), 10.83)

    @settings(unhurried, max_examples=200)
    @given(resellers(), leads(), policies, st.integers(0, 2**32), st.data())
    def test_rules_that_never_bend(self, channel, wanted, policy, seed, data):
        """Capacity, weight 0, declined, territory, distance: for anything at all."""
        limits = {
            reseller.id: data.draw(st.integers(0, 3))
            for reseller in channel
            if data.draw(st.booleans())
        }
        declined = {
            lead.id: data.draw(st.sets(st.integers(1, 12), max_size=4))
            for lead in wanted
        }
        capacity = Capacity(limits)
        allocator = Allocator(channel, policy, random.Random(seed), capacity)
        by_id = {reseller.id: reseller for reseller in channel}
        held = Counter()
        for lead in wanted:
            choice = allocator.choose(lead, declined[lead.id])
            able = [
                reseller
                for reseller in channel
                if reseller.weight > 0
                and held[reseller.id] < limits.get(reseller.id, 1000)
                and reseller.id not in declined[lead.id]
                and in_territory(reseller, lead)
            ]
            if choice is None:
                if policy.country_fallback and not policy.max_distance_km:
                    self.assertFalse(able)
                continue
            self.assertIn(by_id[choice.reseller_id], able)
            held[choice.reseller_id] += 1
            self.check_explanation(choice, by_id, policy, lead, able)
        for key, limit in limits.items():
            self.assertLessEqual(held[key], limit)
            self.assertEqual(capacity.left[key], limit - held[key])

    def check_explanation(self, choice, by_id, policy, lead, able):
        facts = json.loads(choice.explanation)
        self.assertEqual(facts["method"], policy.method)
        self.assertEqual(facts["chosen"][0], choice.reseller_id)
        self.assertGreaterEqual(facts["eligible"], 1)
        self.assertLessEqual(facts["eligible"], len(able))
        self.assertLessEqual(len(facts["top"]), 10)
        named = {entry[0] for entry in facts["top"]}
        self.assertLessEqual(named, {reseller.id for reseller in able})
        if facts["eligible"] <= 10:
            self.assertEqual(len(named), facts["eligible"])
            self.assertIn(choice.reseller_id, named)
            self.assertAlmostEqual(
                facts["total"], sum(by_id[key].weight for key in named), places=2
            )
        if policy.method == WEIGHTED:
            self.assertLessEqual(facts["draw"], facts["total"])
        reseller = by_id[choice.reseller_id]
        if choice.distance_km is not None:
            km = haversine_km(
                reseller.latitude, reseller.longitude, lead.latitude, lead.longitude
            )
            self.assertAlmostEqual(choice.distance_km, km, delta=0.06)
        if policy.max_distance_km:
            self.assertLessEqual(choice.distance_km, policy.max_distance_km + 0.1)

    @settings(unhurried, max_examples=60)
    @given(resellers(), leads(), policies, st.integers(0, 2**32))
    def test_same_seed_same_result(self, channel, wanted, policy, seed):
        def run():
            allocator = Allocator(
                channel, policy, random.Random(seed), Capacity({1: 2}), Turns({2: 1.5})
            )
            return [allocator.choose(lead) for lead in wanted]

        self.assertEqual(run(), run())

    @unhurried
    @given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 120))
    def test_round_robin_is_smooth(self, weights, count):
        """At every moment each one is within one turn of its exact share."""
        allocator = Allocator(
            [Reseller(key, weight) for key, weight in enumerate(weights, 1)],
            Policy(ROUND_ROBIN),
            random.Random(1),
        )
        served = Counter()
        total = sum(weights)
        for number in range(1, count + 1):
            served[allocator.choose(Lead(number, 1)).reseller_id] += 1
            for key, weight in enumerate(weights, 1):
                share = number * weight / total
                self.assertLess(abs(served[key] - share), len(weights), served)
        # whole rounds come out even
        if count % total == 0:
            self.assertEqual(
                [served[key] for key in range(1, len(weights) + 1)],
                [count // total * weight for weight in weights],
            )

    def test_round_robin_carries_on(self):
        """One lead at a time, in runs of their own: the same turns as in one run."""
        channel = [Reseller(1, 10), Reseller(2, 5), Reseller(3, 1)]
        whole = Allocator(channel, Policy(ROUND_ROBIN), random.Random(1))
        expected = [whole.choose(Lead(n, 1)).reseller_id for n in range(64)]
        turns = Turns()
        got = [
            Allocator(channel, Policy(ROUND_ROBIN), random.Random(1), turns=turns)
            .choose(Lead(n, 1))
            .reseller_id
            for n in range(64)
        ]
        self.assertEqual(got, expected)
        self.assertEqual(Counter(got), {1: 40, 2: 20, 3: 4})

    def test_round_robin_has_no_bursts_after_a_pause(self):
        """Who was full for a while does not get all it missed at once."""
        channel = [Reseller(1, 1), Reseller(2, 1)]
        turns = Turns()
        for number in range(50):
            Allocator(
                channel,
                Policy(ROUND_ROBIN),
                random.Random(1),
                Capacity({2: 0}) if number else None,
                turns,
            ).choose(Lead(number, 1))
        back = Allocator(channel, Policy(ROUND_ROBIN), random.Random(1), turns=turns)
        got = [back.choose(Lead(n, 1)).reseller_id for n in range(20)]
        self.assertEqual(Counter(got), {1: 10, 2: 10})
        self.assertLessEqual(
            max(len(run) for run in "".join(map(str, got)).split("1")), 2
        )

    def test_rings_widen(self):
        """The nearest ring with someone in it, then the next, then everyone."""
        near = Reseller(1, 1, 50.0, 4.1)  # 7 km
        middle = Reseller(2, 9, 50.0, 5.5)  # 107 km
        far = Reseller(3, 9, 43.0, 4.0)  # 778 km
        lead = Lead(1, 1, None, None, 50.0, 4.0)
        for channel, expected in (
            ([near, middle, far], (1, 50.0)),
            ([middle, far], (2, 150.0)),
            ([far], (3, WHOLE_TERRITORY)),
        ):
            choice = Allocator(channel, Policy(), random.Random(1)).choose(lead)
            self.assertEqual((choice.reseller_id, choice.ring_km), expected)
        only_near = Policy(country_fallback=False)
        self.assertIsNone(Allocator([far], only_near, random.Random(1)).choose(lead))

    def test_full_ring_widens(self):
        """When all near ones are full the next ring gets the lead."""
        channel = [Reseller(1, 1, 50.0, 4.1), Reseller(2, 9, 50.0, 5.5)]
        allocator = Allocator(channel, Policy(), random.Random(1), Capacity({1: 1}))
        lead = Lead(1, 1, None, None, 50.0, 4.0)
        got = [allocator.choose(lead).reseller_id for _ in range(3)]
        self.assertEqual(got, [1, 2, 2])

    def test_nearest(self):
        channel = [Reseller(1, 1, 50.0, 4.2), Reseller(2, 9, 50.0, 4.1), Reseller(3, 5)]
        allocator = Allocator(channel, Policy(NEAREST), random.Random(1))
        lead = Lead(1, 1, None, None, 50.0, 4.0)
        self.assertEqual(allocator.choose(lead).reseller_id, 2)
        self.assertEqual(allocator.choose(lead, [2]).reseller_id, 1)
        # whose distance is unknown comes last, by lot
        self.assertEqual(allocator.choose(lead, [1, 2]).reseller_id, 3)

    def test_who_names_the_zip_code_counts_as_near(self):
        """A territory that names the very place beats a company next door."""
        named = Reseller(1, 1, 43.0, 4.0, home_country=1, zip_prefixes=("10",))
        allocator = Allocator([named], Policy(), random.Random(1))
        choice = allocator.choose(Lead(1, 1, None, "10 40", 50.0, 4.0))
        self.assertEqual(choice.ring_km, 50.0)
        self.assertIsNone(allocator.choose(Lead(2, 1, None, "2000", 50.0, 4.0)))
