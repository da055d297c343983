from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ResourceCase


@tagged("post_install", "-at_install")
class TestRecall(ResourceCase):
    """Who fetched what is out of date, and has an open deal, is notified once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = freeze_time("2031-01-10 12:00:00")
        with cls.start:
            cls.resource = cls._create_resource(name="Price list")
        cls.old = cls.resource.version_ids
        cls.deal = cls._create_deal(cls.anna)
        cls.deal.reseller_contact_id = cls.anna.partner_id
        cls._create_deal(cls.bob)

    def _recall(self, day="2031-02-01"):
        """Run the cron; return who was notified of what, newest first."""
        before = self.resource.message_ids
        with freeze_time(f"{day} 13:00:00"):
            self.Version._cron_recall_versions()
        self.env.invalidate_all()
        new = self.resource.message_ids - before
        return {
            person.name: message.body
            for message in new
            for person in message.partner_ids
        }

    def _replace(self, day="2031-02-01"):
        with freeze_time(f"{day} 12:00:00"):
            return self._publish(self.resource, name="B")

    def test_replaced_once(self):
        for user in (self.anna, self.ben, self.sue, self.bob):
            self._fetch(self.old, user)
        self._fetch(self.old, self.anna, day="2031-01-11")
        self.assertEqual(self._recall(), {}, "nothing has ended yet")
        self._replace()
        told = self._recall()
        # Ben has no deal: the only one of his company is Anna's
        self.assertEqual(set(told), {"alder_anna", "alder_sue", "birch_bob"})
        self.assertIn("It was replaced", told["alder_anna"])
        self.assertIn("Price list", told["alder_anna"])
        self.assertTrue(self.old.recalled_on)
        self.assertEqual(self._recall(), {}, "a second run")
        self.assertEqual(self._recall("2031-03-01"), {})

    def test_a_version_of_the_future_recalls_on_its_day(self):
        self._fetch(self.old, self.anna)
        with freeze_time("2031-01-15 12:00:00"):
            self._publish(self.resource, name="B", valid_from="2031-02-01")
        self.assertEqual(self._recall("2031-01-31"), {})
        self.assertEqual(set(self._recall("2031-02-01")), {"alder_anna"})

    def test_withdrawn(self):
        self._fetch(self.old, self.anna)
        with freeze_time("2031-01-15 12:00:00"):
            self.old.with_user(self.editor).action_withdraw()
            told = self._recall("2031-01-15")
            self.assertIn("please do not use it", told["alder_anna"])
            self.assertEqual(self.resource._get_reseller_path(), "/my/resources")

    def test_who_is_up_to_date_or_has_no_open_deal_is_left_alone(self):
        for user in (self.anna, self.bob):
            self._fetch(self.old, user)
        new = self._replace()
        self._fetch(new, self.anna)
        self.env["crm.lead"].search(
            [("reseller_id", "=", self.birch.id)]
        ).action_set_won()
        self.assertEqual(self._recall(), {})

    def test_who_wants_no_notice_gets_none(self):
        self._fetch(self.old, self.anna)
        self._replace()
        partners = type(self.env["res.partner"])
        self.assertIn(
            "resource", partners._get_reseller_notification_events(self.alder)
        )
        with patch.object(
            partners, "_get_reseller_notification", lambda self, event: "none"
        ):
            self.assertEqual(self._recall(), {})

    def test_who_prefers_the_digest_reads_it_there(self):
        for user in (self.anna, self.bob):
            self._fetch(self.old, user)
        self._replace()
        partners = type(self.env["res.partner"])

        def choose(person, event):
            return "digest" if person == self.anna.partner_id else "now"

        with patch.object(partners, "_get_reseller_notification", choose):
            self.assertEqual(set(self._recall()), {"birch_bob"})
        news = self.env["crm.reseller.digest"].search(
            [("partner_id", "=", self.anna.partner_id.id), ("event", "=", "resource")]
        )
        self.assertIn("It was replaced", news.detail)
        self.assertEqual(news.path, f"/my/resources/{self.resource.id}")

    def test_two_versions_at_once_are_one_notice(self):
        self._fetch(self.old, self.anna)
        second = self._replace("2031-01-20")
        self._fetch(second, self.anna)
        with freeze_time("2031-02-01 12:00:00"):
            self._publish(self.resource, name="C")
        before = self.resource.message_ids
        told = self._recall()
        self.assertIn("version B of Price list", told["alder_anna"])
        notices = (self.resource.message_ids - before).filtered("partner_ids")
        self.assertEqual(len(notices), 1)

    def test_in_ones_own_language_with_a_link(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.resource.with_context(lang="fr_FR").name = "Tarif"
        self.anna.partner_id.lang = "fr_FR"
        self._fetch(self.old, self.anna)
        self._fetch(self.old, self.bob)
        self._replace()
        # they stay to be read
        with patch.object(type(self.env["mail.mail"]), "send", return_value=True):
            told = self._recall()
        self.assertIn("Tarif", told["alder_anna"])
        self.assertIn("Price list", told["birch_bob"])
        mails = self.env["mail.mail"].sudo().search([], order="id desc", limit=2)
        for mail in mails:
            self.assertIn(f"/my/resources/{self.resource.id}", mail.body_html)

    def test_statements_do_not_grow_with_the_readers(self):
        counts = []
        for number in (2, 20):
            resource = self._create_resource(f"For {number}")
            version = resource.version_ids
            for index in range(number):
                user = self._create_reseller_user(
                    f"reader_{number}_{index}", self.birch
                )
                self._fetch(version, user)
            resource.version_ids.with_user(self.editor).action_withdraw()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            version._get_people_to_recall()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)
