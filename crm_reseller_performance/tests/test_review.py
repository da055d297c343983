"""Levels are proposed by figures: what is proposed, told, answered and applied."""

from datetime import timedelta

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import BaseCase, tagged

from ..lib.review import Criterion, Rung, propose
from .test_measures import NOON, MeasureCase

unhurried = settings(deadline=None, max_examples=60)


@st.composite
def ladders(draw):
    """Levels of one reseller, from the lowest up."""
    rungs = []
    for level in range(draw(st.integers(1, 5))):
        criteria = []
        for key in range(draw(st.integers(0, 3))):
            better = draw(st.sampled_from(("up", "down")))
            limits = sorted((draw(st.integers(0, 9)), draw(st.integers(0, 9))))
            floor, target = limits if better == "up" else reversed(limits)
            value = draw(st.none() | st.integers(0, 9))
            criteria.append(Criterion(key, value, target, floor, better))
        rungs.append(Rung(level, tuple(criteria)))
    return rungs


@tagged("post_install", "-at_install")
class TestPropose(BaseCase):
    @unhurried
    @given(ladders(), st.integers(0, 4))
    def test_what_is_proposed_is_deserved(self, ladder, current):
        rung = propose(ladder, current)
        if current >= len(ladder):
            self.assertIsNone(rung)
            return
        higher = [each for each in ladder[current + 1 :] if each.is_met]
        if higher:
            self.assertEqual(rung, higher[-1])
        elif ladder[current].is_kept:
            self.assertIsNone(rung)
        elif rung:
            self.assertLess(rung.level, current)
            self.assertTrue(rung.is_kept or rung.level == 0)
            between = ladder[rung.level + 1 : current]
            self.assertFalse([each for each in between if each.is_kept])

    @unhurried
    @given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())
    def test_progress(self, value, floor, target, up):
        held = Criterion(1, value, target, floor, "up" if up else "down")
        self.assertEqual(held.progress == 1, held.is_met)
        self.assertTrue(0 <= held.progress <= 1)


@tagged("post_install", "-at_install")
class TestReview(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Review = cls.env["crm.reseller.level.review"]
        cls.bronze = cls.env.ref("crm_reseller_base.level_bronze")
        cls.company = cls.env.ref("base.main_company")
        cls.env["res.company"].search([]).reseller_review_mode = "propose"
        cls.env["crm.reseller.level.criterion"].search([]).unlink()
        cls.rate = cls.ask(cls.gold, "pick_rate", 80, 60)
        cls.alfa.reseller_level_id = cls.silver
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.boss = cls.make_user("boss", "sales_team.group_sale_manager")

    @classmethod
    def ask(cls, level, measure, target, floor, **values):
        return cls.env["crm.reseller.level.criterion"].create(
            {
                "level_id": level.id,
                "measure": measure,
                "target": target,
                "floor": floor,
                "window_days": 90,
                **values,
            }
        )

    def answers(self, reseller, accepted, declined):
        for _number in range(accepted):
            self.offer(reseller, "accepted")
        for _number in range(declined):
            self.offer(reseller, "declined")

    def run_cron(self, now=NOON):
        with freeze_time(now):
            self.Review.sudo()._cron_review_levels()

    def reviews(self, reseller, *states):
        found = self.Review.search([("reseller_id", "=", reseller.id)])
        return found.filtered(lambda review: not states or review.state in states)

    def mails(self, text):
        return self.env["mail.mail"].sudo().search([("subject", "ilike", text)])

    def test_up_by_one_click(self):
        self.answers(self.alfa, 8, 2)
        self.run_cron()
        review = self.reviews(self.alfa)
        self.assertEqual(review.proposed_level_id, self.gold)
        self.assertEqual(review.direction, "up")
        self.assertIn("Pick rate is 80 %, needed 80 %", review.evidence_html)
        self.run_cron()
        self.assertEqual(self.reviews(self.alfa), review)
        clerk = self.make_user("clerk", "sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            review.with_user(clerk).action_apply()
        review.with_user(self.boss).action_apply()
        self.assertEqual(self.alfa.reseller_level_id, self.gold)
        self.assertEqual((review.state, review.decided_by_id), ("applied", self.boss))
        self.assertIn("Silver, now Gold", self.alfa.message_ids[0].body)
        mail = self.mails("Your level is now Gold")
        self.assertEqual(mail.recipient_ids, self.ann.partner_id)
        self.assertIn("Pick rate is 80 %", mail.body_html)
        # what is reached is not proposed again
        self.run_cron()
        self.assertFalse(self.reviews(self.alfa, "proposed", "warned"))

    def test_up_in_bulk_and_mailed_once(self):
        """Several are applied by one click; each is told once, whatever runs after."""
        delta = self.make_reseller("Delta", reseller_level_id=self.silver.id)
        self.make_portal_user(delta, "dora")
        for reseller in (self.alfa, delta):
            self.answers(reseller, 9, 1)
        self.run_cron()
        self.run_cron()
        reviews = self.reviews(self.alfa) | self.reviews(delta)
        self.assertEqual(len(reviews), 2)
        reviews.with_user(self.boss).action_apply()
        reviews.with_user(self.boss).action_apply()
        self.run_cron()
        self.assertEqual((self.alfa | delta).reseller_level_id, self.gold)
        self.assertEqual(len(self.mails("Your level is now Gold")), 2)

    def test_not_enough_is_no_proposal(self):
        self.answers(self.alfa, 7, 2)
        self.run_cron()
        self.assertFalse(self.reviews(self.alfa))

    def test_down_needs_a_warning_and_time(self):
        self.answers(self.beta, 5, 5)
        self.run_cron()
        review = self.reviews(self.beta)
        self.assertEqual(review.direction, "down")
        self.assertEqual(review.proposed_level_id, self.silver)
        self.assertIn("Pick rate is 50 %, missing", review.evidence_html)
        with freeze_time(NOON):
            with self.assertRaises(UserError):
                review.with_user(self.boss).action_apply()
            review.with_user(self.boss).action_warn()
        self.assertEqual(review.grace_until, (NOON + timedelta(days=30)).date())
        with freeze_time(NOON + timedelta(days=29)), self.assertRaises(UserError):
            review.with_user(self.boss).action_apply()
        with freeze_time(NOON + timedelta(days=30)):
            self.assertIn(review, self.Review.search([("is_due", "=", True)]))
            review.with_user(self.boss).action_apply()
        self.assertEqual(self.beta.reseller_level_id, self.silver)

    def test_catching_up_ends_a_warning(self):
        bob = self.make_portal_user(self.beta, "bob")
        self.answers(self.beta, 5, 5)
        self.run_cron()
        review = self.reviews(self.beta)
        with freeze_time(NOON):
            review.with_user(self.boss).action_warn()
        self.assertEqual(self.mails("is at risk").recipient_ids, bob.partner_id)
        self.answers(self.beta, 10, 0)
        self.run_cron(NOON + timedelta(days=5))
        self.assertEqual(review.state, "outdated")
        self.assertTrue(self.mails("You keep your level"))

    def test_automatically(self):
        self.company.reseller_review_mode = "automatic"
        self.answers(self.alfa, 10, 0)
        self.answers(self.beta, 0, 5)
        self.run_cron()
        self.assertEqual(self.alfa.reseller_level_id, self.gold)
        self.assertEqual(self.beta.reseller_level_id, self.gold)
        self.assertEqual(self.reviews(self.beta).state, "warned")
        self.run_cron(NOON + timedelta(days=29))
        self.assertEqual(self.beta.reseller_level_id, self.gold)
        self.run_cron(NOON + timedelta(days=30))
        self.assertEqual(self.beta.reseller_level_id, self.silver)
        self.assertEqual(len(self.mails("Your level is now")), 2)
        self.run_cron(NOON + timedelta(days=30))
        self.assertEqual(len(self.mails("Your level is now")), 2)

    def test_dismissed_is_not_proposed_for_a_while(self):
        self.answers(self.alfa, 8, 2)
        self.run_cron()
        with freeze_time(NOON):
            self.reviews(self.alfa).with_user(self.boss).action_dismiss()
        self.run_cron(NOON + timedelta(days=1))
        self.assertFalse(self.reviews(self.alfa, "proposed"))

    def test_off(self):
        self.company.reseller_review_mode = "off"
        self.answers(self.alfa, 8, 2)
        self.run_cron()
        self.assertFalse(self.reviews(self.alfa))

    def test_typed_in(self):
        """Certified people are typed in, and can run out."""
        certified = self.ask(
            self.gold, False, 2, 1, kind="custom", custom_name="Certified people"
        )
        self.answers(self.alfa, 8, 2)
        self.run_cron()
        self.assertFalse(self.reviews(self.alfa))
        self.env["crm.reseller.criterion.value"].create(
            {
                "reseller_id": self.alfa.id,
                "criterion_id": certified.id,
                "value": 2,
                "valid_until": NOON.date(),
            }
        )
        self.run_cron()
        review = self.reviews(self.alfa, "proposed")
        self.assertIn("Certified people is 2, needed 2", review.evidence_html)
        self.run_cron(NOON + timedelta(days=1))
        self.assertEqual(review.state, "outdated")

    def test_criteria_are_complete(self):
        with self.assertRaises(ValidationError):
            self.ask(self.gold, False, 1, 1)
        with self.assertRaises(ValidationError):
            self.ask(self.gold, False, 1, 1, kind="custom")
        with self.assertRaises(ValidationError):
            self.ask(self.gold, "pick_rate", 50, 60)
        slow = self.ask(self.gold, "answer_median", 8, 16)
        self.assertEqual(slow.better, "down")
        with self.assertRaises(ValidationError):
            self.ask(self.gold, "answer_median", 16, 8)

    def test_statements_do_not_grow_with_resellers(self):
        def cost(count, prefix):
            for number in range(count):
                reseller = self.make_reseller(f"{prefix} {number}")
                self.answers(reseller, 0, 1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.run_cron()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = cost(2, "Few"), cost(22, "Many")
        self.assertLessEqual(many, few + 5)
