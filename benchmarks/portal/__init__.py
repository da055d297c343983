"""What the portal's pages cost: the suite's, and those of Odoo's own Resellers module.

The same leads in two databases, one with the suite, one with Odoo's module; one
reseller holds 2,500 of them. Each page is asked for until the caches are warm, then
measured: SQL statements, weight, and the median time.
"""

from __future__ import annotations

from typing import Any

from benchmarks.harness import Bench, Goal, Report
from engine.console import say, step

from . import inside

SIZES = (20_000, 100_000)
HELD = 2_500
SUITE, ODOO = "suite", "Odoo"
STATEMENTS = {"leads": 20, "lead": 20, "opportunities": 20, "opportunity": 24}
BYTES = 70_000
COLUMNS = ("page", "leads", "who", "SQL statements", "bytes", "ms")
# on Odoo's pages the history comes with a request of its own
WITH_HISTORY = ("lead", "opportunity")


def measure(bench: Bench) -> Report:
    """Measure the pages of both at each size."""
    report = Report(f"Pages of a reseller with {HELD:,} leads", COLUMNS)
    found: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}
    for who, kind in ((ODOO, "partner"), (SUITE, "suite")):
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
            for who in (SUITE, ODOO):
                report.rows.append(
                    {"page": page, "leads": size, "who": who, **found[size, who][page]}
                )
    report.goals = _goals(found, sorted(bench.sizes))
    report.notes.append(
        "Odoo's lead and opportunity load their history in a second request, which is "
        "counted in; the suite's pages hold it."
    )
    return report


def _summary(pages: dict[str, dict[str, Any]]) -> str:
    return ", ".join(
        f"{name} {cost['SQL statements']} SQL {cost['ms']:.0f} ms"
        for name, cost in pages.items()
    )


def _goals(found: dict[Any, Any], sizes: list[int]) -> list[Goal]:
    goals = []
    largest = sizes[-1]
    for page in inside.PAGES:
        costs = [found[size, SUITE][page] for size in sizes]
        own = [found[size, ODOO][page] for size in sizes]
        statements = [cost["SQL statements"] for cost in costs]
        if page in STATEMENTS:
            goals.append(
                Goal(
                    f"{page}: SQL statements",
                    f"at most {STATEMENTS[page]}",
                    str(max(statements)),
                    max(statements) <= STATEMENTS[page],
                )
            )
        goals.append(
            Goal(
                f"{page}: none grows with the data",
                "the same at every size",
                ", ".join(map(str, statements)),
                len(set(statements)) == 1,
            )
        )
        heaviest = max(cost["bytes"] for cost in costs)
        goals.append(
            Goal(
                f"{page}: weight",
                f"at most {BYTES:,} bytes",
                f"{heaviest:,}",
                heaviest <= BYTES,
            )
        )
        goals.append(
            Goal(
                f"{page}: faster than Odoo's",
                f"below {own[-1]['ms']:.0f} ms at {largest:,} leads",
                f"{costs[-1]['ms']:.0f} ms",
                all(
                    cost["ms"] < theirs["ms"]
                    for cost, theirs in zip(costs, own, strict=True)
                ),
            )
        )
    return goals
