"""Alerts: what needs a look is told once, and comes back only when asked to."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import tagged

from .test_measures import MeasureCase

DAY = datetime(2026, 3, 18, 6)


@tagged("post_install", "-at_install")
class TestAlerts(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Alert = cls.env["crm.reseller.alert"]
        cls.Alert.search([]).unlink()
        cls.env["crm.reseller.level.review"].search([]).unlink()
        cls.env["crm.lead"].search([("reseller_state", "=", "accepted")]).unlink()
        cls.sally = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.rob = cls.make_user("rob", "sales_team.group_sale_salesman")
        cls.alice = cls.make_user("alice", "sales_team.group_sale_manager")
        cls.alfa.user_id = cls.sally
        cls.env["res.company"].search([]).write(
            {
                "reseller_stalled_days": 0,
                "reseller_idle_days": 0,
                "reseller_silent_leads": 0,
                "reseller_quiet_offers": 0,
                "reseller_slower_percent": 0,
                "reseller_snooze_days": 7,
                "reseller_silent_days": 14,
            }
        )

    def run_cron(self, days=0):
        with freeze_time(DAY + timedelta(days=days)):
            self.env["crm.lead"]._cron_alert_stalled_leads()
        self.env.invalidate_all()

    def told(self, record):
        return record.activity_ids.sorted("id").mapped("summary")

    def make_idle(self):
        with freeze_time(DAY - timedelta(days=40)):
            lead = self.make_leads(type="opportunity", user_id=self.sally.id)
        self.offer(self.alfa, lead=lead, offered_on=DAY - timedelta(days=40))
        self.set_lead(lead, date_last_stage_update=DAY - timedelta(days=35))
        self.env.company.reseller_idle_days = 30
        return lead

    def test_idle_opportunity_is_told_once(self):
        lead = self.make_idle()
        self.run_cron()
        self.run_cron()
        self.run_cron(1)
        self.assertEqual(self.told(lead), ["In the same stage for 30 days"])
        self.assertEqual(lead.activity_ids.user_id, self.sally)

    def test_done_is_done_as_long_as_nothing_changes(self):
        lead = self.make_idle()
        self.run_cron()
        lead.activity_ids.action_feedback(feedback="They want to wait")
        self.run_cron(1)
        self.run_cron(9)
        self.assertFalse(self.told(lead))
        self.assertEqual(self.Alert.search([]).state, "done")
        # another stage, and idle again
        self.set_lead(lead, date_last_stage_update=DAY + timedelta(days=10))
        self.run_cron(11)
        self.assertEqual(self.Alert.search([]).state, "over")
        self.run_cron(50)
        self.assertEqual(len(self.told(lead)), 1)
        self.assertEqual(
            self.Alert.search([], order="id").mapped("state"), ["over", "open"]
        )

    def test_snoozed_comes_back_when_its_reason_is_still_there(self):
        lead, other = self.make_idle(), self.make_idle()
        self.run_cron()
        alerts = self.Alert.search([])
        with freeze_time(DAY):
            alerts.with_user(self.sally).action_snooze()
        self.assertFalse(self.told(lead) + self.told(other))
        self.run_cron(3)
        self.assertFalse(self.told(lead))
        self.assertEqual(set(alerts.mapped("state")), {"snoozed"})
        self.set_lead(other, date_last_stage_update=DAY + timedelta(days=4))
        self.run_cron(7)
        self.run_cron(8)
        self.assertEqual(len(self.told(lead)), 1)
        self.assertFalse(self.told(other))

    def test_goes_with_its_reason(self):
        lead = self.make_idle()
        self.run_cron()
        lead.action_set_won()
        self.run_cron(1)
        self.assertFalse(self.told(lead))
        self.assertEqual(self.Alert.search([]).state, "over")

    def test_done_from_the_list_closes_the_activity(self):
        lead = self.make_idle()
        self.run_cron()
        self.Alert.search([]).with_user(self.sally).action_done()
        self.assertFalse(self.told(lead))
        self.run_cron(1)
        self.assertFalse(self.told(lead))

    def test_silent_reseller(self):
        self.env.company.reseller_silent_leads = 2
        for number in range(3):
            self.offer(
                self.alfa if number else self.beta,
                offered_on=DAY - timedelta(days=20),
            )
        self.run_cron()
        self.run_cron(1)
        self.assertEqual(self.told(self.alfa), ["No word on 2 open leads or more"])
        self.assertEqual(self.alfa.activity_ids.user_id, self.sally)
        self.assertFalse(self.told(self.beta))

    def test_quiet_reseller(self):
        self.env.company.reseller_quiet_offers = 3
        for number, state in enumerate(("accepted", "expired", "expired", "expired")):
            when = DAY - timedelta(days=10 - number)
            self.offer(self.alfa, state, offered_on=when)
            self.offer(self.beta, "declined" if number == 2 else state, offered_on=when)
        self.run_cron()
        self.run_cron(1)
        self.assertEqual(self.told(self.alfa), ["The last 3 offers were not answered"])
        self.assertFalse(self.told(self.beta))
        # one answer, and it is over
        self.offer(self.alfa, "declined", offered_on=DAY + timedelta(days=1))
        self.run_cron(2)
        self.assertFalse(self.told(self.alfa))

    def test_answers_that_take_longer(self):
        self.env.company.reseller_slower_percent = 50
        for number in range(6):
            for reseller, hours in ((self.alfa, 9), (self.beta, 5)):
                self.offer(
                    reseller, offered_on=DAY - timedelta(days=60 + number), hours=4
                )
                self.offer(
                    reseller, offered_on=DAY - timedelta(days=5 + number), hours=hours
                )
        self.run_cron()
        self.run_cron(1)
        self.assertEqual(
            self.told(self.alfa), ["Answers take 50% longer than before, or more"]
        )
        self.assertFalse(self.told(self.beta))

    def test_level_at_risk(self):
        self.env["crm.reseller.level.review"].sudo().create(
            {
                "reseller_id": self.alfa.id,
                "level_id": self.gold.id,
                "proposed_level_id": self.silver.id,
                "direction": "down",
                "state": "proposed",
            }
        )
        self.run_cron()
        self.run_cron(1)
        self.assertEqual(
            self.told(self.alfa), [f"The level {self.gold.name} is at risk"]
        )

    def test_kinds_do_not_stand_in_each_others_way(self):
        self.env.company.write({"reseller_silent_leads": 1, "reseller_quiet_offers": 1})
        self.offer(self.alfa, offered_on=DAY - timedelta(days=20))
        self.offer(self.alfa, "expired", offered_on=DAY - timedelta(days=2))
        self.run_cron()
        self.assertEqual(len(self.told(self.alfa)), 2)
        alert = self.Alert.search([("kind", "=", "quiet")])
        with freeze_time(DAY):
            alert.with_user(self.alice).action_snooze()
        self.alfa.invalidate_recordset()
        self.assertEqual(self.told(self.alfa), ["No word on 1 open leads or more"])

    def test_two_at_once_tell_once(self):
        """What another transaction told in between is not told again."""
        lead = self.make_idle()
        with freeze_time(DAY):
            found = self.Alert._find_idle()
            self.Alert.sudo()._raise("idle", lead.sudo(), found)
            self.Alert.sudo()._raise("idle", lead.sudo(), found)
        self.assertEqual(self.Alert.search_count([]), 1)
        self.assertEqual(len(lead.activity_ids), 1)

    def test_who_sees_and_answers_them(self):
        self.make_idle()
        self.run_cron()
        alert = self.Alert.search([])
        self.assertEqual(self.Alert.with_user(self.sally).search([]), alert)
        self.assertEqual(self.Alert.with_user(self.alice).search([]), alert)
        self.assertFalse(self.Alert.with_user(self.rob).search([]))
        ann = self.make_portal_user(self.alfa, "ann")
        for user in (self.rob, ann):
            for action in ("action_snooze", "action_done", "action_open"):
                with self.assertRaises(AccessError):
                    getattr(alert.with_user(user), action)()
        opened = alert.with_user(self.sally).action_open()
        self.assertEqual(opened["res_id"], alert.lead_id.id)

    def test_numbers_below_zero_are_refused(self):
        with self.assertRaises(ValidationError):
            self.env.company.reseller_quiet_offers = -1

    def test_finding_costs_the_same_however_many_there_are(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.run_cron()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.make_idle()
        self.run_cron()
        few = cost()
        for _number in range(25):
            self.make_idle()
        self.run_cron()
        self.assertLessEqual(cost(), few + 2)

    def test_offers_about_to_expire(self):
        self.env["res.company"].search([]).write({"reseller_due_soon_hours": 6})
        soon, later = self.make_leads(2, user_id=self.sally.id)
        for lead, hours in ((soon, 5), (later, 20)):
            self.offer(
                self.alfa, "pending", lead, False, due_on=DAY + timedelta(hours=hours)
            )
        with freeze_time(DAY):
            self.env["crm.lead"]._cron_alert_due_offers()
            self.env["crm.lead"]._cron_alert_due_offers()
        self.assertEqual(self.told(soon), ["The offer is about to expire"])
        self.assertFalse(self.told(later))
        with freeze_time(DAY + timedelta(hours=15)):
            self.env["crm.lead"]._cron_alert_due_offers()
        self.env.invalidate_all()
        self.assertFalse(self.told(soon))
        self.assertEqual(len(self.told(later)), 1)

    def get_digest(self, user, days=0):
        """What the digest of a day says of alerts."""
        with freeze_time(DAY + timedelta(days=days, hours=4)):
            user.partner_id.reseller_digest_on = False
            mail = self.env["crm.reseller.digest"]._send_digest(
                user, (DAY + timedelta(days=days)).date()
            )
        body = str(mail.body_html or "")
        return body[body.find("Alerts:") :] if "Alerts:" in body else ""

    def test_digest_tells_an_alert_once(self):
        """Snoozed, it is not told; when it comes back it is told again."""
        self.env.company.reseller_channel_manager_id = self.alice
        self.alice.email = "alice@example.com"
        lead = self.make_idle()
        self.run_cron()
        alert = self.Alert.search([])
        self.assertIn(lead.name, self.get_digest(self.alice))
        self.assertEqual(self.get_digest(self.alice, 1), "")
        with freeze_time(DAY + timedelta(days=1)):
            alert.with_user(self.alice).action_snooze()
        self.run_cron(3)
        self.assertEqual(self.get_digest(self.alice, 3), "")
        self.run_cron(9)
        self.assertIn(lead.name, self.get_digest(self.alice, 9))
        self.assertEqual(self.get_digest(self.alice, 10), "")

    def test_snoozed_alert_is_left_out_of_the_first_digest(self):
        self.env.company.reseller_channel_manager_id = self.alice
        self.alice.email = "alice@example.com"
        self.make_idle()
        self.run_cron()
        with freeze_time(DAY):
            self.Alert.search([]).with_user(self.alice).action_snooze()
        self.assertEqual(self.get_digest(self.alice), "")

    def test_supervisors_read_what_their_figures_say(self):
        """In the digest, once; nobody else's, and no proposal about the level."""
        users = []
        for name, reseller, role in (
            ("sue", self.alfa, "supervisor"),
            ("ann", self.alfa, "user"),
            ("bob", self.beta, "supervisor"),
        ):
            partner = self.env["res.partner"].create(
                {"name": name, "parent_id": reseller.id, "email": f"{name}@a.example"}
            )
            group = f"crm_reseller_portal.group_reseller_{role}"
            users.append(self.make_user(name, group, partner_id=partner.id))
        supervisor, person, other = users
        alert = {"state": "open", "raised_on": DAY}
        for kind in ("silent", "at_risk"):
            self.Alert.sudo().create(
                {**alert, "kind": kind, "reseller_id": self.alfa.id, "summary": kind}
            )
        mail = "reseller_digest_mail"
        for user, number in ((supervisor, 1), (person, 0), (other, 0)):
            reader = user.with_user(user).with_context(**{mail: True})
            self.assertEqual(len(reader._find_digest_alerts()), number, user.login)
        for number in (1, 0):
            with freeze_time(DAY + timedelta(hours=4)):
                supervisor.partner_id.reseller_digest_on = False
                sent = self.env["crm.reseller.digest"]._send_digest(
                    supervisor, DAY.date()
                )
            body = str(sent.body_html or "")
            self.assertEqual(body.count("without a word for long"), number)
