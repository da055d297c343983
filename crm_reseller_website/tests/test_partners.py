from lxml import html

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPartners(HttpCase):
    """What a visitor of the website finds, and what no one finds there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("is_published", "=", True)]).write(
            {"is_published": False}
        )
        cls.belgium = cls.env.ref("base.be")
        cls.france = cls.env.ref("base.fr")
        levels = cls.env["crm.reseller.level"]
        cls.first = levels.create({"name": "Test first", "sequence": 1})
        cls.second = levels.create({"name": "Test second", "sequence": 2})
        cls.alder = cls._create_reseller("Alder Ltd", cls.second, city="Brugge")
        cls.birch = cls._create_reseller(
            "Birch SA", cls.first, city="Lille", country_id=cls.france.id, zip="59000"
        )

    @classmethod
    def _create_reseller(cls, name, level, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "reseller_level_id": level.id,
                "country_id": cls.belgium.id,
                "is_published": True,
                "email": f"{name.split()[0].lower()}@example.com",
                **values,
            }
        )

    def _page(self, address="/partners", status=200):
        response = self.url_open(address)
        self.assertEqual(response.status_code, status, address)
        return html.fromstring(response.text)

    def _listed(self, address="/partners"):
        cards = self._page(address).xpath("//article//h2")
        return [" ".join(card.text_content().split()) for card in cards]

    # ------------------------------------------------------------
    # Who is listed
    # ------------------------------------------------------------

    def test_published_resellers_are_listed_by_level(self):
        """The highest level first, whatever the names."""
        self.assertEqual(self._listed(), ["Birch SA", "Alder Ltd"])
        page = self._page()
        self.assertIn("2 partners", page.text_content())
        self.assertNotIn("@example.com", html.tostring(page, encoding="unicode"))

    def test_what_is_not_published_is_not_found(self):
        """Neither a draft, nor an archived one, nor someone who is no reseller."""
        self._create_reseller("Draft Ltd", self.first, is_published=False)
        self._create_reseller("Former Ltd", self.first, active=False)
        self._create_reseller("Customer Ltd", self.env["crm.reseller.level"])
        elsewhere = self.env["website"].create({"name": "Elsewhere"})
        self._create_reseller("Elsewhere Ltd", self.first, website_id=elsewhere.id)
        contact = self._create_reseller("Carl", self.env["crm.reseller.level"])
        contact.write({"is_company": False, "parent_id": self.alder.id})
        self.assertEqual(self._listed(), ["Birch SA", "Alder Ltd"])
        other = self.env["res.company"].create({"name": "Another company"})
        self.birch.company_id = other
        self.assertEqual(self._listed(), ["Alder Ltd"])

    def test_levels_that_are_off_or_archived_are_left_out(self):
        self.first.is_published = False
        self.assertEqual(self._listed(), ["Alder Ltd"])
        self.first.write({"is_published": True, "active": False})
        self.assertEqual(self._listed(), ["Alder Ltd"])

    def test_new_levels_are_on_the_website(self):
        self.assertTrue(self.first.is_published)
        self.assertTrue(self.env.ref("crm_reseller_base.level_gold").is_published)

    # ------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------

    def test_visitors_search_by_words_and_zip_codes(self):
        """Each word has to be found somewhere."""
        self.alder.website_short_description = "Cranes for harbours"
        found = {
            "brugge": ["Alder Ltd"],
            "5900": ["Birch SA"],
            "harbour alder": ["Alder Ltd"],
            "harbour birch": [],
            "belgium": ["Alder Ltd"],
            "100%": [],
            "  ": ["Birch SA", "Alder Ltd"],
            "x" * 5000: [],
        }
        for words, names in found.items():
            self.assertEqual(self._listed(f"/partners?search={words}"), names, words)

    def test_visitors_choose_a_country_and_a_level(self):
        self._create_reseller("Cedar NV", self.first)
        self.assertEqual(
            self._listed("/partners/country/be"), ["Cedar NV", "Alder Ltd"]
        )
        self.assertEqual(
            self._listed(f"/partners/country/be?level={self.second.id}"), ["Alder Ltd"]
        )
        self.assertEqual(
            self._listed(f"/partners?country=fr&level={self.first.id}"), ["Birch SA"]
        )
        page = self._page("/partners/country/fr")
        countries = page.xpath("//select[@name='country']/option")
        told = {
            " ".join(o.text_content().split()): o.get("selected") for o in countries
        }
        self.assertEqual(set(told), {"All countries", "Belgium (2)", "France (1)"})
        self.assertTrue(told["France (1)"])
        self.assertIn("Partners in France", page.xpath("//h1")[0].text_content())

    def test_empty_lists_say_what_to_do(self):
        self.assertIn(
            "Look at all partners", self._page("/partners/country/es").text_content()
        )
        (self.alder | self.birch).is_published = False
        self.assertIn("Write to us", self._page().text_content())

    def test_odd_addresses_do_no_harm(self):
        for address in (
            "/partners?page=-3&level=abc",
            "/partners?level=999999999999999999999",
            "/partners/page/0",
            "/partners/page/9999",
            "/partners?search=%25%5C%27%22&country=",
        ):
            self._page(address)
        for address in ("/partners/country/zz", "/partners/country/belgium-999999999"):
            self._page(address, status=404)

    def test_characters_no_database_takes_do_no_harm(self):
        for parameter in ("search", "level", "page"):
            self._page(f"/partners?{parameter}=a%00b")
        self._page("/partners?country=a%00b", status=404)
        self.assertEqual(self._listed("/partners?search=Ald%00er"), ["Alder Ltd"])

    def test_old_addresses_lead_to_the_list(self):
        """Those of Odoo's own Resellers module, and codes in capitals."""
        for address, place in (
            ("/partners/country/BE", "/partners/country/be"),
            (f"/partners/country/belgium-{self.belgium.id}", "/partners/country/be"),
            ("/partners/grade/gold-1", "/partners"),
            (
                f"/partners/grade/gold-1/country/france-{self.france.id}/page/2",
                f"/partners/country/france-{self.france.id}",
            ),
        ):
            response = self.url_open(address, allow_redirects=False)
            self.assertEqual(response.status_code, 301, address)
            self.assertTrue(response.headers["Location"].endswith(place), address)

    def test_long_lists_have_pages(self):
        for number in range(25):
            self._create_reseller(f"Oak {number:02}", self.second)
        first = self._listed("/partners?search=oak")
        second = self._listed("/partners/page/2?search=oak")
        self.assertEqual((len(first), len(second)), (24, 1))
        self.assertFalse(set(first) & set(second))

    # ------------------------------------------------------------
    # The page of one
    # ------------------------------------------------------------

    def test_a_resellers_page_tells_level_and_territory(self):
        self.birch.reseller_country_ids = self.france | self.belgium
        self.birch.city = "Lyon"
        (link,) = self._page("/partners?search=birch").xpath("//article//a/@href")
        page = self._page(link)
        text = " ".join(page.text_content().split())
        self.assertIn("Birch SA", text)
        (address,) = page.xpath("//a[normalize-space() = 'See on a map']/@href")
        self.assertIn("Lyon", address)
        self.assertIn("Test first", text)
        self.assertRegex(text, "Works in (Belgium, France|France, Belgium)")
        self.first.is_published = False
        self.assertNotIn("Test first", self._page(link).text_content())

    def test_a_page_that_is_not_published_is_not_there(self):
        (link,) = self._page("/partners?search=birch").xpath("//article//a/@href")
        self.birch.is_published = False
        self._page(link, status=404)

    def test_pictures_are_there_for_everybody(self):
        (picture,) = self._page("/partners?search=birch").xpath("//article//img/@src")
        response = self.url_open(picture)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.headers["Content-Type"].startswith("image/"))

    def test_search_engines_are_told(self):
        text = self.url_open("/sitemap.xml").text
        self.assertIn("/partners</loc>", text)
        self.assertIn("/partners/country/fr</loc>", text)
        self.assertNotIn("/partners/country/es</loc>", text)

    def test_the_menu_leads_there(self):
        links = self._page("/").xpath("//header//a[@href='/partners']")
        self.assertTrue(links)
        self.assertEqual(links[0].text_content().strip(), "Partners")

    # ------------------------------------------------------------
    # Beside Odoo's own module
    # ------------------------------------------------------------

    def test_odoos_resellers_module_keeps_its_addresses(self):
        """While it is installed, none of the routes is ours."""
        http = self.env["ir.http"]
        converters = http._get_converters()

        def ours(modules):
            rules = http._generate_routing_rules(modules, converters)
            return {url for url, rule in rules if rule.routing.get("reseller_pages")}

        modules = list(self.registry._init_modules)
        self.assertIn("/partners", ours(modules))
        self.assertEqual(ours([*modules, "website_crm_partner_assign"]), set())
