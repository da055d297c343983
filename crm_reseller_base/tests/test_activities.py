"""What salespeople are asked to do while resellers have their leads."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests.common import tagged

from .common import ResellerCase

MONDAY = datetime(2026, 3, 2, 9, 0)  # nothing special about it


@tagged("post_install", "-at_install")
class TestActivities(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.let_in(cls.alfa | cls.beta)
        cls.env.company.resource_calendar_id.tz = "UTC"
        cls.sally = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.Lead = cls.env["crm.lead"]
        # whatever the demo data holds is no part of this
        cls.Lead.search([("reseller_state", "=", "accepted")]).unlink()

    def activities(self, leads, kind):
        leads.invalidate_recordset()
        activity_type = self.env.ref(f"crm_reseller_base.mail_activity_type_{kind}")
        return leads.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )

    def settings(self, **values):
        values = {f"reseller_{name}": value for name, value in values.items()}
        self.env["res.config.settings"].create(values).execute()

    # ------------------------------------------------------------
    # AN ANSWER IS DUE SOON
    # ------------------------------------------------------------

    def remind(self, leads):
        """Offer the leads to Alfa and let the reminder's time come.

        :return: when that is
        """
        with freeze_time(MONDAY):
            leads.assign_to_reseller(self.alfa)
        soon = leads[0].reseller_due_on - timedelta(hours=1)
        with freeze_time(soon):
            self.Lead._cron_handle_overdue_offers()
            self.Lead._cron_handle_overdue_offers()
        return soon

    def test_salesperson_is_asked_to_call_the_reseller(self):
        lead = self.make_leads(user_id=self.sally.id)
        self.remind(lead)
        asked = self.activities(lead, "answer_due")
        self.assertEqual(len(asked), 1)
        self.assertEqual(asked.user_id, self.sally)
        self.assertEqual(asked.summary, "The reseller has not answered yet")
        self.assertEqual(asked.date_deadline, lead.reseller_due_on.date())

    def test_no_salesperson_the_channel_manager_is_asked(self):
        manager = self.make_user("mia", "sales_team.group_sale_manager")
        self.settings(channel_manager_id=manager.id)
        lead = self.make_leads()
        self.remind(lead)
        self.assertEqual(self.activities(lead, "answer_due").user_id, manager)

    def test_any_answer_closes_it(self):
        leads = self.make_leads(4, user_id=self.sally.id)
        accepted, declined, expired, withdrawn = leads
        with freeze_time(self.remind(leads)):
            self.assertEqual(len(self.activities(leads, "answer_due")), 4)
            accepted.with_user(self.ann).sudo().reseller_accept()
            declined.with_user(self.ann).sudo().reseller_decline(self.territory_reason)
            withdrawn.reseller_withdraw()
        self.assertEqual(
            self.activities(leads, "answer_due").mapped("res_id"), expired.ids
        )
        with freeze_time(expired.reseller_due_on + timedelta(minutes=1)):
            self.Lead._cron_handle_overdue_offers()
        self.assertFalse(self.activities(leads, "answer_due"))
