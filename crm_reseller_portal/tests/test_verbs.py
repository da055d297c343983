import logging
import re
from dataclasses import replace
from unittest.mock import patch

from odoo.http import Controller
from odoo.tests import tagged

from ..lib.links import SIGNED_PATHS
from ..models.crm_lead import OPERATIONS, SUPERVISORS
from .matrix import SecretsCase
from .test_matrix import READING, WRITING, WRONG_TOKEN

_logger = logging.getLogger(__name__)

VERBS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "GET", "POST")
# fewer would mean that the list of routes is no longer complete
FEWEST_REQUESTS = 150
PARAMETER = re.compile(r"<[^<>]+>")
# addons of the suite
OURS = tuple(
    f"odoo.addons.crm_{name}" for name in ("reseller_", "lead_", "dealer_", "contact_")
)
# routes that were not declared by the shell, and why none of them changes anything
ODOOS_OWN = {
    "/my": "Odoo's start page of the portal, which only reads",
    "/my/home": "the same",
}


@tagged("post_install", "-at_install")
class TestVerbs(SecretsCase):
    """Only POST with a token acts, whatever a browser, a page or a robot sends."""

    def test_no_other_verb_changes_anything(self):
        digest = self._digest()
        tried = 0
        values = {
            "comment": "evil",
            "reason_id": str(self.reason.id),
            "note": "evil",
            "question": "evil",
            "colleague_id": str(self.ben.partner_id.id),
            "expected_revenue": "1",
            "contact_name": "Evil",
            "milestone_id": str(self.milestone.id),
            "name": "Evil",
            "email": "evil@example.com",
            "role": "supervisor",
            "outcome": "lost",
            "lost_reason_id": str(self.env["crm.lost.reason"].search([])[:1].id),
        }
        for visitor in ("in charge", "supervisor"):
            self._enter(visitor)
            for route, _endpoint in self._get_routes():
                cases = {**READING.get(route, {}), **WRITING.get(route, {})}
                self.assertTrue(cases, route)
                url = self._fill_route(route, next(iter(cases)))
                for verb in VERBS:
                    with self.subTest(visitor=visitor, route=route, verb=verb):
                        response = self.opener.request(
                            verb,
                            self.base_url() + url,
                            params=values,
                            allow_redirects=False,
                            timeout=60,
                        )
                        self.assertLess(response.status_code, 500)
                        tried += 1
        self.assertEqual(self._digest(), digest, "something was changed")
        self.assertGreaterEqual(tried, FEWEST_REQUESTS)
        _logger.info("%s requests of %s verbs", tried, len(VERBS))

    def test_an_address_with_a_nul_is_no_error(self):
        """Odoo looks for a file where there is no page, and PostgreSQL takes no NUL."""
        for visitor in ("public", "in charge"):
            self._enter(visitor)
            for route, _endpoint in self._get_addon_routes(*OURS):
                for url in {PARAMETER.sub("%00", route), route + "/%00"}:
                    with self.subTest(visitor=visitor, url=url):
                        answer = self.url_open(url, allow_redirects=False)
                        self.assertLess(answer.status_code, 500)

    def test_a_form_is_shown_to_those_who_may_send_it(self):
        """A role that an operation leaves out gets no page with its form either."""
        tried = 0
        self._enter("in charge")
        for route, endpoint in self._get_suite_routes():
            operation = getattr(endpoint.original_endpoint, "reseller_operation", "")
            if not operation:
                continue
            case = next(iter(READING.get(route) or WRITING[route]))
            rule = OPERATIONS[operation]
            only = replace(rule, own=SUPERVISORS)
            with self.subTest(route=route), patch.dict(OPERATIONS, {operation: only}):
                page = self._get(self._fill_route(route, case), 409).text
                self.assertIn("Only supervisors can do this", page)
                tried += 1
        self.assertGreaterEqual(tried, 4)

    def test_every_route_that_acts_is_declared_by_the_shell(self):
        """A route without the decorator would have to remember all of it itself."""
        self.assertEqual(self._find_undeclared(), set())

    def test_an_undeclared_route_is_found(self):
        """The test above would notice."""
        marked = self._get_declared("/my/leads/<int:lead_id>/accept")
        marked.reseller_shell = False
        self.addCleanup(setattr, marked, "reseller_shell", True)
        self.assertIn("/my/leads/<int:lead_id>/accept", self._find_undeclared())

    def test_pages_of_signed_links_are_found(self):
        """Public routes are looked at as well; only signed links are public."""
        public = {
            url: endpoint
            for url, endpoint in self._get_suite_routes(None)
            if endpoint.routing["auth"] != "user"
        }
        self.assertIn("/my/answer/<int:offer_id>/<token>", public)
        for url, endpoint in public.items():
            with self.subTest(route=url):
                self.assertTrue(endpoint.original_endpoint.reseller_shell)
                self.assertFalse(endpoint.routing["website"])
                self.assertTrue(url.startswith(tuple(SIGNED_PATHS)))

    def _find_undeclared(self):
        return {
            url
            for url, endpoint in self._get_suite_routes(None)
            if url not in ODOOS_OWN
            and endpoint.routing.get("methods") != ["GET"]
            and not getattr(endpoint.original_endpoint, "reseller_shell", False)
        }

    def _get_declared(self, route):
        return next(
            endpoint.original_endpoint
            for url, endpoint in self._get_suite_routes()
            if url == route
        )

    def _get_suite_routes(self, auth="user"):
        """Return the portal's routes, and those of all other addons of the suite.

        :param str auth: how a visitor proves who it is; None for all routes
        """
        self.assertTrue(Controller.children_classes)
        return [
            (url, endpoint)
            for url, endpoint in self._get_addon_routes(*OURS)
            if auth in (None, endpoint.routing.get("auth"))
        ]

    def _fill_route(self, route, key):
        record = self.records.get(key or "", self.records["deal"])
        document = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", self.records["deal"].id)],
            limit=1,
        )
        return (
            route.replace("<int:lead_id>", str(record.id))
            .replace("<int:document_id>", str(document.id))
            .replace("<int:task_id>", str(record.reseller_task_ids[:1].id))
            .replace("<int:user_id>", str(self.anna.id))
            .replace("<string:path>", "a-portal")
            .replace("<int:page>", "1")
            .replace("<int:offer_id>", str(record.reseller_offer_ids[:1].id))
            .replace("<token>", WRONG_TOKEN)
            .replace("<int:person_id>", str(self.ben.partner_id.id))
            .replace("<int:change_id>", str(self.invitation.id))
        )
