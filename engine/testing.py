"""``make test``: every test on every engine that can be had."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import apt
from .cluster import Cluster
from .console import Refusal, say, step
from .databases import (
    IMPORT,
    WEBSITE_GLUE,
    clone_template,
    ensure_template,
    suite_addons,
)
from .engines import Engine, all_engines
from .locations import REPOSITORY, ensure_room, run_folder
from .server import Odoo

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
NO_TESTS = 5  # pytest's exit code when nothing was collected
SECONDS_BETWEEN_SIGNS = 60


@dataclass
class Totals:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, report: Path, name: str, code: int) -> None:
        """Count a pytest run by its JUnit report and exit code."""
        try:
            suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
        except (OSError, ElementTree.ParseError):
            suites = []
        tests = wrong = skipped = 0
        for suite in suites:
            tests += int(suite.get("tests", 0))
            wrong += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
        self.passed += max(0, tests - wrong - skipped)
        self.failed += wrong
        self.skipped += skipped
        if code not in (0, NO_TESTS) and not wrong:
            self.failed += 1
        if code not in (0, NO_TESTS):
            self.problems.append(f"{name}: pytest ended with {code}")

    @property
    def green(self) -> bool:
        """Whether something ran and all of it passed."""
        return self.passed > 0 and not self.failed and not self.problems


def ensure_browser() -> None:
    """Make sure a Chromium is there for the tours.

    :raises Refusal: when there is none and it cannot be installed
    """
    if not any(map(shutil.which, BROWSERS)):
        with step("Installing Chromium"):
            apt.install(["chromium"], "run the browser tests")


def odoo_for(engine: Engine, cluster: Cluster) -> Odoo:
    """The place in the run folder where this engine works."""
    return Odoo(engine, cluster, run_folder() / f"odoo-{engine.name}")


def start_cluster() -> Cluster:
    """The run folder's PostgreSQL, started."""
    ensure_room(run_folder())
    return Cluster(run_folder() / "postgresql").start()


def addon_tests_command(odoo: Odoo, database: str, arguments: list[str]) -> list[str]:
    """The pytest call for addons' own tests on one engine.

    :param arguments: pytest's own, the tests to run among them
    """
    extra = {
        "db_host": "127.0.0.1",
        "db_port": odoo.cluster.port,
        "db_user": odoo.cluster.user,
        "data-dir": odoo.data_dir,
    }
    return [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-q",
        "--durations=10",
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-log-level=error",
        f"--odoo-addons-path={odoo.addons_path()}",
        *(f"--odoo-extra={key}={value}" for key, value in extra.items()),
        *arguments,
    ]


def run_addon_tests(
    odoo: Odoo, named: list[str], others: list[str], totals: Totals
) -> None:
    """Run the addons' own tests on one engine, in fresh clones of the templates.

    :param named: the files or folders to run; none for all of them
    :param others: what pytest is told besides
    """
    groups = {
        "suite": suite_addons(odoo),
        "website": [WEBSITE_GLUE],
        "import": [IMPORT],
    }
    for kind, addons in groups.items():
        wanted = [place for place in named if place.split("/")[0] in addons]
        if named and not wanted:
            continue
        database = f"test_{kind}_{odoo.engine.series[0]}"
        clone_template(odoo, kind, database)
        places = wanted or [f"{addon}/tests" for addon in addons]
        _pytest(
            f"addons on Odoo {odoo.engine.name}, {kind}",
            addon_tests_command(odoo, database, others + places),
            cwd=odoo.addons,
            environment={**odoo.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
            report=odoo.folder / f"tests-{kind}.xml",
            totals=totals,
        )


def run_journeys(named: list[str], others: list[str], totals: Totals) -> None:
    """Run ``tests/``: what spans addons, processes and engines.

    Parameters as for :func:`run_addon_tests`.
    """
    _pytest(
        "journeys",
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:odoo"]
        + ["-q", "--durations=10", f"--numprocesses={os.cpu_count() or 1}"]
        # a file's tests share servers: they stay together
        + ["--dist=loadfile", *others, *(named or ["tests"])],
        cwd=REPOSITORY,
        environment={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        report=run_folder() / "journeys.xml",
        totals=totals,
    )


_printing = threading.Lock()


def _pytest(
    name: str,
    command: list[str],
    *,
    cwd: Path,
    environment: dict[str, str],
    report: Path,
    totals: Totals,
) -> None:
    """Run one pytest; print its output in one piece, with signs of life meanwhile."""
    report.unlink(missing_ok=True)
    started = shown = time.monotonic()
    output = report.with_suffix(".log")
    with output.open("w") as log:
        process = subprocess.Popen(
            [*command, f"--junitxml={report}"],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            time.sleep(0.5)
            if time.monotonic() - shown > SECONDS_BETWEEN_SIGNS:
                shown = time.monotonic()
                say(f"   ... {name}: {shown - started:.0f} s")
    with _printing:
        say(f"\n===== {name}: {time.monotonic() - started:.0f} s =====")
        say(output.read_text(errors="replace").rstrip())
        totals.add(report, name, process.returncode)


def main() -> int:
    """Run the tests that ``ENGINE`` and ``ARGS`` ask for; all of them by default."""
    arguments = shlex.split(os.environ.get("ARGS", ""))
    journeys = [argument for argument in arguments if argument.startswith("tests/")]
    addons = [argument for argument in arguments if argument.startswith("crm_")]
    others = [a for a in arguments if a not in (*journeys, *addons)]
    totals = Totals()
    started = time.monotonic()
    engines = all_engines(os.environ.get("ENGINE", ""))
    say(f"Testing on Odoo {' and '.join(engine.name for engine in engines)}")
    ensure_browser()
    cluster = start_cluster()
    odoos = [odoo_for(engine, cluster) for engine in engines]
    if addons or not journeys:
        for odoo in odoos:
            odoo.port_addons()
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            list(pool.map(lambda odoo: ensure_template(odoo, "suite"), odoos))
            list(pool.map(lambda o: run_addon_tests(o, addons, others, totals), odoos))
    if journeys or not addons:
        run_journeys(journeys, others, totals)
    for problem in totals.problems:
        say(problem)
    say(f"Tested in {time.monotonic() - started:.0f} s.")
    say(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    if not totals.passed and not totals.failed:
        raise Refusal("No test ran: look at ARGS and ENGINE.")
    return 0 if totals.green else 1
