"""Offers that come back: given back, offered again, a new round, from their page."""

import random
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestLifeCycle(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.bob = cls.make_portal_user(cls.beta, "bob")
        cls.lead = cls.make_leads()
        cls.rule.automatic = True
        cls.env.company.reseller_max_reoffers = 3

    def setUp(self):
        super().setUp()
        self.let_in(self.alfa | self.beta)

    def offer(self, reseller=None, lead=None):
        lead = lead or self.lead
        lead.assign_to_reseller(reseller or self.alfa)
        return lead.reseller_offer_ids.sorted("id")[-1]

    def as_reseller(self, user, lead=None):
        return (lead or self.lead).with_user(user).sudo()

    def run_cron(self, days=0):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env["crm.lead"]._cron_assign_resellers()

    def expire(self, lead=None):
        lead = lead or self.lead
        with freeze_time(lead.reseller_due_on + timedelta(minutes=1)):
            self.env["crm.lead"]._cron_handle_overdue_offers()

    # ------------------------------------------------------------
    # GIVEN BACK
    # ------------------------------------------------------------

    def test_given_back_moves_on(self):
        offer = self.offer()
        self.as_reseller(self.ann).reseller_accept("We try")
        answered = offer.answered_on
        for _again in range(2):  # the second time changes nothing
            self.as_reseller(self.ann).reseller_return(
                self.territory_reason, "  Too far  "
            )
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "returned"), ("Beta", "pending")]
        )
        # the answer stays as it was recorded
        self.assertEqual((offer.comment, offer.answered_on), ("We try", answered))
        self.assertEqual(offer.return_comment, "Too far")
        self.assertEqual(offer.returned_by_id, self.ann)
        self.assertEqual(offer.decline_reason_id, self.territory_reason)
        self.assertEqual(self.lead.reseller_excluded_ids, self.alfa)
        self.assertIn(
            "Alfa gave the lead back", " ".join(self.lead.message_ids.mapped("body"))
        )

    def test_given_back_for_a_reason_that_stays(self):
        self.offer()
        self.as_reseller(self.ann).reseller_accept()
        self.as_reseller(self.ann).reseller_return(self.stay_reason)
        self.assertFalse(self.lead.reseller_id)
        self.assertEqual(self.lead.reseller_state, "declined")
        self.run_cron()
        self.assertFalse(self.lead.reseller_id)

    def test_who_may_give_back(self):
        self.offer()
        with self.assertRaisesRegex(UserError, "Accept the lead first"):
            self.as_reseller(self.ann).reseller_return(self.territory_reason)
        self.as_reseller(self.ann).reseller_accept()
        with self.assertRaises(AccessError):
            self.as_reseller(self.bob).reseller_return(self.territory_reason)
        self.lead.reseller_withdraw()
        with self.assertRaisesRegex(UserError, "taken back"):
            self.as_reseller(self.ann).reseller_return(self.territory_reason)

    def test_closed_deals_are_not_given_back(self):
        self.offer()
        self.as_reseller(self.ann).reseller_accept()
        self.lead.action_set_won()
        with self.assertRaisesRegex(UserError, "closed"):
            self.as_reseller(self.ann).reseller_return(self.territory_reason)

    # ------------------------------------------------------------
    # OFFERED AGAIN
    # ------------------------------------------------------------

    def test_expired_offers_come_back_after_some_days(self):
        self.gold.offer_again_days = 30
        self.offer()
        self.expire()
        self.expire()
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "expired"), ("Beta", "expired")]
        )
        self.assertEqual(self.lead.reseller_assign_issue, "no_reseller")
        self.run_cron(days=20)
        self.assertFalse(self.lead.reseller_id)
        self.run_cron(days=60)
        self.assertIn(self.lead.reseller_id, self.alfa | self.beta)
        self.assertFalse(self.lead.reseller_assign_issue)

    def test_each_level_has_days_of_its_own(self):
        self.gold.offer_again_days = 10
        self.silver.offer_again_days = 30
        self.beta.reseller_level_id = self.silver
        gold = self.offer()
        self.expire()
        silver = self.lead.reseller_offer_ids - gold
        self.expire()
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "expired"), ("Beta", "expired")]
        )
        hour = timedelta(hours=1)
        with freeze_time(gold.answered_on + timedelta(days=10) - hour):
            self.env["crm.lead"]._cron_assign_resellers()
            self.assertFalse(self.lead.reseller_id)
        with freeze_time(gold.answered_on + timedelta(days=10) + hour):
            self.env["crm.lead"]._cron_assign_resellers()
            self.assertEqual(self.lead.reseller_id, self.alfa)
            self.lead.reseller_decline(self.territory_reason)
        with freeze_time(silver.answered_on + timedelta(days=30) - hour):
            self.env["crm.lead"]._cron_assign_resellers()
            self.assertFalse(self.lead.reseller_id)
        with freeze_time(silver.answered_on + timedelta(days=30) + hour):
            self.env["crm.lead"]._cron_assign_resellers()
            self.assertEqual(self.lead.reseller_id, self.beta)

    def test_zero_days_mean_never(self):
        self.offer()
        self.expire()
        self.expire()
        self.run_cron(days=4000)
        self.assertFalse(self.lead.reseller_id)

    def test_declined_leads_never_come_back(self):
        self.gold.offer_again_days = 1
        self.offer()
        self.lead.reseller_decline(self.territory_reason)
        self.lead.reseller_decline(self.territory_reason)
        self.run_cron(days=4000)
        self.assertFalse(self.lead.reseller_id)
        self.assertEqual(self.lead.reseller_excluded_ids, self.alfa | self.beta)

    # ------------------------------------------------------------
    # A NEW ROUND
    # ------------------------------------------------------------

    def test_stopped_leads_come_back_for_a_new_reseller(self):
        """And the further offers are counted from the beginning."""
        self.env.company.reseller_max_reoffers = 0
        gamma = self.make_reseller("Gamma")
        self.let_in(gamma)
        self.lead._assign_by_rules(rng=random.Random(1))
        self.lead.reseller_decline(self.territory_reason)
        self.assertEqual(self.lead.reseller_assign_issue, "rounds")
        self.run_cron()
        self.assertFalse(self.lead.reseller_id, "no one became eligible")
        # a round begins later than the offers of the one before
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_reseller_offer SET offered_on = offered_on - interval '1 hour' "
            "WHERE lead_id = %s",
            [self.lead.id],
        )
        self.env.invalidate_all()
        delta = self.make_reseller("Delta")
        self.let_in(delta)
        self.run_cron()
        self.assertEqual(self.lead.reseller_id, delta)
        self.assertFalse(self.lead.reseller_assign_issue)
        self.assertTrue(self.lead.reseller_round_started_on)
        self.env.company.reseller_max_reoffers = 1
        self.lead.reseller_decline(self.territory_reason)
        self.assertTrue(self.lead.reseller_id, "one of one further offer")

    def test_stopped_leads_come_back_for_who_has_room_again(self):
        self.env.company.reseller_max_reoffers = 0
        self.beta.reseller_max_open_leads = 1
        other = self.make_leads(reseller_id=self.beta.id)
        self.lead._assign_by_rules(rng=random.Random(1))
        self.assertEqual(self.lead.reseller_id, self.alfa)
        self.lead.reseller_decline(self.territory_reason)
        self.run_cron()
        self.assertFalse(self.lead.reseller_id)
        other.action_set_lost()
        self.run_cron()
        self.assertEqual(self.lead.reseller_id, self.beta)

    # ------------------------------------------------------------
    # FROM THEIR OWN PAGE
    # ------------------------------------------------------------

    def test_extend_is_a_tracked_line(self):
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        offer = self.offer()
        before = offer.due_on
        offer.with_user(manager).action_extend()
        self.assertGreater(offer.due_on, before)
        self.assertEqual(self.lead.reseller_due_on, offer.due_on)
        note = self.lead.message_ids[0]
        self.assertEqual(note.author_id, manager.partner_id)
        self.assertIn("instead of", note.body)

    def test_remind_and_withdraw_in_bulk(self):
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        leads = self.make_leads(2)
        offers = self.offer(lead=leads[0]) | self.offer(self.beta, leads[1])
        offers.with_user(manager).action_remind()
        self.assertTrue(all(offers.mapped("reminded_on")))
        offers.with_user(manager).action_withdraw()
        self.assertEqual(set(offers.mapped("state")), {"withdrawn"})
        with self.assertRaisesRegex(UserError, "no longer wait"):
            offers.with_user(manager).action_extend()
        for user in (self.ann, self.make_user("otto", "base.group_user")):
            for method in ("remind", "withdraw", "reassign", "extend"):
                with self.assertRaises(AccessError, msg=(user.login, method)):
                    getattr(offers.with_user(user), f"action_{method}")()

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def test_statements_do_not_grow_with_the_offers(self):
        """Expired and offered on, declined and offered on, withdrawn."""
        self.rule.automatic = False
        for number in range(8):
            self.make_reseller(f"R{number}")

        def expire(leads):
            leads._pending_offers()._expire()

        def decline(leads):
            leads.reseller_decline(self.territory_reason)

        def withdraw(leads):
            leads.reseller_withdraw("Ours")

        for work in (expire, decline, withdraw):
            counts = []
            for number in (20, 120):
                leads = self.make_leads(number)
                leads._assign_by_rules(rng=random.Random(3), inline=False)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                work(leads)
                self.env.flush_all()
                counts.append(self.cr.sql_log_count - before)
            self.assertLessEqual(counts[1], counts[0] + 5, work.__name__)
            self.assertLess(counts[1], 120, work.__name__)


@tagged("post_install", "-at_install")
class TestRuns(ResellerCase):
    """Each run keeps what is needed to repeat it."""

    def repeated(self, offers):
        run = offers.run_id
        self.assertEqual(len(run), 1)
        return [
            (rule_id, choice.lead_id, choice.reseller_id, choice.explanation)
            for rule_id, choice in run._repeat()
        ]

    def stored(self, offers):
        return [
            (
                offer.rule_id.id,
                offer.lead_id.id,
                offer.reseller_id.id,
                offer.explanation,
            )
            for offer in offers.sorted(lambda offer: offer.lead_id.id)
        ]

    def test_a_stored_run_gives_the_same_offers(self):
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        self.beta.reseller_max_open_leads = 7
        self.Rule.create(
            {
                "name": "In turn",
                "sequence": 0,
                "method": "round_robin",
                "lead_domain": "[('referred', '=', 'turn')]",
            }
        )
        for number in range(4):
            self.make_reseller(f"R{number}", reseller_weight=number + 1)
        leads = self.make_leads(30) | self.make_leads(
            10, partner_latitude=50.9, partner_longitude=4.4
        )
        leads |= self.make_leads(20, referred="turn")
        self.exclude(leads[0], self.alfa)
        offers, _plan = leads._assign_by_rules()
        self.assertEqual(offers.run_id.offer_count, 60)
        before = self.stored(offers)
        self.assertEqual(self.repeated(offers), before)
        # whatever changes afterwards
        self.alfa.reseller_weight = 99
        self.beta.active = False
        leads.write({"country_id": self.france.id})
        self.assertEqual(self.repeated(offers), before)
        again, _plan = self.make_leads(5)._assign_by_rules()
        self.assertEqual(self.repeated(again), self.stored(again))

    def test_resellers_are_kept_once(self):
        first, _plan = self.make_leads(2)._assign_by_rules()
        second, _plan = self.make_leads(2)._assign_by_rules()
        self.assertNotEqual(first.run_id, second.run_id)
        self.assertEqual(first.run_id.snapshot_id, second.run_id.snapshot_id)

    def test_runs_without_an_offer_are_not_kept(self):
        Run = self.env["crm.reseller.assignment.run"]
        count = Run.search_count([])
        self.make_leads(2, country_id=self.france.id)._assign_by_rules()
        self.make_leads(2).assign_to_reseller(self.alfa)
        self.assertEqual(Run.search_count([]), count)

    def test_only_managers_see_runs(self):
        offers, _plan = self.make_leads()._assign_by_rules()
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        self.assertTrue(offers.run_id.with_user(manager).read(["seed"]))
        with self.assertRaises(AccessError):
            offers.run_id.with_user(salesman).read(["seed"])
        with self.assertRaises(AccessError):
            offers.run_id.with_user(manager).write({"seed": 1})
        with self.assertRaises(AccessError):
            offers.run_id.with_user(manager).read(["content"])


@tagged("post_install", "-at_install")
class TestExcluded(ResellerCase):
    def test_search(self):
        both, one, none = leads = self.make_leads(3)
        self.exclude(both, self.alfa | self.beta)
        self.exclude(one, self.beta)
        for operator, value, expected in (
            ("=", self.alfa.id, both),
            ("in", (self.alfa | self.beta).ids, both | one),
            ("=", False, none),
            ("!=", False, both | one),
            ("!=", self.beta.id, none),
            ("not in", self.alfa.ids, one | none),
            ("ilike", "Bet", both | one),
        ):
            found = leads.search(
                [
                    ("id", "in", leads.ids),
                    ("reseller_excluded_ids", operator, value),
                ]
            )
            self.assertEqual(found, expected, (operator, value))
