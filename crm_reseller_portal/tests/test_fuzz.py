import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..forms.contact import PLACE_FIELDS, TEXT_FIELDS
from .matrix import SecretsCase

# how many requests; a full run is `make test REPETITIONS=5000`
EXAMPLES = int(os.environ.get("REPETITIONS", "20"))
ANSWERS = {200, 303, 400, 404, 405, 409, 413, 422}
SUCCESS = re.compile(
    r"[?&](done=\w+|(declined|returned|handed_over)=\d+)|/(outcome|contact|return)\b"
)
# what no form of the portal may ever change, and on which lead
UNTOUCHABLE = (
    "active",
    "company_id",
    "partner_id",
    "reseller_id",
    "stage_id",
    "team_id",
    "user_id",
)

FIELDS = [
    "direction_id",
    "reason_id",
    "comment",
    "contacted",
    "question",
    "then",
    "amount_won",
    "won_on",
    "record_ids",
    "back",
    "note",
    "colleague_id",
    "expected_revenue",
    "probability",
    "date_deadline",
    "step_type",
    "step_summary",
    "step_date",
    "step_done",
    *TEXT_FIELDS,
    *PLACE_FIELDS,
    "show_states",
    "name",
    "email",
    "role",
    "whose",
    "away_from",
    "away_until",
    "website",
    "lang",
    "tz",
    "event_message",
    "outcome",
    "order_reference",
    "milestone_id",
    "filled",
    "reason",
    "amount",
    "valid_until",
    "order_date",
    "lost_reason_id",
    "was_expected_revenue",
    "was_date_deadline",
    "was_step_date",
    "was_city",
]
# names that stand on no form; not "self", at which Odoo's own wrapper of every route
# stumbles before ours are called
FORBIDDEN = [
    *UNTOUCHABLE,
    "reseller_contact_id",
    "reseller_state",
    "reseller_due_on",
    "type",
    "description",
    "message_partner_ids",
    "lead_id",
    "id",
    "context",
    "debug",
    "errors",
    "typed",
]
NUMBERS = [
    "0",
    "-1",
    "12,500.50",
    "12.500,50",
    "12.500",
    "1e309",
    "1e-400",
    "NaN",
    "inf",
    "-0",
    "99",
    "99.5",
    "100",
    "9" * 60,
    "0x1F",
    "١٢٣",
    "²",
    "½",
    "1_000",
    "--1",
    "€ 5",
    "%",
    "50 %",
]
DATES = [
    "2031-02-28",
    "2031-02-30",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "99999-01-01",
    "31.12.2031",
    "12/31/2031",
    "tomorrow",
    "2031-W01",
    "2031-1-1",
]
EVIL = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u202e",
    "\U0001f600" * 300,
    "x" * 5000,
    "\r\n\r\n",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%s%(x)s{0}{x}$%",
    "../../etc/passwd",
    "won",
    "lost",
    "True",
    "[]",
    "{}",
    "nobody@example.com",
    "a@b",
    "+49 (30) 1234-56",
]
FILE_NAMES = [
    "offer.pdf",
    "a.png",
    "evil.html",
    "x.svg",
    "..\\..\\x.pdf",
    "no-extension",
    "\u202efdp.exe",
    "x" * 300 + ".pdf",
    "a\nb.txt",
    "words.txt",
]
PNG = b"\x89PNG\r\n\x1a\n"
CONTENTS = [b"", b"%PDF-1.7", b"words", b"<script>", b"\x00\xff" * 50, PNG]

texts = st.one_of(
    st.sampled_from(NUMBERS + DATES + EVIL),
    st.integers(-(2**70), 2**70).map(str),
    st.integers(0, 300).map(str),
    st.floats().map(str),
    st.dates().map(str),
    # a browser sends whatever can be written, but no halves of surrogate pairs
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
forms = st.lists(
    st.tuples(st.sampled_from(FIELDS * 3 + FORBIDDEN + ["x" * 90, ""]), texts),
    max_size=8,
)
files = st.lists(
    st.tuples(st.sampled_from(FILE_NAMES), st.sampled_from(CONTENTS)), max_size=7
)
# mostly leads there is something to do with
lead_ids = st.sampled_from(
    ["offer", "lead", "deal", "shared", "deal", "offer"] * 3
    + ["foreign", "free"]
    + ["0", "-1", "2147483648", "9" * 30, "1e3", "%0A", "%00", "٣"]
)


@tagged("post_install", "-at_install")
class TestFuzz(SecretsCase):
    """Whatever is sent, the answer is a page, and nothing changes by accident."""

    def test_bad_input_changes_nothing(self):
        routes = sorted(
            route
            for route, endpoint in self._get_routes()
            if "POST" in (endpoint.routing["methods"] or ())
        )
        self.assertGreater(len(routes), 9)
        references = st.sampled_from(
            [
                ("reason_id", str(self.reason.id)),
                ("reason_id", str(self.reason_explained.id)),
                ("colleague_id", str(self.ben.partner_id.id)),
                ("colleague_id", str(self.bob.partner_id.id)),
                ("country_id", str(self.env.ref("base.us").id)),
                ("state_id", str(self.env.ref("base.state_us_5").id)),
                ("outcome", "won"),
                ("outcome", "lost"),
                ("lost_reason_id", str(self.env["crm.lost.reason"].search([])[:1].id)),
                ("expected_revenue", "4,321.50"),
                ("probability", "33"),
                ("contact_name", "Somebody"),
                ("milestone_id", str(self.milestone.id)),
                (
                    "milestone_id",
                    str(self.env.ref("crm_reseller_portal.milestone_quoted").id),
                ),
                ("filled", "1"),
                ("note", "A note"),
            ]
        )
        self.answers = {}
        for visitor, share in (
            ("in charge", 0.6),
            ("supervisor", 0.25),
            ("other reseller", 0.15),
        ):
            self._enter(visitor)
            self._send_requests(visitor, round(EXAMPLES * share), routes, references)
        self._send_one_that_is_wrong()
        # so that the test is known to reach what it is about
        for status in (303, 404, 422):
            self.assertIn(status, self.answers, self.answers)

    def _send_one_that_is_wrong(self):
        """Send a form that cannot be read, however few are made up."""
        self._enter("in charge")
        request = {
            "route": "/my/opportunities/<int:lead_id>/update",
            "lead_id": "deal",
            "document": "0",
            "task": "0",
            "good": [],
            "form": [("expected_revenue", "lots")],
            "documents": [],
            "multipart": False,
            "signed": True,
        }
        with self._rolled_back():
            self._send_and_check("in charge", self._csrf_token(), request)

    def _send_requests(self, visitor, count, routes, references):
        token = self._csrf_token()
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", self.records["deal"].id)]
        )
        documents_named = st.sampled_from(
            [
                *map(str, kept.ids),
                *map(str, (self.ben | self.bob).partner_id.ids),
                str(self.invitation.id),
                *("0", "-1", "2147483648", "9" * 30, "x"),
            ]
        )

        tasks = self.records["deal"].reseller_task_ids
        tasks_named = st.sampled_from([*map(str, tasks.ids), "0", "2147483648", "x"])

        @settings(
            max_examples=max(1, count),
            deadline=None,
            database=None,
            derandomize="REPETITIONS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            route=st.sampled_from(routes),
            lead_id=lead_ids,
            document=documents_named,
            task=tasks_named,
            form=forms,
            good=st.lists(references, max_size=4),
            documents=files,
            multipart=st.booleans(),
            signed=st.sampled_from([True] * 9 + [False]),
        )
        def send(**request):
            with self._rolled_back():
                self._send_and_check(visitor, token, request)

        send()

    def _send_and_check(self, visitor, token, request):
        record = self.records.get(request["lead_id"])
        url = request["route"].replace(
            "<int:lead_id>", str(record.id) if record else request["lead_id"]
        )
        url = url.replace("<int:task_id>", request["task"])
        for name in ("document_id", "person_id", "change_id", "user_id", "offer_id"):
            url = url.replace(f"<int:{name}>", request["document"])
        url = url.replace("<token>", request["document"])
        data = [*request["good"], *request["form"], ("sent", "1")]
        if request["signed"]:
            data.append(("csrf_token", token))
        documents = None
        if request["multipart"]:
            documents = [("documents", file) for file in request["documents"]]
            documents = documents or [("other", ("x.txt", b"x"))]
        digest = self._digest()
        kept = self._read_untouchable()
        response = self.url_open(
            url, data=data, files=documents, allow_redirects=False, timeout=60
        )
        status = response.status_code
        self.answers[status] = self.answers.get(status, 0) + 1
        self.assertIn(status, ANSWERS)
        self.assertEqual(self._leaks(visitor, response.text), [])
        changed = self._digest() != digest
        location = response.headers.get("Location", "")
        # who declines gives the lead back; who is away lets offers go on
        if not re.search(r"\?(declined|returned)=|\?done=away", location):
            self.assertEqual(self._read_untouchable(), kept)
        works = status == 303 and SUCCESS.search(location)
        if changed:
            self.assertTrue(works, f"changed, and answered {status} {location}")
            self.assertTrue(request["signed"])
            if record:
                self._check_figures(record)

    def _read_untouchable(self):
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT id, {', '.join(UNTOUCHABLE)} FROM crm_lead ORDER BY id"
        )
        return self.env.cr.fetchall()

    def _check_figures(self, lead):
        lead.invalidate_recordset()
        self.assertTrue(0 <= lead.expected_revenue < 1e12, lead.expected_revenue)
        self.assertTrue(0 <= lead.probability < 100, lead.probability)
        if lead.reseller_contact_id:
            self.assertEqual(
                lead.reseller_contact_id.commercial_partner_id, lead.reseller_id
            )
