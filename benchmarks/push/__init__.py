"""Orders at a dealer's: the suite, and the straightforward one lead at a time.

Both speak to the same real Odoo through a proxy that counts calls and adds the time a
call takes over the Internet; the straightforward way is what a first script would do:
sign in, look for the customer, create it, look for the product, create the order, read
its name. It promises nothing about being cut off half-way.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import median

from benchmarks.harness import Bench, Goal, Report
from engine.cluster import free_port
from engine.console import step
from engine.remote import Remote
from tests.faults.stage import Stage, make_stage

SIZES = (1, 10, 100)
LATENCY = 0.03
SUITE, SIMPLE = "suite", "one lead at a time"
COLUMNS = ("who", "leads", "calls", "seconds", "calls per lead", "seconds per lead")
MOST_CALLS = {1: 5, 100: 10}
# One lead takes so little that a single measurement is mostly the machine's mood: the
# median of several, both ways in turn.
TURNS = {1: 9, 10: 3}


def measure(bench: Bench) -> Report:
    """Push leads of every size in both ways."""
    report = Report("Won leads to sales orders", COLUMNS)
    with ExitStack() as stack:
        stage = _stage(bench, stack)
        for size in bench.sizes:
            with step(f"{size} leads"):
                report.rows += _rows(stage, size)
    for size, most in MOST_CALLS.items():
        for row in report.rows:
            if (row["who"], row["leads"]) == (SUITE, size):
                report.goals.append(
                    Goal(
                        f"calls for {size} lead(s)",
                        f"at most {most}",
                        str(row["calls"]),
                        row["calls"] <= most,
                    )
                )
    report.notes.append(
        f"Each call takes {LATENCY * 1000:.0f} ms longer than on this machine alone. "
        "The suite's seconds include marking the leads as won, chatter and mails. "
        "Few leads are measured several times: the seconds are medians."
    )
    return report


def _stage(bench: Bench, stack: ExitStack) -> Stage:
    """Both servers, the connection tested, as after the set-up of a dealership."""

    def databases(_odoo, kind: str) -> str:
        return stack.enter_context(bench.database(kind))

    def serve(odoo, database: str):
        server = odoo.serve(database, free_port(), "--max-cron-threads=0")
        stack.callback(server.stop)
        return server

    stage = make_stage(bench.odoo, bench.odoo, databases, serve)
    stage.learn()
    stage.proxy.latency = LATENCY
    # the first request of a fresh server builds its registry, which is not our subject
    stage.win(stage.make_leads(1, mark="warm"))
    _one_by_one(stage, "warm", 1)
    return stage


def _rows(stage: Stage, size: int) -> list[dict]:
    seconds: dict[str, list[float]] = {SUITE: [], SIMPLE: []}
    calls: dict[str, int] = {}
    for turn in range(TURNS.get(size, 1)):
        for who, push in ((SUITE, _with_suite), (SIMPLE, _one_by_one)):
            with stage.proxy.counting() as seen:
                seconds[who].append(push(stage, f"{who[:3]}{size}x{turn}", size))
            calls[who] = max(len(seen), calls.get(who, 0))
    return [
        {
            "who": who,
            "leads": size,
            "calls": calls[who],
            "seconds": median(seconds[who]),
            "calls per lead": calls[who] / size,
            "seconds per lead": median(seconds[who]) / size,
        }
        for who in seconds
    ]


def _with_suite(stage: Stage, mark: str, size: int) -> float:
    leads = stage.make_leads(size, mark=mark)
    started = time.monotonic()
    stage.win(leads)
    seconds = time.monotonic() - started
    if any(len(orders) != 1 for orders in stage.orders(leads).values()):
        raise RuntimeError("an order is missing")
    return seconds


def _one_by_one(stage: Stage, mark: str, size: int) -> float:
    started = time.monotonic()
    for number in range(size):
        dealer = Remote(stage.proxy.url, stage.dealer.database, "admin", "admin")
        email = f"simple.{mark}.{number}@customers.example.com"
        found = dealer("res.partner", "search", [["email", "=", email]])
        customer = (
            found[0]
            if found
            else dealer("res.partner", "create", {"name": email, "email": email})
        )
        [product] = dealer(
            "product.product", "search", [["default_code", "=", "EV-100"]]
        )
        line = [0, 0, {"product_id": product, "product_uom_qty": 1}]
        order = dealer(
            "sale.order", "create", {"partner_id": customer, "order_line": [line]}
        )
        dealer("sale.order", "read", [order], ["name"])
    return time.monotonic() - started
