import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import ResellerPortalCase

HOURS = 24


@tagged("post_install", "-at_install")
class TestShell(ResellerPortalCase):
    """Lists, forms and links that all pages share."""

    def _get_titles(self, url):
        table = self._get(url).text.partition("<tbody")[2].partition("</table>")[0]
        cells = re.findall(r'class="o_reseller_name">(.*?)</td>', table, re.S)
        return [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in cells]

    # ------------------------------------------------------------
    # SEARCH AND ORDER
    # ------------------------------------------------------------

    def test_each_word_is_found_in_some_field(self):
        self._create_deal(
            self.anna, name="Quarry", partner_name="Samson", city="Dinant"
        )
        self._create_deal(self.anna, name="Pond", partner_name="Samson", city="Namur")
        self._login(self.anna)
        for words, found in (
            ("samson dinant", ["Quarry"]),
            ("DINANT sam", ["Quarry"]),
            ("samson", ["Pond", "Quarry"]),
            ("samson lyon", []),
            ("%25", []),
            ("a%00b", []),
        ):
            titles = self._get_titles(f"/my/opportunities?search={words}&sortby=name")
            self.assertEqual(titles, found, words)

    def test_accents_do_not_matter_where_the_database_can(self):
        if not self.env.registry.has_unaccent:
            self.env.cr.execute("SELECT 1 FROM pg_extension WHERE extname = 'unaccent'")
            self.assertFalse(self.env.cr.fetchone(), "there, and not used")
            return
        self._create_deal(self.anna, name="Stone", partner_name="Carrières")
        self._login(self.anna)
        self.assertEqual(
            self._get_titles("/my/opportunities?search=carrieres"), ["Stone"]
        )

    def test_amounts_come_before_none(self):
        self._create_deal(self.anna, name="Small").expected_revenue = 5
        none = self._create_deal(self.anna, name="None")
        self._create_deal(self.anna, name="Big").expected_revenue = 90000
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET expected_revenue = NULL WHERE id = %s", [none.id]
        )
        self.env.invalidate_all()
        self._login(self.anna)
        self.assertEqual(
            self._get_titles("/my/opportunities?sortby=revenue"),
            ["Big", "Small", "None"],
        )

    def test_an_open_deal_is_never_certain(self):
        """Odoo's own estimate of a fresh deal is easily rounded to a hundred."""
        deal = self._create_deal(self.anna)
        deal.probability = 99.94
        self._login(self.anna)
        self.assertIn("99%", self._get("/my/opportunities").text)
        self.assertIn('value="99"', self._get(f"/my/opportunities/{deal.id}").text)

    def test_hidden_names_are_neither_sorted_by_nor_found(self):
        self.env["res.company"].search([]).reseller_hide_contact_details = True
        for name in ("Zed", "Abel", "Mara"):
            self._create_lead(self.alder, name=f"Pumps for {name}", contact_name=name)
        self._login(self.anna)
        page = self._get("/my/leads").text
        self.assertNotIn('value="name"', page)
        plain = self._get_titles("/my/leads?sortby=urgent")
        self.assertEqual(self._get_titles("/my/leads?sortby=name"), plain)
        self.assertEqual(self._get_titles("/my/leads?search=Abel"), [])

    def test_a_range_that_ends_before_it_begins(self):
        self._create_lead(self.alder)
        self._login(self.anna)
        page = self._get("/my/leads?date_begin=2026-05-02&date_end=2026-05-01").text
        self.assertIn("This day is before the first one.", page)
        self.assertIn("Forty pumps", page)

    def test_an_empty_filter_says_so(self):
        self._create_lead(self.alder)
        self._login(self.anna)
        page = self._get("/my/leads?filterby=overdue").text
        self.assertIn("Nothing is overdue.", page)
        page = self._get("/my/leads?filterby=overdue&search=zz").text
        self.assertIn("No lead fits this search.", page)

    # ------------------------------------------------------------
    # WHO HAS WHAT
    # ------------------------------------------------------------

    def test_supervisors_filter_by_person_and_hand_over_from_the_list(self):
        first = self._create_deal(self.anna, name="First")
        second = self._create_deal(self.anna, name="Second")
        self._create_deal(self.ben, name="Third")
        foreign = self._create_deal(self.bob, name="Foreign")
        anna, ben = self.anna.partner_id, self.ben.partner_id
        self._login(self.sue)
        url = f"/my/opportunities?who={anna.id}&sortby=name"
        self.assertEqual(self._get_titles(url), ["First", "Second"])
        self.assertIn("Person in charge", self._get(url).text)
        token = self._get_token()
        page = self._send(
            "/my/leads/delegate",
            record_ids=[str(first.id), str(second.id), str(foreign.id), "x", "-1"],
            colleague_id=str(ben.id),
            back="opportunities",
            csrf_token=token,
        )
        self.assertIn("/my/opportunities?handed_over=2", page.url)
        self.assertEqual((first | second).reseller_contact_id, ben)
        self.assertEqual(foreign.reseller_contact_id, self.bob.partner_id)
        page = self._send(
            "/my/leads/delegate", 409, colleague_id=str(ben.id), csrf_token=token
        )
        self.assertIn("Tick the leads to hand over.", page.text)
        self._login(self.anna)
        self.assertNotIn("record_ids", self._get("/my/opportunities").text)

    # ------------------------------------------------------------
    # ONE SAVE FOR A DEAL
    # ------------------------------------------------------------

    def test_figures_step_and_note_are_saved_together(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        day = fields.Date.today() + timedelta(days=3)
        page = self._post_as(
            self.anna,
            f"{url}/update",
            expected_revenue="77,000",
            step_type="visit",
            step_date=str(day),
            note="Met Carla",
            files=[("documents", ("plan.txt", b"words"))],
        )
        self.assertIn("Saved.", page.text)
        self.assertEqual(deal.expected_revenue, 77000)
        self.assertEqual(
            (deal.reseller_step_type, deal.reseller_step_date), ("visit", day)
        )
        self.assertIn("Met Carla", page.text)
        self.assertIn("plan.txt", page.text)
        self.assertNotIn("No chance left?", page.text)
        page = self._post_as(self.anna, f"{url}/update", probability="0")
        self.assertIn("No chance left?", page.text, "lost is another thing to say")
        # a wrong figure keeps the note, and saves nothing
        page = self._post_as(
            self.anna, f"{url}/update", 422, probability="x", note="Kept words"
        )
        self.assertIn("Kept words", page.text)
        self.assertNotIn("Kept words", " ".join(deal.message_ids.mapped("body")))

    def test_a_step_can_be_removed(self):
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_plan_step(
            "call", "Ring", fields.Date.today()
        )
        page = self._post_as(
            self.anna,
            f"/my/opportunities/{deal.id}/update",
            was_step_date=str(fields.Date.today()),
            was_step_summary="Ring",
            step_date="",
            step_summary="",
        )
        self.assertIn("The next step was removed", page.text)
        self.assertFalse(deal.reseller_step_type)

    def test_other_pages_are_reached_with_everything_saved(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        for then, part in (
            ("won", "Report this deal as won"),
            ("lost", "Report this deal as lost"),
            ("contact", "Edit contact details"),
            ("//evil.example", "Saved."),
        ):
            amount = 1000 + len(then)
            page = self._post_as(
                self.anna, f"{url}/update", expected_revenue=str(amount), then=then
            )
            self.assertIn(part, page.text)
            self.assertEqual(deal.expected_revenue, amount)

    def test_the_won_report_is_prefilled(self):
        deal = self._create_deal(self.anna)
        deal.expected_revenue = 12500
        url = f"/my/opportunities/{deal.id}/outcome"
        self._login(self.anna)
        page = self._get(f"{url}?outcome=won").text
        self.assertIn('value="12,500"', page)
        self.assertIn(f'value="{fields.Date.today()}"', page)
        self._post_as(
            self.anna, url, outcome="won", amount_won="13,000", won_on="2026-01-02"
        )
        report = deal.reseller_outcome_ids
        self.assertEqual((report.amount_won, str(report.won_on)), (13000, "2026-01-02"))
        listed = self._get("/my/opportunities?filterby=reported").text
        self.assertIn("Reported won", listed)

    def test_an_address_tells_a_form_nothing(self):
        """What a form is told about its errors comes from the form that was sent."""
        lead, deal = self._create_lead(self.alder), self._create_deal(self.anna)
        self._login(self.anna)
        for form in (
            f"/my/leads/{lead.id}/decline",
            f"/my/opportunities/{deal.id}/return",
            f"/my/opportunities/{deal.id}/contact",
            f"/my/opportunities/{deal.id}/outcome",
        ):
            self._get(f"{form}?errors=x&typed=y")

    # ------------------------------------------------------------
    # ASK, GIVE BACK, WHAT IS OVER
    # ------------------------------------------------------------

    def test_a_question_before_the_answer(self):
        self.salesman.partner_id.phone = "+32 2 555"
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        self._login(self.anna)
        page = self._get(url).text
        self.assertIn("Ask our team", page)
        self.assertIn("+32 2 555", page)
        self._post(url, f"{url}/ask", 422, question=" ")
        page = self._post(url, f"{url}/ask", question="Which size?")
        self.assertIn("Your question was sent", page.text)
        self.assertEqual(lead.reseller_state, "pending")
        self.assertIn("Which size?", lead.message_ids[0].body)

    def test_an_accepted_lead_is_given_back(self):
        for make, path in (
            ("_create_lead", "leads"),
            ("_create_deal", "opportunities"),
        ):
            owner = self.alder if make == "_create_lead" else self.anna
            lead = getattr(self, make)(owner, name="Not wanted")
            if make == "_create_lead":
                lead.with_user(self.anna).sudo().reseller_accept()
            url = f"/my/{path}/{lead.id}"
            self._login(self.anna)
            self.assertIn(f"{url}/return", self._get(url).text)
            self._post(url, f"{url}/return", 422, reason_id=self.reason_explained.id)
            self.assertEqual(lead.reseller_state, "accepted")
            page = self._post(
                url, f"{url}/return", reason_id=self.reason.id, comment="No interest"
            )
            self.assertIn("You gave the lead back", page.text)
            self.assertEqual(lead.reseller_offer_ids[:1].state, "returned")
            self._get(url, 404)
        past = self._get("/my/leads/past?filterby=returned").text
        self.assertEqual(past.count("Not wanted"), 2)
        self.assertEqual(past.count("No interest"), 2)
        found = self._get("/my/leads/past?search=no+interest").text
        self.assertEqual(found.count("Not wanted"), 2)

    def test_past_offers_are_told_from_the_offer_alone(self):
        lead = self._create_lead(self.alder, name="As it was")
        self._create_lead(self.birch, name="Of another")
        lead.with_user(self.anna).sudo().reseller_decline(self.reason, "Too far")
        lead.name = "Renamed since"
        self._login(self.anna)
        page = self._get_main(self._get("/my/leads/past"))
        for words in ("As it was", "Too far", self.reason.name, "Declined"):
            self.assertIn(words, page)
        for words in (
            "Renamed since",
            "Customer Inc",
            "Berlin",
            "Of another",
            f"/my/leads/{lead.id}",
        ):
            self.assertNotIn(words, page)

    def test_home_leads_to_all_that_waits(self):
        for number in range(6):
            self._create_lead(self.alder, name=f"Pumps {number}", city="Ghent")
        self._login(self.anna)
        home = self._get("/my/home").text
        self.assertIn("6 leads are waiting for your answer", home)
        self.assertIn("Show all 6", home)
        self.assertIn("/my/leads?filterby=waiting", home)

    def test_reasons_that_need_a_comment_say_so_in_the_popup(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        page = self._get(f"/my/leads/{lead.id}").text
        popup = page.partition('id="reseller_decline"')
        reasons = re.findall(r'<input[^>]*name="reason_id"[^>]*>', popup[2])
        needing = [text for text in reasons if 'data-needs-comment="1"' in text]
        self.assertIn(f'value="{self.reason_explained.id}"', " ".join(needing))
        self.assertNotIn(f'value="{self.reason.id}"', " ".join(needing))
        self.assertIn("o_reseller_required", popup[2])

    def test_what_a_level_does_not_allow_is_explained(self):
        deal = self._create_deal(self.anna)
        self.level.can_edit_opportunity = False
        self._login(self.anna)
        page = self._get_main(self._get(f"/my/opportunities/{deal.id}"))
        self.assertIn("cannot change these figures", page)
        self.assertIn(self.salesman.name, page)

    def test_our_own_people_are_sent_to_the_backend(self):
        lead = self._create_lead(self.alder)
        self._login(self.salesman)
        answer = self.url_open(f"/my/leads/{lead.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/mail/view?model=crm.lead", answer.headers["Location"])

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def test_a_link_is_for_one_person_record_and_purpose(self):
        lead, other = self._create_lead(self.alder), self._create_lead(self.alder)
        offer, person = lead.reseller_offer_ids, self.anna.partner_id
        token = offer._get_reseller_link_token("answer", person, HOURS)
        self.assertEqual(offer._check_reseller_link_token("answer", token), person)
        self.assertFalse(offer._check_reseller_link_token("other", token))
        self.assertFalse(
            other.reseller_offer_ids._check_reseller_link_token("answer", token)
        )
        forged = token.replace(f"{person.id}-", f"{self.ben.partner_id.id}-", 1)
        for text in (forged, token[:-1], "", None, "1-2-3", token + "0", "\x00"):
            self.assertFalse(offer._check_reseller_link_token("answer", text), text)

    def test_a_link_ends(self):
        lead = self._create_lead(self.alder)
        offer, person = lead.reseller_offer_ids, self.anna.partner_id
        with patch(
            "odoo.addons.crm_reseller_portal.models.reseller_link_mixin.time.time",
            lambda: 1000.0,
        ):
            old = offer._get_reseller_link_token("answer", person, HOURS)
            self.assertTrue(offer._check_reseller_link_token("answer", old))
        self.assertFalse(offer._check_reseller_link_token("answer", old), "expired")
        token = offer._get_reseller_link_token("answer", person, HOURS)
        lead.with_user(self.anna).sudo().reseller_accept()
        self.assertFalse(offer._check_reseller_link_token("answer", token), "used up")
