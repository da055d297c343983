from datetime import date

import vobject

from odoo.tests import tagged

from .common import ResellerPortalCase


@tagged("post_install", "-at_install")
class TestDealCards(ResellerPortalCase):
    """What the person in charge takes along of a deal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls._create_deal(
            cls.anna, function="Buyer", contact_name="Carla Müller; Sons"
        )
        cls.deal.with_user(cls.anna).sudo()._reseller_plan_step(
            "call", "Ask, then\nquote; äöü", "2031-01-31"
        )
        cls.path = f"/my/opportunities/{cls.deal.id}"

    def test_the_next_step_for_a_calendar(self):
        self._login(self.anna)
        self.assertIn(f"{self.path}/step.ics", self._get(self.path).text)
        answer = self._get(f"{self.path}/step.ics")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/calendar"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        entry = vobject.readOne(answer.text).vevent
        self.assertEqual(entry.dtstart.value, date(2031, 1, 31))
        self.assertEqual(entry.dtend.value, date(2031, 2, 1))
        self.assertIn("quote; äöü", entry.summary.value)
        self.assertIn(self.path, entry.url.value)
        # another date replaces the entry
        self.deal.with_user(self.anna).sudo()._reseller_plan_step(
            "visit", "", "2031-02-03"
        )
        again = vobject.readOne(self._get(f"{self.path}/step.ics").text).vevent
        self.assertEqual(again.uid.value, entry.uid.value)
        self.assertEqual(again.dtstart.value, date(2031, 2, 3))

    def test_no_step_no_entry(self):
        self.deal.with_user(self.anna).sudo()._reseller_remove_step()
        self._login(self.anna)
        self._get(f"{self.path}/step.ics", status=404)
        self.assertNotIn("step.ics", self._get(self.path).text)

    def test_the_contact_for_a_phone(self):
        self._login(self.anna)
        answer = self._get(f"{self.path}/contact.vcf")
        card = vobject.readOne(answer.text)
        self.assertEqual(card.fn.value, "Carla Müller; Sons")
        self.assertEqual(card.org.value, ["Customer Inc"])
        self.assertEqual(card.email.value, "carla@customer.example")
        self.assertEqual(card.tel.value, "+49 30 1234567")
        self.assertEqual(card.title.value, "Buyer")

    def test_nothing_for_others(self):
        hidden = self._create_lead(self.alder)
        self.env["res.company"].sudo().search([]).write(
            {"reseller_hide_contact_details": True}
        )
        for user in (self.bob, self.stranger, self.ben):
            self._login(user)
            for name in ("step.ics", "contact.vcf"):
                self._get(f"{self.path}/{name}", status=404)
        self._login(self.anna)
        for name in ("step.ics", "contact.vcf"):
            self._get(f"/my/opportunities/{hidden.id}/{name}", status=404)
