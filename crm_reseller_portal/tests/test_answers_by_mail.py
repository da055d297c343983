import io
import logging
import re
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import vobject

from odoo import fields
from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import SQL

from ..lib.access_log import TokenFilter, hide_tokens
from ..models.crm_lead import OPERATIONS, SUPERVISORS
from .common import ResellerPortalCase

LINK = re.compile(r"/my/answer/(\d+)/([0-9a-f-]+)")
CLOCK = "odoo.addons.crm_reseller_portal.models.reseller_link_mixin.time.time"


@tagged("post_install", "-at_install")
class TestAnswersByMail(ResellerPortalCase):
    """An offer is answered from its mail, by the person it went to, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).reseller_hide_contact_details = True
        # the mails of the offers go to Anna, who is asked first
        (cls.ben | cls.sue).partner_id.email = False

    def _offer(self, reseller=None, **vals):
        """Return an offer and the link that its mail left with."""
        lead = self._create_lead(reseller or self.alder, **vals)
        offer = lead.reseller_offer_ids
        return offer, self._get_links(offer)[-1]

    def _get_links(self, offer):
        """Return the links in the mails of an offer, as they leave."""
        links = []
        for mail in self._get_mails(offer):
            found = LINK.search(mail._prepare_outgoing_body())
            links.append(found and found.group())
        return links

    def _get_mails(self, offer):
        return self.env["mail.mail"].search(
            [("reseller_offer_id", "=", offer.id)], order="id"
        )

    def _answer(self, link, status=200, **data):
        token = Request.csrf_token(self)
        return self._send(link, status, csrf_token=token, **data)

    # ------------------------------------------------------------
    # THE MAIL
    # ------------------------------------------------------------

    def test_a_role_that_may_not_decline_is_shown_no_form(self):
        """The link is no way around the roles."""
        _offer, link = self._offer()
        rule = replace(OPERATIONS["decline"], own=SUPERVISORS)
        self.authenticate(None, None)
        with patch.dict(OPERATIONS, {"decline": rule}):
            page = self._get(link).text
            self.assertNotIn("o_answer_decline", page)
            self.assertNotIn(self.reason.name, page)
            page = self._answer(
                link, 409, answer="decline", reason_id=str(self.reason.id)
            )
            self.assertIn("Only supervisors can do this.", page.text)

    def test_the_link_is_stored_nowhere(self):
        """Nobody inside reads it in a message, a mail, or anywhere else."""
        offer, link = self._offer()
        offer.action_remind()
        links = [*self._get_links(offer), link]
        mail = self._get_mails(offer)[-1]
        sent = mail._prepare_outgoing_list()
        self.assertIn("/my/answer/", sent[0]["body"])
        self.assertNotIn("/my/answer/", mail.body_html)
        self.assertIn(f"/my/leads/{offer.lead_id.id}", mail.body_html)
        self.authenticate(None, None)
        self._get(links[1])
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        self.assertGreater(len(tables), 100)
        marks = [f"%{each.rpartition('-')[2]}%" for each in links if each]
        found = []
        for table in tables:
            self.env.cr.execute(
                SQL(
                    "SELECT 1 FROM %s AS r WHERE r::text LIKE ANY(%s) LIMIT 1",
                    SQL.identifier(table),
                    marks,
                )
            )
            found += [table] * self.env.cr.rowcount
        self.assertEqual(found, [])

    def test_only_the_newest_mail_to_the_person_alone_has_a_link(self):
        offer, link = self._offer()
        offer.action_remind()
        old, new = self._get_links(offer)
        self.assertEqual((old, bool(new)), (None, True))
        self.authenticate(None, None)
        self._get(link, 404)
        self._get(new)
        mail = self._get_mails(offer)[-1]
        mail.recipient_ids |= self.ben.partner_id
        self.assertIsNone(LINK.search(mail._prepare_outgoing_body()))
        mail.recipient_ids = self.salesman.partner_id
        self.assertIsNone(LINK.search(mail._prepare_outgoing_body()))
        # a message that looks like one gets none
        forged = mail.copy({"recipient_ids": [(6, 0, self.anna.partner_id.ids)]})
        self.assertIsNone(LINK.search(forged._prepare_outgoing_body()))

    def test_a_setting_switches_it_off(self):
        _offer, link = self._offer()
        self.env["res.company"].search([]).reseller_answer_by_mail = False
        self.authenticate(None, None)
        self._get(link, 404)
        lead = self._create_lead(self.alder)
        mail = self._get_mails(lead.reseller_offer_ids)
        self.assertIn(f"/my/leads/{lead.id}", mail._prepare_outgoing_body())
        self.assertIsNone(LINK.search(mail._prepare_outgoing_body()))

    # ------------------------------------------------------------
    # THE ANSWER
    # ------------------------------------------------------------

    def test_accept(self):
        offer, link = self._offer()
        lead = offer.lead_id
        self.authenticate(None, None)
        page = self._get(link).text
        self.assertIn("Forty pumps", page)
        self.assertIn("We need forty pumps.", page)
        for secret in ("Carla", "1234567", "Secret Lane"):
            self.assertNotIn(secret, page)
        page = self._answer(link, answer="accept")
        self.assertIn("Thank you, the lead is yours.", page.text)
        self.assertIn(f'href="/my/leads/{lead.id}"', page.text)
        for secret in ("Carla", "1234567", "Forty pumps"):
            self.assertNotIn(secret, page.text)
        self.assertEqual(lead.reseller_state, "accepted")
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)
        self.assertEqual(offer.answered_by_id, self.anna)
        self.assertEqual(offer.answered_by_contact_id, self.anna.partner_id)
        note = lead.message_ids.filtered(lambda m: "accepted the lead" in m.body)
        self.assertEqual(note.author_id, self.anna.partner_id)
        self.assertIn(self.salesman.partner_id, note.partner_ids)
        mail = self.env["mail.mail"].search(
            [("res_id", "=", lead.id), ("model", "=", "crm.lead")], limit=1
        )
        self.assertEqual(mail.recipient_ids, self.anna.partner_id)
        self.assertIn("Carla Customer", mail.body_html)
        card = vobject.readOne(mail.attachment_ids.raw.decode())
        self.assertEqual(card.fn.value, "Carla Customer")
        self.assertEqual(card.tel.value, "+49 30 1234567")
        self.assertEqual(card.org.value, ["Customer Inc"])

    def test_decline(self):
        offer, link = self._offer()
        self.authenticate(None, None)
        page = self._answer(link, 422, answer="decline")
        self.assertIn("Choose one of the reasons.", page.text)
        page = self._answer(
            link, 422, answer="decline", reason_id=str(self.reason_explained.id)
        )
        self.assertIn("Please explain this reason", page.text)
        self.assertEqual(offer.state, "pending")
        page = self._answer(link, answer="decline", reason_id=str(self.reason.id))
        self.assertIn("You declined the lead.", page.text)
        self.assertEqual(offer.state, "declined")
        self.assertEqual(offer.decline_reason_id, self.reason)
        self.assertEqual(offer.answered_by_id, self.anna)

    def test_reading_changes_nothing(self):
        """Scanners of mails open every link, and answer nothing by it."""
        offer, link = self._offer()
        for visitor in (None, self.bob):
            self.authenticate(visitor and visitor.login, visitor and visitor.login)
            for verb in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
                response = self.opener.request(
                    verb,
                    f"{self.base_url()}{link}?answer=accept&reason_id={self.reason.id}",
                    data={"answer": "accept"},
                    allow_redirects=False,
                    timeout=60,
                )
                self.assertLess(response.status_code, 500)
                self.assertEqual(offer.state, "pending", verb)
        self._send(link, 400, answer="accept")
        self.assertEqual(offer.state, "pending", "without a token of the form")
        self.assertIn("accept", self._get(link).text)

    def test_a_link_works_once_for_its_offer(self):
        offer, link = self._offer()
        other, other_link = self._offer()
        self.authenticate(None, None)
        token = link.rpartition("/")[2]
        signature = token.rpartition("-")[2]
        person = self.ben.partner_id.id
        wrong = (
            f"/my/answer/{other.id}/{token}",
            f"/my/answer/{offer.id}/{token[:-1]}{'01'[token[-1] == '0']}",
            f"/my/answer/{offer.id}/{person}-{token.split('-')[1]}-{signature}",
            f"/my/answer/{offer.id}/{token.split('-')[0]}-9999999999-{signature}",
            f"/my/answer/{offer.id}/{'x' * 4000}",
            f"/my/answer/99999999999999999999/{token}",
            f"/my/answer/{offer.id}/%00",
        )
        pages = set()
        for address in wrong:
            pages.add(self._get(address, 404).text)
            self._answer(address, 404, answer="accept")
        self.assertEqual({offer.state, other.state}, {"pending"})
        self._answer(link, answer="accept")
        self.assertEqual((offer.state, other.state), ("accepted", "pending"))
        history = len(offer.lead_id.message_ids)
        pages.add(self._get(link, 404).text)
        self._answer(link, 404, answer="accept")
        self._answer(link, 404, answer="decline", reason_id=str(self.reason.id))
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(len(offer.lead_id.message_ids), history)
        self.assertEqual(len(pages), 1, "the same page for all")
        self._get(other_link)

    def test_a_link_ends(self):
        """With its time, the offer, the person's access, and the company's."""

        def expire(offer):
            offer._expire()

        def withdraw(offer):
            offer.lead_id.reseller_withdraw()

        def archive_person(_offer):
            self.anna.active = False
            self.anna.partner_id.active = False

        def take_access(_offer):
            self.anna.partner_id.sudo()._set_portal_role("none")

        def take_level(_offer):
            self.alder.reseller_level_id = False

        def archive_company(_offer):
            self.alder.active = False

        def lead_to_colleague(offer):
            offer.lead_id.reseller_contact_id = self.ben.partner_id

        def answer_elsewhere(offer):
            offer.lead_id.with_user(self.anna).sudo().reseller_accept()

        for end in (
            expire,
            withdraw,
            archive_person,
            take_access,
            take_level,
            archive_company,
            lead_to_colleague,
            answer_elsewhere,
        ):
            with self.subTest(end=end.__name__):
                self.env.flush_all()
                with self.env.cr.savepoint(flush=False) as savepoint:
                    offer, link = self._offer()
                    self.authenticate(None, None)
                    self._get(link)
                    end(offer)
                    self.env.flush_all()
                    state = offer.state
                    self._get(link, 404)
                    self._answer(link, 404, answer="accept")
                    self.assertEqual(offer.state, state)
                    self.env.flush_all()
                    savepoint.rollback()
                self.env.invalidate_all(flush=False)
                self.env.registry.clear_cache()
        offer, link = self._offer()
        later = fields.Datetime.now() + timedelta(days=61)
        with patch(CLOCK, return_value=later.timestamp()):
            self._get(link, 404)
        self._get(link)

    def test_a_contact_without_an_account_answers(self):
        company = self.env["res.partner"].create(
            {
                "name": "Cedar SA",
                "is_company": True,
                "reseller_level_id": self.level.id,
            }
        )
        person = self.env["res.partner"].create(
            {
                "name": "Cleo",
                "email": "cleo@example.com",
                "parent_id": company.id,
                # was invited, and never came
                "reseller_invited_on": fields.Datetime.now(),
            }
        )
        for answer, data in (
            ("accepted", {"answer": "accept"}),
            ("declined", {"answer": "decline", "reason_id": str(self.reason.id)}),
        ):
            offer, link = self._offer(company)
            # whoever is signed in on the device
            self._login(self.bob)
            page = self._answer(link, **data)
            self.assertEqual(offer.state, answer)
            self.assertEqual(offer.answered_by_contact_id, person)
            self.assertFalse(offer.answered_by_id)
            lead = offer.lead_id
            note = lead.message_ids.filtered(lambda m: "Cedar SA" in (m.body or ""))
            self.assertIn(person, note.author_id)
            self.assertNotIn(self.bob.partner_id, lead.message_ids.author_id)
            if answer == "accepted":
                self.assertEqual(lead.reseller_contact_id, person)
                self.assertIn("cleo@example.com", page.text)
                self.assertNotIn("/my/leads/", page.text)

    def test_signed_in_as_somebody_else(self):
        """The link's person answers, whoever uses the device."""
        for user in (self.bob, self.salesman, self.stranger):
            offer, link = self._offer()
            self._login(user)
            self._answer(link, answer="accept")
            self.assertEqual(offer.answered_by_id, self.anna)
            self.assertNotIn(user.partner_id, offer.lead_id.message_ids.author_id)

    # ------------------------------------------------------------
    # THE ADDRESS IS A KEY
    # ------------------------------------------------------------

    def test_the_address_is_told_to_nobody(self):
        offer, link = self._offer()
        self.authenticate(None, None)
        wrong = link[:-1] + "01"[link[-1] == "0"]
        for response in (
            self._get(link),
            self._get(wrong, 404),
            self._send(link, 400, answer="accept"),
            self._answer(link, answer="accept"),
        ):
            headers = response.headers
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", headers["Cache-Control"])
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            loaded = re.findall(r'(?:src|href|action)="([^"]*)"', response.text)
            self.assertTrue(loaded)
            for address in loaded:
                self.assertTrue(address.startswith("/"), address)
                self.assertFalse(address.startswith("//"), address)
            self.assertNotIn("<script", response.text)
            self.assertNotIn("<iframe", response.text)
        self.assertEqual(offer.state, "accepted")
        css = self._get("/crm_reseller_portal/static/src/css/answer.css").text
        self.assertNotIn("url(", css)
        self.assertNotIn("@import", css)

    def test_the_access_log_has_no_token(self):
        _offer, link = self._offer()
        token = link.rpartition("/")[2]
        line = hide_tokens(f'"GET {link}?x=1 HTTP/1.1" 200')
        self.assertNotIn(token, line)
        self.assertIn("?x=1 HTTP/1.1", line)
        # whatever page a signed link leads to, of other addons as well
        signed = f"12-1900000000-{'0a' * 32}"
        line = hide_tokens(f"GET /my/things/link/7/extend/{signed} HTTP/1.1")
        self.assertEqual(line, "GET /my/things/link/7/extend/... HTTP/1.1")
        logger = logging.getLogger("werkzeug")
        self.assertEqual(
            sum(isinstance(each, TokenFilter) for each in logger.filters), 1
        )
        self.authenticate(None, None)
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        root, level = logging.getLogger(), logger.level
        root.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            with redirect_stderr(io.StringIO()):
                self._get(link)
        finally:
            root.removeHandler(handler)
            logger.setLevel(level)
        self.assertIn("/my/answer/", stream.getvalue())
        self.assertNotIn(token, stream.getvalue())

    def test_bad_input_changes_nothing(self):
        offer, link = self._offer()
        self.authenticate(None, None)
        for data in (
            {},
            {"answer": "x"},
            {"answer": ["accept", "decline"], "reason_id": "9" * 40},
            {"answer": "decline", "reason_id": "\x00"},
            {"answer": "decline", "reason_id": "-1", "comment": "\x00" * 9},
            {"answer": "decline", "reason_id": str(self.reason.id), "comment": "=1"},
            {
                "answer": "decline",
                "reason_id": str(self.reason.id),
                "comment": "x" * 5000,
            },
            {"token": "x", "offer_sudo": "1", "errors": "x", "typed": "x"},
        ):
            response = self.opener.post(
                self.base_url() + link,
                data={"csrf_token": Request.csrf_token(self), **data},
                timeout=60,
                allow_redirects=False,
            )
            if data.get("answer") == ["accept", "decline"]:
                # the first counts: it is what a browser could send
                self.assertEqual(response.status_code, 303)
                self.assertEqual(offer.state, "accepted")
                offer, link = self._offer()
                continue
            self.assertIn(response.status_code, (200, 422), data)
            self.assertEqual(offer.state, "pending", data)
