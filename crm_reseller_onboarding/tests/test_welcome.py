from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import OnboardingCase

START = "2026-03-02 10:00:00"


@tagged("post_install", "-at_install")
class TestWelcome(OnboardingCase):
    """A welcome at access, one reminder, then the channel manager: each once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.env["res.company"].search([])
        cls.companies.write(
            {
                "reseller_welcome_mail": True,
                "reseller_sign_in_reminder_days": 7,
                "reseller_sign_in_alert_days": 3,
            }
        )
        # whoever else is there was welcomed
        cls.env["res.partner"].search([("reseller_access_on", "!=", False)]).write(
            dict.fromkeys(
                (
                    "reseller_welcomed_on",
                    "reseller_sign_in_reminded_on",
                    "reseller_sign_in_alert_on",
                ),
                fields.Datetime.to_datetime(START),
            )
        )

    def _give_access(self, login="nora", **vals):
        person = self.env["res.partner"].create(
            {
                "name": login.title(),
                "email": f"{login}@example.com",
                "parent_id": self.alder.id,
                **vals,
            }
        )
        return new_test_user(
            self.env,
            login,
            groups="crm_reseller_portal.group_reseller_user",
            partner_id=person.id,
            name=person.name,
            email=person.email,
        )

    def _run(self, days):
        """Run the cron twice some days after the start; return the new mails."""
        before = self.env["mail.mail"].search([])
        moment = fields.Datetime.to_datetime(START) + timedelta(days=days)
        with freeze_time(moment):
            self.env["res.partner"]._cron_send_onboarding_reminders()
            self.env["res.partner"]._cron_send_onboarding_reminders()
        return self.env["mail.mail"].search([]) - before

    def _get_activities(self):
        kind = self.env.ref("crm_reseller_onboarding.mail_activity_type_sign_in")
        return self.alder.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_welcome_reminder_activity(self):
        self._add_step(name="Sign the contract")
        self._begin()
        with freeze_time(START):
            nora = self._give_access()
        self.assertEqual(
            nora.partner_id.reseller_access_on, fields.Datetime.to_datetime(START)
        )
        welcome = self._run(0)
        self.assertEqual(welcome.recipient_ids, nora.partner_id)
        self.assertIn("Sign the contract", welcome.body_html)
        self.assertFalse(self._run(6))
        reminder = self._run(7)
        self.assertEqual(reminder.recipient_ids, nora.partner_id)
        self.assertIn("did not sign in yet", reminder.body_html)
        self.assertFalse(self._run(9))
        self.assertFalse(self._get_activities())
        # from Odoo 18 on, the manager hears of the activity by mail
        self.assertNotIn(nora.partner_id, self._run(10).recipient_ids)
        self.assertEqual(len(self._get_activities()), 1)
        self.assertIn("Nora", self._get_activities().note)
        self.assertFalse(self._run(30))
        self.assertEqual(len(self._get_activities()), 1)
        self.assertEqual(str(self._get_activities().note).count("Nora"), 1)

    def test_who_signed_in_is_left_alone(self):
        with freeze_time(START):
            nora = self._give_access()
        self.assertEqual(len(self._run(0)), 1)
        self.env["res.users.log"].with_user(nora).sudo().create({})
        self.assertFalse(self._run(40))
        self.assertFalse(self._get_activities())

    def test_access_that_was_given_later_and_taken_back(self):
        person = self.env["res.partner"].create(
            {"name": "Late", "email": "late@example.com", "parent_id": self.birch.id}
        )
        new_test_user(
            self.env, "late", groups="base.group_portal", partner_id=person.id
        )
        # the base gives portal users of resellers their rights
        self.assertTrue(person.reseller_access_on)
        first = person.reseller_access_on
        person._set_portal_role("none")
        self.assertFalse(self._run(0).filtered(lambda m: person in m.recipient_ids))
        person._set_portal_role("user")
        self.assertEqual(person.reseller_access_on, first)

    def test_settings(self):
        self.companies.write(
            {"reseller_welcome_mail": False, "reseller_sign_in_reminder_days": 0}
        )
        with freeze_time(START):
            self._give_access()
        self.assertFalse(self._run(0))
        self.assertFalse(self._run(50))
        self.assertFalse(self._get_activities())
        # switched on later: nobody is welcomed long after
        self.companies.reseller_welcome_mail = True
        self.assertFalse(self._run(50))

    def test_people_without_an_address_or_a_reseller_are_left_out(self):
        with freeze_time(START):
            nora = self._give_access()
            nora.partner_id.email = False
            gone = self._give_access("gone")
            gone.partner_id.commercial_partner_id.active = True
        self.birch.reseller_level_id = False
        self.assertEqual(self._run(0).recipient_ids, gone.partner_id)
