import html
import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CSRF, ResellerPortalCase


@tagged("post_install", "-at_install")
class TestOldPages(ResellerPortalCase):
    """Pages that were open while something happened; and what can be taken back."""

    def _get_form(self, page, action):
        """Return the fields of a form of a page as a browser would send them."""
        form = re.search(rf'<form[^>]*action="[^"]*/{action}".*?</form>', page, re.S)
        fields_sent = {}
        for tag in re.findall(r"<input[^>]*>", form.group()):
            name = re.search(r'\sname="([^"]+)"', tag)
            value = re.search(r'\svalue="([^"]*)"', tag)
            if name and "checkbox" not in tag:
                fields_sent[name.group(1)] = html.unescape(
                    value.group(1) if value else ""
                )
        for name, options in re.findall(
            r'<select[^>]*\sname="([^"]+)"[^>]*>(.*?)</select>', form.group(), re.S
        ):
            chosen = re.search(r'<option[^>]*value="(\w+)"[^>]*selected', options)
            first = re.search(r'<option[^>]*value="(\w*)"', options)
            fields_sent[name] = (chosen or first).group(1)
        return fields_sent

    # ------------------------------------------------------------
    # Others work on the deal too
    # ------------------------------------------------------------

    def test_what_nobody_touched_is_not_set_back(self):
        deal = self._create_deal(self.anna)
        mine = deal.with_user(self.anna).sudo()
        mine._reseller_plan_step("call", "Call Carla", fields.Date.today())
        url = f"/my/opportunities/{deal.id}"
        self._login(self.anna)
        form = self._get_form(self._get(url).text, "update")
        self.assertEqual(form["was_step_summary"], "Call Carla")
        # in the meantime, elsewhere
        deal.write({"probability": 77, "date_deadline": "2031-05-06"})
        mine._reseller_finish_step()
        self._send(f"{url}/update", **{**form, "expected_revenue": "500"})
        self.assertEqual(deal.expected_revenue, 500)
        self.assertEqual(deal.probability, 77)
        self.assertEqual(str(deal.date_deadline), "2031-05-06")
        self.assertFalse(deal.reseller_step_type, "a finished step comes back")

    def test_the_contacts_data_is_not_set_back(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}/contact"
        self._login(self.anna)
        form = self._get_form(self._get(url).text, "contact")
        deal.write({"phone": "+49 30 999", "country_id": self.env.ref("base.fr").id})
        self._send(url, **{**form, "city": "Hamburg", "show_states": ""})
        self.assertEqual(deal.city, "Hamburg")
        self.assertEqual(deal.phone, "+49 30 999")
        self.assertEqual(deal.country_id, self.env.ref("base.fr"))

    def test_a_note_sent_twice_counts_once(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}/attach"

        def count():
            return len(
                deal.message_ids.filtered(lambda m: "on Friday" in (m.body or ""))
            )

        self._login(self.anna)
        token = self._get_token()
        for _click in range(2):
            self._send(
                url,
                note="They decide\non Friday <soon>",
                csrf_token=token,
                files=[("documents", ("a.txt", b"words"))],
            )
        self.assertEqual(count(), 1)
        self.assertEqual(len(deal.message_ids.attachment_ids), 1)
        # another document, or another person, says something new
        self._send(
            url,
            note="They decide\non Friday <soon>",
            csrf_token=token,
            files=[("documents", ("a.txt", b"other words"))],
        )
        self.assertEqual(count(), 2)
        self._post_as(self.sue, url, note="They decide\non Friday <soon>")
        self.assertEqual(count(), 3)

    def test_a_result_sent_twice_counts_once(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}/outcome"
        self._login(self.anna)
        token = self._get_token()
        for _click in range(2):
            page = self._send(
                url, outcome="won", order_reference="SO77", csrf_token=token
            )
            self.assertIn("Our team will review and confirm", page.text)
        self.assertEqual(len(deal.reseller_outcome_ids), 1)
        page = self._send(url, 409, outcome="won", csrf_token=token)
        self.assertIn("reported already", page.text)

    # ------------------------------------------------------------
    # Taken back
    # ------------------------------------------------------------

    def test_a_result_is_taken_back(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        self._login(self.anna)
        self._post(url, f"{url}/outcome", outcome="won")
        page = self._post(url, f"{url}/outcome", outcome="withdraw")
        self.assertIn("The report was withdrawn", page.text)
        self.assertIn("Report won", page.text)
        self.assertEqual(deal.reseller_outcome_ids.state, "withdrawn")
        self.assertFalse(deal.with_user(self.salesman).reseller_reported_outcome)
        self.assertIn("Took back the reported result", deal.message_ids[0].body)
        messages = len(deal.message_ids)
        self._post(url, f"{url}/outcome", outcome="withdraw")
        self.assertEqual(len(deal.message_ids), messages)
        deal.with_user(self.salesman).action_confirm_reseller_outcome()
        self.assertFalse(deal.stage_id.is_won)

    def test_a_document_is_removed_by_who_added_it(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        mine = deal.with_user(self.anna).sudo()
        document = mine._reseller_post("", [("wrong.pdf", b"%PDF-1")]).attachment_ids
        others = deal.message_post(
            body="From the team",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("ours.pdf", b"%PDF-2")],
        ).attachment_ids
        remove = f"{url}/documents/{document.id}/remove"
        # neither the supervisor nor what the team added
        self._login(self.sue)
        self.assertNotIn("/remove", self._get(url).text)
        page = self._post_as(self.sue, remove, 409)
        self.assertIn("Only who added", page.text)
        self._login(self.anna)
        page = self._get(url).text
        self.assertIn(remove, page)
        self.assertIn("1 kB", page)
        self.assertEqual(page.count("/remove"), 1)
        self._post(url, f"{url}/documents/{others.id}/remove", 409)
        self.assertTrue(document.exists() and others.exists())
        page = self._post(url, remove)
        self.assertFalse(document.exists())
        self.assertIn("The document was removed", page.text)
        self.assertNotIn(f"/documents/{document.id}", page.text)
        self.assertIn("Removed the document wrong.pdf", deal.message_ids[0].body)
        self.assertEqual(deal.message_ids[0].author_id, self.anna.partner_id)
        # twice is as good as once
        messages = len(deal.message_ids)
        self._post(url, remove)
        self.assertEqual(len(deal.message_ids), messages)
        # a closed deal keeps what belongs to it
        kept = mine._reseller_post("", [("order.pdf", b"%PDF-3")]).attachment_ids
        deal.action_set_won()
        self._post_as(self.anna, f"{url}/documents/{kept.id}/remove", 409)
        self.assertTrue(kept.exists())

    # ------------------------------------------------------------
    # The session ended
    # ------------------------------------------------------------

    def test_a_form_sent_after_the_session_ended(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        self.authenticate(None, None)
        page = self.url_open(f"{url}/accept", data={"comment": "x"})
        self.assertIn("/web/login", page.url)
        self.assertIn(f"leads%2F{lead.id}%2Faccept", page.url)
        # where the sign-in leads to: the page, and a word that nothing was sent
        self._login(self.anna)
        page = self._get(f"{url}/accept?")
        self.assertTrue(page.url.endswith(f"{url}?done=again"))
        self.assertIn("Your session expired and nothing was sent", page.text)
        self.assertEqual(lead.reseller_state, "pending")

    def test_a_form_of_an_earlier_session_loses_no_words(self):
        lead = self._create_lead(self.alder)
        deal = self._create_deal(self.anna)
        self._login(self.anna)
        for url, back, name in (
            (f"/my/leads/{lead.id}/accept", f"/my/leads/{lead.id}", "comment"),
            (f"/my/leads/{lead.id}/decline", f"/my/leads/{lead.id}/decline", "comment"),
            (
                f"/my/opportunities/{deal.id}/attach",
                f"/my/opportunities/{deal.id}",
                "note",
            ),
        ):
            page = self._send(
                url, 400, csrf_token="0" * 40 + "o1999999999", **{name: "Long <words>"}
            )
            self.assertIn("Please submit again", page.text, url)
            self.assertIn("Long &lt;words&gt;", page.text)
            self.assertIn(f'href="{back}"', page.text)
            self.assertEqual(page.text.count("<h1"), 1)
            self.assertIn("<title>Please submit again", page.text)
            # nothing that a strange site sent may be one click from being done
            self.assertFalse(CSRF.search(page.text), url)
        self.assertEqual(lead.reseller_state, "pending")
        self._login(self.stranger)
        page = self._send(url, 400, csrf_token="x", note="Long words")
        self.assertNotIn("Long words", page.text)

    # ------------------------------------------------------------
    # Closed, removed, overdue
    # ------------------------------------------------------------

    def test_a_lead_removed_while_its_page_was_open(self):
        lead = self._create_lead(self.alder)
        number = lead.id
        self._login(self.anna)
        token = self._get_token()
        lead.unlink()
        page = self._send(f"/my/leads/{number}/accept", 404, csrf_token=token)
        self.assertIn("This lead is not among yours", page.text)
        self.assertIn("Nothing was changed", page.text)
        self.assertIn('href="/my/leads"', page.text)

    def test_a_lead_closed_while_its_page_was_open(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        self._post_as(self.anna, f"{url}/accept")
        lead.action_set_lost()
        page = self._get(url).text
        self.assertIn("Our team closed this lead", page)
        self.assertNotIn("/convert", page)
        page = self._post_as(self.anna, f"{url}/convert", 409)
        self.assertIn("is closed", page.text)

    def test_merged_while_its_page_was_open(self):
        lead, other = self._create_lead(self.alder), self._create_lead(None)
        other.write({"name": "The one that stays", "type": "opportunity"})
        self._login(self.anna)
        token = self._get_token()
        merged = (lead | other).merge_opportunity()
        gone = (lead | other) - merged
        page = self._send(f"/my/leads/{gone.id}/accept", 404, csrf_token=token)
        self.assertIn("may have been merged", page.text)
        self.assertEqual(merged.reseller_state, "pending")
        self._send(f"/my/leads/{merged.id}/accept", csrf_token=token)
        self.assertEqual(merged.reseller_state, "accepted")

    def test_an_overdue_answer_is_called_so(self):
        lead = self._create_lead(self.alder)
        lead._write_offer_vals(
            {"reseller_due_on": fields.Datetime.now() - timedelta(hours=5)}
        )
        self._login(self.anna)
        for url, words in (
            ("/my/home", "overdue since"),
            ("/my/leads", "Overdue</span>"),
            (f"/my/leads/{lead.id}", "overdue since"),
        ):
            text = self._get_main(self._get(url))
            self.assertIn(words, text, url)
            self.assertNotIn("until <", text, url)

    def test_a_deal_won_or_lost_by_the_team_settles_the_report(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too dear (test)"})
        for end, more, state, words in (
            ("action_set_won", {}, "confirmed", "We confirm: this deal is won"),
            (
                "action_set_lost",
                {"lost_reason_id": reason.id},
                "rejected",
                "closed this deal as lost",
            ),
        ):
            deal = self._create_deal(self.anna)
            deal.with_user(self.anna).sudo()._reseller_report_outcome("won")
            getattr(deal.with_user(self.salesman), end)(**more)
            self.assertEqual(deal.reseller_outcome_ids.state, state, end)
            self.assertIn(words, deal.message_ids[0].body)
            self.assertFalse(deal.with_user(self.salesman).reseller_reported_outcome)

    def test_a_deal_that_could_not_be_closed_keeps_its_report(self):
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_report_outcome("won")
        # whatever keeps it from being won without an error: another addon, for one
        self.patch(type(deal), "action_set_won", lambda leads: True)
        deal.with_user(self.salesman).action_confirm_reseller_outcome()
        self.assertEqual(deal.reseller_outcome_ids.state, "reported")

    def test_a_reopened_deal_can_be_reported_again(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        mine = deal.with_user(self.anna).sudo()
        mine._reseller_report_outcome("won")
        deal.with_user(self.salesman).action_confirm_reseller_outcome()
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        # an administrator's way around the pipeline's rules
        deal.with_context(skip_stage_transition_check=True).stage_id = stage
        self._login(self.anna)
        page = self._get(url).text
        self.assertIn("Report won", page)
        self.assertNotIn("This deal is won", page)
        mine._reseller_report_outcome("won")
        self.assertEqual(
            deal.reseller_outcome_ids.mapped("state"), ["reported", "confirmed"]
        )

    # ------------------------------------------------------------
    # Long histories, people who leave
    # ------------------------------------------------------------

    def test_older_entries_and_documents_are_a_click_away(self):
        deal = self._create_deal(self.anna)
        mine = deal.with_user(self.anna).sudo()
        mine._reseller_post("The very first", [("first.pdf", b"%PDF-1")])
        for number in range(31):
            mine._reseller_post(f"note {number}")
        url = f"/my/opportunities/{deal.id}"
        self._login(self.anna)
        page = self._get(url).text
        self.assertNotIn("The very first", page)
        self.assertIn(f'href="{url}?history=all#history"', page)
        page = self._get(f"{url}?history=all").text
        self.assertIn("The very first", page)
        self.assertIn("first.pdf", page)
        self.assertNotIn("history=all", page.partition("<main>")[2])

    def test_who_leaves_hears_no_more_and_leaves_the_lead_free(self):
        leads = self._create_deal(self.anna) | self._create_lead(self.alder)
        leads[1].with_user(self.anna).sudo().reseller_accept()
        leads[0].with_user(self.anna).sudo()._reseller_plan_step(
            "call", "Call Carla", "2031-01-31"
        )
        hers = self._create_deal(self.sue)
        self.assertIn(self.anna.partner_id, leads[0].message_partner_ids)
        self._login(self.ben)
        self._get(f"/my/opportunities/{leads[0].id}", 404)
        # she goes to the other reseller
        self.anna.partner_id.parent_id = self.birch
        self.assertFalse(leads.reseller_contact_id)
        self.assertNotIn(self.anna.partner_id, leads.message_partner_ids)
        self.assertNotEqual(
            leads[0].reseller_notice_partner_id, self.anna.partner_id, "mails"
        )
        self.assertIn(
            "What was planned: Call: Call Carla", leads[0].message_ids[0].body
        )
        self.assertEqual(leads[0].reseller_step_note, "Call Carla")
        self.assertEqual(hers.reseller_contact_id, self.sue.partner_id)
        self._get(f"/my/opportunities/{leads[0].id}")
        self._login(self.anna)
        self._get(f"/my/opportunities/{leads[0].id}", 404)

    def test_who_loses_the_account_leaves_the_lead_free(self):
        deal = self._create_deal(self.anna)
        self.anna.partner_id._set_portal_role("none")
        self.assertFalse(self.anna.active)
        self.assertFalse(deal.reseller_contact_id)
        self._login(self.ben)
        self._get(f"/my/opportunities/{deal.id}")

    def test_leads_of_another_of_our_companies_can_be_opened(self):
        other = self.env["res.company"].create({"name": "Our second company"})
        lead = self._create_lead(
            None, company_id=other.id, user_id=False, team_id=False
        )
        lead.assign_to_reseller(self.alder)
        self.assertNotIn(other, self.anna.company_ids)
        self._login(self.anna)
        url = f"/my/leads/{lead.id}"
        self.assertIn("Forty pumps", self._get(url).text)
        self.assertIn(url, self._get("/my/leads").text)
        self._post(url, f"{url}/accept")
        self.assertEqual(lead.reseller_state, "accepted")
        self._post(url, f"{url}/convert")
        self.assertEqual(lead.type, "opportunity")

    # ------------------------------------------------------------
    # Errors are found
    # ------------------------------------------------------------

    def test_errors_are_listed_and_lead_to_their_fields(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        for path, page, data, targets in (
            (
                f"{url}/update",
                url,
                {"expected_revenue": "abc", "step_summary": "x", "step_date": "soon"},
                ["reseller_expected_revenue", "reseller_step_date"],
            ),
            (f"{url}/attach", url, {"note": ""}, ["reseller_note"]),
            (f"{url}/contact", url, {"email_from": "x"}, ["reseller_email_from"]),
            (f"{url}/outcome", url, {"outcome": "lost"}, [r"reseller_lost_\d+"]),
        ):
            page = self._post_as(self.anna, path, 422, **data).text
            self.assertIn("<title>Please check: ", page)
            alert = re.search(r'<div[^>]*role="alert".*?</div>', page, re.S).group()
            self.assertIn("autofocus", alert)
            links = re.findall(r'href="#([^"]+)"', alert)
            for target in targets:
                found = [link for link in links if re.fullmatch(target, link)]
                self.assertTrue(found, f"{path}: {target} in {links}")
                self.assertIn(f'id="{found[0]}"', page)
