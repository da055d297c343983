"""What every benchmark shares: an engine, databases, tables, files with results.

A benchmark is a package below this folder with

* ``SIZES``, the sizes it is measured at when none are asked for;
* ``measure(bench)``, which returns a :class:`Report`.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.console import say
from engine.databases import clone_template
from engine.locations import REPOSITORY, run_folder
from engine.obtain.engines import all_engines, find_engine
from engine.server import Odoo
from engine.testing import odoo_for, start_cluster


@dataclass(frozen=True)
class Goal:
    """One number to reach, and the number that was reached."""

    text: str
    wanted: str
    measured: str
    met: bool


@dataclass
class Report:
    """What a benchmark found: rows for the table, everything for the JSON file."""

    title: str
    columns: Sequence[str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


class Bench:
    """One benchmark on one engine."""

    def __init__(self, name: str, sizes: list[int] | None = None) -> None:
        self.name = name
        self.asked_sizes = sizes
        self.sizes: list[int] = sizes or []

    @cached_property
    def odoo(self) -> Odoo:
        """The engine to measure on: ``ENGINE=19`` chooses, as in ``make test``."""
        wanted = os.environ.get("ENGINE", "")
        engine = all_engines(wanted)[0] if wanted else find_engine()
        odoo = odoo_for(engine, start_cluster())
        odoo.port_addons()
        return odoo

    @contextmanager
    def database(self, kind: str) -> Iterator[str]:
        """A fresh clone of a template database, dropped afterwards."""
        name = f"bench_{self.name}_{self.odoo.engine.series[0]}_{secrets.token_hex(3)}"
        clone_template(self.odoo, kind, name)
        try:
            yield name
        finally:
            self.odoo.drop(name)

    def inside(
        self, database: str, function: Callable[..., Any], **arguments: Any
    ) -> Any:
        """Call ``function(env, **arguments)`` in a fresh Odoo process, and commit.

        Arguments and the answer travel as JSON.
        """
        script = (
            "import importlib, json, sys\n"
            f"sys.path.insert(0, {str(REPOSITORY)!r})\n"
            f"module = importlib.import_module({function.__module__!r})\n"
            f"function = getattr(module, {function.__name__!r})\n"
            f"answer = function(env, **json.loads({json.dumps(arguments)!r}))\n"
            "print('>> ' + json.dumps(answer))\n"
        )
        return json.loads(self.odoo.shell(database, script).splitlines()[-1])

    def run(self, module: ModuleType) -> Report:
        """Measure, print the table, write the JSON file."""
        self.sizes = self.asked_sizes or list(module.SIZES)
        report = module.measure(self)
        say(
            f"\n{report.title} (Odoo {self.odoo.engine.name}, {machine()['summary']})\n"
        )
        say(table(report.columns, report.rows))
        for note in report.notes:
            say(f"\n{note}")
        if report.goals:
            say("\nGoals")
            rows = [
                {**asdict(g), "met": "yes" if g.met else "NO"} for g in report.goals
            ]
            say(table(("text", "wanted", "measured", "met"), rows))
        say(f"\nWritten to {self.write(report)}")
        return report

    def write(self, report: Report) -> Path:
        """Write the report as JSON into ``RESULTS``, by default in the run folder."""
        folder = Path(
            os.environ.get("RESULTS") or run_folder() / "results"
        ).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}-{self.odoo.engine.name}.json"
        content = {
            "benchmark": self.name,
            "engine": self.odoo.engine.name,
            "measured_on": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "revision": revision(),
            "machine": machine(),
            "sizes": self.sizes,
            **asdict(report),
        }
        path.write_text(json.dumps(content, indent=2) + "\n")
        return path


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    memory = 0.0
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            memory = int(line.split()[1]) / 1024**2
    cores = os.cpu_count() or 1
    python = platform.python_version()
    return {
        "cores": cores,
        "model": model,
        "memory_gb": round(memory, 1),
        "python": python,
        "summary": f"{cores} cores, {memory:.0f} GB, Python {python}",
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def revision() -> str:
    """The commit that was measured, with a ``+`` where files differ from it."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty=+"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Rows as a Markdown table; numbers stand on the right."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    numeric = [
        all(isinstance(row.get(column), int | float | None) for row in rows)
        for column in columns
    ]
    widths = [
        max(len(column), *(len(line[index]) for line in cells), 3)
        for index, column in enumerate(columns)
    ]

    def line_of(values: Sequence[str]) -> str:
        padded = (
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join(
        "-" * (width + 1) + (":" if right else "-")
        for width, right in zip(widths, numeric, strict=True)
    )
    return "\n".join([line_of(columns), f"|{rule}|", *map(line_of, cells)])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
