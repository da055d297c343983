"""What the suite adds to a write of a lead in the backend, against plain CRM.

The same writes by the same kind of user, on one lead and on a batch, in a database with
all addons and in one with Odoo's own modules alone: SQL statements, tracked changes
included, and the time of creating many leads.
"""

from __future__ import annotations

from statistics import median

from benchmarks.harness import Bench, Goal, Report
from engine.console import step

from . import inside

SIZES = (1, 100)
CREATED = 1_000
TURNS = 3
COLUMNS = ("what", "leads", "plain, SQL", "suite, SQL", "more")
KINDS = {"plain": "ground", "suite": "suite"}


def measure(bench: Bench) -> Report:
    """Count the statements of each write at each size; time the creation."""
    report = Report("Writes of leads, all addons against plain CRM", COLUMNS)
    found: dict[str, dict[str, dict[str, int]]] = {}
    created: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with bench.database("ground") as plain, bench.database("suite") as suite:
        databases = {"plain": plain, "suite": suite}
        for kind, database in databases.items():
            with step(f"writes, {kind}"):
                found[kind] = bench.inside(database, inside.writes, sizes=bench.sizes)
        # in turns, for what else runs on the machine
        for _turn in range(TURNS):
            for kind, database in databases.items():
                with step(f"{CREATED:,} leads, {kind}"):
                    created[kind].append(
                        bench.inside(database, inside.creation, size=CREATED)
                    )
    more = {}
    for what, by_size in found["plain"].items():
        for size, plain_count in by_size.items():
            suite_count = found["suite"][what][size]
            more[what, int(size)] = suite_count - plain_count
            report.rows.append(
                {
                    "what": what,
                    "leads": int(size),
                    "plain, SQL": plain_count,
                    "suite, SQL": suite_count,
                    "more": suite_count - plain_count,
                }
            )
    small, large = min(bench.sizes), max(bench.sizes)
    for what in found["plain"]:
        report.goals += [
            Goal(
                f"{what}: more statements for {small:,}",
                "<= 3",
                str(more[what, small]),
                more[what, small] <= 3,
            ),
            Goal(
                f"{what}: more for {large:,} than for {small:,}",
                "<= 3",
                str(more[what, large] - more[what, small]),
                more[what, large] - more[what, small] <= 3,
            ),
        ]
    seconds = {
        kind: median(turn["cpu_seconds"] for turn in turns)
        for kind, turns in created.items()
    }
    report.rows += [
        {
            "what": "create, without the commit",
            "leads": CREATED,
            "plain, SQL": created["plain"][-1]["statements"],
            "suite, SQL": created["suite"][-1]["statements"],
            "more": created["suite"][-1]["statements"]
            - created["plain"][-1]["statements"],
        }
    ]
    times = seconds["suite"] / seconds["plain"]
    report.notes.append(
        f"Creating {CREATED:,} leads, CPU seconds (median of {TURNS} turns): plain "
        f"{seconds['plain']:.3g}, suite {seconds['suite']:.3g}."
    )
    report.goals.append(
        Goal(
            f"time of creating {CREATED:,}, against plain CRM",
            "<= 1.1 times",
            f"{times:.2f} times",
            times <= 1.1,
        )
    )
    report.details["created"] = created
    return report
