from odoo.exceptions import UserError
from odoo.tests.common import Form, tagged, users

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestLost(PipelineCase):
    def _wizard(self, leads, reason=None, note=False, user=None):
        return (
            self.env["crm.lead.lost"]
            .with_user(user or self.agent)
            .create(
                {
                    "lead_ids": [(6, 0, leads.ids)],
                    "lost_reason_id": reason.id if reason else False,
                    "lost_feedback": note,
                }
            )
        )

    def _chatter(self, lead):
        """Bodies and tracked values of the lead's messages, as text."""
        self.flush_tracking()
        tracked = lead.message_ids.sudo().tracking_value_ids
        return " ".join(
            [
                *lead.message_ids.mapped("body"),
                *filter(None, tracked.mapped("new_value_char")),
            ]
        )

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def test_several_leads_with_one_wizard(self):
        """From three stages to Lost, closed in Odoo's own sense, reason kept."""
        leads = self._lead() | self._lead(self.qualified) | self._lead(self.negotiation)
        self.flush_tracking()
        wizard = self._wizard(leads, self.price, "<p>Ten percent off</p>")
        self.assertEqual(wizard.lead_count, 3)
        wizard.action_lost_reason_apply()
        for lead, origin in zip(
            leads, (self.new, self.qualified, self.negotiation), strict=True
        ):
            self.assertEqual(lead.stage_id, self.lost)
            self.assertEqual(lead.lost_from_stage_id, origin)
            self.assertEqual(lead.lost_reason_id, self.price)
            self.assertFalse(lead.active)
            self.assertEqual(lead.probability, 0)
            self.assertTrue(lead.date_closed)
            chatter = self._chatter(lead)
            self.assertIn("Ten percent off", chatter)
            self.assertIn("Price", chatter)

    def test_reason_and_notes_are_wanted(self):
        lead = self._lead()
        with self.assertRaisesRegex(UserError, "never lost without a reason"):
            self._wizard(lead).action_lost_reason_apply()
        for empty in (False, "<p><br></p>"):
            with self.assertRaisesRegex(UserError, "needs a note"):
                self._wizard(lead, self.reason_other, empty).action_lost_reason_apply()
        self.assertEqual(lead.stage_id, self.new)
        self._wizard(lead, self.reason_other, "<p>Moved</p>").action_lost_reason_apply()
        self.assertEqual(lead.stage_id, self.lost)

    def test_wizard_form(self):
        lead = self._lead()
        wizard = Form(
            self.env["crm.lead.lost"]
            .with_user(self.agent)
            .with_context(default_lead_ids=lead.ids)
        )
        with self.assertRaisesRegex(AssertionError, "lost_reason_id"):
            wizard.save()
        wizard.lost_reason_id = self.reason_other
        with self.assertRaisesRegex(AssertionError, "lost_feedback"):
            wizard.save()

    def test_reasons_are_records(self):
        for name in (
            "price",
            "competitor",
            "timing",
            "model_unavailable",
            "financing",
            "other",
        ):
            self.assertTrue(self.env.ref(f"crm_lead_pipeline_rules.lost_reason_{name}"))

    def test_bare_write_is_refused(self):
        lead = self._lead()
        for user in (self.agent, self.manager):
            with self.assertRaisesRegex(UserError, "never lost without a reason"):
                lead.with_user(user).write({"stage_id": self.lost.id})
        with self.assertRaisesRegex(UserError, "never lost without a reason"):
            lead.write({"stage_id": self.lost.id})
        self.assertEqual(lead.stage_id, self.new)

    def test_every_way_into_loss_wants_a_reason(self):
        """Odoo's own marks for lost, whoever sets them and in whatever order."""
        lead = self._lead().with_user(self.agent)
        with self.assertRaises(UserError):
            lead.action_set_lost()
        with self.assertRaises(UserError):
            lead.write({"active": False, "probability": 0})
        lead.write({"probability": 0})
        with self.assertRaises(UserError):
            lead.write({"active": False})
        self.assertTrue(lead.active)

    def test_values_of_odd_types_change_nothing(self):
        """Remote programs may send anything, and Odoo takes much of it for nothing."""
        agent = self.agent
        for reason in ("abc", 1.0, [self.price.id], True, {"name": "None"}, "0"):
            with self.subTest(reason=reason):
                lead = self._lead().with_user(agent)
                with self.assertRaisesRegex(UserError, "without a reason"):
                    lead.action_set_lost(lost_reason_id=reason)
                with self.assertRaisesRegex(UserError, "without a reason"):
                    lead.write({"stage_id": self.lost.id, "lost_reason_id": reason})
                with self.assertRaisesRegex(UserError, "without a reason"):
                    self._lead(self.lost).with_user(agent).write(
                        {"lost_reason_id": reason}
                    )
        for values in (
            {"active": 0, "probability": 0},
            {"active": "", "probability": "0"},
            {"active": None, "probability": None},
        ):
            with self.subTest(values=values):
                lead = self._lead().with_user(agent)
                with self.assertRaisesRegex(UserError, "without a reason"):
                    lead.write(values)
                lead.write({"probability": values["probability"]})
                with self.assertRaisesRegex(UserError, "without a reason"):
                    lead.write({"active": values["active"]})
                with self.assertRaisesRegex(UserError, "without a reason"):
                    self.Lead.with_user(agent).create({"name": "Odd", **values})
                defaults = {f"default_{name}": value for name, value in values.items()}
                with self.assertRaisesRegex(UserError, "without a reason"):
                    self.Lead.with_user(agent).with_context(**defaults).create(
                        {"name": "Odd"}
                    )
        for stage in (float(self.won.id), str(self.won.id), [self.won.id], True):
            judged = self.Lead._read_as_stored({"stage_id": stage})
            self.assertEqual(judged, {"stage_id": False})

    def test_people_lose_what_they_archive_on_odoo_17(self):
        """There is one mark for both there, and later series have two."""
        for stage in (self.new, self.won):
            lead = self._lead(stage).with_user(self.agent)
            if stage == self.new:
                lead.probability = 10
            if "won_status" in self.Lead._fields:
                lead.write({"active": False})
                self.assertNotEqual(lead.pipeline_status, "lost")
                continue
            with self.assertRaisesRegex(UserError, "without a reason"):
                lead.write({"active": False})
            lead.sudo().write({"active": False})  # a program's reasons are its own
            self.assertFalse(lead.lost_reason_id)

    def test_lost_by_any_way_is_lost(self):
        """Archived in a list, with a reason: the same as by the button."""
        values = {"active": False, "probability": 0}
        lead = self._lead(self.qualified).with_user(self.agent)
        lead.write({**values, "lost_reason_id": self.price.id})
        self.assertEqual(
            (lead.stage_id, lead.lost_from_stage_id), (self.lost, self.qualified)
        )
        self.assertEqual(lead.pipeline_status, "lost")

    def test_archived_won_lead_is_still_won(self):
        lead = self._lead(self.won)
        lead.write({"active": False})
        self.assertEqual(lead.pipeline_status, "won")

    def test_lost_lead_is_not_restored_by_naming_its_stage(self):
        lead = self._lead(self.lost).with_user(self.agent)
        with self.assertRaisesRegex(UserError, "not restored"):
            lead.write({"active": True, "stage_id": self.lost.id})

    def test_living_lead_in_a_lost_stage_can_be_lost(self):
        """From the time before the addon, when cards were just dropped there."""
        lead = self._lead()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET stage_id = %s WHERE id = %s", (self.lost.id, lead.id)
        )
        lead.invalidate_recordset()
        self._wizard(lead, self.price).action_lost_reason_apply()
        self.assertEqual((lead.active, lead.lost_reason_id), (False, self.price))
        self.assertEqual(lead.probability, 0)

    def test_reason_of_a_lost_lead_is_not_removed(self):
        lead = self._lead(self.lost)
        for other in (lead, lead.with_user(self.manager)):
            with self.assertRaises(UserError):
                other.write({"lost_reason_id": False})
        lead.write({"lost_reason_id": self.reason_other.id})

    def test_program_that_gives_no_reason(self):
        """Elevated code is not stopped, but its leads do not stay unexplained."""
        lead, explained = self._lead(), self._lead()
        explained.lost_reason_id = self.price
        (lead | explained).action_set_lost()
        self.assertEqual((lead | explained).stage_id, self.lost)
        self.assertEqual(lead.lost_reason_id, self.reason_other)
        self.assertEqual(explained.lost_reason_id, self.price)

    def test_lost_for_good(self):
        lead = self._lead(self.lost)
        with self.assertRaisesRegex(UserError, "not restored"):
            lead.with_user(self.manager).action_unarchive()
        with self.assertRaisesRegex(UserError, "closed stage"):
            lead.with_user(self.manager).write({"stage_id": self.new.id})

    def test_won_after_all(self):
        """Won is reachable from Lost, and leaves nothing of the loss behind."""
        for marked in (
            lambda lead: lead.action_set_won(),
            lambda lead: lead.write({"stage_id": self.won.id}),
        ):
            lead = self._lead(self.lost)
            marked(lead.with_user(self.agent))
            self.assertEqual((lead.stage_id, lead.active), (self.won, True))
            self.assertFalse(lead.lost_reason_id)
            self.assertEqual((lead.probability, lead.pipeline_status), (100, "won"))

    def test_lost_after_all(self):
        lead = self._lead(self.won)
        self._wizard(lead, self.price).action_lost_reason_apply()
        self.assertEqual((lead.stage_id, lead.active), (self.lost, False))
        self.assertEqual(lead.probability, 0)

    def test_lead_lost_before_the_addon_came(self):
        """It keeps its open stage, counts as lost, and may be restored as ever."""
        lead = self._lead(self.qualified)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET active = FALSE, probability = 0 WHERE id = %s",
            (lead.id,),
        )
        lead.invalidate_recordset()
        self.assertEqual(lead.pipeline_status, "lost")
        lead.write({"name": "Renamed"})
        lead.with_user(self.agent).action_unarchive()
        self.assertEqual((lead.stage_id, lead.active), (self.qualified, True))

    def test_without_a_lost_stage_leads_still_close(self):
        self.Stage.search([("is_lost", "=", True)]).write({"is_lost": False})
        lead = self._lead(self.qualified)
        self._wizard(lead, self.price).action_lost_reason_apply()
        self.assertEqual((lead.stage_id, lead.active), (self.qualified, False))
        self.assertEqual(lead.lost_reason_id, self.price)

    def test_created_as_lost(self):
        lead = self._lead(self.lost)
        self.assertEqual((lead.active, lead.probability), (False, 0))
        self.assertTrue(lead.date_closed)
        with self.assertRaises(UserError):
            self.Lead.create({"name": "No reason", "stage_id": self.lost.id})

    def test_created_with_odoos_own_marks_for_lost(self):
        """Say, by the import of a list of former leads."""
        values = {"name": "Former", "active": False, "probability": 0}
        agent_leads = self.Lead.with_user(self.agent)
        with self.assertRaisesRegex(UserError, "never lost without a reason"):
            agent_leads.create(values)
        told = agent_leads.create({**values, "lost_reason_id": self.price.id})
        self.assertEqual(told.lost_reason_id, self.price)
        program = self.Lead.create(values)
        self.assertEqual(program.lost_reason_id, self.reason_other)

    # Odoo still counts them

    def test_standard_filters_count_lost_leads(self):
        lead = self._lead(self.qualified)
        self._wizard(lead, self.price).action_lost_reason_apply()
        archived = self.Lead.with_context(active_test=False)
        domain = [("probability", "=", 0), ("active", "=", False)]
        if "won_status" in self.Lead._fields:
            domain.append(("won_status", "=", "lost"))
        self.assertIn(lead, archived.search(domain))
        self.assertEqual(
            self.price.leads_count,
            archived.search_count([("lost_reason_id", "=", self.price.id)]),
        )

    def test_scoring_learns_from_the_stage_of_loss(self):
        """New and Qualified are one loss richer; Negotiation and Lost are not."""
        Frequency = self.env["crm.lead.scoring.frequency"].sudo()

        def losses(stage):
            rows = Frequency.search(
                [
                    ("team_id", "=", self.team.id),
                    ("variable", "=", "stage_id"),
                    ("value", "=", str(stage.id)),
                ]
            )
            return round(sum(rows.mapped("lost_count")))

        lead = self._lead(self.qualified)
        self._wizard(lead, self.price).action_lost_reason_apply()
        self.env.flush_all()
        stages = (self.new, self.qualified, self.negotiation, self.lost)
        self.assertEqual([losses(stage) for stage in stages], [1, 1, 0, 0])
        values = lead._pls_get_lead_pls_values(domain=[("id", "=", lead.id)])
        self.assertIn(("stage_id", self.qualified.id), values[lead.id]["values"])

    @users("pipe_agent")
    def test_my_pipeline_shows_lost_cards(self):
        lead = self._lead()
        self._wizard(lead, self.price).action_lost_reason_apply()
        archived = self._lead(name="Put away")
        archived.write({"active": False})
        action = self.env["crm.team"].action_your_pipeline()
        found = self.env["crm.lead"].search(action["domain"])
        self.assertIn(lead.id, found.ids)
        self.assertNotIn(archived.id, found.ids)
        self.assertTrue(self.lost.fold)

    def test_action_opens_one_wizard(self):
        leads = self._lead() | self._lead()
        action = leads.action_mark_lost()
        self.assertEqual(action["res_model"], "crm.lead.lost")
        self.assertEqual(action["context"]["default_lead_ids"], leads.ids)
