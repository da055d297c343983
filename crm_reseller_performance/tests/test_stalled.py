"""Leads that a reseller accepted and nothing happened on since."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests.common import tagged

from odoo.addons.crm_reseller_base.tests.common import ResellerCase

MONDAY = datetime(2026, 3, 2, 9, 0)  # nothing special about it


@tagged("post_install", "-at_install")
class TestStalledLeads(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.let_in(cls.alfa)
        cls.sally = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.Lead = cls.env["crm.lead"]
        # whatever the demo data holds is no part of this
        cls.Lead.search([("reseller_state", "=", "accepted")]).unlink()

    def activities(self, leads):
        leads.invalidate_recordset()
        activity_type = self.env.ref(
            "crm_reseller_performance.mail_activity_type_stalled"
        )
        return leads.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )

    def accepted(self, count=1, **values):
        """Leads that Alfa took on a Monday."""
        with freeze_time(MONDAY):
            leads = self.make_leads(count, user_id=self.sally.id, **values)
            leads.assign_to_reseller(self.alfa)
            leads.with_user(self.ann).sudo().reseller_accept()
            # stamped with the transaction's time, which goes on
            leads.date_last_stage_update = MONDAY
        return leads

    def alert(self, days_later):
        with freeze_time(MONDAY + timedelta(days=days_later)):
            self.Lead._cron_alert_stalled_leads()

    def test_untouched_leads_raise_one_alert(self):
        lead = self.accepted()
        self.alert(6)
        self.assertFalse(self.activities(lead))
        self.alert(8)
        self.alert(9)
        alert = self.activities(lead)
        self.assertEqual(len(alert), 1)
        self.assertEqual(alert.user_id, self.sally)
        self.assertEqual(alert.summary, "Nothing happened for 7 days")

    def test_a_word_of_the_reseller_is_progress(self):
        lead = self.accepted()
        with freeze_time(MONDAY + timedelta(days=5)):
            lead.with_user(self.ann).sudo()._post_reseller_note("We met them.")
        self.alert(8)
        self.assertFalse(self.activities(lead))
        self.alert(13)
        self.assertTrue(self.activities(lead))

    def test_alert_goes_when_the_lead_moves_again(self):
        lead = self.accepted(type="opportunity")
        self.alert(8)
        self.assertTrue(self.activities(lead))
        with freeze_time(MONDAY + timedelta(days=9)):
            lead.with_user(self.ann).sudo()._post_reseller_note("They want an offer.")
        self.alert(10)
        self.assertFalse(self.activities(lead))

    def test_closed_leads_raise_no_alert(self):
        won, lost, waiting = self.accepted(3, type="opportunity")
        with freeze_time(MONDAY):
            won.action_set_won()
            lost.active = False
            waiting.reseller_withdraw()
        self.alert(30)
        for lead in (won, lost, waiting):
            self.assertFalse(self.activities(lead))

    def test_days_can_be_chosen_and_alerts_switched_off(self):
        lead = self.accepted()
        self.env.company.reseller_stalled_days = 3
        self.alert(4)
        self.assertTrue(self.activities(lead))
        self.env.company.reseller_stalled_days = 0
        self.alert(30)
        self.assertFalse(self.activities(lead))

    def test_looking_costs_the_same_however_many_are_stalled(self):
        """Odoo makes activities one by one; finding out who needs one takes a few
        statements."""

        def cost(count):
            self.accepted(count)
            self.alert(8)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.alert(9)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = cost(3), cost(43)
        self.assertLessEqual(many, few + 2)

    def test_alerts_are_no_mails(self):
        before = self.env["mail.mail"].search_count([])
        self.accepted(3)
        told = self.env["mail.mail"].search_count([])
        self.assertGreater(told, before, "the reseller is told of its offers")
        self.alert(8)
        self.assertEqual(self.env["mail.mail"].search_count([]), told)
