"""Four offers to one reseller, for counting taps."""

from __future__ import annotations

from .people import make_leads, make_reseller, make_reseller_user


def main(env, login):
    """Return the company's id and the leads' ids by name."""
    company = make_reseller(env, "Taps", response_hours=24, can_convert=True)
    make_reseller_user(env, login, company)
    # due at the same time, the newest is listed first
    leads = make_leads(env, ("Long list", "Six tanks", "Ten valves", "Forty pumps"))
    leads.assign_to_reseller(company)
    env["crm.reseller.decline.reason"].create(
        {"name": "Not for us", "sequence": 0, "reassign": False}
    )
    return {"company": company.id, "ids": {lead.name: lead.id for lead in leads}}
