"""The life of an offer: answers, deadlines, moving on, merging."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ..const import NO_NOTICE
from .common import ResellerCase

MONDAY = datetime(2026, 3, 2, 9, 0)  # nothing special about it


@tagged("post_install", "-at_install")
class TestOffer(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.bob = cls.make_portal_user(cls.beta, "bob")
        cls.lead = cls.make_leads()
        cls.env.company.resource_calendar_id.tz = "UTC"

    def offer(self, reseller=None, lead=None):
        lead = lead or self.lead
        lead.assign_to_reseller(reseller or self.alfa)
        return lead.reseller_offer_ids.sorted("id")[-1]

    def as_reseller(self, user, lead=None):
        """The leads as a portal controller has them: elevated, in the user's name."""
        return (lead or self.lead).with_user(user).sudo()

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    def test_accept(self):
        offer = self.offer()
        self.as_reseller(self.ann).reseller_accept("We call them today.")
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(offer.comment, "We call them today.")
        self.assertEqual(offer.answered_by_id, self.ann)
        self.assertEqual(self.lead.reseller_state, "accepted")
        self.assertEqual(self.lead.reseller_id, self.alfa)
        self.assertEqual(self.lead.reseller_answered_on, offer.answered_on)
        note = self.lead.message_ids[0]
        self.assertEqual(note.author_id, self.ann.partner_id)
        self.assertIn("Alfa accepted the lead. We call them today.", note.body)

    def test_the_lead_tells_who_answered_when_and_how_fast(self):
        manager = self.make_user("offer_manager", "sales_team.group_sale_manager")
        with freeze_time(MONDAY):
            offer = self.offer()
        with freeze_time(MONDAY + timedelta(hours=3, minutes=30)):
            self.as_reseller(self.ann).reseller_decline(
                self.territory_reason.id, "Too far"
            )
        self.assertEqual(offer.answered_by_id, self.ann)
        self.assertEqual(offer.answered_on, MONDAY + timedelta(hours=3, minutes=30))
        self.assertEqual(offer.response_hours, 3.0, "the lunch break does not count")
        second = self.lead.reseller_offer_ids - offer
        with freeze_time(second.due_on + timedelta(minutes=1)):
            self.env["crm.lead"]._cron_handle_overdue_offers()
        self.assertEqual(second.state, "expired")
        self.assertFalse(second.answered_by_id, "nobody answered")
        other = self.make_leads()
        third = self.offer(lead=other)
        other.with_user(manager).reseller_withdraw("Ours")
        self.assertEqual(third.answered_by_id, manager)
        fourth = self.offer(lead=other)
        other.reseller_withdraw()
        self.assertFalse(fourth.answered_by_id, "the system did it")
        view = self.lead.with_user(manager).get_view(
            self.env.ref("crm.crm_lead_view_form").id, "form"
        )
        columns = etree.fromstring(view["arch"]).xpath(
            "//field[@name='reseller_offer_ids']/*/field[not(@column_invisible)]/@name"
        )
        for name in (
            "reseller_id",
            "state",
            "answered_by_id",
            "answered_on",
            "response_hours",
            "decline_reason_id",
            "comment",
        ):
            self.assertIn(name, columns)

    def test_accept_twice_counts_once(self):
        offer = self.offer()
        self.as_reseller(self.ann).reseller_accept("First")
        answered, notes = offer.answered_on, len(self.lead.message_ids)
        self.as_reseller(self.ann).reseller_accept("Second")
        self.assertEqual((offer.answered_on, offer.comment), (answered, "First"))
        self.assertEqual(len(self.lead.message_ids), notes)

    def test_comment_is_not_markup(self):
        self.offer()
        self.as_reseller(self.ann).reseller_accept("<img src=x onerror=alert(1)>")
        self.assertIn("&lt;img", self.lead.message_ids[0].body)

    def test_decline_moves_on(self):
        offer = self.offer()
        self.as_reseller(self.ann).reseller_decline(
            self.territory_reason.id, "Too far", contacted=True
        )
        self.assertEqual(offer.state, "declined")
        self.assertEqual(offer.decline_reason_id, self.territory_reason)
        self.assertTrue(offer.contacted)
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "declined"), ("Beta", "pending")]
        )
        self.assertEqual(self.lead.reseller_excluded_ids, self.alfa)
        self.assertEqual(self.lead.reseller_id, self.beta)
        self.assertEqual(self.lead.reseller_state, "pending")

    def test_decline_twice_counts_once(self):
        self.offer()
        for _again in range(2):
            self.as_reseller(self.ann).reseller_decline(self.territory_reason)
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "declined"), ("Beta", "pending")]
        )

    def test_decline_for_a_reason_that_stays(self):
        self.offer()
        self.as_reseller(self.ann).reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )
        self.assertEqual(self.outcomes(self.lead), [("Alfa", "declined")])
        self.assertEqual(self.lead.reseller_state, "declined")
        self.assertFalse(self.lead.reseller_id)

    def test_spam_is_tagged(self):
        self.offer()
        self.as_reseller(self.ann).reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_spam")
        )
        self.assertIn(self.env.ref("crm_reseller_base.tag_spam"), self.lead.tag_ids)

    def test_required_comment(self):
        self.offer()
        other = self.env.ref("crm_reseller_base.decline_reason_other")
        for comment in (None, "", "   "):
            with self.assertRaisesRegex(UserError, "explain"):
                self.as_reseller(self.ann).reseller_decline(other, comment)
        self.assertEqual(self.lead.reseller_state, "pending")
        self.as_reseller(self.ann).reseller_decline(other, "Because.")

    def test_unknown_reason(self):
        self.offer()
        archived = self.territory_reason.copy({"active": False})
        for reason in (0, None, "x", 999999999, archived.id, True):
            with self.assertRaisesRegex(UserError, "Choose one of the reasons"):
                self.as_reseller(self.ann).reseller_decline(reason)

    def test_stale_answers(self):
        """Each of them gets a sentence and changes nothing."""
        first = self.offer()
        self.offer(self.beta)
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.as_reseller(self.ann).reseller_accept()
        self.as_reseller(self.bob).reseller_accept()
        with self.assertRaisesRegex(UserError, "accepted already"):
            self.as_reseller(self.bob).reseller_decline(self.territory_reason)
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.as_reseller(self.ann).reseller_decline(self.territory_reason)
        self.assertEqual(first.state, "withdrawn")
        self.assertEqual(self.lead.reseller_id, self.beta)
        self.assertEqual(self.lead.reseller_state, "accepted")

    def test_foreign_answers(self):
        """Neither over RPC nor elevated can anyone answer for someone else."""
        self.offer()
        outsider = self.make_user("otto", "base.group_portal")
        for user in (self.bob, outsider):
            for lead in (self.lead.with_user(user), self.as_reseller(user)):
                with self.assertRaises(AccessError):
                    lead.reseller_accept()
                with self.assertRaises(AccessError):
                    lead.reseller_decline(self.territory_reason.id)
                with self.assertRaises(AccessError):
                    lead.reseller_convert()
        self.assertEqual(self.lead.reseller_state, "pending")

    def test_portal_user_answers_on_pages_not_over_rpc(self):
        """A page calls under sudo; the holder needs no rights on the lead for that."""
        self.offer()
        mine = self.lead.with_user(self.ann)
        for answer in (
            lambda: mine.reseller_accept(),
            lambda: mine.reseller_decline(self.territory_reason.id),
            lambda: mine.reseller_return(self.territory_reason.id),
            lambda: mine.reseller_convert(),
        ):
            with self.assertRaises(AccessError):
                answer()
        self.assertEqual(self.lead.reseller_state, "pending")
        mine.sudo().reseller_accept()
        self.assertEqual(self.lead.reseller_state, "accepted")

    def test_team_answers_for_the_reseller(self):
        """Someone called: whoever may write the lead records the answer."""
        self.offer()
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        self.lead.user_id = self.env.user
        with self.assertRaises(AccessError):
            self.lead.with_user(salesman).reseller_accept()
        self.lead.user_id = salesman
        self.lead.with_user(salesman).reseller_accept()
        self.assertEqual(self.lead.reseller_state, "accepted")

    def test_responsible_sees_the_answer_at_once(self):
        self.lead.user_id = self.make_user("sally", "sales_team.group_sale_salesman")
        self.offer()
        with patch.object(
            type(self.env["bus.bus"]), "_sendone", autospec=True
        ) as sendone:
            self.as_reseller(self.ann).reseller_accept()
        targets = [
            call.args[1]
            for call in sendone.call_args_list
            if call.args[2] == "simple_notification"
        ]
        self.assertEqual(targets, [self.lead.user_id.partner_id])

    def test_history_is_append_only(self):
        """No one writes or deletes offers, not even sales administrators."""
        offer = self.offer()
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        for user in (manager, self.ann):
            with self.assertRaises(AccessError):
                offer.with_user(user).write({"state": "accepted"})
            with self.assertRaises(AccessError):
                offer.with_user(user).unlink()
        with self.assertRaises(AccessError):
            offer.with_user(self.ann).read(["state"])

    def test_convert(self):
        self.offer()
        lead = self.as_reseller(self.ann)
        with self.assertRaisesRegex(UserError, "Accept"):
            lead.reseller_convert()
        lead.reseller_accept()
        self.gold.can_convert = False
        with self.assertRaisesRegex(UserError, "Gold"):
            lead.reseller_convert()
        self.assertEqual(self.lead.type, "lead")
        self.gold.can_convert = True
        lead.reseller_convert()
        notes = len(self.lead.message_ids)
        lead.reseller_convert()
        self.assertEqual(self.lead.type, "opportunity")
        self.assertEqual(len(self.lead.message_ids), notes)
        self.assertEqual(self.lead.reseller_id, self.alfa)

    def test_batch(self):
        leads = self.make_leads(3)
        leads.assign_to_reseller(self.alfa)
        leads.reseller_accept()
        leads.reseller_convert()
        self.assertEqual(set(leads.mapped("type")), {"opportunity"})

    # ------------------------------------------------------------
    # TIME
    # ------------------------------------------------------------

    def test_deadline_in_working_hours(self):
        """16 working hours from Friday noon end on Tuesday, not on Sunday."""
        self.alfa.reseller_level_id = self.silver
        friday = datetime(2026, 3, 6, 13, 0)  # 8-12 and 13-17, Monday to Friday
        due = self.env.company._get_reseller_deadline(friday, 16)
        self.assertEqual(due, datetime(2026, 3, 10, 12, 0))

    def test_deadline_skips_holidays(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.env.company.resource_calendar_id.id,
                "company_id": self.env.company.id,
                "date_from": datetime(2026, 3, 9, 0, 0),
                "date_to": datetime(2026, 3, 9, 23, 59),
            }
        )
        due = self.env.company._get_reseller_deadline(datetime(2026, 3, 6, 13, 0), 16)
        self.assertEqual(due, datetime(2026, 3, 11, 12, 0))

    def test_no_working_hours(self):
        """Without a calendar, or with an empty one, hours are counted by the clock."""
        friday = datetime(2026, 3, 6, 13, 0)
        empty = self.env["resource.calendar"].create(
            {"name": "Empty", "attendance_ids": False}
        )
        empty.attendance_ids.unlink()
        for calendar in (empty, self.env["resource.calendar"]):
            company = self.env["res.company"].create({"name": f"C {calendar.id}"})
            company.resource_calendar_id = calendar
            self.assertEqual(
                company._get_reseller_deadline(friday, 16), datetime(2026, 3, 7, 5, 0)
            )

    def test_no_deadline(self):
        self.gold.response_hours = 0
        offer = self.offer()
        self.assertFalse(offer.due_on)
        with freeze_time(fields.Datetime.now() + timedelta(days=400)):
            self.env["crm.lead"]._cron_handle_overdue_offers()
        self.assertEqual(offer.state, "pending")

    def test_expiry_moves_on(self):
        offer = self.offer()
        self.env["crm.lead"]._cron_handle_overdue_offers()
        self.assertEqual(offer.state, "pending")
        with freeze_time(offer.due_on + timedelta(minutes=1)):
            self.env["crm.lead"]._cron_handle_overdue_offers()
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "expired"), ("Beta", "pending")]
        )
        self.assertEqual(self.lead.reseller_excluded_ids, self.alfa)
        with self.assertRaisesRegex(UserError, "time to answer is over"):
            self.as_reseller(self.ann).reseller_accept()

    def test_reminder_once(self):
        self.let_in(self.alfa)
        offer = self.offer()
        Mail = self.env["mail.mail"]
        reminders = [
            ("subject", "=like", "Your answer is due soon%"),
            ("model", "=", "crm.lead"),
            ("res_id", "=", self.lead.id),
        ]
        with freeze_time(offer.due_on - timedelta(hours=5)):
            self.env["crm.lead"]._cron_handle_overdue_offers()
        self.assertFalse(Mail.search(reminders))
        for _again in range(2):
            with freeze_time(offer.due_on - timedelta(hours=3)):
                self.env["crm.lead"]._cron_handle_overdue_offers()
        mail = Mail.search(reminders)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.alfa)
        self.assertTrue(offer.reminded_on)

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_lead_assign")
    def test_one_bad_offer_does_not_stop_the_others(self):
        """Reminders and expiries of the others go on, in both crons' bundles."""
        self.let_in(self.alfa)
        leads = self.make_leads(5)
        for lead in leads:
            self.offer(lead=lead)
        bad, due = leads[1], leads[0].reseller_due_on
        Offer = type(self.Offer)
        remind, update = Offer._mail_resellers, Offer._update_state

        def stumble_reminding(offers, *args, **kwargs):
            if bad in offers.lead_id:
                raise ValueError("bad lead")
            return remind(offers, *args, **kwargs)

        def stumble_closing(offers, *args, **kwargs):
            if bad in offers.lead_id:
                raise ValueError("bad lead")
            return update(offers, *args, **kwargs)

        with (
            patch.object(Offer, "_mail_resellers", stumble_reminding),
            freeze_time(due - timedelta(hours=1)),
        ):
            leads._cron_handle_overdue_offers()
        self.assertEqual(
            leads.reseller_offer_ids.filtered("reminded_on").lead_id, leads - bad
        )
        with (
            patch.object(Offer, "_update_state", stumble_closing),
            freeze_time(due + timedelta(hours=1)),
        ):
            leads._cron_handle_overdue_offers()
        self.assertEqual(bad.reseller_offer_ids.state, "pending")
        for lead in leads - bad:
            self.assertEqual(
                [outcome for _name, outcome in self.outcomes(lead)],
                ["expired", "pending"],
            )

    def test_rounds(self):
        """One more offer is allowed; then the channel manager is asked."""
        self.env.company.reseller_max_reoffers = 1
        self.make_reseller("Gamma")
        self.offer()
        self.lead.reseller_decline(self.territory_reason)
        self.assertEqual(self.lead.reseller_state, "pending")
        self.assertFalse(self.lead.reseller_assign_issue)
        self.lead.reseller_decline(self.territory_reason)
        self.assertFalse(self.lead.reseller_id)
        self.assertEqual(self.lead.reseller_assign_issue, "rounds")
        self.assertEqual(
            self.lead.activity_ids.activity_type_id,
            self.env.ref("crm_reseller_base.mail_activity_type_attention"),
        )
        # the cron does not start again what was given up
        self.rule.automatic = True
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertFalse(self.lead.reseller_id)
        # the channel manager decides, and the activity is done
        self.lead.assign_to_reseller(self.alfa)
        self.assertFalse(self.lead.activity_ids)
        self.assertFalse(self.lead.reseller_assign_issue)

    def test_nothing_moves_by_itself_when_switched_off(self):
        self.env.company.reseller_auto_assign = False
        self.offer()
        self.lead.reseller_decline(self.territory_reason)
        self.assertFalse(self.lead.reseller_id)
        self.assertEqual(self.lead.reseller_assign_issue, "by_hand")
        self.assertEqual(self.lead.activity_ids.summary, "To be assigned manually")

    # ------------------------------------------------------------
    # NOTICES
    # ------------------------------------------------------------

    def mails(self, lead=None):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "in", (lead or self.lead).ids)]
        )

    def test_notice(self):
        self.lead.write(
            {
                "phone": "+32 470 12 34 56",
                "email_from": "x@secret.example",
                "city": "Gent",
            }
        )
        self.alfa.tz = "Europe/Brussels"
        offer = self.offer()
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.alfa)
        self.assertIn("Lead 0", mail.subject)
        self.assertIn("Gent", mail.body_html)
        self.assertIn("answer by", mail.body_html)
        self.assertIn(self.lead._describe_due("Europe/Brussels"), mail.body_html)
        self.assertIn("(Europe/Brussels)", mail.body_html)
        self.assertNotIn("470 12 34 56", mail.body_html)
        self.assertNotIn("secret", mail.body_html)
        self.assertTrue(offer.notified_on)
        self.assertTrue(all(self.lead.message_ids.mapped("is_internal")))

    def test_deadline_names_its_time_zone(self):
        """Crons work in UTC; who reads the history lives by the company's clock."""
        self.env.company.resource_calendar_id.tz = "Europe/Brussels"
        self.alfa.tz = "America/New_York"
        self.offer()
        self.lead._write_offer_vals({"reseller_due_on": datetime(2026, 7, 1, 14, 30)})
        self.assertEqual(
            self.lead.reseller_due_text, "1 Jul 2026 10:30 (America/New_York)"
        )
        note = self.lead.reseller_offer_ids._offer_note
        self.lead.reseller_offer_ids.due_on = self.lead.reseller_due_on
        self.assertIn("due 1 Jul 2026 16:30 (Europe/Brussels)", note())
        self.alfa.tz = False
        self.lead.invalidate_recordset(["reseller_due_text"])
        self.assertEqual(
            self.lead.reseller_due_text, "1 Jul 2026 16:30 (Europe/Brussels)"
        )

    def test_notice_with_contact_details(self):
        self.env.company.reseller_hide_contact_details = False
        self.lead.phone = "+32 470 12 34 56"
        self.offer()
        self.assertIn("470 12 34 56", self.mails().body_html)

    def test_mails_do_not_name_the_customer_before_the_answer(self):
        """People write names and numbers into the subject of a lead too."""
        self.lead.write(
            {
                "name": "Pumps for Carla Berg, +32 470 12 34 56",
                "contact_name": "Carla Berg",
            }
        )
        offer = self.offer()
        offer._send_reminders()
        notice, reminder = self.mails().sorted("id")
        for mail in (notice, reminder):
            self.assertIn("Pumps for", mail.subject)
            for secret in ("Carla", "Berg", "470 12"):
                self.assertNotIn(secret, mail.subject)
                self.assertNotIn(secret, mail.body_html)
        self.as_reseller(self.ann).reseller_accept()
        self.assertEqual(self.lead.reseller_title, self.lead.name)

    def test_notice_goes_to_the_person_in_charge(self):
        self.offer()
        self.lead.reseller_contact_id = self.ann.partner_id
        self.assertEqual(self.lead.reseller_notice_partner_id, self.ann.partner_id)

    def test_no_address(self):
        """No one can be told: the lead's history says so, and nothing breaks."""
        gamma = self.make_reseller("Gamma", email=False)
        self.offer(gamma)
        self.assertFalse(self.mails())
        self.assertIn("No e-mail address", self.lead.message_ids[0].body)

    def test_many_notices_wait_for_the_cron(self):
        leads = self.make_leads(25)
        leads.assign_to_reseller(self.alfa)
        self.assertFalse(self.mails(leads))
        cron = self.env.ref("crm_reseller_base.ir_cron_send_notices")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.env["crm.lead"]._cron_send_notices()
        self.assertEqual(len(self.mails(leads)), 25)
        self.env["crm.lead"]._cron_send_notices()
        self.assertEqual(len(self.mails(leads)), 25)

    def test_silent_import(self):
        self.lead.with_context(reseller_no_notice=NO_NOTICE).assign_to_reseller(
            self.alfa
        )
        self.env["crm.lead"]._cron_send_notices()
        self.assertFalse(self.mails())

    # ------------------------------------------------------------
    # NO ORPHANS
    # ------------------------------------------------------------

    def test_withdraw(self):
        self.offer()
        self.lead.reseller_withdraw("Wrong one")
        self.assertEqual(self.outcomes(self.lead), [("Alfa", "withdrawn")])
        self.assertEqual(self.lead.reseller_state, "none")
        self.assertTrue(self.lead.reseller_manual_only)
        self.rule.automatic = True
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertFalse(self.lead.reseller_id, "taken back by hand: stays inside")

    def test_withdraw_accepted(self):
        self.offer()
        self.lead.reseller_accept()
        self.lead.reseller_withdraw()
        self.assertEqual(self.outcomes(self.lead), [("Alfa", "accepted")])
        self.assertFalse(self.lead.reseller_id)
        self.assertIn("Taken back from Alfa", self.lead.message_ids[0].body)

    def test_accepted_lead_given_to_another(self):
        """What Alfa had is told in the history, before Beta's offer."""
        self.offer()
        self.lead.reseller_accept()
        self.offer(self.beta)
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "accepted"), ("Beta", "pending")]
        )
        notes = self.lead.message_ids.sorted("id").mapped("body")
        [taken] = [n for n, note in enumerate(notes) if "Taken back from Alfa" in note]
        [given] = [n for n, note in enumerate(notes) if "Offered to Beta" in note]
        self.assertLess(taken, given)

    def test_closing_leads_withdraws(self):
        lost, won, kept = self.make_leads(3)
        for lead in (lost, won, kept):
            self.offer(lead=lead)
        kept.reseller_accept()
        (lost | kept).action_set_lost()
        won.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.assertEqual(self.outcomes(lost), [("Alfa", "withdrawn")])
        self.assertEqual(self.outcomes(won), [("Alfa", "withdrawn")])
        self.assertEqual(self.outcomes(kept), [("Alfa", "accepted")])
        self.assertEqual(kept.reseller_id, self.alfa)

    def test_deleted_lead(self):
        offer = self.offer()
        self.lead.unlink()
        self.assertFalse(offer.exists())

    def test_archived_reseller(self):
        """Its offers go to someone else, what it accepted stays in its name."""
        kept = self.make_leads()
        self.offer(lead=kept)
        kept.reseller_accept()
        self.offer()
        self.ann.active = False
        self.alfa.active = False
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "withdrawn"), ("Beta", "pending")]
        )
        self.assertEqual(kept.reseller_id, self.alfa)

    def test_reseller_without_level(self):
        self.offer()
        self.alfa.reseller_level_id = False
        self.assertEqual(
            self.outcomes(self.lead), [("Alfa", "withdrawn"), ("Beta", "pending")]
        )

    def test_deleted_reseller(self):
        gamma = self.make_reseller("Gamma")
        gamma.unlink()
        self.offer(self.beta)
        with self.assertRaisesRegex(UserError, "Beta"):
            self.beta.unlink()

    def test_archived_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        lead = self.make_leads(company_id=other.id)
        self.offer(lead=lead)
        other.active = False
        self.assertEqual(self.outcomes(lead), [("Alfa", "withdrawn")])

    def test_copy(self):
        self.offer()
        copy = self.lead.copy()
        self.assertFalse(copy.reseller_id)
        self.assertEqual(copy.reseller_state, "none")
        self.assertFalse(copy.reseller_offer_ids)

    def test_merge_keeps_the_offers_of_both(self):
        first, second = self.make_leads(2)
        gamma = self.make_reseller("Gamma")
        self.offer(gamma, first)
        first.reseller_decline(self.stay_reason)
        self.offer(self.alfa, first)
        self.offer(self.beta, second)
        second.reseller_accept()
        merged = (first | second).merge_opportunity()
        self.assertEqual(
            sorted(self.outcomes(merged)),
            [("Alfa", "withdrawn"), ("Beta", "accepted"), ("Gamma", "declined")],
        )
        self.assertEqual(merged.reseller_id, self.beta)
        self.assertEqual(merged.reseller_state, "accepted")
        self.assertEqual(merged.reseller_excluded_ids.name, "Gamma")

    def test_merge_two_pending(self):
        first, second = self.make_leads(2)
        self.offer(self.alfa, first)
        self.offer(self.beta, second)
        merged = (first | second).merge_opportunity()
        self.assertEqual(
            sorted(merged.reseller_offer_ids.mapped("state")),
            ["pending", "withdrawn"],
        )
        pending = merged.reseller_offer_ids.filtered(
            lambda offer: offer.state == "pending"
        )
        self.assertEqual(merged.reseller_id, pending.reseller_id)
        self.assertEqual(merged.reseller_due_on, pending.due_on)
        merged.reseller_accept()
        self.assertEqual(merged.reseller_state, "accepted")
