import re
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.tests import tagged

from ..lib import counters
from .common import CONTENT, ResourceCase


@tagged("post_install", "-at_install")
class TestDownload(ResourceCase):
    """Files come whole or in parts, to those they are meant for, and are counted."""

    def setUp(self):
        super().setUp()
        self.counted = []
        patcher = patch.object(
            counters,
            "count_later",
            lambda _response, _env, counter: self.counted.append(counter),
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _request(self, url, method="GET", **headers):
        return self.opener.request(
            method,
            self.base_url() + url,
            headers=headers,
            allow_redirects=False,
            timeout=60,
        )

    def test_whole_and_in_parts(self):
        resource = self._create_resource()
        url = f"/my/resources/{resource.id}/download"
        self._login(self.anna)
        whole = self._request(url)
        self.assertEqual(whole.status_code, 200)
        self.assertEqual(whole.content, CONTENT)
        self.assertIn("prices.pdf", whole.headers["Content-Disposition"])
        self.assertTrue(whole.headers["Content-Disposition"].startswith("attachment"))
        self.assertEqual(whole.headers["Content-Type"], "application/pdf")
        self.assertEqual(whole.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", whole.headers["Content-Security-Policy"])
        self.assertIn("no-cache", whole.headers["Cache-Control"])
        part = self._request(url, Range="bytes=100-199")
        self.assertEqual(part.status_code, 206)
        self.assertEqual(part.content, CONTENT[100:200])
        self.assertEqual(part.headers["Content-Range"], f"bytes 100-199/{len(CONTENT)}")
        tail = self._request(url, Range="bytes=-5")
        self.assertEqual(tail.content, CONTENT[-5:])
        far = self._request(url, Range=f"bytes={len(CONTENT) + 5}-")
        self.assertEqual(far.status_code, 416)
        same = self._request(url, **{"If-None-Match": whole.headers["ETag"]})
        self.assertEqual(same.status_code, 304)
        head = self._request(url, "HEAD")
        self.assertEqual((head.status_code, head.content), (200, b""))
        self.assertEqual(
            self.counted,
            [
                {
                    "kind": "downloads",
                    "resource_id": resource.id,
                    "version_id": resource.version_ids.id,
                    "partner_id": self.anna.partner_id.id,
                    "day": self.counted[0]["day"],
                }
            ],
            "one download, whatever parts of it were asked for",
        )

    def test_nothing_is_counted_where_the_company_counts_nothing(self):
        url = f"/my/resources/{self._create_resource().id}"
        self.env["res.company"].search([]).reseller_count_usage = False
        self._login(self.anna)
        self._request(f"{url}/download")
        self._request(url)
        self.assertEqual(self.counted, [])

    def test_the_first_part_counts(self):
        url = f"/my/resources/{self._create_resource().id}/download"
        self._login(self.anna)
        self._request(url, Range="bytes=0-99")
        self.assertEqual(len(self.counted), 1)

    def test_a_link_leads_on(self):
        resource = self._create_resource(content={"link": "https://example.com/film"})
        self._login(self.anna)
        answer = self._request(f"/my/resources/{resource.id}/download")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Location"], "https://example.com/film")
        self.assertEqual(len(self.counted), 1)
        text = self._create_resource("Text", content={"body": "<p>Just words</p>"})
        answer = self._request(f"/my/resources/{text.id}/download")
        self.assertTrue(answer.headers["Location"].endswith(f"/my/resources/{text.id}"))
        self.assertEqual(len(self.counted), 1)
        self._get(f"/my/resources/{text.id}")
        self.assertEqual(self.counted[-1]["kind"], "views")

    def test_always_the_valid_version(self):
        resource = self._create_resource()
        new = self._publish(resource, body=False, link="https://example.com/new")
        self._login(self.anna)
        answer = self._request(f"/my/resources/{resource.id}/download")
        self.assertEqual(answer.headers["Location"], "https://example.com/new")
        self.assertEqual(self.counted[0]["version_id"], new.id)

    def test_nothing_is_fetched_by_guessing(self):
        shown = self._create_resource("Shown")
        birch = self._create_resource(
            "For Birch", audience_company_ids=[(6, 0, self.birch.ids)]
        )
        hidden = {
            "foreign": birch,
            "draft": self._create_resource("Draft", publish=False),
            "over": self._create_resource("Over"),
            "withdrawn": self._create_resource("Withdrawn"),
            "archived": self._create_resource("Archived"),
            "absent": self.Resource.browse(2_000_000_000),
        }
        hidden["withdrawn"].version_ids.with_user(self.editor).action_withdraw()
        hidden["archived"].active = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_reseller_resource_version SET valid_from = '2020-01-01',"
            " ends_on = '2020-01-31' WHERE resource_id = %s",
            [hidden["over"].id],
        )
        self.env.invalidate_all()
        bodies = {}
        self._login(self.anna)
        token = self._get_token()
        for key, resource in hidden.items():
            url = f"/my/resources/{resource.id}"
            for end in ("", "/download"):
                answer = self._request(url + end)
                self.assertEqual(answer.status_code, 404, f"{key}{end}")
                text = answer.text.replace(str(resource.id), "")
                bodies.setdefault(end, set()).add(self._strip(text))
            self._send(f"{url}/favourite", 404, csrf_token=token, favourite="1")
            self.assertFalse(resource.exists().favourite_partner_ids)
        for end, texts in bodies.items():
            self.assertEqual(len(texts), 1, f"{end}: all look alike")
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "crm.reseller.resource.version"),
                ("res_field", "=", "file"),
                ("res_id", "in", (shown | birch).version_ids.ids),
            ]
        )
        self.assertEqual(len(files), 2)
        for user in (self.anna, self.stranger):
            self._login(user)
            for url in (
                *(f"/web/content/{file.id}" for file in files),
                *(
                    f"/web/content/crm.reseller.resource.version/{version.id}/file"
                    for version in (shown | birch).version_ids
                ),
            ):
                answer = self._request(url)
                self.assertNotIn(b"words of the file", answer.content, url)
        self.assertEqual(self._request(f"/my/resources/{shown.id}").status_code, 404)
        self.assertEqual(self.counted, [], "nothing was counted")

    def _strip(self, text):
        """Return what a page says, without what differs by request."""
        return re.sub(r"\s+", " ", text.partition("<main>")[2].partition("</main>")[0])

    # ------------------------------------------------------------
    # COUNTING
    # ------------------------------------------------------------

    def test_counters_add_up_and_go_with_the_person(self):
        version = self._create_resource().version_ids
        person = self.env["res.partner"].create(
            {"name": "Pia", "parent_id": self.alder.id}
        )
        counter = {
            "resource_id": version.resource_id.id,
            "version_id": version.id,
            "partner_id": person.id,
            "day": "2031-01-31",
        }
        for kind in ("downloads", "downloads", "views", "evil"):
            self.Usage._add(kind, **counter)
        self.Usage._add("downloads", **{**counter, "day": "2031-02-01"})
        lines = self.Usage.search([("partner_id", "=", person.id)], order="day")
        self.assertEqual(lines.mapped("downloads"), [2, 1])
        self.assertEqual(lines[0].views, 1)
        self.assertEqual(version.resource_id.download_count, 3)
        ids = lines.ids
        person.unlink()
        self.assertFalse(self.Usage.search([("id", "in", ids)]))

    def test_a_failure_is_nobodys_problem(self):
        class Broken:
            def cursor(self):
                raise OperationalError("no connection")

        with self.assertLogs(counters.__name__, "DEBUG") as logs:
            counters.count_now(Broken(), {})
        self.assertIn("was not counted", logs.output[0])
