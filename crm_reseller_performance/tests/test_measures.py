"""Every measure: on cases computed by hand, and against a recount of the raw rows."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import ValidationError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_base.tests.common import ResellerCase

from ..lib.measures import MEASURES, NOW, get_days_before
from ..models.crm_reseller_measure import GROUPINGS
from .recount import Recount

NOON = datetime(2026, 3, 18, 12)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    def test_period_before(self):
        for period, before in (
            (MARCH, (date(2026, 2, 1), date(2026, 2, 28))),
            (
                (date(2026, 1, 1), date(2026, 3, 31)),
                (date(2025, 10, 1), date(2025, 12, 31)),
            ),
            (
                (date(2024, 1, 1), date(2024, 12, 31)),
                (date(2023, 1, 1), date(2023, 12, 31)),
            ),
            (
                (date(2026, 3, 9), date(2026, 3, 15)),
                (date(2026, 3, 2), date(2026, 3, 8)),
            ),
            (
                (date(2026, 3, 1), date(2026, 3, 1)),
                (date(2026, 2, 28), date(2026, 2, 28)),
            ),
        ):
            self.assertEqual(get_days_before(*period), before, period)


class MeasureCase(ResellerCase):
    """Offers and leads with any history, made directly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.reseller.offer"].search([]).not_measured = True
        cls.env = cls.env(context={**cls.env.context, "tz": "Europe/Brussels"})
        cls.Measure = cls.env["crm.reseller.measure"].sudo()
        cls.won_stage = cls.env["crm.stage"].create({"name": "Sold", "is_won": True})

    @classmethod
    def offer(cls, reseller, state="accepted", lead=None, held=None, **values):
        """An offer and its lead; the lead follows it where the offer was accepted.

        ``offered_on`` is 12 UTC of 10 March, answered 2 hours later, due 8 hours later.
        """
        made = values.pop("offered_on", datetime(2026, 3, 10, 12))
        hours = values.pop("hours", 2)
        lead_values = dict(values.pop("lead_values", {}))
        worked_on = lead_values.pop("worked_on", False)
        lead = lead or cls.make_leads()
        answered = False if state == "pending" else made + timedelta(hours=hours)
        offer = cls.Offer.sudo().create(
            {
                "lead_id": lead.id,
                "reseller_id": reseller.id,
                "method": "manual",
                "state": state,
                "offered_on": made,
                "answered_on": answered,
                "due_on": made + timedelta(hours=8),
                "response_hours": hours,
                **values,
            }
        )
        if state == "accepted" if held is None else held:
            lead._write_offer_vals(
                {
                    "reseller_id": reseller.id,
                    "reseller_state": "accepted",
                    "reseller_offered_on": made,
                    "reseller_answered_on": answered,
                    "reseller_worked_on": worked_on or answered,
                }
            )
        if lead_values:
            cls.set_lead(lead, **lead_values)
        return offer

    @classmethod
    def set_lead(cls, lead, **values):
        """Write columns of a lead as they are, without what follows from them."""
        lead.flush_recordset()
        columns = ", ".join(f"{name} = %({name})s" for name in values)
        cls.env.cr.execute(
            f"UPDATE crm_lead SET {columns} WHERE id = %(id)s",
            {**values, "id": lead.id},
        )
        lead.invalidate_recordset()

    def figures(self, *period, **options):
        period = period or MARCH
        with freeze_time(options.pop("now", NOON)):
            return self.Measure._read_measures(*period, **options)

    def values(self, *period, **options):
        total = self.figures(*period, **options)["total"]
        return {key: figures["value"] for key, figures in total.items()}

    def count(self, key, *period, **options):
        with freeze_time(options.pop("now", NOON)):
            found = self.Measure._get_measure_records(
                key, *(period or MARCH), **options
            )
            model = self.Measure.env[found["model"]].with_context(**found["context"])
            return model.search_count(found["domain"])


@tagged("post_install", "-at_install")
class TestMeasures(MeasureCase):
    def test_answers(self):
        spam = self.env["crm.reseller.decline.reason"].create(
            {"name": "Spam", "marks_spam": True}
        )
        for state, hours, values in (
            ("accepted", 1, {}),
            ("accepted", 3, {}),
            ("declined", 2, {"decline_reason_id": self.territory_reason.id}),
            ("declined", 2, {"decline_reason_id": spam.id}),
            ("expired", 8, {}),
            ("withdrawn", 1, {}),
            ("returned", 4, {"returned_on": NOON}),
            ("pending", 0, {}),
            ("accepted", 0, {"method": "registered"}),
            ("accepted", 0, {"method": "imported"}),
            ("accepted", 1, {"offered_on": datetime(2026, 2, 28, 22, 59)}),
        ):
            self.offer(self.alfa, state, hours=hours, **values)
        values = self.values()
        expected = {
            "offers": 7,
            "accepted": 3,
            "declined": 2,
            "expired": 1,
            "returned": 1,
            "withdrawn": 1,
            "pick_rate": 60.0,  # 3 of 5: spam is left out
            "answer_mean": 2.4,  # 1, 3, 2, 2, 4
            "answer_median": 2,
            "answer_p90": 3.6,
            "answer_share": 25.0,  # 2 of 8 hours
            "waiting": 1,
        }
        for key, value in expected.items():
            self.assertAlmostEqual(values[key], value, msg=key)
        before = self.figures()["total"]["offers"]["before"]
        self.assertEqual(before, 1)
        self.assertEqual(self.count("pick_rate"), 5)
        self.assertEqual(self.count("offers", before=True), 1)

    def test_every_count_is_that_of_its_records(self):
        self.offer(self.alfa)
        self.offer(self.alfa, "declined")
        self.offer(
            self.beta, lead_values={"stage_id": self.won_stage.id, "date_closed": NOON}
        )
        for group_by, group in (
            (None, None),
            ("reseller", self.alfa.id),
            ("month", "2026-03-01"),
            ("level", self.gold.id),
        ):
            found = self.figures(group_by=group_by, compare=False)
            figures = found["total"]
            if group_by:
                [figures] = [g["measures"] for g in found["groups"] if g["id"] == group]
            for key, measure in MEASURES.items():
                if measure.aggregate == "count" and not (
                    group_by == "month" and measure.base == NOW
                ):
                    self.assertEqual(
                        self.count(key, group_by=group_by, group=group),
                        figures[key]["value"],
                        (key, group_by),
                    )

    def test_what_happened_to_the_leads(self):
        """Accepted on 10 March, seen on 1 June: by hand."""
        now = datetime(2026, 6, 20, 12)
        sold = {"stage_id": self.won_stage.id, "probability": 100}
        march = datetime(2026, 3, 20, 14)
        self.offer(
            self.alfa,
            lead_values={
                **sold,
                "date_closed": march,
                "expected_revenue": 500,
                "type": "opportunity",
            },
        )
        self.offer(
            self.alfa,
            lead_values={"active": False, "probability": 0, "date_closed": march},
        )
        open_lead = self.offer(
            self.alfa,
            lead_values={
                "expected_revenue": 70,
                "worked_on": now - timedelta(days=8),
            },
            first_work_on=datetime(2026, 3, 11, 9),
            first_work_hours=5,
        )
        self.offer(self.alfa, first_work_on=march, first_work_hours=7)
        # given to another reseller after it was accepted: no longer its own
        taken = self.offer(self.alfa)
        self.offer(self.beta, lead=taken.lead_id, lead_values={**sold})
        missed = self.offer(self.alfa, "expired")
        self.offer(
            self.beta, lead=missed.lead_id, lead_values={**sold, "expected_revenue": 90}
        )
        mine = [("reseller_id", "=", self.alfa.id)]
        values = self.values(domain=mine, now=now)
        expected = {
            "accepted": 5,
            "converted": 1,
            "first_contact": 6,
            "conversion_rate": 20,
            "conversion_matured": 20,
            "order_rate": 100 / 6,
            "outflow": 1,
            "outflow_amount": 90,
            "won": 1,
            "lost": 1,
            "win_rate": 50,
            "revenue_won": 500,
            "sales_cycle": 10,
            "open_leads": 2,
            "revenue_expected": 70,
            "silent": 1,
            "feedback_rate": 50,
            "updates_missed": 2,
            "updates_kept": 0,
        }
        for key, value in expected.items():
            self.assertAlmostEqual(values[key], value, msg=key)
        self.gold.update_days = 9
        self.assertEqual(self.values(domain=mine, now=now)["updates_missed"], 1)
        self.gold.update_days = 0
        self.assertIsNone(self.values(domain=mine, now=now)["updates_kept"])
        self.env.ref("base.main_company").reseller_silent_days = 7
        self.assertEqual(self.values(domain=mine, now=now)["silent"], 2)
        # in the list a row says what it counts as
        with freeze_time(now):
            open_lead.invalidate_recordset(["measured_as"])
            counted = open_lead.measured_as.split(", ")
        self.assertIn("silent", counted)
        self.assertNotIn("won", counted)
        with self.assertRaises(ValidationError):
            self.env.ref("base.main_company").reseller_silent_days = -1

    def test_months_begin_in_the_readers_zone(self):
        """23:30 in Brussels is still March, 22:30 in UTC as well; midnight is not."""
        for moment in (datetime(2026, 3, 31, 21, 30), datetime(2026, 3, 31, 22, 0)):
            self.offer(self.alfa, offered_on=moment)
        period = (date(2026, 3, 1), date(2026, 4, 30))
        months = self.figures(*period, group_by="month")["groups"]
        self.assertEqual(
            [(m["id"], m["measures"]["offers"]["value"]) for m in months],
            [("2026-03-01", 1), ("2026-04-01", 1)],
        )
        self.assertIn("Mar 2026", months[0]["label"])
        for group in ("2026-03-01", "2026-04-01"):
            count = self.count("offers", *period, group_by="month", group=group)
            self.assertEqual(count, 1)

    def test_holidays_do_not_count(self):
        """Offered on Friday at 16 in Brussels, answered on Tuesday at 9; Monday is a
        holiday."""
        company = self.env.ref("base.main_company")
        calendar = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "Europe/Brussels", "company_id": company.id}
        )
        company.resource_calendar_id = calendar
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": company.id,
                "date_from": datetime(2026, 3, 15, 23),
                "date_to": datetime(2026, 3, 16, 22, 59, 59),
            }
        )
        with freeze_time(datetime(2026, 3, 13, 15)):
            lead = self.make_leads()
            lead.assign_to_reseller(self.alfa)
        with freeze_time(datetime(2026, 3, 17, 8)):
            lead.reseller_accept()
        with freeze_time(datetime(2026, 3, 17, 11)):
            lead._on_reseller_work({"note"})
        with freeze_time(datetime(2026, 3, 18, 11)):
            lead._on_reseller_work({"document"})
        values = self.values()
        # an hour on Friday, one on Tuesday; then 9 to 12 on Tuesday
        self.assertAlmostEqual(values["answer_median"], 2)
        self.assertAlmostEqual(values["first_contact"], 3)

    def test_merged_leads_count_once(self):
        """Both were accepted by one reseller: one lead is left, and one is won."""
        leads = self.make_leads(2, type="opportunity")
        for lead in leads:
            self.offer(self.alfa, lead=lead)
        merged = leads.merge_opportunity(auto_unlink=True)
        self.set_lead(merged, stage_id=self.won_stage.id, date_closed=NOON)
        values = self.values()
        self.assertEqual((values["accepted"], values["won"]), (2, 1))
        self.assertEqual((values["conversion_rate"], values["open_leads"]), (50, 0))

    def test_archived_people_stay_in_the_figures(self):
        user = self.make_user("gone", "sales_team.group_sale_salesman")
        self.offer(self.alfa, answered_by_id=user.id)
        user.active = False
        self.alfa.active = False
        groups = self.figures(group_by="person")["groups"]
        self.assertEqual([group["label"] for group in groups], ["Gone"])
        self.assertEqual(self.count("offers", group_by="person", group=user.id), 1)
        [group] = self.figures(group_by="reseller")["groups"]
        self.assertEqual(group["label"], "Alfa")

    def test_rules_of_the_reader_apply(self):
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        alice = self.make_user("alice", "sales_team.group_sale_salesman_all_leads")
        self.offer(self.alfa, lead=self.make_leads(user_id=sally.id))
        self.offer(self.alfa, lead=self.make_leads(user_id=alice.id))
        for user, number in ((sally, 1), (alice, 2)):
            self.Measure = self.env["crm.reseller.measure"].with_user(user).sudo(False)
            values = self.values()
            self.assertEqual(values["offers"], number)
            self.assertEqual(values["open_leads"], number)
            self.assertEqual(self.count("offers"), number)

    def test_amounts_of_other_currencies_are_converted(self):
        dollars = self.env.ref("base.USD")
        euros = self.env.ref("base.EUR")
        (dollars | euros).active = True
        main = self.env.ref("base.main_company")
        other = self.env["res.company"].create(
            {
                "name": "Other",
                "currency_id": (euros if main.currency_id == dollars else dollars).id,
            }
        )
        rate = {"currency_id": other.currency_id.id, "company_id": main.id}
        self.env["res.currency.rate"].search(
            [("currency_id", "in", (dollars | euros).ids)]
        ).unlink()
        self.env["res.currency.rate"].create({**rate, "name": "2026-01-01", "rate": 2})
        won = {"stage_id": self.won_stage.id, "date_closed": NOON}
        lead = self.make_leads(company_id=other.id)
        self.offer(self.alfa, lead=lead, lead_values={**won, "expected_revenue": 100})
        self.offer(self.alfa, lead_values={**won, "expected_revenue": 7})
        self.assertAlmostEqual(self.values()["revenue_won"], 57)

    def test_every_grouping_adds_up(self):
        self.offer(self.alfa)
        self.offer(self.beta, "declined", decline_reason_id=self.territory_reason.id)
        for group_by in GROUPINGS:
            found = self.figures(group_by=group_by)
            for key in ("offers", "accepted", "declined"):
                self.assertEqual(
                    sum(g["measures"][key]["value"] for g in found["groups"]),
                    found["total"][key]["value"],
                    (group_by, key),
                )
                for group in found["groups"]:
                    count = self.count(key, group_by=group_by, group=group["id"])
                    self.assertEqual(count, group["measures"][key]["value"])

    def test_definitions_are_complete(self):
        definitions = self.Measure._get_measure_definitions()
        keys = [definition["key"] for definition in definitions]
        self.assertEqual(keys[: len(MEASURES)], list(MEASURES))
        self.assertIn("milestone_days", keys)
        self.assertEqual(len(keys), len(set(keys)))
        for definition in definitions:
            for name in ("label", "formula", "unit", "source", "owner"):
                self.assertTrue(definition[name], definition["key"])

    def test_few_statements(self):
        self.offer(self.alfa)
        self.figures(group_by="reseller", keys=list(MEASURES))
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.figures(group_by="reseller", keys=list(MEASURES))
        self.assertLessEqual(self.env.cr.sql_log_count - before, 6)


moments = st.integers(0, 24 * 130).map(
    lambda hours: datetime(2025, 12, 15) + timedelta(hours=hours)
)


@st.composite
def stories(draw):
    """An offer and what happened to its lead, with anything that can go together."""
    state = draw(
        st.sampled_from(
            ("accepted",) * 4
            + ("declined", "expired", "returned", "withdrawn", "pending")
        )
    )
    hours = draw(st.integers(0, 60))
    end = draw(st.sampled_from((None, None, "won", "lost", "archived")))
    return {
        "reseller": draw(st.integers(0, 2)),
        "state": state,
        "offered_on": draw(moments),
        "hours": hours,
        "due_on": draw(st.booleans()),
        "method": draw(
            st.sampled_from(("manual",) * 4 + ("registered", "imported", "weighted"))
        ),
        "spam": draw(st.booleans()),
        "not_measured": draw(st.integers(0, 9)) == 0,
        "first_work": draw(st.none() | st.integers(0, 40)),
        "end": end,
        "closed": draw(st.integers(0, 90)),
        "worked": draw(st.none() | st.integers(0, 60)),
        "amount": draw(st.integers(0, 1000)),
        "type": draw(st.sampled_from(("lead", "opportunity"))),
        # of the lead before: another reseller missed it, or it was merged into it
        "same_lead": draw(st.integers(0, 3)) == 0,
        "held": draw(st.integers(0, 5)) > 0,
    }


@tagged("post_install", "-at_install")
class TestRecount(MeasureCase):
    """Generated histories, counted again from the raw rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gamma = cls.make_reseller("Gamma", reseller_level_id=cls.silver.id)
        cls.silver.update_days = 0
        cls.gold.update_days = 5
        cls.spam = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Spam", "marks_spam": True}
        )
        cls.resellers = [cls.alfa, cls.beta, cls.gamma]
        cls.leads = cls.make_leads(15)

    def tell(self, story, lead):
        """Make the offer of a story, and its lead."""
        made, hours = story["offered_on"], story["hours"]
        answered = made + timedelta(hours=hours)
        values = {
            "type": story["type"],
            "expected_revenue": story["amount"],
            "worked_on": answered + timedelta(days=story["worked"] or 0),
        }
        closed = answered + timedelta(days=story["closed"])
        if story["end"] == "won":
            values |= {"stage_id": self.won_stage.id, "date_closed": closed}
        elif story["end"] == "lost":
            values |= {"active": False, "probability": 0, "date_closed": closed}
        elif story["end"] == "archived":
            values |= {"active": False, "probability": 20, "date_closed": closed}
        reason = self.spam if story["spam"] else self.territory_reason
        declined = story["state"] in ("declined", "returned")
        worked = story["state"] in ("accepted", "returned") and story["first_work"]
        state = story["state"]
        if (
            state == "pending"
            and lead
            and "pending" in lead.mapped("reseller_offer_ids.state")
        ):
            state = "withdrawn"
        return self.offer(
            self.resellers[story["reseller"]],
            state,
            lead=lead,
            held=story["held"] and state == "accepted",
            offered_on=made,
            hours=hours,
            due_on=made + timedelta(hours=30) if story["due_on"] else False,
            method=story["method"],
            decline_reason_id=reason.id if declined else False,
            not_measured=story["not_measured"],
            first_work_on=answered + timedelta(hours=worked) if worked else False,
            first_work_hours=worked or 0,
            lead_values=values,
        )

    def recount(self, offers, now):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT * FROM crm_reseller_offer WHERE id IN %s", [tuple(offers.ids)]
        )
        rows = self.env.cr.dictfetchall()
        lead_ids = tuple({row["lead_id"] for row in rows})
        self.env.cr.execute("SELECT * FROM crm_lead WHERE id IN %s", [lead_ids])
        leads = {row["id"]: row for row in self.env.cr.dictfetchall()}
        return Recount(
            rows,
            leads,
            set(self.env["crm.stage"].search([("is_won", "=", True)]).ids),
            {self.spam.id},
            14,
            90,
            {self.alfa.id: 5, self.beta.id: 5, self.gamma.id: 0},
            now,
            "Europe/Brussels",
        )

    @settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(stories(), min_size=1, max_size=15),
        st.sampled_from((10, 100)),
        st.integers(0, 15),
    )
    def test_equal_to_a_recount(self, told, later, kept):
        """Whenever the rows that are kept were refreshed last."""
        now = NOON + timedelta(days=later)
        with self.env.cr.savepoint() as savepoint:
            offers, number = self.Offer, 0
            for place, story in enumerate(told):
                number += not story["same_lead"]
                offers |= self.tell(story, self.leads[number - 1])
                if place == kept:
                    self.env["crm.reseller.fact"]._cron_refresh()
            recount = self.recount(offers, now)
            everyone = {reseller.id for reseller in self.resellers}
            for period in (MARCH, (date(2026, 1, 1), date(2026, 3, 31))):
                found = self.figures(
                    *period, group_by="reseller", now=now, keys=list(MEASURES)
                )
                self.compare(found["total"], "value", recount.count(*period, everyone))
                before = recount.count(*get_days_before(*period), everyone)
                self.compare(found["total"], "before", before)
                for group in found["groups"]:
                    self.compare(
                        group["measures"],
                        "value",
                        recount.count(*period, {group["id"]}),
                    )
            self.check_counts(found, period, now)
            savepoint.rollback()
            self.env.invalidate_all()

    def compare(self, figures, which, expected):
        self.assertEqual(set(figures), set(expected))
        for key, value in expected.items():
            if (which == "before" and MEASURES[key].base == NOW) or value is None:
                self.assertIsNone(figures[key][which], key)
            else:
                self.assertAlmostEqual(figures[key][which], value, 5, msg=key)

    def check_counts(self, found, period, now):
        """Each count is that of the records it opens."""
        for key, measure in MEASURES.items():
            if measure.aggregate == "count":
                self.assertEqual(
                    self.count(key, *period, now=now),
                    found["total"][key]["value"],
                    key,
                )

    def test_a_wrong_count_is_found(self):
        """Planted: withdrawn offers would count."""
        offers = self.offer(self.alfa) | self.offer(self.alfa, "withdrawn")
        expected = self.recount(offers, NOON).count(*MARCH, {self.alfa.id})
        expected["offers"] += 1
        with self.assertRaises(AssertionError):
            self.compare(self.figures(keys=list(MEASURES))["total"], "value", expected)


@tagged("post_install", "-at_install")
class TestKeptRows(MeasureCase):
    """What is kept of offers is never older than the offers themselves."""

    def read_values(self):
        with freeze_time(NOON):
            figures = self.Measure._read_measures(*MARCH, keys=list(MEASURES))
        return {key: each["value"] for key, each in figures["total"].items()}

    def test_no_change_is_missed(self):
        """Each kind of change is seen before and after the rows are refreshed."""
        Fact = self.env["crm.reseller.fact"]
        lead = self.make_leads()
        first = self.offer(self.alfa, lead=lead)
        second = self.offer(self.beta, "declined")
        other = self.make_leads()
        won = {"stage_id": self.won_stage.id, "date_closed": NOON}

        def delete():
            self.env.cr.execute(
                "DELETE FROM crm_reseller_offer WHERE id = %s", [first.id]
            )
            self.env.invalidate_all()

        changes = (
            lambda: self.set_lead(lead, expected_revenue=300),
            lambda: self.set_lead(lead, **won),
            lambda: second.write({"state": "expired"}),
            lambda: self.set_lead(lead, reseller_id=self.beta.id),
            lambda: self.set_lead(lead, reseller_id=self.alfa.id),
            lambda: first.write({"not_measured": True}),
            lambda: first.write({"not_measured": False}),
            lambda: first.write({"response_hours": 9}),
            lambda: self.offer(self.alfa, lead=lead, held=False),
            lambda: second.write({"lead_id": lead.id}),
            lambda: second.write({"lead_id": other.id}),
            delete,
            lambda: lead.unlink(),
        )
        seen = [self.read_values()]
        for number, change in enumerate(changes):
            Fact._cron_refresh()
            self.assertEqual(self.read_values(), seen[-1], number)
            change()
            self.env.flush_all()
            seen.append(self.read_values())
            self.assertNotEqual(seen[-1], seen[-2], number)
        self.assertEqual(Fact._cron_refresh(), 1)
        self.assertEqual(Fact._cron_refresh(), 0)
        self.assertEqual(self.read_values(), seen[-1])

    def test_what_a_setting_says_is_not_kept(self):
        stage = self.env["crm.stage"].create({"name": "Nearly"})
        offer = self.offer(self.alfa)
        self.set_lead(offer.lead_id, stage_id=stage.id, date_closed=NOON)
        for is_won, number in ((False, 0), (True, 1), (False, 0)):
            stage.is_won = is_won
            self.set_lead(offer.lead_id, date_closed=NOON)
            self.env["crm.reseller.fact"]._cron_refresh()
            self.assertEqual(self.read_values()["won"], number)
            self.env.flush_all()
            # as the database has it, whatever happens to the rows
            self.env.cr.execute(
                "UPDATE crm_stage SET is_won = %s WHERE id = %s", [not is_won, stage.id]
            )
            self.assertEqual(self.read_values()["won"], 1 - number)
            self.env.invalidate_all()
            self.env.cr.execute(
                "UPDATE crm_stage SET is_won = %s WHERE id = %s", [is_won, stage.id]
            )

    def test_probabilities_estimated_anew_are_no_change(self):
        lead = self.offer(self.alfa).lead_id
        Fact = self.env["crm.reseller.fact"]
        Fact._cron_refresh()
        self.set_lead(lead, probability=37, name="Renamed")
        self.assertEqual(Fact._cron_refresh(), 0)

    def test_any_filter_finds_the_same(self):
        """Conditions written for rows, and those left to the search of offers."""
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        for state in ("accepted", "declined", "expired"):
            self.offer(self.alfa, state, lead=self.make_leads(user_id=sally.id))
            self.offer(self.beta, state)
        period = [
            ("offered_on", ">=", "2026-02-28 23:00:00"),
            ("offered_on", "<", "2026-03-31 22:00:00"),
            ("not_measured", "=", False),
        ]
        for domain in (
            [],
            [("reseller_id", "=", self.alfa.id)],
            [("reseller_id", "in", [self.alfa.id, False])],
            [("reseller_id", "not in", self.alfa.ids)],
            ["!", ("reseller_id", "=", self.alfa.id)],
            ["|", ("state", "=", "declined"), ("lead_id.user_id", "=", sally.id)],
            [("lead_id.user_id", "=", False)],
            [("lead_id.user_id", "!=", sally.id), ("state", "in", ["expired"])],
            [("reseller_id.reseller_level_id", "=", self.gold.id)],
            [("due_on", "<", "2026-03-10 21:00:00")],
            [("reseller_id", "=", "Alfa")],
            [("lead_id.name", "!=", False), ("reseller_id.name", "ilike", "alf")],
            [(0, "=", 1)],
        ):
            found = self.values(domain=domain)["offers"]
            number = self.Offer.sudo().search_count([*period, *domain])
            self.assertEqual(found, number, domain)
