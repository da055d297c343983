"""Seven offers to a reseller with two colleagues, and a free lead for two agents."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user, make_user

AGENTS = ("moment_paula", "moment_quinn")


def main(env):
    """Return ids of leads and of a decline reason, and the agents' logins."""
    company = make_reseller(env, "Moment", response_hours=24, can_convert=True)
    for login in ("moment_anna", "moment_ben"):
        make_reseller_user(env, login, company)
    leads = env["crm.lead"].create(
        [{"name": f"Moment {number}", "type": "lead"} for number in range(7)]
    )
    leads.assign_to_reseller(company)
    reason = env["crm.reseller.decline.reason"].create(
        {"name": "Not for Moment", "reassign": False}
    )
    for login in AGENTS:
        make_user(
            env, login, "base.group_user", "sales_team.group_sale_salesman", name=login
        )
    free, held = env["crm.lead"].create(
        [
            {
                "name": name,
                "user_id": False,
                "team_id": env.ref("sales_team.team_sales_department").id,
            }
            for name in ("Free", "Held")
        ]
    )
    return {
        "leads": leads.ids,
        "reason": str(reason.id),
        "free": free.id,
        "held": held.id,
        "agents": AGENTS,
    }
