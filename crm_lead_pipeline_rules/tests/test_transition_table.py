import json
from itertools import pairwise

from odoo.exceptions import UserError
from odoo.tests.common import Form, tagged
from odoo.tools import mute_logger

from .common import PipelineCase

CHANNELS = ("write", "kanban", "form", "batch")


@tagged("post_install", "-at_install")
class TestTransitionTable(PipelineCase):
    """Every stage to every stage, each the way a user or a program would do it."""

    def _table(self):
        """Each pair of stages with what must become of it, told from the stage list."""
        stages = self.Stage.search(
            [(self._team_field(), "in", self.team.ids)], order="sequence, id"
        )
        open_stages = stages.filtered(lambda st: not st.is_won and not st.is_lost)
        self.assertGreaterEqual(len(open_stages), 3)
        following = dict(pairwise(open_stages))
        for origin in stages:
            for target in stages:
                if target == origin:
                    expected = "same"
                elif target.is_lost:
                    expected = "reason"
                elif target.is_won:
                    expected = "moved"
                else:
                    moves = following.get(origin) == target
                    expected = "moved" if moves else "refused"
                yield origin, target, expected

    def _move_write(self, lead, target, values):
        lead.write({"stage_id": target.id, **values})

    def _move_kanban(self, lead, target, values):
        """What the web client sends when a card is dropped."""
        lead.web_save({"stage_id": target.id, **values}, {"stage_id": {}})

    def _move_form(self, lead, target, values):
        with Form(lead) as form:
            form.stage_id = target
            for fname in values:
                form[fname] = self.price

    def _move_batch(self, lead, target, values):
        """With a second lead that is there already: both move, or neither."""
        other = self._lead(target)
        (lead | other.with_user(self.agent)).write({"stage_id": target.id, **values})

    def _try(self, channel, origin, target, values):
        """The stage the lead is in after the attempt, and what was said."""
        lead = self._lead(origin).with_user(self.agent)
        with mute_logger("odoo.sql_db"):
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"_move_{channel}")(lead, target, values)
            except UserError as error:
                lead.invalidate_recordset()
                return lead.stage_id, str(error)
            except AssertionError as error:  # the form does not offer it
                self.assertRegex(str(error), "invisible|readonly")
                lead.invalidate_recordset()
                return lead.stage_id, "read-only"
        return lead.stage_id, ""

    def test_every_move(self):
        for channel in CHANNELS:
            for origin, target, expected in self._table():
                with self.subTest(
                    channel=channel, origin=origin.name, target=target.name
                ):
                    stage, said = self._try(channel, origin, target, {})
                    if expected in ("moved", "same"):
                        if said == "read-only":
                            continue
                        self.assertEqual((stage, said), (target, ""))
                    else:
                        self.assertEqual(stage, origin)
                        self.assertTrue(said)

    def test_every_loss_with_a_reason(self):
        """With a reason, Lost is reached from everywhere and closes the lead."""
        values = {"lost_reason_id": self.price.id}
        for channel in ("write", "kanban", "batch"):
            for origin, target, expected in self._table():
                if expected != "reason":
                    continue
                with self.subTest(channel=channel, origin=origin.name):
                    stage, said = self._try(channel, origin, target, values)
                    self.assertEqual((stage, said), (target, ""))


@tagged("post_install", "-at_install")
class TestRemoteProcedureCalls(PipelineCase):
    """The flag over the wire, where anyone can send a context."""

    def _call(self, user, context):
        lead = self._lead()
        lead.with_user(user).with_context(**json.loads(json.dumps(context))).web_save(
            {"stage_id": self.negotiation.id}, {}
        )
        return lead

    def test_flag_of_a_salesman_is_ignored(self):
        for value in (True, 1, "1", {"a": 1}):
            with self.assertRaisesRegex(UserError, "only allowed next stage"):
                self._call(self.agent, {"skip_stage_transition_check": value})

    def test_flag_of_a_manager_counts(self):
        lead = self._call(self.manager, {"skip_stage_transition_check": True})
        self.assertEqual(lead.stage_id, self.negotiation)

    def test_internal_keys_are_worth_nothing_from_outside(self):
        """The keys our own code uses are worth nothing when a client sends them."""
        keys = {
            "pipeline_merging": True,
            "pipeline_closing": True,
        }
        with self.assertRaises(UserError):
            self._call(self.agent, keys)
        lost = self._lead(self.lost)
        with self.assertRaisesRegex(UserError, "not restored"):
            lost.with_user(self.agent).with_context(**keys).write({"active": True})
