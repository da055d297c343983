from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import OnboardingCase


@tagged("post_install", "-at_install")
class TestInvite(OnboardingCase):
    """All people of chosen resellers, after a look at who can be invited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": "Nora", "email": "nora@a.example", "parent_id": cls.alder.id},
                {"name": "Olaf", "email": "olaf@b.example", "parent_id": cls.birch.id},
                {"name": "Nameless", "parent_id": cls.birch.id},
                {"name": "Twin", "email": "Nora@a.example", "parent_id": cls.birch.id},
                {
                    "name": "Same",
                    "email": cls.bob.login + "@example.com",
                    "parent_id": cls.birch.id,
                },
            ]
        )
        cls.bob.login = cls.bob.partner_id.email

    def _open(self, user=None):
        Invite = self.env["crm.reseller.invite"].with_user(user or self.manager)
        return Invite.with_context(
            active_model="res.partner", active_ids=(self.alder | self.birch).ids
        )

    def test_preview_and_invitation(self):
        form = Form(self._open())
        wizard = form.save()
        preview = {line.partner_id.name: line.problem for line in wizard.line_ids}
        self.assertFalse(preview["Nora"])
        self.assertFalse(preview["Olaf"])
        self.assertEqual(preview["Nameless"], "Has no valid e-mail address.")
        self.assertEqual(preview["Twin"], "Has the e-mail address of another account.")
        self.assertEqual(preview["Same"], "Has the e-mail address of another account.")
        self.assertEqual(preview["alder_anna"], "Has access already.")
        self.assertEqual(wizard.ready_count, 2)
        with Form(wizard) as form:
            for number, line in enumerate(wizard.line_ids):
                if line.partner_id.name == "Olaf":
                    with form.line_ids.edit(number) as each:
                        each.invite = False
        self.assertEqual(wizard.ready_count, 1)
        action = wizard.action_invite()
        self.assertIn("1 person was invited.", action["params"]["message"])
        roles = {person.name: person._get_portal_role() for person in self.people}
        self.assertEqual(
            roles,
            {
                "Nora": "user",
                "Olaf": "none",
                "Nameless": "none",
                "Twin": "none",
                "Same": "none",
            },
        )
        self.assertTrue(self.people[0].reseller_access_on)
        # a second press finds no one left
        with self.assertRaises(UserError):
            wizard.action_invite()

    def test_only_sales_administrators(self):
        wizard = self._open().create({})
        for user in (self.salesman, self.anna, self.stranger):
            with self.assertRaises(AccessError):
                self._open(user).create({})
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_invite()

    def test_lines_by_hand_reach_no_one_else(self):
        """Only people of the chosen resellers, who can be invited, get access."""
        wizard = self._open().create({})
        wizard.line_ids.unlink()
        outsider = self.env["res.partner"].create(
            {"name": "Outsider", "email": "outsider@example.com"}
        )
        wizard.write(
            {
                "line_ids": [
                    (0, 0, {"partner_id": partner.id, "invite": True})
                    for partner in outsider | self.people[2]
                ]
            }
        )
        with self.assertRaises(UserError):
            wizard.action_invite()
        self.assertFalse(outsider.user_ids)
