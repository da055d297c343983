"""Measures, the reseller's own page and the nightly jobs, with many offers stored.

The offers of three years are spread evenly; what is read is a quarter and the one
before, as people look at it.
"""

from __future__ import annotations

from benchmarks.harness import Bench, Goal, Report
from engine.console import step

from . import inside

SIZES = (100_000, 1_000_000)
RESELLERS = 2_000
WITHIN = 1_000  # ms
# what a page or a list is; the rest are parts of them, and told without a goal
SHOWN = (
    "the records behind a number",
    "the records behind silent leads",
    "dashboard",
    "dashboard before the refresh",
    "/my/performance",
    "the offers behind a figure",
)
# nightly jobs may take longer
NIGHT = 60_000
COLUMNS = ("what", "offers", "ms", "SQL statements")


def measure(bench: Bench) -> Report:
    """Measure each reading at each size."""
    report = Report(f"Measures, {RESELLERS:,} resellers", COLUMNS)
    for size in bench.sizes:
        with bench.database("suite") as database:
            with step(f"{size:,} offers of {RESELLERS:,} resellers"):
                bench.inside(database, inside.fill, offers=size, resellers=RESELLERS)
            with step("measuring"):
                found = bench.inside(database, inside.measure)
        for what, numbers in found.items():
            report.rows.append(
                {
                    "what": what,
                    "offers": size,
                    "ms": numbers["ms"],
                    "SQL statements": numbers["SQL statements"],
                }
            )
            limit = NIGHT if what.startswith("nightly") else WITHIN
            if what not in SHOWN and limit == WITHIN:
                continue
            report.goals.append(
                Goal(
                    f"{what}, {size:,} offers",
                    f"<= {limit:,} ms",
                    f"{numbers['ms']:,.0f} ms",
                    numbers["ms"] <= limit,
                )
            )
    return report
