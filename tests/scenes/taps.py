"""Four offers to one reseller, and two mails to another, for counting taps."""

from __future__ import annotations

from .people import make_leads, make_reseller, make_reseller_user


def main(env, login):
    """Return the company's id, the leads' ids by name, and the mails as they leave."""
    company = make_reseller(env, "Taps", response_hours=24, can_convert=True)
    make_reseller_user(env, login, company)
    # due at the same time, the newest is listed first
    leads = make_leads(env, ("Long list", "Six tanks", "Ten valves", "Forty pumps"))
    leads.assign_to_reseller(company)
    env["crm.reseller.decline.reason"].create(
        {"name": "Not for us", "sequence": 0, "reassign": False}
    )
    mailed = make_leads(env, ("Nine winches", "Two cranes"))
    other = make_reseller(env, "Mails", response_hours=24, can_convert=True)
    make_reseller_user(env, f"{login}_mails", other)
    mailed.assign_to_reseller(other)
    mails = env["mail.mail"].search(
        [("reseller_offer_id", "in", mailed.reseller_offer_ids.ids)]
    )
    return {
        "company": company.id,
        "other": other.id,
        "ids": {lead.name: lead.id for lead in leads | mailed},
        "mails": {
            mail.reseller_offer_id.lead_id.name: mail._prepare_outgoing_body()
            for mail in mails
        },
        "base": mailed[:1].get_base_url(),
    }
