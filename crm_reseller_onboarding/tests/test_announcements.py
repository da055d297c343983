from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import OnboardingCase


@tagged("post_install", "-at_install")
class TestAnnouncements(OnboardingCase):
    """News reach their audience: on the home page, and once by mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Announcement = cls.env["crm.reseller.announcement"]

    def _create(self, **vals):
        return self.Announcement.create(
            {
                "name": "New prices",
                "body": "<p>Valid from May</p>",
                "audience_company_ids": [(6, 0, self.alder.ids)],
                **vals,
            }
        )

    def _run_cron(self):
        """Run the cron twice; return the new mails."""
        before = self.env["mail.mail"].search([])
        self.Announcement._cron_send_announcements()
        self.Announcement._cron_send_announcements()
        return self.env["mail.mail"].search([]) - before

    def test_home_page_and_mail(self):
        news = self._create()
        self.assertEqual(news.audience_people_count, 3)
        self.assertFalse(self._run_cron())
        news.with_user(self.manager).action_publish()
        mails = self._run_cron()
        self.assertEqual(
            mails.recipient_ids, (self.anna | self.ben | self.sue).partner_id
        )
        self.assertEqual(len(mails), 3)
        self.assertIn("Valid from May", mails[0].body_html)
        self.assertEqual(news.mailed_count, 3)
        url = f"/my/announcements/{news.id}/read"
        self._login(self.anna)
        self.assertIn("Valid from May", self._get("/my/home").text)
        self._get(url)
        self.assertIn("Valid from May", self._get("/my/home").text)
        self._post("/my/home", url)
        self.assertNotIn("Valid from May", self._get("/my/home").text)
        self._login(self.ben)
        self.assertIn("Valid from May", self._get("/my/home").text)
        self.assertEqual(news.dismissed_count, 1)
        # those it is not for neither see it nor can tell that it is there
        self._login(self.bob)
        self.assertNotIn("Valid from May", self._get("/my/home").text)
        self._post("/my/security", url, 404)
        self._post("/my/security", "/my/announcements/2000000000/read", 404)
        self.assertEqual(news.dismissed_count, 1)
        self._login(self.stranger)
        self._post("/my/security", url, 404)

    def test_it_ends(self):
        today = fields.Date.today()
        news = self._create(shown_until=today)
        self._login(self.anna)
        self.assertNotIn("Valid from May", self._get("/my/home").text, "a draft")
        news.action_publish()
        self.assertIn("Valid from May", self._get("/my/home").text)
        news.shown_until = today - timedelta(days=1)
        self.assertNotIn("Valid from May", self._get("/my/home").text)
        news.shown_until = False
        self.assertIn("Valid from May", self._get("/my/home").text)
        news.action_end()
        self.assertNotIn("Valid from May", self._get("/my/home").text)

    def test_who_chose_otherwise_gets_no_mail(self):
        Choice = self.env["crm.reseller.notification.choice"]
        for user, choice in ((self.anna, "none"), (self.ben, "digest")):
            Choice.create(
                {
                    "partner_id": user.partner_id.id,
                    "event": "announcement",
                    "choice": choice,
                }
            )
        self.assertIn(
            "announcement", self.anna.partner_id._get_reseller_notification_events()
        )
        self._create().action_publish()
        self.assertEqual(self._run_cron().recipient_ids, self.sue.partner_id)
        kept = self.env["crm.reseller.digest"].search(
            [("partner_id", "in", (self.anna | self.ben).partner_id.ids)]
        )
        self.assertEqual(kept.partner_id, self.ben.partner_id)
        self.assertEqual(kept.text, "New prices")

    def test_who_has_read_it_gets_no_mail(self):
        news = self._create()
        news.action_publish()
        news._dismiss(self.anna.partner_id)
        self.assertEqual(
            self._run_cron().recipient_ids, (self.ben | self.sue).partner_id
        )

    def test_only_those_who_may_publish(self):
        news = self._create()
        for user in (self.salesman, self.anna):
            with self.assertRaises(AccessError):
                news.with_user(user).action_publish()
            with self.assertRaises(AccessError):
                news.with_user(user).action_end()
        with self.assertRaises(UserError):
            news.with_user(self.manager).write({"state": "published"})
        with self.assertRaises(ValidationError):
            news.write({"by_mail": False, "on_home": False})
        self.assertEqual(
            self.Announcement.create(
                {"name": "x", "body": "<p>x</p>", "state": "published"}
            ).state,
            "draft",
        )

    def test_of_another_company(self):
        """A company's news are for its own resellers, and for those of all."""
        other = self.env["res.company"].create({"name": "Other Ltd"})
        news = self._create(company_id=other.id)
        self.alder.company_id = self.env.company
        news.action_publish()
        self.assertFalse(self._run_cron())
        self._login(self.anna)
        self.assertNotIn("Valid from May", self._get("/my/home").text)
