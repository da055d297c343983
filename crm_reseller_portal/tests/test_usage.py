from datetime import date
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib import usage
from .common import ResellerPortalCase

LATER = "odoo.addons.crm_reseller_portal.lib.usage.write_later"
DAY = date(2031, 1, 31)


@tagged("post_install", "-at_install")
class TestUsage(ResellerPortalCase):
    """Uses of the portal are counted, person by person and day by day."""

    def _count(self, user, url, data=None, method=None):
        """Return what a request counts: pairs of kind and person."""
        self._login(user)
        counted = []
        with patch(LATER, lambda _response, _env, counter: counted.append(counter)):
            if method:
                self.opener.request(method, self.base_url() + url, timeout=60)
            elif data is None:
                self.url_open(url, allow_redirects=False)
            else:
                data = {"csrf_token": self._get_token(), **data}
                counted.clear()
                self.url_open(url, data=data, allow_redirects=False)
        return [(each["kind"], each["partner_id"]) for each in counted]

    def test_what_counts(self):
        lead = self._create_lead(self.alder)
        deal = self._create_deal(self.anna)
        deal.with_user(self.anna).sudo()._reseller_post("note", [("a.txt", b"x")])
        document = deal.message_ids.attachment_ids
        anna = self.anna.partner_id.id
        page = [("pages", anna)]
        for url in ("/my", "/my/leads", f"/my/leads/{lead.id}", "/my/opportunities"):
            self.assertEqual(self._count(self.anna, url), page, url)
        url = f"/my/opportunities/{deal.id}"
        self.assertEqual(
            self._count(self.anna, f"{url}/documents/{document.id}"),
            [("downloads", anna)],
        )
        self.assertEqual(
            self._count(self.anna, f"{url}/attach", {"note": "Words"}),
            [("updates", anna)],
        )

    def test_what_does_not_count(self):
        foreign = self._create_deal(self.bob)
        lead = self._create_lead(self.alder)
        anna = self.anna
        for user, url, data, method in (
            (anna, "/my/leads", None, "HEAD"),
            (anna, f"/my/leads/{lead.id}", None, "HEAD"),
            (anna, f"/my/opportunities/{foreign.id}", None, None),
            (anna, f"/my/leads/{lead.id}/decline", {"reason_id": "x"}, None),
            (anna, f"/my/leads/{lead.id}/convert", {}, None),
            (anna, "/my/answer/1/x", None, None),
            (self.stranger, "/my", None, None),
            (self.salesman, "/my", None, None),
        ):
            with self.subTest(user=user.login, url=url, method=method):
                self.assertEqual(self._count(user, url, data, method), [])
        manager = self.env.ref("base.user_admin")
        url = f"/crm_reseller_portal/preview/{lead.id}"
        with patch(LATER) as later:
            self.authenticate(manager.login, manager.login)
            self._get(url)
        later.assert_not_called()
        self.env["res.company"].search([]).reseller_count_usage = False
        self.assertEqual(self._count(anna, "/my/leads"), [])

    def test_counters_add_up_and_go_with_the_person(self):
        Usage = self.env["crm.reseller.usage"]
        person = self.env["res.partner"].create(
            {"name": "Pia", "parent_id": self.alder.id, "tz": "UTC"}
        )
        counter = Usage._prepare_counter("pages", person, self.env.company)
        self.assertEqual(counter["reseller_id"], self.alder.id)
        counter["day"] = DAY
        for kind in ("pages", "pages", "updates", "mail_answers", "sign_ins", "evil"):
            Usage._add(**{**counter, "kind": kind})
        line = Usage.search([("partner_id", "=", person.id)])
        self.assertEqual(
            (line.pages, line.updates, line.downloads, line.mail_answers, line.day),
            (2, 1, 0, 1, DAY),
        )
        Usage._add(**{**counter, "day": date(2031, 2, 1)})
        self.assertEqual(len(Usage.search([("partner_id", "=", person.id)])), 2)
        stranger = self.stranger.partner_id
        self.assertFalse(Usage._prepare_counter("pages", stranger, self.env.company))
        ids = Usage.search([("partner_id", "=", person.id)]).ids
        person.unlink()
        self.assertFalse(Usage.search([("id", "in", ids)]))

    def test_a_failure_is_nobodys_problem(self):
        class Broken:
            def cursor(self):
                raise OperationalError("no connection")

        with self.assertLogs(usage.__name__, "DEBUG") as logs:
            usage.write_now(Broken(), {})
        self.assertIn("was not counted", logs.output[0])

    def test_a_sign_in_counts_once_it_is_stored(self):
        with (
            patch.object(usage, "write_now") as write,
            mute_logger("odoo.addons.base.models.res_users"),
        ):
            self.anna.with_user(self.anna)._update_last_login()
            write.assert_not_called()
            self.env.cr.postcommit.run()
        self.assertEqual(write.call_args.args[1]["kind"], "sign_ins")
        self.assertEqual(write.call_args.args[1]["partner_id"], self.anna.partner_id.id)
