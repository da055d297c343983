"""What the portal's pages cost: the suite's, and those of Odoo's own Resellers module.

The same leads in three databases: the suite, the suite with Website, and Odoo's module,
which brings Website; one reseller holds 2,500 of them. Each page is asked for until the
caches are warm, then measured: SQL statements, weight, CPU time and the median time.
"""

from __future__ import annotations

from typing import Any

from benchmarks.harness import Bench, Goal, Report
from engine.console import say, step

from . import inside

SIZES = (20_000, 100_000)
HELD = 2_500
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
    for who, kind in KINDS.items():
        with bench.database(kind) as database:
            before = 0
            for size in sorted(bench.sizes):
                held = min(HELD, size)
                with step(f"{who}: {size:,} leads"):
                    bench.inside(
                        database,
                        inside.fill,
                        leads=size - before,
                        held=0 if before else held,
                    )
                    pages = bench.inside(database, inside.measure_pages)
                before = size
                found[size, who] = pages
                say(f"   {_summary(pages)}")
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
