"""Leads find their resellers: by rule, by hand, in bulk."""

import json
import math
import random
from collections import Counter
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestAssign(ResellerCase):
    def assign(self, leads, seed=1, **kwargs):
        return leads._assign_by_rules(rng=random.Random(seed), **kwargs)

    def bulk_leads(self, count, name="Bulk"):
        """Leads straight into the table: the ORM takes its time."""
        self.env.flush_all()
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.cr.execute(
            """
            INSERT INTO crm_lead (name, type, active, country_id, stage_id, priority,
                                  reseller_state, create_date, create_uid)
                 SELECT %s || n, 'lead', TRUE, %s, %s, '0', 'none', now(), 1
                   FROM generate_series(1, %s) AS n
              RETURNING id
            """,
            [name, self.belgium.id, stage.id, count],
        )
        return self.env["crm.lead"].browse(row[0] for row in self.cr.fetchall())

    # ------------------------------------------------------------
    # CHOICE
    # ------------------------------------------------------------

    def test_offer(self):
        lead = self.make_leads()
        offers, plan = self.assign(lead)
        self.assertEqual(len(offers), 1)
        self.assertFalse(plan.problems)
        self.assertIn(lead.reseller_id, self.alfa | self.beta)
        self.assertEqual(lead.reseller_state, "pending")
        self.assertEqual(offers.reseller_id, lead.reseller_id)
        self.assertEqual(offers.state, "pending")
        self.assertEqual(offers.rule_id, self.rule)
        self.assertEqual(offers.offered_on, lead.reseller_offered_on)
        self.assertEqual(offers.due_on, lead.reseller_due_on)
        self.assertEqual(offers.offered_by_id, self.env.user)

    def test_each_lead_gets_its_own_reseller(self):
        """One lead's draw must not leak to the next."""
        self.beta.country_id = self.france
        lead_be = self.make_leads()
        lead_fr = self.make_leads(country_id=self.france.id)
        self.assign(lead_be | lead_fr)
        self.assertEqual(lead_be.reseller_id, self.alfa)
        self.assertEqual(lead_fr.reseller_id, self.beta)

    def test_same_seed_same_result(self):
        first, second = self.make_leads(30), self.make_leads(30)
        self.assign(first, seed=7)
        self.assign(second, seed=7)
        self.assertEqual(
            first.mapped(lambda lead: lead.reseller_id.id),
            second.mapped(lambda lead: lead.reseller_id.id),
        )

    def test_who_gets_nothing(self):
        """Weight 0, archived level, wrong activation, archived: no automatic lead."""
        archived = self.env["crm.reseller.level"].create(
            {"name": "Old", "weight": 50, "active": False}
        )
        for vals in (
            {"reseller_weight": 0},
            {"reseller_level_id": archived.id, "reseller_weight": 50},
            {"reseller_activation_id": self.first_contact.id},
            {"reseller_performance_factor": 0},
            {"active": False},
            {"reseller_level_id": False},
        ):
            gamma = self.make_reseller("Gamma", reseller_weight=1000)
            gamma.write(vals)
            leads = self.make_leads(20)
            self.assign(leads)
            self.assertNotIn(gamma, leads.reseller_id, vals)
            self.assertEqual(set(leads.mapped("reseller_state")), {"pending"})

    def test_full_capacity_gets_nothing(self):
        """Three, and never a fourth: in one batch, in the next, and by hand."""
        self.beta.active = False
        self.alfa.reseller_max_open_leads = 3
        leads = self.make_leads(5)
        self.assign(leads[:2])
        self.assign(leads)
        self.assertEqual(leads.mapped("reseller_state").count("pending"), 3)
        self.assertEqual(self.alfa.reseller_open_lead_count, 3)
        self.assertEqual(
            set(
                leads.filtered(lambda lead: not lead.reseller_id).mapped(
                    "reseller_assign_issue"
                )
            ),
            {"no_reseller"},
        )
        leads.filtered("reseller_id")[0].reseller_accept()  # it still holds it
        with self.assertRaisesRegex(UserError, "can hold 3 leads"):
            leads.filtered(lambda lead: not lead.reseller_id)[0].assign_to_reseller(
                self.alfa
            )
        # a lost lead makes room
        leads.filtered("reseller_id")[0].active = False
        self.assign(leads)
        self.assertEqual(self.alfa.reseller_open_lead_count, 3)

    def test_won_leads_make_room(self):
        self.alfa.reseller_max_open_leads = 1
        lead, other = self.make_leads(2)
        lead.assign_to_reseller(self.alfa)
        lead.reseller_accept()
        lead.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        other.assign_to_reseller(self.alfa)
        self.assertEqual(other.reseller_id, self.alfa)

    def test_declined_is_not_offered_again(self):
        lead = self.make_leads()
        self.exclude(lead, self.alfa)
        for seed in range(10):
            self.assign(lead, seed=seed)
            self.assertEqual(lead.reseller_id, self.beta)
            lead.reseller_withdraw()
        self.exclude(lead, self.beta)
        self.assign(lead)
        self.assertFalse(lead.reseller_id)
        self.assertEqual(lead.reseller_assign_issue, "no_reseller")

    def test_territory(self):
        state = self.env["res.country.state"].search(
            [("country_id", "=", self.env.ref("base.us").id)], limit=1
        )
        self.alfa.write({"reseller_zip_prefixes": "10, 11"})
        self.beta.write({"reseller_state_ids": state.ids})
        brussels = self.make_leads(zip="1040")
        liege = self.make_leads(zip="4000")
        american = self.make_leads(country_id=False, state_id=state.id)
        self.assign(brussels | liege | american)
        self.assertEqual(brussels.reseller_id, self.alfa)
        self.assertFalse(liege.reseller_id)
        self.assertEqual(american.reseller_id, self.beta)

    def test_distance(self):
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        self.beta.write({"partner_latitude": 50.63, "partner_longitude": 5.57})
        lead = self.make_leads(partner_latitude=50.88, partner_longitude=4.70)
        offer, _plan = self.assign(lead)  # Leuven: 25 km from one, 67 from the other
        self.assertEqual(lead.reseller_id, self.alfa)
        self.assertAlmostEqual(offer.distance_km, 24.8, delta=0.3)
        facts = json.loads(offer.explanation)
        self.assertEqual((facts["ring"], facts["eligible"]), (50.0, 1))

    def test_customer_position_counts(self):
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        self.beta.write({"partner_latitude": 50.63, "partner_longitude": 5.57})
        customer = self.env["res.partner"].create(
            {
                "name": "C",
                "country_id": self.belgium.id,
                "partner_latitude": 50.64,
                "partner_longitude": 5.6,
            }
        )
        lead = self.make_leads(partner_id=customer.id)
        offer, _plan = self.assign(lead)
        self.assertEqual(lead.reseller_id, self.beta)
        self.assertAlmostEqual(offer.distance_km, 2.4, delta=0.3)
        # elsewhere, the customer's position says nothing of the lead
        lead = self.make_leads(partner_id=customer.id, city="Arlon")
        offer, _plan = self.assign(lead)
        self.assertFalse(offer.distance_km)

    def test_new_address_forgets_the_position(self):
        lead = self.make_leads(partner_latitude=50.88, partner_longitude=4.70)
        lead.city = "Gent"
        self.assertFalse(lead.partner_latitude)

    def test_direction(self):
        Direction = self.env["crm.reseller.direction"]
        team = self.env["crm.team"].create({"name": "Tools"})
        tools = Direction.create({"name": "Tools", "team_id": team.id})
        oil = Direction.create({"name": "Oil"})
        self.alfa.reseller_direction_id = tools
        self.beta.reseller_direction_id = oil
        leads = self.make_leads(10, team_id=team.id)
        self.assertEqual(leads.reseller_direction_id, tools)
        self.assign(leads)
        self.assertEqual(leads.reseller_id, self.alfa)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.alfa.company_id = other
        self.beta.company_id = self.env.company
        ours = self.make_leads(5, company_id=self.env.company.id)
        theirs = self.make_leads(5, company_id=other.id)
        shared = self.make_leads(5, company_id=False)
        self.assign(ours | theirs | shared)
        self.assertEqual(ours.reseller_id, self.beta)
        self.assertEqual(theirs.reseller_id, self.alfa)
        self.assertFalse(shared.reseller_id)
        self.assertEqual(ours.reseller_offer_ids.company_id, self.env.company)
        with self.assertRaisesRegex(UserError, "different companies"):
            ours.assign_to_reseller(self.alfa)

    def test_level_of_another_company(self):
        """A level of one company makes a reseller of that company's leads only."""
        other = self.env["res.company"].create({"name": "Other"})
        level = self.env["crm.reseller.level"].create({"name": "A", "weight": 1000})
        self.alfa.reseller_level_id = level
        level.company_id = other
        ours = self.make_leads(10, company_id=self.env.company.id)
        theirs = self.make_leads(20, company_id=other.id)
        self.assign(ours | theirs)
        self.assertEqual(ours.reseller_id, self.beta)
        self.assertIn(self.alfa, theirs.reseller_id)
        with self.assertRaisesRegex(UserError, "different companies"):
            ours[0].assign_to_reseller(self.alfa)

    def test_capacity_counts_across_companies(self):
        """A reseller has two hands, whichever company asks."""
        other = self.env["res.company"].create({"name": "Other"})
        self.beta.active = False
        self.alfa.reseller_max_open_leads = 3
        self.assign(self.make_leads(2, company_id=other.id))
        ours = self.make_leads(3, company_id=self.env.company.id)
        user = self.make_user("alice", "sales_team.group_sale_salesman_all_leads")
        ours.with_user(user).action_assign_resellers()
        self.assertEqual(ours.mapped("reseller_state").count("pending"), 1)

    def test_rule_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rule.company_id = other
        ours = self.make_leads(company_id=self.env.company.id)
        theirs = self.make_leads(company_id=other.id)
        self.assign(ours | theirs)
        self.assertEqual(ours.reseller_assign_issue, "no_rule")
        self.assertTrue(theirs.reseller_id)

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def test_first_rule_that_fits(self):
        self.rule.sequence = 20
        special = self.Rule.create(
            {
                "name": "Urgent",
                "sequence": 1,
                "lead_domain": "[('priority', '=', '3')]",
                "reseller_domain": f"[('id', '=', {self.beta.id})]",
            }
        )
        urgent = self.make_leads(5, priority="3")
        normal = self.make_leads(5)
        self.assign(urgent | normal)
        self.assertEqual(urgent.reseller_id, self.beta)
        self.assertEqual(urgent.reseller_offer_ids.rule_id, special)
        self.assertEqual(normal.reseller_offer_ids.rule_id, self.rule)

    def test_rule_with_a_date(self):
        self.rule.lead_domain = (
            "[('create_date', '>', "
            "(context_today() - relativedelta(days=7)).strftime('%Y-%m-%d'))]"
        )
        lead = self.make_leads()
        self.assign(lead)
        self.assertTrue(lead.reseller_id)

    def test_round_robin_over_several_runs(self):
        self.rule.method = "round_robin"
        self.beta.reseller_level_id = self.silver  # 3 to 2
        leads = self.make_leads(20)
        for lead in leads:
            self.assign(lead)
        counts = Counter(leads.mapped(lambda lead: lead.reseller_id.name))
        self.assertEqual(counts, {"Alfa": 12, "Beta": 8})
        # never more than two in a row
        names = "".join(leads.mapped(lambda lead: lead.reseller_id.name[0]))
        self.assertNotIn("AAA", names)
        self.assertNotIn("BB", names)

    def test_nearest_with_a_maximum(self):
        self.rule.write({"method": "nearest", "max_distance_km": 50})
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        near = self.make_leads(partner_latitude=50.88, partner_longitude=4.70)
        far = self.make_leads(partner_latitude=49.6, partner_longitude=5.8)
        unknown = self.make_leads()
        self.assign(near | far | unknown)
        self.assertEqual(near.reseller_id, self.alfa)
        self.assertFalse(far.reseller_id)
        self.assertFalse(unknown.reseller_id)

    def test_no_rule(self):
        self.rule.active = False
        lead = self.make_leads()
        self.assign(lead)
        self.assertEqual(lead.reseller_assign_issue, "no_rule")

    def test_without_country_fallback(self):
        self.env.company.reseller_country_fallback = False
        lead = self.make_leads()
        self.assign(lead)
        self.assertFalse(lead.reseller_id)

    # ------------------------------------------------------------
    # A RULE THAT IS BROKEN
    # ------------------------------------------------------------

    def break_filter(self, rule, fname="lead_domain"):
        """As when the field a filter speaks of goes with the addon it came from."""
        self.env.flush_all()
        self.cr.execute(
            f"UPDATE crm_reseller_assignment_rule SET {fname} = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_reseller_assignment_rule")
    def test_broken_rule_stops_its_leads_only(self):
        """No one knows for whom it was meant: what stands below it must wait."""
        urgent = self.Rule.create(
            {
                "name": "Urgent",
                "sequence": 0,
                "lead_domain": "[('priority', '=', '3')]",
            }
        )
        self.break_filter(self.rule)
        self.Rule.create({"name": "Last", "sequence": 99})
        fine, waits = self.make_leads(priority="3"), self.make_leads()
        action = (fine | waits).action_assign_resellers()
        self.assertIn("1 leads are blocked by a rule", action["params"]["message"])
        self.assertEqual(fine.reseller_offer_ids.rule_id, urgent)
        self.assertFalse(waits.reseller_id)
        self.assertEqual(waits.reseller_assign_issue, "broken_rule")
        self.assertEqual(
            waits.activity_ids.summary, "An assignment rule has an invalid filter"
        )
        self.assertEqual((urgent | self.rule).mapped("is_broken"), [False, True])
        # fixed, it works again by itself
        self.rule.write({"lead_domain": "[]", "automatic": True})
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertTrue(waits.reseller_id)
        self.assertFalse(waits.reseller_assign_issue)
        self.assertFalse(waits.activity_ids)

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_reseller_assignment_rule")
    def test_broken_rule_stops_nobody_else_s_work(self):
        """Leads come in and resellers answer, whatever state the rules are in."""
        lead = self.make_leads()
        lead.assign_to_reseller(self.alfa)
        self.rule.automatic = True
        self.break_filter(self.rule, "reseller_domain")
        self.assertEqual(self.make_leads().reseller_assign_issue, "broken_rule")
        lead.reseller_decline(self.territory_reason)
        self.assertEqual(lead.reseller_state, "declined")
        self.assertEqual(lead.reseller_assign_issue, "broken_rule")
        self.env["crm.lead"]._cron_assign_resellers()
        self.break_filter(self.rule)
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertEqual(self.rule.waiting_lead_count, 0)
        with self.assertRaisesRegex(UserError, "Fix it first"):
            self.rule.action_view_waiting_leads()

    def test_leads_a_rule_would_offer_are_counted(self):
        """Before a rule is let loose its manager sees on how many leads."""
        self.rule.lead_domain = "[('referred', '=', 'here')]"
        waiting, held, given = self.make_leads(3, referred="here")
        self.make_leads()
        held.reseller_manual_only = True
        given.assign_to_reseller(self.alfa)
        self.assertEqual(self.rule.waiting_lead_count, 1)
        action = self.rule.action_view_waiting_leads()
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), waiting)

    def test_rule_that_made_offers_cannot_be_deleted(self):
        """Otherwise no one could tell any more why someone got a lead."""
        self.assign(self.make_leads())
        with self.assertRaisesRegex(UserError, "offered by Everything"):
            self.rule.unlink()
        unused = self.Rule.create({"name": "Unused"})
        unused.unlink()
        self.assertFalse(unused.exists())

    # ------------------------------------------------------------
    # NOBODY FOUND
    # ------------------------------------------------------------

    def test_nobody_found_is_visible(self):
        """Tag, state and an activity; all gone when someone is found after all."""
        manager = self.make_user("manny", "sales_team.group_sale_manager")
        self.env.company.reseller_channel_manager_id = manager
        tag = self.env.ref("crm_reseller_base.tag_no_reseller")
        lead = self.make_leads(country_id=self.france.id)
        action = lead.action_assign_resellers()
        self.assertIn("No reseller found for 1", action["params"]["message"])
        self.assertEqual(lead.reseller_assign_issue, "no_reseller")
        self.assertIn(tag, lead.tag_ids)
        self.assertEqual(lead.activity_ids.user_id, manager)
        lead.action_assign_resellers()
        self.assertEqual(len(lead.activity_ids), 1)
        self.beta.country_id = self.france
        lead.action_assign_resellers()
        self.assertEqual(lead.reseller_id, self.beta)
        self.assertFalse(lead.reseller_assign_issue)
        self.assertNotIn(tag, lead.tag_ids)
        self.assertFalse(lead.activity_ids)

    def test_many_without_reseller_wait_for_the_cron(self):
        leads = self.make_leads(25, country_id=self.france.id)
        self.assign(leads)
        self.assertFalse(leads.activity_ids)
        self.env["crm.lead"]._cron_send_notices()
        self.assertEqual(len(leads.activity_ids), 25)

    def test_whoever_is_done_is_not_asked_again(self):
        """The cron does not schedule again what the channel manager marked as done."""
        lead = self.make_leads(country_id=self.france.id)
        self.assign(lead)
        lead.activity_ids.action_feedback(feedback="We call them ourselves")
        self.rule.automatic = True
        for _again in range(2):
            self.env["crm.lead"]._cron_assign_resellers()
            self.env["crm.lead"]._cron_send_notices()
        self.assertFalse(lead.activity_ids)
        # another problem is another question
        lead.country_id = self.belgium
        self.env.company.reseller_max_reoffers = 0
        self.assign(lead)
        lead.reseller_decline(self.territory_reason)
        self.assertEqual(lead.reseller_assign_issue, "rounds")
        self.assertEqual(lead.activity_ids.summary, "Offered too often")

    def test_crons_work_without_the_type_of_activity(self):
        self.env.ref("crm_reseller_base.mail_activity_type_attention").unlink()
        lead = self.make_leads(country_id=self.france.id)
        self.assign(lead)
        self.env["crm.lead"]._cron_send_notices()
        self.assertEqual(lead.reseller_assign_issue, "no_reseller")

    def test_left_alone(self):
        """Offered, closed and won leads are left alone, and counted."""
        pending, lost, won, free = self.make_leads(4)
        pending.assign_to_reseller(self.alfa)
        lost.active = False
        won.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        _offers, plan = self.assign(pending | lost | won | free)
        self.assertEqual(set(plan.skipped), {pending.id, lost.id, won.id})
        self.assertEqual(len(plan.choices), 1)
        self.assertFalse((lost | won).reseller_id)

    # ------------------------------------------------------------
    # BY THEMSELVES
    # ------------------------------------------------------------

    def test_on_creation(self):
        self.rule.automatic = True
        leads = self.make_leads(3)
        self.assertEqual(set(leads.mapped("reseller_state")), {"pending"})

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_lead_assign")
    def test_no_lead_is_lost_when_the_assignment_fails(self):
        """A form on the web site keeps what the visitor typed; the cron tries again."""
        self.rule.automatic = True
        with patch.object(
            type(self.env["crm.reseller.assigner"]), "_run", side_effect=ValueError
        ):
            lead = self.make_leads()
        self.assertTrue(lead.exists())
        self.assertFalse(lead.reseller_id)
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertTrue(lead.reseller_id)

    @mute_logger("odoo.addons.crm_reseller_base.models.crm_lead_assign")
    def test_one_bad_lead_does_not_stop_the_others(self):
        leads = self.make_leads(7)
        bad = leads[3]
        assign = type(leads)._assign_by_rules

        def stumble(records, **kwargs):
            if bad in records:
                raise ValueError("bad lead")
            return assign(records, **kwargs)

        self.rule.automatic = True
        with patch.object(type(leads), "_assign_by_rules", stumble):
            self.env["crm.lead"]._cron_assign_resellers()
        self.assertEqual(
            set((leads - bad).mapped("reseller_state")), {"pending"}, "all the others"
        )
        self.assertFalse(bad.reseller_id)

    def test_not_on_creation(self):
        """Neither when the rule works on demand, nor when the switch is off."""
        self.assertFalse(self.make_leads().reseller_id)
        self.rule.automatic = True
        self.env.company.reseller_auto_assign = False
        lead = self.make_leads()
        self.assertFalse(lead.reseller_id)
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertFalse(lead.reseller_id)

    def test_cron(self):
        """It offers what waits, and nothing that should stay."""
        waiting, held, unwanted = self.make_leads(3)
        held.reseller_manual_only = True
        unwanted.assign_to_reseller(self.alfa)
        unwanted.reseller_decline(
            self.env.ref("crm_reseller_base.decline_reason_bought_elsewhere")
        )
        nowhere = self.make_leads(country_id=self.france.id)
        self.assign(nowhere)
        self.rule.automatic = True
        self.beta.country_id = self.france
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertEqual(waiting.reseller_id, self.alfa)
        self.assertEqual(nowhere.reseller_id, self.beta)
        self.assertFalse(held.reseller_id)
        self.assertFalse(unwanted.reseller_id)

    # ------------------------------------------------------------
    # BY HAND
    # ------------------------------------------------------------

    def test_reassigning_withdraws(self):
        lead = self.make_leads()
        lead.assign_to_reseller(self.alfa)
        lead.assign_to_reseller(self.alfa)  # it holds it already
        lead.assign_to_reseller(self.beta.id)
        self.assertEqual(
            self.outcomes(lead), [("Alfa", "withdrawn"), ("Beta", "pending")]
        )
        self.assertEqual(lead.reseller_id, self.beta)
        self.assertEqual(lead.reseller_offer_ids[0].method, "manual")

    def test_writing_the_field_makes_an_offer(self):
        """Imports and mass edits cannot bypass the offers."""
        lead = self.make_leads(reseller_id=self.alfa.id)
        self.assertEqual(self.outcomes(lead), [("Alfa", "pending")])
        lead.write({"reseller_id": self.beta.id, "name": "New"})
        self.assertEqual(
            self.outcomes(lead), [("Alfa", "withdrawn"), ("Beta", "pending")]
        )
        self.assertEqual(lead.name, "New")
        lead.reseller_id = False
        self.assertEqual(lead.reseller_state, "none")
        self.assertEqual(self.outcomes(lead)[-1], ("Beta", "withdrawn"))
        lead.reseller_id = self.alfa
        for vals in (
            {"reseller_state": "accepted"},
            {"reseller_state": "none"},
            {"reseller_due_on": False},
        ):
            with self.assertRaises(UserError, msg=vals):
                lead.write(vals)
            with self.assertRaises(UserError, msg=vals):
                # a context flag from outside is not the one we mean
                lead.with_context(reseller_sync=True).write(vals)

    def test_only_resellers_get_leads(self):
        customer = self.env["res.partner"].create({"name": "Customer"})
        with self.assertRaisesRegex(UserError, "Customer is not a reseller"):
            self.make_leads().assign_to_reseller(customer)
        with self.assertRaises(UserError):
            self.make_leads().assign_to_reseller(0)

    def test_outsiders_assign_nothing(self):
        lead = self.make_leads()
        portal = self.make_portal_user(self.alfa, "ann")
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        lead.user_id = self.env.user
        for user in (portal, salesman):
            for method, args in (
                ("action_assign_resellers", ()),
                ("assign_to_reseller", (self.alfa,)),
                ("action_open_reseller_wizard", ()),
                ("reseller_withdraw", ()),
            ):
                with self.assertRaises(AccessError, msg=(user.login, method)):
                    getattr(lead.with_user(user), method)(*args)
        self.assertFalse(lead.reseller_id)

    def test_salesman_assigns_own_leads(self):
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        lead = self.make_leads(user_id=salesman.id)
        lead.with_user(salesman).action_assign_resellers()
        self.assertEqual(lead.reseller_state, "pending")
        self.assertEqual(lead.reseller_offer_ids.offered_by_id, salesman)

    # ------------------------------------------------------------
    # WHY
    # ------------------------------------------------------------

    def test_explanation(self):
        self.alfa.write({"partner_latitude": 50.85, "partner_longitude": 4.35})
        self.beta.write({"partner_latitude": 50.86, "partner_longitude": 4.40})
        self.beta.reseller_weight = 1
        gamma = self.make_reseller("Gamma")
        lead = self.make_leads(
            partner_latitude=50.85, partner_longitude=4.36, name="Why me"
        )
        self.exclude(lead, gamma)
        self.assign(lead)
        page = str(lead.reseller_explanation)
        for words in (
            lead.reseller_id.name,
            "Everything",
            "within 50 km",
            "2 eligible",
            "75.0 %",
            "25.0 %",
            "0.7 km",
            "Random draw",
        ):
            self.assertIn(words, page)

    def test_explanation_cannot_be_used_to_inject(self):
        self.beta.active = False
        self.alfa.name = "<script>alert(1)</script>"
        lead = self.make_leads()
        self.assign(lead)
        self.assertNotIn("<script>", str(lead.reseller_explanation))
        self.assertIn("&lt;script&gt;", str(lead.reseller_explanation))

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def test_cost_does_not_grow_with_the_leads(self):
        """As many statements for 500 leads as for 50, and fewer than 60."""
        counts = []
        for number in (50, 500):
            leads = self.bulk_leads(number)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assign(leads)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLess(max(counts), 60)

    def test_shares_in_the_database(self):
        """20,000 leads, weights 1, 2, 3, 5, 10: p of the chi-square test > 0.001."""
        (self.alfa | self.beta).active = False
        weights = {
            self.make_reseller(f"W{weight}", reseller_weight=weight).id: weight
            for weight in (1, 2, 3, 5, 10)
        }
        leads = self.bulk_leads(20_000)
        _offers, plan = self.assign(leads, seed=11)
        counts = Counter(choice.reseller_id for _rule, choice in plan.choices)
        self.assertEqual(sum(counts.values()), 20_000)
        half = (
            sum(
                (counts[key] - 20_000 * weight / 21) ** 2 / (20_000 * weight / 21)
                for key, weight in weights.items()
            )
            / 2
        )
        self.assertGreater(math.exp(-half) * (1 + half), 0.001, counts)
        # and the database holds just that
        self.env.flush_all()
        stored = dict(
            self.env["crm.lead"]._read_group(
                [("id", "in", leads.ids)], ["reseller_id"], ["__count"]
            )
        )
        self.assertEqual({key.id: n for key, n in stored.items()}, counts)
        self.assertEqual(
            self.Offer.search_count(
                [("lead_id", "in", leads.ids), ("state", "=", "pending")]
            ),
            20_000,
        )
