"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.measure import measured

CITIES = Path(__file__).parents[2] / "crm_reseller_base" / "demo" / "leads_200.csv"
GRADES = {"Gold": 5, "Silver": 3, "Bronze": 1}
# One town far from every other: who gets its leads depends on weights alone.
TOWN = {"city": "Reykjavík", "zip": "101", "country": "base.is"}
TOWN_PLACE = (64.13548, -21.89541)
TOWN_WEIGHTS = (1, 2, 3, 5, 10)
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


def _cities() -> list[dict[str, str]]:
    with CITIES.open(encoding="utf-8", newline="") as file:
        return [
            {
                "city": row["city"],
                "zip": row["zip"],
                "country": row["country_id/id"],
                "state": row["state_id/id"],
                "latitude": row["partner_latitude"],
                "longitude": row["partner_longitude"],
            }
            for row in csv.DictReader(file)
        ]


def _address(env: Any, city: dict[str, str]) -> dict[str, Any]:
    return {
        "city": city["city"],
        "zip": city["zip"],
        "country_id": env.ref(city["country"]).id,
        "state_id": env.ref(city["state"]).id if city.get("state") else False,
        "partner_latitude": float(city["latitude"]),
        "partner_longitude": float(city["longitude"]),
    }


def prepare(env: Any, resellers: int, leads: int, town_leads: int) -> dict[str, Any]:
    """Fill a database that has Odoo's Resellers module and not the suite.

    Whoever else could get leads there (demo data) gets weight 0.
    """
    env = env(context={**env.context, **QUIET})
    partners = env["res.partner"]
    partners.search([("partner_weight", ">", 0)]).write({"partner_weight": 0})
    grades = {}
    for name, weight in GRADES.items():
        grades[name] = env["res.partner.grade"].search([("name", "=", name)], limit=1)
        grades[name].partner_weight = weight
    operational = env.ref(
        "website_crm_partner_assign.res_partner_activation_data_fully_operational"
    )
    cities, rng = _cities(), random.Random(17)
    spread = [_address(env, rng.choice(cities)) for _number in range(resellers)]
    town = {
        "city": TOWN["city"],
        "zip": TOWN["zip"],
        "country_id": env.ref(TOWN["country"]).id,
        "partner_latitude": TOWN_PLACE[0],
        "partner_longitude": TOWN_PLACE[1],
    }
    common = {"is_company": True, "activation": operational.id}
    names = list(GRADES)
    partners.create(
        [
            {**common, **address, "name": f"Reseller {n}", "grade_id": grade}
            for n, address in enumerate(spread)
            for grade in [grades[names[n % len(names)]].id]
        ]
        + [
            {
                **common,
                **town,
                "name": f"Town {weight}",
                "grade_id": grades["Silver"].id,
                "partner_weight": weight,
            }
            for weight in TOWN_WEIGHTS
        ]
    )
    model = env["crm.lead"].with_context(default_type="lead")
    addresses = [_address(env, city) for city in cities]
    spread_ids = model.create(
        [{"name": f"Lead in {a['city']}", "type": "lead", **a} for a in addresses]
    ).ids
    town_ids = model.create([{"name": "Lead in town", "type": "lead", **town}]).ids
    env.flush_all()
    first_spread = _multiply(env, spread_ids, leads)
    first_town = _multiply(env, town_ids, town_leads)
    env.cr.execute("ANALYZE crm_lead")
    env.cr.execute("ANALYZE res_partner")
    return {"spread": first_spread, "town": first_town}


def _multiply(env: Any, ids: list[int], wanted: int) -> int:
    """Copy rows of leads until there are ``wanted`` of them, behind all others.

    :return: the id of the first copy; the others follow it without a gap
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = 'crm_lead' AND table_schema = current_schema "
        "AND column_name <> 'id' AND is_generated = 'NEVER'"
    )
    columns = ", ".join(f'"{name}"' for (name,) in env.cr.fetchall())
    env.cr.execute("SELECT MAX(id) FROM crm_lead")
    first = env.cr.fetchone()[0] + 1
    rounds = -(-wanted // len(ids))
    env.cr.execute(
        f"INSERT INTO crm_lead (id, {columns}) "
        f"SELECT %s + row_number() OVER (ORDER BY round, id) - 1, {columns} "
        "FROM crm_lead, generate_series(1, %s) AS round WHERE id = ANY(%s)",
        [first, rounds, ids],
    )
    env.cr.execute("SELECT setval('crm_lead_id_seq', (SELECT MAX(id) FROM crm_lead))")
    return first


def _leads(env: Any, first: int, size: int) -> Any:
    return env["crm.lead"].browse(range(first, first + size)).with_prefetch()


def _shares(env: Any, field: str, first: int, size: int) -> list[int]:
    """How many leads of the town each reseller got, in the order of their weights."""
    env.cr.execute(
        "SELECT p.name, COUNT(*) FROM crm_lead l "
        f'JOIN res_partner p ON p.id = l."{field}" '
        "WHERE l.id >= %s AND l.id < %s GROUP BY p.name",
        [first, first + size],
    )
    counts = Counter(dict(env.cr.fetchall()))
    return [counts[f"Town {weight}"] for weight in TOWN_WEIGHTS]


def odoo_lead_by_lead(env: Any, first: int, size: int) -> dict[str, Any]:
    """Odoo's own assignment, called once for each lead."""
    leads = _leads(env, first, size)

    def work() -> None:
        for lead in leads:
            lead.assign_partner()

    result = measured(env, work)
    result["assigned"] = len(leads.filtered("partner_assigned_id"))
    result["shares"] = _shares(env, "partner_assigned_id", first, size)
    env.cr.rollback()
    return result


def odoo_batch(env: Any, first: int, size: int) -> dict[str, Any]:
    """Odoo's own assignment, called once for all leads: what a list's button does."""
    leads = _leads(env, first, size)
    result = measured(env, leads.assign_partner)
    result["assigned"] = len(leads.filtered("partner_assigned_id"))
    result["shares"] = _shares(env, "partner_assigned_id", first, size)
    env.cr.rollback()
    return result


def import_program(env: Any) -> dict[str, Any]:
    """Bring the same partners into the suite with the suite's own import.

    Resellers of the suite's demo data, where they came along, get no leads.
    """
    env["res.partner"].search([("reseller_level_id", "!=", False)]).write(
        {"reseller_level_id": False}
    )
    # one rule for all leads, by weight: what Odoo's module does
    env["crm.reseller.assignment.rule"].search([]).active = False
    env.ref("crm_reseller_base.assignment_rule_default").active = True
    wizard = env["crm.reseller.import"].create({})
    wizard.action_apply()
    resellers = env["res.partner"].search_count(
        [("reseller_level_id", "!=", False), ("reseller_effective_weight", ">", 0)]
    )
    rules = env["crm.reseller.assignment.rule"].search([])
    return {"resellers": resellers, "rules": rules.mapped("name")}


def suite(env: Any, first: int, size: int) -> dict[str, Any]:
    """The suite's assignment, called once for all leads."""
    leads = _leads(env, first, size)
    result = measured(env, leads.action_assign_resellers)
    env.cr.execute(
        "SELECT COUNT(*) FROM crm_lead WHERE id >= %s AND id < %s "
        "AND reseller_id IS NOT NULL",
        [first, first + size],
    )
    result["assigned"] = env.cr.fetchone()[0]
    result["shares"] = _shares(env, "reseller_id", first, size)
    env.cr.rollback()
    return result


def floor(env: Any, first: int, size: int) -> dict[str, Any]:
    """What no way of assigning can do without: its two bulk writes, as bare SQL.

    The suite assigns the leads; the rows it wrote are kept aside, everything is rolled
    back, and the same rows are written again by one ``INSERT`` and one ``UPDATE``.
    """
    _leads(env, first, size).action_assign_resellers()
    env.flush_all()
    span = f"BETWEEN {first:d} AND {first + size - 1:d}"
    run = (
        "SELECT * FROM crm_reseller_assignment_run WHERE id IN "
        f"(SELECT run_id FROM crm_reseller_offer WHERE lead_id {span})"
    )
    kept = {
        "snapshot": "SELECT * FROM crm_reseller_assignment_snapshot WHERE id IN "
        f"(SELECT snapshot_id FROM ({run}) run)",
        "run": run,
        "offer": (f"SELECT * FROM crm_reseller_offer WHERE lead_id {span}"),
        "lead": (f"SELECT * FROM crm_lead WHERE id {span} AND reseller_id IS NOT NULL"),
    }
    columns, rows = {}, {}
    for name, query in kept.items():
        env.cr.execute(f"SELECT * FROM ({query}) kept LIMIT 0")
        columns[name] = [column.name for column in env.cr.description]
        rows[name] = io.StringIO()
        env.cr.copy_expert(f"COPY ({query}) TO STDOUT", rows[name])
    env.cr.rollback()
    for name, table in (
        ("snapshot", "crm_reseller_assignment_snapshot"),
        ("run", "crm_reseller_assignment_run"),
        ("offer", "crm_reseller_offer"),
        ("lead", "crm_lead"),
    ):
        env.cr.execute(
            f"CREATE TEMP TABLE kept_{name} AS SELECT * FROM {table} LIMIT 0"
        )
        rows[name].seek(0)
        env.cr.copy_expert(f"COPY kept_{name} FROM STDIN", rows[name])
        env.cr.execute(f"ANALYZE kept_{name}")
    for name in ("snapshot", "run"):
        env.cr.execute(
            f"INSERT INTO crm_reseller_assignment_{name} SELECT * FROM kept_{name} "
            "ON CONFLICT DO NOTHING"
        )
    written = [
        name
        for name in columns["lead"]
        if name.startswith("reseller_") or name in ("write_uid", "write_date")
    ]
    offers = ", ".join(f'"{name}"' for name in columns["offer"])
    values = ", ".join(f'"{name}" = kept."{name}"' for name in written)

    def work() -> None:
        env.cr.execute(
            f"INSERT INTO crm_reseller_offer ({offers}) SELECT {offers} FROM kept_offer"
        )
        env.cr.execute(
            f"UPDATE crm_lead SET {values} FROM kept_lead kept "
            "WHERE kept.id = crm_lead.id"
        )

    result = measured(env, work)
    env.cr.execute("SELECT COUNT(*) FROM kept_lead")
    result["assigned"] = env.cr.fetchone()[0]
    env.cr.rollback()
    return result
