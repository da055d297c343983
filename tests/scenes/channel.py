"""A channel with a quarter of offers, a manager and a salesperson who look at it."""

from __future__ import annotations

from datetime import timedelta

from odoo import fields

from .people import make_leads, make_reseller, make_user

STATES = ("accepted", "declined", "expired", "accepted", "pending", "accepted")
ACTION = "crm_reseller_performance.crm_reseller_dashboard_action"
SALESMAN = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"


def make_offers(env, resellers, salesman):
    """Offers of every state, to all of the resellers.

    :param resellers: res.partner
    :param salesman: whose every second lead is
    """
    now = fields.Datetime.now()
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    reason = env["crm.reseller.decline.reason"].search([], limit=1)
    lost = env["crm.lost.reason"].search([], limit=1)
    milestones = env["crm.reseller.milestone"].search([])
    leads = make_leads(env, [f"Channel {number}" for number in range(36)])
    for number, lead in enumerate(leads):
        state = STATES[number % len(STATES)]
        reseller = resellers[number % len(resellers)]
        made = now - timedelta(days=2 * number + 1)
        answered = made + timedelta(hours=1 + number % 5)
        lead.user_id = salesman if number % 2 else False
        env["crm.reseller.offer"].create(
            {
                "lead_id": lead.id,
                "reseller_id": reseller.id,
                "method": "manual",
                "state": state,
                "offered_on": made,
                "due_on": made + timedelta(hours=20),
                "answered_on": answered if state != "pending" else False,
                "response_hours": 1 + number % 5,
                "decline_reason_id": reason.id if state == "declined" else False,
            }
        )
        if state != "accepted":
            continue
        lead._write_offer_vals(
            {
                "reseller_id": reseller.id,
                "reseller_state": "accepted",
                "reseller_offered_on": made,
                "reseller_answered_on": answered,
                "reseller_worked_on": answered,
            }
        )
        env["crm.reseller.progress"].create(
            {
                "lead_id": lead.id,
                "reseller_id": reseller.id,
                "author_id": reseller.id,
                "milestone_id": milestones[number % len(milestones)].id,
                "reached_on": answered,
            }
        )
        if number % 12 == 5:
            lead.action_set_lost(lost_reason_id=lost.id)
        if number % 4 == 3:
            lead.write(
                {"type": "opportunity", "stage_id": won.id, "expected_revenue": 900}
            )


def main(env, manager: str, salesman: str):
    """Return the ids of the dashboard's action and of the resellers' level."""
    make_user(env, manager, "base.group_user", MANAGER)
    agent = make_user(env, salesman, "base.group_user", SALESMAN)
    first = make_reseller(env, "Channel one", update_days=7)
    level = first.reseller_level_id
    resellers = first | env["res.partner"].create(
        {"name": "Two Ltd", "is_company": True, "reseller_level_id": level.id}
    )
    make_offers(env, resellers, agent)
    env["crm.reseller.usage"].sudo().create(
        {
            "partner_id": resellers[0].id,
            "reseller_id": resellers[0].id,
            "day": fields.Date.today(),
            "sign_ins": 1,
        }
    )
    return {"action": env.ref(ACTION).id, "level": level.id}
