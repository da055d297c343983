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
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .cluster import Cluster
from .console import Refusal, say, step
from .databases import (
    IMPORT,
    WEBSITE_GLUE,
    clone_template,
    ensure_template,
    suite_addons,
)
from .locations import REPOSITORY, ensure_room, run_folder
from .obtain import apt
from .obtain.engines import Engine, all_engines
from .pool import Durations, Job, chunks, perform
from .server import Odoo

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
NO_TESTS = 5  # pytest's exit code when nothing was collected
SECONDS_BETWEEN_SIGNS = 60
SLOWEST = 15
WARN_AFTER_SECONDS = 50 * 60
# Files of addon tests that would show the same on each series and take long: where
# several engines are tested, the oldest alone runs them.
ON_THE_OLDEST = ("test_matrix*.py", "test_fuzz*.py", "test_tours_*.py")


@dataclass
class Totals:
    """How many tests passed, failed and were skipped, and why they were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

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
            self.reasons.update(
                skip.get("message") or "no reason given"
                for skip in suite.iter("skipped")
            )
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


def find_browser() -> str:
    """The path of this machine's Chromium or Chrome.

    :raises Refusal: when there is none; :func:`ensure_browser` installs one
    """
    if found := next(filter(None, map(shutil.which, BROWSERS)), None):
        return found
    raise Refusal("There is no Chromium here: run `make test`, which installs one.")


def ensure_browser() -> None:
    """Make sure a Chromium is there for the tours.

    :raises Refusal: when there is none and it cannot be installed
    """
    if not any(map(shutil.which, BROWSERS)):
        with step("Installing Chromium"):
            apt.install(["chromium"], "run the browser tests")


def ensure_pdf_printer() -> None:
    """Make sure that Odoo can print PDF files, for the journey that reads one.

    The distribution's own wkhtmltopdf suffices.

    :raises Refusal: when there is none and it cannot be installed
    """
    if not shutil.which("wkhtmltopdf"):
        with step("Installing wkhtmltopdf"):
            apt.install(["wkhtmltopdf"], "print reports as PDF")


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
        "--durations=5",
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-log-level=error",
        f"--odoo-addons-path={odoo.addons_path()}",
        *(f"--odoo-extra={key}={value}" for key, value in extra.items()),
        "--odoo-extra=unaccent",
        *arguments,
    ]


def addon_jobs(
    odoo: Odoo,
    named: list[str],
    others: list[str],
    totals: Totals,
    durations: Durations,
    left_out: Iterable[str] = (),
) -> Iterator[Job]:
    """The addons' own tests on one engine, in chunks; each with its own database.

    :param named: the files or folders to run; none for all of them
    :param others: what pytest is told besides
    :param left_out: patterns of file names that are not run unless they are named
    """
    groups = {
        "suite": suite_addons(odoo),
        "website": [WEBSITE_GLUE],
        "import": [IMPORT],
    }
    series = odoo.engine.series[0]
    for kind, addons in groups.items():
        wanted = [place for place in named if place.split("/")[0] in addons]
        if named and not wanted:
            continue
        places = [
            place
            for place in _test_files(odoo.addons, wanted or addons)
            if place in named or not any(map(Path(place).match, left_out))
        ]
        timed = [
            (place, durations.of(str(series), place, odoo.addons)) for place in places
        ]
        for number, (chunk, seconds) in enumerate(chunks(timed), 1):
            yield Job(
                name=f"addons on Odoo {odoo.engine.name}, {kind} {number}",
                seconds=seconds,
                run=partial(
                    _run_addon_chunk,
                    odoo,
                    kind,
                    number,
                    others + chunk,
                    totals,
                    durations,
                ),
            )


def _test_files(below: Path, places: Iterable[str]) -> list[str]:
    """Folders replaced by the test files in them; files and tests stay as named."""
    found: list[str] = []
    for place in places:
        folder = below / place
        if place.endswith(".py") or "::" in place:
            found.append(place)
        else:
            files = sorted(folder.rglob("test_*.py"))
            found += [str(path.relative_to(below)) for path in files]
    return list(dict.fromkeys(found))


def _run_addon_chunk(
    odoo: Odoo,
    kind: str,
    number: int,
    arguments: list[str],
    totals: Totals,
    durations: Durations,
) -> None:
    series = str(odoo.engine.series[0])
    database = f"test_{kind}_{series}_{number}"
    clone_template(odoo, kind, database)
    report = odoo.folder / f"tests-{kind}-{number}.xml"
    _pytest(
        f"addons on Odoo {odoo.engine.name}, {kind} {number}",
        addon_tests_command(odoo, database, arguments),
        cwd=odoo.addons,
        environment={**odoo.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        report=report,
        totals=totals,
    )
    durations.learn(series, report)
    odoo.drop(database)


def journey_jobs(
    named: list[str], others: list[str], totals: Totals, durations: Durations
) -> Iterator[Job]:
    """``tests/``: what spans addons, processes and engines, in chunks.

    Parameters as for :func:`addon_jobs`.
    """
    places = _test_files(REPOSITORY, named or ["tests"])
    timed = [(place, durations.of("journeys", place, REPOSITORY)) for place in places]
    for number, (chunk, seconds) in enumerate(chunks(timed), 1):
        yield Job(
            name=f"journeys {number}",
            seconds=seconds,
            run=partial(_run_journey_chunk, number, others + chunk, totals, durations),
        )


def _run_journey_chunk(
    number: int, arguments: list[str], totals: Totals, durations: Durations
) -> None:
    report = run_folder() / f"journeys-{number}.xml"
    _pytest(
        f"journeys {number}",
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:odoo"]
        + ["-q", "--durations=5", *arguments],
        cwd=REPOSITORY,
        environment={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        report=report,
        totals=totals,
    )
    durations.learn("journeys", report)


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
            # this family names each test's file
            [*command, f"--rootdir={cwd}", f"--junitxml={report}"]
            + ["-o", "junit_family=xunit1"],
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
    names = " and ".join(engine.name for engine in engines)
    say(f"Testing on Odoo {names}")
    ensure_browser()
    cluster = start_cluster()
    odoos = [odoo_for(engine, cluster) for engine in engines]
    workers = os.cpu_count() or 1
    durations = Durations(run_folder() / "durations.json")
    jobs: list[Job] = []
    if addons or not journeys:
        for odoo in odoos:
            odoo.port_addons()
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(lambda odoo: ensure_template(odoo, "suite"), odoos))
        oldest = min(odoos, key=lambda odoo: odoo.engine.series)
        for odoo in odoos:
            left_out = () if odoo is oldest else ON_THE_OLDEST
            jobs += addon_jobs(odoo, addons, others, totals, durations, left_out)
    if journeys or not addons:
        jobs += journey_jobs(journeys, others, totals, durations)
    perform(jobs, workers)
    durations.save()
    for line in closing_lines(names, time.monotonic() - started, totals, durations):
        say(line)
    if not totals.passed and not totals.failed:
        raise Refusal("No test ran: look at ARGS and ENGINE.")
    return 0 if totals.green else 1


def closing_lines(
    engines: str, seconds: float, totals: Totals, durations: Durations
) -> Iterator[str]:
    """The last lines of ``make test``; the very last one counts the tests.

    :param engines: the names of the engines that were there
    :param seconds: how long it took; ``CI_STARTED`` (seconds since 1970) says when the
        whole run began, lint included
    """
    yield "\nThe slowest files:"
    for name, took in durations.slowest(SLOWEST):
        yield f"{took:7.0f} s  {name}"
    for reason, count in sorted(totals.reasons.items()):
        yield f"Skipped ({count}): {reason}"
    yield from totals.problems
    whole = seconds
    if (began := os.environ.get("CI_STARTED", "")).isdigit():
        whole = time.time() - int(began)
    yield f"Tested on Odoo {engines} in {seconds:.0f} s."
    if " and " in engines:
        yield f"On the oldest of them only: journeys, {', '.join(ON_THE_OLDEST)}."
    if whole > WARN_AFTER_SECONDS:
        yield (
            f"WARNING: all of it took {whole / 60:.0f} minutes, more than "
            f"{WARN_AFTER_SECONDS // 60}: shorten the slowest files."
        )
    yield f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped"
