"""What the import from Odoo's own Resellers module decides, without a database."""

from datetime import date

from odoo.tests.common import BaseCase, tagged

from ..lib import legacy


def grade(legacy_id, name, weight=1):
    return {
        "id": legacy_id,
        "name": name,
        "sequence": legacy_id,
        "active": True,
        "weight": weight,
    }


def level(level_id, name, weight=1, company_id=None, legacy_ids=(), in_use=False):
    return {
        "id": level_id,
        "name": name,
        "weight": weight,
        "company_id": company_id,
        "legacy_ids": list(legacy_ids),
        "in_use": in_use,
    }


def member(partner_id, grade_id=1, weight=1, commercial_id=None, **values):
    return {
        "id": partner_id,
        "commercial_id": commercial_id or partner_id,
        "grade_id": grade_id,
        "activation_id": None,
        "weight": weight,
        "partnership_date": None,
        "review_date": None,
        **values,
    }


def lead(lead_id, assigned_id=None, declined_ids=(), **values):
    return {
        "id": lead_id,
        "converted": False,
        "active": True,
        "assigned_id": assigned_id,
        "assigned_commercial_id": assigned_id,
        "offered_on": date(2024, 3, 1) if assigned_id else None,
        "declined_ids": list(declined_ids),
        **values,
    }


@tagged("post_install", "-at_install")
class TestLegacyLabels(BaseCase):
    def test_missing_level_is_created(self):
        (step,) = legacy.plan_labels([grade(4, "Platinum", 9)], [level(1, "Gold")])
        self.assertEqual((step.action, step.target_id), (legacy.CREATE, None))
        self.assertEqual(step.weight, 9)

    def test_level_of_the_same_name_is_adopted_with_the_weight(self):
        (step,) = legacy.plan_labels([grade(4, " GOLD ", 9)], [level(1, "Gold", 3)])
        self.assertEqual((step.action, step.target_id), (legacy.ADOPT, 1))
        self.assertEqual((step.weight, step.sets_weight), (9, True))

    def test_weight_of_a_level_in_use_stays(self):
        (step,) = legacy.plan_labels(
            [grade(4, "Gold", 9)], [level(1, "Gold", 3, in_use=True)]
        )
        self.assertEqual((step.weight, step.sets_weight), (3, False))

    def test_level_imported_before_is_kept_though_renamed(self):
        (step,) = legacy.plan_labels(
            [grade(4, "Gold", 9)],
            [level(1, "Gold"), level(2, "Premium", 5, legacy_ids=[4, 7])],
        )
        self.assertEqual((step.action, step.target_id), (legacy.KEEP, 2))
        self.assertEqual(step.weight, 5)

    def test_grades_of_one_name_share_a_level(self):
        first, second = legacy.plan_labels(
            [grade(4, "Partner", 2), grade(5, "partner", 6)], []
        )
        self.assertEqual(first.action, legacy.CREATE)
        self.assertEqual((second.action, second.same_as), (legacy.ADOPT, 4))
        self.assertEqual(second.weight, 2)

    def test_level_of_one_company_is_not_adopted(self):
        """Partners of other companies could not have it."""
        (step,) = legacy.plan_labels(
            [grade(4, "Gold", 9)], [level(2, "Gold", 4, company_id=1)]
        )
        self.assertEqual((step.action, step.target_id), (legacy.CREATE, None))

    def test_shared_level_goes_before_one_of_a_company(self):
        (step,) = legacy.plan_labels(
            [grade(4, "Gold", 9)],
            [level(2, "Gold", 4, company_id=1), level(1, "Gold", 3)],
        )
        self.assertEqual((step.target_id, step.weight), (1, 9))

    def test_adopted_level_takes_its_weight_from_the_first_grade(self):
        first, second = legacy.plan_labels(
            [grade(4, "Gold", 9), grade(5, "Gold", 6)], [level(1, "Gold", 3)]
        )
        self.assertEqual((first.weight, first.sets_weight), (9, True))
        self.assertEqual((second.weight, second.sets_weight), (9, False))
        self.assertEqual(second.target_id, 1)

    def test_negative_weight_becomes_none(self):
        (step,) = legacy.plan_labels([grade(4, "Odd", -2)], [])
        self.assertEqual(step.weight, 0)


@tagged("post_install", "-at_install")
class TestLegacyMembers(BaseCase):
    def test_weight_of_the_level_is_no_override(self):
        (step,) = legacy.plan_members([member(10, weight=3)], {1: 3}, [])
        self.assertEqual(step.action, legacy.CREATE)
        self.assertEqual((step.weight, step.weight_custom), (3, False))

    def test_other_weight_is_an_override(self):
        (step,) = legacy.plan_members([member(10, weight=7)], {1: 3}, [])
        self.assertEqual((step.weight, step.weight_custom), (7, True))

    def test_weight_zero_stays_zero(self):
        (step,) = legacy.plan_members([member(10, weight=0)], {1: 3}, [])
        self.assertEqual((step.weight, step.weight_custom), (0, True))

    def test_reseller_of_this_program_is_kept(self):
        (step,) = legacy.plan_members([member(10, weight=7)], {1: 3}, [10])
        self.assertEqual(step.action, legacy.KEEP)

    def test_weight_without_grade_is_skipped(self):
        (step,) = legacy.plan_members([member(10, grade_id=None, weight=7)], {1: 3}, [])
        self.assertEqual(step.action, legacy.SKIP)

    def test_grade_of_a_contact_goes_to_its_company(self):
        (step,) = legacy.plan_members([member(11, commercial_id=10)], {1: 1}, [])
        self.assertEqual((step.partner_id, step.source_id), (10, 11))
        self.assertTrue(step.lifted)

    def test_grade_of_the_company_goes_first(self):
        (step,) = legacy.plan_members(
            [member(11, grade_id=2, weight=5, commercial_id=10), member(10, weight=3)],
            {1: 3, 2: 5},
            [],
        )
        self.assertEqual((step.source_id, step.grade_id), (10, 1))
        self.assertFalse(step.lifted)

    def test_grade_of_a_contact_counts_where_the_company_has_none(self):
        (step,) = legacy.plan_members(
            [member(10, grade_id=None, weight=2), member(11, commercial_id=10)],
            {1: 1},
            [],
        )
        self.assertEqual((step.action, step.source_id), (legacy.CREATE, 11))

    def test_dates_come_along(self):
        (step,) = legacy.plan_members(
            [member(10, partnership_date=date(2020, 1, 2))], {1: 1}, []
        )
        self.assertEqual(step.dates, {"partnership_date": date(2020, 1, 2)})


@tagged("post_install", "-at_install")
class TestLegacyOffers(BaseCase):
    def outcomes(self, plan):
        return [(step.lead_id, step.reseller_id, step.outcome) for step in plan.steps]

    def test_state_of_the_lead_decides(self):
        plan = legacy.plan_offers(
            [
                lead(1, 10),
                lead(2, 10, converted=True),
                lead(3, 10, active=False),
                lead(4, 10, active=False, converted=True),
                lead(5),
            ],
            [],
            [],
            [10],
        )
        self.assertEqual(
            self.outcomes(plan),
            [
                (1, 10, "pending"),
                (2, 10, "accepted"),
                (3, 10, "withdrawn"),
                (4, 10, "accepted"),
            ],
        )
        self.assertEqual({step.on for step in plan.steps}, {date(2024, 3, 1)})

    def test_refusals_come_first_and_once_for_each_company(self):
        plan = legacy.plan_offers([lead(1, 10, [12, 11, 12])], [], [], [10, 11])
        self.assertEqual(
            self.outcomes(plan),
            [(1, 11, "declined"), (1, 12, "declined"), (1, 10, "pending")],
        )

    def test_contact_in_charge_is_remembered(self):
        plan = legacy.plan_offers(
            [lead(1, 15, assigned_commercial_id=10)], [], [], [10]
        )
        self.assertEqual(
            (plan.steps[0].reseller_id, plan.steps[0].contact_id), (10, 15)
        )

    def test_second_run_finds_nothing_to_do(self):
        leads = [lead(1, 10, [11]), lead(2, 10, converted=True)]
        first = legacy.plan_offers(leads, [], [], [10])
        known = [(step.lead_id, step.reseller_id) for step in first.steps]
        second = legacy.plan_offers(leads, known, [1, 2], [10])
        self.assertFalse(second.steps)
        self.assertEqual(second.kept, [1, 2])

    def test_lead_given_out_here_stays_there(self):
        plan = legacy.plan_offers([lead(1, 10)], [], [1], [10])
        self.assertFalse(plan.steps)
        self.assertEqual(plan.kept, [1])

    def test_partner_without_level_is_named(self):
        plan = legacy.plan_offers([lead(1, 10), lead(2, 10)], [], [], [])
        self.assertFalse(plan.steps)
        self.assertEqual(plan.strangers, {10})
