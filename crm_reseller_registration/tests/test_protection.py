from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import RegistrationCase


@tagged("post_install", "-at_install")
class TestProtection(RegistrationCase):
    def _run_cron(self, moment):
        with freeze_time(moment):
            self.Registration._cron_handle_deadlines()
            self.Registration._cron_handle_protection()

    def test_provisional_when_the_team_is_late(self):
        registration = self._submitted()
        due = registration.decision_due_on
        self._run_cron(due - timedelta(minutes=1))
        self.assertEqual(registration.protection, "none")
        self._run_cron(due + timedelta(minutes=1))
        self.assertEqual(registration.protection, "provisional")
        self.assertEqual(registration.state, "submitted")
        self.assertIn(
            "provisionally protected", registration._get_reseller_messages()[0].body
        )

    def test_only_the_first_is_protected_provisionally(self):
        first, second = self._submitted(self.bob), self._submitted()
        self._run_cron(second.decision_due_on + timedelta(minutes=1))
        self.assertEqual(first.protection, "provisional")
        self.assertEqual(second.protection, "none")

    def test_protection_lapses_without_work(self):
        registration = self._qualified()
        start = registration.granted_on
        self.assertEqual(registration.lapses_on, start + timedelta(days=30))
        self._run_cron(start + timedelta(days=24))
        self.assertTrue(registration.warned_on)
        self.assertIn("ends on", registration._get_reseller_messages()[0].body)
        self._run_cron(start + timedelta(days=31))
        self.assertEqual(registration.protection, "lapsed")
        self.assertTrue(registration.lapsed_idle)
        self.assertFalse(registration.claim_ids)

    def test_work_renews_the_lease(self):
        registration = self._qualified()
        start = registration.granted_on
        lead = registration.lead_id.with_user(self.anna).sudo()
        with freeze_time(start + timedelta(days=20)):
            lead._reseller_post("Met the buyer, wants a trial.")
        self._run_cron(start + timedelta(days=31))
        self.assertEqual(registration.protection, "granted")
        with freeze_time(start + timedelta(days=45)):
            # neither of them says anything new
            lead._reseller_post("ok.")
            lead._reseller_post("Met the buyer, wants a trial.")
        self._run_cron(start + timedelta(days=51))
        self.assertEqual(registration.protection, "lapsed")
        self.assertFalse(registration.lapsed_idle)

    def test_only_a_finished_step_is_work(self):
        registration = self._qualified()
        start = registration.granted_on
        lead = registration.lead_id.with_user(self.anna).sudo()
        with freeze_time(start + timedelta(days=10)):
            lead._reseller_plan_step("call", "Call the buyer", "2030-01-01")
            lead._reseller_plan_step("call", "Call the buyer", "2030-01-02")
            lead._reseller_remove_step()
            lead._reseller_plan_step("call", "Call the buyer", "2030-01-01")
        self.assertFalse(registration.worked_on)
        with freeze_time(start + timedelta(days=20)):
            lead._reseller_finish_step()
        self.assertEqual(registration.worked_on, start + timedelta(days=20))

    def test_work_goes_on_beyond_the_first_end(self):
        registration = self._qualified()
        start = registration.granted_on
        lead = registration.lead_id.with_user(self.anna).sudo()
        for day in (25, 50, 75, 89):
            with freeze_time(start + timedelta(days=day)):
                lead._reseller_post(f"Visit number {day}")
        self._run_cron(start + timedelta(days=91))
        self.assertEqual(registration.protection, "granted")

    def test_lost_deal_is_not_protected(self):
        registration = self._qualified()
        reason = self.env["crm.lost.reason"].create({"name": "Price"})
        registration.lead_id.action_set_lost(lost_reason_id=reason.id)
        self.assertEqual(registration.protection, "lapsed")
        self.assertFalse(registration.claim_ids)
        self.assertFalse(registration.lapsed_idle)

    def test_who_left_is_given_nothing_to_do(self):
        """The next in charge decides on more time, and reads what the reseller says."""
        registration = self._qualified()
        self.agent.active = False
        next_agent = new_test_user(
            self.env, "next_agent", groups="sales_team.group_sale_salesman_all_leads"
        )
        self.company.reseller_channel_manager_id = next_agent
        registration.with_user(self.anna).sudo()._ask_for_extension(30, "Later")
        registration.with_user(self.anna).sudo()._post_from_reseller("A letter")
        self.assertEqual(registration.activity_ids.user_id, next_agent)
        told = registration.message_ids.partner_ids
        self.assertIn(next_agent.partner_id, told)
        # what was written before stays as it was
        since = registration.message_ids.filtered(
            lambda message: "Later" in message.body or "A letter" in message.body
        )
        self.assertNotIn(self.agent.partner_id, since.partner_ids)

    def test_extension_is_asked_once_and_granted(self):
        registration = self._qualified()
        until = registration.protected_until
        mine = registration.with_user(self.anna).sudo()
        mine._ask_for_extension(30, "Budget comes in June")
        with self.assertRaisesRegex(UserError, "is being decided"):
            mine._ask_for_extension(30, "Again")
        registration.extension_ids.with_user(self.agent).action_grant()
        self.assertEqual(registration.protected_until, until + timedelta(days=30))
        mine._ask_for_extension(30, "Once more")
        registration.extension_ids[0].with_user(self.agent).action_refuse()
        self.assertEqual(registration.protected_until, until + timedelta(days=30))

    def test_only_managers_give_a_protected_customer_to_another(self):
        self._qualified()
        lead = self.env["crm.lead"].create(
            {"name": "More presses", "email_from": "otto@quercus.example"}
        )
        with self.assertRaisesRegex(UserError, "protected for another reseller"):
            lead.with_user(self.agent).assign_to_reseller(self.birch.id)
        self.assertFalse(lead.reseller_id)
        lead.with_user(self.agent).assign_to_reseller(self.alder.id)
        self.assertEqual(lead.reseller_id, self.alder)
        manager = new_test_user(
            self.env, "registration_manager", groups="sales_team.group_sale_manager"
        )
        lead.with_user(manager).assign_to_reseller(self.birch.id)
        self.assertEqual(lead.reseller_id, self.birch)
        self.assertTrue(
            lead.message_ids.filtered(
                lambda message: "protected for another reseller" in message.body
            )
        )

    def test_automatic_assignment_respects_the_protection(self):
        rules = self.env["crm.reseller.assignment.rule"]
        rules.search([]).active = False
        rules.create({"name": "All", "sequence": 1})
        self._qualified()
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Request {number}",
                    "type": "lead",
                    "email_from": f"p{number}@quercus.example",
                }
                for number in range(6)
            ]
        )
        leads.action_assign_resellers()
        self.assertEqual(leads.reseller_id, self.alder)

    def test_a_registration_follows_its_opportunity_into_a_merge(self):
        registration = self._qualified()
        head = self._create_lead(name="Came by mail", type="opportunity")
        tail = registration.lead_id
        (head | tail).with_user(self.agent).merge_opportunity()
        stays = (head | tail).exists()
        self.assertEqual(registration.lead_id, stays)
        self.assertEqual(registration.protection, "granted")
