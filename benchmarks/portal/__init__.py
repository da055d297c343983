"""What the portal's pages cost: the suite's, and those of Odoo's own Resellers module.

The same leads in three databases: the suite, the suite with Website, and Odoo's module,
which brings Website; one reseller holds 2,500 of them. Each page is asked for until the
caches are warm, then measured: SQL statements, weight, CPU time and the median time.
The databases take turns, so that a slow minute of the machine is a slow one for all.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from typing import Any

from benchmarks.harness import Bench, Goal, Report
from engine.console import say, step

from . import inside

SIZES = (20_000, 100_000)
HELD = 2_500
ROUNDS = 5
SUITE, WITH_WEBSITE, ODOO = "suite", "suite with Website", "Odoo"
KINDS = {ODOO: "partner", WITH_WEBSITE: "website", SUITE: "suite"}
STATEMENTS = 20
BYTES = 45_000
TIMES = 0.8
COLUMNS = ("page", "leads", "who", "SQL statements", "bytes", "CPU ms", "ms")


def measure(bench: Bench) -> Report:
    """Measure the pages of both at each size."""
    report = Report(f"Pages of a reseller with {HELD:,} leads", COLUMNS)
    found: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}
    with ExitStack() as stack:
        databases = {
            who: stack.enter_context(bench.database(kind))
            for who, kind in KINDS.items()
        }
        before = 0
        for size in sorted(bench.sizes):
            for who, database in databases.items():
                with step(f"{who}: {size:,} leads"):
                    bench.inside(
                        database,
                        inside.fill,
                        leads=size - before,
                        held=0 if before else min(HELD, size),
                    )
            before = size
            with step(f"{size:,} leads: all of them in turn, {ROUNDS} times"):
                rounds = [
                    {
                        who: bench.inside(database, inside.measure_pages)
                        for who, database in databases.items()
                    }
                    for _round in range(ROUNDS)
                ]
            for who in databases:
                found[size, who] = _middle([pages[who] for pages in rounds])
                say(f"   {who}: {_summary(found[size, who])}")
    for page in inside.PAGES:
        for size in sorted(bench.sizes):
            for who in (SUITE, WITH_WEBSITE, ODOO):
                report.rows.append(
                    {"page": page, "leads": size, "who": who, **found[size, who][page]}
                )
    report.goals = _goals(found, sorted(bench.sizes))
    report.notes.append(
        "Odoo's home loads its numbers, its lead and opportunity their history in "
        "further requests, which are counted in; the suite's pages hold them."
    )
    return report


def _middle(rounds: list[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The median of each figure of each page."""
    return {
        page: {
            figure: statistics.median_high(pages[page][figure] for pages in rounds)
            for figure in rounds[0][page]
        }
        for page in rounds[0]
    }


def _summary(pages: dict[str, dict[str, Any]]) -> str:
    return ", ".join(
        f"{name} {cost['SQL statements']} SQL {cost['ms']:.0f} ms"
        for name, cost in pages.items()
    )


def _goals(found: dict[Any, Any], sizes: list[int]) -> list[Goal]:
    goals = []
    for page in inside.PAGES:
        for who in (SUITE, WITH_WEBSITE):
            costs = [found[size, who][page] for size in sizes]
            statements = [cost["SQL statements"] for cost in costs]
            heaviest = max(cost["bytes"] for cost in costs)
            times = max(
                found[size, who][page]["CPU ms"] / found[size, ODOO][page]["CPU ms"]
                for size in sizes
            )
            goals += [
                Goal(
                    f"{page}, {who}: SQL statements",
                    f"at most {STATEMENTS}, the same at every size",
                    ", ".join(map(str, statements)),
                    max(statements) <= STATEMENTS and len(set(statements)) == 1,
                ),
                Goal(
                    f"{page}, {who}: weight",
                    f"at most {BYTES:,} bytes",
                    f"{heaviest:,}",
                    heaviest <= BYTES,
                ),
                Goal(
                    f"{page}, {who}: CPU time against Odoo's",
                    f"<= {TIMES} times",
                    f"{times:.2f} times",
                    times <= TIMES,
                ),
            ]
    return goals
