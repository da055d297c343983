from datetime import timedelta

from odoo import api, fields, models

ADDON = "crm_reseller_onboarding"
# resellers that were newcomers in the year past, and days from start to first lead
PAST_NEWCOMERS = 10
FIRST_LEAD_DAYS = (3, 5, 8, 12, 19)
# people who know the portal for long
OLD_HANDS = ("demo_user_reseller", "demo_user_supervisor", "demo_user_rival")


class CrmResellerDemo(models.AbstractModel):
    """Newcomers at each step, in each state."""

    _inherit = "crm.reseller.demo"

    @api.model
    def _load_onboarding(self):
        """Start the tracks of the demo's newcomers, and let each come as far as told.

        Dates count back from today.
        """
        if not self._is_first_load(f"{ADDON}.onboarding"):
            return
        demo = self.sudo().with_context(tracking_disable=True)
        env = demo.env
        Onboarding = env["crm.reseller.onboarding"]
        terms = env.ref(f"{ADDON}.demo_agreement_terms")
        env.ref(f"{ADDON}.demo_agreement_version_terms").action_publish()
        env.ref(f"{ADDON}.demo_announcement_fair").action_publish()
        resellers = demo._get_resellers()
        # an agreement that was accepted waits for approval
        for key in ("hudson", "sachsen"):
            person = resellers[key]._get_reseller_people()[:1] or resellers[key]
            terms._accept(terms.valid_version_id, resellers[key], person)
        tracks = env["crm.reseller.onboarding.track"].search([], limit=None)
        tracks.action_start()
        started = Onboarding.search([("state", "=", "open")], order="id")
        demo._date_onboarding(started)
        by_reseller = {each.reseller_id: each.progress_ids for each in started}
        call = env.ref(f"{ADDON}.step_ramp_up_call")
        sign_in = env.ref(f"{ADDON}.step_ramp_up_sign_in")
        for key, step, action in (
            ("sachsen", call, "done"),
            ("hudson", call, "done"),
            ("noorder", sign_in, "skip"),
            ("dolomiti", call, "reopen"),
        ):
            rows = by_reseller.get(resellers[key])
            row = rows and rows.filtered(lambda each, step=step: each.step_id == step)
            if not row:
                continue
            if action == "skip":
                row._skip("They answer by mail only, as agreed.")
                continue
            if row.state == "pending":
                row.action_done()
            if action == "reopen":
                row.action_reopen()
        people = env["res.partner"]
        for name in OLD_HANDS:
            user = env.ref(f"crm_reseller_base.{name}", raise_if_not_found=False)
            people |= user.partner_id if user else people
        for person in people:
            env.ref(f"{ADDON}.guide_portal")._remember(person, skipped=False)
        demo._load_past_onboardings(env.ref(f"{ADDON}.track_first_contact"))
        # no one is welcomed or reminded because the demo began
        env["res.partner"].search([("reseller_access_on", "!=", False)]).write(
            {
                "reseller_welcomed_on": fields.Datetime.now(),
                "reseller_sign_in_reminded_on": fields.Datetime.now(),
                "reseller_sign_in_alert_on": fields.Datetime.now(),
            }
        )

    @api.model
    def _load_past_onboardings(self, track):
        """Resellers that are through: so many days went by until their first lead.

        :param track: crm.reseller.onboarding.track they went
        """
        year = fields.Datetime.now() - timedelta(days=365)
        first_leads = self.env["crm.reseller.offer"]._read_group(
            [
                ("state", "in", ("accepted", "returned")),
                ("method", "not in", ("registered", "imported")),
                ("reseller_id.reseller_level_id", "!=", False),
                ("reseller_id.reseller_onboarding_ids", "=", False),
            ],
            ["reseller_id"],
            ["answered_on:min"],
            having=[("answered_on:min", ">=", year)],
        )
        rows = []
        for number, (reseller, first) in enumerate(first_leads[-PAST_NEWCOMERS:]):
            days = FIRST_LEAD_DAYS[number % len(FIRST_LEAD_DAYS)]
            begun = first - timedelta(days=days)
            steps = [
                {
                    "step_id": step.id,
                    "state": "done",
                    "done_on": begun + timedelta(days=1 + step.sequence % 3),
                }
                for step in track.step_ids
            ]
            rows.append(
                {
                    "reseller_id": reseller.id,
                    "company_id": reseller._get_reseller_company().id,
                    "track_id": track.id,
                    "state": "done",
                    "started_on": begun,
                    "finished_on": begun + timedelta(days=4),
                    "progress_ids": [(0, 0, step) for step in steps],
                }
            )
        self.env["crm.reseller.onboarding"].create(rows)._note_first_accepted()

    @api.model
    def _date_onboarding(self, started):
        """Put the beginning of onboardings where the story has them.

        :param started: crm.reseller.onboarding
        """
        now = fields.Datetime.now()
        for number, onboarding in enumerate(started):
            onboarding.started_on = now - timedelta(days=4 + number * 9 % 40)
        started._observe()
