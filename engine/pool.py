"""One pool of workers for all tests: what runs together, and what begins first.

The test files are put into chunks of some minutes. A chunk is one pytest process: an
addons' chunk has a fresh clone of a template database, a journeys' chunk shares its
servers. The longest chunk begins first, so that the workers end at about the same time.
How long a file takes is read from the last run (``durations.json`` in the run folder).

Why chunks, and not one process with one server and database per worker: a chunk costs
6.5 seconds of CPU on Odoo 17.0 (two small files in one chunk take 26.0, in two chunks
32.8): 2 for the clone, the rest for the registry, which each process loads. With
chunks of 200 seconds that is 3%. A process that lives as long as its worker would
save it, but needs files divided among workers beforehand, of which one then waits for
the other; and what a test leaves behind, a crash, or memory that grows would reach
all files after it. So a worker keeps nothing from chunk to chunk, and the files of a
chunk share everything.
"""

from __future__ import annotations

import heapq
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import processes

# Long enough that loading a registry once a chunk costs little, short enough that
# no worker is left with much more than the others.
CHUNK_SECONDS = 200.0
# For a file that never ran here: seconds of its start, and for each kilobyte.
GUESS_ADDON = (2.0, 0.8)
GUESS_JOURNEY = (10.0, 5.0)
# A file that is short and takes long says so, for all engines together.
SAID = re.compile(r"^SECONDS = (\d+)$", re.MULTILINE)


@dataclass
class Job:
    """Something for a worker to do.

    :param name: what it is called in the output
    :param seconds: how long it will take, as far as is known
    :param run: does it
    """

    name: str
    seconds: float
    run: Callable[[], None]


class Durations:
    """The seconds each test file took in its last run, by engine and file."""

    def __init__(self, path: Path) -> None:
        """:param path: the file they are kept in"""
        self.path = path
        self.seconds: dict[str, float] = {}
        # what this very run measured
        self.measured: dict[str, float] = {}
        try:
            self.seconds = json.loads(path.read_text())
        except (OSError, ValueError):
            self.seconds = {}

    def of(self, group: str, place: str, below: Path) -> float:
        """How long a test file will take.

        :param group: the engine's series for an addon's file, ``journeys`` otherwise
        :param place: the file below ``below``, or a test in it as pytest names it
        :return: seconds: of the last run, of another engine's, what the file says
            itself (:data:`SAID`), or a guess by its size
        """
        name = place.partition("::")[0]
        if (known := self.seconds.get(f"{group} {name}")) is not None:
            return known
        others = [
            seconds for key, seconds in self.seconds.items() if key.endswith(f" {name}")
        ]
        if others:
            return max(others)
        start, each = GUESS_JOURNEY if group == "journeys" else GUESS_ADDON
        file = below / name
        text = file.read_text() if file.is_file() else ""
        if said := SAID.search(text):
            return float(said[1])
        return start + each * len(text.encode()) / 1000

    def learn(self, group: str, report: Path) -> None:
        """Remember what a JUnit report of the family ``xunit1`` says.

        :param group: as for :meth:`of`
        :param report: the report; one that is missing or cut teaches nothing
        """
        try:
            cases = list(ElementTree.parse(report).getroot().iter("testcase"))
        except (OSError, ElementTree.ParseError):
            return
        found: dict[str, float] = defaultdict(float)
        for case in cases:
            if name := case.get("file"):
                found[f"{group} {name}"] += float(case.get("time") or 0)
        self.measured |= {key: round(seconds, 1) for key, seconds in found.items()}

    def save(self) -> None:
        """Write down what was measured, beside what other runs wrote meanwhile."""
        with processes.exclusive(self.path.with_suffix(".lock")):
            self.seconds = Durations(self.path).seconds | self.measured
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(self.seconds, indent=1, sort_keys=True))
            fresh.replace(self.path)

    def slowest(self, count: int) -> list[tuple[str, float]]:
        """The slowest files of this run, the slowest first.

        :param count: how many
        """
        ranked = sorted(self.measured.items(), key=lambda item: -item[1])
        return ranked[:count]


def chunks(
    files: Iterable[tuple[str, float]], limit: float = CHUNK_SECONDS
) -> list[tuple[list[str], float]]:
    """Put files into as few chunks of about ``limit`` seconds as hold them evenly.

    :param files: each with its seconds
    :param limit: seconds
    :return: the files of each chunk in their former order, and its seconds; the
        longest chunk first
    """
    known = list(files)
    if not known:
        return []
    order = {place: number for number, (place, _seconds) in enumerate(known)}
    total = sum(seconds for _place, seconds in known)
    count = min(len(known), max(1, math.ceil(total / limit)))
    bins: list[tuple[float, int, list[str]]] = [(0.0, n, []) for n in range(count)]
    for place, seconds in sorted(known, key=lambda item: -item[1]):
        held, number, places = heapq.heappop(bins)
        heapq.heappush(bins, (held + seconds, number, [*places, place]))
    return [
        (sorted(places, key=order.__getitem__), held)
        for held, _number, places in sorted(bins, key=lambda one: (-one[0], one[1]))
        if places
    ]


def perform(jobs: Iterable[Job], workers: int) -> None:
    """Do all jobs, the longest first.

    :param workers: how many at the same time
    :raises Exception: the first one that a job raised, after all have ended
    """
    ordered = sorted(jobs, key=lambda job: -job.seconds)
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        running = [pool.submit(job.run) for job in ordered]
    for future in running:
        future.result()
