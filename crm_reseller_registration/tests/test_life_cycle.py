from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RegistrationCase


@tagged("post_install", "-at_install")
class TestLifeCycle(RegistrationCase):
    def test_qualified_registration_becomes_an_opportunity_of_the_reseller(self):
        registration = self._qualified()
        lead = registration.lead_id
        self.assertEqual(registration.state, "qualified")
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.reseller_id, self.alder)
        self.assertEqual(lead.reseller_state, "accepted")
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)
        self.assertEqual(lead.reseller_offer_ids.method, "registered")
        self.assertEqual(lead.expected_revenue, 12000)
        self.assertEqual(lead.partner_id.commercial_partner_id.vat, "123456789")
        self.assertEqual(lead.contact_name, "Carla Quercus")
        self.assertFalse(lead.reseller_manual_only)

    def test_full_reseller_gets_the_deal_it_registered(self):
        self.alder.reseller_max_open_leads = 1
        first = self._qualified()
        second = self._qualified(
            name="Presses", company_name="Acer", website="acer.example", email=""
        )
        self.assertEqual((first | second).lead_id.reseller_id, self.alder)
        self.assertEqual(second.lead_id.reseller_state, "accepted")

    def test_qualifying_twice_makes_one_opportunity(self):
        registration = self._qualified()
        lead = registration.lead_id
        registration.with_user(self.agent).action_qualify()
        self.assertEqual(registration.lead_id, lead)
        self.assertEqual(
            self.env["crm.lead"].search_count([("name", "=", registration.name)]), 1
        )

    def test_known_company_is_used_and_no_second_one_created(self):
        known = self.env["res.partner"].create(
            {"name": "QUERCUS werke", "is_company": True}
        )
        registration = self._submitted(website="https://other.example")
        self.assertTrue(registration.company_known)
        registration.with_user(self.agent).action_qualify()
        self.assertEqual(registration.partner_id, known)
        self.assertEqual(registration.lead_id.partner_id.commercial_partner_id, known)

    def test_known_contact_is_used(self):
        known = self.env["res.partner"].create(
            {"name": "Quercus Werke", "is_company": True}
        )
        person = self.env["res.partner"].create(
            {"name": "C. Q.", "parent_id": known.id, "email": "Carla@Quercus.example"}
        )
        self.assertEqual(self._qualified().contact_id, person)

    def test_returned_with_a_question_and_submitted_again(self):
        registration = self._submitted()
        registration._return_question("Which size?")
        self.assertEqual(registration.state, "returned")
        self.assertIn("Which size?", registration._get_reseller_messages()[0].body)
        registration._update_draft({"requirements": "Size L."})
        registration._submit()
        self.assertEqual(registration.state, "submitted")
        self.assertEqual(registration.requirements, "Size L.")

    def test_questions_are_limited(self):
        self.company.reseller_registration_max_returns = 1
        registration = self._submitted()
        registration._return_question("Which size?")
        registration._submit()
        with self.assertRaisesRegex(UserError, "qualify or reject"):
            registration._return_question("Which colour?")

    def test_unanswered_question_expires(self):
        self.company.reseller_registration_answer_days = 14
        registration = self._submitted()
        registration._return_question("Which size?")
        now = registration.returned_on
        with freeze_time(now + timedelta(days=13)):
            self.Registration._cron_handle_deadlines()
        self.assertEqual(registration.state, "returned")
        with freeze_time(now + timedelta(days=15)):
            self.Registration._cron_handle_deadlines()
        self.assertEqual(registration.state, "expired")
        self.assertFalse(registration.claim_ids)

    def test_rejected_with_a_reason_the_reseller_reads(self):
        registration = self._submitted()
        with self.assertRaisesRegex(UserError, "Choose a reason"):
            registration._reject(self.reject_reason.browse())
        registration._reject(self.reject_reason, "Sorry.")
        self.assertEqual(registration.state, "rejected")
        body = registration._get_reseller_messages()[0].body
        self.assertIn(self.reject_reason.name, body)
        self.assertIn("Sorry.", body)
        self.assertFalse(registration.claim_ids)

    def test_withdrawn_with_a_reason_before_the_decision(self):
        registration = self._submitted()
        with self.assertRaisesRegex(UserError, "say why"):
            registration._withdraw("")
        registration._withdraw("Customer changed plans")
        self.assertEqual(registration.state, "withdrawn")
        qualified = self._qualified()
        with self.assertRaisesRegex(UserError, "decided already"):
            qualified._withdraw("Too late")

    def test_submitted_registration_cannot_be_changed(self):
        registration = self._submitted()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            registration._update_draft({"name": "Other"})

    def test_level_decides_who_registers(self):
        self.level.can_register_deal = False
        with self.assertRaisesRegex(UserError, "level does not allow"):
            self._draft()

    def test_open_registrations_are_limited_and_lapses_lower_the_limit(self):
        self.level.max_open_registrations = 2
        self._submitted()
        lapsed = self._submitted(
            company_name="Acer AG", website="acer.example", vat="987654321", email=""
        )
        third = {
            "company_name": "Tilia SA",
            "website": "tilia.example",
            "vat": "1234567890",
            "email": "",
        }
        with self.assertRaisesRegex(UserError, "2 open registrations"):
            self._submitted(**third)
        lapsed._withdraw("No longer")
        self._submitted(**third)
        lapsed.write({"lapsed_idle": True, "lapsed_on": datetime.now()})
        self.assertEqual(self.alder._get_registration_limit(), 1)

    def test_rules_say_who_decides(self):
        rules = self.env["crm.deal.registration.rule"]
        rules.create(
            {
                "name": "Large",
                "sequence": 1,
                "min_budget": 50000,
                "user_id": self.salesman.id,
            }
        )
        self.assertEqual(self._submitted().user_id, self.agent)
        large = self._submitted(budget=60000, vat="987654321", website="b.example")
        self.assertEqual(large.user_id, self.salesman)

    def test_deadline_counts_working_hours(self):
        calendar = self.company.resource_calendar_id
        calendar.tz = "UTC"
        # Friday noon: 4 hours are left, 8 on Monday, which is a holiday
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2031-03-10 00:00:00",
                "date_to": "2031-03-10 23:59:59",
            }
        )
        with freeze_time("2031-03-07 13:00:00"):
            registration = self._submitted()
        self.assertEqual(registration.decision_due_on, datetime(2031, 3, 12, 12, 0))

    def test_people_of_the_team_change_nothing_but_by_buttons(self):
        registration = self._submitted().with_user(self.agent)
        registration.user_id = self.salesman
        for vals in ({"state": "qualified"}, {"protection": "granted"}, {"budget": 1}):
            with self.assertRaisesRegex(AccessError, "buttons"):
                registration.write(vals)

    def test_resellers_cannot_call_anything(self):
        registration = (
            self._submitted()
            .with_user(self.sue)
            .with_env(self.env(user=self.sue, su=False))
        )
        for name in (
            "action_qualify",
            "action_open_reject",
            "action_open_return",
            "action_open_override",
            "action_open_lead",
        ):
            with self.assertRaises(AccessError):
                getattr(registration, name)()
        with self.assertRaises(AccessError):
            registration.read(["name"])

    def test_bulk_decision_names_what_failed(self):
        good = self._submitted()
        bad = self._draft(vat="987654321", website="b.example")
        bad.write({"name": "Not submitted"})
        result = (good | bad).with_user(self.agent).action_qualify()
        self.assertEqual(good.state, "qualified")
        self.assertEqual(bad.state, "draft")
        wizard = self.env[result["res_model"]].browse(result["res_id"])
        self.assertEqual(wizard.done_count, 1)
        self.assertEqual(
            [(line.registration_id, line.done) for line in wizard.line_ids],
            [(bad, False), (good, True)],
        )
        self.assertIn("submitted registration", wizard.line_ids[0].problem)

    def test_wizard_rejects(self):
        registration = self._submitted()
        action = registration.with_user(self.agent).action_open_reject()
        wizard = (
            self.env[action["res_model"]].with_user(self.agent).browse(action["res_id"])
        )
        wizard.reason_id = self.reject_reason
        wizard.action_confirm()
        self.assertEqual(registration.state, "rejected")
        self.assertEqual(registration.decided_by_id, self.agent)

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_reseller_bundle_mixin")
    def test_one_bad_registration_does_not_stop_the_others(self):
        good, bad = self._submitted(), self._submitted(self.bob)
        moment = max((good | bad).mapped("decision_due_on")) + timedelta(minutes=1)
        original = type(good)._grant_provisional

        def grant(registration):
            if registration == bad:
                raise ValueError("bad registration")
            return original(registration)

        self.patch(type(good), "_grant_provisional", grant)
        with freeze_time(moment):
            self.Registration._cron_handle_deadlines()
        self.assertEqual(good.protection, "provisional")
        self.assertFalse(bad.escalated_on, "it is tried again")

    def test_wizard_shows_the_result_of_each(self):
        good = self._submitted()
        bad = self._draft(vat="987654321", website="b.example")
        action = (good | bad).with_user(self.agent).action_open_reject()
        wizard = (
            self.env[action["res_model"]].with_user(self.agent).browse(action["res_id"])
        )
        wizard.reason_id = self.reject_reason
        self.assertEqual(wizard.action_confirm()["res_id"], wizard.id)
        self.assertEqual(wizard.line_ids.mapped("done"), [False, True])
        wizard.action_confirm()
        self.assertEqual(len(wizard.line_ids), 2, "a second click changes nothing")
