from odoo.http import _generate_routing_rules
from odoo.tests import tagged

from .common import OnboardingCase

OURS = "odoo.addons.crm_reseller_onboarding."
LOGIN = "login"
VISITORS = ("public", "stranger", "other reseller", "colleague", "team")
RESELLERS = (LOGIN, 404, 200, 200, 404)
REDIRECTED = (LOGIN, 404, 303, 303, 404)
ALDER = (LOGIN, 404, 404, 200, 404)
TO_ALDER = (LOGIN, 404, 404, 303, 404)
# who gets which answer from a route, for an agreement and news that are for Alder
READING = {
    "/my/onboarding": RESELLERS,
    "/my/guide": RESELLERS,
    "/my/guide/done": REDIRECTED,
    "/my/guide/skip": REDIRECTED,
    "/my/agreements/<int:agreement_id>": ALDER,
    "/my/agreements/<int:agreement_id>/accept": ALDER,
    "/my/announcements/<int:announcement_id>/read": TO_ALDER,
}
WRITING = {
    "/my/guide/done": REDIRECTED,
    "/my/guide/skip": REDIRECTED,
    "/my/agreements/<int:agreement_id>/accept": (LOGIN, 404, 404, 422, 404),
    "/my/announcements/<int:announcement_id>/read": TO_ALDER,
}
EVIL = (
    *("", "\x00", "1", "-1", "9" * 40, "٣", "x" * 5000, "<script>alert(1)</script>"),
    *("%s%(x)s{0}", "' OR 1=1 --"),
)


@tagged("post_install", "-at_install")
class TestRoutes(OnboardingCase):
    """Every route of the addon for every kind of visitor, and with odd input."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "public": None,
            "stranger": cls.stranger,
            "other reseller": cls.bob,
            "colleague": cls.anna,
            "team": cls.salesman,
        }
        cls.agreement = cls._publish_agreement("AlderWordQuark")
        cls._add_step("agreement", agreement_id=cls.agreement.id)
        cls._begin()
        cls.news = cls.env["crm.reseller.announcement"].create(
            {
                "name": "AlderWordQuark",
                "body": "<p>AlderWordQuark</p>",
                "audience_company_ids": [(6, 0, cls.alder.ids)],
            }
        )
        cls.news.action_publish()

    def _get_routes(self):
        modules = sorted(self.env.registry._init_modules)
        return {
            url: endpoint
            for url, endpoint in _generate_routing_rules(modules, nodb_only=False)
            if endpoint.original_endpoint.__module__.startswith(OURS)
        }

    def _fill(self, route, record_id=None):
        return route.replace(
            "<int:agreement_id>", str(record_id or self.agreement.id)
        ).replace("<int:announcement_id>", str(record_id or self.news.id))

    def _ask(self, url, data=None, **more):
        return self.opener.request(
            "GET" if data is None else "POST",
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
        self.assertEqual(response.status_code, status, f"{visitor} {route}")
        if visitor != "colleague":
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
            before = self.news.dismissed_count
            for route, statuses in READING.items():
                self._check(
                    self._ask(self._fill(route)), visitor, statuses[number], route
                )
            self.env.invalidate_all()
            self.assertEqual(self.news.dismissed_count, before, "reading changes")
            self.assertFalse(self.agreement.version_ids.acceptance_ids)
            token = self._get_token() if user else "x"
            for route, statuses in WRITING.items():
                answer = self._ask(self._fill(route), {"csrf_token": token})
                self._check(answer, visitor, statuses[number], route)
                if user:
                    answer = self._ask(self._fill(route), {"agreed": "1"})
                    self.assertEqual(answer.status_code, 400, "without a token")
        self.env.invalidate_all()
        self.assertEqual(self.news.dismissed_count, 1)
        self.assertFalse(self.agreement.version_ids.acceptance_ids)

    def test_absent_and_foreign_look_alike(self):
        self._login(self.bob)
        for route in READING:
            if "<int:" not in route:
                continue
            texts = set()
            for record_id in (None, 2_000_000_000, 10**20):
                answer = self._ask(self._fill(route, record_id))
                self.assertEqual(answer.status_code, 404)
                texts.add(self._get_main(answer))
            self.assertEqual(len(texts), 1, route)

    def test_odd_input_breaks_nothing(self):
        self._login(self.anna)
        token = self._get_token()
        for evil in EVIL:
            values = dict.fromkeys(
                (*("agreed", "version_id", "done", "agreement_id"), "context", "form"),
                evil,
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
        self.assertFalse(self.agreement.version_ids.acceptance_ids)
