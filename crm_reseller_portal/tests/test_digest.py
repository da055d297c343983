from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, new_test_user, tagged

from .common import ResellerPortalCase

# a Wednesday; seven o'clock in Berlin is five in UTC
EARLY = "2031-07-02 04:59:00"
SEVEN = "2031-07-02 05:00:00"
LATER = "2031-07-02 12:00:00"
NEXT_DAY = "2031-07-03 05:30:00"
NEXT_NOON = "2031-07-03 12:00:00"
NEXT_MONDAY = "2031-07-07 05:00:00"


@tagged("post_install", "-at_install")
class TestDigest(ResellerPortalCase):
    """One mail a day or a week with all that waits, and none where nothing does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Digest = cls.env["crm.reseller.digest"]
        # only the people of this test
        cls.env["res.partner"].search([]).reseller_digest = "none"
        cls.anna.partner_id.write({"tz": "Europe/Berlin", "reseller_digest": "day"})

    def _send(self, moment):
        """Run the cron; return the new mails."""
        before = self.env["mail.mail"].search([])
        with freeze_time(moment):
            self.Digest._cron_send_digests()
        return self.env["mail.mail"].search([]) - before

    def _make_waiting(self):
        """Make one thing of each kind wait for Anna, as of Wednesday."""
        with freeze_time("2031-06-01 10:00:00"):
            quiet = self._create_deal(self.anna, name="Quiet deal")
            step = self._create_deal(self.anna, name="Deal with a step")
            step.with_user(self.anna).sudo()._reseller_plan_step(
                "call", "Ring Carla", fields.Date.to_date("2031-07-01")
            )
            talk = self._create_deal(self.anna, name="Deal with a message")
        with freeze_time("2031-07-01 10:00:00"):
            offer = self._create_lead(self.alder, name="New offer")
            talk.with_user(self.salesman).message_post(
                body="Can you deliver in May?",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return offer, talk, step, quiet

    def test_what_waits_is_told_once_a_day(self):
        offer, talk, step, quiet = self._make_waiting()
        self.assertFalse(self._send(EARLY), "before seven")
        mail = self._send(SEVEN)
        self.assertEqual(mail.recipient_ids, self.anna.partner_id)
        body = mail.body_html
        base = self.anna.get_base_url()
        for lead, path in (
            (offer, f"/my/leads/{offer.id}"),
            (talk, f"/my/opportunities/{talk.id}"),
            (step, f"/my/opportunities/{step.id}"),
            (quiet, f"/my/opportunities/{quiet.id}"),
        ):
            self.assertIn(lead.name, body)
            self.assertIn(f'href="{base}{path}', body)
        self.assertIn("Ring Carla", body)
        self.assertIn("is waiting for your answer", body)
        self.assertIn("Our team wrote to you", body)
        self.assertNotIn("May?", body, "the words are on the page")
        self.assertFalse(self._send(SEVEN), "twice")
        self.assertFalse(self._send(LATER), "later that day")
        self.assertEqual(len(self._send(NEXT_DAY)), 1)

    def test_a_message_to_the_reseller_waits_until_something_is_done(self):
        with freeze_time("2031-07-01 10:00:00"):
            deal = self._create_deal(self.anna, name="Deal with a message")
        with freeze_time("2031-07-01 11:00:00"):
            deal.with_user(self.salesman)._message_reseller("<p>May?</p>")
        self.assertIn("Deal with a message", self._send(SEVEN).body_html)
        with freeze_time("2031-07-02 13:00:00"):
            deal.with_user(self.anna).sudo()._reseller_post("Yes")
        self.assertFalse(self._send(NEXT_DAY))

    def test_never_an_empty_one(self):
        self.assertFalse(self._send(SEVEN))
        foreign = self._create_lead(self.birch, name="Foreign")
        self.assertFalse(self._send(NEXT_DAY))
        self.assertFalse(foreign.reseller_contact_id)

    def test_a_person_without_a_time_zone_gets_one(self):
        self._make_waiting()
        self.anna.tz = False
        # the company's address, which has one, is not theirs to read
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(len(self._send(LATER)), 1)

    def test_once_a_week(self):
        self.anna.partner_id.reseller_digest = "week"
        self._make_waiting()
        self.assertEqual(len(self._send(LATER)), 1, "the first one")
        self.assertFalse(self._send(NEXT_DAY))
        self.assertFalse(self._send("2031-07-07 04:30:00"), "Monday before seven")
        self.assertEqual(len(self._send(NEXT_MONDAY)), 1)
        self.anna.partner_id.reseller_digest = "none"
        self.assertFalse(self._send("2031-07-14 05:00:00"))

    def test_only_what_the_person_sees(self):
        self._make_waiting()
        (self.ben | self.sue | self.bob).partner_id.reseller_digest = "day"
        mails = self._send(LATER)
        told = {mail.recipient_ids: mail.body_html for mail in mails}
        self.assertNotIn(self.bob.partner_id, told)
        self.assertIn("Quiet deal", told[self.sue.partner_id])
        ben = told[self.ben.partner_id]
        self.assertIn("New offer", ben)
        self.assertNotIn("Quiet deal", ben)
        # who lost the access hears nothing
        self.anna.active = False
        self.assertNotIn(self.anna.partner_id, self._send(NEXT_DAY).recipient_ids)

    def test_news_are_kept_for_it(self):
        anna = self.anna.partner_id
        anna._keep_for_reseller_digest("amount", "The amount changed", "/my/x", "5 €")
        mail = self._send(SEVEN)
        self.assertIn("The amount changed", mail.body_html)
        self.assertIn("/my/x", mail.body_html)
        self.assertFalse(self._send(NEXT_DAY), "told once")

    def test_a_failing_one_stops_no_other(self):
        self._make_waiting()
        (self.anna | self.sue).partner_id.reseller_digest = "day"
        original = type(self.Digest)._make_digest_mail
        anna = self.anna

        def stumble(digest, user, sections):
            if user == anna:
                raise ValueError("no")
            return original(digest, user, sections)

        self.patch(type(self.Digest), "_make_digest_mail", stumble)
        with self.assertLogs(level="ERROR"):
            mails = self._send(LATER)
        self.assertEqual(mails.recipient_ids, self.sue.partner_id)
        self.assertFalse(anna.partner_id.reseller_digest_on, "tried again")

    def test_channel_managers_hear_of_their_resellers(self):
        manager = new_test_user(
            self.env,
            "digest_manager",
            groups="sales_team.group_sale_manager",
            email="digest_manager@example.com",
            tz="UTC",
        )
        self.env["res.company"].search([]).reseller_channel_manager_id = manager
        self.anna.partner_id.reseller_digest = "none"
        _offer, _talk, _step, quiet = self._make_waiting()
        with freeze_time("2031-07-01 10:00:00"):
            deal = self._create_deal(self.bob, name="Reported deal")
            deal.with_user(self.bob).sudo()._reseller_report_outcome("won")
        # leads of the demo went quiet as well, and a section has few lines
        ours = [self.alder.id, self.birch.id]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET active = FALSE WHERE reseller_id IS NULL "
            "OR reseller_id != ALL(%s)",
            [ours],
        )
        self.env.invalidate_all()
        body = self._send(LATER).body_html
        for name in (quiet.name, "Reported deal", "Alder Ltd", "Birch GmbH"):
            self.assertIn(name, body)
        self.assertIn(f"/mail/view?model=crm.lead&amp;res_id={quiet.id}", body)
        self.assertFalse(self._send(LATER))
        # a direction's manager hears of that direction alone
        direction = self.env["crm.reseller.direction"].create(
            {"name": "Cranes", "user_id": self.salesman.id}
        )
        quiet.reseller_direction_id = direction
        self.salesman.partner_id.reseller_digest = "day"
        told = {mail.recipient_ids: mail.body_html for mail in self._send(NEXT_NOON)}
        self.assertIn(quiet.name, told[self.salesman.partner_id])
        self.assertNotIn("Reported deal", told[self.salesman.partner_id])
        self.assertNotIn(quiet.name, told[manager.partner_id])


@tagged("post_install", "-at_install")
class TestDigestAtOnce(TransactionCase):
    def test_two_runs_at_once(self):
        """The second leaves alone what the first has in hand."""
        Digest = self.env["crm.reseller.digest"]
        partner = self.env.ref("base.partner_admin")
        day = fields.Date.today() + timedelta(days=1)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(
                "SELECT id FROM res_partner WHERE id = %s FOR NO KEY UPDATE",
                [partner.id],
            )
            self.assertFalse(Digest._claim_digest(partner, day))
            other.rollback()
        self.assertTrue(Digest._claim_digest(partner, day))
        self.assertFalse(Digest._claim_digest(partner, day))
