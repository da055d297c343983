import random
from datetime import date, datetime, timedelta
from statistics import mean

import pytz
from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..models.crm_reseller_figures import GROUPED
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


@tagged("post_install", "-at_install")
class TestFirstLeadRecount(OnboardingCase):
    """The measure counted again from its rows, by all that offers are grouped by."""

    PERIOD = (date(2026, 1, 1), date(2026, 6, 30))
    ZONE = pytz.timezone("Pacific/Auckland")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Onboarding.search([]).first_accepted_on = False
        cls.draw = random.Random(15)
        cls.Measure = cls.env["crm.reseller.measure"].with_context(tz=cls.ZONE.zone)
        cls.seller = new_test_user(
            cls.env, "onboarding_seller", groups="sales_team.group_sale_salesman"
        )
        values = {
            "reseller_level_id": cls._make("crm.reseller.level", "Level", 3),
            "reseller_activation_id": cls._make("crm.reseller.activation", "Step", 2),
        }
        lead_values = {
            "country_id": cls.env["res.country"].search([], limit=3),
            "team_id": cls._make("crm.team", "Team", 2),
            "reseller_direction_id": cls._make("crm.reseller.direction", "Way", 2),
            "reseller_product_id": cls._make("product.product", "Pump", 2),
            "user_id": cls.seller | cls.manager,
        }
        cls.entries = cls.Onboarding
        for number in range(44):
            cls._add_newcomer(number, values, lead_values)
        # of some the lead is gone, or archived
        cls.entries[:4].first_offer_id.lead_id.unlink()
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET active = FALSE WHERE id = ANY(%s)",
            [cls.entries[4:14].first_offer_id.lead_id.ids],
        )
        cls.env.invalidate_all()

    @classmethod
    def _make(cls, model, name, count):
        return cls.env[model].create(
            [{"name": f"{name} {number}"} for number in range(count)]
        )

    @classmethod
    def _pick(cls, choices):
        """One of each, or none."""
        return {
            name: cls.draw.choice([False, *records.ids])
            for name, records in choices.items()
        }

    @classmethod
    def _add_newcomer(cls, number, values, lead_values):
        """A reseller that accepted a first lead, at any time of the day."""
        level = cls.draw.choice(values["reseller_level_id"].ids)
        reseller = cls.env["res.partner"].create(
            {
                "name": f"Newcomer {number}",
                "is_company": True,
                **cls._pick(values),
                "reseller_level_id": level,
            }
        )
        lead = cls.env["crm.lead"].create(
            {"name": "Pumps", "type": "lead", **cls._pick(lead_values)}
        )
        begun = datetime(2025, 12, 20) + timedelta(minutes=cls.draw.randrange(270000))
        accepted = begun + timedelta(minutes=cls.draw.randrange(60000))
        offer = cls.env["crm.reseller.offer"].create(
            {
                "lead_id": lead.id,
                "reseller_id": reseller.id,
                "method": "manual",
                "state": cls.draw.choice(["accepted", "returned"]),
                "offered_on": begun,
                "answered_on": accepted,
                "answered_by_id": cls.draw.choice([False, cls.anna.id]),
                "not_measured": number % 11 == 7,
            }
        )
        cls.entries |= cls.Onboarding.create(
            {
                "reseller_id": reseller.id,
                "track_id": cls.track.id,
                "state": "done",
                "started_on": begun,
                "first_offer_id": offer.id,
                "first_accepted_on": accepted,
                "first_accepted_days": (accepted - begun) / timedelta(days=1),
            }
        )

    def _local(self, entry):
        moment = pytz.utc.localize(entry.first_accepted_on)
        return moment.astimezone(self.ZONE).date()

    def _get_group(self, entry, name):
        """The group of a newcomer, read from its records one by one."""
        if name in ("month", "quarter", "week"):
            return fields.Date.start_of(self._local(entry), name).isoformat()
        offer, reseller = entry.first_offer_id, entry.reseller_id
        record = {
            "reseller": reseller,
            "level": reseller.reseller_level_id,
            "activation": reseller.reseller_activation_id,
            "direction": offer.lead_id.reseller_direction_id,
            "team": offer.lead_id.team_id,
            "salesperson": offer.lead_id.user_id,
            "person": offer.answered_by_id,
            "country": offer.lead_id.country_id,
            "product": offer.lead_id.reseller_product_id,
            "company": offer.company_id,
            "rule": offer.rule_id,
        }[name]
        return record.id

    def _recount(self, entries, first, last):
        """Mean of the newcomers whose first lead was accepted in some days."""
        days = [
            entry.first_accepted_days
            for entry in entries
            if first <= self._local(entry) <= last
            and not entry.first_offer_id.not_measured
        ]
        return mean(days) if days else None

    def _read(self, period=PERIOD, domain=None, **options):
        return self.Measure._read_measures(*period, domain, keys=[KEY], **options)

    def test_every_grouping(self):
        inside = self.entries.filtered(
            lambda each: self._recount(each, *self.PERIOD) is not None
        )
        self.assertGreater(len(inside), 25)
        total = self._read()["total"][KEY]["value"]
        self.assertAlmostEqual(total, self._recount(inside, *self.PERIOD), places=6)
        for name in (*GROUPED, "week", "month", "quarter"):
            expected = {
                group: self._recount(some, *self.PERIOD)
                for group, some in inside.grouped(
                    lambda each, name=name: self._get_group(each, name)
                ).items()
            }
            found = {
                group["id"]: group["measures"][KEY]["value"]
                for group in self._read(group_by=name)["groups"]
                # of some there is a figure of the period before only
                if group["measures"][KEY]["value"] is not None
            }
            self.assertEqual(set(found), set(expected), name)
            for group, value in expected.items():
                self.assertAlmostEqual(found[group], value, places=6, msg=name)
                # and the list behind the number is of these newcomers
                records = self.Measure._get_measure_records(
                    KEY, *self.PERIOD, None, name, group
                )
                behind = self.env[records["model"]].search(records["domain"])
                some = inside.filtered(
                    lambda each, group=group, name=name: (
                        self._get_group(each, name) == group
                    )
                )
                self.assertEqual(behind, some, (name, group))

    def test_every_filter_and_the_period_before(self):
        second, first = (
            (date(2026, 4, 1), date(2026, 6, 30)),
            (date(2026, 1, 1), date(2026, 3, 31)),
        )
        groupings = self.Measure._get_groupings()
        for name in ("level", "activation", "direction", "team", "country", "reseller"):
            for group in {self._get_group(each, name) for each in self.entries}:
                some = self.entries.filtered(
                    lambda each, group=group, name=name: (
                        self._get_group(each, name) == group
                    )
                )
                found = self._read(second, [(groupings[name].field, "=", group)])
                figure = found["total"][KEY]
                for which, period in (("value", second), ("before", first)):
                    expected = self._recount(some, *period)
                    with self.subTest(name=name, group=group, which=which):
                        self.assertAlmostEqual(figure[which], expected, places=6)

    def test_salespeople_see_those_of_their_leads(self):
        """Who filters by team sees newcomers of leads that are theirs to see."""
        Measure = self.Measure.with_user(self.seller)
        for team in self.entries.first_offer_id.lead_id.team_id:
            domain = [("lead_id.team_id", "=", team.id)]
            own = self.entries.filtered(
                lambda each, team=team: (
                    each.first_offer_id.lead_id.team_id == team
                    and each.first_offer_id.lead_id.user_id != self.manager
                )
            )
            found = Measure._read_measures(*self.PERIOD, domain, keys=[KEY])["total"]
            expected = self._recount(own, *self.PERIOD)
            self.assertAlmostEqual(found[KEY]["value"], expected, places=6)

    def test_the_dashboard_tells_it_by_country_and_month(self):
        self.manager.tz = self.ZONE.zone
        Dashboard = self.env["crm.reseller.dashboard"].with_user(self.manager)
        first, last = self.PERIOD
        options = {"period": "custom", "from": str(first), "to": str(last)}
        for by in ("country", "level", "direction", "team"):
            data = Dashboard.read_dashboard({**options, "by": by})
            for table in (data["breakdown"], data["trend"]):
                column = table["keys"].index(KEY)
                named = table is data["breakdown"]
                name = by if named else data["options"]["span"]
                for row in table["rows"]:
                    figure = row["figures"][column]
                    action = Dashboard.get_records(
                        data["options"], KEY, name, row["id"]
                    )
                    newcomers = self.Onboarding.with_user(self.manager).search(
                        action["domain"]
                    )
                    days = newcomers.mapped("first_accepted_days")
                    if not days:
                        self.assertIsNone(figure["value"])
                        continue
                    self.assertAlmostEqual(figure["value"], mean(days), places=6)
