"""The other turns of an offer, against assigning the same leads.

Expired and offered on, declined and offered on, given back, withdrawn, and told by
mail: each on leads of its own, in one process, at the same moment of the machine.
"""

from __future__ import annotations

from benchmarks.harness import Bench, Goal, Report
from engine.console import step

from . import inside

SIZES = (100, 1_000)
RESELLERS = 200
TOLD = "told by mail"
# what Odoo needs for the history, and for a mail: no turn can do without
FLOORS = ("Odoo: a note each", "Odoo: a mail each")
COLUMNS = (
    "turn",
    "leads",
    "seconds",
    "CPU seconds",
    "times assigning",
    "SQL statements",
    "with commit, seconds",
    "with commit, SQL",
)


def measure(bench: Bench) -> Report:
    """Measure each turn at each size."""
    report = Report(f"Turns of offers, {RESELLERS} resellers", COLUMNS)
    found: dict[tuple[str, int], dict[str, float]] = {}
    with bench.database("suite") as database:
        with step(f"{RESELLERS} resellers"):
            bench.inside(database, inside.prepare, resellers=RESELLERS)
        for size in bench.sizes:
            with step(f"{size:,} offers"):
                turns = bench.inside(database, inside.turns, size=size)
            for turn, numbers in turns.items():
                found[turn, size] = numbers
                report.rows.append(
                    {
                        "turn": turn,
                        "leads": size,
                        "seconds": numbers["seconds"],
                        "CPU seconds": numbers["cpu_seconds"],
                        "times assigning": numbers["cpu_seconds"]
                        / turns["assigned"]["cpu_seconds"],
                        "SQL statements": numbers["statements"],
                        "with commit, seconds": numbers["to_commit_seconds"],
                        "with commit, SQL": numbers["to_commit_statements"],
                    }
                )
    small, large = min(bench.sizes), max(bench.sizes)
    for turn in {turn for turn, _size in found if turn not in ("assigned", *FLOORS)}:
        cost = found[turn, large]["cpu_seconds"]
        assigning = found["assigned", large]["cpu_seconds"]
        least = found[FLOORS[turn == TOLD], large]["cpu_seconds"]
        more = found[turn, large]["statements"] - found[turn, small]["statements"]
        report.goals += [
            Goal(
                f"{turn}: CPU seconds of {large:,}, against assigning",
                "<= 3 times",
                f"{cost / assigning:.1f} times",
                cost <= 3 * assigning,
            ),
            Goal(
                f"{turn}: against assigning and {FLOORS[turn == TOLD]}",
                "<= 3 times",
                f"{cost / (assigning + least):.1f} times",
                cost <= 3 * (assigning + least),
            ),
            Goal(
                f"{turn}: statements of {large:,}, against {small:,}",
                "<= 20 more for each 1,000",
                f"{more:,.0f} more",
                more <= 20,
            ),
        ]
    report.goals.sort(key=lambda goal: goal.text)
    return report
