"""Assigning leads: the suite, and Odoo's own ``assign_partner`` lead by lead.

Both work on the same partners and leads of one database, at true coordinates. Odoo's
module is measured before the suite is installed there, so that neither slows the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.harness import Bench, Goal, Report
from engine.console import say, step

from . import inside

SIZES = (1_000, 10_000, 100_000)
RESELLERS = 1_000
TOWN_LEADS = 5_000
BATCH_LEADS = 1_000  # enough to see that one reseller gets them all
ODOO_AT_MOST = 10_000  # leads: its speed does not depend on how many follow
SUITE, ODOO, ODOO_BATCH = "suite", "Odoo, lead by lead", "Odoo, one call"
FLOOR = "bare SQL"  # the two bulk writes of the suite and nothing else
COLUMNS = (
    "who",
    "leads",
    "assigned",
    "seconds",
    "leads/s",
    "CPU seconds",
    "SQL statements",
    "with commit, leads/s",
    "with commit, SQL",
    "added MB",
)


def share_error(shares: Sequence[int], weights: Sequence[int]) -> float:
    """The largest gap between a share and what its weight asks for, in percent."""
    total, weight = sum(shares), sum(weights)
    if not total:
        return 100.0
    return max(
        abs(share / total - w / weight) * 100
        for share, w in zip(shares, weights, strict=True)
    )


def chi_square_p(shares: Sequence[int], weights: Sequence[int]) -> float:
    """How likely such shares, or odder ones, are when weights decide alone.

    :raises ValueError: for an even number of shares, whose formula is not this one
    """
    if len(shares) % 2 == 0:
        raise ValueError("give an odd number of shares")
    total, weight = sum(shares), sum(weights)
    if not total:
        return 0.0
    expected = [total * w / weight for w in weights]
    half = sum((s - e) ** 2 / e for s, e in zip(shares, expected, strict=True)) / 2
    terms = range((len(shares) - 1) // 2)
    return math.exp(-half) * sum(half**k / math.factorial(k) for k in terms)


def _row(who: str, leads: int, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "who": who,
        "leads": leads,
        "assigned": found["assigned"],
        "seconds": found["seconds"],
        "leads/s": leads / found["seconds"],
        "CPU seconds": found["cpu_seconds"],
        "SQL statements": found["statements"],
        "with commit, leads/s": leads / found["to_commit_seconds"],
        "with commit, SQL": found["to_commit_statements"],
        "added MB": found["added_mb"],
    }


def measure(bench: Bench) -> Report:
    """Measure both at each size, and how well each follows the weights."""
    report = Report(f"Assignment of leads to {RESELLERS:,} resellers", COLUMNS)
    shares: dict[str, list[int]] = {}
    with bench.database("partner") as database:
        with step(f"{max(bench.sizes):,} leads, {RESELLERS:,} resellers"):
            first = bench.inside(
                database,
                inside.prepare,
                resellers=RESELLERS,
                leads=max(bench.sizes),
                town_leads=TOWN_LEADS,
            )
        for size in bench.sizes:
            count = min(size, ODOO_AT_MOST)
            if count != size:
                continue
            found = _measured(bench, database, ODOO, first["spread"], count)
            report.rows.append(_row(ODOO, count, found))
        if not report.rows:
            found = _measured(bench, database, ODOO, first["spread"], ODOO_AT_MOST)
            report.rows.append(_row(ODOO, ODOO_AT_MOST, found))
        for who, count in ((ODOO, TOWN_LEADS), (ODOO_BATCH, BATCH_LEADS)):
            found = _measured(bench, database, who, first["town"], count)
            shares[who] = found["shares"]
        with step("Installing the suite beside it and importing the resellers"):
            bench.odoo.install(database, ["crm_reseller_import_odoo"], demo=False)
            report.details["program"] = bench.inside(database, inside.import_program)
        for size in bench.sizes:
            for who in (FLOOR, SUITE):
                found = _measured(bench, database, who, first["spread"], size)
                report.rows.append(_row(who, size, found))
        found = _measured(bench, database, SUITE, first["town"], TOWN_LEADS)
        shares[SUITE] = found["shares"]
    report.details["shares"] = {
        who: {
            "weights": inside.TOWN_WEIGHTS,
            "leads": found,
            "error_points": share_error(found, inside.TOWN_WEIGHTS),
            "chi_square_p": chi_square_p(found, inside.TOWN_WEIGHTS),
        }
        for who, found in shares.items()
    }
    report.notes = [
        f"Shares of {TOWN_LEADS:,} leads ({BATCH_LEADS:,} in one call) in one town, "
        f"over weights {', '.join(map(str, inside.TOWN_WEIGHTS))}:",
        *(
            f"  {who}: {found['leads']}, off by {found['error_points']:.2f} points at "
            f"most, chi-square p {found['chi_square_p']:.3g}"
            for who, found in report.details["shares"].items()
        ),
    ]
    report.goals = goals(report)
    return report


def _measured(
    bench: Bench, database: str, who: str, first: int, size: int
) -> dict[str, Any]:
    function = {
        SUITE: inside.suite,
        ODOO: inside.odoo_lead_by_lead,
        ODOO_BATCH: inside.odoo_batch,
        FLOOR: inside.floor,
    }[who]
    with step(f"{who}: {size:,} leads"):
        found = bench.inside(database, function, first=first, size=size)
    say(
        f"   {size / found['seconds']:,.0f} leads/s, {found['statements']:,} statements"
    )
    return found


def goals(report: Report) -> list[Goal]:
    """Compare with the numbers to reach, where their sizes were measured."""
    rows = {(row["who"], row["leads"]): row for row in report.rows}
    found = []
    ours, theirs = rows.get((SUITE, 10_000)), rows.get((ODOO, 10_000))
    if ours and theirs:
        ratio = ours["leads/s"] / theirs["leads/s"]
        done = ours["with commit, leads/s"] / theirs["with commit, leads/s"]
        found.append(
            Goal(
                "leads/s at 10,000 leads, against Odoo lead by lead",
                ">= 20 times",
                f"{ratio:.1f} times; {done:.1f} times with the commit",
                ratio >= 20,
            )
        )
        statements = ours["with commit, SQL"]
        found.append(
            Goal(
                "SQL statements for 10,000 leads, commit included",
                "<= 60",
                f"{statements:,}",
                statements <= 60,
            )
        )
    least = rows.get((FLOOR, 10_000))
    if ours and least:
        times = ours["CPU seconds"] / least["CPU seconds"]
        found.append(
            Goal(
                "CPU seconds for 10,000 leads, against its two writes as bare SQL",
                "<= 1.3 times",
                f"{times:.2f} times",
                times <= 1.3,
            )
        )
    huge = rows.get((SUITE, 100_000))
    if ours and huge:
        times = huge["seconds"] / ours["seconds"]
        found.append(
            Goal(
                "time for 100,000 leads, against 10,000",
                "<= 11 times",
                f"{times:.1f} times",
                times <= 11,
            )
        )
        added = huge["added MB"]
        found.append(
            Goal("memory for 100,000 leads", "<= 60 MB", f"{added:.0f} MB", added <= 60)
        )
    p = report.details["shares"][SUITE]["chi_square_p"]
    found.append(
        Goal(
            "shares follow the weights: chi-square p", "> 0.001", f"{p:.3g}", p > 0.001
        )
    )
    return found
