from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .test_progress import ProgressCase


@tagged("post_install", "-at_install")
class TestTasks(ProgressCase):
    """The team asks the reseller to do something by a day."""

    def _ask(self, name="Send the drawing", days=3, lead=None):
        return (
            self.env["crm.reseller.task"]
            .with_user(self.salesman)
            .create(
                {
                    "lead_id": (lead or self.deal).id,
                    "name": name,
                    "due_on": self._today(days),
                }
            )
        )

    def _tick(self, task, user=None, status=200):
        return self._post_as(
            user or self.anna, f"{self.page}/tasks/{task.id}/done", status
        )

    def test_a_task_is_asked_for_on_the_form_and_ticked_off_on_the_page(self):
        form = Form(self.deal.with_user(self.salesman))
        with form.reseller_task_ids.new() as line:
            line.name = "Send the drawing"
            line.due_on = self._today(3)
        form.save()
        task = self.deal.reseller_task_ids
        self.assertEqual(task.reseller_id, self.alder)
        self.assertEqual(task.user_id, self.salesman)
        notice = self.env["crm.reseller.notice"].search(
            [("lead_id", "=", self.deal.id)]
        )
        self.assertEqual(notice.event, "task")
        self._login(self.anna)
        self.assertIn("Send the drawing", self._get(self.page).text)
        worked_on = self.deal.reseller_worked_on
        response = self._tick(task)
        self.assertIn("Our team has been notified", response.text)
        self.assertEqual(task.state, "done")
        self.assertEqual(task.done_by_id, self.anna.partner_id)
        self.assertGreaterEqual(self.deal.reseller_worked_on, worked_on)
        done = self.deal.message_ids[:1]
        self.assertIn("Send the drawing", done.body)
        self.assertIn(self.salesman.partner_id, done.notified_partner_ids)
        # twice counts once
        count = len(self.deal.message_ids)
        self._tick(task)
        self.assertEqual(len(self.deal.message_ids), count)

    def test_overdue_tasks_are_overdue_steps(self):
        self._ask(days=-1)
        self._login(self.anna)
        self.assertIn("(overdue)", self._get(self.page).text)
        listed = self._get("/my/opportunities?filterby=overdue").text
        self.assertIn("Forty pumps", listed)
        self.assertIn("1 task of our team is due", self._get("/my/home").text)

    def test_only_the_deals_own_reseller(self):
        task = self._ask()
        self._tick(task, self.bob, 404)
        self._tick(task, self.ben, 404)
        other = self._create_deal(self.bob)
        foreign = self._ask(lead=other)
        self._tick(foreign)
        self.assertEqual(foreign.state, "open")
        for user in (self.anna, self.stranger):
            with self.assertRaises(AccessError):
                task.with_user(user).action_cancel()
            with self.assertRaises(AccessError):
                task.with_user(user).write({"name": "x"})
        with self.assertRaises(UserError):
            task.with_user(self.salesman).write({"state": "done"})

    def test_the_team_cancels_and_opens_again(self):
        task = self._ask()
        task.action_cancel()
        self.assertEqual(task.state, "cancelled")
        task.action_reopen()
        self.assertEqual(task.state, "open")

    def test_tasks_end_with_the_deal_and_with_the_reseller(self):
        task = self._ask()
        self.deal.action_set_lost()
        self.assertEqual(task.state, "cancelled")
        deal = self._create_deal(self.anna)
        other = self._ask(lead=deal)
        deal.reseller_withdraw()
        self.assertEqual(other.state, "cancelled")
        deal.assign_to_reseller(self.birch)
        with self.assertRaises(UserError):
            other.action_reopen()
        with self.assertRaises(ValidationError):
            self._ask(lead=deal)

    def test_merged_deals_keep_their_tasks(self):
        other = self._create_deal(self.anna)
        task = self._ask(lead=other)
        kept = (self.deal | other).merge_opportunity()
        self.assertEqual(kept.reseller_task_ids, task)
        self.assertEqual(task.state, "open")
