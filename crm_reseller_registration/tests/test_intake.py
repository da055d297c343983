from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import RegistrationCase

MAIL = """Return-Path: <{sender}>
From: Anna <{sender}>
To: deals@{domain}
Subject: Fwd: Twelve presses wanted
Message-Id: <{number}@mails.example>
Date: Thu, 6 Mar 2031 10:00:00 +0000
{headers}Content-Type: text/plain; charset=utf-8

Look at this.

---------- Forwarded message ---------
From: Carla Quercus <carla@quercus.example>
Subject: Twelve presses wanted

We need twelve presses by May.
"""


@tagged("post_install", "-at_install")
class TestIntake(RegistrationCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alias = cls.env.ref("crm_reseller_registration.mail_alias_registration")
        settings = cls.env["res.config.settings"].create({})
        settings.reseller_registration_alias = "deals"
        settings.set_values()
        cls.number = 0

    def _receive(self, sender="alder_anna@example.com", headers=""):
        """Return the drafts that a mail makes, and the mails that answer it."""
        type(self).number += 1
        before = self.Registration.search([])
        mail = MAIL.format(
            sender=sender,
            headers=headers,
            number=self.number,
            domain=self.alias.alias_domain or "example.com",
        )
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.env["mail.thread"].message_process("crm.deal.registration", mail)
            self._new_mails.sudo().send()
        return self.Registration.search([]) - before, list(self._mails)

    def test_settings_name_the_address(self):
        self.assertEqual(self.alias.alias_name, "deals")
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.reseller_registration_alias, "deals")

    def test_forwarded_mail_becomes_a_draft_to_confirm(self):
        draft, answers = self._receive()
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft.protection, "none")
        self.assertFalse(draft.claim_ids)
        self.assertEqual(draft.name, "Twelve presses wanted")
        self.assertEqual(draft.author_id, self.anna.partner_id)
        self.assertEqual(draft.reseller_id, self.alder)
        self.assertEqual(draft.email, "carla@quercus.example")
        self.assertEqual((draft.first_name, draft.last_name), ("Carla", "Quercus"))
        self.assertEqual(draft.website, "quercus.example")
        self.assertIn("twelve presses by May", draft.requirements)
        [answer] = answers
        self.assertIn("alder_anna@example.com", answer["email_to"][0])
        self.assertIn(f"/my/registrations/{draft.id}/edit", answer["body"])
        self._login(self.anna)
        page = self._get(f"/my/registrations/{draft.id}/edit").text
        self.assertIn("carla@quercus.example", page)
        self.assertIn("This is a draft", self._get(draft._get_reseller_path()).text)

    def test_unknown_people_and_programs_get_nothing(self):
        archived = self._create_reseller_user("alder_old", self.alder)
        archived.active = False
        self.env["res.partner"].create(
            {
                "name": "No",
                "email": "no@login.example",
                "parent_id": self.alder.id,
            }
        )
        for sender in (
            "nobody@example.com",
            "alder_old@example.com",
            "no@login.example",
            self.salesman.email,
            self.stranger.email,
        ):
            self.assertEqual(self._receive(sender), (self.Registration, []), sender)
        for header in (
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated",
            "Precedence: bulk",
            "X-Autoreply: yes",
            "List-Id: <l.example>",
        ):
            self.assertEqual(
                self._receive(headers=f"{header}\n"), (self.Registration, []), header
            )
        self.level.can_register_deal = False
        self.assertEqual(self._receive(), (self.Registration, []))

    def test_only_the_gateway_begins_a_registration(self):
        for user in (self.agent, self.sue):
            with self.assertRaises(AccessError):
                self.env(user=user, su=False)["crm.deal.registration"].message_new(
                    {"author_id": self.bob.partner_id.id, "subject": "x", "body": ""}
                )

    def test_a_few_a_day(self):
        for _number in range(5):
            self.assertTrue(self._receive()[0])
        self.assertEqual(self._receive(), (self.Registration, []))
        self.assertTrue(self._receive("alder_ben@example.com")[0], "a colleague may")
