import re
from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from odoo.addons.crm_reseller_portal.tests.test_directions import DirectionCase

from ..models.res_users import ResUsers
from .common import RegistrationCase
from .test_pages import NEW, POST

LIST = "/my/registrations"


@tagged("post_install", "-at_install")
class TestDirections(DirectionCase, RegistrationCase):
    """Registrations belong to sales directions as leads do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registrations = {}
        for user in (cls.anna, cls.bob, cls.cid):
            company = user.login.partition("_")[0]
            for direction in (cls.north, cls.south):
                word = f"{company}{direction.name}"
                registration = cls._submitted(
                    user,
                    name=f"{word}Registration",
                    company_name=f"{word}Customer",
                    vat="",
                    website=f"www.{word.lower()}.example",
                    direction_id=direction.id,
                )
                registration.with_user(user).sudo()._post_from_reseller(
                    f"{word}Comment", [(f"{word}Plan.txt", b"words")]
                )
                cls.registrations[company, direction.name] = registration
        cls.env.flush_all()

    def _fill(self, route):
        """Return the addresses of a route for all registrations of this test."""
        if "<int:registration_id>" not in route:
            return [route.replace("<int:page>", "1")]
        return [
            re.sub(
                "<int:document_id>",
                str(registration._get_reseller_messages().attachment_ids[:1].id),
                route.replace("<int:registration_id>", str(registration.id)),
            )
            for registration in self.registrations.values()
        ]

    def _listed(self):
        found = re.findall(
            r"(?:alder|birch|cedar)(?:North|South)Registration", self._get(LIST).text
        )
        return set(found)

    def test_two_directions_are_isolated_over_every_route(self):
        routes = self._get_reading_routes("odoo.addons.crm_reseller_registration")
        self.assertGreater(len(routes), 6)
        for user, mine in ((self.anna, "North"), (self.bob, "South")):
            name = user.login.partition("_")[0]
            secrets = [
                f"{company}{direction}{kind}"
                for company, direction in self.registrations
                if (company, direction) != (name, mine)
                for kind in ("Registration", "Customer", "Comment", "Plan")
            ]
            self._login(user)
            token, seen = self._get_token(), ""
            for url in [each for route in routes for each in self._fill(route)]:
                response = self.url_open(url)
                self.assertLess(response.status_code, 500, url)
                found = response.text + str(response.headers)
                leaks = [secret for secret in secrets if secret in found]
                self.assertFalse(leaks, f"{user.login}: {url}")
                seen += found
            for kind in ("Registration", "Customer", "Comment", "Plan"):
                self.assertIn(f"{name}{mine}{kind}", seen, "what is theirs is there")
            for key, registration in self.registrations.items():
                if key == (name, mine):
                    continue
                for action in ("edit", "attach", "withdraw", "extend"):
                    self._send(
                        f"{LIST}/{registration.id}/{action}",
                        404,
                        csrf_token=token,
                        note="evil",
                        reason="evil",
                        days="5",
                    )
                self.assertEqual(registration.state, "submitted")
        # nor on the start page
        self._login(self.anna)
        self.registrations["alder", "South"]._return_question("Which?")
        self.registrations["alder", "North"]._return_question("Which?")
        home = self._get("/my").text
        self.assertIn("alderNorthRegistration", home)
        self.assertNotIn("alderSouthRegistration", home)

    def test_people_of_both_see_both_and_switch(self):
        self._login(self.cid)
        both = {"cedarNorthRegistration", "cedarSouthRegistration"}
        self.assertEqual(self._listed(), both)
        north = self.registrations["cedar", "North"]
        page = self._get_main(self._get(f"{LIST}/{north.id}"))
        self.assertIn("Sales direction", page)
        self._post("/my/leads", "/my/direction", direction_id=self.south.id)
        self.assertEqual(self._listed(), {"cedarSouthRegistration"})
        self._get(f"{LIST}/{north.id}")
        self._post("/my/leads", "/my/direction", direction_id="all")
        self.assertEqual(self._listed(), both)
        self.env["res.company"].search([]).reseller_enforce_directions = False
        self._login(self.anna)
        self.assertEqual(
            self._listed(), {"alderNorthRegistration", "alderSouthRegistration"}
        )

    def test_the_direction_is_chosen_by_companies_of_several(self):
        self._login(self.anna)
        self.assertNotIn('name="direction_id"', self._get_main(self._get(NEW)))
        self._post(
            NEW,
            NEW,
            **{
                **POST,
                "representative_id": self.anna.partner_id.id,
                "direction_id": self.south.id,
            },
        )
        made = self.Registration.search([("name", "=", POST["name"])])
        self.assertEqual(made.direction_id, self.north, "what was forged is not read")
        self._login(self.cid)
        for path, direction in (("north", self.north), ("south", self.south)):
            home = self._get(f"/partner/{path}").text
            link = f"{NEW}?direction_id={direction.id}"
            self.assertRegex(
                home, rf'class="btn btn-primary"\s+href="{re.escape(link)}"'
            )
            self.assertRegex(
                self._get(link).text, rf'value="{direction.id}" selected="selected"'
            )
        mine = {
            **POST,
            "name": "Two ways",
            "company_name": "Salix SA",
            "website": "www.salix.example",
            "vat": "987654321",
            "representative_id": self.cid.partner_id.id,
        }
        other = self.env["crm.reseller.direction"].create({"name": "East"})
        for wrong in ("", str(other.id), "x", "-1", "9" * 30):
            self._post(NEW, NEW, 422, **mine, direction_id=wrong)
        self._post(NEW, NEW, **mine, direction_id=self.south.id)
        made = self.Registration.search([("name", "=", "Two ways")])
        self.assertEqual(made.direction_id, self.south)

    def test_its_manager_decides_and_its_opportunity_inherits_it(self):
        self.env["crm.deal.registration.rule"].search([]).active = False
        heads = [
            new_test_user(
                self.env,
                f"registration_head_{name}",
                groups="sales_team.group_sale_salesman_all_leads",
            )
            for name in ("north", "south")
        ]
        self.north.user_id, self.south.user_id = heads
        made = self._submitted(
            self.cid, name="Southern", company_name="Acer", direction_id=self.south.id
        )
        self.assertEqual(made.user_id, heads[1])
        rule = self.env["crm.deal.registration.rule"].create(
            {
                "name": "North",
                "user_id": self.agent.id,
                "direction_ids": [(6, 0, self.north.ids)],
            }
        )
        self.assertFalse(rule._fits(made))
        self.assertTrue(rule._fits(self.registrations["cedar", "North"]))
        made.with_env(self.env(user=heads[1].id, context={})).action_qualify()
        self.assertEqual(made.lead_id.reseller_direction_id, self.south)
        self.assertEqual(made.lead_id.reseller_id, self.cedar)
        # without a choice it is the home direction; a company of none has none
        self.assertEqual(self._draft(self.cid).direction_id, self.north)
        self.birch.reseller_direction_ids = False
        self.assertFalse(self._draft(self.bob).direction_id)

    def test_a_section_that_is_left_out(self):
        self.portals["North"].section_ids.filtered(
            lambda section: section.key == "reseller_registrations"
        ).unlink()
        self._login(self.anna)
        token = self._get_token()
        registration = self.registrations["alder", "North"]
        for url in (LIST, NEW, f"{LIST}/{registration.id}"):
            self._get(url, 404)
        self._send(NEW, 404, csrf_token=token, **POST)
        self.assertFalse(self.Registration.search([("name", "=", POST["name"])]))
        self.assertNotIn(NEW, self._get("/partner/north").text)
        self._login(self.cid)
        self.assertEqual(self._listed(), {"cedarSouthRegistration"})
        self.assertNotIn('name="direction_id"', self._get_main(self._get(NEW)))
        self.assertNotIn(f"{NEW}?", self._get("/partner/north").text)
        self.assertIn(f"{NEW}?", self._get("/partner/south").text)

    def test_the_access_matrix_counts_them(self):
        Matrix = self.env["crm.reseller.access.matrix"]

        def cell(user):
            cells = {each["key"]: each for each in Matrix._read_access(user)}
            return cells["registrations"]["count"], cells["registrations"]["leaks"]

        self.assertEqual(cell(self.anna), (1, 0))
        self.assertEqual(cell(self.sue), (1, 0))
        self.assertEqual(cell(self.ben), (0, 0))
        self.assertEqual(cell(self.cid), (2, 0))
        # a domain that is too wide turns it red
        with patch.object(
            ResUsers,
            "_get_reseller_registration_domain",
            lambda user: [("reseller_id", "=", user.commercial_partner_id.id)],
        ):
            self.assertEqual(cell(self.anna), (2, 1))
        with patch.object(
            ResUsers, "_get_reseller_registration_domain", lambda user: []
        ):
            self.assertGreater(cell(self.anna)[1], 4)
