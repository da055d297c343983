from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged
from odoo.tools.safe_eval import safe_eval

from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestConfigurationCheck(PipelineCase):
    def _findings(self):
        check = self.env["crm.pipeline.check"].with_user(self.manager)
        action = check.action_run()
        lines = check.browse(action["res_id"]).line_ids
        return {line.message: line.state for line in lines}

    def _problems(self):
        return " ".join(
            text for text, state in self._findings().items() if state != "ok"
        )

    def test_no_won_and_no_lost_stage(self):
        self.Stage.search([]).write({"is_won": False, "is_lost": False})
        problems = self._problems()
        self.assertIn("No won stage configured", problems)
        self.assertIn("No lost stage configured", problems)

    def test_team_without_stages(self):
        self.env["crm.team"].create({"name": "Empty Team"})
        problems = self._problems()
        self.assertIn('"Empty Team" has no open stage.', problems)
        self.assertIn('"Empty Team" has no won stage.', problems)
        self.assertIn('"Empty Team" has no lost stage.', problems)
        self.assertNotIn('"Pipeline Team"', problems)

    def test_equal_sequences(self):
        self.assertNotIn("share a sequence", self._problems())
        self.qualified.sequence = self.new.sequence
        self.assertIn("share a sequence", self._problems())

    def test_no_reason(self):
        self.env["crm.lost.reason"].search([]).write({"active": False})
        self.assertIn("There is no lost reason", self._problems())

    def test_odd_leads(self):
        self.Lead.with_context(active_test=False).search([]).unlink()
        lost, unclosed, misplaced = (self._lead(name=name) for name in "abc")
        self._lead().write({"stage_id": False})
        far = self.env["crm.team"].create({"name": "Far"})
        foreign = self._stage("Foreign", 5, team=far)
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            "UPDATE crm_lead SET active = FALSE, probability = 0 WHERE id = %s",
            (lost.id,),
        )
        cr.execute(
            "UPDATE crm_lead SET stage_id = %s WHERE id = %s",
            (self.lost.id, unclosed.id),
        )
        cr.execute(
            "UPDATE crm_lead SET stage_id = %s WHERE id = %s",
            (foreign.id, misplaced.id),
        )
        self.env.invalidate_all()
        problems = self._problems()
        for text in (
            "1 lost leads have no reason",
            "1 leads are in a lost stage",
            "1 open leads have no stage",
            "1 open leads are in a stage of another team",
        ):
            self.assertIn(text, problems)

    def _line(self, text):
        check = self.env["crm.pipeline.check"].with_user(self.manager)
        lines = check.browse(check.action_run()["res_id"]).line_ids
        return lines.filtered(lambda line: text in line.message)

    def _fix(self, text):
        """Press the button at the finding, and see that it is gone."""
        line = self._line(text)
        self.assertTrue(line.fix, text)
        action = line.action_fix()
        self.assertEqual(action["res_model"], "crm.pipeline.check")
        self.assertFalse(self._line(text), text)

    def test_one_click_fixes_what_is_safe(self):
        self.Stage.search([("is_lost", "=", True)]).write({"is_lost": False})
        self.Stage.search([("name", "=ilike", "lost")]).write({"name": "Gone"})
        self.env["ir.model.data"].search(
            [("module", "=", "crm_lead_pipeline_rules"), ("name", "=", "stage_lost")]
        ).unlink()
        self._fix("No lost stage configured")
        self.env["crm.lost.reason"].search([]).write({"active": False})
        self._fix("There is no lost reason")
        self.assertTrue(self.price.active)
        self.qualified.sequence = self.negotiation.sequence
        order = self.env["crm.stage"]._get_pipeline().path(self.team.id)
        self._fix("share a sequence")
        stages = self.env["crm.stage"]._get_pipeline().path(self.team.id)
        self.assertEqual([st.id for st in stages], [st.id for st in order])

    def test_one_click_places_leads(self):
        self.Lead.search([]).unlink()
        unplaced = self._lead()
        unplaced.write({"stage_id": False})
        misplaced = self._lead(self.qualified)
        far = self.env["crm.team"].create({"name": "Far"})
        for sequence in (3, 4, 5):
            stage = self._stage(f"Far {sequence}", sequence, team=far)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET stage_id = %s WHERE id = %s", (stage.id, misplaced.id)
        )
        self.env.invalidate_all()
        line = self._line("in a stage of another team")
        shown = self.Lead.search(safe_eval(line.action_show_leads()["domain"]))
        self.assertEqual(shown, misplaced)
        self._fix("in a stage of another team")
        self.assertFalse(self._line("open leads have no stage"))
        self.assertEqual(misplaced.stage_id, self.negotiation)
        self.assertEqual(unplaced.stage_id, self.new)

    def test_one_click_explains_lost_leads(self):
        lead = self._lead()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET active = FALSE, probability = 0 WHERE id = %s",
            (lead.id,),
        )
        self.env.invalidate_all()
        self._fix("lost leads have no reason")
        self.assertEqual(lead.lost_reason_id, self.reason_other)

    def test_page_has_a_title(self):
        action = self.env["crm.pipeline.check"].with_user(self.manager).action_run()
        check = self.env["crm.pipeline.check"].browse(action["res_id"])
        self.assertEqual(check.display_name, "Configuration Check")

    def test_it_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.env["crm.pipeline.check"].with_user(self.agent).action_run()


@tagged("post_install", "-at_install")
class TestReports(PipelineCase):
    def _travel(self, lead, stages, days):
        """Move the lead through the stages, so many days in each but the last."""
        self.env.flush_all()
        self.cr.flush()
        begin = fields.Datetime.now() - timedelta(days=sum(days))
        self.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s", (begin, lead.id)
        )
        for stage, stay in zip(stages, days, strict=True):
            begin += timedelta(days=stay)
            if stage.is_lost:
                lead.write({"lost_reason_id": self.price.id, "stage_id": stage.id})
            else:
                lead.write({"stage_id": stage.id})
            self.env.flush_all()
            self.cr.flush()
            tracked = lead.message_ids.sudo().tracking_value_ids.filtered(
                lambda value: value.field_id.name == "stage_id"
            )
            newest = tracked.sorted("id")[-1]
            self.cr.execute(
                "UPDATE mail_tracking_value SET create_date = %s WHERE id = %s",
                (begin, newest.id),
            )
        self.env.invalidate_all()

    def _tracked_lead(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Tracked",
                "type": "opportunity",
                "team_id": self.team.id,
                "user_id": self.agent.id,
                "stage_id": self.new.id,
            }
        )
        self.env.flush_all()
        self.cr.flush()
        return lead

    def test_time_in_stage_is_odoos(self):
        """The report says what Odoo's own duration tracking says, stage by stage."""
        lead = self._tracked_lead()
        self._travel(lead, [self.qualified, self.negotiation, self.won], [2, 3, 5])
        stays = self.env["crm.stage.stay.report"].search([("lead_id", "=", lead.id)])
        days = {stay.stage_id: round(stay.days, 2) for stay in stays}
        self.assertEqual(
            days, {self.new: 2.0, self.qualified: 3.0, self.negotiation: 5.0}
        )
        for stage, seconds in lead.duration_tracking.items():
            stage = self.Stage.browse(int(stage))
            if stage in days:
                self.assertAlmostEqual(days[stage], seconds / 86400, places=2)
        self.assertEqual(set(stays.mapped("team_id")), {self.team})

    def test_conversion(self):
        won, lost, waiting = (self._tracked_lead() for __ in range(3))
        self._travel(won, [self.qualified, self.won], [1, 1])
        self._travel(lost, [self.qualified, self.lost], [1, 1])
        self._travel(waiting, [self.qualified], [1])
        Report = self.env["crm.stage.stay.report"]
        domain = [("lead_id", "in", (won | lost | waiting).ids)]
        rates = dict(
            Report.with_context(active_test=False)._read_group(
                domain, ["stage_id"], ["conversion:avg"]
            )
        )
        self.assertEqual(rates, {self.new: 100.0, self.qualified: 50.0})
        counts = {
            stage: (entered, moved_on)
            for stage, entered, moved_on in Report._read_group(
                domain, ["stage_id"], ["entered:sum", "moved_on:sum"]
            )
        }
        self.assertEqual(counts, {self.new: (3, 3), self.qualified: (3, 1)})
        outcomes = {
            stay.lead_id: (stay.outcome, stay.next_stage_id)
            for stay in Report.search([*domain, ("stage_id", "=", self.qualified.id)])
        }
        self.assertEqual(
            outcomes,
            {
                won: ("won", self.won),
                lost: ("lost", self.lost),
                waiting: ("stayed", self.Stage),
            },
        )

    def test_leads_closed_without_a_lost_stage(self):
        """Archived in an open stage: lost before this addon came, or put away.

        The clock stops when they were closed, and only the lost one counts as lost.
        """
        lost, put_away = self._tracked_lead(), self._tracked_lead()
        now = fields.Datetime.now()
        self.env.flush_all()
        for lead, probability in ((lost, 0), (put_away, 20)):
            self.cr.execute(
                """
                UPDATE crm_lead SET active = FALSE, probability = %s,
                       create_date = %s, date_closed = %s WHERE id = %s
                """,
                (
                    probability,
                    now - timedelta(days=30),
                    now - timedelta(days=26),
                    lead.id,
                ),
            )
        self.env.invalidate_all()
        Report = self.env["crm.stage.stay.report"]
        found = {
            stay.lead_id: (round(stay.days, 2), stay.outcome, bool(stay.left_on))
            for stay in Report.search([("lead_id", "in", (lost | put_away).ids)])
        }
        self.assertEqual(
            found, {lost: (4.0, "lost", True), put_away: (4.0, "archived", True)}
        )
        rates = dict(
            Report.with_context(active_test=False)._read_group(
                [("lead_id", "in", (lost | put_away).ids)],
                ["stage_id"],
                ["conversion:avg"],
            )
        )
        self.assertEqual(rates, {self.new: 0.0})

    def test_stage_that_was_deleted(self):
        """The stays in it are gone; those before and after are what they were."""
        between = self._stage("Between", 102)
        self.qualified.sequence = 104
        self.negotiation.sequence = 105
        lead = self._tracked_lead()
        self._travel(lead, [between, self.qualified, self.negotiation], [2, 3, 5])
        between.unlink()
        self.env.flush_all()
        stays = self.env["crm.stage.stay.report"].search([("lead_id", "=", lead.id)])
        days = {stay.stage_id: round(stay.days, 2) for stay in stays}
        self.assertEqual(
            days, {self.new: 2.0, self.qualified: 5.0, self.negotiation: 0.0}
        )
        first = stays.filtered(lambda stay: stay.stage_id == self.new)
        self.assertEqual((first.outcome, first.next_stage_id), ("moved", self.Stage))

    def test_rules(self):
        lead = self._tracked_lead()
        Report = self.env["crm.stage.stay.report"]
        domain = [("lead_id", "=", lead.id)]
        self.assertTrue(Report.with_user(self.manager).search(domain))
        self.assertFalse(Report.with_user(self.other).search(domain))

    def test_report_views(self):
        """Every report in the menu opens, in each of its views."""
        for name in (
            "crm_stage_stay_report_action",
            "crm_stage_conversion_report_action",
            "crm_call_log_report_action",
            "crm_lead_lost_report_action",
        ):
            action = self.env.ref(f"crm_lead_pipeline_rules.{name}")
            model = self.env[action.res_model].with_user(self.manager)
            for view_id, view_type in action.views:
                arch = model.get_view(view_id=view_id or None, view_type=view_type)
                self.assertTrue(arch["arch"])
