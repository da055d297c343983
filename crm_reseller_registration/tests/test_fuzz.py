import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.http import Request
from odoo.tests import tagged

from odoo.addons.crm_reseller_portal.tests.test_fuzz import (
    ANSWERS,
    EXAMPLES,
    files,
    texts,
)

from ..forms import RegistrationForm
from .common import RegistrationCase

OURS = "odoo.addons.crm_reseller_registration."
FIELDS = [*RegistrationForm.names, "then", "note", "reason", "days", "answer", "done"]
# what stands on no form
FORBIDDEN = [
    "state",
    "protection",
    "protected_until",
    "reseller_id",
    "author_id",
    "company_id",
    "lead_id",
    "user_id",
    "errors",
    "typed",
    "found",
    "context",
    "registration_sudo",
]
STEPS = ["submit", "draft", "search", "choose", "enter"]
# the team decides these
DECIDED = ("qualified", "rejected", "expired")


@tagged("post_install", "-at_install")
class TestFuzz(RegistrationCase):
    """Whatever is sent, the answer is a page, and nothing is decided or revealed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        returned = cls._submitted()
        returned._return_question("Which size?")
        cls.records = {
            "draft": cls._draft(name="Draft"),
            "returned": returned,
            "submitted": cls._submitted(name="S", vat="987654321", website="b.test"),
            "qualified": cls._qualified(name="Q", vat="1234567890", website="c.test"),
            "foreign": cls._submitted(
                cls.bob, name="SecretDeal", vat="2234567890", website="d.example"
            ),
        }
        cls.token = returned._get_reseller_link_token("answer", cls.anna.partner_id, 9)

    def _get_routes(self):
        return sorted(
            (url, "POST" in endpoint.routing["methods"])
            for url, endpoint in self._get_addon_routes(OURS)
            if "registration" in url
        )

    def test_bad_input(self):
        routes = self._get_routes()
        self.assertEqual(len(routes), 10)
        self.answers = {}
        for user, share in ((self.anna, 0.6), (self.bob, 0.2), (None, 0.2)):
            self.authenticate(user and user.login, user and user.login)
            self._send_requests(user, max(10, round(2 * EXAMPLES * share)), routes)
        for status in (200, 303, 404):
            self.assertIn(status, self.answers, self.answers)

    def _send_requests(self, user, count, routes):
        token = Request.csrf_token(self)
        references = st.sampled_from(
            [
                ("partner_id", str(self.birch.id)),
                ("contact_id", str(self.bob.partner_id.id)),
                ("representative_id", str(self.anna.partner_id.id)),
                ("representative_id", str(self.bob.partner_id.id)),
                ("company_search", "birch"),
                ("name", "Fuzz"),
                ("days", "30"),
                ("reason", "Because"),
                *(("then", step) for step in STEPS),
            ]
        )

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            derandomize="REPETITIONS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            route=st.sampled_from(routes),
            record=st.sampled_from(
                [*list(self.records) * 3, "0", "-1", "9" * 30, "1e3", "٣"]
            ),
            form=st.lists(
                st.tuples(st.sampled_from(FIELDS * 3 + FORBIDDEN), texts), max_size=8
            ),
            good=st.lists(references, max_size=4),
            documents=files,
            multipart=st.booleans(),
            posted=st.sampled_from([True, True, False]),
            signed=st.sampled_from([True] * 9 + [False]),
            link=st.sampled_from([self.token, self.token, "1-2-" + "0" * 64, "x", "%"]),
        )
        def send(**request):
            self._send_and_check(user, token, request)

        send()

    def _send_and_check(self, user, token, request):
        record = self.records.get(request["record"])
        route, acts = request["route"]
        url = (
            route.replace("<int:registration_id>", str(record.id if record else "7"))
            .replace("<int:page>", request["record"] if not record else "1")
            .replace("<int:document_id>", "1")
            .replace("<string:purpose>", "answer")
            .replace("<string:token>", request["link"])
        )
        data = [*request["good"], *request["form"]]
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT fuzz")
        try:
            if request["posted"] and acts:
                if request["signed"]:
                    data.append(("csrf_token", token))
                documents = [("documents", file) for file in request["documents"]]
                response = self.url_open(
                    url,
                    data=data or [("sent", "1")],
                    files=documents if request["multipart"] and documents else None,
                    allow_redirects=False,
                    timeout=60,
                )
            else:
                response = self.opener.get(
                    self.base_url() + url,
                    params=data,
                    allow_redirects=False,
                    timeout=60,
                )
            self.answers[response.status_code] = (
                self.answers.get(response.status_code, 0) + 1
            )
            self.assertIn(response.status_code, ANSWERS, url)
            if user != self.bob:
                self.assertNotIn("SecretDeal", response.text)
            self.env.invalidate_all()
            for key, each in self.records.items():
                if each.state in DECIDED:
                    self.assertEqual(key, "qualified", "only the team decides")
                if key == "foreign" and user != self.bob:
                    self.assertEqual(each.state, "submitted")
                if each.protection != "none":
                    self.assertEqual(key, "qualified", "only the team protects")
        finally:
            self.env.invalidate_all(flush=False)
            self.env.cr.execute("ROLLBACK TO SAVEPOINT fuzz")
            self.env.cr.execute("RELEASE SAVEPOINT fuzz")
