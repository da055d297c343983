from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ResellerPortalCase

PATH = "/my/reseller/settings"


@tagged("post_install", "-at_install")
class TestCompanySettings(ResellerPortalCase):
    """What each person sets for oneself."""

    def test_everybody_chooses_for_oneself(self):
        me = self.anna.partner_id
        events = list(me._get_reseller_notification_events())
        first, second = events[:2]
        self._post_as(
            self.anna, PATH, **{f"event_{first}": "none", f"event_{second}": "digest"}
        )
        self.assertEqual(me._get_reseller_notification(first), "none")
        self.assertEqual(me._get_reseller_notification(second), "digest")
        for event in events[2:]:
            self.assertEqual(me._get_reseller_notification(event), "now")
        self.assertEqual(self.ben.partner_id._get_reseller_notification(first), "now")
        # the form shows it
        field = self._get(PATH).text.partition(f'name="event_{first}"')[2]
        self.assertRegex(field.partition("</select>")[0], r'"none"[^>]*selected')
        # back to the default, and twice is once
        for _click in range(2):
            self._post_as(self.anna, PATH, **{f"event_{first}": "now"})
        self.assertEqual(me._get_reseller_notification(first), "now")
        self.assertEqual(len(me.reseller_notification_ids), 2)
        with self.assertRaises(AccessError):
            me.with_user(self.ben).sudo()._reseller_save_settings({}, {"tz": "UTC"})

    def test_language_and_time_zone(self):
        self.env["res.lang"]._activate_lang("de_DE")
        answer = self._post_as(self.anna, PATH, lang="de_DE", tz="America/Lima")
        self.assertEqual((self.anna.lang, self.anna.tz), ("de_DE", "America/Lima"))
        self._post_as(self.anna, PATH, digest="week")
        self.assertEqual(self.anna.partner_id.reseller_digest, "week")
        self.assertIn('lang="de-DE"', answer.text)
        self.assertIn("German / Deutsch", self._get(PATH).text)
        self.assertEqual(self.sue.tz, "UTC")

    def test_bad_input_changes_nothing(self):
        for form in (
            {"event_message": "often"},
            {"tz": "Moon/Base"},
            {"lang": "xx_XX"},
            {"digest": "hour"},
            {"event_message": "none", "tz": "../etc"},
        ):
            answer = self._post_as(self.anna, PATH, status=422, **form)
            self.assertIn("Choose one of the list", answer.text)
        # what is no event is no choice
        self._post_as(self.anna, PATH, event_nothing="none", login="evil")
        self.assertEqual(self.anna.login, "alder_anna")
        self.assertFalse(self.anna.partner_id.reseller_notification_ids)
        self.assertEqual(self.anna.tz, "UTC")
