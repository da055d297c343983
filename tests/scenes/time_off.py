"""Two agents of a team, one of whom took days off in Odoo's Time Off."""

from __future__ import annotations

from datetime import date, timedelta

from .people import make_user


def main(env):
    """Hand leads out while one is away; return who got them, by login."""
    team = env["crm.team"].create({"name": "Time off", "use_opportunities": True})
    away, there = (
        make_user(env, login, "sales_team.group_sale_salesman")
        for login in ("away", "there")
    )
    for user in away | there:
        env["crm.team.member"].create({"crm_team_id": team.id, "user_id": user.id})
    employee = env["hr.employee"].create({"name": "Away", "user_id": away.id})
    kind = env["hr.leave.type"].create(
        {
            "name": "Days off",
            "requires_allocation": "no",
            "leave_validation_type": "no_validation",
        }
    )
    today = date.today()
    env["hr.leave"].create(
        {
            "name": "Days off",
            "employee_id": employee.id,
            "holiday_status_id": kind.id,
            "request_date_from": today - timedelta(days=10),
            "request_date_to": today + timedelta(days=10),
        }
    )
    Lead = env["crm.lead"]
    Lead.search([("user_id", "=", False)]).team_id = False
    leads = Lead.create(
        [
            {"name": f"Pump {number}", "team_id": team.id, "user_id": False}
            for number in range(4)
        ]
    )
    Lead._cron_hand_out_unclaimed_leads()
    return {
        "got": leads.user_id.mapped("login"),
        "left": len(leads) - len(leads.filtered("user_id")),
    }
