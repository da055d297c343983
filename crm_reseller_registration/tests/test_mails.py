import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from ..const import MAILS
from .common import RegistrationCase

LINK = re.compile(r"/my/registrations/link/[^\"'<> ]+")


@tagged("post_install", "-at_install")
class TestMails(RegistrationCase, MailCase):
    def _get_mails(self, work):
        """Return the mails to the reseller's person that leave while `work` runs."""
        with self.mock_mail_gateway(mail_unlink_sent=False):
            work()
            self._new_mails.sudo().send()
        return [
            mail
            for mail in self._mails
            if any("alder_anna" in address for address in mail["email_to"])
        ]

    def _get_link(self, work):
        [mail] = self._get_mails(work)
        links = LINK.findall(mail["body"])
        self.assertEqual(len(links), 1, mail["body"])
        return links[0]

    def test_each_change_is_told_by_a_mail_of_its_own(self):
        seen = {}

        def told(kind, work, *words):
            [mail] = self._get_mails(work)
            seen[kind] = mail["subject"]
            for word in ("Twelve presses", "/my/registrations/", *words):
                self.assertIn(word, mail["subject"] + mail["body"], kind)
            return mail

        self.assertFalse(self._get_mails(self._draft))
        person = self.anna.partner_id
        draft = {"author_id": person.id, "subject": "Twelve presses", "body": ""}
        told("draft", lambda: self.Registration.message_new(draft))
        registration = self._draft()
        told("received", registration._submit, "Our team decides by")
        told("returned", lambda: registration._return_question("Which size?"), "size?")
        with freeze_time(registration.returned_on + timedelta(days=8)):
            cron = self.Registration._cron_handle_deadlines
            told("reminder", cron, "still waits")
            self.assertFalse(self._get_mails(cron), "once")
        with freeze_time(registration.returned_on + timedelta(days=15)):
            told("expired", cron, "expired")
        registration = self._submitted()
        with freeze_time(registration.decision_due_on + timedelta(minutes=1)):
            told("provisional", cron, "provisionally protected until")
            told("qualified", registration._qualify, "It is protected until")
        cron = self.Registration._cron_handle_protection
        with freeze_time(registration.lapses_on - timedelta(days=3)):
            told("expiring", cron, "Ask for more time")
            registration.with_user(self.anna).sudo()._ask_for_extension(10, "Later")
            extension = registration.extension_ids.with_user(self.agent)
            told("extension", extension.action_grant, "we granted")
        with freeze_time(registration.lapses_on + timedelta(minutes=1)):
            told("lapsed", cron, "has ended")
        registration = self._submitted()
        told(
            "rejected",
            lambda: registration._reject(self.reject_reason, "So sorry."),
            self.reject_reason.name,
            "So sorry.",
        )
        registration = self._qualified()
        winner = self._submitted(self.bob)
        letter = self.env["ir.attachment"].create({"name": "l.txt", "raw": b"Birch"})
        mail = told("moved", lambda: winner._override("Letter", letter), "in writing")
        self.assertNotIn("Birch", mail["body"])
        self.assertEqual(set(seen), set(MAILS))
        self.assertEqual(len(set(seen.values())), len(MAILS))

    def test_mails_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["mail.template"].browse(
            self.env.ref("crm_reseller_registration.mail_template_received").id
        ).with_context(lang="de_DE").subject = "Angekommen: {{ object.name }}"
        self.anna.lang = "de_DE"
        [mail] = self._get_mails(self._draft()._submit)
        self.assertEqual(mail["subject"], "Angekommen: Twelve presses")

    def test_without_the_template_odoo_tells(self):
        self.env.ref("crm_reseller_registration.mail_template_rejected").unlink()
        # nobody is notified of what they wrote themselves
        registration = self._submitted().with_user(self.agent).sudo()
        [mail] = self._get_mails(lambda: registration._reject(self.reject_reason))
        self.assertIn("was not accepted", mail["body"])

    def test_question_is_answered_from_the_mail(self):
        registration = self._submitted()
        link = self._get_link(lambda: registration._return_question("Which size?"))
        page = self._get(link)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        for address in re.findall(r'(?:src|href)="([^"]*)"', page.text):
            self.assertTrue(address.startswith("/"), address)
        self.assertIn("Which size?", page.text)
        self.assertEqual(registration.state, "returned", "opening it changes nothing")
        for verb in ("HEAD", "OPTIONS"):
            self.opener.request(
                verb, self.base_url() + link, params={"answer": "Size S."}, timeout=60
            )
        too_late = self.url_open(link, data={"answer": "Size S."})
        self.assertEqual(too_late.status_code, 400, "without a token of the page")
        self.assertIn("Open the link in the mail once more.", too_late.text)
        self.assertEqual(registration.state, "returned")
        self.assertEqual(self.url_open(link, allow_redirects=False).status_code, 200)
        self._post(link, link, 422, answer=" ")
        self.assertEqual(registration.state, "returned")
        done = self._post(link, link, answer="Size L.")
        self.assertIn("Our team has your answer.", done.text)
        self.assertEqual(registration.state, "submitted")
        message = registration._get_reseller_messages()[0]
        self.assertIn("Size L.", message.body)
        self.assertEqual(message.author_id, self.anna.partner_id)
        self._get(link, 404)

    def test_more_time_is_asked_for_from_the_mail(self):
        registration = self._qualified()
        cron = self.Registration._cron_handle_protection
        registration.protected_until = fields.Datetime.now() + timedelta(days=3)
        link = self._get_link(cron)
        self._post(link, link, 422, days="0", reason="Later")
        done = self._post(link, link, days="30", reason="Budget in June")
        self.assertIn("Our team decides on your request", done.text)
        self.assertEqual(registration.extension_ids.days, 30)
        self.assertEqual(
            registration.extension_ids.requested_by_id, self.anna.partner_id
        )
        self._get(link, 404)

    def test_a_link_is_for_one_person_record_and_purpose(self):
        registration = self._submitted()
        link = self._get_link(lambda: registration._return_question("Which size?"))
        other = self._submitted(vat="987654321", website="b.example", email="")
        other._return_question("Which colour?")
        head, token = link.rsplit("/", 1)
        for wrong in (
            f"{head}/{token[:-1]}{'0' if token[-1] != '0' else '1'}",
            f"{head}/x",
            link.replace(f"/{registration.id}/", f"/{other.id}/"),
            link.replace(f"/{registration.id}/", "/99999999999/"),
            link.replace("/answer/", "/extend/"),
            link.replace("/answer/", "/evil/"),
        ):
            self._get(wrong, 404)
        person = self.anna.partner_id
        for vals, back in (
            ({"active": False}, {"active": True}),
            ({"parent_id": self.birch.id}, {"parent_id": self.alder.id}),
        ):
            self.anna.active = False
            person.write(vals)
            self._get(link, 404)
            person.write(back)
        self._get(link)
        self.level.can_register_deal = False
        self._get(link, 404)

    def test_no_table_has_a_link(self):
        registration = self._submitted()
        link = self._get_link(lambda: registration._return_question("Which size?"))
        signature = link.rsplit("-", 1)[1]
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name LIKE 'mail\\_%' "
            "AND data_type IN ('text', 'character varying')"
        )
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}" LIKE %s',
                [f"%{signature}%"],
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, f"{table}.{column}")

    def test_a_mark_of_somebody_else_stays_a_mark(self):
        registration = self._submitted()
        mark = f"reseller-link-answer-{registration.id}-{self.anna.partner_id.id}"
        for people in (self.ben.partner_id, self.anna.partner_id | self.ben.partner_id):
            mail = self.env["mail.mail"].create(
                {
                    "model": "crm.deal.registration",
                    "res_id": registration.id,
                    "body_html": f"<p>{mark}</p>",
                    "recipient_ids": [(6, 0, people.ids)],
                }
            )
            self.assertIn(mark, mail._prepare_outgoing_body())

    def test_who_decides_is_reminded_once_in_working_hours(self):
        self.company.reseller_registration_reminder_hours = 4
        calendar = self.company.resource_calendar_id
        calendar.tz = "UTC"
        with freeze_time("2031-03-06 13:00:00"):  # Thursday; due on Monday at 13:00
            registration = self._submitted()
        self.assertEqual(
            registration.decision_due_on,
            fields.Datetime.to_datetime("2031-03-10 12:00"),
        )
        for moment, told in (
            ("2031-03-07 11:00", False),
            ("2031-03-07 16:30", False),
            ("2031-03-10 08:05", True),
        ):
            with freeze_time(moment):
                self.Registration._cron_handle_deadlines()
            self.assertEqual(bool(registration.reminded_on), told, moment)
        self.assertIn(
            self.agent.partner_id,
            self.env["mail.message"]
            .search(
                [
                    ("model", "=", registration._name),
                    ("res_id", "=", registration.id),
                    ("message_type", "=", "user_notification"),
                ]
            )
            .notified_partner_ids,
        )
