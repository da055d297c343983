import base64
import re
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import TransactionCase
from odoo.tools import mute_logger

from ..lib.directions import DirectionAccess
from ..models.res_users import ResUsers
from ..models.res_users_directions import ResUsers as ResUsersDirections
from .common import ResellerPortalCase
from .test_pages import BYTES, LIMIT

PIXEL = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        "awAAAABJRU5ErkJggg=="
    )
)


class DirectionCase(ResellerPortalCase):
    """Two directions with portals: Alder works in north, Birch in south; Cedar in both;
    and leads of both directions in the hands of each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.write({"can_convert": True, "can_edit_opportunity": True})
        cls.north, cls.south = cls.env["crm.reseller.direction"].create(
            [{"name": "North", "sequence": 1}, {"name": "South", "sequence": 2}]
        )
        cls.cedar = cls.env["res.partner"].create(
            {
                "name": "Cedar AG",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.cid = cls._create_reseller_user("cedar_cid", cls.cedar)
        cls.leads = {}
        for name, user in (("alder", cls.anna), ("birch", cls.bob), ("cedar", cls.cid)):
            company = user.commercial_partner_id
            for direction in (cls.north, cls.south):
                word = f"{name}{direction.name}"
                lead = cls._create_lead(company, name=f"{word}Lead")
                deal = cls._create_deal(user, name=f"{word}Deal")
                past = cls._create_lead(company, name=f"{word}Past")
                past.with_user(user).sudo().reseller_decline(cls.reason, "Too far")
                deal.with_user(user).sudo()._reseller_post(
                    f"{word}Note", [(f"{word}File.txt", b"words")]
                )
                leads = lead | deal | past
                leads.reseller_direction_id = direction
                cls.leads[name, direction.name] = {"lead": lead, "deal": deal}
        cls.alder.reseller_direction_ids = cls.north
        cls.birch.reseller_direction_ids = cls.south
        cls.cedar.reseller_direction_ids = cls.north | cls.south
        cls.portals = {
            direction.name: cls.env["crm.reseller.portal"].create(
                {
                    "direction_id": direction.id,
                    "path": direction.name.lower(),
                    "active": True,
                    "welcome": f"<p>Welcome{direction.name}</p>",
                    "image": PIXEL,
                    "contact_id": cls.salesman.id,
                    "section_ids": cls.env["crm.reseller.portal"]._prepare_sections(),
                }
            )
            for direction in (cls.north, cls.south)
        }
        cls.salesman.partner_id.write({"phone": "+32 2 555 01 02", "image_1920": PIXEL})
        cls.env.flush_all()

    def _set_audience(self, direction, key, **audience):
        section = self.portals[direction].section_ids.filtered(lambda s: s.key == key)
        section.write({f"audience_{name}": value for name, value in audience.items()})
        return section


@tagged("post_install", "-at_install")
class TestDirections(DirectionCase):
    """Homes, switching, and what people of another direction reach: nothing."""

    # ------------------------------------------------------------
    # HOMES
    # ------------------------------------------------------------

    def test_people_land_on_their_own_portal(self):
        for user, path in ((self.anna, "north"), (self.bob, "south")):
            self._login(user)
            for asked in ("/my", "/my/home", f"/partner/{path}"):
                page = self._get(asked)
                self.assertTrue(page.url.endswith(f"/partner/{path}"), asked)
            other = "south" if path == "north" else "north"
            self.assertIn(f"Welcome{path.title()}", page.text)
            self.assertIn("+32 2 555 01 02", page.text)
            # another one's, one that does not exist, and no path at all
            for foreign in (other, "nowhere", "%00", "x" * 300, "NORTH", "%27"):
                answer = self.url_open(f"/partner/{foreign}", allow_redirects=False)
                self.assertEqual(answer.status_code, 303, foreign)
                self.assertTrue(
                    answer.headers["Location"].endswith(f"/partner/{path}"), foreign
                )
            for file in ("picture", "contact"):
                content = self._get(f"/partner/{path}/{file}").content
                self.assertEqual(content[:4], b"\x89PNG")
                self._get(f"/partner/{other}/{file}", 404)
                self._get(f"/partner/nowhere/{file}", 404)

    def test_without_an_active_portal_home_is_general(self):
        self.portals["North"].active = False
        self._login(self.anna)
        page = self._get("/partner/north")
        self.assertTrue(page.url.endswith("/my"), page.url)
        self.assertNotIn("WelcomeNorth", page.text)
        self._get("/partner/north/picture", 404)
        for user in (self.stranger, self.salesman):
            self._login(user)
            self.assertTrue(self._get("/partner/south").url.endswith("/my"))

    def test_the_contact_person_who_left_is_not_shown(self):
        self.salesman.active = False
        self._login(self.anna)
        self.assertNotIn("+32 2 555 01 02", self._get("/partner/north").text)
        self._get("/partner/north/contact", 404)

    # ------------------------------------------------------------
    # ISOLATION
    # ------------------------------------------------------------

    def test_two_directions_are_isolated_over_every_route(self):
        """What is of another direction is nowhere, even if the own company holds it."""
        routes = self._get_reading_routes("odoo.addons.crm_reseller_")
        self.assertGreater(len(routes), 25)
        own = {"alder": "North", "birch": "South"}
        for user in (self.anna, self.bob):
            name = user.login.partition("_")[0]
            mine = own[name]
            secrets = [
                f"{company}{direction}"
                for company in ("alder", "birch", "cedar")
                for direction in ("North", "South")
                if (company, direction) != (name, mine)
            ]
            self._login(user)
            token = self._get_token()
            seen = ""
            for route in routes:
                for url in self._fill(route):
                    response = self.url_open(url)
                    self.assertLess(response.status_code, 500, url)
                    told = response.text + str(response.headers)
                    leaks = [secret for secret in secrets if secret in told]
                    self.assertFalse(leaks, f"{user.login}: {url}")
                    seen += told
            for kind in ("Lead", "Deal", "Past", "Note", "File"):
                self.assertIn(f"{name}{mine}{kind}", seen, "what is theirs is there")
            # nor can anything be done with it
            for (company, direction), leads in self.leads.items():
                if (company, direction) == (name, mine):
                    continue
                for lead, action in (
                    (leads["lead"], "leads/{}/accept"),
                    (leads["deal"], "opportunities/{}/update"),
                    (leads["deal"], "opportunities/{}/attach"),
                ):
                    self._send(
                        f"/my/{action.format(lead.id)}",
                        404,
                        csrf_token=token,
                        note="evil",
                        comment="evil",
                    )
                self.assertEqual(leads["lead"].reseller_state, "pending")

    def _fill(self, route):
        """Return the addresses of a route for all leads of this test."""
        urls = {route.replace("<int:page>", "1")}
        for path in ("north", "south"):
            urls |= {url.replace("<string:path>", path) for url in set(urls)}
        if "<int:lead_id>" in route:
            urls = set()
            for leads in self.leads.values():
                documents = self.env["ir.attachment"].search(
                    [("res_model", "=", "crm.lead"), ("res_id", "=", leads["deal"].id)]
                )
                for lead in leads.values():
                    urls.add(
                        route.replace("<int:lead_id>", str(lead.id)).replace(
                            "<int:document_id>", str(documents[:1].id)
                        )
                    )
        # what is left belongs to other addons: numbers that are somebody else's
        return sorted(
            re.sub(r"<int:\w+>", "1", url) for url in urls if "<string" not in url
        )

    def test_people_of_both_see_both_and_switch(self):
        self._login(self.cid)
        home = self._get("/my")
        self.assertTrue(home.url.endswith("/partner/north"))
        for path in ("north", "south"):
            self.assertTrue(self._get(f"/partner/{path}").url.endswith(path))

        def listed():
            pages = self._get("/my/leads").text + self._get("/my/opportunities").text
            return set(re.findall(r"cedar(?:North|South)(?:Lead|Deal)", pages))

        both = listed()
        self.assertEqual(len(both), 4)
        self.assertIn("All directions", self._get("/my/leads").text)
        page = self._post("/my/leads", "/my/direction", direction_id=self.south.id)
        self.assertTrue(page.url.endswith("/partner/south"), page.url)
        self.assertEqual(listed(), {"cedarSouthLead", "cedarSouthDeal"})
        # what waits is on the start page all the same: a deadline knows no choice
        # a record of the other one still opens: it is the person's own
        self._get(f"/my/leads/{self.leads['cedar', 'North']['lead'].id}")
        other = self._get("/partner/north")
        self.assertIn("Switch to this direction", other.text)
        self.assertIn("From all of your sales directions.", other.text)
        for choice in ("all", "", str(self.north.id + 1000), "x" * 50, "-1"):
            self._post("/my/leads", "/my/direction", direction_id=choice)
            self.assertEqual(listed(), both, choice)
        # chosen above a list, one stays there; no other address is gone to
        for back, end in (
            ("/my/opportunities", "/my/opportunities"),
            ("//elsewhere.example", "/partner/south"),
            ("/web/session/logout", "/partner/south"),
        ):
            page = self._post(
                "/my/leads", "/my/direction", direction_id=self.south.id, back=back
            )
            self.assertTrue(page.url.endswith(end), page.url)

    def test_a_direction_of_others_cannot_be_chosen(self):
        self._login(self.anna)
        self.assertNotIn("All directions", self._get("/my/leads").text)
        self._send(
            "/my/direction", csrf_token=self._get_token(), direction_id=self.south.id
        )
        self.assertIn("alderNorthLead", self._get("/my/leads").text)

    def test_leads_without_a_direction_are_everybodys(self):
        self._create_lead(self.alder, name="Undirected")
        self._login(self.anna)
        self.assertIn("Undirected", self._get("/my/leads").text)

    def test_a_reseller_without_directions_works_in_all(self):
        self.birch.reseller_direction_ids = False
        self._login(self.bob)
        page = self._get("/my/leads").text
        self.assertIn("birchNorthLead", page)
        self.assertIn("birchSouthLead", page)
        self.assertTrue(self._get("/partner/north").url.endswith("/my"))

    def test_an_archived_direction_still_separates(self):
        self.south.active = False
        self._login(self.anna)
        self._get(f"/my/leads/{self.leads['alder', 'South']['lead'].id}", 404)
        self._login(self.bob)
        self._get(f"/my/leads/{self.leads['birch', 'South']['lead'].id}")

    # ------------------------------------------------------------
    # SECTIONS
    # ------------------------------------------------------------

    def test_sections_have_an_order_and_an_audience(self):
        deals = self._set_audience("North", "reseller_opportunities", role="supervisor")
        deals.sequence = 1
        self._login(self.sue)
        page = self._get("/my/leads").text
        self.assertLess(
            page.index('href="/my/opportunities"'),
            page.index('href="/my/leads" class')
            if 'href="/my/leads" class' in page
            else page.rindex('href="/my/leads"'),
        )
        deal = self.leads["alder", "North"]["deal"]
        self._get(f"/my/opportunities/{deal.id}")
        self._login(self.anna)
        page = self._get("/my/leads").text
        self.assertNotIn('href="/my/opportunities" class="btn', page)
        self.assertNotIn("alderNorthDeal", page)
        self.assertNotIn("alderNorthDeal", self._get("/partner/north").text)
        self._get("/my/opportunities", 404)
        self._get(f"/my/opportunities/{deal.id}", 404)
        document = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", deal.id)], limit=1
        )
        self._get(f"/my/opportunities/{deal.id}/documents/{document.id}", 404)
        # in a direction without that limit it is there
        self._login(self.bob)
        self._get("/my/opportunities")

    def test_a_section_that_is_left_out(self):
        self.portals["North"].section_ids.filtered(
            lambda s: s.key == "reseller_leads"
        ).unlink()
        self._login(self.anna)
        self._get("/my/leads", 404)
        self._get(f"/my/leads/{self.leads['alder', 'North']['lead'].id}", 404)
        self.assertNotIn("alderNorthPast", self._get("/my/opportunities").text)
        self.assertIn("alderNorthDeal", self._get("/my/opportunities").text)

    def test_switched_off_it_is_shown_and_not_enforced(self):
        self.env["res.company"].search([]).reseller_enforce_directions = False
        self._set_audience("North", "reseller_opportunities", role="supervisor")
        self._login(self.anna)
        self.assertTrue(self._get("/my").url.endswith("/partner/north"))
        self.assertIn("WelcomeSouth", self._get("/partner/south").text)
        page = self._get("/my/leads").text
        self.assertIn("alderSouthLead", page)
        self.assertNotIn('href="/my/opportunities" class="btn', page)
        self._get(f"/my/opportunities/{self.leads['alder', 'North']['deal'].id}")
        self.assertFalse(self.portals["North"].enforced)

    # ------------------------------------------------------------
    # WHAT IT COSTS
    # ------------------------------------------------------------

    def test_pages_of_two_directions_stay_cheap(self):
        self._login(self.cid)
        leads = self.leads["cedar", "North"]
        costs = {}
        for chosen in ("all", self.north.id):
            self._post("/my/leads", "/my/direction", direction_id=chosen)
            for url in (
                "/partner/north",
                "/my/leads",
                "/my/leads/past",
                "/my/opportunities",
                f"/my/leads/{leads['lead'].id}",
                f"/my/opportunities/{leads['deal'].id}",
            ):
                self._get(url)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                response = self._get(url)
                # between a savepoint and its release
                count = self.cr.sql_log_count - before - 2
                costs[chosen, url] = (count, len(response.content))
        dear = {
            page: (count, size)
            for page, (count, size) in costs.items()
            if count > LIMIT or size > BYTES
        }
        self.assertFalse(dear, "statements and bytes of pages that cost too much")

    # ------------------------------------------------------------
    # THE ACCESS MATRIX
    # ------------------------------------------------------------

    def _get_row(self, direction):
        rows = self.env["crm.reseller.access.matrix"]._read_access_matrix()
        return next(row for row in rows if row["direction"] == direction)

    def test_the_matrix_says_what_can_be_fetched(self):
        for direction, user in ((self.north, self.sue), (self.south, self.bob)):
            row = self._get_row(direction)
            name = user.commercial_partner_id.name.split()[0].lower()
            self.assertEqual(row["user"], user)
            fetched = self._fetch(user)
            cells = {cell["key"]: cell for cell in row["cells"]}
            for key, found in fetched.items():
                self.assertEqual(cells[key]["count"], found, f"{name}: {key}")
            self.assertFalse(any(cell["leaks"] for cell in row["cells"]))

    def _fetch(self, user):
        """Return how many records of each kind a person really gets, by address."""
        self._login(user)
        found = dict.fromkeys(("leads", "opportunities", "documents", "portals"), 0)
        for leads in self.leads.values():
            for kind, key, path in (
                ("lead", "leads", "leads"),
                ("deal", "opportunities", "opportunities"),
            ):
                url = f"/my/{path}/{leads[kind].id}"
                found[key] += self.url_open(url).status_code == 200
            deal = leads["deal"]
            for document in self.env["ir.attachment"].search(
                [("res_model", "=", "crm.lead"), ("res_id", "=", deal.id)]
            ):
                url = f"/my/opportunities/{deal.id}/documents/{document.id}"
                found["documents"] += self.url_open(url).status_code == 200
        for portal in self.portals.values():
            answer = self.url_open(f"/partner/{portal.path}", allow_redirects=False)
            found["portals"] += answer.status_code == 200
        past = self._get("/my/leads/past").text
        found["past_offers"] = len(set(re.findall(r"\w+(?:North|South)Past", past)))
        return found

    def test_a_domain_that_is_too_wide_turns_the_page_red(self):
        admin = new_test_user(
            self.env, "matrix_admin", groups="base.group_system,base.group_user"
        )
        self._login(admin)
        url = "/crm_reseller_portal/access-matrix"
        page = self._get(url).text
        self.assertIn("All people reach only records", page)
        self.assertIn("North", page)
        Directions = ResUsersDirections
        for model, name, wide in (
            (Directions, "_get_reseller_lead_direction_domain", []),
            (Directions, "_get_reseller_direction_domain", []),
            (ResUsers, "_get_reseller_lead_domain", [("reseller_state", "!=", False)]),
            (Directions, "_get_reseller_portal_domain", [("active", "=", True)]),
        ):
            with patch.object(model, name, lambda self, *args, _w=wide: list(_w)):
                leaks = sum(
                    cell["leaks"] for cell in self._get_row(self.south)["cells"]
                )
                self.assertTrue(leaks, name)
                page = self._get(url).text
            self.assertIn("can be reached by people who should not see them", page)
            self.assertIn("too many", page)
        self._set_audience("South", "reseller_leads", role="supervisor")
        self.assertFalse(any(c["leaks"] for c in self._get_row(self.south)["cells"]))

    def test_the_matrix_is_for_administrators(self):
        for user in (self.anna, self.stranger, self.salesman):
            self._login(user)
            self._get("/crm_reseller_portal/access-matrix", 404)

    # ------------------------------------------------------------
    # LEADS OF A DIRECTION
    # ------------------------------------------------------------

    def test_no_lead_is_offered_across_directions(self):
        lead = self._create_lead(reseller_direction_id=self.south.id)
        with self.assertRaisesRegex(UserError, "does not work in the sales direction"):
            lead.assign_to_reseller(self.alder)
        lead.assign_to_reseller(self.cedar)
        self.assertFalse(lead.reseller_direction_hidden)
        hidden = self.leads["alder", "South"]["lead"]
        self.assertTrue(hidden.reseller_direction_hidden)
        self.env["res.company"].search([]).reseller_enforce_directions = False
        hidden.invalidate_recordset()
        self.assertFalse(hidden.reseller_direction_hidden)
        self._create_lead(self.alder, reseller_direction_id=self.south.id)


@tagged("post_install", "-at_install")
class TestCreatePortal(TransactionCase):
    """The team creates a portal on a direction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "portal_maker", groups="sales_team.group_sale_manager"
        )
        cls.direction, cls.other = cls.env["crm.reseller.direction"].create(
            [
                {"name": "Grüne  Maschinen & more", "user_id": cls.manager.id},
                {"name": "Other"},
            ]
        )

    def _create(self, direction, **values):
        action = direction.with_user(self.manager).action_open_reseller_portal()
        self.assertEqual(action["res_model"], "crm.reseller.portal.create")
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        for name, value in values.items():
            setattr(form, name, value)
        action = form.save().action_create()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_a_portal_is_created_inactive_and_its_form_opens(self):
        portal = self._create(self.direction)
        self.assertEqual(portal.path, "grune-maschinen-more")
        self.assertFalse(portal.active)
        self.assertEqual(portal.contact_id, self.manager)
        self.assertEqual(
            portal.section_ids.mapped("key"),
            self.env["crm.reseller.portal.section"]._get_keys(),
        )
        self.assertEqual(self.direction.portal_count, 1)
        again = self.direction.with_user(self.manager).action_open_reseller_portal()
        self.assertEqual(again["res_id"], portal.id)
        self.assertTrue(portal.url.endswith("/partner/grune-maschinen-more"))

    def test_the_structure_is_copied(self):
        portal = self._create(self.direction)
        leads = portal.section_ids.filtered(lambda s: s.key == "reseller_leads")
        leads.write(
            {
                "audience_role": "supervisor",
                "sequence": 99,
                "audience_level_ids": self.env["crm.reseller.level"]
                .create({"name": "One"})
                .ids,
            }
        )
        copy = self._create(self.other, path="  Second ", copy_from_id=portal)
        self.assertEqual(copy.path, "second")
        copied = copy.section_ids.filtered(lambda each: each.key == leads.key)
        for name in ("audience_role", "sequence", "audience_level_ids"):
            self.assertEqual(copied[name], leads[name], name)
        self.assertEqual(copy.section_ids[-1], copied)

    def test_paths_are_unique_and_part_of_an_address(self):
        portal = self._create(self.direction, path="first")
        with self.assertRaisesRegex(UserError, "is taken"):
            self._create(self.other, path="First")
        for path in ("Upper", "a b", "a/b", "-a", "a-", "a--b", "ü", "a" * 61, "a?b"):
            with self.assertRaises(ValidationError, msg=path):
                portal.path = path
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["crm.reseller.portal"].create(
                {"direction_id": self.other.id, "path": "first"}
            )

    def test_only_managers_create_portals(self):
        salesman = new_test_user(
            self.env, "no_maker", groups="sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            self.direction.with_user(salesman).action_open_reseller_portal()
        with self.assertRaises(AccessError):
            self.env["crm.reseller.portal"].with_user(salesman).create(
                {"direction_id": self.direction.id, "path": "mine"}
            )

    def test_what_directions_show_without_a_database(self):
        access = DirectionAccess(
            directions=(5, 7), sections={7: ("deals", "leads")}, enforced=True
        )
        self.assertTrue(access.shows("tasks", 5))
        self.assertTrue(
            access.shows("tasks", None), "the home direction limits nothing"
        )
        self.assertFalse(access.shows("tasks", 7))
        self.assertEqual(access.get_hidden("tasks"), [7])
        self.assertEqual(access.get_keys(7, ["leads", "deals"]), ["deals", "leads"])
        self.assertIsNone(access.get_keys(5, ["leads"]))
        self.assertEqual(access.get_keys(None, ["leads", "x"]), ["leads", "x", "deals"])
        self.assertIsNone(DirectionAccess().get_keys(None, ["leads"]))
        self.assertEqual(DirectionAccess().get_hidden("leads"), [])
