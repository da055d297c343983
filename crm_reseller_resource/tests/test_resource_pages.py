import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import ResourceCase

# of a whole request: SQL statements, and bytes of the page
LIMIT = 20
BYTES = 45_000


@tagged("post_install", "-at_install")
class TestResourcePages(ResourceCase):
    """The list, what it finds and how it marks, and the page of a resource."""

    def test_list_page_and_favourites(self):
        resource = self._create_resource(
            category_id=self.category.id, summary="All machines, net prices"
        )
        self._create_resource("Other")
        self._login(self.anna)
        page = self._get_main(self._get("/my/resources"))
        self.assertIn("All machines, net prices", page)
        self.assertIn(">Price List · Test category · ", page)
        self.assertIn("Resources", self._get_main(self._get("/my/home")))
        found = self._get_main(
            self._get(f"/my/resources?filterby=category{self.category.id}")
        )
        self.assertIn("Price list", found)
        self.assertNotIn(">Other<", found)
        url = f"/my/resources/{resource.id}"
        favourites = "/my/resources?filterby=favourites"
        self.assertIn("Press the star", self._get(favourites).text)
        answer = self._post(
            "/my/resources", f"{url}/favourite?filterby=favourites", favourite="1"
        )
        self.assertIn("filterby=favourites", answer.url)
        self.assertIn("Remove from favourites", answer.text)
        self.assertNotIn(">Other<", self._get_main(answer))
        # twice counts once, and it is hers alone
        self._post("/my/resources", f"{url}/favourite", favourite="1")
        self.assertEqual(resource.favourite_partner_ids, self.anna.partner_id)
        self._login(self.ben)
        self.assertIn("Press the star", self._get(favourites).text)
        self._login(self.anna)
        answer = self._post(url, f"{url}/favourite", favourite="page_0")
        self.assertTrue(answer.url.endswith(url))
        self.assertFalse(resource.favourite_partner_ids)

    def test_search(self):
        tag = self.env["crm.tag"].create({"name": "Hydraulics"})
        self._create_resource("Pumps", tag_ids=[(6, 0, tag.ids)])
        faq = self._create_resource(
            "Delivery", kind="faq", content={"body": "<p>Within four weeks.</p>"}
        )
        self._publish(faq, body="<p>Within six weeks.</p>")
        self._create_resource("Secret", audience_company_ids=[(6, 0, self.birch.ids)])
        self._login(self.anna)
        for words, found in (
            ("pump", {"Pumps"}),
            ("hydraulics", {"Pumps"}),
            ("six weeks", {"Delivery"}),
            ("four weeks", set()),
            ("secret", set()),
            ("%", set()),
        ):
            page = self._get(f"/my/resources?search={words}").text
            names = set(re.findall(r">(Pumps|Delivery|Secret)\s*<", page))
            self.assertEqual(names, found, words)
        self.assertIn(
            "No resource fits this search", self._get("/my/resources?search=zzz").text
        )

    def test_marks(self):
        with freeze_time("2031-01-01 12:00:00"):
            resource = self._create_resource()
        # the session is older than the frozen clock otherwise
        for day, mark in (("2031-01-10", "New"), ("2031-01-20", "")):
            with freeze_time(f"{day} 12:00:00"):
                self._check_mark(resource, mark)
        with freeze_time("2031-02-01 12:00:00"):
            self._publish(resource, name="B")
            self._check_mark(resource, "Updated")
        self.company.reseller_resource_new_days = 0
        with freeze_time("2031-02-01 12:00:00"):
            self._check_mark(resource, "")

    def _check_mark(self, resource, mark):
        self._login(self.anna)
        page = self._get_main(self._get("/my/resources"))
        badges = re.findall(r'o_reseller_badge_\w+"[^>]*>([^<]+)<', page)
        self.assertEqual(badges, [mark] if mark else [])
        new = self._get_main(self._get("/my/resources?filterby=new"))
        self.assertEqual(f"/my/resources/{resource.id}" in new, bool(mark))
        page = self._get_main(self._get(f"/my/resources/{resource.id}"))
        self.assertEqual(bool(mark) and f">{mark}<" in page, bool(mark))

    def test_answers_open_in_place(self):
        self._create_resource(
            "How long?",
            kind="faq",
            content={"body": "<p>Four weeks.</p><script>alert(1)</script>"},
        )
        self._create_resource(
            "How wide?", kind="faq", content={"body": f"<p>{'wide ' * 4000}</p>"}
        )
        self._login(self.anna)
        page = self._get_main(self._get("/my/resources"))
        self.assertRegex(page, r"<details>\s*<summary>How long\?")
        self.assertIn("Four weeks.", page)
        self.assertNotIn("alert(1)", page)
        self.assertNotRegex(page, r"<summary>How wide\?")
        self.assertLess(page.count("wide "), 100)

    def test_the_page_of_a_resource(self):
        today = fields.Date.today()
        resource = self._create_resource(
            content={
                "link": "https://example.com/film",
                "notes": "Two new models",
                "valid_until": today + timedelta(days=20),
                "name": "2031-1",
            }
        )
        self._login(self.anna)
        page = self._get_main(self._get(f"/my/resources/{resource.id}"))
        for words in (
            "Two new models",
            "2031-1",
            "valid from",
            "until",
            "Open the link",
        ):
            self.assertIn(words, page)
        self.assertNotIn("example.com/film", page, "the link leads by the counter")

    def test_nothing_there_yet(self):
        self._login(self.anna)
        page = self._get("/my/resources").text
        self.assertIn("There are no resources for you yet", page)
        for url in ("?filterby=evil", "?sortby=evil", "/page/99", "?search=%00"):
            self._get(f"/my/resources{url}")

    def test_one_search_finds_them(self):
        self._create_resource("Price list of pumps")
        self._create_resource(
            "Pumps of Birch", audience_company_ids=[(6, 0, self.birch.ids)]
        )
        self._create_lead(self.alder, name="Forty pumps")
        self._create_deal(self.anna, name="Deal about pumps")
        self._create_lead(self.birch, name="Pumps elsewhere")
        self._login(self.anna)
        self.assertIn('action="/my/search"', self._get("/my/home").text)
        page = self._get_main(self._get("/my/search?search=pumps"))
        for words in ("Price list of pumps", "Forty pumps", "Deal about pumps"):
            self.assertIn(f">{words}<", page)
        for words in ("Pumps of Birch", "Pumps elsewhere"):
            self.assertNotIn(words, page)
        self.assertIn('href="/my/resources?search=pumps"', page)
        self.assertIn("Nothing was found", self._get("/my/search?search=zzz").text)
        for search in ("", "%00", "%25", "x" * 500):
            self._get(f"/my/search?search={search}")
        self._login(self.stranger)
        self._get("/my/search?search=pumps", 404)

    def test_pages_cost_the_same_however_much_there_is(self):
        resource = self._create_resource(
            "The one",
            category_id=self.category.id,
            kind="faq",
            content={"body": "<p>Words.</p>"},
        )
        self._check_costs(resource)
        for number in range(30):
            self._create_resource(
                f"Resource {number} with a title of usual length",
                category_id=self.category.id,
                summary="What it is about, and what it is good for. " * 3,
                kind="faq" if number % 3 == 0 else "guide",
                content={"body": "<p>A few words more.</p>" * 20},
            )
        self._check_costs(resource)

    def _check_costs(self, resource):
        dear = {}
        for user in (self.anna, self.sue):
            self._login(user)
            for url in (
                "/my/resources",
                "/my/resources?search=words&filterby=new",
                "/my/search?search=words",
                f"/my/resources/{resource.id}",
            ):
                self._get(url)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                response = self._get(url)
                # a request of a test runs between a savepoint and its release
                cost = self.cr.sql_log_count - before - 2, len(response.content)
                if cost[0] > LIMIT or cost[1] > BYTES:
                    dear[user.login, url] = cost
        self.assertFalse(dear, "statements and bytes of pages that cost too much")
