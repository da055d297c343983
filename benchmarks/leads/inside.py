"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.measure import measured

BATCH = 100
CHANGES: dict[str, Callable[[Any, int], dict[str, Any]]] = {
    "write the name": lambda env, n: {"name": f"Bench again {n}"},
    "write the revenue": lambda env, n: {"expected_revenue": 100 + n},
    "write the phone": lambda env, n: {"phone": f"+32 2 555 {n:04}"},
    "write the e-mail": lambda env, n: {"email_from": f"again{n}@bench.example"},
    "write the company": lambda env, n: {"partner_name": f"Bench again {n}"},
    "write the salesperson": lambda env, n: {
        "user_id": env.ref("base.user_admin" if n % 2 else "base.user_demo").id
    },
    "write the stage": lambda env, n: {"stage_id": env.ref("crm.stage_lead2").id},
}


def _leads(env: Any, count: int) -> Any:
    # customers of their own: a known one would get no second lead
    first = 1 + env["crm.lead"].search([], order="id desc", limit=1).id
    return env["crm.lead"].create(
        [
            {
                "name": f"Bench {number}",
                "type": "opportunity",
                "partner_name": f"Bench company {number}",
                "contact_name": f"Carl {number}",
                "email_from": f"carl{number}@bench{number}.example",
                "phone": f"+32 2 5{number:06}",
                "country_id": env.ref("base.be").id,
                "user_id": env.ref("base.user_admin").id,
                "stage_id": env.ref("crm.stage_lead1").id,
            }
            for number in range(first, first + count)
        ]
    )


def settle(env: Any) -> None:
    """Clean up after the installation, as PostgreSQL does by itself in time."""
    with env.registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE")


def work(env: Any, sizes: list[int]) -> list[dict[str, Any]]:
    """Write and create as a salesperson's client does; all is rolled back.

    :return: ``work``, ``leads``, ``statements`` and ``cpu_seconds``, commit included
    """
    env = env(user=env.ref("base.user_admin"))
    answers = []
    for size in (1, BATCH):
        leads = _leads(env, size)
        warm = _leads(env, size)
        for number, (name, values) in enumerate(CHANGES.items()):
            for subject, counts in ((warm, False), (leads, True)):
                found = measured(
                    env,
                    lambda s=subject, v=values, n=number: s.write(v(env, n)),
                )
                if counts:
                    answers.append(_answer(name, size, found))
    for size in sizes:
        _leads(env, 10)
        found = measured(env, lambda n=size: _leads(env, n))
        answers.append(_answer("create", size, found))
    env.cr.rollback()
    return answers


def _answer(name: str, leads: int, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "work": name,
        "leads": leads,
        "statements": found["to_commit_statements"],
        "cpu_seconds": found["cpu_seconds"],
    }
