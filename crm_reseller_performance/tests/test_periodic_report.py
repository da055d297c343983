"""Figures of a month or quarter: who gets which, when, in which language, once."""

import json
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .test_measures import MeasureCase

Q1 = (date(2026, 1, 1), date(2026, 3, 31))
# the third of April in Brussels
DUE = datetime(2026, 4, 3, 6)
SENT = "crm_reseller_performance.mail_template_periodic_report"


@tagged("post_install", "-at_install")
class TestPeriodicReport(MeasureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["crm.reseller.periodic.report"]
        cls.company = cls.env.ref("base.main_company")
        # the demo has sent some already
        cls.env["res.company"].search([]).write(
            {"reseller_figures_interval": "off", "reseller_figures_until": False}
        )
        cls.company.resource_calendar_id.tz = "Europe/Brussels"
        # those of the demo do not take part
        others = cls.env["res.partner"].search(
            [
                ("reseller_level_id", "!=", False),
                ("id", "not in", (cls.alfa | cls.beta).ids),
            ]
        )
        others.active = False
        cls.Report.sudo().search([]).unlink()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.sue = cls.make_portal_user(cls.alfa, "sue")
        cls.sue.partner_id.lang = "de_DE"
        field = "group_ids" if "group_ids" in cls.sue._fields else "groups" + "_id"
        users = cls.env.ref("crm_reseller_portal.group_reseller_user")
        supervisors = cls.env.ref("crm_reseller_portal.group_reseller_supervisor")
        (cls.ann | cls.sue).write({field: [(4, users.id)]})
        cls.sue.write({field: [(4, supervisors.id)]})
        cls.boss = cls.make_user("figures_boss", "sales_team.group_sale_manager")
        cls.agent = cls.make_user("figures_agent", "sales_team.group_sale_salesman")
        for state in ("accepted", "accepted", "accepted", "declined"):
            cls.offer(cls.alfa, state)
        for _number in range(17):
            cls.offer(cls.beta, "expired")
        cls.offer(cls.alfa, "declined", offered_on=datetime(2025, 11, 10, 12))

    def run_cron(self, now=DUE):
        with freeze_time(now):
            self.Report.sudo()._cron_send_periodic_reports()

    def reports(self, reseller):
        return self.Report.sudo().search([("reseller_id", "=", reseller.id)])

    def mails(self, person):
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", "crm.reseller.periodic.report"),
                    ("recipient_ids", "in", person.ids),
                ]
            )
        )

    def make(self, *period, whom="supervisors"):
        readers = (self.alfa | self.beta)._get_figures_readers(whom)
        with freeze_time(DUE):
            return self.Report._make_reports(readers, *(period or Q1))

    # ------------------------------------------------------------
    # WHOSE FIGURES
    # ------------------------------------------------------------

    def test_figures_are_those_of_the_registry(self):
        for reseller, report in zip(
            (self.alfa, self.beta), self.make().sorted("reseller_id"), strict=True
        ):
            expected = self.figures(
                *Q1, domain=[("reseller_id", "=", reseller.id)], now=DUE
            )["total"]
            kept = json.loads(report.figures)["measures"]
            self.assertGreater(len(kept), 15)
            for key, (value, before) in kept.items():
                self.assertEqual(value, expected[key]["value"], key)
                if expected[key]["before"] is not None and before is not None:
                    self.assertEqual(before, expected[key]["before"], key)

    def test_nothing_of_another_reseller(self):
        self.beta.name = "Zebra Pumps"
        report = self.reports(self.alfa) or self.make().filtered(
            lambda each: each.reseller_id == self.alfa
        )
        html = str(
            self.env["ir.actions.report"]
            .sudo()
            ._render_qweb_html(
                "crm_reseller_performance.report_periodic_report", report.ids
            )[0],
            "utf-8",
        )
        self.assertIn("75 %", html)
        self.assertIn("Alfa", html)
        self.assertNotIn("Zebra", html)
        self.assertNotIn(">17<", html)

    def test_statements_do_not_grow(self):
        def cost(resellers):
            self.env.registry.clear_cache()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            with freeze_time(DUE):
                readers = resellers._get_figures_readers("supervisors")
                self.Report._make_reports(readers, *Q1)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(self.alfa | self.beta)
        few = cost(self.alfa | self.beta)
        readers = self.alfa | self.beta
        for number in range(8):
            reseller = self.make_reseller(f"More {number}")
            self.offer(reseller, "accepted")
            readers |= reseller
        self.assertLessEqual(cost(readers), few)

    # ------------------------------------------------------------
    # WHO GETS THEM
    # ------------------------------------------------------------

    def test_readers(self):
        both = self.alfa | self.beta
        ann, sue = self.ann.partner_id, self.sue.partner_id
        for whom, people in (
            ("supervisors", sue),
            ("people", ann | sue),
            ("company", self.alfa),
        ):
            readers = both._get_figures_readers(whom)
            self.assertEqual(readers[self.alfa], people, whom)
            self.assertEqual(readers[self.beta], self.beta, whom)
        self.beta.email = False
        self.assertNotIn(self.beta, both._get_figures_readers("people"))
        choices = self.env["crm.reseller.notification.choice"].sudo()
        choices.create({"partner_id": sue.id, "event": "figures", "choice": "none"})
        self.assertNotIn(self.alfa, both._get_figures_readers("supervisors"))
        self.assertEqual(both._get_figures_readers("people")[self.alfa], ann)
        self.ann.active = False
        self.assertNotIn(self.alfa, both._get_figures_readers("people"))

    def test_digest_instead_of_a_mail(self):
        sue = self.sue.partner_id
        self.env["crm.reseller.notification.choice"].sudo().create(
            {"partner_id": sue.id, "event": "figures", "choice": "digest"}
        )
        self.make()._send()
        self.assertFalse(self.mails(sue))
        news = self.env["crm.reseller.digest"].search([("partner_id", "=", sue.id)])
        self.assertEqual(news.path, "/my/performance")
        self.assertIn("Q1 2026", news.text)

    def test_each_in_its_language_with_its_own_pdf(self):
        with patch.object(
            type(self.Report),
            "_render_pdf",
            lambda report: report._in_readers_language()._get_title().encode(),
        ):
            self.make(whom="people")._send()
        german, english = (
            self.mails(self.sue.partner_id),
            self.mails(self.ann.partner_id),
        )
        self.assertEqual(english.subject, "Your figures of Q1 2026")
        self.assertIn("in the PDF attached", english.body_html)
        self.assertIn("75 %", english.body_html)
        self.assertEqual(
            english.attachment_ids.name, "Your figures of Q1 2026 - Alfa.pdf"
        )
        self.assertEqual(english.attachment_ids.raw, b"Your figures of Q1 2026")
        self.assertNotIn("Beta", english.body_html)
        self.assertEqual(len(german.attachment_ids), 1)
        self.assertNotEqual(german.attachment_ids, english.attachment_ids)
        report = self.reports(self.alfa)[:1]
        self.assertTrue(report.with_pdf)
        self.assertEqual(report.with_context(lang="de_DE").period, "Q1 2026")
        self.assertIn(
            "Q1 2026",
            "".join(self.alfa.message_ids.mapped(lambda each: str(each.body))),
        )

    def test_without_wkhtmltopdf_the_mail_says_so(self):
        with patch.object(
            type(self.env["ir.actions.report"]),
            "get_wkhtmltopdf_state",
            lambda report: "install",
        ):
            self.make()._send()
            wizard = self.env["crm.reseller.periodic.report.send"].create({})
            self.assertTrue(wizard.no_pdf)
        mail = self.mails(self.sue.partner_id)
        self.assertTrue(mail)
        self.assertFalse(mail.attachment_ids)
        mail = self.mails(self.beta)
        self.assertIn("The PDF with all figures is missing", mail.body_html)
        self.assertFalse(self.reports(self.beta).with_pdf)

    # ------------------------------------------------------------
    # THE SCHEDULE
    # ------------------------------------------------------------

    def test_schedule(self):
        self.run_cron()
        self.assertFalse(self.reports(self.alfa))
        self.company.reseller_figures_interval = "quarter"
        # the second of April, and too late
        for day in (datetime(2026, 4, 2, 6), datetime(2026, 4, 20, 6)):
            self.run_cron(day)
            self.assertFalse(self.reports(self.alfa))
        # it is the third in Brussels already
        self.run_cron(datetime(2026, 4, 2, 22, 30))
        report = self.reports(self.alfa)
        self.assertEqual((report.date_from, report.date_to), Q1)
        self.assertEqual(report.partner_id, self.sue.partner_id)
        self.assertEqual(report.state, "sent")
        self.assertEqual(len(self.mails(self.sue.partner_id)), 1)
        self.run_cron()
        self.run_cron(datetime(2026, 5, 3, 6))
        self.assertEqual(self.reports(self.alfa), report)
        self.assertEqual(len(self.mails(self.sue.partner_id)), 1)
        self.run_cron(datetime(2026, 7, 4, 6))
        self.assertEqual(len(self.reports(self.alfa)), 2)

    def test_every_month(self):
        self.company.write(
            {"reseller_figures_interval": "month", "reseller_figures_to": "company"}
        )
        self.run_cron(datetime(2026, 3, 9, 12))
        report = self.reports(self.alfa)
        self.assertEqual(
            (report.date_from, report.date_to), (date(2026, 2, 1), date(2026, 2, 28))
        )
        self.assertEqual(report.partner_id, self.alfa)
        self.assertEqual(report.period, "February 2026")
        with self.assertRaises(ValidationError):
            self.company.reseller_figures_day = 29

    def test_company_by_company(self):
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": self.env.ref("base.CHF").id}
        )
        self.beta.company_id = other
        other.reseller_figures_interval = "quarter"
        self.run_cron()
        self.assertFalse(self.reports(self.alfa))
        report = self.reports(self.beta)
        self.assertEqual(report.company_id, other)
        line = report._in_readers_language()._get_lines(["revenue_won"])[0]
        self.assertIn(self.env.ref("base.CHF").symbol, line["value"])
        self.assertNotIn(
            report, self.Report.with_user(self.boss).search([("id", "=", report.id)])
        )

    def test_what_was_sent_is_not_sent_again(self):
        reports = self.make()
        reports._send()
        reports._send()
        self.assertEqual(len(self.mails(self.sue.partner_id)), 1)

    # ------------------------------------------------------------
    # ON DEMAND
    # ------------------------------------------------------------

    @freeze_time(DUE)
    def test_wizard_shows_who_gets_it(self):
        action = self.alfa.with_user(self.boss).action_send_reseller_figures()
        form = Form(
            self.env["crm.reseller.periodic.report.send"]
            .with_user(self.boss)
            .with_context(**action["context"])
        )
        self.assertEqual((form.date_from, form.date_to), Q1)
        self.assertIn("Sue (German", form.preview)
        self.assertNotIn("Ann", form.preview)
        form.send_to = "people"
        self.assertIn("Ann (English", form.preview)
        self.assertEqual(form.reader_count, 2)
        form.period = "month"
        self.assertEqual(form.date_from, date(2026, 3, 1))
        form.reseller_ids.add(self.beta)
        self.assertIn("Beta", form.preview)
        wizard = form.save()
        action = wizard.action_send()
        found = self.Report.with_user(self.boss).search(action["domain"])
        self.assertEqual(found.reseller_id, self.alfa | self.beta)
        self.assertEqual(set(found.mapped("state")), {"sent"})
        self.assertTrue(self.mails(self.ann.partner_id))
        wizard.invalidate_recordset()
        self.assertIn("these figures were sent before", wizard.preview)
        with self.assertRaises(AccessError):
            self.env["crm.reseller.periodic.report.send"].with_user(self.agent).create(
                {}
            )

    @freeze_time(DUE)
    def test_wizard_refuses(self):
        Wizard = self.env["crm.reseller.periodic.report.send"].with_user(self.boss)
        values = {"reseller_ids": [(6, 0, self.beta.ids)], "period": "custom"}
        wizard = Wizard.create(
            {**values, "date_from": "2026-03-02", "date_to": "2026-03-01"}
        )
        with self.assertRaisesRegex(UserError, "first day is after"):
            wizard.action_send()
        wizard.write({"date_to": "2026-04-03"})
        with self.assertRaisesRegex(UserError, "must be in the past"):
            wizard.action_send()
        wizard.write({"date_to": "2026-03-15"})
        self.beta.email = False
        with self.assertRaisesRegex(UserError, "No one would get a mail"):
            wizard.action_send()
        self.assertIn("no one", wizard.preview)
