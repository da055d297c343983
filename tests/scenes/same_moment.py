"""Seven offers to a reseller with two colleagues."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user


def main(env):
    """Return the leads' ids and the id of a decline reason."""
    company = make_reseller(env, "Moment", response_hours=24, can_convert=True)
    for login in ("moment_anna", "moment_ben"):
        make_reseller_user(env, login, company)
    leads = env["crm.lead"].create(
        [{"name": f"Moment {number}", "type": "lead"} for number in range(7)]
    )
    leads.assign_to_reseller(company)
    reason = env["crm.reseller.decline.reason"].create(
        {"name": "Not for us", "reassign": False}
    )
    return {"leads": leads.ids, "reason": str(reason.id)}
