import base64
import re
from unittest.mock import patch

from odoo.tests import tagged

from ..lib import counters
from .common import ResourceCase

FILM = b"\x00\x00\x00\x18ftypmp42" + b"frame" * 3000
ELSEWHERE = re.compile(r"""(?:src|poster|data)=["'](?:https?:)?//(?!localhost|127\.)""")


@tagged("post_install", "-at_install")
class TestVideos(ResourceCase):
    """A video plays on its page, from our own server; elsewhere leads only a link."""

    def setUp(self):
        super().setUp()
        self.counted = []
        patcher = patch.object(
            counters,
            "count_later",
            lambda _response, _env, counter: self.counted.append(counter["kind"]),
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _request(self, url, **headers):
        return self.opener.get(
            self.base_url() + url, headers=headers, allow_redirects=False, timeout=60
        )

    def _create_video(self, file_name="tour.mp4", **vals):
        return self._create_resource(
            "Tour",
            content={"file": base64.b64encode(FILM), "file_name": file_name},
            **{"kind": "video", **vals},
        )

    def test_a_video_plays_on_its_page(self):
        url = f"/my/resources/{self._create_video().id}"
        self._login(self.anna)
        response = self._get(url)
        page = response.text
        player = re.search(r"<video.*?</video>", page, re.DOTALL)[0]
        self.assertIn('controls="controls"', player)
        self.assertIn(f'src="{url}/play"', player)
        self.assertIn('type="video/mp4"', player)
        self.assertNotIn("autoplay", player)
        self.assertIn(f'href="{url}/download"', page)
        self.assertFalse(ELSEWHERE.search(self._get_main(response)))
        self.assertNotIn("<iframe", page)
        self.assertEqual(self.counted, [], "opened is not viewed")
        whole = self._request(f"{url}/play")
        self.assertEqual(whole.content, FILM)
        self.assertEqual(whole.headers["Content-Type"], "video/mp4")
        self.assertFalse(
            whole.headers.get("Content-Disposition", "").startswith("attachment")
        )
        self.assertEqual(whole.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", whole.headers["Content-Security-Policy"])
        part = self._request(f"{url}/play", Range="bytes=100-199")
        self.assertEqual((part.status_code, part.content), (206, FILM[100:200]))
        self._request(f"{url}/play", Range="bytes=0-")
        self.assertEqual(self.counted, ["views", "views"], "the rest counts no more")

    def test_what_is_no_video_is_not_played(self):
        self._login(self.anna)
        for resource in (
            self._create_video("tour.html"),
            self._create_video("tour.svg"),
            self._create_video(kind="guide"),
            self._create_resource(
                "Elsewhere",
                kind="video",
                content={"link": "https://www.youtube.com/watch?v=quercus"},
            ),
        ):
            url = f"/my/resources/{resource.id}"
            response = self._get(url)
            page = response.text
            self.assertNotIn("<video", page)
            self.assertFalse(ELSEWHERE.search(self._get_main(response)))
            answer = self._request(f"{url}/play")
            self.assertEqual(answer.status_code, 303)
            self.assertTrue(answer.headers["Location"].endswith(url))
        self.assertIn("Open the link", page)
        self.assertNotIn("<iframe", page)

    def test_only_those_it_is_meant_for(self):
        video = self._create_video(audience_company_ids=[(6, 0, self.alder.ids)])
        for user, status in ((self.anna, 200), (self.bob, 404)):
            self._login(user)
            self._get(f"/my/resources/{video.id}/play", status)
