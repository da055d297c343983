"""Replay: what happened comes back id by id, and changes lead to other shares."""

import random
from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_base.lib.assignment import Lead, Policy, Reseller, Turns
from odoo.addons.crm_reseller_base.lib.assignment_run import (
    AssignmentRun,
    ResellersRead,
    unpack_resellers,
    unpack_run,
)
from odoo.addons.crm_reseller_base.tests.common import ResellerCase

from ..lib.replay import Change, PastRun, find_differences, replay, summarize

MONDAY = fields.Datetime.to_datetime("2026-03-02 09:00:00")


def make_past(number, weights, lead_ids, room=None, method="weighted", until=None):
    """A run as the assigner makes it, packed and read back."""
    resellers = {key: Reseller(key, weight) for key, weight in weights.items()}
    run = AssignmentRun(
        seed=number,
        read=ResellersRead(resellers, {}, dict(room or {})),
        turns={1: Turns()},
        candidates={1: None},
    )
    policy = Policy(method)
    given = {}
    for lead_id in lead_ids:
        choice = run.decide(Lead(lead_id), 1, policy)
        if choice:
            given[lead_id] = choice.reseller_id
    _checksum, packed = run.pack_resellers()
    return PastRun(
        number,
        MONDAY + timedelta(days=number),
        unpack_run(run.pack()),
        unpack_resellers(packed),
        given,
        until or {},
    )


@tagged("post_install", "-at_install")
class TestReplayLib(BaseCase):
    def test_unchanged_it_is_what_happened(self):
        runs = [
            make_past(1, {1: 1.0, 2: 3.0}, range(40), {1: 5}),
            make_past(2, {1: 1.0, 2: 3.0}, range(40, 80), {1: 3, 2: 4}),
            make_past(3, {1: 2.0}, range(70, 90), method="round_robin"),
        ]
        outcome = replay(runs, Change(), 0)
        for reseller in (1, 2):
            given = sum(list(run.given.values()).count(reseller) for run in runs)
            self.assertEqual(outcome.counts[reseller], given)
        self.assertIn(1, outcome.full)

    def test_shares_follow_the_weights(self):
        runs = [
            make_past(n, {1: 1.0, 2: 1.0}, range(n * 200, n * 200 + 200))
            for n in (1, 2)
        ]
        change = Change(resellers={2: Reseller(2, 4.0)})
        found = summarize([replay(runs, change, seed) for seed in range(1, 21)])
        self.assertAlmostEqual(found[2].mean / 400, 0.8, delta=0.03)
        self.assertLess(found[2].low, found[2].mean)
        self.assertGreater(found[2].high, 320)
        self.assertGreater(found[2].low, 250, "far from the half it had")

    def test_without_a_change_it_is_within_chance(self):
        runs = [make_past(7, {1: 1.0, 2: 3.0}, range(300))]
        before = replay(runs, Change(), 0)
        found = summarize([replay(runs, Change(), seed) for seed in range(1, 31)])
        for key, count in before.counts.items():
            self.assertTrue(found[key].low - 5 <= count <= found[key].high + 5)

    def test_room_moves_on_from_run_to_run(self):
        """Who got three leads less in the first run holds three more in the second."""
        first = make_past(1, {1: 1.0}, range(3), {1: 4})
        second = make_past(2, {1: 1.0}, range(3, 10), {1: 1})
        self.assertEqual(replay([first, second], Change(), 0).counts[1], 4)
        other = Change(resellers={2: Reseller(2, 1e9)}, room={})
        both = [first, second]
        self.assertEqual(replay(both, other, 1).counts[1], 0)
        # the heavy one holds three leads only: its limit counts over both runs
        limited = Change(resellers={2: Reseller(2, 1e9)}, limits={2: 3})
        counts = replay(both, limited, 1).counts
        self.assertEqual(counts[2], 3)
        self.assertEqual(counts[1], 4)
        # where the first leads were closed before the second run, there is room again
        ended = first._replace(until=dict.fromkeys(range(3), second.started_on))
        self.assertEqual(replay([ended, second], limited, 1).counts[2], 6)

    def test_a_lead_is_given_once_in_each_round(self):
        """Nobody took lead 5 at first; under the change it is taken at once."""
        first = make_past(1, {1: 1.0}, [4, 5], {1: 1})
        second = make_past(2, {1: 1.0}, [5], {1: 1})
        self.assertEqual(second.given, {5: 1})
        outcome = replay([first, second], Change(room={1: 5}), 1)
        self.assertEqual(outcome.counts[1], 2)
        self.assertFalse(outcome.unassigned)

    def test_who_gets_nothing_and_rules(self):
        runs = [make_past(1, {1: 1.0, 2: 1.0}, range(30))]
        gone = replay(runs, Change(gone=frozenset({1, 2})), 1)
        self.assertEqual(len(gone.unassigned), 30)
        turns = Change(policies={1: ("round_robin", 0.0)})
        self.assertEqual(replay(runs, turns, 1).counts, {1: 15, 2: 15})
        only = Change(resellers={2: Reseller(2, 2.0)}, candidates={1: ()})
        self.assertEqual(replay(runs, only, 3).counts.keys(), {1, 2})

    def test_differences_are_found(self):
        made = [(1, 10, 3), (1, 11, 4), (2, 12, 3)]
        self.assertFalse(find_differences(made, random.Random(1).sample(made, 3)))
        planted = [(1, 10, 3), (1, 11, 9), (2, 13, 3)]
        self.assertEqual(
            find_differences(made, planted), [(11, 4, 9), (12, 3, None), (13, None, 3)]
        )


@tagged("post_install", "-at_install")
class TestReplay(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.make_user("alice", "sales_team.group_sale_manager")
        cls.Replay = cls.env["crm.reseller.replay"].with_user(cls.alice)
        cls.silver_one = cls.make_reseller("Gamma", reseller_level_id=cls.silver.id)
        cls.beta.reseller_max_open_leads = 12
        # whatever the demo data holds is no part of this
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_reseller_assignment_run SET started_on = '2020-01-01'"
        )
        cls.env.cr.execute("UPDATE crm_reseller_offer SET offered_on = '2020-01-01'")
        cls.env.invalidate_all()
        cls.runs = []
        for count in (20, 15, 25):
            offers, _plan = cls.make_leads(count)._assign_by_rules()
            cls.runs.append(offers.run_id)
        cls.by_hand = cls.make_leads()
        cls.by_hand.assign_to_reseller(cls.alfa)

    def new(self, **values):
        today = fields.Date.today()
        return self.Replay.create(
            {
                "date_from": today - timedelta(days=2),
                "date_to": today + timedelta(days=1),
                "seed_count": 5,
                **values,
            }
        )

    def get_results(self, replay):
        return {line.reseller_id: line for line in replay.result_ids}

    def test_the_stored_offers_come_back(self):
        # whatever changed since then
        self.gold.weight = 9
        self.beta.reseller_max_open_leads = 1
        self.silver_one.reseller_country_ids = self.france
        self.rule.method = "round_robin"
        check = self.new()
        check.action_check()
        self.assertIn("all 60 offers are the same", check.check_result)
        self.assertIn("Chosen Manually: 1", check.left_out)
        opened = check.action_open_left_out()
        found = self.Offer.with_user(self.alice).search(opened["domain"])
        self.assertEqual(found, self.by_hand.reseller_offer_ids)
        self.assertEqual(check.left_out_count, 1)

    def test_a_planted_difference_is_found(self):
        offer = self.Offer.search(
            [
                ("run_id", "=", self.runs[1].id),
                ("reseller_id", "!=", self.silver_one.id),
            ],
            limit=1,
        )
        before = offer.reseller_id.name
        self.env.cr.execute(
            "UPDATE crm_reseller_offer SET reseller_id = %s WHERE id = %s",
            [self.silver_one.id, offer.id],
        )
        offer.invalidate_recordset()
        check = self.new()
        check.action_check()
        self.assertIn("1 of 60 offers differ", check.check_result)
        self.assertIn(f"{before} when repeated, Gamma stored", check.check_result)

    def test_other_weights_lead_to_other_shares(self):
        replay = self.new(seed_count=10)
        silver = replay.level_ids.filtered(lambda line: line.level_id == self.silver)
        self.assertEqual(silver.new_weight, self.silver.weight)
        silver.new_weight = 500
        replay.action_replay()
        line = self.get_results(replay)[self.silver_one]
        self.assertGreater(line.after_share, 90)
        self.assertFalse(line.is_chance)
        self.assertEqual(sum(replay.result_ids.mapped("before_count")), 60)
        self.assertAlmostEqual(sum(replay.result_ids.mapped("after_count")), 60)
        self.assertIn("Gamma", replay.chart)
        self.assertEqual((replay.run_count, replay.lead_count), (3, 60))
        # nothing is different until it is applied
        self.env.invalidate_all()
        self.assertEqual(self.silver.weight, 2)
        self.assertEqual(self.silver_one.reseller_weight, 2)
        replay.action_apply()
        self.assertEqual(self.silver.weight, 500)
        self.assertEqual(self.silver_one.reseller_weight, 500)
        self.assertEqual(replay.state, "applied")
        with self.assertRaises(UserError):
            replay.action_apply()

    def test_unchanged_it_gives_the_same_within_chance(self):
        replay = self.new(seed_count=30)
        replay.action_replay()
        self.assertEqual(sum(replay.result_ids.mapped("before_count")), 60)
        with self.assertRaisesRegex(UserError, "nothing to apply"):
            replay.action_apply()

    def test_territories_limits_and_factors(self):
        replay = self.new(
            reseller_ids=[
                fields.Command.create({"reseller_id": reseller.id})
                for reseller in (self.alfa, self.beta, self.silver_one)
            ]
        )
        alfa, beta, gamma = replay.reseller_ids
        self.assertEqual(beta.max_open_leads, 12)
        self.assertFalse(replay._get_changes())
        alfa.country_ids = self.france
        beta.max_open_leads = 5
        gamma.factor = 0
        replay.action_replay()
        found = self.get_results(replay)
        self.assertEqual(found[self.alfa].after_count, 0)
        self.assertEqual(found[self.beta].after_count, 5)
        self.assertEqual(found[self.beta].full, 100)
        self.assertEqual(found[self.silver_one].after_count, 0)
        self.assertEqual(replay.unassigned_before, 0)
        self.assertEqual(replay.unassigned_after, 55)
        self.assertFalse(self.alfa.reseller_country_ids)

    def test_rules_and_settings_of_today(self):
        self.silver_one.reseller_performance_factor = 0
        replay = self.new(basis="now")
        rule = replay.rule_ids.filtered(lambda line: line.rule_id == self.rule)
        rule.new_method = "round_robin"
        replay.action_replay()
        found = self.get_results(replay)
        self.assertEqual(found[self.silver_one].after_count, 0)
        self.assertGreater(found[self.silver_one].before_count, 0)
        self.assertEqual(found[self.beta].after_count, 12)
        replay.action_apply()
        self.assertEqual(self.rule.method, "round_robin")

    def test_refusals(self):
        with self.assertRaises(UserError):
            self.new(seed_count=0).action_replay()
        with self.assertRaises(UserError):
            self.new(
                date_from=date(2019, 1, 1), date_to=date(2019, 2, 1)
            ).action_replay()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.new(date_from=date(2026, 2, 1), date_to=date(2026, 1, 1))
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["crm.reseller.replay"].with_user(sally).create({})
        with self.assertRaises(AccessError):
            self.new().with_user(sally).action_check()
