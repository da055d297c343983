"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any

from benchmarks.portal.inside import LOGIN, QUIET, Visitor, _copy_rows, _cost

RUNS = 3
DAYS = 1095
# of ten leads four were offered to somebody else before
LEADS_OF_TEN = 6


def fill(env: Any, offers: int, resellers: int) -> None:
    """Make resellers, one of whom can sign in, and leads with offers of three years."""
    env = env(context={**env.context, **QUIET})
    level = env.ref("crm_reseller_base.level_silver")
    country = env.ref("base.be").id
    partners = env["res.partner"].create(
        [
            {
                "name": f"Bench {number}",
                "is_company": True,
                "country_id": country,
                "reseller_level_id": level.id,
                "reseller_activation_id": env.ref(
                    "crm_reseller_base.activation_fully_operational"
                ).id,
            }
            for number in range(resellers)
        ]
    )
    person = env["res.partner"].create({"name": LOGIN, "parent_id": partners[0].id})
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    group = env.ref("crm_reseller_portal.group_reseller_user")
    env["res.users"].create(
        {
            "name": LOGIN,
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": person.id,
            field: [(6, 0, group.ids)],
        }
    )
    gold = env.ref("crm_reseller_base.level_gold")
    env["crm.reseller.level.criterion"].create(
        [
            {
                "level_id": gold.id,
                "measure": key,
                "target": target,
                "floor": target,
                "window_days": 180,
            }
            for key, target in (("pick_rate", 60), ("conversion_rate", 20))
        ]
    )
    won = env["crm.stage"].search([("is_won", "=", True)], limit=1)
    count = offers * LEADS_OF_TEN // 10
    model = env["crm.lead"].create(
        {"name": "Bench", "type": "opportunity", "expected_revenue": 1000}
    )
    env.flush_all()
    env.cr.execute("SELECT max(id) FROM crm_lead")
    first = env.cr.fetchone()[0]
    # an accepted lead is won, lost, or open when it is young
    fate = "(n / 8000 + n) % 4"
    end = f"CASE WHEN {fate} = 0 THEN 'won' WHEN {fate} = 1 OR n % {DAYS} > 150"
    end = f"({end} THEN 'lost' ELSE 'open' END)"
    made = f"(now() AT TIME ZONE 'UTC' - (n % {DAYS} + 1) * INTERVAL '1 day')"
    holder = f"({partners[0].id} + n::bigint * 7919 % {resellers})"
    luck = "(n / 2000 + n) % 20"
    accepted = f"{luck} < 11"
    changed = {
        "id": f"{first} + n",
        "reseller_id": f"CASE WHEN {accepted} THEN {holder} END",
        "reseller_state": f"CASE WHEN {accepted} THEN 'accepted' ELSE 'none' END",
        "reseller_answered_on": f"{made} + INTERVAL '3 hours'",
        "reseller_worked_on": f"{made} + (n % 40) * INTERVAL '1 day'",
        "stage_id": f"CASE WHEN {end} = 'won' THEN {won.id} ELSE t.stage_id END",
        "active": f"{end} <> 'lost'",
        "probability": f"CASE {end} WHEN 'won' THEN 100 WHEN 'lost' THEN 0 ELSE 20 END",
        "date_closed": f"CASE WHEN {end} <> 'open' "
        f"THEN {made} + (n % 60) * INTERVAL '1 day' END",
    }
    # a statement with parameters
    changed = {name: sql.replace("%", "%%") for name, sql in changed.items()}
    _copy_rows(env, "crm_lead", "t.id = %s", model.id, count, changed)
    company = env.ref("base.main_company").id
    columns = (
        "lead_id, reseller_id, company_id, method, state, offered_on, due_on, "
        "answered_on, response_hours, first_work_on, first_work_hours"
    )
    # earlier offers of other resellers first: the later ones are the current ones
    state = {
        True: "CASE WHEN n % 3 = 0 THEN 'declined' ELSE 'expired' END",
        False: f"CASE WHEN {accepted} THEN 'accepted' WHEN {luck} < 15 THEN 'declined' "
        f"WHEN {luck} < 18 THEN 'expired' WHEN n % {DAYS} < 1 THEN 'pending' "
        "ELSE 'withdrawn' END",
    }
    for earlier, number in ((True, offers - count), (False, count)):
        who = (
            f"({partners[0].id} + n::bigint * 104729 % {resellers})"
            if earlier
            else holder
        )
        when = f"{made} - INTERVAL '2 days'" if earlier else made
        env.cr.execute(
            f"""
            INSERT INTO crm_reseller_offer ({columns})
            SELECT {first} + n, {who}, {company}, 'weighted', {state[earlier]},
                   {when}, {when} + INTERVAL '24 hours',
                   {when} + (1 + n % 23) * INTERVAL '1 hour', 1 + n % 23,
                   {when} + INTERVAL '2 days', n % 30
              FROM generate_series(1, {number}) AS n
            """
        )
    env.cr.execute(
        "SELECT setval('crm_lead_id_seq', (SELECT max(id) FROM crm_lead)); "
        "UPDATE crm_reseller_offer SET answered_on = NULL WHERE state = 'pending'"
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    # all at once, as when the addon is installed; then what follows is a usual night
    env["crm.reseller.fact"]._create_tables()
    env.cr.commit()


def _timed(env: Any, work: Any) -> dict[str, float]:
    """Median time and statements of some work in a transaction that is undone."""
    times, statements = [], 0
    for _run in range(RUNS):
        env.invalidate_all()
        before, started = env.cr.sql_log_count, time.perf_counter()
        work()
        env.flush_all()
        times.append(time.perf_counter() - started)
        statements = env.cr.sql_log_count - before
        env.cr.rollback()
        env.invalidate_all()
    return {"ms": statistics.median(times) * 1000, "SQL statements": statements}


def measure(env: Any) -> dict[str, dict[str, float]]:
    """Measure what people read, and what runs at night."""
    from odoo import fields

    def change() -> None:
        """Change what a busy day changes: 2,000 leads, and so 3,300 offers."""
        env.cr.execute(
            "UPDATE crm_lead SET expected_revenue = expected_revenue + 1 WHERE id IN ("
            "SELECT lead_id FROM crm_reseller_offer ORDER BY id DESC LIMIT 2000)"
        )

    def refresh() -> None:
        change()
        env["crm.reseller.fact"]._cron_refresh()

    today = fields.Date.today()
    quarter = (today - timedelta(days=89), today)
    year = (today - timedelta(days=364), today)
    measures = env["crm.reseller.measure"]
    admin = env.ref("base.user_admin")
    dashboard = env["crm.reseller.dashboard"].with_user(admin)
    trend = ["offers", "accepted", "pick_rate", "won", "revenue_won"]

    def count(key: str, period: tuple) -> None:
        found = measures._get_measure_records(key, *period)
        env[found["model"]].with_context(**found["context"]).search_count(
            found["domain"]
        )

    found = {
        "all measures of a quarter": _timed(
            env, lambda: measures._read_measures(*quarter)
        ),
        "all measures of a quarter, by reseller": _timed(
            env, lambda: measures._read_measures(*quarter, group_by="reseller")
        ),
        "trend of a year, by month": _timed(
            env,
            lambda: measures._read_measures(
                *year, group_by="month", keys=trend, compare=False
            ),
        ),
        "the records behind a number": _timed(env, lambda: count("won", quarter)),
        "the records behind silent leads": _timed(
            env, lambda: count("silent", quarter)
        ),
        "dashboard": _timed(env, lambda: dashboard.read_dashboard({})),
        "dashboard of a year, by product": _timed(
            env,
            lambda: dashboard.read_dashboard(
                {"period": "last_12_months", "by": "product"}
            ),
        ),
        "nightly refresh after 2,000 changes": _timed(env, refresh),
        "nightly alerts": _timed(
            env, lambda: env["crm.reseller.alert"].sudo()._raise_alerts()
        ),
        "nightly factors": _timed(
            env, lambda: env["crm.reseller.score"].sudo()._update_scores()
        ),
        "nightly review of levels": _timed(
            env, lambda: env["crm.reseller.level.review"].sudo()._cron_review_levels()
        ),
    }
    # of a day the rows of what changed are made while people read
    change()
    env.cr.commit()
    found["dashboard before the refresh"] = _timed(
        env, lambda: dashboard.read_dashboard({})
    )
    env["crm.reseller.score"].sudo()._update_scores()
    env.cr.commit()  # the requests have transactions of their own
    visitor = Visitor()
    address = visitor.settle("/my/performance")
    found["/my/performance"] = _cost(env, lambda: len(visitor.get(address)))
    address = visitor.settle("/my/performance/offers/90")
    found["the offers behind a figure"] = _cost(env, lambda: len(visitor.get(address)))
    return found
