from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import Form, new_test_user, tagged

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestCalls(PipelineCase):
    def _wizard(self, lead, user=None):
        return Form(
            self.env["crm.call.log.wizard"]
            .with_user(user or self.agent)
            .with_context(default_lead_id=lead.id)
        )

    def test_log_call(self):
        lead = self._lead()
        wizard = self._wizard(lead)
        wizard.result = "answered"
        wizard.duration = 12
        wizard.summary = "Wants <two> vans"
        wizard.save().action_log()
        call = lead.call_log_ids
        self.assertEqual(
            (call.duration, call.result, call.user_id, call.team_id),
            (12, "answered", self.agent, self.team),
        )
        self.assertEqual(call.end_date - call.call_date, timedelta(minutes=12))
        self.assertEqual(lead.call_log_count, 1)
        body = lead.message_ids[0].body
        self.assertIn("Answered, 12 min", body)
        self.assertIn("Wants &lt;two&gt; vans", body)
        self.assertFalse(lead.activity_ids)

    def test_nothing_is_suggested_for_a_day_off(self):
        """After a Friday comes Monday, or Tuesday where Monday is a holiday."""
        friday, sunday = "2030-07-05 09:00:00", "2030-07-07 09:00:00"
        calendar = self.env.company.resource_calendar_id
        calendar.tz = "UTC"
        for moment, days in (
            (friday, ("2030-07-05", "2030-07-08", "2030-07-08")),
            (sunday, ("2030-07-07", "2030-07-08", "2030-07-09")),
        ):
            with freeze_time(moment):
                wizard = self._wizard(self._lead())
                for result, day in zip(
                    ("busy", "no_answer", "voicemail"), days, strict=True
                ):
                    wizard.result = result
                    self.assertEqual(str(wizard.date_deadline), day)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": self.env.company.id,
                "date_from": "2030-07-08 00:00:00",
                "date_to": "2030-07-08 23:59:59",
            }
        )
        with freeze_time(friday):
            wizard = self.env["crm.lead.visit.wizard"].with_user(self.agent)
            start = wizard.create({"lead_id": self._lead().id}).start
        self.assertEqual(str(start)[:10], "2030-07-09")

    @freeze_time("2030-07-02 09:00:00")  # a Tuesday
    def test_follow_up_by_result(self):
        today = fields.Date.context_today(self.Lead.with_user(self.agent))
        lead = self._lead()
        expected = {
            "answered": (False, None),
            "no_answer": (True, 1),
            "busy": (True, 0),
            "voicemail": (True, 2),
            "wrong_number": (True, 0),
        }
        selection = dict(self.env["crm.call.log"]._fields["result"].selection)
        self.assertEqual(set(expected), set(selection))
        wizard = self._wizard(lead)
        for result, (wanted, days) in expected.items():
            wizard.result = result
            self.assertEqual(wizard.schedule_next, wanted)
            if wanted:
                self.assertEqual(
                    fields.Date.to_date(wizard.date_deadline),
                    today + timedelta(days=days),
                )

    def test_next_activity(self):
        lead = self._lead()
        wizard = self._wizard(lead)
        wizard.result = "no_answer"
        wizard.save().action_log()
        activity = lead.activity_ids
        self.assertEqual(lead.call_log_ids.activity_id, activity)
        self.assertEqual(activity.user_id, self.agent)
        call_type = self.env.ref("mail.mail_activity_data_call")
        self.assertEqual(activity.activity_type_id, call_type)

    def test_suggestion_can_be_declined(self):
        lead = self._lead()
        wizard = self._wizard(lead)
        wizard.result = "no_answer"
        wizard.schedule_next = False
        wizard.save().action_log()
        self.assertFalse(lead.activity_ids)

    @freeze_time("2030-07-02 09:00:00")
    def test_next_activity_is_a_call_tomorrow(self):
        """Ticked by hand, it needs nothing more to be filled in."""
        lead = self._lead()
        wizard = self._wizard(lead)
        wizard.result = "answered"
        wizard.schedule_next = True
        wizard.save().action_log()
        activity = lead.activity_ids
        today = fields.Date.context_today(self.Lead.with_user(self.agent))
        self.assertEqual(activity.date_deadline, today + timedelta(days=1))
        self.assertEqual(
            activity.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )

    def test_next_activity_of_a_lead_whose_salesperson_left(self):
        former = self._new_user("pipe_former", "sales_team.group_sale_salesman")
        self.team.user_id = self.manager
        lead = self._lead(user_id=former.id)
        former.active = False
        wizard = self._wizard(lead)
        wizard.result = "no_answer"
        wizard.save().action_log()
        self.assertEqual(lead.activity_ids.user_id, self.manager)

    def test_forms_answer_those_who_may_use_them(self):
        """Every model of ours, found in the registry; and no lead out of sight."""
        lead = self._lead()
        strangers = [
            new_test_user(self.env, "pipe_portal", groups="base.group_portal"),
            new_test_user(self.env, "pipe_employee", groups="base.group_user"),
        ]
        ours = [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "crm_lead_pipeline_rules"
            and not model._abstract
        ]
        self.assertGreaterEqual(len(ours), 6)
        for name in ours:
            for user in strangers:
                with self.assertRaises(AccessError, msg=f"{name} {user.login}"):
                    self.env[name].with_user(user).onchange({}, [], {"id": {}})
        spec = {"lead_id": {}, "partner_id": {"fields": {"display_name": {}}}}
        for values, context in (
            ({"lead_id": lead.id}, {}),
            ({"lead_id": {"id": lead.id}}, {}),
            ({}, {"default_lead_id": lead.id}),
        ):
            calls = self.env["crm.call.log"].with_user(self.other)
            with self.assertRaises(AccessError):
                calls.with_context(**context).onchange(values, ["lead_id"], spec)

    def test_activity_needs_a_type(self):
        wizard = self.env["crm.call.log.wizard"].create(
            {"lead_id": self._lead().id, "result": "answered", "schedule_next": True}
        )
        wizard.activity_type_id = False
        with self.assertRaisesRegex(UserError, "type and a due date"):
            wizard.action_log()

    def test_duration_is_not_negative(self):
        with self.assertRaises(ValidationError):
            self.env["crm.call.log"].create(
                {"lead_id": self._lead().id, "duration": -1, "result": "busy"}
            )

    def test_who_sees_and_writes_which_calls(self):
        log = self.env["crm.call.log"].create(
            {"lead_id": self._lead().id, "user_id": self.agent.id, "result": "busy"}
        )
        Log = self.env["crm.call.log"]
        self.assertIn(log, Log.with_user(self.agent).search([]))
        self.assertNotIn(log, Log.with_user(self.other).search([]))
        self.assertIn(log, Log.with_user(self.manager).search([]))
        log.with_user(self.agent).summary = "Mine"
        with self.assertRaises(AccessError):
            log.with_user(self.other).write({"summary": "Not mine"})
        with self.assertRaises(AccessError):
            log.with_user(self.agent).unlink()
        pool = self._lead(user_id=False)
        seen = Log.create(
            {"lead_id": pool.id, "user_id": self.agent.id, "result": "busy"}
        )
        self.assertIn(seen, Log.with_user(self.other).search([]))
        with self.assertRaises(AccessError):
            seen.with_user(self.other).write({"summary": "Not mine"})
        log.with_user(self.manager).unlink()

    def test_companies_do_not_see_each_others_calls(self):
        """Not in lists, not in sums, not by id; calls follow their lead's company."""
        here = self.env.company
        there = self.env["res.company"].create({"name": "Second"})
        self.team.company_id = False
        boss = new_test_user(
            self.env,
            login="pipe_boss_there",
            groups="base.group_user,sales_team.group_sale_manager",
            company_id=there.id,
            company_ids=[(6, 0, there.ids)],
        )
        Log = self.env["crm.call.log"]
        calls = {}
        for company in (here, there, self.env["res.company"]):
            lead = self._lead(user_id=False, company_id=company.id)
            calls[company] = Log.create(
                {"lead_id": lead.id, "user_id": boss.id, "duration": 7}
            )
        ours, theirs, common = calls.values()
        self.env.flush_all()
        seen_there = Log.with_user(boss).search([("id", "in", (ours | theirs).ids)])
        self.assertEqual(seen_there, theirs)
        seen_here = Log.with_user(self.manager).search(
            [("id", "in", (ours | theirs | common).ids)]
        )
        self.assertEqual(seen_here, ours | common)
        groups = Log.with_user(boss)._read_group(
            [("id", "in", (ours | theirs | common).ids)], [], ["duration:sum"]
        )
        self.assertEqual(groups, [(14,)])
        with self.assertRaises(AccessError):
            ours.with_user(boss).read(["summary"])
        with self.assertRaises(AccessError):
            ours.with_user(boss).write({"summary": "Not here"})
        stays = self.env["crm.stage.stay.report"].with_user(boss)
        leads = (ours | theirs).lead_id
        self.assertEqual(
            stays.search([("lead_id", "in", leads.ids)]).lead_id, theirs.lead_id
        )
        ours.lead_id.company_id = there
        self.env.flush_all()
        self.assertIn(ours, Log.with_user(boss).search([]))
        self.assertNotIn(ours, Log.with_user(self.manager).search([]))

    def test_wizard_needs_access_to_the_lead(self):
        lead = self._lead(user_id=False)
        wizard = (
            self.env["crm.call.log.wizard"]
            .with_user(self.other)
            .create({"lead_id": lead.id, "result": "answered"})
        )
        lead.user_id = self.agent
        with self.assertRaises(AccessError):
            wizard.action_log()
        employee = new_test_user(self.env, "pipe_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            wizard.with_user(employee).action_log()

    def test_a_lead_out_of_sight_tells_nothing(self):
        """Neither its name, by a call logged for it, nor its owner or address."""
        lead = self._lead(name="Secret", street="Hidden Street 1")
        values = {"lead_id": lead.id, "result": "busy", "user_id": self.other.id}
        with self.assertRaises(AccessError):
            self.env["crm.call.log"].with_user(self.other).create(values)
        with self.assertRaises(AccessError):
            del values["user_id"]
            self.env["crm.call.log.wizard"].with_user(self.other).create(values)
        own = (
            self.env["crm.call.log"]
            .with_user(self.other)
            .create({"lead_id": self._lead(user_id=self.other.id).id, "result": "busy"})
        )
        with self.assertRaises(AccessError):
            own.lead_id = lead.id
        Visit = self.env["crm.lead.visit.wizard"].with_user(self.other)
        with self.assertRaises(AccessError):
            Visit.create({"lead_id": lead.id, "user_id": self.other.id})
        with self.assertRaises(AccessError):
            Visit.new({"lead_id": lead.id, "place": "on_site"}).mapped("location")

    def test_actions(self):
        lead = self._lead().with_user(self.agent)
        self.assertEqual(
            lead.action_log_call()["context"], {"default_lead_id": lead.id}
        )
        self.assertEqual(
            lead.action_schedule_visit()["res_model"], "crm.lead.visit.wizard"
        )
        self.assertEqual(
            lead.action_view_calls()["domain"], [("lead_id", "=", lead.id)]
        )

    def test_views(self):
        """Every view the menus open is there and can be rendered."""
        Log = self.env["crm.call.log"]
        action = self.env.ref("crm_lead_pipeline_rules.crm_call_log_action")
        for view_type in action.view_mode.split(","):
            self.assertTrue(Log.get_view(view_type=view_type)["arch"])


@tagged("post_install", "-at_install")
class TestVisits(PipelineCase):
    def _visit(self, lead, **values):
        return (
            self.env["crm.lead.visit.wizard"]
            .with_user(self.agent)
            .create({"lead_id": lead.id, **values})
        )

    def test_visit_at_the_customer(self):
        partner = self.env["res.partner"].create(
            {"name": "Jo", "email": "jo@example.com"}
        )
        lead = self._lead(
            partner_id=partner.id, street="Main Street 1", zip="9000", city="Ghent"
        )
        wizard = self._visit(lead, duration=1.5, invite_customer=True)
        self.assertEqual(wizard.location, "Main Street 1, 9000 Ghent")
        wizard.action_schedule()
        meeting = lead.calendar_event_ids
        self.assertEqual(meeting.location, "Main Street 1, 9000 Ghent")
        self.assertEqual(meeting.user_id, self.agent)
        self.assertEqual(meeting.partner_ids, self.agent.partner_id | partner)
        self.assertEqual(meeting.stop - meeting.start, timedelta(hours=1.5))
        self.assertIn("Lead", meeting.name)

    def test_customer_is_not_invited_unasked(self):
        partner = self.env["res.partner"].create(
            {"name": "Jo", "email": "jo@example.com"}
        )
        lead = self._lead(partner_id=partner.id)
        self._visit(lead).action_schedule()
        self.assertEqual(lead.calendar_event_ids.partner_ids, self.agent.partner_id)

    def test_address_of_the_customer_where_the_lead_has_none(self):
        partner = self.env["res.partner"].create({"name": "Jo"})
        lead = self._lead(partner_id=partner.id)
        partner.write({"street": "Side Street 2", "city": "Bruges"})
        lead.write(dict.fromkeys(("street", "street2", "zip", "city"), False))
        self.assertEqual(self._visit(lead).location, "Side Street 2, Bruges")

    def test_visit_in_the_showroom(self):
        self.env.company.partner_id.write(
            {
                "street": "Show Street 3",
                "street2": False,
                "zip": "1000",
                "city": "Brussels",
            }
        )
        wizard = self._visit(self._lead(), place="showroom")
        self.assertTrue(wizard.location.startswith("Show Street 3, 1000 Brussels"))

    def test_visit_is_suggested_at_a_decent_hour(self):
        """Tomorrow at ten on the agent's own clock, whatever time it is now."""
        self.agent.tz = "Europe/Brussels"
        for now in ("2030-07-01 07:15:00", "2030-07-01 20:59:00"):
            with freeze_time(now):
                start = self._visit(self._lead()).start
            self.assertEqual(str(start), "2030-07-02 08:00:00")

    def test_clash_is_told(self):
        lead = self._lead()
        first = self._visit(lead)
        self.assertFalse(first.clash)
        first.action_schedule()
        second = self._visit(lead, start=first.start + timedelta(minutes=30))
        self.assertIn("has another meeting", second.clash)

    def test_what_does_not_take_the_agent_is_no_clash(self):
        """A meeting that was declined, cancelled, or leaves the agent free."""
        undo = (
            lambda meeting: meeting.attendee_ids.write({"state": "declined"}),
            lambda meeting: meeting.write({"show_as": "free"}),
            lambda meeting: meeting.write({"active": False}),
        )
        for days, make_free in enumerate(undo):
            lead = self._lead()
            start = fields.Datetime.now() + timedelta(days=30 + days)
            self._visit(lead, start=start).action_schedule()
            self.assertTrue(self._visit(lead, start=start).clash)
            make_free(lead.calendar_event_ids)
            self.assertFalse(self._visit(lead, start=start).clash)

    def test_visit_takes_time(self):
        with self.assertRaisesRegex(UserError, "takes some time"):
            self._visit(self._lead(), duration=0).action_schedule()

    def test_visit_needs_access_to_the_lead(self):
        lead = self._lead(user_id=self.other.id)
        wizard = (
            self.env["crm.lead.visit.wizard"]
            .with_user(self.other)
            .create({"lead_id": lead.id, "user_id": self.other.id})
        )
        lead.user_id = self.agent
        with self.assertRaises(AccessError):
            wizard.action_schedule()
