import html
import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ResellerPortalCase

# of a whole request: SQL statements, and bytes of the page
LIMIT = 20
BYTES = 45_000
PAGES = (
    "/my",
    "/my/home",
    "/my/leads",
    "/my/leads/past",
    "/my/leads/{lead}",
    "/my/leads/{lead}/decline",
    "/my/opportunities",
    "/my/opportunities?groupby=person&search=lead",
    "/my/opportunities?view=board",
    "/my/opportunities/{deal}",
    "/my/opportunities/{deal}/contact",
    "/my/opportunities/{deal}/outcome?outcome=won",
    "/my/opportunities/{deal}/return",
    "/my/opportunities/{deal}/progress",
    "/my/reseller",
    "/my/reseller/settings",
)


@tagged("post_install", "-at_install")
class TestPages(ResellerPortalCase):
    """Lists, words, numbers and what a page costs."""

    def _measure(self, url):
        """Return how many statements a warm request takes, and bytes its page."""
        self._get(url)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        response = self._get(url)
        # a request of a test runs between a savepoint and its release
        return self.cr.sql_log_count - before - 2, len(response.content)

    def _fill(self, count):
        tags = self.env["crm.tag"].create([{"name": f"Test {n}"} for n in range(3)])
        milestones = self.env["crm.reseller.milestone"].search([])
        for number in range(count):
            vals = {"name": f"Lead {number}", "tag_ids": tags.ids}
            self._create_lead(self.alder, **vals)
            deal = self._create_deal(self.anna, **vals)
            deal.expected_revenue = 1000 * number
            if number % 4:
                milestone = milestones[number % 4 - 1]
                deal.with_user(self.anna).sudo()._add_progress(
                    deal._prepare_progress_vals(milestone, "", {})
                )
            deal.with_user(self.anna).sudo()._reseller_post(
                f"note {number}", [("a.txt", b"x")]
            )

    def test_pages_cost_the_same_however_much_there_is(self):
        rich = {
            "source_id": self.env.ref("utm.utm_source_newsletter").id,
            "tag_ids": self.env["crm.tag"].create({"name": "Test tag"}).ids,
            "state_id": self.env.ref("base.state_de_be").id,
        }
        lead = self._create_lead(self.alder, **rich)
        deal = self._create_deal(self.anna, **rich)
        deal.message_post(
            body="From the team",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.salesman.partner_id.id,
        )
        mine = deal.with_user(self.anna).sudo()
        mine._reseller_post("one", [("a.txt", b"x")])
        mine._reseller_plan_step("call", "Call", fields.Date.today())
        for milestone in self.env["crm.reseller.milestone"].search([])[:2]:
            mine._reseller_progress(milestone)
        self._check_costs(lead, deal)
        self._fill(25)
        for number in range(40):
            mine._reseller_post(f"note {number}", [("b.txt", b"x")])
        self._check_costs(lead, deal)

    def _check_costs(self, lead, deal):
        """Measure each page, for a user and for a supervisor."""
        costs = {}
        for user in (self.anna, self.sue):
            self._login(user)
            for page in PAGES:
                url = page.format(lead=lead.id, deal=deal.id)
                costs[user.login, page] = self._measure(url)
        dear = {
            page: (statements, size)
            for page, (statements, size) in costs.items()
            if statements > LIMIT or size > BYTES
        }
        self.assertFalse(dear, "statements and bytes of pages that cost too much")

    def test_unknown_choices_fall_back(self):
        self._create_lead(self.alder)
        deal = self._create_deal(self.anna)
        deal.name = "The deal"
        self._login(self.anna)
        for url, name in (
            ("/my/leads", "Forty pumps"),
            ("/my/opportunities", "The deal"),
        ):
            for query in (
                "sortby=nothing&filterby=nothing&groupby=nothing",
                "sortby=&filterby=&groupby=&search=&who=x",
                "date_begin=yesterday&date_end=31.31.2024",
                "sortby=__class__&filterby=0&page=-1",
            ):
                self.assertIn(name, self._get(f"{url}?{query}").text, query)
            for page in ("0", "2", "99999999999999999999"):
                self.assertIn(name, self._get(f"{url}/page/{page}").text)
        text = self._get("/my/leads?date_begin=soon").text
        self.assertIn("This is not a date", text)
        self.assertIn('value="soon"', text)

    def test_search_filter_sort_group(self):
        today = fields.Date.today()
        names = []
        for number, city in enumerate(("Aachen", "Bonn", "Celle")):
            deal = self._create_deal(self.anna, name=f"Deal {city}", city=city)
            deal.write(
                {
                    "expected_revenue": 100 * number,
                    "date_deadline": today + timedelta(days=400 * number),
                }
            )
            names.append(deal.name)
        self._login(self.anna)

        def found(query):
            text = self._get(f"/my/opportunities?{query}").text
            return re.findall(r">\s*(Deal \w+)\s*</a>", text)

        self.assertEqual(found(""), names)
        self.assertEqual(found("sortby=revenue"), names[::-1])
        self.assertEqual(found("search=bonn"), ["Deal Bonn"])
        self.assertEqual(found("search=%25"), [])
        self.assertEqual(found("filterby=month"), ["Deal Aachen"])
        self.assertEqual(found("filterby=won"), [])
        self.assertEqual(found("filterby=overdue"), [])
        deal.with_user(self.anna).sudo()._reseller_plan_step(
            "call",
            "late",
            today - timedelta(days=2),
        )
        self.assertEqual(found("filterby=overdue"), ["Deal Celle"])
        row = self._get_main(self._get("/my/opportunities")).partition("Deal Celle")[2]
        self.assertRegex(row.partition("</tr>")[0], r"late.*\(overdue\)")
        self.assertEqual(found("groupby=person"), names)
        self.assertEqual(found(f"date_begin={today + timedelta(days=2)}"), [])
        self.assertEqual(found(f"date_begin={today - timedelta(days=2)}"), names)
        self.assertIn(
            "No opportunity fits", self._get("/my/opportunities?search=zz").text
        )

    def test_day_of_two_midnights(self):
        """Havana sets its clocks back at one o'clock, to midnight: the day begins at
        the first of the two, and lasts 25 hours."""
        self.anna.tz = "America/Havana"
        moments = {
            "before": "2015-11-01 03:59:59",
            "first hour": "2015-11-01 04:30:00",
            "last hour": "2015-11-02 04:30:00",
            "next day": "2015-11-02 05:00:00",
        }
        leads = self.env["crm.lead"]
        for name, moment in moments.items():
            lead = self._create_lead(self.alder, name=f"Lead {name}")
            lead.reseller_offer_ids.offered_on = moment
            lead.reseller_offer_ids._sync_leads()
            leads |= lead
        self._login(self.anna)
        query = "date_begin=2015-11-01&date_end=2015-11-01"
        text = self._get(f"/my/leads?{query}").text
        found = [lead.name for lead in leads if lead.name in text]
        self.assertEqual(found, ["Lead first hour", "Lead last hour"])

    def test_my_and_all_for_supervisors(self):
        self._create_deal(self.anna, name="Hers")
        self._create_deal(self.sue, name="Mine")
        self._login(self.sue)
        self.assertIn("Hers", self._get("/my/opportunities").text)
        mine = self._get("/my/opportunities?who=mine").text
        self.assertIn("Mine", mine)
        self.assertNotIn("Hers", mine)
        self._login(self.anna)
        self.assertNotIn("Mine", self._get("/my/opportunities?who=all").text)

    def _read_counts(self, query, path="/my/opportunities"):
        """Return the numbers beside the filters and in the choice of persons."""
        main = self._get_main(self._get(f"{path}?{query}"))
        filters = main.partition('aria-label="Filter"')[2].partition("</nav>")[0]
        beside = re.findall(r">([^<>]+)<span[^>]*>(\d+)</span></a>", filters)
        whose = re.findall(r"<option[^>]*>(Everyone|Me) \((\d+)\)</option>", main)
        return {name.strip(): int(count) for name, count in beside + whose}

    def test_counts_stand_beside_the_filters(self):
        today = fields.Date.today()
        hers, late, won, lost = (
            self._create_deal(self.anna, name=name, city="Bonn")
            for name in ("Hers", "Late", "Won", "Lost")
        )
        (hers | late).date_deadline = today
        late.with_user(self.anna).sudo()._reseller_plan_step(
            "call",
            "late",
            today - timedelta(days=2),
        )
        won.action_set_won()
        lost.action_set_lost()
        self._create_deal(self.sue, name="Mine")
        self._create_deal(self.bob, name="Somebody else's")
        everything = {
            "Active": 3,
            "Closing this month": 2,
            "Next step overdue": 1,
            "Reported": 0,
            "Won": 1,
            "Lost": 1,
        }
        self._login(self.sue)
        self.assertEqual(self._read_counts(""), {**everything, "Everyone": 3, "Me": 1})
        self.assertEqual(
            self._read_counts("filterby=won"), {**everything, "Everyone": 1, "Me": 0}
        )
        nothing = dict.fromkeys(everything, 0)
        mine = {**nothing, "Active": 1, "Everyone": 3, "Me": 1}
        self.assertEqual(self._read_counts("who=mine"), mine)
        self._login(self.anna)
        hers_only = {**everything, "Active": 2}
        self.assertEqual(self._read_counts(""), hers_only)
        # whatever else narrows the list narrows the counts
        self.assertEqual(self._read_counts("search=bonn&filterby=lost"), hers_only)
        self.assertEqual(self._read_counts("search=zz"), nothing)
        begin = f"date_begin={today + timedelta(days=2)}"
        self.assertEqual(self._read_counts(begin), nothing)
        self._login(self.ben)
        self.assertEqual(self._read_counts(""), {}, "nothing to search in")
        self.assertEqual(self._read_counts("who=mine&filterby=won"), nothing)

        self._create_lead(self.alder)
        overdue = self._create_lead(self.alder)
        overdue._write_offer_vals(
            {"reseller_due_on": fields.Datetime.now() - timedelta(hours=1)}
        )
        accepted = self._create_lead(self.alder)
        accepted.with_user(self.anna).sudo().reseller_accept()
        waiting = {"All": 2, "Waiting": 2, "Accepted": 0, "Overdue": 1}
        self.assertEqual(self._read_counts("", "/my/leads"), waiting)
        self._login(self.anna)
        self.assertEqual(
            self._read_counts("filterby=overdue", "/my/leads"),
            {**waiting, "All": 3, "Accepted": 1},
        )

    def test_each_count_is_what_its_filter_brings(self):
        for user in (self.anna, self.sue):
            self._create_deal(user)
            self._create_deal(user).action_set_lost()
            self._create_lead(self.alder)
        for user in (self.anna, self.sue):
            self._login(user)
            for path in ("/my/leads", "/my/opportunities"):
                page = self._get(path).text
                links = re.findall(
                    r'href="([^"]*filterby=\w+)"[^>]*>[^<]*<span[^>]*>(\d+)<', page
                )
                self.assertGreater(len(links), 3)
                for url, count in links:
                    table = self._get(html.unescape(url)).text.partition("<tbody")[2]
                    rows = table.partition("</table>")[0].count("<tr")
                    self.assertEqual(rows, int(count), url)

    def test_numbers_are_read_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        for lang, text, expected in (
            ("en_US", "12,500", 12500),
            ("en_US", "$ 12,501.50", 12501.5),
            ("de_DE", "12.502", 12502),
            ("de_DE", "12.503,50", 12503.5),
        ):
            self.anna.lang = lang
            self._post_as(self.anna, f"{url}/update", expected_revenue=text)
            self.assertEqual(deal.expected_revenue, expected, text)
        self.assertIn('value="12.503,50"', self._get(url).text)
        self.anna.lang = "en_US"
        for text, sentence in (
            ("lots", "This is not an amount"),
            ("NaN", "This is not an amount"),
            ("1e309", "This is not an amount"),
            ("-5", "cannot be below zero"),
            ("9999999999999999", "too large"),
            ("", "Enter an amount"),
            ("12.500", "Is this 12,500 or 12.50?"),
        ):
            page = self._post_as(
                self.anna, f"{url}/update", 422, expected_revenue=text, probability="7"
            )
            self.assertIn(sentence, page.text, text)
            self.assertIn(f'value="{text}"', page.text)
            self.assertIn('value="7"', page.text)
            self.assertEqual(deal.expected_revenue, 12503.5, text)
            self.assertNotEqual(deal.probability, 7)
        for name, text, sentence in (
            ("probability", "101", "from 0 to 99"),
            ("probability", "100", "report it as won"),
            ("probability", "x", "from 0 to 99"),
            ("date_deadline", "someday", "This is not a date"),
            ("date_deadline", "9999-12-31", "too far ahead"),
            ("date_deadline", "0001-01-01", "too long ago"),
            ("step_summary", "call", "Choose the day"),
        ):
            page = self._post_as(self.anna, f"{url}/update", 422, **{name: text})
            self.assertIn(sentence, page.text, (name, text))
        self._post_as(self.anna, f"{url}/update", date_deadline="12/24/2030")
        self.assertEqual(str(deal.date_deadline), "2030-12-24")

    def test_next_steps_are_the_resellers_own(self):
        """What the team is asked to do about a lead is no kind to choose."""
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_post("", [("plan.txt", b"x")])
        self._login(self.anna)
        page = self._get_main(self._get(f"/my/opportunities/{deal.id}"))
        kinds = page.partition('name="step_type"')[2].partition("</select>")[0]
        self.assertIn("Call", kinds)
        for name in self.env["crm.lead"]._get_team_activity_types():
            kind = self.env.ref(name)
            self.assertNotIn(kind.name, kinds)
            self._post_as(
                self.anna,
                f"/my/opportunities/{deal.id}/update",
                422,
                step_type=kind.id,
                step_summary="x",
                step_date=fields.Date.today(),
            )
        # a document without words stands in the history too
        history = page.partition("o_reseller_history")[2]
        self.assertIn("plan.txt", history)

    def test_documents_that_are_refused(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        before = self.env["ir.attachment"].search_count([("res_id", "=", deal.id)])
        for name, content, sentence in (
            ("a.html", b"<script>", "of a type that is not accepted"),
            ("a.pdf", b"no pdf", "of a type that is not accepted"),
            ("a.pdf", b"", "is empty"),
            ("a.txt", b"x" * (10 * 1024 * 1024 + 1), "too large"),
        ):
            page = self._post_as(
                self.anna,
                f"{url}/attach",
                422,
                note="kept",
                files=[("documents", (name, content))],
            )
            self.assertIn(sentence, page.text)
            self.assertIn("kept", page.text)
        page = self._post_as(
            self.anna,
            f"{url}/attach",
            422,
            note="",
            files=[("documents", (f"{n}.txt", b"x")) for n in range(6)],
        )
        self.assertIn("5 documents at most", page.text)
        self._post_as(self.anna, f"{url}/attach", 422, note="")
        self.assertEqual(
            self.env["ir.attachment"].search_count([("res_id", "=", deal.id)]), before
        )

    def test_a_country_without_a_state_is_shown(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        text = self._get(f"/my/leads/{lead.id}").text
        self.assertIn("Germany", text)
        self.assertIn('href="tel:+49301234567"', text)
        self.assertIn('href="mailto:carla@customer.example"', text)
        self.assertIn("openstreetmap.org/search?query=", text)

    def test_headings_ids_and_labels(self):
        lead, deal = self._create_lead(self.alder), self._create_deal(self.anna)
        self._login(self.sue)
        for url in (
            "/my/home",
            "/my/leads",
            "/my/opportunities",
            f"/my/leads/{lead.id}",
            f"/my/leads/{lead.id}/decline",
            f"/my/opportunities/{deal.id}",
            f"/my/opportunities/{deal.id}/contact",
            f"/my/opportunities/{deal.id}/outcome?outcome=lost",
        ):
            text = self._get(url).text
            self.assertEqual(re.findall(r"<h([1-6])", text)[0], "1", url)
            self.assertEqual(len(re.findall("<h1", text)), 1, url)
            ids = re.findall(r'\sid="([^"]+)"', text)
            self.assertEqual(len(ids), len(set(ids)), url)
            self.assertRegex(text, r'<html[^>]* lang="en-US"')
            main = text.partition("<main>")[2]
            labels = set(re.findall(r'<label[^>]* for="([^"]+)"', main))
            for field in re.findall(r"<(?:input|select|textarea)[^>]*>", main):
                if 'type="hidden"' not in field:
                    name = re.search(r'\sid="([^"]+)"', field)
                    self.assertTrue(name and name.group(1) in labels, field)

    def test_the_team_is_told_at_once(self):
        lead = self._create_lead(self.alder)
        lead.with_user(self.anna).sudo().reseller_accept("Gladly, says Anna")
        message = lead.message_ids.filtered(lambda m: "Gladly" in (m.body or ""))
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.assertIn(self.salesman.partner_id, message.notified_partner_ids)
        offer = lead.reseller_offer_ids
        self.assertEqual(offer.state, "accepted")
        self.assertTrue(offer.answered_on)
        self.assertEqual(offer.answered_by_id, self.anna)
        self._login(self.anna)
        self.assertIn("Gladly, says Anna", self._get(f"/my/leads/{lead.id}").text)

    def test_answers_in_the_teams_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search(
            [("name", "=", "crm_reseller_portal")]
        )._update_translations(["de_DE"])
        self.salesman.lang = "de_DE"
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_report_outcome("won")
        self.assertIn("Als gewonnen gemeldet", deal.message_ids[0].body)
        self.assertEqual(self.anna.lang, "en_US")
        self._login(self.anna)
        self.assertIn(
            "You reported this deal as won",
            self._get(f"/my/opportunities/{deal.id}").text,
        )

    def test_links_lead_to_the_right_page(self):
        lead, deal = self._create_lead(self.alder), self._create_deal(self.anna)
        self._login(self.anna)
        for record, path in ((lead, "leads"), (deal, "opportunities")):
            url = f"/my/{path}/{record.id}"
            self.assertTrue(
                self._get(f"/mail/view?model=crm.lead&res_id={record.id}").url.endswith(
                    url
                )
            )
            self.assertTrue(record.reseller_portal_url.endswith(url))
            wrong = {"leads": "opportunities", "opportunities": "leads"}[path]
            self.assertTrue(self._get(f"/my/{wrong}/{record.id}").url.endswith(url))
        self.logout()
        page = self._get(f"/my/leads/{lead.id}")
        self.assertIn("/web/login", page.url)
        self.assertIn(f"leads%2F{lead.id}", page.url)
