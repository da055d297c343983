"""Answers steer the weights: the formula, and what the scheduler does with it."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_base.tests.common import ResellerCase

from ..lib.performance import HIGHEST, LOWEST, NEWCOMER, Answers, performance_factor
from ..models.crm_reseller_offer import MEASURED_DAYS

# a busy machine is no reason to fail
unhurried = settings(deadline=None)
counts = st.integers(0, 60)
ratios = st.none() | st.floats(0, 3)


@st.composite
def some_answers(draw):
    accepted = draw(counts)
    return Answers(accepted, accepted + draw(counts), draw(counts), draw(ratios))


@tagged("post_install", "-at_install")
class TestFormula(BaseCase):
    @unhurried
    @given(some_answers())
    def test_bounds_and_steps(self, answers):
        factor = performance_factor(answers)
        self.assertGreaterEqual(factor, LOWEST)
        self.assertLessEqual(factor, HIGHEST)
        self.assertAlmostEqual(factor * 20, round(factor * 20))

    @unhurried
    @given(some_answers(), st.integers(1, 20))
    def test_expiring_more_never_helps(self, answers, more):
        worse = answers._replace(expired=answers.expired + more)
        self.assertLessEqual(performance_factor(worse), performance_factor(answers))

    @unhurried
    @given(some_answers(), st.integers(1, 20))
    def test_accepting_more_never_hurts(self, answers, more):
        if answers.closed < NEWCOMER:
            # newcomers are spared what their few answers say
            answers = answers._replace(expired=answers.expired + NEWCOMER)
        better = answers._replace(
            accepted=answers.accepted + more, answered=answers.answered + more
        )
        self.assertGreaterEqual(performance_factor(better), performance_factor(answers))

    @unhurried
    @given(some_answers(), st.floats(0, 1), st.floats(0, 1))
    def test_answering_later_never_helps(self, answers, one, other):
        soon, late = (
            answers._replace(median_ratio=ratio) for ratio in sorted((one, other))
        )
        self.assertLessEqual(performance_factor(late), performance_factor(soon))

    def test_newcomers_are_neutral(self):
        for answered in range(NEWCOMER):
            for accepted in range(answered + 1):
                expired = NEWCOMER - 1 - answered
                answers = Answers(accepted, answered, expired, 0.0)
                self.assertEqual(performance_factor(answers), 1.0, answers)

    def test_examples(self):
        for answers, factor in (
            (Answers(50, 100, 0, 0.5), 1.0),
            (Answers(50, 100, 0, None), 1.0),
            (Answers(50, 100, 0, 0.0), 1.1),  # fast: 0.5 + 0.5 * 1.25 = 1.125
            (Answers(50, 100, 0, 1.0), 0.9),  # slow: 0.5 + 0.5 * 0.75 = 0.875
            (Answers(50, 50, 50, 0.5), 0.9),  # 0.5 + 0.5 * 0.75 = 0.875
            (Answers(100, 100, 0, 0.0), 1.5),
            (Answers(0, 0, 100, None), 0.5),
            (Answers(5, 5, 0, 0.5), 1.35),  # few say little: 0.5 + 6 / 7
            (Answers(4, 4, 1, 0.0), 1.0),  # an expired offer lifts no one
        ):
            self.assertAlmostEqual(
                performance_factor(answers), factor, delta=0.026, msg=answers
            )


@tagged("post_install", "-at_install")
class TestPerformance(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.make_leads()
        cls.now = fields.Datetime.now()
        cls.steer(True)

    @classmethod
    def steer(cls, steering):
        settings = cls.env["res.config.settings"].create(
            {"reseller_weight_by_performance": steering}
        )
        settings.execute()

    def offers(self, resellers, outcome, count=1, **values):
        """Closed offers: made two days ago, closed one day ago, due by now."""
        return self.Offer.sudo().create(
            [
                {
                    "lead_id": self.lead.id,
                    "reseller_id": reseller.id,
                    "method": "manual",
                    "state": outcome,
                    "offered_on": self.now - timedelta(days=2),
                    "answered_on": self.now - timedelta(days=1),
                    "due_on": self.now,
                    **values,
                }
                for reseller in resellers
            ]
            * count
        )

    def run_cron(self):
        cron = self.env.ref(
            "crm_reseller_performance.ir_cron_update_reseller_performance"
        )
        # as the scheduler runs it, but in the test's own transaction
        cron.ir_actions_server_id.with_context(tracking_disable=False).run()
        self.env.flush_all()
        self.env.cr.flush()

    def notes(self, reseller):
        return reseller.message_ids.filtered(
            lambda message: "Performance factor" in (message.body or "")
        )

    def test_answers_steer_the_weights(self):
        self.offers(self.alfa, "accepted", 8)
        self.offers(self.beta, "expired", 8)
        self.run_cron()
        # 0.5 + 9 / 10, and 0.5 + 1 / 10 * 0.5
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1.4)
        self.assertAlmostEqual(self.alfa.reseller_effective_weight, 4.2)
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 0.55)
        self.assertAlmostEqual(self.beta.reseller_effective_weight, 1.65)

    def test_speed_counts(self):
        hour = timedelta(hours=1)
        made = self.now - timedelta(days=2)
        self.offers(self.alfa, "accepted", 8, answered_on=made + hour)
        self.offers(self.beta, "accepted", 8, answered_on=self.now - hour)
        self.run_cron()
        self.assertGreater(
            self.alfa.reseller_performance_factor, self.beta.reseller_performance_factor
        )

    def test_off_changes_nothing(self):
        self.steer(False)
        self.offers(self.alfa, "accepted", 8)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        self.assertFalse(self.notes(self.alfa))

    def test_each_company_decides(self):
        """A reseller of a company that does not use the factor keeps its own."""
        other = self.env["res.company"].create({"name": "Other"})
        self.beta.company_id = other
        self.offers(self.alfa | self.beta, "expired", 8)
        self.run_cron()
        self.assertLess(self.alfa.reseller_performance_factor, 1)
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 1)
        other.reseller_weight_by_performance = True
        self.steer(False)
        self.run_cron()
        self.assertLess(self.beta.reseller_performance_factor, 1)

    def test_weights_set_by_hand_stay(self):
        self.alfa.reseller_weight = 7
        self.offers(self.alfa, "accepted", 8)
        self.run_cron()
        self.assertEqual(self.alfa.reseller_weight, 7)
        self.assertTrue(self.alfa.reseller_weight_custom)
        self.assertAlmostEqual(self.alfa.reseller_effective_weight, 9.8)

    def test_zero_stays(self):
        self.alfa.reseller_performance_factor = 0
        self.offers(self.alfa, "accepted", 8)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 0)

    def test_what_does_not_count(self):
        """Old answers, withdrawn offers, spam: the reseller is a newcomer still."""
        old = self.now - timedelta(days=MEASURED_DAYS + 1)
        self.offers(self.alfa, "expired", 8, answered_on=old, offered_on=old)
        self.offers(self.alfa, "withdrawn", 8)
        reason = self.env["crm.reseller.decline.reason"].create(
            {"name": "Spam", "marks_spam": True}
        )
        self.offers(self.alfa, "declined", 8, decline_reason_id=reason.id)
        self.offers(self.alfa, "expired", NEWCOMER - 1)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)
        self.offers(self.alfa, "expired")
        self.run_cron()
        self.assertLess(self.alfa.reseller_performance_factor, 1)

    def test_declined_without_reason_counts(self):
        self.offers(self.alfa, "declined", 8)
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 0.6)

    def test_late_answers_are_not_acceptances(self):
        due = self.now - timedelta(days=1, hours=1)
        self.offers(self.alfa, "accepted", 8, due_on=due)
        self.run_cron()
        self.assertLess(self.alfa.reseller_performance_factor, 1)

    def test_forgotten_answers_lead_back_to_one(self):
        self.alfa.reseller_performance_factor = 1.3
        self.run_cron()
        self.assertAlmostEqual(self.alfa.reseller_performance_factor, 1)

    def test_a_note_per_real_change(self):
        """No note, and no change, where less than a step has changed."""
        self.offers(self.alfa, "accepted", 8)
        self.beta.reseller_performance_factor = 1.04
        self.run_cron()
        self.run_cron()
        self.assertEqual(len(self.notes(self.alfa)), 1)
        self.assertIn("1.00, now 1.40", self.notes(self.alfa).body)
        self.assertFalse(self.alfa.message_ids.sudo().tracking_value_ids)
        self.assertFalse(self.notes(self.beta))
        self.assertAlmostEqual(self.beta.reseller_performance_factor, 1.04)

    def test_statements_do_not_grow_with_resellers(self):
        def cost(count, prefix):
            resellers = self.env["res.partner"]
            for number in range(count):
                resellers |= self.make_reseller(f"{prefix} {number}")
                self.offers(resellers[-1], "accepted", 8)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.lead"]._cron_update_reseller_performance()
            self.env.flush_all()
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(self.notes(resellers)), count)
            return spent

        few, many = cost(3, "Few"), cost(43, "Many")
        self.assertLessEqual(many, few + 5)
