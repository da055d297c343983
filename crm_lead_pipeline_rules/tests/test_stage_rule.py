from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests.common import tagged, users

from .common import PipelineCase

SENTENCE = (
    "Leads can only move forward one stage at a time. From "
    '"New" the only allowed next stage is "Qualified". Use the Mark Won or Mark Lost '
    "buttons to close the lead instead."
)
LAST = (
    "Leads can only move forward one stage at a time. "
    '"Negotiation" is the last open stage. Use the Mark Won or Mark Lost buttons to '
    "close the lead instead."
)
CLOSED = (
    "Leads can only move forward one stage at a time. "
    '"Won" is a closed stage and leads do not leave it for an open one. Create a new '
    "lead instead."
)


@tagged("post_install", "-at_install")
class TestStageRule(PipelineCase):
    def _refusal(self, leads, stage, **values):
        with self.assertRaises(UserError) as refused:
            leads.write({"stage_id": stage.id, **values})
        return str(refused.exception)

    # What is said

    def test_exact_sentences(self):
        agent = self.agent
        self.assertEqual(
            self._refusal(self._lead().with_user(agent), self.negotiation), SENTENCE
        )
        self.assertEqual(
            self._refusal(self._lead(self.negotiation).with_user(agent), self.new),
            LAST,
        )
        self.assertEqual(
            self._refusal(self._lead(self.won).with_user(agent), self.new), CLOSED
        )

    def test_batch_is_judged_lead_by_lead(self):
        good = self._lead(name="Good")
        back = self._lead(self.negotiation, name="Back")
        done = self._lead(self.won, name="Done")
        message = self._refusal(good | back | done, self.qualified)
        self.assertIn('"Back"', message)
        self.assertIn('"Done"', message)
        self.assertNotIn('"Good"', message)
        self.assertIn(LAST, message)
        self.assertIn(CLOSED, message)
        self.assertEqual(good.stage_id, self.new)

    def test_long_batch_names_a_few(self):
        leads = self.Lead.concat(*(self._lead(name=f"L{i}") for i in range(13)))
        message = self._refusal(leads, self.negotiation)
        self.assertEqual(message.count(SENTENCE), 1)
        self.assertIn('"L9" and 3 more', message)

    def test_batch_in_one_stage_moves(self):
        leads = self._lead() | self._lead() | self._lead(self.qualified)
        leads.write({"stage_id": self.qualified.id})
        self.assertEqual(leads.stage_id, self.qualified)

    # Who it holds for

    def test_it_holds_for_everyone(self):
        """Manager, elevated code and OdooBot alike, while no one sends the flag."""
        lead = self._lead()
        for other in (
            lead.with_user(self.manager),
            lead.sudo(),
            lead.with_user(SUPERUSER_ID),
        ):
            self.assertEqual(self._refusal(other, self.negotiation), SENTENCE)

    def test_flag_from_the_shell(self):
        lead = self._lead().with_user(SUPERUSER_ID)
        lead.with_context(skip_stage_transition_check=True).write(
            {"stage_id": self.negotiation.id}
        )
        self.assertEqual(lead.stage_id, self.negotiation)
        self.assertIn("OdooBot", lead.message_ids[0].body)
        self.assertIn("Negotiation", lead.message_ids[0].body)

    def test_flag_in_a_server_action(self):
        lead = self._lead(self.negotiation)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Put back",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "state": "code",
                "code": "records.with_context(skip_stage_transition_check=True)"
                f".write({{'stage_id': {self.new.id}}})",
            }
        )
        context = {
            "active_model": "crm.lead",
            "active_id": lead.id,
            "active_ids": lead.ids,
        }
        run = action.sudo().with_user(self.manager).with_context(**context)
        run.sudo().run()
        self.assertEqual(lead.stage_id, self.new)
        self.assertIn(self.manager.name, lead.message_ids[0].body)
        other = self._lead(self.negotiation)
        context = {**context, "active_id": other.id, "active_ids": other.ids}
        with self.assertRaises(UserError):
            action.with_user(self.agent).sudo().with_context(**context).run()
        self.assertEqual(other.stage_id, self.negotiation)

    def test_flag_survives_sudo_for_the_right_user_only(self):
        lead = self._lead().with_context(skip_stage_transition_check=True)
        with self.assertRaises(UserError):
            lead.with_user(self.agent).sudo().write({"stage_id": self.negotiation.id})
        lead.with_user(self.manager).sudo().write({"stage_id": self.negotiation.id})
        self.assertEqual(lead.stage_id, self.negotiation)

    def test_flag_reopens_a_lost_lead(self):
        lead = self._lead(self.lost).with_user(self.manager)
        lead.with_context(skip_stage_transition_check=True).write(
            {"stage_id": self.qualified.id}
        )
        self.assertTrue(lead.active)
        self.assertFalse(lead.lost_reason_id)
        self.assertEqual(lead.pipeline_status, "open")

    def test_flag_without_a_move_leaves_no_trace(self):
        lead = self._lead()
        before = len(lead.message_ids)
        lead.with_context(skip_stage_transition_check=True).write(
            {"stage_id": self.new.id, "name": "Same"}
        )
        self.assertEqual(len(lead.message_ids), before)

    # Stages and teams

    def test_stage_of_one_team(self):
        """A team's own stage is a step for its leads and for no others."""
        other_team = self.env["crm.team"].create({"name": "Other"})
        for name, sequence in (("New", 101), ("Demo", 102), ("Negotiation", 103)):
            self._stage(name, sequence, team=other_team)
        lead = self._lead()
        demo = self.Stage.search([("name", "=", "Demo")], limit=1)
        self.assertEqual(self._refusal(lead, demo), SENTENCE)
        self.assertEqual(lead.next_stage_id, self.qualified)

    def test_change_of_team_keeps_the_place(self):
        """The same step of the new team, or its last, whatever numbers its stages have.

        Odoo numbers the stages of all teams in one row when they are dragged, so that
        one team's first stage comes behind another's last.
        """
        for sequence in (1, 90, 300):
            team = self.env["crm.team"].create({"name": "Far"})
            first, second, third = (
                self._stage(name, sequence + step, team=team)
                for step, name in enumerate(("First", "Second", "Third"))
            )
            short = self.env["crm.team"].create({"name": "Short"})
            only = self._stage("Only", sequence, team=short)
            places = {self.new: first, self.qualified: second, self.negotiation: third}
            for stage, expected in places.items():
                with self.subTest(sequence=sequence, stage=stage.name):
                    lead = self._lead(stage).with_user(self.agent)
                    lead.team_id = team
                    self.assertEqual(lead.stage_id, expected)
                    lead.team_id = self.team
                    self.assertEqual(lead.stage_id, stage)
                    lead.team_id = short
                    self.assertEqual(lead.stage_id, only)
                    lead.team_id = self.team
                    self.assertEqual(lead.stage_id, self.new)

    def test_change_of_team_and_stage_at_once(self):
        """What a form sends after it has shown the user the new team's stage."""
        team = self.env["crm.team"].create({"name": "Far"})
        first = self._stage("First", 90, team=team)
        second = self._stage("Second", 102, team=team)
        third = self._stage("Third", 110, team=team)
        lead = self._lead(self.qualified).with_user(self.agent)
        self.assertIn("Third", self._refusal(lead, first, team_id=team.id))
        lead.write({"team_id": team.id, "stage_id": second.id})
        self.assertEqual(lead.stage_id, second)
        other = self._lead(self.qualified).with_user(self.agent)
        other.write({"team_id": team.id, "stage_id": third.id})
        self.assertEqual(other.stage_id, third)

    def test_closed_lead_stays_closed_in_another_team(self):
        team = self.env["crm.team"].create({"name": "Far"})
        self._stage("First", 90, team=team)
        lead = self._lead(self.won)
        lead.team_id = team
        self.assertEqual(lead.stage_id, self.won)

    def test_lead_without_a_stage(self):
        """It starts at the start, and only a lead that stands there loses its stage."""
        lead = self._lead()
        lead.write({"stage_id": False})
        self.assertFalse(lead.stage_id)
        self.assertIn('starts in "New"', self._refusal(lead, self.qualified))
        lead.write({"stage_id": self.new.id})
        lead.write({"stage_id": self.qualified.id})
        with self.assertRaises(UserError):
            lead.write({"stage_id": False})

    def test_resequenced_stages(self):
        """The new order holds from the next move on; leads stay where they are."""
        self.negotiation.sequence, self.qualified.sequence = 102, 103
        lead = self._lead()
        self.assertEqual(lead.next_stage_id, self.negotiation)
        self.assertIn(
            'next stage is "Negotiation"', self._refusal(lead, self.qualified)
        )
        lead.write({"stage_id": self.negotiation.id})
        lead.write({"stage_id": self.qualified.id})

    def test_new_stage_between(self):
        lead = self._lead()
        between = self._stage("Between", 101)
        self.assertEqual(lead.next_stage_id, between)
        lead.write({"stage_id": between.id})

    def test_folded_open_stage_is_a_step(self):
        self.qualified.fold = True
        lead = self._lead()
        self.assertEqual(self._refusal(lead, self.negotiation), SENTENCE)

    def test_stage_in_use_cannot_be_deleted(self):
        """Odoo's own guard stands behind the rule: no lead loses its stage."""
        lead = self._lead(self.qualified)
        self.env.flush_all()
        # the database's own error, whose class differs between series
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            self.qualified.unlink()
            self.env.flush_all()
        self.assertEqual(lead.stage_id, self.qualified)

    # Ways a lead gets its stage

    @users("pipe_agent")
    def test_people_create_in_the_first_stage(self):
        Lead = self.env["crm.lead"]
        values = {"name": "Late", "team_id": self.team.id}
        with self.assertRaisesRegex(UserError, 'Create "Late" in "New"'):
            Lead.create({**values, "stage_id": self.negotiation.id})
        with self.assertRaises(UserError):
            Lead.with_context(default_stage_id=self.qualified.id).create(values)
        self.assertEqual(Lead.create(values).stage_id, self.new)
        self.assertTrue(Lead.create({**values, "stage_id": self.won.id}))
        twin = self._stage("Also First", self.new.sequence)
        self.assertEqual(Lead.create({**values, "stage_id": twin.id}).stage_id, twin)
        self.env.company.sudo().lead_start_first_stage = False
        late = Lead.create({**values, "stage_id": self.negotiation.id})
        self.assertEqual(late.stage_id, self.negotiation)

    def test_data_and_elevated_code_create_anywhere(self):
        self.assertEqual(self._lead(self.negotiation).stage_id, self.negotiation)

    def test_import_meets_the_rule(self):
        """New rows and updates alike, with the sentence at the row."""
        lead = self._lead(name="Known")
        xmlid = self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "pipe_known",
                "model": "crm.lead",
                "res_id": lead.id,
            }
        )
        Lead = self.env["crm.lead"].with_user(self.agent).with_context(import_file=True)
        fields = ["id", "name", "team_id/.id", "stage_id/.id"]
        row = [xmlid.complete_name, "Known", str(self.team.id)]
        result = Lead.load(fields, [[*row, str(self.negotiation.id)]])
        self.assertIn("only allowed next stage", result["messages"][0]["message"])
        result = Lead.load(
            fields, [["", "Fresh", str(self.team.id), str(self.negotiation.id)]]
        )
        self.assertIn("start in the first stage", result["messages"][0]["message"])
        result = Lead.load(fields, [[*row, str(self.qualified.id)]])
        self.assertFalse(result["messages"])
        self.assertEqual(lead.stage_id, self.qualified)

    def test_import_tells_it_at_the_row_alone(self):
        Lead = self.env["crm.lead"].with_user(self.agent).with_context(import_file=True)
        rows = [[f"Row {n}", str(self.team.id), str(self.new.id)] for n in range(4)]
        rows[2][2] = str(self.negotiation.id)
        result = Lead.load(["name", "team_id/.id", "stage_id/.id"], rows)
        self.assertFalse(result["ids"])
        [message] = result["messages"]
        self.assertEqual(message["record"], 2)
        self.assertIn('Create "Row 2" in "New"', message["message"])

    def test_mail_gateway_starts_at_the_start(self):
        mail = (
            "From: visitor@example.com\nTo: sales@example.com\n"
            "Subject: Question\nMessage-Id: <pipe-1@example.com>\n\nHello"
        )
        lead_id = self.env["mail.thread"].message_process(
            "crm.lead", mail, custom_values={"team_id": self.team.id}
        )
        self.assertEqual(self.Lead.browse(lead_id).stage_id, self.new)

    def test_cron_meets_the_rule(self):
        lead = self._lead()
        cron = self.env["ir.cron"].create(
            {
                "name": "Jump",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "state": "code",
                "code": f"model.browse({lead.id}).write("
                f"{{'stage_id': {self.negotiation.id}}})",
            }
        )
        with self.assertRaises(UserError):
            cron.ir_actions_server_id.run()
        self.assertEqual(lead.stage_id, self.new)

    def test_conversion_keeps_the_stage(self):
        lead = self._lead(type="lead").with_user(self.agent)
        lead.convert_opportunity(False)
        self.assertEqual((lead.type, lead.stage_id), ("opportunity", self.new))
        moved = self._lead(self.qualified, type="lead").with_user(self.agent)
        moved.convert_opportunity(False, user_ids=self.agent.ids, team_id=self.team.id)
        self.assertEqual((moved.type, moved.stage_id), ("opportunity", self.qualified))

    def test_conversion_of_a_lead_without_a_stage(self):
        lead = self._lead(type="lead")
        lead.write({"stage_id": False})
        lead.with_user(self.agent).convert_opportunity(False, team_id=self.team.id)
        self.assertEqual(lead.stage_id, self.new)

    def test_merge_stays_where_the_furthest_part_stands(self):
        behind = self._lead(name="Behind")
        ahead = self._lead(self.negotiation, name="Ahead")
        merged = (behind | ahead).with_user(self.manager).merge_opportunity()
        self.assertEqual((merged, merged.stage_id), (ahead, self.negotiation))

    def test_merge_into_another_team_keeps_the_place(self):
        team = self.env["crm.team"].create({"name": "Far"})
        self._stage("First", 90, team=team)
        self._stage("Second", 102, team=team)
        third = self._stage("Third", 104, team=team)
        leads = self._lead() | self._lead(self.negotiation)
        merged = leads.with_user(self.manager).merge_opportunity(team_id=team.id)
        self.assertEqual(merged.stage_id, third)

    def test_merge_with_a_won_lead_is_won(self):
        won, living = self._lead(self.won), self._lead(self.qualified)
        merged = (won | living).with_user(self.manager).merge_opportunity()
        self.assertEqual((merged, merged.stage_id), (won, self.won))

    def test_merge_into_a_lead_without_a_stage(self):
        """It takes the place of the other one."""
        empty = self._lead()
        empty.write({"stage_id": False})
        other = self._lead(self.qualified, type="lead")
        merged = (empty | other).with_user(self.manager).merge_opportunity()
        self.assertEqual((merged, merged.stage_id), (empty, self.qualified))

    def test_merge_keeps_calls_contacts_and_former_leads(self):
        """What belongs to the leads that are merged away is not deleted with them."""
        former = self._lead(self.won)
        behind = self._lead(name="Behind", previous_lead_ids=[(6, 0, former.ids)])
        ahead = self._lead(self.qualified, name="Ahead")
        call = self.env["crm.call.log"].create(
            {"lead_id": behind.id, "result": "answered", "user_id": self.agent.id}
        )
        behind._add_contact({"name": "Once more"}, "program")
        contact = behind.contact_ids
        merged = (behind | ahead).with_user(self.agent).merge_opportunity()
        self.assertEqual(merged, ahead)
        self.assertEqual(call.exists().lead_id, ahead)
        self.assertEqual(contact.exists().lead_id, ahead)
        self.assertEqual(ahead.previous_lead_ids, former)

    def test_merge_never_loses_an_open_lead(self):
        lost = self._lead(self.lost, name="Lost")
        living = self._lead(name="Living")
        merged = (lost | living).with_user(self.manager).merge_opportunity()
        self.assertEqual((merged, merged.stage_id), (living, self.new))
        self.assertTrue(merged.active)

    def test_merge_has_a_rule_for_each_of_our_fields(self):
        """Calls go along; the stage of a loss is a fact of the lead that stays."""
        rules = {
            "call_log_ids": "moved",
            "last_call_on": "computed",
            "lost_from_stage_id": "kept",
        }
        ours = {
            name
            for name, field in self.Lead._fields.items()
            if field._module == "crm_lead_pipeline_rules"
            and (field.store or field.type == "one2many")
        }
        self.assertEqual(ours, set(rules))
        head, tail = self._lead(self.negotiation), self._lead()
        calls = self.env["crm.call.log"].create(
            [{"lead_id": lead.id, "result": "busy"} for lead in (head, tail)]
        )
        merged = (head | tail).merge_opportunity()
        self.assertEqual(merged.call_log_ids, calls)
        self.assertEqual(calls.team_id, self.team)
        self.assertEqual(merged.last_call_on, max(calls.mapped("call_date")))
        self.assertFalse(merged.lost_from_stage_id)

    def test_copy_of_a_closed_lead_is_a_lead_to_work(self):
        for stage in (self.won, self.lost):
            copied = self._lead(stage).with_user(self.agent).copy()
            self.assertTrue(copied.active)
            self.assertFalse(copied.lost_reason_id)
            self.assertEqual(copied.pipeline_status, "open")

    # Configuration

    def test_stage_with_open_leads_is_not_marked_as_lost(self):
        """Not by people: its leads would be lost without a reason."""
        lead = self._lead(self.qualified)
        stage = self.qualified.with_user(self.manager)
        with self.assertRaises(UserError) as refused:
            stage.is_lost = True
        self.assertIn("1 open leads", str(refused.exception))
        lead.write({"stage_id": self.negotiation.id})
        stage.is_lost = True
        self.assertTrue(self.qualified.is_lost)

    def test_stage_given_to_another_team(self):
        """Its leads stay, and go on from the step they stand on."""
        team = self.env["crm.team"].create({"name": "Far"})
        lead = self._lead(self.qualified).with_user(self.agent)
        self.qualified.write(self._of_team(team))
        self._stage("Also Second", 102)
        self.assertEqual(lead.stage_id, self.qualified)
        self.assertIn("Also Second", lead.next_stage_id.name or "")

    def test_stage_no_longer_won(self):
        """Its leads are open again, and go on from there."""
        lead = self._lead(self.won).with_user(self.agent)
        self.won.is_won = False
        self.assertEqual(lead.pipeline_status, "open")
        with self.assertRaisesRegex(UserError, "last open stage"):
            lead.write({"stage_id": self.new.id})

    def test_people_do_not_change_what_a_stage_means_for_its_leads(self):
        """Won or not, lost or not: with the number of the leads it is about."""
        for stage, values, count in (
            (self.qualified, {"is_won": True}, 2),
            (self.won, {"is_won": False}, 1),
            (self.lost, {"is_lost": False}, 1),
        ):
            leads = [self._lead(stage) for __ in range(count)]
            with self.assertRaisesRegex(UserError, f"{count} (open|closed) leads"):
                stage.with_user(self.manager).write(values)
            self.assertTrue(leads)
        empty = self._stage("Empty", 104)
        empty.with_user(self.manager).is_won = True
        empty.with_user(self.manager).is_won = False

    def test_stages_of_a_team_that_is_deleted(self):
        """They are no step of the other teams."""
        team = self.env["crm.team"].create({"name": "Short-lived"})
        stage = self._stage("Theirs", 102, team=team)
        lead = self._lead(stage, team_id=team.id)
        with self.assertRaisesRegex(UserError, "1 leads are in stages"):
            team.unlink()
        lead.unlink()
        team.unlink()
        self.assertFalse(stage.exists())

    def test_stage_is_not_won_and_lost(self):
        with self.assertRaisesRegex(UserError, "won and a lost stage"):
            self.lost.is_won = True

    def test_no_won_stage_configured(self):
        self.Stage.search([("is_won", "=", True)]).write({"is_won": False})
        with self.assertRaisesRegex(UserError, "No won stage configured"):
            self._lead().with_user(self.agent).action_set_won()

    # Cost

    def _count(self, leads, stage):
        self.env.flush_all()
        self.env.invalidate_all()
        leads.mapped("name")
        before = self.env.cr.sql_log_count
        leads.write({"stage_id": stage.id})
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_one_statement_more(self):
        """Reading the pipeline is all it costs, for one lead and for two hundred."""
        for size in (1, 20, 200):
            leads = self.Lead.create(
                [
                    {
                        "name": f"Many {i}",
                        "team_id": self.team.id,
                        "user_id": self.agent.id,
                        "stage_id": self.new.id,
                        "type": "opportunity",
                    }
                    for i in range(size)
                ]
            )
            with self.subTest(size=size):
                leads._read_stages(self.qualified.id)
                leads.mapped("team_id")
                self.env.flush_all()
                with self.assertQueryCount(1):
                    leads._check_stage_transition({"stage_id": self.qualified.id})

    def test_a_write_costs_at_most_one_statement_more(self):
        """The same write, with the rule and with the rule taken out."""
        checks = {
            "with": type(self.Lead)._check_stage_transition,
            "without": lambda leads, vals: None,
        }
        for size in (1, 50):
            costs = {}
            for name in (
                "with",
                "without",
                "with",
                "without",
            ):  # the first ones warm up
                self.patch(type(self.Lead), "_check_stage_transition", checks[name])
                leads = self.Lead.concat(*(self._lead() for __ in range(size)))
                costs[name] = self._count(leads, self.qualified)
            self.assertLessEqual(costs["with"] - costs["without"], 1)

    def test_losing_costs_one_statement_more(self):
        """Noting the stage of loss is one statement, from however many stages."""
        leads = self._lead() | self._lead(self.qualified) | self._lead(self.negotiation)
        leads.mapped("stage_id.is_lost")
        self.env.flush_all()
        with self.assertQueryCount(1):
            leads._remember_stage_of_loss()
        self.assertEqual(
            leads.mapped("lost_from_stage_id"),
            self.new | self.qualified | self.negotiation,
        )


@tagged("post_install", "-at_install")
class TestSetUp(PipelineCase):
    """The stages the addon brings."""

    def _speak_german(self):
        self.env["res.lang"]._activate_lang("de_DE")
        Stage = type(self.Stage)
        word = Stage._get_name_of_lost
        self.patch(
            Stage,
            "_get_name_of_lost",
            lambda stages: "Verloren" if stages.env.lang == "de_DE" else word(stages),
        )

    def _forget_lost_stages(self):
        self.Stage.search([("is_lost", "=", True)]).write({"is_lost": False})
        self.Stage.search([("name", "=ilike", "lost")]).write({"name": "Gone"})
        self.env["ir.model.data"].search(
            [("module", "=", "crm_lead_pipeline_rules"), ("name", "=", "stage_lost")]
        ).unlink()

    def test_lost_stage_speaks_the_languages_of_the_database(self):
        self._forget_lost_stages()
        self._speak_german()
        lost = self.Stage._ensure_lost_stage()
        self.assertEqual(lost.with_context(lang="de_DE").name, "Verloren")
        self.assertEqual(lost.with_context(lang="en_US").name, "Lost")

    def test_stage_called_lost_in_another_language_is_taken(self):
        self._forget_lost_stages()
        self._speak_german()
        theirs = self.Stage.create({"name": "Stage 7", "sequence": 33})
        theirs.with_context(lang="de_DE").name = "verloren"
        self.assertEqual(self.Stage._ensure_lost_stage(), theirs)
        self.assertTrue(theirs.is_lost)

    def test_lost_stage_is_added_once(self):
        self.Stage.search([("is_lost", "=", True)]).write({"is_lost": False})
        self.Stage.search([("name", "=ilike", "lost")]).write({"name": "Gone"})
        self.env["ir.model.data"].search(
            [("module", "=", "crm_lead_pipeline_rules"), ("name", "=", "stage_lost")]
        ).unlink()
        count = self.Stage.search_count([])
        lost = self.Stage._ensure_lost_stage()
        self.assertTrue(lost.is_lost and lost.fold)
        self.assertEqual(self.Stage._ensure_lost_stage(), lost)
        self.assertEqual(self.Stage.search_count([]), count + 1)
        self.assertEqual(self.env.ref("crm_lead_pipeline_rules.stage_lost"), lost)

    def test_uninstallation_keeps_what_leads_refer_to(self):
        lead = self._lead()
        lead.write({"lost_reason_id": self.price.id})
        self.Stage._keep_records_in_use()
        names = self.env["ir.model.data"].search(
            [
                ("module", "=", "crm_lead_pipeline_rules"),
                ("model", "=", "crm.lost.reason"),
            ]
        )
        self.assertNotIn("lost_reason_price", names.mapped("name"))
        self.env.cr.execute("SELECT 1 FROM crm_lead WHERE lost_reason_id IS NOT NULL")
        self.assertTrue(self.env.cr.fetchone())

    def test_stage_called_lost_is_taken(self):
        """Only our own mark is set on it; the rest of the stage is left alone."""
        self.Stage.search([("is_lost", "=", True)]).write({"is_lost": False})
        self.Stage.search([("name", "=ilike", "lost")]).write({"name": "Gone"})
        theirs = self.Stage.create({"name": "LOST", "sequence": 33, "fold": False})
        self.assertEqual(self.Stage._ensure_lost_stage(), theirs)
        self.assertEqual((theirs.sequence, theirs.fold), (33, False))

    def test_database_in_use_is_not_fresh(self):
        self._lead()
        self.env.flush_all()
        self.assertFalse(self.Stage._is_database_fresh())
        stage = self.env.ref("crm.stage_lead3")
        stage.name = "Proposition"
        reasons = self.Stage._get_lost_reasons_of_odoo()
        reasons.active = True
        self.Stage._set_up_pipeline()
        self.assertEqual(stage.name, "Proposition")
        self.assertEqual(reasons.filtered("active"), reasons)

    def test_fresh_database_gets_negotiation(self):
        self.env.cr.execute("DELETE FROM crm_lead")
        self.assertTrue(self.Stage._is_database_fresh())
        stage = self.env.ref("crm.stage_lead3")
        stage.name = "Proposition"
        reasons = self.Stage._get_lost_reasons_of_odoo()
        reasons.active = True
        self.Stage._set_up_pipeline()
        self.assertEqual(stage.name, "Negotiation")
        self.assertTrue(reasons)
        self.assertFalse(reasons.filtered("active"), "people choose between our six")
