"""A reseller's figures of a quarter, as the PDF that its supervisor gets."""

from __future__ import annotations

import io
from datetime import timedelta

from PyPDF2 import PdfReader

from odoo import fields

from .people import make_leads, make_reseller, make_reseller_user


def main(env, login):
    """Return the text and the number of pages of the PDF, and what the mail holds."""
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
    return {
        "text": "\n".join(page.extract_text() for page in pdf.pages),
        "pages": len(pdf.pages),
        "file": mail.attachment_ids.name,
        "mail": mail.body_html,
        "german": report._in_readers_language()._get_title(),
        "with_pdf": report.with_pdf,
    }
