"""Everyone who might try to see a dealer's key: portal, salesman and manager."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user, make_user


def main(env):
    """Return the ids of the reseller's company and of the three users."""
    company = make_reseller(env, "Key", can_convert=True, can_edit_opportunity=True)
    made = {
        "portal": make_reseller_user(env, "key_portal", company, "supervisor"),
        "salesman": make_user(env, "key_salesman", "sales_team.group_sale_salesman"),
        "manager": make_user(env, "key_manager", "sales_team.group_sale_manager"),
    }
    return {"company": company.id, **{name: user.id for name, user in made.items()}}
