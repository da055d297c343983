import re

from odoo import fields
from odoo.tests import tagged

from .matrix import SecretsCase

# one column for each visitor
VISITORS = (
    "public",
    "stranger",
    "other reseller",
    "colleague",
    "in charge",
    "supervisor",
    "salesman",
    "manager",
)
LOGIN = "login"
RESELLERS = (LOGIN, 404, 200, 200, 200, 200, 404, 404)
ALDER = (LOGIN, 404, 404, 404, 200, 200, 404, 404)
SUPERVISOR_SEES = (LOGIN, 404, 404, 404, 404, 200, 404, 404)
SUPERVISOR_OPENS = (LOGIN, 404, 409, 409, 409, 200, 404, 404)
SUPERVISOR_ACTS = (LOGIN, 404, 409, 409, 409, 303, 404, 404)
ALDER_GOES_ON = (LOGIN, 404, 404, 404, 303, 303, 404, 404)
SUPERVISOR = (LOGIN, 404, 404, 404, 404, 303, 404, 404)
SHARED = (LOGIN, 404, 404, 200, 200, 200, 404, 404)
BIRCH = (LOGIN, 404, 200, 404, 404, 404, 404, 404)
BIRCH_GOES_ON = (LOGIN, 404, 303, 404, 404, 404, 404, 404)
NOBODY = (LOGIN, 404, 404, 404, 404, 404, 404, 404)
# a signed link that is wrong, for anyone
UNSIGNED = (404,) * 8
MANAGER = (LOGIN, 404, 404, 404, 404, 404, 404, 200)
PEOPLE = (LOGIN, 200, 200, 200, 200, 200, 200, 200)
ABSENT = 2_000_000_000
WRONG_TOKEN = f"1-1999999999-{'0' * 64}"

GOES_ON = (LOGIN, 404, 303, 303, 303, 303, 404, 404)
ALDER_TOO_LATE = (LOGIN, 404, 404, 404, 409, 409, 404, 404)

ALL_GO_ON = (LOGIN, 303, 303, 303, 303, 303, 303, 303)
MANAGER_GOES_ON = (LOGIN, 404, 404, 404, 404, 404, 404, 303)
VIEW_AS = "/crm_reseller_portal/view-as/"

# route, and who gets which answer for which record; every route of the addon has
# to be here, and every record that makes a difference
READING = {
    "/my": {None: PEOPLE},
    "/my/home": {None: PEOPLE},
    "/my/leads": {None: RESELLERS},
    "/my/leads/page/<int:page>": {None: RESELLERS},
    "/my/leads/past": {None: RESELLERS},
    "/my/leads/past/page/<int:page>": {None: RESELLERS},
    "/my/leads/delegate": {None: GOES_ON},
    "/my/leads/<int:lead_id>/ask": {"offer": ALDER_GOES_ON, "free": NOBODY},
    "/my/leads/<int:lead_id>/return": {
        "lead": ALDER,
        "offer": ALDER_TOO_LATE,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/return": {
        "deal": ALDER,
        "foreign": BIRCH,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>": {
        "offer": ALDER,
        "lead": ALDER,
        "deal": ALDER_GOES_ON,
        "shared": SHARED,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/accept": {
        "offer": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
    },
    "/my/leads/<int:lead_id>/decline": {
        "offer": ALDER,
        "shared": SHARED,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/convert": {"lead": ALDER_GOES_ON, "free": NOBODY},
    "/my/leads/<int:lead_id>/attach": {"lead": ALDER_GOES_ON, "free": NOBODY},
    "/my/leads/<int:lead_id>/delegate": {"lead": ALDER_GOES_ON, "free": NOBODY},
    "/my/leads/<int:lead_id>/documents/<int:document_id>": {
        "deal": ALDER,
        "foreign": BIRCH,
        "internal": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/documents/<int:document_id>/remove": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities": {None: RESELLERS},
    "/my/opportunities/page/<int:page>": {None: RESELLERS},
    "/my/opportunities/<int:lead_id>": {
        "deal": ALDER,
        "offer": ALDER_GOES_ON,
        "foreign": BIRCH,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/update": {"deal": ALDER_GOES_ON, "free": NOBODY},
    "/my/opportunities/<int:lead_id>/contact": {"deal": ALDER, "foreign": BIRCH},
    "/my/opportunities/<int:lead_id>/outcome": {"deal": ALDER, "foreign": BIRCH},
    "/my/opportunities/<int:lead_id>/progress": {"deal": ALDER, "foreign": BIRCH},
    "/my/opportunities/<int:lead_id>/tasks/<int:task_id>/done": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/attach": {"deal": ALDER_GOES_ON, "free": NOBODY},
    "/my/opportunities/<int:lead_id>/delegate": {"deal": ALDER_GOES_ON, "free": NOBODY},
    "/my/opportunities/<int:lead_id>/documents/<int:document_id>": {
        "deal": ALDER,
        "foreign": BIRCH,
        "internal": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/documents/<int:document_id>/remove": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/answer/<int:offer_id>/<token>": {None: UNSIGNED},
    "/my/opportunities/<int:lead_id>/step.ics": {
        "deal": ALDER,
        "foreign": BIRCH,
        "lead": NOBODY,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/contact.vcf": {
        "deal": ALDER,
        "foreign": BIRCH,
        "lead": NOBODY,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/reseller": {None: RESELLERS},
    "/my/reseller/settings": {None: RESELLERS},
    "/my/reseller/away": {None: GOES_ON},
    "/my/reseller/back": {None: GOES_ON},
    "/my/reseller/data": {None: SUPERVISOR_OPENS},
    "/my/reseller/data/withdraw": {None: GOES_ON},
    "/my/reseller/invite": {None: GOES_ON},
    "/my/reseller/invitations/<int:change_id>/withdraw": {
        "invited": SUPERVISOR,
        "absent": NOBODY,
    },
    "/my/reseller/people/<int:person_id>": {
        "colleague": SUPERVISOR_SEES,
        "foreign": NOBODY,
        "absent": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/role": {
        "colleague": SUPERVISOR_SEES,
        "foreign": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/hand-over": {
        "in charge": SUPERVISOR_SEES,
        "foreign": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/remove": {
        "colleague": SUPERVISOR_SEES,
        "foreign": NOBODY,
    },
    "/crm_reseller_portal/preview/<int:lead_id>": {
        "offer": MANAGER,
        "deal": MANAGER,
        "foreign": MANAGER,
        "free": NOBODY,
        "absent": NOBODY,
    },
    # who is where there is a portal: test_directions.py
    "/my/direction": {None: GOES_ON},
    "/partner/<string:path>": {None: ALL_GO_ON},
    "/partner/<string:path>/picture": {None: NOBODY},
    "/partner/<string:path>/contact": {None: NOBODY},
    "/crm_reseller_portal/access-matrix": {None: NOBODY},
    f"{VIEW_AS}<int:user_id>": {"someone": MANAGER, None: NOBODY},
    f"{VIEW_AS}stop": {None: ALL_GO_ON},
}

WRITING = {
    "/my/answer/<int:offer_id>/<token>": {None: UNSIGNED},
    "/my/reseller/settings": {None: GOES_ON},
    "/my/reseller/away": {None: GOES_ON},
    "/my/reseller/back": {None: GOES_ON},
    "/my/reseller/data": {None: SUPERVISOR_ACTS},
    "/my/reseller/data/withdraw": {None: SUPERVISOR_ACTS},
    "/my/reseller/invite": {None: SUPERVISOR_ACTS},
    "/my/reseller/invitations/<int:change_id>/withdraw": {
        "invited": SUPERVISOR,
        "absent": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/role": {
        "colleague": SUPERVISOR,
        "foreign": NOBODY,
        "absent": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/hand-over": {
        "in charge": SUPERVISOR,
        "foreign": NOBODY,
        "absent": NOBODY,
    },
    "/my/reseller/people/<int:person_id>/remove": {
        "colleague": SUPERVISOR,
        "foreign": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/delegate": {None: SUPERVISOR},
    "/my/leads/<int:lead_id>/ask": {
        "offer": ALDER_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/return": {
        "lead": ALDER_GOES_ON,
        "offer": ALDER_TOO_LATE,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/return": {
        "deal": ALDER_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/accept": {
        "offer": ALDER_GOES_ON,
        "shared": (LOGIN, 404, 404, 303, 303, 303, 404, 404),
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/decline": {
        "offer": ALDER_GOES_ON,
        "lead": ALDER_TOO_LATE,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/convert": {
        "lead": ALDER_GOES_ON,
        "offer": ALDER_TOO_LATE,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/attach": {
        "lead": ALDER_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/delegate": {
        "lead": SUPERVISOR,
        "offer": SUPERVISOR,
        "foreign": NOBODY,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/leads/<int:lead_id>/documents/<int:document_id>/remove": {
        # hers, which a supervisor reads and does not remove
        "deal": (LOGIN, 404, 404, 404, 303, 409, 404, 404),
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/update": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/contact": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/outcome": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/progress": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/tasks/<int:task_id>/done": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/attach": {
        "deal": ALDER_GOES_ON,
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/documents/<int:document_id>/remove": {
        # hers, which a supervisor reads and does not remove
        "deal": (LOGIN, 404, 404, 404, 303, 409, 404, 404),
        "foreign": BIRCH_GOES_ON,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/opportunities/<int:lead_id>/delegate": {
        "deal": SUPERVISOR,
        "foreign": NOBODY,
        "free": NOBODY,
        "absent": NOBODY,
    },
    "/my/direction": {None: GOES_ON},
    # what begins is ended at once, for it goes with the session
    f"{VIEW_AS}<int:user_id>": {None: NOBODY, "someone": MANAGER_GOES_ON},
    f"{VIEW_AS}stop": {None: ALL_GO_ON},
}


@tagged("post_install", "-at_install")
class TestMatrix(SecretsCase):
    """Every route of the addon for every kind of visitor."""

    def test_every_route_is_expected(self):
        reading, writing = set(), set()
        for route, endpoint in self._get_routes():
            routing = endpoint.routing
            with self.subTest(route=route):
                self.assertEqual(routing["type"], "http")
                # a signed link says who answers; see test_answers_by_mail.py
                signed = route == "/my/answer/<int:offer_id>/<token>"
                self.assertEqual(routing["auth"], "public" if signed else "user")
                self.assertTrue(routing.get("csrf", True))
                # a page that says nothing of methods is Odoo's own home page
                if route not in ("/my", "/my/home"):
                    self.assertIn(routing["methods"], (["GET"], ["GET", "POST"]))
            reading.add(route)
            if "POST" in (routing["methods"] or ()):
                writing.add(route)
        self.assertEqual(reading, set(READING))
        self.assertEqual(writing, set(WRITING))

    def test_reading(self):
        digest = self._digest()
        for visitor in VISITORS:
            self._enter(visitor)
            for route, key, status in self._expectations(READING, visitor):
                with self.subTest(visitor=visitor, route=route, record=key):
                    response = self.url_open(
                        self._fill(route, key), allow_redirects=False
                    )
                    self._check(response, visitor, status)
        self.assertEqual(self._digest(), digest, "reading changed something")

    def test_secrets_are_found_where_they_belong(self):
        """The matrix would notice: who may read them does read them."""
        deal = f"/my/opportunities/{self.records['deal'].id}"
        for visitor in ("in charge", "supervisor"):
            self._enter(visitor)
            text = self.url_open(deal).text
            for kind in ("Name", "Contact", "Street", "Request", "Note", "File"):
                self.assertIn(f"Deal{kind}", text)
            self.assertIn("dealmail@", text)
            self.assertIn("SharedName", self.url_open("/my/leads").text)

    def test_what_is_hidden_until_the_answer_is_nowhere(self):
        self.env["res.company"].sudo().search([]).write(
            {"reseller_hide_contact_details": True}
        )
        offer = self.records["offer"]
        offer.description = f"<p>Mail {offer.email_from} or call {offer.phone}</p>"
        offer.name = f"Pumps for {offer.contact_name}"
        secrets = [offer.contact_name, "offermail", offer.phone, "OfferStreet"]
        secrets.append(offer.phone.replace(" ", ""))
        for visitor in ("in charge", "supervisor"):
            self._enter(visitor)
            pages = [
                "/my/home",
                "/my/leads",
                f"/my/leads/{offer.id}",
                f"/my/leads/{offer.id}/decline",
            ]
            for page in pages:
                text = self.url_open(page).text
                for secret in secrets:
                    with self.subTest(visitor=visitor, page=page, secret=secret):
                        self.assertNotIn(secret, text)
            # to find it by what is hidden would be to find out
            for secret in (offer.contact_name, "offermail", "OfferStreet", "Pumps for"):
                text = self.url_open(f"/my/leads?search={secret}").text
                self.assertIn("No lead fits this search", text)
        offer.with_user(self.anna).sudo().reseller_accept()
        text = self.url_open(f"/my/leads/{offer.id}").text
        for secret in secrets[:3]:
            self.assertIn(secret, text)

    def test_writing(self):
        for visitor in VISITORS:
            self._enter(visitor)
            token = self._csrf_token()
            for route, key, status in self._expectations(WRITING, visitor):
                url, data = self._fill(route, key), self._get_form(route)
                with (
                    self.subTest(visitor=visitor, route=route, record=key),
                    self._rolled_back(),
                ):
                    digest = self._digest()
                    response = self.url_open(
                        url, data={**data, "csrf_token": token}, allow_redirects=False
                    )
                    self._check(response, visitor, status)
                    changed = self._digest() != digest
                    works = status == 303 and not self._is_repeated(route, key)
                    self.assertEqual(changed, works, "changed")

    def test_no_token_no_change(self):
        digest = self._digest()
        for visitor in ("stranger", "in charge", "supervisor"):
            self._enter(visitor)
            for route, key, _status in self._expectations(WRITING, visitor):
                with self.subTest(visitor=visitor, route=route, record=key):
                    for token in ({}, {"csrf_token": "0" * 40 + "o1999999999"}):
                        response = self.url_open(
                            self._fill(route, key),
                            data={**self._get_form(route), **token},
                            allow_redirects=False,
                        )
                        self.assertEqual(response.status_code, 400)
                        self.assertFalse(self._leaks(visitor, response.text))
        self.assertEqual(self._digest(), digest)

    def test_strange_and_absent_records_look_alike(self):
        """No one learns from an answer which leads exist."""
        for visitor in ("stranger", "salesman", "other reseller"):
            self._enter(visitor)
            for route in READING:
                if "lead_id" not in route:
                    continue
                bodies = []
                for key in ("free", "absent"):
                    url = self._fill(route, key)
                    response = self.url_open(url, allow_redirects=False)
                    self.assertIn(response.status_code, (303, 404))
                    lead_id = re.search(r"/(\d+)", url).group(1)
                    location = response.headers.get("Location", "")
                    bodies.append(
                        self._blank(location, lead_id)
                        + self._blank(response.text, lead_id)
                    )
                with self.subTest(visitor=visitor, route=route):
                    self.assertEqual(*bodies)

    # ------------------------------------------------------------

    def _expectations(self, table, visitor):
        column = VISITORS.index(visitor)
        for route, cases in table.items():
            for key, statuses in cases.items():
                self.assertEqual(len(statuses), len(VISITORS))
                status = statuses[column]
                if (
                    table is READING
                    and visitor in ("salesman", "manager")
                    and "/my/" in route
                    and "<int:lead_id>" in route
                ):
                    # our own people are sent to the lead in the backend, if any
                    status = 303
                yield route, key, status

    def _fill(self, route, key):
        """Return the address of a route for a record."""
        lead_id, document_id = ABSENT, ABSENT
        offer = self.records["offer"].reseller_offer_ids[:1]
        if key == "internal":
            lead = self.records["deal"]
            document_id = self._get_document(lead, "Margin").id
        else:
            lead = self.records.get(key)
            if lead and key in ("deal", "foreign"):
                document_id = self._get_document(lead, "File").id
        lead = lead or self.env["crm.lead"]
        lead_id = lead.id or ABSENT
        return (
            route.replace("<int:lead_id>", str(lead_id))
            .replace("<int:document_id>", str(document_id))
            .replace("<int:task_id>", str(lead.reseller_task_ids[:1].id or ABSENT))
            .replace("<int:user_id>", str(self.anna.id if key else ABSENT))
            .replace("<string:path>", "no-portal")
            .replace("<int:page>", "1")
            .replace("<int:offer_id>", str(offer.id))
            .replace("<token>", WRONG_TOKEN)
            .replace("<int:person_id>", str(self._get_person_id(key)))
            .replace(
                "<int:change_id>",
                str(self.invitation.id if key == "invited" else ABSENT),
            )
        )

    def _get_person_id(self, key):
        people = {"colleague": self.ben, "in charge": self.anna, "foreign": self.bob}
        return people[key].partner_id.id if key in people else ABSENT

    def _get_document(self, lead, kind):
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("name", "like", kind),
            ]
        )

    def _get_form(self, route):
        """Return what a form of a route may be sent with."""
        return {
            "accept": {"comment": "Gladly"},
            "decline": {"reason_id": str(self.reason.id), "comment": "Too far"},
            "convert": {"sent": "1"},
            "attach": {"note": "Met the customer"},
            "delegate": {
                "colleague_id": str(self.ben.partner_id.id),
                "record_ids": str(self.records["deal"].id),
            },
            "ask": {"question": "Which size?"},
            "return": {"reason_id": str(self.reason.id), "comment": "Too far"},
            "update": {"expected_revenue": "4321", "probability": "33"},
            "contact": {"contact_name": "New Name", "city": "Bonn"},
            "outcome": {
                "outcome": "won",
                "order_reference": "SO77",
                "amount_won": "4321",
                "won_on": str(fields.Date.today()),
            },
            "progress": {"milestone_id": str(self.milestone.id)},
            "done": {"sent": "1"},
            "remove": {"sent": "1"},
            "direction": {"direction_id": "all"},
            "<int:user_id>": {"sent": "1"},
            "stop": {"sent": "1"},
            "<token>": {"answer": "accept"},
            "settings": {"event_message": "none"},
            "away": {"away_until": str(fields.Date.today())},
            "back": {"whose": "me"},
            "data": {"name": "Other Name Ltd"},
            "invite": {"name": "Pat", "email": "pat@new.example", "role": "user"},
            "withdraw": {"sent": "1"},
            "role": {"role": "supervisor"},
            "hand-over": {"colleague_id": str(self.ben.partner_id.id)},
        }[route.rpartition("/")[2]]

    def _is_repeated(self, route, key):
        """Tell whether an answer is the same as the first one, so counts once."""
        # what only the session of the visitor knows is no change either
        return (
            (route.endswith("/accept") and key == "foreign")
            or route == "/my/direction"
            # nobody is away
            or route == "/my/reseller/back"
            or route.startswith(VIEW_AS)
        )

    def _check(self, response, visitor, status):
        if status == LOGIN:
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])
        else:
            asked = f"{visitor}: {response.request.url}"
            self.assertEqual(response.status_code, status, asked)
        self.assertEqual(self._leaks(visitor, response.text), [])
        self.assertEqual(
            self._leaks(visitor, response.headers.get("Content-Disposition", "")), []
        )

    def _blank(self, text, lead_id):
        """Return a page without what differs from request to request."""
        start = max(text.find("<main"), 0)
        main = text[start:].partition("</main>")[0]
        return re.sub(rf"\b{lead_id}\b", "ID", main)
