"""How soon a reseller that registers a deal knows where it stands.

Registering looks for the customer among all leads, companies and registrations. The
time is that of submitting, from the check to the answer and all that is written.
"""

from __future__ import annotations

from benchmarks.harness import Bench, Goal, Report
from engine.console import step

from . import inside

SIZES = (20_000, 200_000)
LIMIT_MS = 300
COLUMNS = (
    "customer",
    "leads",
    "companies",
    "answer",
    "ms",
    "slowest ms",
    "CPU ms",
    "SQL",
)


def measure(bench: Bench) -> Report:
    """Measure each kind of customer at each size."""
    report = Report("Submitting a registration", COLUMNS)
    largest = max(bench.sizes)
    with bench.database("suite") as database:
        before = 0
        for size in sorted(bench.sizes):
            with step(f"{size:,} leads and {size // 2:,} companies"):
                bench.inside(database, inside.fill, leads=size, before=before)
            before = size
            with step(f"registrations beside {size:,} leads"):
                found = bench.inside(database, inside.submit)
            for customer, numbers in found.items():
                report.rows.append(
                    {
                        "customer": customer,
                        "leads": size,
                        "companies": size // 2,
                        **numbers,
                    }
                )
                if size == largest:
                    report.goals.append(
                        Goal(
                            f"{customer}, {size:,} leads",
                            f"<= {LIMIT_MS} ms",
                            f"{numbers['ms']:.0f} ms",
                            numbers["ms"] <= LIMIT_MS,
                        )
                    )
    report.notes.append("Medians of 15 in one process that has loaded everything.")
    return report
