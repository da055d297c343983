"""Two sales agents at a desk, and what they open."""

from __future__ import annotations

from .people import make_user

ACTIONS = {
    "form": "crm.crm_lead_action_pipeline",
    "pool": "crm_lead_pipeline_rules.crm_lead_pool_action",
    "mine": "crm.action_your_pipeline",
}


def main(env):
    """Return the ids of stages, agents and actions by name."""
    agents = env["res.users"]
    for name in ("paula", "quinn"):
        agents |= make_user(
            env,
            name,
            "base.group_user",
            "sales_team.group_sale_salesman",
            name=name.title(),
            email=f"{name}@example.com",
        )
    agents.notification_type = "inbox"
    return {
        "stages": {stage.name: stage.id for stage in env["crm.stage"].search([])},
        "agents": {agent.login: agent.id for agent in agents},
        "actions": {name: env.ref(xmlid).id for name, xmlid in ACTIONS.items()},
    }
