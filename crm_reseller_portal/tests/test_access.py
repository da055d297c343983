import html
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

from .common import ResellerPortalCase

SECRETS = ("Carla", "carla@customer.example", "1234567", "Secret Lane")


@tagged("post_install", "-at_install")
class TestAccess(ResellerPortalCase):
    """Who gets in, and what stays inside."""

    def _get_urls(self, lead):
        return [
            f"/my/leads/{lead.id}",
            f"/my/leads/{lead.id}/decline",
            f"/my/leads/{lead.id}/accept",
            f"/my/leads/{lead.id}/convert",
            f"/my/leads/{lead.id}/attach",
            f"/my/leads/{lead.id}/delegate",
            f"/my/leads/{lead.id}/documents/1",
            f"/my/opportunities/{lead.id}",
            f"/my/opportunities/{lead.id}/update",
            f"/my/opportunities/{lead.id}/contact",
            f"/my/opportunities/{lead.id}/outcome",
            f"/my/opportunities/{lead.id}/attach",
            f"/my/opportunities/{lead.id}/documents/1",
        ]

    def test_foreign_and_missing_look_alike(self):
        lead = self._create_lead(self.alder)
        deal = self._create_deal(self.anna)
        for user in (self.bob, self.stranger):
            self._login(user)
            for record in (lead, deal, lead.browse(2**31 - 1)):
                for url in self._get_urls(record):
                    page = self._get(url, 404).text
                    self.assertNotIn("Forty pumps", page)
                    self.assertNotIn("Alder", page)
        self.assertEqual(lead.reseller_state, "pending")
        # the team is led to its own pages, whether there is such a lead or not
        self._login(self.salesman)
        for number in (lead.id, 2**31 - 1):
            self.assertRegex(self._get(f"/my/leads/{number}").url, r"/web|/odoo")
        self._login(self.bob)
        for number in (0, 2**31, 10**30):
            self._get(f"/my/leads/{number}", 404)

    def test_posts_by_the_wrong_people_change_nothing(self):
        lead = self._create_lead(self.alder)
        deal = self._create_deal(self.anna)
        names = ["expected_revenue", "reseller_contact_id", "type", "message_ids"]
        before = deal.read(names)[0]
        for user in (self.bob, self.stranger, self.salesman):
            self._login(user)
            token = self._get_token()
            data = {
                "csrf_token": token,
                "reason_id": self.reason.id,
                "expected_revenue": "1",
                "outcome": "won",
                "note": "x",
                "colleague_id": user.partner_id.id,
            }
            for record in (lead, deal):
                for url in self._get_urls(record):
                    if "/documents/" not in url and url.count("/") > 3:
                        self._send(url, 404, **data)
        self.assertEqual(lead.reseller_state, "pending")
        self.env.invalidate_all()
        self.assertEqual(deal.read(names)[0], before)

    def test_no_one_else_sees_lists_or_cards(self):
        self._create_lead(self.alder)
        for user in (self.stranger, self.salesman):
            self._login(user)
            self._get("/my/leads", 404)
            self._get("/my/opportunities", 404)
            home = self._get("/my/home").text
            self.assertNotIn("/my/leads", home)
        self._login(self.bob)
        self.assertNotIn("Forty pumps", self._get("/my/leads").text)
        self.assertNotIn("waits for your answer", self._get("/my/home").text)

    def test_no_token_no_change(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        self._send(f"/my/leads/{lead.id}/accept", 400, comment="x")
        self._send(f"/my/leads/{lead.id}/accept", 400, csrf_token="x")
        self.assertEqual(lead.reseller_state, "pending")

    def test_reading_changes_nothing(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        for name in ("accept", "convert", "attach", "delegate"):
            self._get(f"/my/leads/{lead.id}/{name}?comment=x&note=y")
        self.assertEqual(lead.reseller_state, "pending")

    def test_a_former_reseller_is_out(self):
        lead = self._create_lead(self.alder)
        self.alder.reseller_level_id = False
        self._login(self.anna)
        self._get("/my/leads", 404)
        self._get(f"/my/leads/{lead.id}", 404)
        self.assertNotIn("/my/leads", self._get("/my/home").text)
        with self.assertRaises(AccessError):
            lead.with_user(self.anna).sudo().reseller_accept()

    def test_an_archived_reseller_is_out(self):
        deal = self._create_deal(self.anna)
        self._login(self.anna)
        self._get(f"/my/opportunities/{deal.id}")
        self.alder.write({"active": False})
        self._get(f"/my/opportunities/{deal.id}", 404)
        self._get("/my/leads", 404)
        with self.assertRaises(AccessError):
            deal.with_user(self.anna).sudo()._reseller_post("still here")

    def test_person_in_charge(self):
        free, assigned = self._create_lead(self.alder), self._create_deal(self.anna)
        for user, leads in (
            (self.anna, free | assigned),
            (self.ben, free),
            (self.sue, free | assigned),
            (self.bob, free.browse()),
        ):
            found = self.env["crm.lead"].search(
                user._get_reseller_lead_domain(), order="id"
            )
            self.assertEqual(found, leads, user.login)

    # ------------------------------------------------------------
    # Over RPC
    # ------------------------------------------------------------

    def test_no_write_reaches_any_field(self):
        deal = self._create_deal(self.anna)
        mine = deal.with_user(self.anna)
        for name, field in self.env["crm.lead"]._fields.items():
            if field.store and not field.compute:
                # AccessError, or what guards the offers' mirror speaks up before
                with self.assertRaises(UserError, msg=name):
                    mine.write({name: False})
        for name in (
            "unlink",
            "copy",
            "action_set_won",
            "action_set_lost",
            "toggle_active",
        ):
            method = getattr(mine, name, None)
            if method:
                with self.assertRaises(AccessError, msg=name):
                    method()
        with self.assertRaises(AccessError):
            mine.create({"name": "x"})

    def test_a_login_has_no_rights_on_leads(self):
        deal = self._create_deal(self.anna)
        Lead = self.env["crm.lead"].with_user(self.anna)
        self.env.invalidate_all()
        for ask in (
            lambda: Lead.browse(deal.id).read(["type"]),
            lambda: Lead.search([]),
            lambda: Lead.search_count([]),
            lambda: Lead._read_group([], ["type"], ["__count"]),
            lambda: Lead.name_search("Forty"),
            lambda: Lead.onchange({}, [], {"name": {}}),
            lambda: Lead.browse(deal.id).reseller_convert(),
        ):
            with self.assertRaises(AccessError):
                ask()
        self.assertFalse(
            self.env["ir.model.access"].search(
                [
                    ("model_id.model", "=like", "crm.%"),
                    (
                        "group_id",
                        "in",
                        self.anna[get_all_groups_field(self.anna)].ids,
                    ),
                ]
            )
        )

    def test_messages_come_through_the_page_alone(self):
        deal = self._create_lead(type="opportunity")
        message = deal.message_post(
            body="To whom it may concern",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        deal.assign_to_reseller(self.alder)
        deal.with_user(self.anna).sudo().reseller_accept()
        Message = self.env["mail.message"].with_user(self.anna)
        self.assertNotIn(message, Message.search([("res_id", "=", deal.id)]))
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            Message.browse(message.id).read(["body"])
        self._login(self.anna)
        self.assertIn(
            "To whom it may concern", self._get(f"/my/opportunities/{deal.id}").text
        )

    def test_a_failed_mail_does_not_undo_an_answer(self):
        lead = self._create_lead(self.alder)
        self.salesman.notification_type = "email"
        lead.with_user(self.anna).sudo().reseller_accept("Yes")
        message = lead.message_ids.filtered(
            lambda m: m.author_id == self.anna.partner_id
        )
        notices = message.notification_ids
        self.assertTrue(notices)
        notices.write({"notification_status": "exception"})
        # what Odoo does when the mail server refuses
        message.with_user(self.anna).sudo()._notify_message_notification_update()
        message.with_user(self.anna)._notify_message_notification_update()
        self.assertEqual(lead.reseller_state, "accepted")

    def test_answers_follow_the_person_in_charge(self):
        lead = self._create_lead(self.alder)
        for user in (self.bob, self.stranger):
            with self.assertRaises(AccessError):
                lead.with_user(user).sudo().reseller_accept()
        lead.with_user(self.anna).sudo().reseller_accept("first")
        with self.assertRaises(UserError):
            lead.with_user(self.ben).sudo().reseller_convert()
        lead.with_user(self.anna).sudo().reseller_accept("second")
        self.assertEqual(lead.reseller_offer_ids.comment, "first")

    def test_no_one_answers_over_rpc(self):
        lead = self._create_lead(self.alder)
        mine = lead.with_user(self.anna)
        for ask in (
            lambda: mine.reseller_accept(),
            lambda: mine.reseller_decline(self.reason.id),
            lambda: mine.reseller_convert(),
            lambda: mine.reseller_withdraw(),
        ):
            with self.assertRaises(AccessError):
                ask()
        self.assertEqual(lead.reseller_state, "pending")

    def test_public_methods_defend_themselves(self):
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_report_outcome("won")
        for name in (
            "action_confirm_reseller_outcome",
            "action_reject_reseller_outcome",
            "action_view_as_reseller",
        ):
            with self.assertRaises(AccessError, msg=name):
                getattr(deal.with_user(self.anna), name)()
        self.assertEqual(deal.reseller_outcome_ids.state, "reported")
        with self.assertRaises(AccessError):
            self.alder.with_user(self.anna).action_open_reseller_portal_access()
        with self.assertRaises(AccessError):
            deal.reseller_outcome_ids.with_user(self.anna).read(["comment"])
        with self.assertRaises(AccessError):
            deal.reseller_outcome_ids.with_user(self.salesman).write({"state": "x"})

    # ------------------------------------------------------------
    # What is hidden
    # ------------------------------------------------------------

    def test_contact_waits_for_the_answer(self):
        self.env["res.company"].sudo().search([]).write(
            {"reseller_hide_contact_details": True}
        )
        lead = self._create_lead(
            self.alder,
            name="Carla wants pumps",
            description="<p>Ring <b>Carla</b> Customer: +49 30 1234567, "
            "carla@customer.example, forty pumps, Secret Lane 5.</p>",
        )
        lead.message_post(
            body="Carla called",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._login(self.anna)
        url = f"/my/leads/{lead.id}"
        for page in ("/my/home", "/my/leads", url, f"{url}/decline"):
            text = self._get(page).text
            for secret in SECRETS:
                self.assertNotIn(secret, text, page)
        self.assertIn("forty pumps", self._get(url).text)
        self.assertIn("Berlin", self._get(url).text)
        self.assertNotIn(url, self._get("/my/leads?search=Carla").text)
        self.assertIn(url, self._get("/my/leads?search=Berlin").text)
        text = self._post(url, f"{url}/accept").text
        for secret in (*SECRETS, "Carla called"):
            self.assertIn(secret, text)

    def test_what_others_said_stays_inside(self):
        lead = self._create_lead(self.birch)
        lead.message_post(
            body="Dear Birch people",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.bob.partner_id.ids,
        )
        lead.with_user(self.bob).sudo().reseller_decline(self.reason, "Birch cannot")
        lead.message_post(body="Internal words", subtype_xmlid="mail.mt_note")
        lead.message_post(
            body="Words for all",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        lead.assign_to_reseller(self.alder)
        secret = self.env["ir.attachment"].create(
            {
                "name": "margin.pdf",
                "raw": b"x",
                "res_model": "crm.lead",
                "res_id": lead.id,
            }
        )
        lead.with_user(self.anna).sudo().reseller_accept("Anna takes it")
        self._login(self.anna)
        url = f"/my/leads/{lead.id}"
        text = self._get(url).text
        for words in ("Birch", "Internal words", "margin.pdf", self.bob.name):
            self.assertNotIn(words, text)
        for words in ("Words for all", "Anna takes it"):
            self.assertIn(words, text)
        self._get(f"{url}/documents/{secret.id}", 404)
        answer = self.url_open(f"/web/content/{secret.id}")
        self.assertNotEqual(answer.content, b"x")
        self.assertEqual(answer.status_code, 404)
        # the next day the former holder is told what became of it, no more
        self._login(self.bob)
        text = self._get(url, 404).text
        self.assertIn("Your company declined this lead", text)
        self.assertNotIn("Forty pumps", text)
        self.assertNotIn("Alder", text)

    def test_own_documents_only(self):
        deal, other = self._create_deal(self.anna), self._create_deal(self.bob)
        message = (
            other.with_user(self.bob).sudo()._reseller_post("", [("b.pdf", b"%PDF-b")])
        )
        self._login(self.anna)
        number = message.attachment_ids.id
        self._get(f"/my/opportunities/{deal.id}/documents/{number}", 404)
        self._get(f"/my/opportunities/{other.id}/documents/{number}", 404)
        self.assertNotEqual(self.url_open(f"/web/content/{number}").content, b"%PDF-b")

    # ------------------------------------------------------------
    # Old pages
    # ------------------------------------------------------------

    def test_double_click_counts_once(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}/accept"
        self._login(self.anna)
        token = self._get_token()
        self._send(url, comment="once", csrf_token=token)
        page = self._send(url, comment="twice", csrf_token=token)
        self.assertIn("the lead is yours", page.text)
        self.assertEqual(lead.reseller_offer_ids.comment, "once")
        page = self._send(
            f"/my/leads/{lead.id}/decline",
            409,
            reason_id=self.reason.id,
            csrf_token=token,
        )
        self.assertIn("accepted already", page.text)

    def test_two_colleagues_at_once(self):
        lead = self._create_lead(self.alder)
        self._login(self.ben)
        token = self._get_token()
        lead.with_user(self.anna).sudo().reseller_accept()
        page = self._send(f"/my/leads/{lead.id}/accept", 404, csrf_token=token)
        self.assertIn(f"{self.anna.name} takes care of this lead", page.text)
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)

    def test_gone_meanwhile(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        token = self._get_token()
        lead.assign_to_reseller(self.birch)
        page = self._send(f"/my/leads/{lead.id}/accept", 404, csrf_token=token)
        self.assertIn("taken this lead back", page.text)
        self.assertNotIn("Birch", page.text)
        self.assertEqual(lead.reseller_id, self.birch)

    def test_expired_a_second_ago(self):
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        token = self._get_token()
        lead.reseller_offer_ids.sudo().due_on = fields.Datetime.now() - timedelta(
            seconds=1
        )
        lead.reseller_offer_ids._update_state(("pending",), "expired")
        page = self._send(f"/my/leads/{lead.id}/accept", 404, csrf_token=token)
        self.assertIn("time to answer ended", page.text)
        self.assertEqual(lead.reseller_state, "expired")

    def test_a_lead_cannot_be_converted_unasked(self):
        lead = self._create_lead(self.alder)
        url = f"/my/leads/{lead.id}"
        page = self._post_as(self.anna, f"{url}/convert", 409)
        self.assertIn("Accept", page.text)
        self.level.can_convert = False
        self._post_as(self.anna, f"{url}/accept")
        self.assertIn("from our team will convert this lead", self._get(url).text)
        self.assertNotIn("/convert", self._get(url).text)
        self._post_as(self.anna, f"{url}/convert", 409)
        self.assertEqual(lead.type, "lead")

    def test_level_says_what_may_be_done(self):
        deal = self._create_deal(self.anna)
        url = f"/my/opportunities/{deal.id}"
        self.level.write({"can_edit_opportunity": False, "can_report_outcome": False})
        self._login(self.anna)
        text = self._get(url).text
        # the card of the customer to take along ends in .vcf
        for words in ("/update", '/contact"', "/outcome"):
            self.assertNotIn(words, text)
        self.assertIn("Expected revenue", text)
        for name, data in (
            ("update", {"expected_revenue": "5"}),
            ("contact", {"contact_name": "X"}),
            ("outcome", {"outcome": "won"}),
        ):
            self._post_as(self.anna, f"{url}/{name}", 409, **data)
        self.assertNotEqual(deal.expected_revenue, 5)
        self.assertFalse(deal.reseller_outcome_ids)

    def test_preview_is_for_managers(self):
        lead = self._create_lead(self.alder)
        url = f"/crm_reseller_portal/preview/{lead.id}"
        for user in (self.anna, self.bob, self.stranger, self.salesman):
            self._login(user)
            self._get(url, 404)
        self.salesman.write(
            {"groups_id": [(4, self.env.ref("sales_team.group_sale_manager").id)]}
        )
        self._login(self.salesman)
        text = self._get(url).text
        self.assertIn("This is what Alder Ltd sees", text)
        note, inert, rest = text.partition(" inert=")
        self.assertTrue(inert, "its buttons do nothing")
        # what the manager can use: a way back, and no way to lists of its own
        back = re.search(r'href="(/mail/view[^"]+)"', note)
        self.assertIn("Forty pumps", rest)
        self.assertNotIn('href="/my/leads"', text)
        page = self._get(html.unescape(back.group(1)))
        self.assertRegex(page.url, r"/web|/odoo")
        self.assertEqual(lead.reseller_state, "pending")
