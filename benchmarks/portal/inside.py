"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import gc
import re
import statistics
import time
from typing import Any

from benchmarks.measure import cpu_seconds

LOGIN = "bench_reseller"
PAGES = ("home", "leads", "lead", "opportunities", "opportunity")
WARM, RUNS = 4, 15
FROM = {"environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}


def _has_suite(env: Any) -> bool:
    return "crm.reseller.offer" in env.registry


# ------------------------------------------------------------
# Data
# ------------------------------------------------------------


def fill(env: Any, leads: int, held: int) -> dict[str, int]:
    """Add leads; `held` of them go to one reseller, in equal parts of each state.

    One lead of each state is made the way people make it; the rest are its copies.
    """
    env = env(context={**env.context, **QUIET})
    held_models = _make_models(env) if held else []
    others = env["crm.lead"].search([("name", "=", "Bench other")], limit=1)
    if not others:
        others = _create_lead(env, "Bench other")
    env.flush_all()
    copies = 0
    for number, lead in enumerate(held_models):
        # the model itself is one of them
        share = held // len(held_models) + (number < held % len(held_models))
        copies += _copy(env, lead, share - 1) + 1
    _copy(env, others, leads - copies)
    env.cr.execute("ANALYZE")
    return {"held": copies}


def _create_lead(env: Any, name: str, kind: str = "lead") -> Any:
    return env["crm.lead"].create(
        {
            "name": name,
            "type": kind,
            "contact_name": "Carla Customer",
            "partner_name": "Customer Inc",
            "email_from": "carla@customer.example",
            "phone": "+49 30 1234567",
            "street": "Long Lane 5",
            "zip": "10115",
            "city": "Berlin",
            "country_id": env.ref("base.de").id,
            "description": "<p>We need forty pumps, soon.</p>",
            "expected_revenue": 12500,
        }
    )


def _make_models(env: Any) -> Any:
    """Create the reseller, its user, and one lead of each state it holds."""
    company = env["res.partner"].create({"name": "Bench Ltd", "is_company": True})
    person = env["res.partner"].create(
        {
            "name": "Bea Bench",
            "email": "bea@bench.example",
            "parent_id": company.id,
        }
    )
    groups = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    user = env["res.users"].create(
        {
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": person.id,
            "tz": "UTC",
            groups: [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    leads = env["crm.lead"]
    for name in ("waiting", "accepted", "deal", "deal with a closing date"):
        leads |= _create_lead(env, f"Bench {name}")
    if _has_suite(env):
        _give_by_suite(env, leads, company, user)
    else:
        _give_by_odoo(leads, company)
    for lead in leads[1:]:
        for text in ("We spoke to them.", "They want to see it.", "Offer sent."):
            lead.message_post(
                body=text,
                author_id=person.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
    leads[3].date_deadline = "2031-01-31"
    return leads


def _give_by_suite(env: Any, leads: Any, company: Any, user: Any) -> None:
    level = env["crm.reseller.level"].create(
        {
            "name": "Bench",
            "response_hours": 48,
            "can_convert": True,
            "can_edit_opportunity": True,
            "can_report_outcome": True,
        }
    )
    company.reseller_level_id = level
    leads.assign_to_reseller(company)
    leads[1:].with_user(user).sudo().reseller_accept()
    leads[2:].with_user(user).sudo().reseller_convert()


def _give_by_odoo(leads: Any, company: Any) -> None:
    leads.partner_assigned_id = company
    leads[2:].type = "opportunity"


def _copy(env: Any, lead: Any, count: int) -> int:
    """Copy a lead's row, and its offers and messages, so many times."""
    if count < 1:
        return 0
    env.flush_all()
    env.cr.execute("SELECT max(id) FROM crm_lead")
    first = env.cr.fetchone()[0] + 1
    _copy_rows(env, "crm_lead", "t.id = %s", lead.id, count, {"id": f"{first - 1} + n"})
    env.cr.execute(
        "SELECT setval('crm_lead_id_seq', (SELECT max(id) FROM crm_lead)); "
        "UPDATE crm_lead SET name = name || ' ' || id, city = 'City ' || id %% 500, "
        "email_from = 'mail' || id || '@customer.example' WHERE id >= %s",
        [first],
    )
    moved = {"lead_id": f"{first - 1} + n"}
    if _has_suite(env):
        _copy_rows(env, "crm_reseller_offer", "t.lead_id = %s", lead.id, count, moved)
    _copy_rows(
        env,
        "mail_message",
        "t.model = 'crm.lead' AND t.res_id = %s",
        lead.id,
        count,
        {"res_id": f"{first - 1} + n", "message_id": "NULL", "parent_id": "NULL"},
    )
    return count


def _copy_rows(
    env: Any, table: str, which: str, key: int, count: int, changed: dict[str, str]
) -> None:
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    columns = [name for (name,) in env.cr.fetchall() if name != "id" or "id" in changed]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    env.cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} "
        f"FROM {table} t, generate_series(1, %s) n WHERE {which}",
        [count, key],
    )


# ------------------------------------------------------------
# Pages
# ------------------------------------------------------------


class Visitor:
    """Someone signed in, whose requests Odoo answers in this very process."""

    def __init__(self) -> None:
        from werkzeug.test import Client

        from odoo import http
        from odoo.service import server

        server.load_server_wide_modules()
        self.client = Client(http.root)
        page = self.client.get("/web/login", **FROM).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = {"csrf_token": token, "login": LOGIN, "password": LOGIN}
        answer = self.client.post("/web/login", data=form, **FROM)
        if answer.status_code != 303:
            raise RuntimeError(f"not signed in: {answer.status_code}")

    def settle(self, address: str) -> str:
        """Return where a page is found: Website puts names into addresses."""
        answer = self.client.get(address, **FROM)
        return answer.location if answer.status_code == 301 else address

    def get(self, address: str) -> bytes:
        """Return a page.

        :raises RuntimeError: when it is none
        """
        answer = self.client.get(address, **FROM)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
        return answer.data

    def ask(self, address: str, params: dict[str, Any]) -> bytes:
        """Return the answer to a JSON-RPC request.

        :raises RuntimeError: when it is an error
        """
        message = {"jsonrpc": "2.0", "params": params}
        answer = self.client.post(address, json=message, **FROM)
        if answer.status_code != 200 or "error" in answer.json:
            raise RuntimeError(f"{address}: {answer.data[:500]!r}")
        return answer.data


def measure_pages(env: Any) -> dict[str, dict[str, float]]:
    """Return the cost of each page."""
    lead = env["crm.lead"].search([("name", "=", "Bench accepted")], limit=1)
    deal = env["crm.lead"].search([("name", "=", "Bench deal")], limit=1)
    suite = _has_suite(env)
    one = ("/my/leads/%s", "/my/opportunities/%s")
    if not suite:
        one = ("/my/lead/%s", "/my/opportunity/%s")
    addresses = {
        "home": "/my/home",
        "leads": "/my/leads",
        "lead": one[0] % lead.id,
        "opportunities": "/my/opportunities",
        "opportunity": one[1] % deal.id,
    }
    history = {} if suite else {"lead": lead.id, "opportunity": deal.id}
    chatter = _find_chatter()
    env.cr.commit()  # the requests have transactions of their own
    visitor = Visitor()
    costs = {}
    for page, address in addresses.items():
        address = visitor.settle(address)

        def visit(page=page, address=address) -> int:
            found = visitor.get(address)
            size = len(found)
            if page in history:
                size += len(visitor.ask(*chatter(history[page])))
            for counters in _find_counters(found):
                size += len(visitor.ask("/my/counters", {"counters": counters}))
            return size

        costs[page] = _cost(env, visit)
    return costs


def _find_counters(page: bytes) -> list[list[str]]:
    """Return what a start page asks for its numbers, as Odoo's script does."""
    names = re.findall(rb'data-placeholder_count="(\w+)"', page)
    # three requests at most; as few as five numbers each allow since Odoo 19
    most = min(-(-len(names) // 5), 3) if _series() >= (19, 0) else 3
    each = -(-len(names) // most) if names else 0
    return [
        [name.decode() for name in names[first : first + each]]
        for first in range(0, len(names), each or 1)
    ]


def _find_chatter() -> Any:
    """Return what Odoo's pages ask for their history: address and parameters."""
    if _series() >= (18, 0):
        return lambda lead_id: (
            "/mail/chatter_fetch",
            {"thread_model": "crm.lead", "thread_id": lead_id},
        )
    return lambda lead_id: (
        "/mail/chatter_init",
        {"res_model": "crm.lead", "res_id": lead_id, "limit": 10},
    )


def _series() -> tuple[int, int]:
    from odoo import release

    return release.version_info[:2]


def _cost(env: Any, visit: Any) -> dict[str, float]:
    """Statements, weight and median time of a visit, once the caches are warm."""
    from odoo import sql_db

    for _run in range(WARM):
        visit()
    # a full collection goes through the whole registry, whoever sets it off
    gc.collect()
    gc.freeze()
    times, statements, weight = [], [], 0
    computed = _computed(env)
    for _run in range(RUNS):
        before, started = sql_db.sql_counter, time.perf_counter()
        weight = visit()
        times.append(time.perf_counter() - started)
        statements.append(sql_db.sql_counter - before)
    return {
        "SQL statements": max(statements),
        "bytes": weight,
        "CPU ms": (_computed(env) - computed) / RUNS * 1000,
        "ms": statistics.median(times) * 1000,
        "fastest ms": min(times) * 1000,
    }


def _computed(env: Any) -> float:
    """CPU seconds of this process and of all its connections to the database."""
    env.cr.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    )
    backends = [pid for (pid,) in env.cr.fetchall()]
    env.cr.commit()
    return cpu_seconds(*backends)
