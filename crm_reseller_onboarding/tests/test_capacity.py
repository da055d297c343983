from odoo.tests import tagged

from .common import OnboardingCase


@tagged("post_install", "-at_install")
class TestCapacity(OnboardingCase):
    """A newcomer holds few leads; each step and each answer raises the limit."""

    def _capacity(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT reseller_capacity FROM res_partner WHERE id = %s", [self.alder.id]
        )
        return self.env.cr.fetchone()[0]

    def _text(self):
        entry = self.Onboarding._read_for_portal(self.alder)
        return self.Onboarding._get_capacity_text(entry)

    def test_it_grows_up_to_the_normal_one(self):
        first = self._add_step(capacity_gain=1)
        second = self._add_step(capacity_gain=2)
        last = self._add_step(capacity_gain=0)
        self.alder.reseller_max_open_leads = 5
        self.assertEqual(self._capacity(), 5)
        onboarding = self._begin()
        self.assertEqual(self._capacity(), 1)
        self._row(onboarding, first).with_user(self.manager).action_done()
        self.assertEqual(self._capacity(), 2)
        lead = self._create_lead(self.alder)
        lead.with_user(self.anna).sudo().reseller_accept()
        self.assertEqual(onboarding.answered_count, 1)
        self.assertEqual(self._capacity(), 3)
        self._row(onboarding, second).with_user(self.manager)._skip("Known")
        self.assertEqual(self._capacity(), 5)
        lead = self._create_lead(self.alder)
        lead.with_user(self.anna).sudo().reseller_decline(self.reason.id)
        self.assertEqual(self._capacity(), 5, "never above the normal one")
        self._row(onboarding, second).with_user(self.manager).action_reopen()
        self.assertEqual(self._capacity(), 4)
        self._row(onboarding, second).with_user(self.manager).action_done()
        self._row(onboarding, last).with_user(self.manager).action_done()
        self.assertEqual(onboarding.state, "done")
        self.assertEqual(self._capacity(), 5)
        self.alder.reseller_max_open_leads = 0
        self.assertEqual(self._capacity(), 0)

    def test_a_reseller_without_a_limit_has_one_until_it_is_done(self):
        step = self._add_step()
        onboarding = self._begin()
        self.assertEqual(self._capacity(), 1)
        self.assertEqual(self.alder.reseller_onboarding_limit, 1)
        self.track.start_capacity = 3
        self.assertEqual(self._capacity(), 3)
        self._row(onboarding, step).with_user(self.manager).action_done()
        self.assertEqual(self._capacity(), 0)

    def test_a_track_that_does_not_limit(self):
        self.track.start_capacity = 0
        self._add_step()
        self._begin()
        self.assertEqual(self._capacity(), 0)

    def test_stopped_is_unlimited_again(self):
        self._add_step()
        self._begin()
        self.alder.reseller_activation_id = False
        self.assertEqual(self._capacity(), 0)

    def test_the_engine_keeps_to_it(self):
        """Automatic leads stop at the limit, in the same transaction."""
        self._add_step()
        self.env["res.partner"].search(
            [("reseller_level_id", "!=", False), ("id", "!=", self.alder.id)]
        ).write({"reseller_performance_factor": 0})
        Rule = self.env["crm.reseller.assignment.rule"]
        Rule.search([]).active = False
        Rule.create({"name": "Everything", "sequence": 1})
        self.env["res.company"].search([]).reseller_auto_assign = True
        self._begin()
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {number}", "type": "lead", "user_id": False}
                for number in range(4)
            ]
        )
        leads.action_assign_resellers()
        self.assertEqual(
            leads.filtered(lambda lead: lead.reseller_id == self.alder), leads[:1]
        )
        held = leads[:1]
        held.with_user(self.anna).sudo().reseller_accept()
        leads.filtered(lambda lead: not lead.reseller_id).action_assign_resellers()
        self.assertEqual(
            len(leads.filtered(lambda lead: lead.reseller_id == self.alder)), 2
        )
        self.assertTrue(self.alder.reseller_at_capacity)

    def test_what_the_reseller_reads(self):
        self._add_step(name="Sign the contract")
        self._add_step(name="Call us", capacity_gain=2)
        onboarding = self._begin()
        self.assertEqual(
            self._text(),
            "You may hold 1 open lead at once. Finish “Sign the contract” for one "
            "more.",
        )
        onboarding.progress_ids[0].with_user(self.manager).action_done()
        self.assertEqual(
            self._text(),
            "You may hold 2 open leads at once. Finish “Call us” for 2 more.",
        )
        self.alder.reseller_max_open_leads = 2
        self.assertEqual(self._text(), "You may hold 2 open leads at once.")
