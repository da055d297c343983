"""Leads given to a reseller, who accepts all but the first."""

from __future__ import annotations


def main(env, leads, company, user):
    """Assign and accept; returns nothing."""
    leads = env["crm.lead"].browse(leads)
    leads.assign_to_reseller(env["res.partner"].browse(company))
    for lead in leads.with_user(user).sudo()[1:]:
        lead.reseller_accept()
