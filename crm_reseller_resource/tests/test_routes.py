from odoo.http import _generate_routing_rules
from odoo.tests import tagged

from .common import ResourceCase

OURS = "odoo.addons.crm_reseller_resource."
LOGIN = "login"
VISITORS = ("public", "stranger", "other reseller", "colleague", "in charge", "team")
RESELLERS = (LOGIN, 404, 200, 200, 200, 404)
ALDER = (LOGIN, 404, 404, 200, 200, 404)
IN_CHARGE = (LOGIN, 404, 404, 404, 303, 404)
# who gets which answer from a route, for a resource that is meant for Alder
READING = {
    "/my/resources": RESELLERS,
    "/my/resources/page/<int:page>": RESELLERS,
    "/my/search": RESELLERS,
    "/my/resources/<int:resource_id>": ALDER,
    "/my/resources/<int:resource_id>/download": ALDER,
    "/my/resources/<int:resource_id>/play": (LOGIN, 404, 404, 303, 303, 404),
    "/my/resources/<int:resource_id>/favourite": (LOGIN, 404, 404, 303, 303, 404),
    "/my/opportunities/<int:lead_id>/resources/<int:resource_id>": IN_CHARGE,
}
WRITING = {
    "/my/resources/<int:resource_id>/favourite": (LOGIN, 404, 404, 303, 303, 404),
    "/my/opportunities/<int:lead_id>/resources/<int:resource_id>": IN_CHARGE,
}
EVIL = (
    "",
    "\x00",
    "1",
    "-1",
    "page_",
    "9" * 40,
    "٣",
    "x" * 5000,
    "<script>alert(1)</script>",
    "%s%(x)s{0}",
    "' OR 1=1 --",
)


@tagged("post_install", "-at_install")
class TestRoutes(ResourceCase):
    """Every route of the addon for every kind of visitor, and with odd input."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "public": None,
            "stranger": cls.stranger,
            "other reseller": cls.bob,
            "colleague": cls.ben,
            "in charge": cls.anna,
            "team": cls.salesman,
        }
        cls.resource = cls._create_resource(
            "AlderWordQuark", audience_company_ids=[(6, 0, cls.alder.ids)]
        )
        cls.deal = cls._create_deal(cls.anna)
        cls.deal.reseller_contact_id = cls.anna.partner_id

    def _get_routes(self):
        modules = sorted(self.env.registry._init_modules)
        return {
            url: endpoint
            for url, endpoint in _generate_routing_rules(modules, nodb_only=False)
            if endpoint.original_endpoint.__module__.startswith(OURS)
        }

    def _fill(self, route, resource_id=None):
        return (
            route.replace("<int:resource_id>", str(resource_id or self.resource.id))
            .replace("<int:lead_id>", str(self.deal.id))
            .replace("<int:page>", "1")
        )

    def _ask(self, url, data=None, **more):
        method = "GET" if data is None else "POST"
        return self.opener.request(
            method,
            self.base_url() + url,
            data=data,
            allow_redirects=False,
            timeout=60,
            **more,
        )

    def _check(self, response, visitor, status, route):
        if status == LOGIN:
            self.assertIn("/web/login", response.headers.get("Location", ""), route)
            return
        if visitor == "team" and "<int:lead_id>" in route and status == 404:
            # our own people are sent to the lead in the backend, if any
            self.assertIn(response.status_code, (303, 404), route)
            return
        self.assertEqual(response.status_code, status, f"{visitor} {route}")
        if visitor not in ("colleague", "in charge"):
            self.assertNotIn("AlderWordQuark", response.text)

    def test_every_route_is_expected(self):
        routes = self._get_routes()
        self.assertEqual(set(routes), set(READING))
        writing = set()
        for route, endpoint in routes.items():
            self.assertEqual(endpoint.routing["auth"], "user", route)
            if "POST" in endpoint.routing["methods"]:
                writing.add(route)
                self.assertTrue(endpoint.original_endpoint.reseller_shell)
        self.assertEqual(writing, set(WRITING))

    def test_reading_and_writing(self):
        for number, visitor in enumerate(VISITORS):
            user = self.people[visitor]
            self.authenticate(user and user.login, user and user.login)
            for route, statuses in READING.items():
                self._check(
                    self._ask(self._fill(route)), visitor, statuses[number], route
                )
            self.env.invalidate_all()
            self.assertFalse(self.resource.favourite_partner_ids, "reading changes")
            self.assertFalse(self.deal.reseller_resource_use_ids)
            token = self._get_token() if user else "x"
            for route, statuses in WRITING.items():
                data = {"csrf_token": token, "favourite": "0", "used": "0"}
                answer = self._ask(self._fill(route), data)
                self._check(answer, visitor, statuses[number], route)
                if user:
                    answer = self._ask(self._fill(route), {"used": "1"})
                    self.assertEqual(answer.status_code, 400, "without a token")
        self.env.invalidate_all()
        self.assertFalse(self.deal.reseller_resource_use_ids)

    def test_absent_and_foreign_look_alike(self):
        self._login(self.bob)
        for route in READING:
            if "resource_id" not in route or "lead_id" in route:
                continue
            texts = set()
            for resource_id in (self.resource.id, 2_000_000_000, 10**20):
                answer = self._ask(self._fill(route, resource_id))
                self.assertEqual(answer.status_code, 404)
                texts.add(self._get_main(answer).replace(str(resource_id), ""))
            self.assertEqual(len(texts), 1, route)

    def test_odd_input_breaks_nothing(self):
        self._login(self.anna)
        token = self._get_token()
        names = ("search", "filterby", "sortby", "groupby", "who", "date_begin", "page")
        for evil in EVIL:
            values = dict.fromkeys(
                (*names, "favourite", "used", "resource_id", "context", "errors"), evil
            )
            for route in READING:
                answer = self._ask(self._fill(route), params=values)
                self.assertLess(answer.status_code, 500, f"{route} {evil!r}")
                self.assertNotIn("<script>alert(1)", answer.text)
            for route in WRITING:
                data = {**values, "csrf_token": token}
                answer = self._ask(self._fill(route), data)
                self.assertLess(answer.status_code, 500, f"{route} {evil!r}")
        self.env.invalidate_all()
        self.assertEqual(self.resource.name, "AlderWordQuark")
        self.assertFalse(self.resource.favourite_partner_ids - self.anna.partner_id)
