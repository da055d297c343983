"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.measure import measured


def _vals(env: Any, number: int, **more: Any) -> dict[str, Any]:
    return {
        "name": f"Bench {number}",
        "type": "lead",
        "contact_name": f"Person {number}",
        "partner_name": f"Bench Customer {number}",
        "email_from": f"person{number}@bench-customer-{number}.example.com",
        "phone": f"+32 470 {number // 100 % 100:02} {number % 100:02} 00",
        "street": f"Main Street {number}",
        "city": "Brussels",
        "country_id": env.ref("base.be").id,
        "user_id": False,
        **more,
    }


def _sales_env(env: Any) -> Any:
    """The environment of a person who sells, with the whole team's leads."""
    Users = env["res.users"].with_context(no_reset_password=True)
    field = "group_ids" if "group_ids" in Users._fields else "groups_id"
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    user = Users.search([("login", "=", "bench-sales")]) or Users.create(
        {
            "name": "Bench Sales",
            "login": "bench-sales",
            "email": "bench-sales@example.com",
            field: [(6, 0, [*group.ids, env.ref("crm.group_use_lead").id])],
        }
    )
    env.cr.commit()
    return env(user=user.id)


def _get_writes(env: Any) -> dict[str, Callable[[Any], Any]]:
    """The writes that are counted, by name: functions of leads."""
    stages = env["crm.stage"].search([("team_id", "=", False)], order="sequence")
    later = stages[1]

    def convert(leads: Any) -> None:
        for lead in leads:
            lead.convert_opportunity(lead.partner_id)

    return {
        "expected revenue": lambda leads: leads.write({"expected_revenue": 12_000}),
        "city": lambda leads: leads.write({"city": "Ghent"}),
        "e-mail": lambda leads: leads.write({"email_from": "new@bench.example.com"}),
        "stage": lambda leads: leads.write({"stage_id": later.id}),
        "salesperson": lambda leads: leads.write({"user_id": env.uid}),
        "archived": lambda leads: leads.write({"active": False}),
        "converted": convert,
    }


def writes(env: Any, sizes: list[int]) -> dict[str, dict[int, int]]:
    """Count the SQL statements of each write, the messages of the commit included."""
    sales = _sales_env(env)
    team = env.ref("sales_team.team_sales_department")
    found: dict[str, dict[int, int]] = {}
    for what, write in _get_writes(sales).items():
        found[what] = {}
        for size in sizes:
            kind = "lead" if what == "converted" else "opportunity"
            # the second time everything is loaded that stays loaded
            for _turn in range(2):
                leads = env["crm.lead"].create(
                    [
                        _vals(env, number, type=kind, team_id=team.id)
                        for number in range(size)
                    ]
                )
                leads = leads.with_env(sales)
                numbers = measured(sales, lambda leads=leads, write=write: write(leads))
                found[what][size] = int(numbers["to_commit_statements"])
                env.cr.rollback()
    return found


def creation(env: Any, size: int) -> dict[str, float]:
    """Measure the creation of leads in one call; nothing is kept."""
    sales = _sales_env(env)
    found = {}
    for count in (10, size):  # everything is loaded by the first ones
        found = measured(
            sales,
            lambda count=count: sales["crm.lead"].create(
                [_vals(env, number) for number in range(count)]
            ),
        )
        env.cr.rollback()
    return found
