"""Measures of what is no offer, counted again from the raw rows."""

from datetime import date, datetime, timedelta
from statistics import median

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests.common import tagged

from .test_measures import MARCH, NOON, MeasureCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestMilestones(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Progress = cls.env["crm.reseller.progress"].sudo()
        cls.Progress.search([]).unlink()
        cls.steps = cls.env["crm.reseller.milestone"].create(
            [{"name": name, "sequence": n} for n, name in enumerate(("One", "Two"))]
        )

    def reach(self, lead, step, moment, reseller=None):
        """Let a deal be at a milestone from a moment on."""
        reseller = reseller or self.alfa
        last = self.Progress.search(
            [("lead_id", "=", lead.id), ("reseller_id", "=", reseller.id)], limit=1
        )
        return self.Progress.create(
            {
                "lead_id": lead.id,
                "reseller_id": reseller.id,
                "author_id": reseller.id,
                "previous_id": last.milestone_id.id,
                "milestone_id": step.id,
                "reached_on": moment,
            }
        )

    def test_time_in_milestones(self):
        """Deals that go on, go back, are corrected and are lost."""
        one, two = self.steps
        start = datetime(2026, 3, 2, 12)
        fast, slow, waiting = (self.make_leads(type="opportunity") for _n in range(3))
        self.reach(fast, one, start)
        self.reach(fast, two, start + 3 * DAY)
        # a figure corrected is no further step
        self.reach(fast, two, start + 4 * DAY)
        self.reach(fast, one, start + 5 * DAY)
        self.reach(fast, two, start + 7 * DAY)
        self.reach(slow, one, start)
        self.reach(slow, two, start + 7 * DAY)
        self.set_lead(slow, active=False, probability=0, date_closed=start + 8 * DAY)
        self.reach(waiting, one, start, self.beta)
        found = self.figures(
            group_by="milestone", keys=["milestones_reached", "milestone_days"]
        )
        self.assertEqual(found["total"]["milestones_reached"]["value"], 5)
        self.assertEqual(
            {
                group["label"]: [
                    group["measures"][key]["value"]
                    for key in ("milestones_reached", "milestone_days")
                ]
                for group in found["groups"]
            },
            # One: 3, 2, 7 days; Two: 2 days, and 1 until the deal was lost
            {"One": [3, 3.0], "Two": [2, 1.5]},
        )
        for group in found["groups"]:
            for key, number in (
                (
                    "milestones_reached",
                    group["measures"]["milestones_reached"]["value"],
                ),
                ("milestone_days", {"One": 3, "Two": 2}[group["label"]]),
            ):
                count = self.count(key, group_by="milestone", group=group["id"])
                self.assertEqual(count, number, (group["label"], key))
        mine = [("reseller_id", "=", self.beta.id)]
        self.assertEqual(self.values(domain=mine)["milestones_reached"], 1)
        of_others = [("reseller_id.reseller_level_id", "=", self.silver.id)]
        self.assertEqual(self.values(domain=of_others)["milestones_reached"], 0)

    @settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 200)),
            max_size=12,
        )
    )
    def test_equal_to_a_recount(self, told):
        with self.env.cr.savepoint() as savepoint:
            leads = self.make_leads(2, type="opportunity")
            moment, stays = datetime(2026, 2, 20), {}
            for lead, step, hours in told:
                moment += timedelta(hours=hours)
                self.reach(leads[lead], self.steps[step], moment)
                path = stays.setdefault(lead, [])
                if not path or path[-1][0] != step:
                    path.append((step, moment))
            reached, days = 0, []
            for path in stays.values():
                seen = set()
                for place, (step, begun) in enumerate(path):
                    inside = datetime(2026, 2, 28, 23) <= begun
                    inside = inside and begun < datetime(2026, 3, 31, 22)
                    reached += inside and step not in seen
                    seen.add(step)
                    if inside and place + 1 < len(path):
                        days.append((path[place + 1][1] - begun) / DAY)
            values = self.values(keys=["milestones_reached", "milestone_days"])
            self.assertEqual(values["milestones_reached"], reached)
            if days:
                self.assertAlmostEqual(values["milestone_days"], median(days), 5)
            else:
                self.assertIsNone(values["milestone_days"])
            savepoint.rollback()
            self.env.invalidate_all()

    def test_a_direction_of_the_readers_rules(self):
        """Salespeople count the milestones of the deals they may read."""
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        alice = self.make_user("alice", "sales_team.group_sale_salesman_all_leads")
        for user in (sally, alice):
            lead = self.make_leads(type="opportunity", user_id=user.id)
            self.reach(lead, self.steps[0], NOON - DAY)
        for user, number in ((sally, 1), (alice, 2)):
            self.Measure = self.env["crm.reseller.measure"].with_user(user).sudo(False)
            self.assertEqual(self.values()["milestones_reached"], number)


@tagged("post_install", "-at_install")
class TestUsage(MeasureCase):
    def test_use_of_the_portal(self):
        Usage = self.env["crm.reseller.usage"].sudo()
        Usage.search([]).unlink()
        people = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.alfa.id} for name in ("Ann", "Bo")]
        )
        for person, day, counters in (
            (people[0], date(2026, 3, 1), {"sign_ins": 1, "updates": 3}),
            (people[0], date(2026, 3, 31), {"sign_ins": 2, "downloads": 4}),
            (people[1], date(2026, 3, 9), {"mail_answers": 1}),
            (people[1], date(2026, 2, 28), {"sign_ins": 7, "updates": 1}),
            (people[1], date(2026, 4, 1), {"sign_ins": 9}),
        ):
            Usage.create(
                {
                    "partner_id": person.id,
                    "reseller_id": self.alfa.id,
                    "day": day,
                    **counters,
                }
            )
        keys = ["active_people", "sign_ins", "updates", "downloads"]
        found = self.figures(group_by="reseller", keys=keys)
        self.assertEqual(
            [
                [found["total"][key][which] for key in keys]
                for which in ("value", "before")
            ],
            [[2, 3, 4, 4], [1, 7, 1, 0]],
        )
        [group] = found["groups"]
        self.assertEqual(group["measures"]["sign_ins"]["value"], 3)
        self.assertEqual(self.count("sign_ins"), 2)
        self.assertEqual(self.count("updates"), 2)
        months = self.figures(group_by="month", keys=["sign_ins"])["groups"]
        self.assertEqual([month["id"] for month in months], ["2026-03-01"])
        # of a team nothing is known, which is not the same as nothing
        teams = [("lead_id.team_id", "=", 1)]
        self.assertIsNone(self.values(domain=teams)["sign_ins"])
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        self.Measure = self.env["crm.reseller.measure"].with_user(sally).sudo(False)
        with freeze_time(NOON):
            values = self.Measure._read_measures(*MARCH, keys=keys)["total"]
        self.assertIsNone(values["sign_ins"]["value"])


@tagged("post_install", "-at_install")
class TestAllSources(MeasureCase):
    """What holds for the figures of any addon, the demo's records read."""

    def test_every_figure_adds_up(self):
        Measure = self.env["crm.reseller.measure"].sudo()
        period = (NOON.date() - 700 * DAY, NOON.date() + 700 * DAY)
        sources = Measure._get_sources()
        self.assertLessEqual({"milestones", "usage"}, set(sources))
        for name, source in sources.items():
            keys = [measure["key"] for measure in source["measures"]]
            of_resellers = ("reseller", "level", "activation")
            groupings = [*of_resellers, "month", *source.get("groupings", ())]
            for group_by in groupings:
                found = Measure._read_measures(*period, group_by=group_by, keys=keys)
                for measure in source["measures"]:
                    for text in ("label", "formula", "source", "owner"):
                        self.assertTrue(measure[text])
                    key, total = measure["key"], found["total"][measure["key"]]
                    if measure["aggregate"] not in ("count", "sum"):
                        continue
                    figures = [each["measures"][key] for each in found["groups"]]
                    self.assertEqual(
                        sum(figure["value"] for figure in figures),
                        total["value"],
                        (name, key, group_by),
                    )
                    if measure["aggregate"] == "count":
                        count = self.count(key, *period)
                        self.assertEqual(count, total["value"], key)
                        for group in found["groups"][:3]:
                            count = self.count(
                                key, *period, group_by=group_by, group=group["id"]
                            )
                            number = group["measures"][key]["value"]
                            self.assertEqual(count, number, (key, group))
