from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_progress import ProgressCase


@tagged("post_install", "-at_install")
class TestNotifications(ProgressCase):
    """What people of resellers are notified of, and how."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.reseller.notice"].search([]).unlink()

    def _choose(self, choice):
        """Let everybody choose the same for every event."""
        self.patch(
            type(self.env["res.partner"]),
            "_get_reseller_notification",
            lambda person, event: choice,
        )

    def _notices(self, person=None):
        person = person or self.anna.partner_id
        return self.env["crm.reseller.notice"].search([("partner_id", "=", person.id)])

    def _send(self):
        """Send what waits; return the mails."""
        before = self.env["mail.mail"].search([])
        self.env["crm.reseller.notice"]._cron_send_notices()
        return self.env["mail.mail"].search([]) - before

    def test_every_event_is_sent_at_once_by_default(self):
        person = self.env["res.partner"].create({"name": "Somebody"})
        events = person._get_reseller_notification_events()
        self.assertIn("message", events)
        for event, words in events.items():
            with self.subTest(event=event):
                self.assertTrue(words["label"])
                self.assertEqual(person._get_reseller_notification(event), "now")
        told = set(self.env["crm.lead"]._get_reseller_told_fields())
        self.assertLessEqual(told, set(events))

    # ------------------------------------------------------------
    # CHANGES OF THE TEAM
    # ------------------------------------------------------------

    def test_changes_of_the_team_are_on_the_page_and_in_one_mail(self):
        team = self.deal.with_user(self.salesman)
        team.write({"expected_revenue": 2500, "date_deadline": "2031-05-12"})
        team.write({"expected_revenue": 2600})
        self.assertEqual(
            self._notices().mapped("event"), ["amount", "closing", "amount"]
        )
        self._login(self.anna)
        text = self._get_main(self._get(self.page))
        self.assertIn("2,500.00", text)
        self.assertIn("05/12/2031", text)
        mails = self._send()
        self.assertEqual(len(mails), 1)
        self.assertEqual(mails.recipient_ids, self.anna.partner_id)
        self.assertIn("Forty pumps", mails.body_html)
        self.assertIn("2,600.00", mails.body_html)
        self.assertIn(self.page, mails.body_html)
        self.assertFalse(self._notices())
        self.assertFalse(self._send())

    def test_a_new_salesperson_is_named(self):
        other = new_test_user(
            self.env,
            "portal_seller",
            groups="sales_team.group_sale_salesman",
            name="Sally Sellers",
        )
        self.deal.user_id = other
        self.assertEqual(self._notices().event, "salesperson")
        self.assertIn("Sally Sellers", self._notices().text)

    def test_what_changes_nothing_or_comes_from_the_reseller_is_no_news(self):
        self.deal.write({"expected_revenue": 1000.0, "priority": "2"})
        self.mine._reseller_update({"expected_revenue": 7.0})
        self.deal.action_set_lost()
        self.deal.write({"expected_revenue": 70})
        self._create_lead(self.alder).expected_revenue = 4
        self.assertFalse(self._notices())

    def test_digest_and_none(self):
        self._choose("none")
        self.deal.expected_revenue = 2
        self.assertFalse(self._notices())
        self._login(self.anna)
        self.assertIn("2.00", self._get_main(self._get(self.page)))
        self._choose("digest")
        self.deal.expected_revenue = 3
        self.assertFalse(self._notices())
        kept = self.env["crm.reseller.digest"].search(
            [("partner_id", "=", self.anna.partner_id.id)]
        )
        self.assertEqual(kept.text, "Forty pumps")
        self.assertEqual(kept.path, self.page)
        self.assertIn("3.00", kept.detail)

    def test_a_mail_that_cannot_be_made_stops_no_other(self):
        other = self._create_deal(self.ben)
        (self.deal | other).write({"expected_revenue": 5})
        Template = type(self.env["mail.template"])
        send = Template.send_mail_batch

        def fail_for_anna(template, ids, **kwargs):
            if self.anna.partner_id.id in ids:
                raise ValueError("no mail for Anna")
            return send(template, ids, **kwargs)

        self.patch(Template, "send_mail_batch", fail_for_anna)
        with mute_logger(
            "odoo.addons.crm_reseller_base.models.crm_reseller_bundle_mixin"
        ):
            mails = self._send()
        self.assertEqual(mails.recipient_ids, self.ben.partner_id)
        self.assertTrue(self._notices())

    def test_a_deal_that_was_lost_meanwhile_is_not_mailed(self):
        self.deal.expected_revenue = 2
        self.deal.reseller_withdraw()
        self.assertFalse(self._send())
        self.assertFalse(self._notices())

    def test_the_next_reseller_does_not_read_it(self):
        self.deal.expected_revenue = 123456
        self.deal.reseller_withdraw()
        self.deal.assign_to_reseller(self.birch)
        self.deal.with_user(self.bob).sudo().reseller_accept()
        self._login(self.bob)
        history = self._get_main(self._get(self.page)).partition("history")[2]
        self.assertNotIn("1,000.00 →", history)

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _write(self, body="<p>When will you meet?</p>", files=(), user=None):
        wizard = (
            self.env["crm.reseller.message"]
            .with_user(user or self.salesman)
            .create({"lead_id": self.deal.id, "body": body})
        )
        wizard.attachment_ids = (
            self.env["ir.attachment"]
            .with_user(user or self.salesman)
            .create(
                [
                    {"name": name, "raw": b"words", "res_model": wizard._name}
                    for name in files
                ]
            )
        )
        self.assertIn("Alder Ltd", wizard.recipient)
        wizard.action_send()
        return self.deal.message_ids[:1]

    def test_a_message_with_files_reaches_the_reseller_alone(self):
        self.deal.message_subscribe(self.stranger.partner_id.ids)
        message = self._write(files=["plan.txt"])
        self.assertTrue(message.reseller_visible)
        self.assertEqual(message.notified_partner_ids, self.anna.partner_id)
        self._login(self.anna)
        page = self._get(self.page)
        self.assertIn("When will you meet?", page.text)
        self.assertIn("plan.txt", page.text)
        file = message.attachment_ids
        self._get(f"{self.page}/documents/{file.id}")
        self._login(self.bob)
        self._get(f"{self.page}/documents/{file.id}", 404)

    def test_a_message_before_the_answer_is_shown(self):
        self.env["res.company"].search([]).write(
            {"reseller_hide_contact_details": True}
        )
        self.deal = self._create_lead(self.alder)
        self._write()
        self._login(self.anna)
        self.assertIn(
            "When will you meet?", self._get(f"/my/leads/{self.deal.id}").text
        )

    def test_a_message_waits_for_the_digest(self):
        self._choose("digest")
        message = self._write()
        self.assertFalse(message.notified_partner_ids)
        self._login(self.anna)
        self.assertIn("When will you meet?", self._get(self.page).text)
        formats = self.anna._get_reseller_formats()
        sections = self.anna._get_reseller_digest_sections(formats)
        (waiting,) = (each for each in sections if each["key"] == "messages")
        self.assertEqual(waiting["lines"][0]["title"], "Forty pumps")

    def test_who_writes_what(self):
        with self.assertRaises(UserError):
            self._write(body="<p><br></p>")
        free = self._create_lead()
        with self.assertRaises(UserError):
            free.with_user(self.salesman).action_message_reseller()
        for user in (self.anna, self.stranger):
            with self.assertRaises(AccessError):
                self._write(user=user)
            with self.assertRaises(AccessError):
                self.deal.with_user(user).action_message_reseller()
        action = self.deal.with_user(self.salesman).action_message_reseller()
        self.assertEqual(action["context"]["default_lead_id"], self.deal.id)

    # ------------------------------------------------------------
    # DEALS THAT DO NOT MOVE
    # ------------------------------------------------------------

    def _remind(self):
        self.env["crm.lead"]._cron_remind_slow_deals()
        self.env.invalidate_all()

    def _asked(self):
        return self.deal.activity_ids.filtered(
            lambda activity: activity.activity_type_id
            == self.env.ref("crm_reseller_portal.mail_activity_type_slow")
        )

    def _age(self, days):
        """Let the deal have reached its milestone some days ago."""
        self.deal._write_offer_vals(
            {
                "reseller_milestone_on": fields.Datetime.subtract(
                    fields.Datetime.now(), days=days
                )
            }
        )

    def test_first_the_reseller_then_the_salesperson_once_each(self):
        self._reach("contacted")
        self._remind()
        self.assertFalse(self._notices())
        self._age(15)
        self._remind()
        self._remind()
        self.assertEqual(self._notices().mapped("event"), ["idle"])
        self.assertIn("Contacted", self._notices().text)
        self.assertFalse(self._asked())
        self._login(self.anna)
        self.assertIn("was expected yesterday", self._get(self.page).text)
        told_on = self.deal.reseller_milestone_told_on
        self.deal._write_offer_vals(
            {"reseller_milestone_told_on": fields.Datetime.subtract(told_on, days=4)}
        )
        self._remind()
        self._remind()
        self.assertEqual(self._asked().user_id, self.salesman)
        # done, and not asked again; the next milestone starts afresh
        self._asked().action_done()
        self._remind()
        self.assertFalse(self._asked())
        self.assertEqual(len(self._notices()), 1)
        self._reach("qualified")
        self.assertFalse(self.deal.reseller_milestone_told_on)
        self._age(30)
        self._remind()
        self.assertEqual(len(self._notices()), 2)

    def test_moving_on_closes_the_activity(self):
        self._reach("contacted")
        self._age(15)
        self.env.company.reseller_slow_days = 0
        self.env["res.company"].search([]).write({"reseller_slow_days": 0})
        self._remind()
        self.assertTrue(self._asked())
        self._reach("qualified")
        self.assertFalse(self._asked())

    def test_where_nothing_is_expected_no_one_is_reminded(self):
        self.contacted.expected_days = 0
        self._reach("contacted")
        self._age(500)
        self._remind()
        self.assertFalse(self._notices())
        # a deal that ended is expected nowhere
        self.contacted.expected_days = 5
        self.deal.action_set_lost()
        self._remind()
        self.assertFalse(self._notices())
