"""Work steers the weights: the formula, and what the scheduler does with it."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import BaseCase, tagged

from ..lib import performance
from ..lib.performance import (
    HIGHEST,
    LOWEST,
    MOST_PER_EVENT,
    MOST_PER_EVENT_ANY_WEIGHTS,
    NEWCOMER,
    PARTS,
    SETTLED,
    WEIGHTS,
    Tally,
    get_bands,
    performance_factor,
)
from .test_measures import NOON, MeasureCase

# a busy machine is no reason to fail
unhurried = settings(
    deadline=None, max_examples=60, suppress_health_check=list(HealthCheck)
)
counts = st.integers(0, 60)


@st.composite
def histories(draw, largest=60):
    """What a reseller did, as tallies that can occur together."""
    some = st.integers(0, largest)
    in_time, declined, missed = draw(some), draw(some), draw(some)
    closed = in_time + declined + missed
    matured, followed = draw(some), draw(some)
    return {
        "acceptance": Tally(in_time, closed),
        "reliability": Tally(in_time + declined, closed),
        "speed": Tally(draw(st.floats(0, 1)) * (in_time + declined), closed),
        "conversion": Tally(draw(st.integers(0, matured)), matured),
        "silence": Tally(draw(st.integers(0, followed)), followed),
    }


# a reseller without a miss, one offer before anything is concluded, among poor ones
NEARLY_SETTLED = {
    "acceptance": Tally(NEWCOMER - 1, NEWCOMER - 1),
    "reliability": Tally(NEWCOMER - 1, NEWCOMER - 1),
    "speed": Tally(NEWCOMER - 1, NEWCOMER - 1),
    "conversion": Tally(0, 0),
    "silence": Tally(0, 0),
}
POOR = {
    "acceptance": Tally(10, 100),
    "reliability": Tally(10, 100),
    "speed": Tally(10, 100),
    "conversion": Tally(10, 100),
    "silence": Tally(70, 100),
}

weightings = st.just(WEIGHTS) | st.fixed_dictionaries(
    {name: st.integers(0, 100) for name in PARTS}
).filter(lambda weights: any(weights.values()))


def miss(history, part=None):
    """One more bad event: an offer expires, or something in one part goes wrong."""
    parts = (part,) if part else ("acceptance", "reliability", "speed")
    worse = {name: history[name] + Tally(0, 1) for name in parts}
    return {**history, **worse}


def lose(history, count):
    """Accepted leads are given back: no longer accepted, no longer reliable."""
    count = min(count, history["acceptance"].good)
    return {
        **history,
        "acceptance": history["acceptance"] + Tally(-count, 0),
        "reliability": history["reliability"] + Tally(-count, 0),
    }


def check_bad_events(case, formula=performance_factor):
    """One more bad event never raises the factor.

    The example is a newcomer's fifth offer, where a threshold would show; what is
    drawn at random need not meet it.
    """

    @unhurried
    @example(NEARLY_SETTLED, POOR, WEIGHTS, None, 1)
    @given(
        histories() | histories(largest=4),
        histories(),
        weightings,
        st.sampled_from((None, "conversion", "silence")),
        st.integers(1, 5),
    )
    def check(own, others, weights, part, more):
        before = formula(own, others, weights).value
        worse = own
        for _number in range(more):
            worse = miss(worse, part)
        case.assertLessEqual(formula(worse, others, weights).value, before)
        case.assertLessEqual(formula(lose(own, more), others, weights).value, before)

    check()


def check_idle(case, formula=performance_factor):
    """Accepting everything at once and working nothing costs, where others work."""

    @unhurried
    @given(st.integers(SETTLED, 200), histories())
    def check(accepted, others):
        own = {name: Tally(accepted, accepted) for name in performance.ANSWERING}
        own |= {name: Tally(0, accepted) for name in performance.OUTCOME}
        others = {**others, "silence": Tally(70, 100), "conversion": Tally(25, 100)}
        case.assertLessEqual(formula(own, others).value, 1)
        if accepted >= 30:
            case.assertLess(formula(own, others).value, 1)

    check()


@tagged("post_install", "-at_install")
class TestFormula(BaseCase):
    @unhurried
    @given(histories(), histories(), weightings)
    def test_bounds_and_steps(self, own, others, weights):
        factor = performance_factor(own, others, weights)
        self.assertGreaterEqual(factor.value, LOWEST)
        self.assertLessEqual(factor.value, HIGHEST)
        self.assertAlmostEqual(factor.value * 20, round(factor.value * 20))
        self.assertAlmostEqual(sum(part.weight for part in factor.parts), 1)

    def test_bad_events_never_help(self):
        check_bad_events(self)

    def test_a_formula_that_rewards_a_miss_is_found(self):
        """Planted: with newcomers spared by a threshold, the fifth offer lifts even
        when it is missed."""

        def formula(own, others, weights=None):
            factor = performance_factor(own, others, weights)
            points = sum(part.points for part in factor.parts)
            newcomer = own["acceptance"].total < NEWCOMER
            return factor._replace(value=1.0 if newcomer else 1 + points)

        with self.assertRaises(AssertionError):
            check_bad_events(self, formula)

    def test_accepting_and_not_working_costs(self):
        check_idle(self)

    def test_a_formula_that_pays_for_idleness_is_found(self):
        """Planted: the answers count whatever becomes of the leads."""

        def formula(own, others, weights=None):
            changed = performance_factor(own, others, weights)
            points = sum(part.points for part in changed.parts)
            return changed._replace(value=1 + points * 2)

        others = {"acceptance": Tally(10, 100), "speed": Tally(10, 100)}
        own = {name: Tally(50, 50) for name in performance.ANSWERING}
        self.assertGreater(formula(own, others).value, 1)
        with self.assertRaises(AssertionError):
            check_idle(self, formula)

    @unhurried
    @given(histories(), histories(), weightings, st.booleans())
    def test_one_event_is_one_small_step(self, own, others, weights, good):
        before = performance_factor(own, others, weights).value
        most = MOST_PER_EVENT if weights == WEIGHTS else MOST_PER_EVENT_ANY_WEIGHTS
        event = Tally(int(good), 1)
        for parts in (performance.ANSWERING, ("conversion",), ("silence",)):
            after = {**own, **{name: own[name] + event for name in parts}}
            moved = abs(performance_factor(after, others, weights).value - before)
            self.assertLessEqual(round(moved, 2), most)

    @unhurried
    @given(histories(largest=1), histories())
    def test_newcomers_are_neutral(self, own, others):
        self.assertLess(own["acceptance"].total, NEWCOMER)
        self.assertEqual(performance_factor(own, others).value, 1)
        self.assertTrue(performance_factor(own, others).is_newcomer)

    @unhurried
    @given(histories(), histories())
    def test_more_of_its_own_counts_more(self, own, others):
        """Few events are drawn to what is usual; the same share of many is not."""
        ten_times = {
            name: Tally(10 * tally.good, 10 * tally.total)
            for name, tally in own.items()
        }
        some, many = (
            performance_factor(history, others).parts for history in (own, ten_times)
        )
        for few, lots in zip(some, many, strict=True):
            self.assertLessEqual(abs(few.points), abs(lots.points) + 1e-9)

    def test_nothing_to_compare_with(self):
        own = {name: Tally(50, 50) for name in PARTS}
        self.assertEqual(performance_factor(own, {}).value, 1)

    def test_example_by_hand(self):
        """40 of 40 against 50%: share (40 + 20 / 2) / 60, a third above, in each part.

        Answers 0.6 / 3 = 0.2, outcomes 0.4 / 3 = 0.133, worked (40 + 5 / 2) / 45:
        1 + 0.133 + 0.2 * 0.944 = 1.32.
        """
        own = {name: Tally(40, 40) for name in PARTS}
        usual = {name: Tally(50, 100) for name in PARTS}
        factor = performance_factor(own, usual)
        self.assertEqual(factor.value, 1.3)
        self.assertAlmostEqual(factor.worked, 42.5 / 45)
        none = {name: Tally(0, 40) for name in PARTS}
        # 1 - 0.333, all of it
        self.assertEqual(performance_factor(none, usual).value, 0.65)

    @unhurried
    @given(
        st.dictionaries(st.integers(), st.integers(0, 9), max_size=12),
        st.sampled_from(("up", "down")),
    )
    def test_bands(self, figures, better):
        bands = get_bands(figures, better)
        if len(figures) < 3:
            self.assertFalse(bands)
            return
        self.assertEqual(set(bands), set(figures))
        order = ["upper", "middle", "lower"]
        for one, value in figures.items():
            for other, than in figures.items():
                if value == than:
                    self.assertEqual(bands[one], bands[other])
                elif (value > than) == (better == "up"):
                    self.assertLessEqual(
                        order.index(bands[one]), order.index(bands[other])
                    )


@tagged("post_install", "-at_install")
class TestFactors(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gamma = cls.make_reseller("Gamma")
        cls.Score = cls.env["crm.reseller.score"]
        cls.company = cls.env.ref("base.main_company")
        cls.company.write(
            {
                "reseller_weight_by_performance": True,
                "reseller_factor_applied_on": False,
            }
        )

    def offers(self, reseller, state, count=10, **values):
        """Offers of yesterday, answered after two of eight hours."""
        values.setdefault("offered_on", NOON - timedelta(days=1))
        for _number in range(count):
            self.offer(reseller, state, **values)

    def run_cron(self, now=NOON):
        cron = self.env.ref(
            "crm_reseller_performance.ir_cron_update_reseller_performance"
        )
        with freeze_time(now):
            # as the scheduler runs it, but in the test's own transaction
            cron.ir_actions_server_id.with_context(tracking_disable=False).run()
        self.env.flush_all()
        self.env.cr.flush()

    def notes(self, reseller):
        return reseller.message_ids.filtered(
            lambda message: "Performance factor" in (message.body or "")
        )

    def score(self, reseller):
        return self.Score.search([("reseller_id", "=", reseller.id)])

    def tallies(self, reseller):
        with freeze_time(NOON):
            return self.Score._read_tallies().get(reseller.id, {})

    def test_work_steers_the_weights(self):
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12, hours=8)
        self.run_cron()
        up, down = self.alfa, self.beta
        self.assertGreater(up.reseller_performance_factor, 1)
        self.assertLess(down.reseller_performance_factor, 1)
        self.assertAlmostEqual(
            up.reseller_effective_weight, 3 * up.reseller_performance_factor
        )
        self.assertEqual(len(self.notes(up)), 1)
        self.assertIn("1.00, now 1.", self.notes(up).body)
        self.assertIn("100% of 12, usual are 0%", self.notes(up).body)
        self.assertFalse(up.message_ids.sudo().tracking_value_ids)

    def test_what_is_counted(self):
        """By hand, part by part."""
        spam = self.env["crm.reseller.decline.reason"].create(
            {"name": "Spam", "marks_spam": True}
        )
        self.offers(self.alfa, "accepted", 4)  # a quarter of the time used
        self.offers(self.alfa, "accepted", 1, hours=10)  # late
        self.offers(self.alfa, "declined", 2, hours=4)
        self.offers(self.alfa, "declined", 1, decline_reason_id=spam.id)
        self.offers(self.alfa, "expired", 1, hours=8)
        self.offers(self.alfa, "returned", 1, returned_on=NOON)
        self.offers(self.alfa, "withdrawn", 1)
        self.offers(self.alfa, "pending", 1)
        self.offers(self.alfa, "accepted", 1, method="registered")
        old = NOON - timedelta(days=91)
        self.offers(self.alfa, "expired", 5, offered_on=old)
        tallies = self.tallies(self.alfa)
        self.assertEqual(tallies["acceptance"], Tally(4, 9))
        self.assertEqual(tallies["reliability"], Tally(6, 9))
        # 4 and 1 at a quarter, 2 and the spam halfway, quarter; late and expired: none
        self.assertAlmostEqual(tallies["speed"].good, 4 * 0.75 + 2 * 0.5 + 0.75 + 0.75)
        self.assertEqual(tallies["speed"].total, 9)

    def test_outcomes_are_counted(self):
        """Accepted 100 days ago: older than the usual cycle of 90 days."""
        then = NOON - timedelta(days=100)
        won = {"stage_id": self.won_stage.id, "date_closed": NOON}
        self.offers(self.alfa, "accepted", 1, offered_on=then, lead_values={**won})
        recent = NOON - timedelta(days=1)
        self.offers(
            self.alfa,
            "accepted",
            2,
            offered_on=then,
            lead_values={"worked_on": recent},
        )
        self.offers(self.alfa, "accepted", 1, offered_on=then)
        lost = {
            "active": False,
            "probability": 0,
            "date_closed": then + timedelta(days=3),
        }
        self.offers(self.alfa, "accepted", 1, offered_on=then, lead_values={**lost})
        # too young for both
        self.offers(self.alfa, "accepted", 3)
        # for silence, not for conversion
        month = NOON - timedelta(days=30)
        self.offers(self.alfa, "accepted", 2, offered_on=month)
        tallies = self.tallies(self.alfa)
        self.assertEqual(tallies["conversion"], Tally(1, 5))
        # silent: one never worked, the two of a month ago
        self.assertEqual(tallies["silence"], Tally(4, 7))

    def test_off_changes_nothing(self):
        self.company.reseller_weight_by_performance = False
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        self.assertFalse(self.notes(self.alfa))
        # the preview knows
        self.assertGreater(self.score(self.alfa).factor, 1)
        self.assertGreater(self.score(self.alfa).difference, 0)
        self.assertIn("usual are", self.score(self.alfa).explanation_html)

    def test_once_a_week(self):
        self.run_cron()
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        self.run_cron(NOON + timedelta(days=6))
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        # a bit earlier in the night
        self.run_cron(NOON + timedelta(days=7, minutes=-10))
        self.assertGreater(self.alfa.reseller_performance_factor, 1)
        self.run_cron(NOON + timedelta(days=7))
        self.assertEqual(len(self.notes(self.alfa)), 1)

    def test_each_company_decides(self):
        """A reseller of a company that does not use the factor keeps its own."""
        other = self.env["res.company"].create({"name": "Other"})
        self.beta.company_id = other
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        self.run_cron()
        self.assertGreater(self.alfa.reseller_performance_factor, 1)
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 1)
        other.reseller_weight_by_performance = True
        self.run_cron()
        self.assertLess(self.beta.reseller_performance_factor, 1)

    def test_weights_of_the_parts_are_settings(self):
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        for part in PARTS:
            if part != "conversion":
                self.company[f"reseller_factor_{part}"] = 0
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        with self.assertRaises(ValidationError):
            self.company.reseller_factor_conversion = 0
        with self.assertRaises(ValidationError):
            self.company.reseller_factor_conversion = -1

    def test_directions_are_apart(self):
        """Resellers of another direction are no measure."""
        direction = self.env["crm.reseller.direction"].create({"name": "Pumps"})
        self.beta.reseller_direction_id = direction
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 1)

    def test_zero_and_custom_weights_stay(self):
        self.alfa.reseller_performance_factor = 0
        self.beta.reseller_weight = 7
        self.offers(self.alfa, "accepted", 12)
        self.offers(self.beta, "expired", 12)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 0)
        self.assertEqual(self.beta.reseller_weight, 7)
        self.assertTrue(self.beta.reseller_weight_custom)

    def test_forgotten_answers_lead_back_to_one(self):
        self.alfa.reseller_performance_factor = 1.3
        self.beta.reseller_performance_factor = 1.04
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        # less than a step
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 1.04)
        self.assertFalse(self.notes(self.beta))

    def test_bands_are_among_peers(self):
        for reseller, state in (
            (self.alfa, "accepted"),
            (self.beta, "expired"),
            (self.gamma, "declined"),
        ):
            self.offers(reseller, state, 2)
        self.offers(self.gamma, "accepted", 2)
        self.run_cron()
        bands = [self.score(r).bands for r in (self.alfa, self.gamma, self.beta)]
        for band, text in zip(("upper", "middle", "lower"), bands, strict=True):
            self.assertIn(f'"pick_rate": "{band}"', text)

    def test_preview_is_for_managers(self):
        clerk = self.make_user("clerk", "sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            self.Score.with_user(clerk).action_preview()
        boss = self.make_user("boss", "sales_team.group_sale_manager")
        self.offers(self.alfa, "accepted", 1, offered_on=datetime.now())
        action = self.Score.with_user(boss).action_preview()
        self.assertEqual(action["res_model"], "crm.reseller.score")
        self.assertTrue(self.score(self.alfa))

    def test_statements_do_not_grow_with_resellers(self):
        def cost(count, prefix):
            resellers = self.env["res.partner"]
            for number in range(count):
                resellers |= self.make_reseller(f"{prefix} {number}")
                self.offers(resellers[-1], "expired", 1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(NOON):
                self.env["crm.lead"].sudo()._cron_update_reseller_performance()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = cost(3, "Few"), cost(23, "Many")
        self.assertLessEqual(many, few + 3)
