import re

from odoo.http import _generate_routing_rules
from odoo.tests import HttpCase, new_test_user

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
# the answer of a table of routes: first sign in
LOGIN = "login"
# what stands in the names of records that not every visitor may read
SECRET = "AlderWordQuark"
EVIL = (
    *("", "\x00", "1", "-1", "page_", "9" * 40, "٣", "x" * 5000),
    *("<script>alert(1)</script>", "%s%(x)s{0}", "' OR 1=1 --"),
)


class ResellerPortalCase(HttpCase):
    """Two resellers: Alder with a user, a colleague and a supervisor; and Birch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env["res.company"].sudo().search([]).write(
            {"reseller_hide_contact_details": False}
        )
        cls.level = cls.env["crm.reseller.level"].create(
            {"name": "Test level", "response_hours": 24}
        )
        cls.alder = cls.env["res.partner"].create(
            {
                "name": "Alder Ltd",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.birch = cls.env["res.partner"].create(
            {
                "name": "Birch GmbH",
                "is_company": True,
                "reseller_level_id": cls.level.id,
            }
        )
        cls.anna = cls._create_reseller_user("alder_anna", cls.alder)
        cls.ben = cls._create_reseller_user("alder_ben", cls.alder)
        cls.sue = cls._create_reseller_user(
            "alder_sue", cls.alder, "crm_reseller_portal.group_reseller_supervisor"
        )
        cls.bob = cls._create_reseller_user("birch_bob", cls.birch)
        cls.stranger = new_test_user(
            cls.env, "portal_stranger", groups="base.group_portal"
        )
        cls.salesman = new_test_user(
            cls.env, "portal_salesman", groups="sales_team.group_sale_salesman"
        )
        cls.reason = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Not my territory (test)", "reassign": False}
        )
        cls.reason_explained = cls.env["crm.reseller.decline.reason"].create(
            {"name": "Other (test)", "comment_required": True, "reassign": False}
        )

    @classmethod
    def _create_reseller_user(
        cls, login, company, group="crm_reseller_portal.group_reseller_user"
    ):
        # in the company from the start: who comes from another one loses the role
        person = cls.env["res.partner"].create(
            {"name": login, "email": f"{login}@example.com", "parent_id": company.id}
        )
        return new_test_user(
            cls.env,
            login,
            groups=group,
            tz="UTC",
            partner_id=person.id,
            name=login,
            email=person.email,
        )

    @classmethod
    def _create_lead(cls, reseller=None, **vals):
        lead = cls.env["crm.lead"].create(
            {
                "name": "Forty pumps",
                "type": "lead",
                "contact_name": "Carla Customer",
                "partner_name": "Customer Inc",
                "email_from": "carla@customer.example",
                "phone": "+49 30 1234567",
                "street": "Secret Lane 5",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "description": "<p>We need forty pumps.</p>",
                "user_id": cls.salesman.id,
                **vals,
            }
        )
        if reseller:
            lead.assign_to_reseller(reseller)
        return lead

    @classmethod
    def _create_deal(cls, user, **vals):
        """Return an opportunity in the charge of a reseller's user."""
        lead = cls._create_lead(user.commercial_partner_id, **vals)
        mine = lead.with_user(user).sudo()
        mine.reseller_accept()
        mine.reseller_convert()
        return lead

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get_main(self, response):
        """Return what a page says, without what stands around it."""
        text = response.text.partition("<main>")[2].partition("</main>")[0]
        return re.sub(r"\s+", " ", text)

    def _get(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(
            response.status_code, status, f"{url}: {self._get_main(response)}"
        )
        return response

    def _get_token(self):
        """Return the token that the forms of this session carry."""
        return CSRF.search(self.url_open("/my/security").text).group(1)

    def _post(self, page, url, status=200, files=None, **data):
        """Send a form found on `page`, as a browser without JavaScript does."""
        token = CSRF.search(self.url_open(page).text)
        self.assertTrue(token, f"no form on {page}")
        return self._send(url, status, files, csrf_token=token.group(1), **data)

    def _send(self, url, status=200, files=None, **data):
        response = self.url_open(url, data=data, files=files)
        self.assertEqual(
            response.status_code, status, f"{url}: {self._get_main(response)}"
        )
        return response

    def _post_as(self, user, url, status=200, files=None, **data):
        """Send a form from a page opened earlier: the token is this session's."""
        self._login(user)
        return self._post("/my/security", url, status, files, **data)

    def _get_addon_routes(self, *modules):
        """Return address and endpoint of each route declared by some addons.

        :param str modules: how the names of their Python modules begin
        """
        installed = sorted(self.env.registry._init_modules)
        return [
            (url, endpoint)
            for url, endpoint in _generate_routing_rules(installed, nodb_only=False)
            if endpoint.original_endpoint.__module__.startswith(modules)
        ]

    def _get_reading_routes(self, *modules):
        """Return the addresses of people's routes of some addons that answer GET.

        :param str modules: how the names of their Python modules begin
        """
        return sorted(
            {
                url
                for url, endpoint in self._get_addon_routes(*modules)
                if endpoint.routing.get("auth") == "user"
                and "GET" in (endpoint.routing["methods"] or ["GET"])
            }
        )


class RouteMatrix:
    """Every route of an addon for every kind of visitor, and with odd input.

    For test classes of addons, before ``ResellerPortalCase``; they say

    * ``module``: how the names of the addon's Python modules begin;
    * ``people``: dict of kind of visitor and user (none for the public), made in
      ``setUpClass``; the tables have the answers in this order;
    * ``reading``, ``writing``: dict of route and answers to GET and to POST: a status,
      or ``LOGIN``;
    * ``insiders``: who may read ``SECRET``;
    * ``form``: what is sent with a token, ``unsigned``: without one;
    * ``names``: what odd input is sent as.
    """

    module = ""
    people = {}
    reading = {}
    writing = {}
    insiders = ("colleague",)
    form = {}
    unsigned = {}
    names = ()

    def _fill(self, route, record_id=None):
        """Return the address of a route for a record, by default the test's own."""
        raise NotImplementedError

    def _get_state(self):
        """Return what no page that is only read changes."""
        raise NotImplementedError

    def _check_written(self):
        """Look at what all visitors together were able to change."""
        raise NotImplementedError

    def _check_unharmed(self):
        """Look at what odd input must not have changed."""
        raise NotImplementedError

    def _is_compared(self, route):
        """Whether a foreign record of a route looks like one that does not exist."""
        return "<int:" in route

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
        if visitor not in self.insiders:
            self.assertNotIn(SECRET, response.text)

    def test_every_route_is_expected(self):
        routes = dict(self._get_addon_routes(self.module))
        self.assertEqual(set(routes), set(self.reading))
        writing = set()
        for route, endpoint in routes.items():
            self.assertEqual(endpoint.routing["auth"], "user", route)
            if "POST" in endpoint.routing["methods"]:
                writing.add(route)
                self.assertTrue(endpoint.original_endpoint.reseller_shell)
        self.assertEqual(writing, set(self.writing))

    def test_reading_and_writing(self):
        for number, (visitor, user) in enumerate(self.people.items()):
            self.authenticate(user and user.login, user and user.login)
            self.env.invalidate_all()
            before = self._get_state()
            for route, statuses in self.reading.items():
                self._check(
                    self._ask(self._fill(route)), visitor, statuses[number], route
                )
            self.env.invalidate_all()
            self.assertEqual(self._get_state(), before, "reading changes")
            token = self._get_token() if user else "x"
            for route, statuses in self.writing.items():
                data = {**self.form, "csrf_token": token}
                answer = self._ask(self._fill(route), data)
                self._check(answer, visitor, statuses[number], route)
                if user:
                    answer = self._ask(self._fill(route), self.unsigned)
                    self.assertEqual(answer.status_code, 400, "without a token")
        self.env.invalidate_all()
        self._check_written()

    def test_absent_and_foreign_look_alike(self):
        self._login(self.bob)
        for route in filter(self._is_compared, self.reading):
            texts = set()
            for record_id in (None, 2_000_000_000, 10**20):
                url = self._fill(route, record_id)
                answer = self._ask(url)
                self.assertEqual(answer.status_code, 404)
                texts.add(self._get_main(answer).replace(url, ""))
            self.assertEqual(len(texts), 1, route)

    def test_odd_input_breaks_nothing(self):
        self._login(self.anna)
        token = self._get_token()
        for evil in EVIL:
            values = dict.fromkeys(self.names, evil)
            for route in self.reading:
                answer = self._ask(self._fill(route), params=values)
                self.assertLess(answer.status_code, 500, f"{route} {evil!r}")
                self.assertNotIn("<script>alert(1)", answer.text)
            for route in self.writing:
                data = {**values, "csrf_token": token}
                answer = self._ask(self._fill(route), data)
                self.assertLess(answer.status_code, 500, f"{route} {evil!r}")
        self.env.invalidate_all()
        self._check_unharmed()
