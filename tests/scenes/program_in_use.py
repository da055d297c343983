"""A reseller program in use: a reseller, offers in every state, an open activity."""

from __future__ import annotations

BASE = "crm_reseller_base"


def main(env):
    """Return the states of three leads, and whether the third asks for attention."""
    directions = env["crm.reseller.direction"]
    path = {"path": "tools"} if "path" in directions._fields else {}
    direction = directions.create({"name": "Tools", **path})
    field = "reseller_direction_ids"
    if field not in env["res.partner"]._fields:
        field = "reseller_direction_id"
    env["res.partner"].create(
        {
            "name": "Uninstalled Ltd",
            "is_company": True,
            "email": "u@example.com",
            "country_id": env.ref("base.fj").id,
            "reseller_level_id": env.ref(f"{BASE}.level_gold").id,
            "reseller_activation_id": env.ref(f"{BASE}.activation_ramp_up").id,
            field: [(6, 0, direction.ids)] if field.endswith("s") else direction.id,
        }
    )
    places = (("here", "base.fj"), ("no", "base.fj"), ("far", "base.to"))
    leads = env["crm.lead"].create(
        [{"name": name, "country_id": env.ref(country).id} for name, country in places]
    )
    leads.action_assign_resellers()
    leads[1].reseller_decline(env.ref(f"{BASE}.decline_reason_territory"))
    env["res.config.settings"].create({}).execute()
    return [leads.mapped("reseller_state"), bool(leads[2].activity_ids)]
