import json
import re
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import new_test_user, tagged

from ..controllers.common import ResellerPortal
from ..lib import usage
from .test_directions import DirectionCase

START = "/crm_reseller_portal/view-as/{}"
STOP = "/crm_reseller_portal/view-as/stop"


@tagged("post_install", "-at_install")
class TestViewAs(DirectionCase):
    """A manager sees what a person of a reseller sees, and can do nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "view_manager", groups="sales_team.group_sale_manager"
        )

    def _start(self, person, manager=None, status=200):
        self._login(manager or self.manager)
        url = START.format(person.id)
        return self._send(url, status, csrf_token=self._get_own_token())

    def _get_own_token(self):
        """Return a token of the session, whatever its pages show."""
        return Request.csrf_token(self)

    def _blank(self, page):
        """Return what a page says, without what differs from session to session."""
        text = re.sub(r'name="csrf_token"\s+value="[^"]*"', "", self._get_main(page))
        return text.replace(page.url, "")

    def test_the_same_pages_as_the_person(self):
        self.env["res.company"].search([]).reseller_hide_contact_details = True
        lead = self.leads["alder", "North"]["lead"]
        deal = self.leads["alder", "North"]["deal"]
        pages = [
            "/my",
            "/partner/north",
            "/my/leads",
            f"/my/leads/{lead.id}",
            "/my/opportunities",
            f"/my/opportunities/{deal.id}",
            f"/my/leads/{lead.id}/decline",
        ]
        self._login(self.anna)
        own = [self._blank(self._get(page)) for page in pages]
        self.assertIn("Nothing can be changed", self._start(self.anna).text)
        for page, text in zip(pages, own, strict=True):
            with self.subTest(page=page):
                seen = self._get(page)
                self.assertEqual(self._blank(seen), text)
                self.assertIn("You see the portal as", seen.text)
                self.assertEqual(seen.headers["Cache-Control"], "no-store")
        # masked as for that person
        offer = self._get(f"/my/leads/{lead.id}").text
        self.assertNotIn("carla@customer.example", offer)
        # what is not hers is not there, and files are
        foreign = self.leads["alder", "South"]["deal"]
        self._get(f"/my/opportunities/{foreign.id}", 404)
        document = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", deal.id)], limit=1
        )
        file = self._get(f"/my/opportunities/{deal.id}/documents/{document.id}")
        self.assertEqual(file.content, b"words")

    def test_every_post_is_refused(self):
        self._start(self.anna)
        token = self._get_own_token()
        deal = self.leads["alder", "North"]["deal"]
        lead = self.leads["alder", "North"]["lead"]
        messages = self.env["mail.message"].search_count([])
        for url in (
            f"/my/leads/{lead.id}/accept",
            f"/my/leads/{lead.id}/ask",
            f"/my/opportunities/{deal.id}/update",
            f"/my/opportunities/{deal.id}/attach",
            "/my/direction",
            "/my/account",
            "/my/security",
            "/my/deactivate_account",
        ):
            with self.subTest(url=url):
                self._send(
                    url,
                    403,
                    csrf_token=token,
                    note="evil",
                    question="evil",
                    comment="x",
                )
        # what is answered as nobody is answered
        self._get("/logo.png")
        for verb in ("HEAD", "OPTIONS"):
            answer = self.opener.request(
                verb, f"{self.base_url()}/my/leads", timeout=60
            )
            self.assertNotEqual(answer.status_code, 500)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)
        self.assertEqual(lead.reseller_state, "pending")
        # the person's own address and security are nobody's business
        for url in ("/my/account", "/my/security"):
            self.assertTrue(self._get(url).url.endswith("/partner/north"))
        answer = self.url_open(
            "/my/counters",
            data=json.dumps({"params": {"counters": ["reseller_lead_count"]}}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(answer.json().get("result"), {})

    def test_it_is_noted_and_ends(self):
        self._login(self.manager)
        url = START.format(self.anna.id)
        self.assertIn("alder_anna", self._get(url).text)
        self.assertTrue(self._get("/my").url.endswith("/my"), "not begun by looking")
        notes = self.anna.partner_id.message_ids
        self._start(self.anna)
        note = self.anna.partner_id.message_ids - notes
        self.assertIn("looks at the portal as", note.body)
        self.assertEqual(note.author_id, self.manager.partner_id)
        counters = []
        with patch.object(usage, "write_later", lambda *args: counters.append(args)):
            self._get("/my/leads")
            self.assertFalse(counters, "it counts for nobody")
        self.assertEqual(len(self.anna.partner_id.message_ids - notes), 1)
        self.assertFalse(self.anna.login_date)
        self._send(STOP, csrf_token=self._get_own_token())
        self.assertEqual(self.url_open("/my/leads").status_code, 404)
        # the person's own visit counts, each page once
        self._login(self.anna)
        with patch.object(usage, "write_later", lambda *args: counters.append(args)):
            for url in ("/my", "/partner/south", "/partner/north/picture"):
                counters.clear()
                self._get(url)
                self.assertEqual(len(counters), 0 if "picture" in url else 1, url)

    def test_nothing_written_by_a_page_is_kept(self):
        """Whatever a page may count or mark, looking at it does not."""
        original = ResellerPortal._prepare_reseller_values
        person = self.anna.partner_id

        def mark(controller, *args, **kwargs):
            partners_sudo = args[0].env["res.partner"].sudo()
            partners_sudo.browse(person.id).comment = "marked"
            return original(controller, *args, **kwargs)

        ResellerPortal._prepare_reseller_values = mark
        self.addCleanup(setattr, ResellerPortal, "_prepare_reseller_values", original)
        self._start(self.anna)
        self._get("/my/leads")
        person.invalidate_recordset()
        self.assertNotIn("marked", str(person.comment or ""))
        self._login(self.anna)
        self._get("/my/leads")
        person.invalidate_recordset()
        self.assertIn("marked", str(person.comment))

    def test_who_may(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "elsewhere_manager",
            groups="sales_team.group_sale_manager",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        self.alder.company_id = self.env.company
        for who in (self.salesman, self.bob, self.sue, self.stranger, stranger):
            self._start(self.anna, who, 404)
            self._login(who)
            self._get(START.format(self.anna.id), 404)
        for person in (self.stranger, self.salesman, self.manager):
            self._start(person, self.manager, 404)
        for absent in (0, 2**40):
            self._login(self.manager)
            self._get(START.format(absent), 404)
        # a reseller of all companies, with a lead where the manager has no business
        self.alder.company_id = False
        lead = self.leads["alder", "North"]["lead"]
        self._start(self.anna)
        self._get("/my/leads")
        lead.write({"user_id": False, "team_id": False, "company_id": elsewhere.id})
        self.assertFalse(self.anna._may_be_viewed_by(self.manager))
        self.assertEqual(self.url_open("/my/leads").status_code, 404, "at once")
        lead.company_id = False
        self._start(self.anna)
        self.anna.active = False
        self.assertEqual(self.url_open("/my/leads").status_code, 404)

    def test_the_button_is_on_people_with_access(self):
        people = self.anna.partner_id | self.stranger.partner_id | self.alder
        found = people.with_user(self.manager).filtered("reseller_portal_person")
        self.assertEqual(found, self.anna.partner_id)
        action = found.action_view_portal_as()
        self.assertEqual(action["url"], START.format(self.anna.id))
