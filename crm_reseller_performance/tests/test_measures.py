"""Every measure: on cases computed by hand, and against a recount of the raw rows."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_base.tests.common import ResellerCase

from ..lib.measures import MEASURES, NOW, get_days_before, get_window

NOON = datetime(2026, 3, 18, 12)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@tagged("post_install", "-at_install")
class TestWindows(BaseCase):
    def test_days_begin_at_midnight_of_the_zone(self):
        """Summer time begins on 29 March 2026: the month has one hour less."""
        start, end = get_window(*MARCH, "Europe/Brussels")
        self.assertEqual(start, datetime(2026, 2, 28, 23))
        self.assertEqual(end, datetime(2026, 3, 31, 22))
        self.assertEqual(end - start, timedelta(days=31, hours=-1))

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
        lead_values = values.pop("lead_values", {})
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
                    "reseller_answered_on": answered,
                    "reseller_worked_on": lead_values.pop("worked_on", answered),
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
