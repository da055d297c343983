"""Odoo's own CRM tests, with the pipeline rules installed and without them.

``python -m tests.peer_crm --engine 17`` runs the tests of ``crm`` twice on each engine:
in a stock database, and in a copy of it where ``crm_lead_pipeline_rules`` is installed.
They run on the loaded registry: while an addon is being installed the tests would not
meet ours. What fails with the rules alone has to be listed in
``peer_crm_expected.json``, each test with the reason why it cannot pass.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ADDON = "crm_lead_pipeline_rules"
EXPECTED = Path(__file__).with_name("peer_crm_expected.json")
FINISHED = (0, 1)  # pytest's exit codes: all passed, or some failed


@dataclass
class Results:
    """The tests of one run: all of them, and those that failed with their message."""

    ran: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, report: Path) -> Results:
        """Read a JUnit report; tests are named ``module.Class.test``."""
        results = cls()
        for case in ElementTree.parse(report).iter("testcase"):
            place = (case.get("classname") or "").split(".")[-2:]
            name = ".".join([*place, case.get("name") or ""])
            results.ran.add(name)
            for kind in ("failure", "error"):
                problem = case.find(kind)
                if problem is not None:
                    message = problem.get("message") or "no message"
                    results.failed[name] = message.splitlines()[0]
        return results


@dataclass
class Comparison:
    """What the rules change in Odoo's own tests."""

    explained: dict[str, str]
    unexplained: dict[str, str]
    passing: list[str]  # listed as failing, and they pass
    noise: list[str]  # fail without the rules as well
    missing: list[str]  # ran in one of the two runs only

    @property
    def good(self) -> bool:
        """Whether every difference is listed, and the list is up to date."""
        return not (self.unexplained or self.passing or self.missing)


def expected_for(series: str, path: Path = EXPECTED) -> dict[str, str]:
    """The listed tests of one series, with their reasons."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: entry["reason"]
        for name, entry in entries.items()
        if series in entry["series"]
    }


def compare(plain: Results, ruled: Results, expected: dict[str, str]) -> Comparison:
    """Hold the failures of both runs against the list."""
    new = {name: why for name, why in ruled.failed.items() if name not in plain.failed}
    return Comparison(
        explained={name: expected[name] for name in new if name in expected},
        unexplained={name: why for name, why in new.items() if name not in expected},
        passing=sorted(name for name in expected if name in ruled.ran - set(new)),
        noise=sorted(plain.failed),
        missing=sorted(plain.ran ^ ruled.ran),
    )


def lines_of(
    series: str,
    ruled: Results,
    comparison: Comparison,
    module: str = "crm",
    ours: str = "the rules",
) -> Iterable[str]:
    """The findings of one engine, for people.

    :param ruled: the run with our addons
    :param module: whose tests they are
    :param ours: what is installed beside it
    """
    yield (
        f"Odoo {series}: {len(ruled.ran)} tests of {module}, "
        f"{len(ruled.ran) - len(ruled.failed)} pass with {ours} installed"
    )
    for name, reason in sorted(comparison.explained.items()):
        yield f"  listed     {name}\n             {reason}"
    for name, message in sorted(comparison.unexplained.items()):
        yield f"  NOT LISTED {name}\n             {message}"
    for name in comparison.passing:
        yield f"  PASSES     {name} is listed as failing"
    for name in comparison.missing:
        yield f"  MISSING    {name} ran in one of the two runs only"
    for name in comparison.noise:
        yield f"  stock      {name} fails without {ours} as well"


def run_tests(
    odoo, database: str, report: Path, only: Iterable[str] = (), module: str = "crm"
) -> Results:
    """Run a module's tests in a database, on the registry with all its addons.

    :param module: the module of Odoo's whose tests are run
    :param only: names of test files, where not all of them are to run
    :raises SystemExit: when the run did not come to its end
    """
    from engine.testing import addon_tests_command

    tests = next(
        path / module / "tests"
        for path in odoo.engine.addons_paths
        if (path / module / "tests").is_dir()
    )
    places = [str(tests / name) for name in only or [""]]
    command = addon_tests_command(odoo, database, places)
    report.unlink(missing_ok=True)
    log = report.with_suffix(".log")
    with log.open("w") as output:
        done = subprocess.run(
            [*command, f"--junitxml={report}"],
            cwd=odoo.addons,
            env={**odoo.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode not in FINISHED or not report.exists():
        raise SystemExit(f"The tests of {module} did not run to their end: see {log}")
    return Results.read(report)


def run_on(odoo, only: Iterable[str] = ()) -> tuple[Results, Results]:
    """Both runs on one engine, in two clones of the stock database."""
    from engine.databases import clone_template

    from .helpers import run_scene

    number = odoo.engine.series[0]
    plain, ruled = f"peer_plain_{number}", f"peer_rules_{number}"
    odoo.port_addons()
    for database in (plain, ruled):
        clone_template(odoo, "ground", database)
        run_scene(odoo, database, "leave_out_missing_library")
    odoo.install(ruled, [ADDON])
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [
            pool.submit(
                run_tests, odoo, database, odoo.folder / f"{database}.xml", only
            )
            for database in (plain, ruled)
        ]
    for database in (plain, ruled):
        odoo.drop(database)
    return runs[0].result(), runs[1].result()


def report_on(series: str, plain: Results, ruled: Results) -> bool:
    """Print the findings of one engine, and say whether they are as expected."""
    comparison = compare(plain, ruled, expected_for(series))
    print("\n".join(lines_of(series, ruled, comparison)), flush=True)
    return comparison.good


def main(argv: list[str] | None = None) -> int:
    """Command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="", help="a series, such as 17; else all")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="FILE",
        help="run these files of crm's tests, such as test_crm_ui.py",
    )
    parser.add_argument(
        "--reports",
        nargs=2,
        type=Path,
        metavar=("PLAIN", "RULES"),
        help="compare two JUnit reports of that series instead of running anything",
    )
    args = parser.parse_args(argv)
    if args.reports:
        series = args.engine if "." in args.engine else f"{args.engine}.0"
        return 0 if report_on(series, *map(Results.read, args.reports)) else 1
    from engine.obtain.engines import all_engines
    from engine.testing import ensure_browser, odoo_for, start_cluster

    ensure_browser()
    cluster = start_cluster()
    good = True
    for engine in all_engines(args.engine):
        series = "{}.{}".format(*engine.series[:2])
        good &= report_on(series, *run_on(odoo_for(engine, cluster), args.only))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
