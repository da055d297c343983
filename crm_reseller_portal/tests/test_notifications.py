from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestNotifications(TransactionCase):
    """What people of resellers are notified of, until they choose something else."""

    def test_every_event_is_sent_at_once_by_default(self):
        person = self.env["res.partner"].create({"name": "Anna"})
        events = person._get_reseller_notification_events()
        self.assertIn("message", events)
        for event, words in events.items():
            with self.subTest(event=event):
                self.assertTrue(words["label"])
                self.assertEqual(person._get_reseller_notification(event), "now")
