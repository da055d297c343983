"""The dashboard of the channel: every number against the list that it opens."""

import io
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tests.common import HttpCase, tagged

from odoo.addons.crm_reseller_base.tests.common import prepare_backend

from ..lib.measures import MEASURES
from ..models import crm_reseller_dashboard as dashboard_module
from ..models.crm_reseller_dashboard import BREAKDOWNS
from ..models.crm_reseller_measure import GROUPINGS
from .test_measures import NOON, MeasureCase

OPTIONS = {"period": "custom", "from": "2026-01-01", "to": "2026-03-31"}


class DashboardCase(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Dashboard = cls.env["crm.reseller.dashboard"]
        cls.sally = cls.make_user(
            "sally", "sales_team.group_sale_salesman", tz="Europe/Brussels"
        )
        cls.alice = cls.make_user(
            "alice", "sales_team.group_sale_manager", tz="Europe/Brussels"
        )
        cls.gamma = cls.make_reseller("Gamma", reseller_level_id=cls.silver.id)
        cls.env["res.company"].search([]).write({"reseller_silent_days": 14})

    @classmethod
    def make_history(cls):
        """A quarter of offers of every kind, to three resellers in two countries."""
        people = cls.env["res.partner"].create(
            [{"name": name, "parent_id": cls.alfa.id} for name in ("Ann", "Bo")]
        )
        cls.env["crm.reseller.usage"].sudo().create(
            [
                {
                    "partner_id": person.id,
                    "reseller_id": cls.alfa.id,
                    "day": day,
                    "sign_ins": 1,
                }
                for person in people
                for day in (date(2026, 1, 1), date(2026, 3, 2))
            ]
        )
        lost = cls.env["crm.lost.reason"].create({"name": "Too small"})
        states = ("accepted", "declined", "expired", "accepted", "pending", "withdrawn")
        resellers = (cls.alfa, cls.beta, cls.gamma)
        for number in range(54):
            state = states[number % 6]
            values = {}
            lead_values = {}
            if state == "declined" and number % 4:
                values["decline_reason_id"] = cls.territory_reason.id
            if number % 12 == 3:
                lead_values = {
                    "stage_id": cls.won_stage.id,
                    "date_closed": datetime(2026, 1 + number % 3, 20, 10),
                    "expected_revenue": 100.0 * number,
                    "type": "opportunity",
                    "probability": 100,
                }
            elif number % 18 == 9:
                lead_values = {
                    "active": False,
                    "probability": 0,
                    "date_closed": datetime(2026, 3, 1 + number % 9, 10),
                    "lost_reason_id": lost.id if number > 9 else None,
                }
            cls.offer(
                resellers[number % 3] if number % 7 else cls.alfa,
                state,
                lead=cls.make_leads(
                    country_id=(cls.france if number % 5 == 0 else cls.belgium).id,
                    user_id=(False, cls.sally.id, cls.alice.id)[number // 2 % 3],
                ),
                offered_on=datetime(2026, 1, 2, 23, 30) + timedelta(hours=37 * number),
                hours=1 + number % 9,
                lead_values=lead_values,
                **values,
            )
        for milestone in cls.env["crm.reseller.milestone"].search([], limit=2):
            for user in (cls.sally, cls.alice):
                cls.env["crm.reseller.progress"].create(
                    {
                        "lead_id": cls.make_leads(user_id=user.id).id,
                        "reseller_id": cls.alfa.id,
                        "author_id": cls.alfa.id,
                        "milestone_id": milestone.id,
                        "reached_on": datetime(2026, 2, 3, 9),
                    }
                )

    def read_page(self, user, **options):
        with freeze_time(NOON):
            return self.Dashboard.with_user(user).read_dashboard({**OPTIONS, **options})

    def get_list(self, user, shown, *args):
        """The records a click opens."""
        with freeze_time(NOON):
            action = self.Dashboard.with_user(user).get_records(shown, *args)
            model = self.env[action["res_model"]].with_user(user)
            return model.with_context(**action["context"]).search(action["domain"])

    def get_numbers(self, data):
        """Every number of the page: what is read, and what a click on it asks for."""
        for figure in (*data["tiles"], *data["funnel"]):
            yield figure, (figure["key"],)
        for row in data["reasons"]:
            yield row, ("declined", "decline_reason", row["id"])
        for row in data["lost"]:
            yield row, ("lost", "lost_reason", row["id"])
        for group_by, table in (
            (data["options"]["span"], data["trend"]),
            ("reseller", data["ranking"]),
            (data["breakdown"]["by"], data["breakdown"]),
        ):
            for row in table["rows"]:
                for figure in row["figures"]:
                    yield figure, (figure["key"], group_by, row["id"])
        for row in data["milestones"]:
            yield row, ("milestones_reached", "milestone", row["id"])
        for each in data["waiting"]:
            yield each, (each["key"],)


@tagged("post_install", "-at_install")
class TestDashboard(DashboardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_history()
        cls.env.flush_all()

    def check_numbers(self, user, **options):
        """Compare each number of the page with the list behind it."""
        data = self.read_page(user, **options)
        measures = self.env["crm.reseller.measure"]._get_measures()
        tried = 0
        for figure, asked in self.get_numbers(data):
            records = self.get_list(user, data["options"], *asked)
            measure = measures.get(figure["key"])
            with self.subTest(asked=asked, user=user.login):
                if not measure or measure.aggregate == "count":
                    self.assertEqual(figure["value"], len(records))
                elif measure.aggregate == "distinct":
                    self.assertEqual(figure["value"], len(records.partner_id))
                elif figure["value"] is None:
                    self.assertFalse(records)
                else:
                    # of these records alone it is the same
                    with freeze_time(NOON):
                        read = self.Measure._read_measures(
                            datetime(2026, 1, 1).date(),
                            datetime(2026, 3, 31).date(),
                            [("id", "in", records.ids)],
                            keys=[figure["key"]],
                        )
                    again = read["total"][figure["key"]]["value"]
                    self.assertAlmostEqual(figure["value"], again, places=4)
            tried += 1
        self.assertGreater(tried, 60)
        return data

    def test_every_number_equals_its_list(self):
        for user in (self.alice, self.sally):
            data = self.check_numbers(user, span="month")
            self.assertFalse(data["is_empty"])
            self.assertTrue(data["lost"] and data["reasons"] and data["milestones"])
        for by in BREAKDOWNS[1:]:
            data = self.read_page(self.alice, by=by)
            self.assertEqual(data["options"]["by"], by)
            # the rest is as for countries, see above
            [row, *_rows] = data["breakdown"]["rows"]
            asked = ("offers", by, row["id"])
            records = self.get_list(self.alice, data["options"], *asked)
            self.assertEqual(row["figures"][0]["value"], len(records), asked)
        of_gold = self.check_numbers(self.alice, level=self.gold.id, span="week")
        names = [row["label"] for row in of_gold["ranking"]["rows"]]
        self.assertEqual(sorted(names), ["Alfa", "Beta"])

    def test_all_figures_are_there(self):
        """Every measure with its number, its words and the records behind it."""
        for user in (self.alice, self.sally):
            data = self.read_page(user)
            with freeze_time(NOON):
                figures = self.Dashboard.with_user(user).read_all_figures(OPTIONS)
            measures = self.env["crm.reseller.measure"]._get_measures()
            shown = {figure["key"]: figure for figure in figures}
            self.assertEqual(list(shown), [key for key in measures if key in shown])
            self.assertLessEqual(set(MEASURES), set(shown))
            # use of the portal is read by sales administrators
            self.assertEqual("sign_ins" in shown, user == self.alice)
            for tile in data["tiles"]:
                self.assertEqual(shown[tile["key"]]["text"], tile["text"])
            for key, figure in shown.items():
                for name in ("label", "formula", "source", "owner"):
                    self.assertTrue(data["measures"][key][name])
                records = self.get_list(user, data["options"], key)
                if measures[key].aggregate == "count":
                    self.assertEqual(figure["value"], len(records), key)
                elif figure["value"] is None:
                    self.assertFalse(records, key)

    def test_numbers_of_the_period_before(self):
        data = self.read_page(self.alice, **{"from": "2026-03-01"})
        offers = next(each for each in data["tiles"] if each["key"] == "offers")
        before = self.get_list(self.alice, data["options"], "offers", None, None, True)
        self.assertEqual(offers["before"], str(len(before)))
        self.assertTrue(before)

    def test_salespeople_see_their_own(self):
        everything, own = self.read_page(self.alice), self.read_page(self.sally)
        offers = [
            next(each["value"] for each in data["tiles"] if each["key"] == "offers")
            for data in (everything, own)
        ]
        self.assertLess(offers[1], offers[0])
        self.assertTrue(offers[1])
        visible = self.Offer.with_user(self.sally).search(
            [("measured_as", "=", "offers")]
        )
        self.assertEqual(offers[1], len(visible))

    def test_a_planted_difference_is_found(self):
        """The comparison above would notice a number that is off by one."""
        original = type(self.Dashboard)._format_figure

        def plant(dashboard, key, value):
            if key == "won" and value:
                value += 1
            return original(dashboard, key, value)

        self.patch(type(self.Dashboard), "_format_figure", plant)
        with self.assertRaises(AssertionError):
            data = self.read_page(self.alice)
            for figure, asked in self.get_numbers(data):
                if figure["key"] == "won":
                    records = self.get_list(self.alice, data["options"], *asked)
                    self.assertEqual(figure["value"], len(records))

    def test_sparklines_add_up_to_the_accepted_offers(self):
        data = self.read_page(self.alice)
        column = data["ranking"]["keys"].index("accepted")
        for row in data["ranking"]["rows"]:
            self.assertEqual(sum(row["line"]), row["figures"][column]["value"])
            self.assertEqual(len(row["line"]), len(data["trend"]["rows"]))

    def test_who_may_not_know_has_no_tile(self):
        """Use of the portal is read by sales administrators, not of some leads."""

        def keys(user, **options):
            return [tile["key"] for tile in self.read_page(user, **options)["tiles"]]

        self.assertIn("active_people", keys(self.alice))
        self.assertIn("active_people", keys(self.alice, level=self.gold.id))
        self.assertNotIn("active_people", keys(self.alice, country=self.france.id))
        self.assertNotIn("active_people", keys(self.sally))
        self.assertIn("pick_rate", keys(self.sally, **{"from": "2026-03-31"}))

    def test_update_rule_is_shown_where_a_level_has_one(self):
        levels = self.env["crm.reseller.level"].search([])
        levels.update_days = 0
        self.assertNotIn("updates_kept", self.read_page(self.alice)["ranking"]["keys"])
        self.gold.update_days = 7
        ranking = self.read_page(self.alice)["ranking"]
        column = ranking["keys"].index("updates_kept")
        kept = {
            row["label"]: row["figures"][column]["value"] for row in ranking["rows"]
        }
        self.assertIsNotNone(kept["Alfa"])
        self.assertIsNone(kept["Gamma"])

    def test_conversion_of_a_short_period(self):
        """No lead of the last weeks is matured: the tile says what is known of them,
        and does not hold them against leads that had more time."""

        def tiles(**options):
            data = self.read_page(self.alice, **options)
            return {tile["key"]: tile for tile in data["tiles"]}

        short = tiles()
        self.assertNotIn("conversion_matured", short)
        self.assertIsNotNone(short["conversion_rate"]["value"])
        self.assertFalse(short["conversion_rate"]["change"])
        self.env["res.company"].search([]).reseller_cycle_days = 30
        self.assertIn("conversion_matured", tiles())
        self.assertNotIn("conversion_rate", tiles())

    def test_change_says_what_is_better(self):
        compare = self.Dashboard._compare
        more = compare("won", {"value": 12, "before": 10})
        self.assertEqual((more["change"], more["trend"]), ("+20 %", "good"))
        slower = compare("answer_median", {"value": 12.0, "before": 8.0})
        self.assertEqual((slower["change"], slower["trend"]), ("+50 %", "bad"))
        fewer = compare("pick_rate", {"value": 40.0, "before": 50.0})
        self.assertEqual((fewer["change"], fewer["trend"]), ("−10 points", "bad"))
        neither = compare("offers", {"value": 8, "before": 10})
        self.assertEqual(neither["trend"], "")
        first = compare("won", {"value": 3, "before": 0})
        self.assertEqual((first["change"], first["before"]), ("", "0"))

    def test_whatever_is_typed_in_the_address_is_understood(self):
        for options in (
            {"period": "custom", "from": "x", "to": "2026-03-01"},
            {"period": "custom", "from": "2026-03-02", "to": "2026-03-01"},
            {"period": "custom", "from": "0001-01-01", "to": "9999-12-31"},
            {"period": "for ever", "span": "second", "level": "gold", "sort": "name"},
            {"level": "9" * 40, "country": -3, "reseller": [1], "limit": None},
            {"period": ["last_30"], "span": {}, "sort": [[]], "by": {"x": 1}},
            "\x00",
            [1],
            7,
        ):
            with freeze_time(NOON):
                data = self.Dashboard.with_user(self.alice).read_dashboard(options)
            self.assertEqual(data["options"]["period"], "last_90", options)
            self.assertFalse(data["chosen"], options)
        long = self.read_page(self.alice, **{"from": "2000-01-01", "span": "week"})
        self.assertEqual(long["options"]["span"], "quarter")
        gone = self.read_page(self.alice, team=999999999)
        self.assertEqual(gone["chosen"], {"team": "Unknown"})
        self.assertTrue(gone["is_empty"])

    def test_a_figure_that_is_none_is_refused_in_words(self):
        opened = self.Dashboard.with_user(self.alice).get_records
        for key, group_by, group in (
            ("secret", None, None),
            ([["id", "=", 1]], None, None),
            ("offers", "lead_id.name", "x"),
            ("offers", ["level"], 1),
            ("offers", "level", "x"),
            ("offers", "level", 10**30),
            ("offers", "week", "today"),
            ("waiting", {"level": 1}, None),
        ):
            with self.assertRaisesRegex(UserError, "no such figure"):
                opened({}, key, group_by=group_by, group=group)

    def test_numbers_can_be_grouped_by_each_filter(self):
        for name in ("level", "activation", "direction", "team", "country", "reseller"):
            self.assertIn(name, GROUPINGS)

    def test_only_sales_people_read_it(self):
        ann = self.make_portal_user(self.alfa, "ann")
        worker = self.make_user("worker", "base.group_user")
        for user in (ann, worker):
            dashboard = self.Dashboard.with_user(user)
            with self.assertRaises(AccessError):
                dashboard.read_dashboard({})
            with self.assertRaises(AccessError):
                dashboard.read_all_figures({})
            with self.assertRaises(AccessError):
                dashboard.get_records({}, "offers")
        with self.assertRaises(UserError):
            self.Dashboard.with_user(self.alice).get_records({}, "nonsense")

    def test_statements_do_not_grow_with_the_offers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.read_page(self.alice)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(30):
            self.offer(self.make_reseller(f"R{number}"), "accepted")
        many = count()
        self.assertLessEqual(many, few + 2)
        self.assertLess(many, 70)

    def open_send(self, user, **options):
        """The window in which figures are sent, as it opens."""
        with freeze_time(NOON):
            action = self.Dashboard.with_user(user).open_send_figures(
                {**OPTIONS, **options}
            )
            model = self.env[action["res_model"]].with_user(user)
            return Form(model.with_context(**action["context"]))

    def test_figures_are_sent_from_what_is_shown(self):
        data = self.read_page(self.alice)
        self.assertTrue(data["may_send"])
        form = self.open_send(self.alice)
        shown = sorted(row["id"] for row in data["ranking"]["rows"])
        self.assertEqual(sorted(each.id for each in form.reseller_ids), shown)
        # the day is not over yet
        days = (fields.Date.to_date(form.date_from), fields.Date.to_date(form.date_to))
        self.assertEqual(days, (date(2026, 1, 1), NOON.date() - timedelta(days=1)))
        self.assertEqual(form.period, "custom")
        self.assertFalse(form.is_filtered)
        # of those below the end of the ranking, too, and no others
        self.patch(dashboard_module, "SHORT_RANKING", 1)
        form = self.open_send(self.alice, level=self.gold.id)
        self.assertEqual(
            sorted(each.name for each in form.reseller_ids), ["Alfa", "Beta"]
        )
        self.assertFalse(form.is_filtered)
        form = self.open_send(self.alice, country=self.france.id, period="last_quarter")
        self.assertEqual(form.period, "quarter")
        self.assertEqual(fields.Date.to_date(form.date_from), date(2025, 10, 1))
        self.assertTrue(form.is_filtered)
        form = self.open_send(self.alice, reseller=self.gamma.id)
        self.assertEqual([each.name for each in form.reseller_ids], ["Gamma"])

    def test_only_sales_administrators_send_figures(self):
        self.assertFalse(self.read_page(self.sally)["may_send"])
        with self.assertRaises(AccessError):
            self.open_send(self.sally)
        with self.assertRaisesRegex(UserError, "before today"):
            self.open_send(self.alice, **{"from": "2026-03-18"})

    def test_spreadsheet(self):
        self.alfa.name = "=1+1"
        with freeze_time(NOON):
            dashboard = self.Dashboard.with_user(self.alice)
            content = dashboard._export_xlsx(OPTIONS)
            data = dashboard.read_dashboard(OPTIONS)
        book = load_workbook(io.BytesIO(content))
        rows = {row[0].value: row for row in book["Resellers"].iter_rows(min_row=2)}
        self.assertEqual(len(rows), data["ranking"]["total"])
        cell = rows["=1+1"][0]
        self.assertEqual((cell.value, cell.data_type), ("=1+1", "s"))
        shown = next(r for r in data["ranking"]["rows"] if r["label"] == "=1+1")
        for written, figure in zip(rows["=1+1"][1:], shown["figures"], strict=True):
            self.assertAlmostEqual(written.value, figure["value"], places=6)
        self.assertEqual(book["Trend"].max_row - 1, len(data["trend"]["rows"]))
        # all figures with what they say and where they come from
        figures = {row[0]: row for row in book["Figures"].iter_rows(values_only=True)}
        for definition in data["measures"].values():
            if definition["key"] in MEASURES:
                row = figures[definition["label"]]
                self.assertEqual(row[3], definition["formula"])
                self.assertEqual(row[4:], (definition["source"], definition["owner"]))
        self.assertIn("Country", book.sheetnames)
        self.assertIn("Milestones", book.sheetnames)


@tagged("post_install", "-at_install")
class TestDashboardInBrowser(HttpCase, DashboardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        prepare_backend(cls.env)
        cls.alice.write({"password": "alice"})
        now = datetime.now().replace(microsecond=0)
        for number, state in enumerate(("accepted", "declined", "expired", "accepted")):
            cls.offer(
                cls.beta if number == 3 else cls.alfa,
                state,
                lead=cls.make_leads(name=f"Tour Lead {number}"),
                offered_on=now - timedelta(days=20 + number),
            )

    def test_look_filter_and_open_the_records(self):
        action = self.env.ref("crm_reseller_performance.crm_reseller_dashboard_action")
        self.start_tour(
            f"/web#action={action.id}&level={self.gold.id}&period=last_30",
            "crm_reseller_dashboard",
            login="alice",
            timeout=180,
        )

    def test_spreadsheet_by_its_address(self):
        self.authenticate("alice", "alice")
        address = "/crm_reseller_performance/channel.xlsx?period=last_30&level=x"
        response = self.url_open(address)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        book = load_workbook(io.BytesIO(response.content))
        self.assertIn("Beta", [cell.value for cell in book["Resellers"]["A"]])
        self.make_user("worker", "base.group_user", password="worker-password")
        self.authenticate("worker", "worker-password")
        self.assertEqual(self.url_open(address).status_code, 403)
