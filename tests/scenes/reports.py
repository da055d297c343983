"""A reseller who may report what became of a deal."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user


def main(env):
    """Return the ids of the company and of its user."""
    company = make_reseller(
        env,
        "Reports",
        can_convert=True,
        can_edit_opportunity=True,
        can_report_outcome=True,
    )
    user = make_reseller_user(env, "reports_rita", company, name="Rita Reports")
    return {"company": company.id, "user": user.id}
