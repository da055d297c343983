"""What the suite adds to plain CRM where no reseller is concerned: writing, creating.

The same leads are written to and created in two databases, one with plain CRM and one
with all addons of the suite, in turns.
"""

from __future__ import annotations

from typing import Any

from benchmarks.harness import Bench, Goal, Report
from engine.console import step

from . import inside

SIZES = (1_000,)
ROUNDS = 6
PLAIN, SUITE = "CRM", "suite"
MORE_STATEMENTS = 3
TIMES = 1.1
COLUMNS = ("work", "leads", "who", "SQL statements", "CPU seconds")


def measure(bench: Bench) -> Report:
    """Measure writes of one lead and of a hundred, and creating leads."""
    report = Report("Leads of people who have nothing to do with resellers", COLUMNS)
    found: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    with bench.database("ground") as plain, bench.database("suite") as suite:
        for database in (plain, suite):
            bench.inside(database, inside.settle)
        for number in range(ROUNDS):
            for who, database in ((PLAIN, plain), (SUITE, suite)):
                with step(f"{who}, round {number + 1} of {ROUNDS}"):
                    answers = bench.inside(database, inside.work, sizes=bench.sizes)
                for answer in answers:
                    key = (answer["work"], who, answer["leads"])
                    found.setdefault(key, []).append(answer)
    for (work, who, leads), answers in found.items():
        report.rows.append(
            {
                "work": work,
                "leads": leads,
                "who": who,
                "SQL statements": min(a["statements"] for a in answers),
                # whatever else the machine does only adds to it
                "CPU seconds": min(a["cpu_seconds"] for a in answers),
            }
        )
    report.rows.sort(key=lambda row: (row["work"], row["leads"], row["who"]))
    report.goals = _goals({(r["work"], r["who"], r["leads"]): r for r in report.rows})
    return report


def _goals(rows: dict[tuple[str, str, int], dict[str, Any]]) -> list[Goal]:
    goals = []
    for (work, who, leads), ours in rows.items():
        if who != SUITE:
            continue
        theirs = rows[work, PLAIN, leads]
        if work == "create":
            times = ours["CPU seconds"] / theirs["CPU seconds"]
            goals.append(
                Goal(
                    f"{work} {leads:,}: CPU seconds against plain CRM",
                    f"<= {TIMES} times",
                    f"{times:.2f} times",
                    times <= TIMES,
                )
            )
            continue
        more = ours["SQL statements"] - theirs["SQL statements"]
        goals.append(
            Goal(
                f"{work}, {leads:,} leads: more SQL statements than plain CRM",
                f"<= {MORE_STATEMENTS}",
                f"{more:,}",
                more <= MORE_STATEMENTS,
            )
        )
    return goals
