from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import OnboardingCase

KEY = "first_accepted_days"


@tagged("post_install", "-at_install")
class TestFirstLeadMeasure(OnboardingCase):
    """Days to the first accepted lead: hand-computed, and the records behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Measure = cls.env["crm.reseller.measure"].with_context(tz="UTC")
        cls._add_step()
        cls.track.start_capacity = 9
        cls.domain = [("reseller_id", "in", (cls.alder | cls.birch).ids)]

    def _accept(self, user, moment):
        with freeze_time(moment):
            lead = self._create_lead(user.commercial_partner_id)
            lead.with_user(user).sudo().reseller_accept()
        return lead

    def _read(self, month, **options):
        last = {2: 28, 3: 31, 4: 30}[month]
        return self.Measure._read_measures(
            date(2026, month, 1),
            date(2026, month, last),
            self.domain,
            keys=[KEY],
            **options,
        )

    def test_by_hand(self):
        with freeze_time("2026-02-02 10:00:00"):
            first = self._begin(self.alder)
            second = self._begin(self.birch)
        self._accept(self.anna, "2026-02-06 10:00:00")
        self._accept(self.anna, "2026-02-26 10:00:00")
        self._accept(self.bob, "2026-03-14 10:00:00")
        self.env.invalidate_all()
        self.assertEqual(first.first_accepted_days, 4)
        self.assertEqual(second.first_accepted_days, 40)
        february, march, april = (
            self._read(month)["total"][KEY] for month in (2, 3, 4)
        )
        self.assertEqual(february, {"value": 4, "before": None})
        self.assertEqual(march, {"value": 40, "before": 4})
        self.assertEqual(april, {"value": None, "before": 40})
        both = self.Measure._read_measures(
            date(2026, 1, 1), date(2026, 3, 31), self.domain, keys=[KEY]
        )
        self.assertEqual(both["total"][KEY]["value"], 22)
        # each group, and the records behind each number
        groups = self._read(3, group_by="reseller")["groups"]
        shown = {group["label"]: group["measures"][KEY] for group in groups}
        self.assertEqual(shown["Birch GmbH"], {"value": 40, "before": None})
        months = self.Measure._read_measures(
            date(2026, 1, 1), date(2026, 3, 31), self.domain, "month", [KEY]
        )["groups"]
        self.assertEqual(
            [(group["id"], group["measures"][KEY]["value"]) for group in months],
            [("2026-02-01", 4), ("2026-03-01", 40)],
        )
        records = self.Measure._get_measure_records(
            KEY, date(2026, 3, 1), date(2026, 3, 31), self.domain
        )
        found = self.env[records["model"]].search(records["domain"])
        self.assertEqual(found, second)

    def test_who_is_no_newcomer(self):
        self._accept(self.anna, "2026-02-06 10:00:00")
        with freeze_time("2026-02-10 10:00:00"):
            onboarding = self._begin(self.alder)
        self._accept(self.anna, "2026-02-12 10:00:00")
        self.env.invalidate_all()
        self.assertFalse(onboarding.first_offer_id)
        self.assertIsNone(self._read(2)["total"][KEY]["value"])

    def test_it_counts_from_the_first_track(self):
        with freeze_time("2026-02-02 10:00:00"):
            onboarding = self._begin(self.alder)
        with freeze_time("2026-02-04 10:00:00"):
            onboarding.progress_ids.with_user(self.manager).action_done()
        self.assertEqual(onboarding.state, "done")
        again = self.track.copy(
            {"name": "Next", "activation_id": self.next.id, "next_activation_id": False}
        )
        with freeze_time("2026-02-05 10:00:00"):
            again.action_start()
        self._accept(self.anna, "2026-02-06 10:00:00")
        self.env.invalidate_all()
        self.assertEqual(onboarding.first_accepted_days, 4)
        other = self.Onboarding.search([("track_id", "=", again.id)])
        self.assertTrue(other)
        self.assertFalse(other.first_offer_id)
