from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ResellerPortalCase

# a Monday
NOW = datetime(2026, 3, 2, 9, 0)


@tagged("post_install", "-at_install")
class TestCompanyAway(ResellerPortalCase):
    """Companies and people who are away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Lead = cls.env["crm.lead"]
        # nobody but these two
        cls.env["crm.reseller.assignment.rule"].search([]).active = False
        cls.env["crm.reseller.assignment.rule"].create(
            {
                "name": "Test rule",
                "lead_domain": "[]",
                "reseller_domain": str([("id", "in", (cls.alder | cls.birch).ids)]),
                "method": "round_robin",
            }
        )
        cls.env["res.company"].sudo().search([]).write(
            {"reseller_auto_assign": True, "reseller_country_fallback": True}
        )
        (cls.alder | cls.birch).write({"country_id": cls.env.ref("base.de").id})

    def _assign(self):
        """Return the resellers that four new leads are offered to."""
        leads = self.Lead
        for _number in range(4):
            leads |= self._create_lead()
        leads.action_assign_resellers()
        return leads.reseller_id

    def _set_away(self, user, partner, days, start=None):
        start = start or fields.Datetime.now()
        partner.with_user(user).sudo()._reseller_set_away(
            start, start + timedelta(days=days)
        )
        self.env.flush_all()

    def test_no_automatic_leads_while_the_company_is_away(self):
        with freeze_time(NOW):
            self.assertEqual(self._assign(), self.alder | self.birch)
            self._set_away(self.sue, self.alder, 7)
            self.assertEqual(self._assign(), self.birch)
            self.assertIn("is away from", self.alder.message_ids[0].body)
        with freeze_time(NOW + timedelta(days=6, hours=23)):
            self.assertEqual(self._assign(), self.birch)
        with freeze_time(NOW + timedelta(days=7, hours=1)):
            self.assertEqual(self._assign(), self.alder | self.birch)

    def test_a_planned_absence_begins_when_it_is_time(self):
        with freeze_time(NOW):
            self._set_away(self.sue, self.alder, 5, NOW + timedelta(days=2))
            self.assertEqual(self._assign(), self.alder | self.birch)
            self.alder.invalidate_recordset()
            self.assertFalse(self.alder.reseller_away)
            self.assertIn("03/04/2026", self.alder.reseller_away_text)
        with freeze_time(NOW + timedelta(days=3)):
            self.assertEqual(self._assign(), self.birch)
            self.env.invalidate_all()
            self.assertTrue(self.alder.reseller_away)
            found = self.env["res.partner"].search([("reseller_away", "=", True)])
            self.assertIn(self.alder, found)
            label = self.alder.with_context(reseller_show_load=True).display_name
            self.assertIn("away until", label)

    def test_offers_that_would_expire_go_on(self):
        with freeze_time(NOW):
            soon = self._create_lead(self.alder)
            late = self._create_lead(self.alder)
            late.reseller_offer_ids.sudo().due_on = NOW + timedelta(days=20)
            mine = self._create_deal(self.anna)
        with freeze_time(NOW + timedelta(hours=1)):
            self._set_away(self.sue, self.alder, 10)
        offers = soon.reseller_offer_ids.sorted("id")
        self.assertEqual(offers[0].state, "withdrawn")
        self.assertEqual(soon.reseller_id, self.birch)
        # due after the absence, or accepted: they stay
        self.assertEqual(late.reseller_id, self.alder)
        self.assertEqual(mine.reseller_id, self.alder)
        # it was the system, and no answer of theirs
        self.assertFalse(offers[0].answered_by_id)
        with freeze_time(NOW + timedelta(days=1)):
            # somebody in the team knows it and does it nevertheless
            meant = self._create_lead(self.alder)
            self.Lead._cron_handle_overdue_offers()
            self.assertEqual(meant.reseller_id, self.alder)

    def test_a_planned_absence_moves_offers_on_once(self):
        with freeze_time(NOW):
            self._set_away(self.sue, self.alder, 9, NOW + timedelta(days=1))
            lead = self._create_lead(self.alder)
            lead.reseller_offer_ids.sudo().due_on = NOW + timedelta(days=3)
            self.Lead._cron_handle_overdue_offers()
            self.assertEqual(lead.reseller_id, self.alder)
        with freeze_time(NOW + timedelta(days=1, hours=1)):
            self.Lead._cron_handle_overdue_offers()
            self.Lead._cron_handle_overdue_offers()
            self.assertEqual(lead.reseller_id, self.birch)
            self.assertEqual(len(lead.reseller_offer_ids), 2)

    def test_a_person_away_leaves_offers_to_colleagues(self):
        with freeze_time(NOW):
            lead = self._create_lead(self.alder)
            lead.reseller_contact_id = self.anna.partner_id
            deal = self._create_deal(self.anna)
        with freeze_time(NOW + timedelta(hours=1)):
            self._set_away(self.anna, self.anna.partner_id, 10)
            self.assertEqual(lead.reseller_id, self.alder)
            self.assertFalse(lead.reseller_contact_id)
            self.assertEqual(deal.reseller_contact_id, self.anna.partner_id)
            self.env.invalidate_all()
            self.assertNotEqual(lead.reseller_notice_partner_id, self.anna.partner_id)
            self.assertEqual(self._assign(), self.alder | self.birch)
            # when the last one leaves, the company is away
            self._set_away(self.ben, self.ben.partner_id, 10)
            self._set_away(self.sue, self.sue.partner_id, 4)
            self.assertEqual(self._assign(), self.birch)
            self.assertEqual(lead.reseller_id, self.birch)
        with freeze_time(NOW + timedelta(days=6)):
            self.assertEqual(self._assign(), self.alder | self.birch)

    def test_the_page(self):
        today = fields.Date.today()
        path = "/my/reseller/away"
        for form, words in (
            ({}, "Enter the last day"),
            ({"away_until": "soon"}, "This is not a date"),
            ({"away_until": str(today - timedelta(days=1))}, "too long ago"),
            ({"away_until": str(today + timedelta(days=500))}, "too far ahead"),
            (
                {
                    "away_from": str(today + timedelta(days=3)),
                    "away_until": str(today + timedelta(days=2)),
                },
                "before the first one",
            ),
            ({"away_until": str(today), "whose": "birch"}, "Choose one of the list"),
        ):
            answer = self._post_as(self.anna, path, status=422, **form)
            self.assertIn(words, answer.text)
        self.anna.tz = "Asia/Tokyo"
        until = today + timedelta(days=3)
        for _click in range(2):
            self._post_as(self.anna, path, away_until=str(until))
        person = self.anna.partner_id
        end = fields.Datetime.to_datetime(until) + timedelta(hours=14, minutes=59)
        self.assertEqual(person.reseller_away_until.replace(second=0), end)
        self.assertIn("You are away", self._get("/my/reseller").text)
        notes = self.alder.message_ids.filtered(lambda m: "away from" in m.body)
        self.assertEqual(len(notes), 1)
        self._login(self.ben)
        self.assertIn("away until", self._get_main(self._get("/my/reseller")))
        self._post_as(self.anna, "/my/reseller/back", whose="me")
        self.assertFalse(person.reseller_away_until)

    def test_only_supervisors_for_the_company(self):
        until = str(fields.Date.today() + timedelta(days=3))
        path = "/my/reseller/away"
        self._post_as(self.anna, path, status=409, whose="company", away_until=until)
        self.assertFalse(self.alder.reseller_away_until)
        self._post_as(self.sue, path, whose="company", away_until=until)
        self.assertTrue(self.alder.reseller_away_until)
        self._post_as(self.anna, "/my/reseller/back", status=409, whose="company")
        self.assertTrue(self.alder.reseller_away_until)
        self._post_as(self.sue, "/my/reseller/back", whose="company")
        self.assertFalse(self.alder.reseller_away_until)
        with self.assertRaises(AccessError):
            self._set_away(self.sue, self.ben.partner_id, 1)
        with self.assertRaises(AccessError):
            self._set_away(self.bob, self.alder, 1)
