import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ResellerPortalCase


@tagged("post_install", "-at_install")
class TestJourneys(ResellerPortalCase):
    """What a reseller does, without JavaScript."""

    def test_accept_and_convert(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        self._login(self.anna)
        home = self._get("/my/home").text
        self.assertIn("1 lead is waiting for your answer", home)
        self.assertIn(f'href="{url}"', home)
        self.assertIn("Forty pumps", self._get("/my/leads").text)

        page = self._post(url, f"{url}/accept", comment="Gladly")
        self.assertEqual(lead.reseller_state, "accepted")
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)
        self.assertIn("the lead is yours", page.text)
        self.assertTrue(page.url.endswith(f"{url}?done=accepted"))
        # nothing is lost on the way
        for text in ("carla@customer.example", "1234567", "We need forty pumps"):
            self.assertIn(text, page.text)

        page = self._post(url, f"{url}/convert")
        self.assertEqual(lead.type, "opportunity")
        self.assertIn(f"/my/opportunities/{lead.id}?done=converted", page.url)
        self.assertIn("is an opportunity now", page.text)
        self.assertIn("Forty pumps", self._get("/my/opportunities").text)
        self.assertNotIn("Forty pumps", self._get("/my/leads").text)

    def test_decline_with_reason(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        self._login(self.anna)
        self.assertIn("Why do you decline?", self._get(f"{url}/decline").text)
        page = self._post(
            f"{url}/decline",
            f"{url}/decline",
            reason_id=self.reason.id,
            comment="Too far",
            contacted="1",
        )
        self.assertIn("You declined the lead", page.text)
        self.assertEqual(lead.reseller_state, "declined")
        offer = lead.reseller_offer_ids
        self.assertEqual(offer.decline_reason_id, self.reason)
        self.assertEqual(offer.comment, "Too far")
        self.assertTrue(offer.contacted)
        self.assertIn("declined this lead", self._get(url, 404).text)
        # to say it again changes nothing and says so
        page = self._post_as(
            self.anna, f"{url}/decline", 404, reason_id=self.reason_explained.id
        )
        self.assertIn("declined this lead", page.text)
        self.assertEqual(offer.decline_reason_id, self.reason)

    def test_decline_asks_for_what_is_missing(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}/decline"
        self._login(self.anna)
        page = self._post(url, url, 422, comment="kept & safe <b>")
        self.assertIn("Choose one of the reasons", page.text)
        self.assertIn("kept &amp; safe &lt;b&gt;", page.text)
        page = self._post(url, url, 422, reason_id=self.reason_explained.id)
        self.assertIn("explain this reason", page.text)
        self.assertRegex(
            page.text,
            rf'id="reseller_reason_{self.reason_explained.id}"[^>]*checked',
        )
        for reason in ("-1", "99999999", "abc", "9" * 30, str(2**40)):
            self._post(url, url, 422, reason_id=reason)
        self.assertEqual(lead.reseller_state, "pending")

    def test_work_a_deal_and_report_it_won(self):
        lead = self._create_deal(self.anna)
        url = f"/my/opportunities/{lead.id}"
        self._login(self.anna)
        day = fields.Date.today() + timedelta(days=3)
        page = self._post(
            url,
            f"{url}/update",
            expected_revenue="12,500.50",
            probability="60",
            date_deadline=str(fields.Date.today() + timedelta(days=40)),
            step_type="call",
            step_summary="Call Carla",
            step_date=str(day),
        )
        self.assertIn("Saved. Our team sees", page.text)
        self.assertEqual(lead.expected_revenue, 12500.5)
        self.assertEqual(lead.probability, 60)
        self.assertEqual(
            (lead.reseller_step_type, lead.reseller_step_note, lead.reseller_step_date),
            ("call", "Call Carla", day),
        )
        self.assertIn('value="12,500.50"', page.text)
        self.assertNotIn("60.0", page.text)

        page = self._post(
            url,
            f"{url}/attach",
            note="They want a quote",
            files=[("documents", ("../quote.pdf", b"%PDF-1.4 quote"))],
        )
        self.assertIn("They want a quote", page.text)
        document = re.search(rf"{url}/documents/\d+", page.text).group()
        answer = self._get(document)
        self.assertEqual(answer.content, b"%PDF-1.4 quote")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn("quote.pdf", answer.headers["Content-Disposition"])

        # what no one touched stays as it is, however it is rounded
        lead.probability = 59.7
        self._post(url, f"{url}/update", step_done="1", probability="60")
        self.assertEqual(lead.probability, 59.7)
        self.assertFalse(lead.reseller_step_type)

        self.assertIn("Order number", self._get(f"{url}/outcome?outcome=won").text)
        page = self._post(
            f"{url}/outcome", f"{url}/outcome", outcome="won", order_reference="SO77"
        )
        self.assertIn("will review and confirm", page.text)
        self.assertIn("order SO77", page.text)
        self.assertFalse(lead.stage_id.is_won, "the team confirms first")
        self.assertEqual(lead.with_user(self.salesman).reseller_reported_outcome, "won")
        page = self._post_as(self.anna, f"{url}/outcome", 409, outcome="won")
        self.assertIn("reported already", page.text)

        lead.with_user(self.salesman).action_confirm_reseller_outcome()
        lead.with_user(self.salesman).action_confirm_reseller_outcome()
        self.assertTrue(lead.stage_id.is_won)
        self.assertEqual(lead.reseller_outcome_ids.state, "confirmed")
        self.assertEqual(lead.reseller_outcome_ids.decided_by_id, self.salesman)
        page = self._get(url).text
        self.assertIn("This deal is won", page)
        self.assertIn("We confirm: this deal is won", page)
        self.assertNotIn("/update", page)
        page = self._post_as(self.anna, f"{url}/update", 409, expected_revenue="1")
        self.assertIn("closed", page.text)
        self.assertEqual(lead.expected_revenue, 12500.5)

    def test_report_lost_needs_a_reason(self):
        lead = self._create_deal(self.anna)
        url = f"/my/opportunities/{lead.id}/outcome"
        reason = self.env["crm.lost.reason"].create({"name": "Too dear (test)"})
        self._login(self.anna)
        page = self._post(url, url, 422, outcome="lost", comment="They left")
        self.assertIn("Choose why the deal was lost", page.text)
        self.assertIn("They left", page.text)
        self._post(url, url, outcome="lost", lost_reason_id=reason.id, comment="Left")
        self.assertTrue(lead.active)
        lead.with_user(self.salesman).action_confirm_reseller_outcome()
        self.assertFalse(lead.active)
        self.assertEqual(lead.lost_reason_id, reason)
        self.assertIn(
            "Too dear (test)",
            self._get("/my/opportunities?filterby=lost").text
            + self._get(f"/my/opportunities/{lead.id}").text,
        )

    def test_a_report_can_be_refused(self):
        lead = self._create_deal(self.anna)
        url = f"/my/opportunities/{lead.id}"
        self._post_as(self.anna, f"{url}/outcome", outcome="won")
        lead.with_user(self.salesman)._reject_reseller_outcome("No order")
        self.assertFalse(lead.stage_id.is_won)
        page = self._get(url).text
        self.assertIn("could not confirm", page)
        self.assertIn("Report won", page)

    def test_a_colleague_takes_over(self):
        lead = self._create_deal(self.anna)
        url = f"/my/opportunities/{lead.id}"
        self._login(self.ben)
        self.assertIn("takes care of this lead", self._get(url, 404).text)
        self._login(self.sue)
        page = self._post(url, f"{url}/delegate", colleague_id=self.ben.partner_id.id)
        self.assertIn("takes care of it now", page.text)
        self.assertEqual(lead.reseller_contact_id, self.ben.partner_id)
        self.assertIn(self.ben.partner_id, lead.message_partner_ids)
        self.assertNotIn(self.anna.partner_id, lead.message_partner_ids)
        self._login(self.anna)
        self.assertIn("takes care of this lead", self._get(url, 404).text)
        self._login(self.ben)
        self._get(url)
        # no one but a supervisor, and no one but a colleague
        self._post_as(
            self.ben, f"{url}/delegate", 404, colleague_id=self.anna.partner_id.id
        )
        for partner in (self.bob.partner_id, self.salesman.partner_id, self.alder):
            self._post_as(self.sue, f"{url}/delegate", 422, colleague_id=partner.id)
        self.assertEqual(lead.reseller_contact_id, self.ben.partner_id)

    def test_correct_the_contact(self):
        customer = self.env["res.partner"].create(
            {"name": "Customer Inc", "email": "boss@customer.example", "phone": "111"}
        )
        lead = self._create_deal(self.anna, partner_id=customer.id)
        lead.write({"email_from": "boss@customer.example", "phone": "111"})
        url = f"/my/opportunities/{lead.id}/contact"
        usa, germany = self.env.ref("base.us"), self.env.ref("base.de")
        texas = self.env.ref("base.state_us_44")
        form = {
            "contact_name": "Carl",
            "partner_name": "Customer Inc",
            "email_from": "new@customer.example",
            "phone": "+49 40 7654321",
            "city": "Hamburg",
        }
        self._login(self.anna)
        page = self._post(url, url, show_states="1", country_id=usa.id, **form)
        self.assertIn("Texas", page.text)
        self.assertNotIn("Bavaria", page.text)
        self.assertIn("new@customer.example", page.text)
        self.assertNotEqual(lead.email_from, "new@customer.example")
        bad = dict(form, email_from="nobody", phone="call me", country_id=germany.id)
        page = self._post(url, url, 422, state_id=texas.id, **bad)
        for sentence in ("not an e-mail", "not a phone", "in another country"):
            self.assertIn(sentence, page.text)
        self._post(url, url, country_id=germany.id, **form)
        self.assertEqual(lead.email_from, "new@customer.example")
        self.assertEqual((lead.city, lead.country_id), ("Hamburg", germany))
        self.assertFalse(lead.state_id)
        # the address book, and whatever account hangs on it, stays as it is
        self.assertEqual(customer.email, "boss@customer.example")
        self.assertEqual(customer.phone, "111")
        self.assertIn("boss@customer.example → new@", lead.message_ids[0].body)
        self.assertEqual(lead.message_ids[0].author_id, self.anna.partner_id)
