import base64
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.crm_reseller_portal.tests.test_company_data import make_picture

from .common import OnboardingCase

PICTURE = base64.b64encode(make_picture())


@tagged("post_install", "-at_install")
class TestOnboarding(OnboardingCase):
    """Steps are observed; their end brings the next activation."""

    # ------------------------------------------------------------
    # WHO STARTS
    # ------------------------------------------------------------

    def test_an_activation_starts_its_track(self):
        self._add_step()
        self.assertFalse(self._get_onboarding(self.alder))
        onboarding = self._begin()
        self.assertEqual(self._states(onboarding), ["pending"])
        self.assertEqual(onboarding.current_step_id.kind, "custom")
        # at once for a new company, too; never for those who are no resellers
        created = self.env["res.partner"].create(
            [
                {
                    "name": f"Cedar {number}",
                    "is_company": True,
                    "reseller_level_id": self.level.id if number else False,
                    "reseller_activation_id": self.start.id,
                }
                for number in range(2)
            ]
        )
        self.assertFalse(self._get_onboarding(created[0]))
        self.assertTrue(self._get_onboarding(created[1]))

    def test_leaving_the_activation_or_the_program_stops_it(self):
        self._add_step()
        onboarding = self._begin()
        self.alder.reseller_activation_id = False
        self.assertEqual(onboarding.state, "stopped")
        again = self._begin()
        self.assertEqual(self._count(self.alder, ("state", "=", "open")), 1)
        self.alder.reseller_level_id = False
        self.assertEqual(self._count(self.alder, ("state", "=", "stopped")), 2)
        self.assertEqual(again.state, "stopped")

    def test_resellers_that_are_there_start_by_hand(self):
        self.alder.reseller_activation_id = self.start
        self._add_step()
        self.assertFalse(self._get_onboarding(self.alder))
        self.track.with_user(self.manager).action_start()
        self.assertEqual(self._get_onboarding(self.alder).state, "open")
        self.track.with_user(self.manager).action_start()
        self.assertEqual(self._count(self.alder), 1)
        with self.assertRaises(AccessError):
            self.track.with_user(self.salesman).action_start()

    def test_tracks_are_complete_and_lead_on(self):
        for vals in (
            {"kind": "resource"},
            {"kind": "agreement"},
            {"kind": "profile"},
        ):
            with self.assertRaises(ValidationError):
                self._add_step(**vals)
        with self.assertRaises(ValidationError):
            self.track.next_activation_id = self.start
        with self.assertRaises(ValidationError):
            self.track.copy()
        with self.assertRaises(ValidationError):
            self.track.start_capacity = -1

    # ------------------------------------------------------------
    # WHAT IS OBSERVED
    # ------------------------------------------------------------

    def test_sign_in_is_observed(self):
        self._add_step("signed_in")
        self._add_step()
        onboarding = self._begin()
        self.assertEqual(self._states(onboarding), ["pending", "pending"])
        self.env["crm.reseller.usage"]._add(
            "pages",
            self.anna.partner_id.id,
            self.alder.id,
            self.env.company.id,
            fields.Date.today(),
        )
        self.assertEqual(self._states(onboarding)[0], "pending")
        self._sign_in(self.anna)
        self.assertEqual(self._states(onboarding), ["done", "pending"])
        row = onboarding.progress_ids[0]
        self.assertEqual(row.person_id, self.anna.partner_id)
        self.assertLessEqual(row.done_on, fields.Datetime.now())
        # another reseller's sign-in is not theirs
        other = self._begin(self.birch)
        self.assertEqual(self._states(other)[0], "pending")

    def test_sign_in_is_found_without_counters(self):
        self._add_step("signed_in")
        self._add_step()
        onboarding = self._begin()
        self.env["res.users.log"].with_user(self.ben).sudo().create({})
        self.Onboarding._cron_observe_onboarding()
        self.assertEqual(self._states(onboarding), ["done", "pending"])

    def test_company_data_are_observed_and_can_get_lost(self):
        self._add_step("profile", profile_field="phone")
        self._add_step("profile", profile_field="address")
        onboarding = self._begin()
        self.alder.phone = "+32 2 290 34 90"
        self.assertEqual(self._states(onboarding), ["done", "pending"])
        self.alder.write({"street": "Long Lane 5", "city": "Ghent"})
        self.assertEqual(self._states(onboarding), ["done", "pending"])
        self.alder.phone = False
        self.assertEqual(self._states(onboarding), ["reopened", "pending"])
        self.alder.phone = "+32 2 290 34 91"
        self.assertEqual(self._states(onboarding), ["done", "pending"])

    def test_every_profile_field_is_known(self):
        step = self.env["crm.reseller.onboarding.step"]
        values = {
            "address": {
                "street": "Long Lane 5",
                "city": "Ghent",
                "country_id": self.env.ref("base.be").id,
            },
            "phone": {"phone": "+32 2 290 34 90"},
            "email": {"email": "alder@example.com"},
            "website": {"website": "https://alder.example"},
            "vat": {"vat": "BE0477472701"},
            "reseller_territory": {"reseller_zip_prefixes": "90"},
            "logo": {"image_1920": PICTURE},
        }
        self.assertEqual(
            set(values), set(dict(step._fields["profile_field"].selection))
        )
        for name, vals in values.items():
            self.assertFalse(self.alder._has_onboarding_profile(name), name)
            self.alder.write(vals)
            self.assertTrue(self.alder._has_onboarding_profile(name), name)

    def test_a_logo_is_proposed_refused_and_confirmed(self):
        self._add_step("profile", profile_field="logo")
        self._add_step()
        onboarding = self._begin()
        self.assertEqual(self._states(onboarding), ["pending", "pending"])
        propose = self.alder.with_user(self.sue).sudo()._reseller_propose
        # words alone are no logo
        propose({"phone": "+32 2 290 34 90"})
        self.assertEqual(self._states(onboarding)[0], "pending")
        proposal = propose({}, make_picture())
        self.assertEqual(self._states(onboarding)[0], "done")
        proposal._close("refused", "Too small")
        self.assertEqual(self._states(onboarding)[0], "reopened")
        proposal = propose({}, make_picture())
        self.assertEqual(self._states(onboarding)[0], "done")
        proposal.with_user(self.manager).action_confirm()
        self.assertTrue(self.alder.image_1920)
        self.assertEqual(self._states(onboarding)[0], "done")
        self.alder.image_1920 = False
        self.assertEqual(self._states(onboarding)[0], "reopened")
        # by the team, too
        self.alder.image_1920 = PICTURE
        self.assertEqual(self._states(onboarding)[0], "done")

    def test_columns_of_the_board_say_whose_step_it_is(self):
        """Two tracks with a step of one name look different on the board."""
        step = self._add_step(name="Sign in")
        other = self.track.copy(
            {"name": "Second track", "activation_id": self.next.id}
            | {"next_activation_id": False}
        ).step_ids
        self.assertEqual(step.name, other.name)
        self._begin()
        action = self.env.ref("crm_reseller_onboarding.crm_reseller_onboarding_action")
        board = self.Onboarding.with_context(**safe_eval(action.context))
        columns = board._expand_steps(step.with_env(board.env) | other, [])
        names = {each.id: each.display_name for each in columns}
        self.assertEqual(names[step.id], "Test track – Sign in")
        self.assertEqual(names[other.id], "Second track – Sign in")
        # step by step, track after track
        tracks = [each.track_id for each in columns]
        self.assertEqual(tracks, sorted(tracks, key=tracks.index))
        # where the track is told anyway it is not told twice
        self.assertEqual(step.display_name, "Sign in")

    def test_a_resource_that_was_read_is_observed(self):
        resource = self.env["crm.reseller.resource"].create(
            {"name": "Prices", "kind": "price_list"}
        )
        version = self.env["crm.reseller.resource.version"].create(
            {"resource_id": resource.id, "body": "<p>Words</p>"}
        )
        self._add_step("resource", resource_id=resource.id)
        self._add_step()
        onboarding = self._begin()
        Usage = self.env["crm.reseller.resource.usage"]
        today = fields.Date.today()
        Usage._add("views", resource.id, version.id, self.bob.partner_id.id, today)
        self.assertEqual(self._states(onboarding)[0], "pending")
        Usage._add("views", resource.id, version.id, self.ben.partner_id.id, today)
        self.assertEqual(self._states(onboarding)[0], "done")
        self.assertEqual(onboarding.progress_ids[0].person_id, self.ben.partner_id)

    def test_the_first_lead_answered_in_time_is_observed(self):
        self._add_step("first_lead")
        self._add_step()
        self.track.start_capacity = 5
        onboarding = self._begin()
        late = self._create_lead(self.alder)
        with freeze_time(fields.Datetime.now() + timedelta(days=30)):
            late.with_user(self.anna).sudo().reseller_accept()
        self.assertEqual(self._states(onboarding)[0], "pending")
        lead = self._create_lead(self.alder)
        lead.with_user(self.anna).sudo().reseller_decline(self.reason.id)
        self.assertEqual(self._states(onboarding)[0], "done")
        self.assertEqual(onboarding.progress_ids[0].person_id, self.anna.partner_id)

    def test_custom_steps_are_ticked_by_managers_alone(self):
        custom = self._add_step()
        observed = self._add_step("signed_in")
        onboarding = self._begin()
        row = self._row(onboarding, custom)
        for user in (self.salesman, self.anna, self.stranger):
            for method in ("action_done", "action_reopen", "action_skip"):
                with self.assertRaises(AccessError):
                    getattr(row.with_user(user), method)()
        row.with_user(self.manager).action_done()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.decided_by_id, self.manager)
        with self.assertRaises(UserError):
            self._row(onboarding, observed).with_user(self.manager).action_done()
        with self.assertRaises(AccessError):
            row.with_user(self.manager).write({"state": "pending"})

    # ------------------------------------------------------------
    # STATES
    # ------------------------------------------------------------

    def test_approval(self):
        step = self._add_step("profile", profile_field="phone", needs_approval=True)
        self._add_step()
        onboarding = self._begin()
        self.alder.phone = "+32 2 290 34 90"
        self.assertEqual(self._states(onboarding), ["waiting", "pending"])
        self.assertTrue(onboarding.is_waiting)
        kind = self.env.ref("crm_reseller_onboarding.mail_activity_type_onboarding")
        asked = self.alder.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        self.assertEqual(len(asked), 1)
        self.assertIn("Step profile", asked.note)
        self._row(onboarding, step).with_user(self.manager).action_done()
        self.assertEqual(self._states(onboarding), ["done", "pending"])

    def test_skipped_with_a_reason_and_reopened(self):
        step = self._add_step("signed_in")
        self._add_step()
        onboarding = self._begin()
        row = self._row(onboarding, step).with_user(self.manager)
        action = row.action_skip()
        wizard = (
            self.env["crm.reseller.onboarding.skip"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"reason": " "})
        )
        with self.assertRaises(UserError):
            wizard.action_skip()
        wizard.reason = "Signed in at the fair"
        wizard.action_skip()
        self.assertEqual(self._states(onboarding), ["skipped", "pending"])
        self.assertEqual(row.reason, "Signed in at the fair")
        # what was observed before it was reopened counts no more
        with freeze_time(fields.Datetime.now() - timedelta(days=3)):
            self._sign_in(self.anna)
        row.action_reopen()
        self.Onboarding._cron_observe_onboarding()
        self.assertEqual(self._states(onboarding), ["reopened", "pending"])
        self._sign_in(self.anna)
        self.assertEqual(self._states(onboarding), ["done", "pending"])

    def test_the_next_activation_follows_and_they_are_told(self):
        first = self._add_step()
        self._add_step("profile", profile_field="phone")
        onboarding = self._begin()
        self._row(onboarding, first).with_user(self.manager).action_done()
        self.assertEqual(self.alder.reseller_activation_id, self.start)
        before = self.env["mail.mail"].search([])
        self.alder.phone = "+32 2 290 34 90"
        self.assertEqual(onboarding.state, "done")
        self.assertEqual(self.alder.reseller_activation_id, self.next)
        mail = self.env["mail.mail"].search([]) - before
        self.assertEqual(len(mail), 1)
        self.assertEqual(
            mail.recipient_ids,
            (self.anna | self.ben | self.sue).partner_id,
        )
        self.assertIn("Test next", mail.body_html)
        self.assertIn("Test next", str(self.alder.message_ids[0].body))
        # it does not begin again
        self.Onboarding._cron_observe_onboarding()
        self.alder.reseller_activation_id = self.start
        self.assertEqual(self._count(self.alder), 1)

    def test_a_manager_who_went_ahead_is_not_overruled(self):
        self._add_step()
        onboarding = self._begin()
        other = self.env["crm.reseller.activation"].create({"name": "Test other"})
        self.alder.reseller_activation_id = other
        self.assertEqual(onboarding.state, "stopped")
        onboarding.progress_ids.sudo()._update_state(("pending",), "done")
        onboarding._observe()
        self.assertEqual(self.alder.reseller_activation_id, other)

    def test_a_new_step_reaches_those_on_the_way(self):
        step = self._add_step()
        onboarding = self._begin()
        late = self._add_step("profile", profile_field="phone")
        self.assertEqual(self._states(onboarding), ["pending", "pending"])
        self._row(onboarding, step).with_user(self.manager).action_done()
        with self.assertRaises(UserError):
            step.unlink()
        late.unlink()
        self.assertEqual(len(onboarding.progress_ids), 1)

    def test_kinds_of_other_addons(self):
        """A kind that is added by its hook is observed like the others."""
        Step = self.env.registry["crm.reseller.onboarding.step"]
        types = self.env["crm.reseller.onboarding.step"]._get_onboarding_step_types()
        for key, each in types.items():
            self.assertTrue(each.label, key)
            if each.observe:
                self.assertTrue(callable(getattr(Step, each.observe)), key)
            if each.path:
                self.assertTrue(callable(getattr(Step, each.path)), key)
            if each.asks:
                self.assertIn(each.asks, Step._fields)

    # ------------------------------------------------------------
    # BATCHES
    # ------------------------------------------------------------

    def test_statements_do_not_grow_with_the_newcomers(self):
        for kind in ("signed_in", "first_lead", "custom"):
            self._add_step(kind)
        self._add_step("agreement", agreement_id=self._publish_agreement().id)
        self._add_step("profile", profile_field="vat")

        def make(count):
            return self.env["res.partner"].create(
                [
                    {
                        "name": f"Newcomer {number}",
                        "is_company": True,
                        "reseller_level_id": self.level.id,
                        "reseller_activation_id": self.start.id,
                    }
                    for number in range(count)
                ]
            )

        def cost(partners):
            onboardings = self.Onboarding.search([("reseller_id", "in", partners.ids)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            onboardings._observe()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = make(3), make(60)
        cost(few)
        self.assertLessEqual(cost(many), cost(few) + 2)
