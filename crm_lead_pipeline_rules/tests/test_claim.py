from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..lib.handout import hand_out
from .common import PipelineCase


@tagged("post_install", "-at_install")
class TestClaim(PipelineCase):
    def test_claim(self):
        lead = self._lead(user_id=False)
        self.assertTrue(lead.with_user(self.agent).action_claim())
        self.assertEqual(lead.user_id, self.agent)

    def test_claim_twice_is_claimed_once(self):
        lead = self._lead(user_id=False).with_user(self.agent)
        lead.action_claim()
        self.assertTrue(lead.action_claim())

    def test_taken_lead_names_its_owner(self):
        lead = self._lead()
        with self.assertRaisesRegex(
            UserError, f"claimed by {self.agent.name}".split("(")[0]
        ):
            lead.with_user(self.manager).action_claim()
        self.assertEqual(lead.user_id, self.agent)

    def test_of_several_the_free_ones_are_claimed(self):
        """Who has the others is told; nothing is lost for having chosen them too."""
        free, taken = self._lead(user_id=False), self._lead(name="Taken")
        closed = self._lead(self.won, name="Closed", user_id=False)
        notice = (free | taken | closed).with_user(self.manager).action_claim()
        self.assertEqual(free.user_id, self.manager)
        self.assertEqual(taken.user_id, self.agent)
        self.assertFalse(closed.user_id)
        self.assertEqual(notice["params"]["title"], "1 of 3 leads are yours")
        self.assertIn('"Taken" has already been claimed', notice["params"]["message"])
        self.assertIn('these are closed: "Closed"', notice["params"]["message"])

    def test_claim_of_none_but_taken_leads_is_refused(self):
        leads = self.Lead.concat(*(self._lead(name=f"T{i}") for i in range(13)))
        with self.assertRaises(UserError) as refused:
            leads.with_user(self.manager).action_claim()
        self.assertIn('"T9"', str(refused.exception))
        self.assertIn("And 3 more", str(refused.exception))

    def test_claim_of_leads_a_colleague_has_taken_out_of_sight(self):
        """Who sees but the own and the free leads is told as well."""
        free, taken = self._lead(user_id=False), self._lead(name="Taken")
        notice = (free | taken).with_user(self.other).action_claim()
        self.assertEqual(free.user_id, self.other)
        self.assertIn(f"claimed by {self.agent.name}"[:20], notice["params"]["message"])

    def test_release(self):
        """The way back, for the owner and for managers."""
        lead = self._lead(user_id=False)
        lead.with_user(self.other).action_claim()
        with self.assertRaisesRegex(UserError, "Only the owner"):
            lead.with_user(self.agent).action_release()
        lead.with_user(self.other).action_release()
        self.assertFalse(lead.user_id)
        lead.with_user(self.agent).action_claim()
        lead.with_user(self.manager).action_release()
        self.assertFalse(lead.user_id)
        with self.assertRaisesRegex(UserError, "Only open leads"):
            self._lead(self.won).with_user(self.agent).action_release()
        with self.assertRaises(AccessError):
            self._lead().with_user(self.other).action_release()

    def test_closed_lead_is_not_claimed(self):
        for stage in (self.won, self.lost):
            lead = self._lead(stage, user_id=False)
            with self.assertRaisesRegex(UserError, "Only open leads"):
                lead.with_user(self.agent).action_claim()

    def test_claim_needs_access(self):
        lead = self._lead(user_id=False)
        employee = new_test_user(self.env, "pipe_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            lead.with_user(employee).action_claim()

    def test_claim_keeps_the_stage(self):
        lead = self._lead(self.qualified, user_id=False)
        lead.with_user(self.agent).action_claim()
        self.assertEqual(lead.stage_id, self.qualified)

    def test_a_claimed_lead_is_in_my_pipeline(self):
        """With Odoo's leads or without: an opportunity in its stage, and a link."""
        for kind in ("lead", "opportunity"):
            lead = self._lead(user_id=False, type=kind, name="50% off %s")
            action = lead.with_user(self.other).action_claim()
            self.assertEqual((lead.type, lead.stage_id), ("opportunity", self.new))
            pipeline = self.env["crm.team"].with_user(self.other).action_your_pipeline()
            domain = [*pipeline["domain"], ("user_id", "=", self.other.id)]
            self.assertIn(lead, self.Lead.with_user(self.other).search(domain))
            self.assertEqual(action["params"]["title"], "Lead claimed")
            self.assertIn('"50% off', action["params"]["message"])
            self.assertEqual(action["params"]["message"].count("%s"), 1)
            [link] = action["params"]["links"]
            self.assertIn(str(lead.id), link["url"])

    def test_claiming_several_leads_to_my_pipeline(self):
        leads = self.Lead.concat(*(self._lead(user_id=False) for __ in range(2)))
        action = leads.with_user(self.other).action_claim()
        self.assertIn("2 leads", action["params"]["message"])
        self.assertIn("action_your_pipeline", action["params"]["links"][0]["url"])

    def test_lead_of_somebody_who_left_is_free(self):
        former = self._new_user("pipe_former", "sales_team.group_sale_salesman")
        lead = self._lead(user_id=former.id)
        former.active = False
        action = self.env.ref("crm_lead_pipeline_rules.crm_lead_pool_action")
        pool = self.Lead.with_user(self.agent).search(safe_eval(action.domain))
        self.assertIn(lead, pool)
        lead.with_user(self.agent).action_claim()
        self.assertEqual(lead.user_id, self.agent)

    def test_claim_keeps_the_company(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.agent.company_ids |= company
        self.team.company_id = False
        lead = self._lead(user_id=False, type="lead")
        lead.company_id = company
        lead.with_user(self.agent).with_context(
            allowed_company_ids=self.agent.company_ids.ids
        ).action_claim()
        self.assertEqual((lead.type, lead.company_id), ("opportunity", company))


@tagged("post_install", "-at_install")
class TestHandOut(PipelineCase):
    def test_plan_serves_the_least_loaded(self):
        shares = hand_out([1, 2, 3, 4], {7: 2, 8: 0})
        self.assertEqual(shares, {8: [1, 2, 4], 7: [3]})
        self.assertEqual(hand_out([1], {}), {})

    def test_cron_is_off(self):
        cron = self.env.ref("crm_lead_pipeline_rules.ir_cron_hand_out_unclaimed_leads")
        self.assertFalse(cron.active)

    def test_hand_out_by_load(self):
        self.Lead.search([("user_id", "=", False)]).write({"user_id": self.manager.id})
        for __ in range(3):
            self._lead(user_id=self.agent.id)
        pool = self.Lead.concat(*(self._lead(user_id=False) for __ in range(5)))
        closed = self._lead(self.won, user_id=False)
        self.assertEqual(self.Lead._cron_hand_out_unclaimed_leads(), 5)
        self.assertEqual(pool.user_id, self.agent | self.other)
        loads = {
            user: self.Lead.search_count(
                [("user_id", "=", user.id), ("stage_id", "=", self.new.id)]
            )
            for user in (self.agent, self.other)
        }
        self.assertEqual(loads, {self.agent: 4, self.other: 4})
        self.assertFalse(closed.user_id)

    def test_who_opted_out_gets_none(self):
        self.Lead.search([("user_id", "=", False)]).write({"user_id": self.manager.id})
        members = self.team.crm_team_member_ids
        members.filtered(lambda m: m.user_id == self.agent).assignment_optout = True
        lead = self._lead(user_id=False)
        self.Lead._cron_hand_out_unclaimed_leads()
        self.assertEqual(lead.user_id, self.other)
        members.assignment_optout = True
        left = self._lead(user_id=False)
        self.assertEqual(self.Lead._cron_hand_out_unclaimed_leads(), 0)
        self.assertFalse(left.user_id)

    def test_hand_out_keeps_the_company(self):
        """A lead of a company that no member works in waits; the others do not."""
        self.Lead.search([("user_id", "=", False)]).write({"user_id": self.manager.id})
        company = self.env["res.company"].create({"name": "Second"})
        self.team.company_id = False
        theirs, fine = self._lead(user_id=False), self._lead(user_id=False)
        theirs.company_id = company
        self.Lead._cron_hand_out_unclaimed_leads()
        self.assertEqual((theirs.company_id, theirs.user_id), (company, self.other[:0]))
        self.assertTrue(fine.user_id)
        self.other.company_ids |= company
        self.Lead._cron_hand_out_unclaimed_leads()
        self.assertEqual((theirs.company_id, theirs.user_id), (company, self.other))

    def test_one_bad_lead_does_not_stop_the_others(self):
        self.Lead.search([("user_id", "=", False)]).write({"user_id": self.manager.id})
        leads = self.Lead.concat(*(self._lead(user_id=False) for __ in range(4)))
        bad, give, said = leads[1], type(self.Lead)._give_to, "This lead is odd."

        def refuse(records, user):
            if bad in records:
                raise ValidationError(said)
            return give(records, user)

        with (
            patch.object(type(self.Lead), "_give_to", refuse),
            self.assertLogs("odoo.addons.crm_lead_pipeline_rules", "WARNING") as log,
        ):
            self.assertEqual(self.Lead._cron_hand_out_unclaimed_leads(), 3)
        self.assertIn(said, log.output[0])
        self.assertTrue(all(lead.user_id for lead in leads - bad))

    def test_who_is_away_or_has_left_gets_none(self):
        self.Lead.search([("user_id", "=", False)]).write({"user_id": self.manager.id})
        now = fields.Datetime.now()
        resource = self.env["resource.resource"].create(
            {"name": "Agent", "user_id": self.agent.id}
        )
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Holidays",
                "resource_id": resource.id,
                "calendar_id": resource.calendar_id.id,
                "date_from": now - timedelta(days=1),
                "date_to": now + timedelta(days=9),
            }
        )
        lead = self._lead(user_id=False)
        self.Lead._cron_hand_out_unclaimed_leads()
        self.assertEqual(lead.user_id, self.other)
        leave.date_to = now - timedelta(hours=1)
        self.other.active = False
        lead = self._lead(user_id=False)
        self.Lead._cron_hand_out_unclaimed_leads()
        self.assertEqual(lead.user_id, self.agent)
