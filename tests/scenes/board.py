"""Deals of one reseller, for moving them over the board."""

from __future__ import annotations

from .people import make_leads, make_reseller, make_reseller_user

NAMES = ("Six tanks", "Ten valves", "Forty pumps", "Two ovens")


def main(env, login):
    """Return the deals' ids by name."""
    company = make_reseller(
        env, "Board", response_hours=24, can_convert=True, can_edit_opportunity=True
    )
    user = make_reseller_user(env, login, company)
    leads = make_leads(env, NAMES)
    leads.assign_to_reseller(company)
    for lead in leads:
        lead.with_user(user).sudo().reseller_accept()
        lead.with_user(user).sudo().reseller_convert()
    return {"ids": {lead.name: lead.id for lead in leads}}
