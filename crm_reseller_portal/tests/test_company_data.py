import base64
import io

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import ResellerPortalCase

PATH = "/my/reseller/data"


def make_picture(kind="PNG"):
    """Return a small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "#714b67").save(stream, kind)
    return stream.getvalue()


@tagged("post_install", "-at_install")
class TestCompanyData(ResellerPortalCase):
    """Company data that supervisors propose and the team decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "data_manager", groups="sales_team.group_sale_manager"
        )
        cls.env["res.company"].sudo().search(
            []
        ).reseller_channel_manager_id = cls.manager
        cls.alder.write({"street": "Old Street 1", "email": "info@alder.example"})

    def _get_proposals(self):
        return self.env["crm.reseller.proposal"].search(
            [("reseller_id", "=", self.alder.id)]
        )

    def _propose(self, status=200, files=None, **changes):
        form = {
            "name": "Alder Ltd",
            "street": "Old Street 1",
            "email": "info@alder.example",
            **changes,
        }
        return self._post_as(self.sue, PATH, status, files, **form)

    def test_proposed_and_confirmed(self):
        picture = ("logo", ("Our logo.png", make_picture()))
        page = self._propose(
            files=[picture], street="New Street 2", website="alder.example"
        )
        self.assertIn("New Street 2", page.text)
        # nothing is changed before the team says so
        self.assertEqual(self.alder.street, "Old Street 1")
        proposal = self._get_proposals()
        self.assertEqual(proposal.state, "submitted")
        self.assertEqual(proposal.activity_ids.user_id, self.manager)
        self.assertIn("Old Street 1", proposal.changes_html)
        self.assertIn("https://alder.example", proposal.changes_html)
        self.assertNotIn("info@alder.example", proposal.changes_html)
        with self.assertRaises(AccessError):
            proposal.with_user(self.salesman).action_confirm()
        proposal.with_user(self.manager).action_confirm()
        self.assertEqual(self.alder.street, "New Street 2")
        self.assertEqual(self.alder.website, "https://alder.example")
        self.assertTrue(self.alder.image_1920)
        self.assertFalse(proposal.activity_ids)
        self.assertEqual(proposal.decided_by_id, self.manager)
        self.assertEqual(proposal.message_ids[0].partner_ids, self.sue.partner_id)
        with self.assertRaises(UserError):
            proposal.with_user(self.manager).action_confirm()

    def test_refused_with_a_reason(self):
        self._propose(city="Bonn")
        proposal = self._get_proposals().with_user(self.manager)
        action = proposal.action_refuse()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = "You live in Berlin"
        wizard.save().action_refuse()
        self.assertEqual(proposal.state, "refused")
        self.assertFalse(self.alder.city)
        for user in (self.sue, self.anna):
            self._login(user)
            self.assertIn("You live in Berlin", self._get("/my/reseller").text)
        self.assertIn("You live in Berlin", proposal.message_ids[0].body)

    def test_twice_is_once_and_a_new_one_replaces_the_old(self):
        for _click in range(2):
            self._propose(city="Bonn")
        first = self._get_proposals()
        self.assertEqual(len(first), 1)
        self._propose(city="Köln")
        second = self._get_proposals() - first
        self.assertEqual((first.state, second.state), ("withdrawn", "submitted"))
        self.assertFalse(first.activity_ids)
        self._post_as(self.sue, f"{PATH}/withdraw")
        self.assertEqual(second.state, "withdrawn")
        with self.assertRaises(UserError):
            second.with_user(self.manager).action_confirm()

    def test_users_do_not_propose(self):
        self._post_as(self.anna, PATH, status=409, name="Anna Ltd")
        self._get(PATH, status=409)
        self._propose(city="Bonn")
        self._post_as(self.anna, f"{PATH}/withdraw", status=409)
        self.assertEqual(self._get_proposals().state, "submitted")
        # and another company's people see nothing of it
        self._login(self.bob)
        self.assertNotIn("Bonn", self._get("/my/reseller").text)

    def test_bad_input_is_kept(self):
        for changes, words in (
            ({"name": ""}, "Enter the name of the company"),
            ({"email": "nobody"}, "This is not an e-mail address"),
            ({"phone": "call me"}, "This is not a phone number"),
            ({"website": "javascript://x"}, "This is not an address of a website"),
            ({"city": "=1+1"}, "This cannot begin with"),
            ({}, "Nothing was changed"),
        ):
            with self.subTest(changes=changes):
                self.assertIn(words, self._propose(422, **changes).text)
        for name, content in (
            ("logo.svg", b"<svg onload='alert(1)'/>"),
            ("logo.png", b"\x89PNG\r\n\x1a\n"),
            ("logo.png", b"<script>"),
            ("logo.pdf", b"%PDF-1.7"),
            ("logo.png", b""),
        ):
            with self.subTest(name=name, content=content):
                answer = self._propose(422, files=[("logo", (name, content))])
                self.assertIn("Send a picture", answer.text)
        self.assertFalse(self._get_proposals())

    def test_the_logo_is_kept_small(self):
        stream = io.BytesIO()
        Image.new("RGB", (2000, 1000), "#ffffff").save(stream, "JPEG")
        files = [("logo", ("logo.jpg", stream.getvalue()))]
        self._propose(files=files)
        content = base64.b64decode(self._get_proposals().logo)
        self.assertLessEqual(max(Image.open(io.BytesIO(content)).size), 1024)
