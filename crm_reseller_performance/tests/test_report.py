"""Reseller Analysis: its figures, and who sees which rows."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.crm_reseller_base.tests.common import ResellerCase

from .test_measures import NOON, MeasureCase


@tagged("post_install", "-at_install")
class TestReport(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.make_leads()

    def offer(self, lead):
        lead.assign_to_reseller(self.alfa)

    def test_report(self):
        self.offer(self.lead)
        self.lead.reseller_accept()
        declined = self.make_leads()
        self.offer(declined)
        declined.reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )
        self.lead.write({"expected_revenue": 500})
        self.env.flush_all()
        [(rate, accepted, revenue)] = self.env["crm.reseller.report"]._read_group(
            [("reseller_id", "=", self.alfa.id)],
            [],
            ["acceptance_rate:avg", "accepted:sum", "expected_revenue:sum"],
        )
        self.assertEqual((rate, accepted, revenue), (50.0, 1, 500.0))

    def test_report_of_conversion(self):
        """One of four offers that came to an end was won, two days after it was
        accepted; what waits or was taken back does not count."""
        won, accepted, declined, expired, pending, withdrawn = leads = self.make_leads(
            6
        )
        for lead in leads:
            self.offer(lead)
        (won | accepted).reseller_accept()
        declined.reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )
        with freeze_time(expired.reseller_due_on + timedelta(minutes=1)):
            expired._expire_offers()
        withdrawn.reseller_withdraw()
        self.assertEqual(pending.reseller_state, "pending")
        answered_on = won.reseller_answered_on
        won.write({"type": "opportunity", "expected_revenue": 100})
        won.action_set_won()
        won.date_closed = answered_on + timedelta(days=2)
        self.env.flush_all()
        [(rate, days, count)] = self.env["crm.reseller.report"]._read_group(
            [("reseller_id", "=", self.alfa.id)],
            [],
            ["won_rate:avg", "days_to_win:avg", "won:sum"],
        )
        self.assertEqual((rate, count), (25.0, 1))
        self.assertAlmostEqual(days, 2.0, places=3)

    def test_disputed_offers_do_not_count(self):
        """What was agreed to be wrong is in no pivot either."""
        declined = self.make_leads()
        for lead in (self.lead, declined):
            self.offer(lead)
        self.lead.reseller_accept()
        declined.reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )

        def read(model, *fields):
            self.env.flush_all()
            mine = [("reseller_id", "=", self.alfa.id)]
            return self.env[model]._read_group(mine, [], fields)[0]

        rate = ("acceptance_rate:avg", "declined:sum", "__count")
        of_all = ("offers:sum", "accepted:sum")
        self.assertEqual(read("crm.reseller.report", *rate), (50, 1, 2))
        self.assertEqual(read("crm.reseller.partnership", *of_all), (2, 1))
        declined.reseller_offer_ids.not_measured = True
        self.assertEqual(read("crm.reseller.report", *rate), (100, 0, 1))
        self.assertEqual(read("crm.reseller.partnership", *of_all), (1, 1))

    def test_rows_follow_the_leads(self):
        """A salesperson sees the rows of the leads it can see, portal users none."""
        sally = self.make_user("sally", "sales_team.group_sale_salesman")
        alice = self.make_user("alice", "sales_team.group_sale_salesman_all_leads")
        ann = self.make_portal_user(self.alfa, "ann")
        mine = self.make_leads(user_id=sally.id)
        free = self.make_leads()
        others = self.make_leads(user_id=alice.id)
        leads = mine | free | others
        leads.assign_to_reseller(self.alfa)
        Report = self.env["crm.reseller.report"]

        def seen_by(user):
            self.env.flush_all()
            rows = Report.with_user(user).search([("lead_id", "in", leads.ids)])
            return rows.lead_id

        self.assertEqual(seen_by(sally), mine | free)
        self.assertEqual(seen_by(alice), leads)
        with self.assertRaises(AccessError):
            seen_by(ann)
        company = self.env["res.company"].create({"name": "Other"})
        others.write({"company_id": company.id, "user_id": False})
        self.assertEqual(seen_by(alice), mine | free)

    def test_every_method_has_a_name(self):
        """Those that other addons add to the offers, too."""
        names = self.env["crm.reseller.report"].fields_get(["method", "state"])
        offer = self.env["crm.reseller.offer"].fields_get(["method", "state"])
        for name in ("method", "state"):
            self.assertEqual(names[name]["selection"], offer[name]["selection"])


@tagged("post_install", "-at_install")
class TestReportAsMeasured(MeasureCase):
    def test_figures_are_those_of_the_measures(self):
        """A pivot says of a reseller what the dashboard says."""
        spam = self.env["crm.reseller.decline.reason"].create(
            {"name": "Spam", "marks_spam": True}
        )
        for state, values in (
            ("accepted", {}),
            ("accepted", {"method": "registered"}),
            ("accepted", {"method": "imported"}),
            ("returned", {"returned_on": NOON, "hours": 5}),
            ("declined", {"decline_reason_id": self.territory_reason.id}),
            ("declined", {"decline_reason_id": spam.id}),
            ("expired", {"hours": 8}),
            ("withdrawn", {}),
            ("pending", {}),
            ("expired", {"not_measured": True}),
        ):
            self.offer(self.alfa, state, **values)
        mine = [("reseller_id", "=", self.alfa.id)]
        measured = self.values(domain=mine)
        self.env.flush_all()
        pairs = (
            ("accepted:sum", "accepted"),
            ("declined:sum", "declined"),
            ("expired:sum", "expired"),
            ("acceptance_rate:avg", "pick_rate"),
            ("response_hours:avg", "answer_mean"),
        )
        [figures] = self.env["crm.reseller.report"]._read_group(
            [*mine, ("offered_on", ">=", "2026-03-01")], [], [pair[0] for pair in pairs]
        )
        self.assertEqual(measured["accepted"], 2)
        for figure, (_name, key) in zip(figures, pairs, strict=True):
            self.assertAlmostEqual(figure, measured[key], msg=key)
