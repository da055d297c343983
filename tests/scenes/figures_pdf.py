"""A reseller's figures of a quarter, as the PDF that its supervisor gets, once."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

from PyPDF2 import PdfReader

from odoo import SUPERUSER_ID, api, fields

from .people import make_leads, make_reseller, make_reseller_user


def send_twice(env, reseller):
    """Have two crons at the same moment send what is due, and what waits already.

    :param reseller: one that gets a report by the schedule, too
    :return: how many mails there are of each report of the reseller
    """
    Report = env["crm.reseller.periodic.report"].sudo()
    company = reseller._get_program_company()
    today = fields.Date.context_today(company)
    env["res.company"].search([]).reseller_figures_interval = "off"
    company.write(
        {
            "reseller_figures_interval": "month",
            "reseller_figures_until": False,
            # the last days of a month are within the week after the 28th
            "reseller_figures_day": min(today.day, 28),
        }
    )
    readers = reseller._get_figures_readers("people")
    first, last = company._get_past_period("quarter", today)
    known = Report.search([])
    for _number in range(3):
        Report._make_reports(readers, first, last)
    env.cr.commit()
    start = threading.Barrier(2)

    def run():
        """One of the two."""
        with env.registry.cursor() as cr:
            rival = api.Environment(cr, SUPERUSER_ID, {})
            start.wait()
            rival[Report._name]._cron_send_periodic_reports(auto_commit=True)

    rivals = [threading.Thread(target=run) for _number in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    env.cr.commit()
    env.invalidate_all()
    reports = Report.search(
        [("reseller_id", "=", reseller.id), ("id", "not in", known.ids)]
    )
    return [
        env["mail.mail"].search_count(
            [("model", "=", Report._name), ("res_id", "=", report.id)]
        )
        for report in reports
    ]


def main(env, login):
    """Return the text and the number of pages of the PDF, and what the mails hold."""
    env["res.lang"]._activate_lang("de_DE")
    company = make_reseller(env, "Ährenfeld")
    other = make_reseller(env, "Zebra")
    person = make_reseller_user(env, login, company, role="supervisor").partner_id
    person.lang = "de_DE"
    today = fields.Date.context_today(env["res.users"])
    first, last = env["res.company"]._get_past_period("quarter", today)
    made = fields.Datetime.to_datetime(first) + timedelta(days=40, hours=10)
    for reseller, states in (
        (company, ["accepted"] * 3 + ["declined"]),
        (other, ["expired"] * 17),
    ):
        leads = make_leads(env, [f"Deal {number}" for number in range(len(states))])
        env["crm.reseller.offer"].create(
            [
                {
                    "lead_id": lead.id,
                    "reseller_id": reseller.id,
                    "method": "manual",
                    "state": state,
                    "offered_on": made,
                    "answered_on": made + timedelta(hours=2),
                    "due_on": made + timedelta(hours=8),
                    "response_hours": 2,
                }
                for lead, state in zip(leads, states, strict=True)
            ]
        )
    env = env(context={**env.context, "force_report_rendering": True})
    readers = company.with_env(env)._get_figures_readers("supervisors")
    report = env["crm.reseller.periodic.report"]._make_reports(readers, first, last)
    report._send()
    mail = env["mail.mail"].search(
        [("model", "=", report._name), ("res_id", "=", report.id)]
    )
    pdf = PdfReader(io.BytesIO(mail.attachment_ids.raw or b""))
    made = {
        "text": "\n".join(page.extract_text() for page in pdf.pages),
        "pages": len(pdf.pages),
        "file": mail.attachment_ids.name,
        "mail": mail.body_html,
        "german": report._in_readers_language()._get_title(),
        "with_pdf": report.with_pdf,
    }
    return {**made, "mails": send_twice(env, company)}
