"""Fixtures for tests across addons: real Odoo processes on a real PostgreSQL.

Engines, cluster and template databases are those of ``make test``. A test asks for
servers by role; each gets a database of its own, dropped afterwards.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from engine.cluster import Cluster, free_port
from engine.databases import clone_template
from engine.obtain.engines import Engine, all_engines
from engine.server import Odoo, OdooServer
from engine.testing import find_browser, odoo_for, start_cluster

from .faults.stage import Stage, make_stage

# its checks are shared by several files
pytest.register_assert_rewrite("tests.addon_installs")

# How often a test of chance or of races repeats itself: few times in continuous
# integration, a thousand times by `make test REPETITIONS=1000`.
REPETITIONS = int(os.environ.get("REPETITIONS", "20"))

# How long a check of a page waits for what it expects, on a busy machine too.
CHECK_MILLISECONDS = 20_000

ServerFactory = Callable[..., OdooServer]


@pytest.fixture(scope="session")
def engines() -> list[Engine]:
    """Every engine that can be had here, oldest series first."""
    return all_engines(os.environ.get("ENGINE", ""))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The private PostgreSQL cluster, running."""
    return start_cluster()


@pytest.fixture(scope="session")
def odoos(engines: list[Engine], cluster: Cluster) -> list[Odoo]:
    """For every engine, the place it works in, its addons ported."""
    found = [odoo_for(engine, cluster) for engine in engines]
    for odoo in found:
        odoo.port_addons()
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the engines of tests with ``odoo`` or ``pair``.

    A journey runs on the oldest engine found. Marked ``both_engines`` it runs on each
    (a pair is then two of the same); marked ``every_pair``, on every combination.
    """
    if {"odoo", "pair"}.isdisjoint(metafunc.fixturenames):
        return
    engines = all_engines(os.environ.get("ENGINE", ""))
    marked = metafunc.definition.get_closest_marker
    chosen = engines if marked("both_engines") or marked("every_pair") else engines[:1]
    if "odoo" in metafunc.fixturenames:
        metafunc.parametrize(
            "odoo", chosen, indirect=True, ids=lambda e: f"on{e.series[0]}"
        )
    if "pair" in metafunc.fixturenames:
        pairs = [(engine, engine) for engine in chosen]
        if marked("every_pair"):
            pairs = list(itertools.product(engines, repeat=2))
        metafunc.parametrize(
            "pair",
            pairs,
            indirect=True,
            ids=lambda p: f"{p[0].series[0]}to{p[1].series[0]}",
        )


def _of(engine: Engine, odoos: list[Odoo]) -> Odoo:
    return next(odoo for odoo in odoos if odoo.engine == engine)


@pytest.fixture(scope="module")
def odoo(request: pytest.FixtureRequest, odoos: list[Odoo]) -> Odoo:
    """One engine after the other."""
    return _of(request.param, odoos)


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, odoos: list[Odoo]) -> tuple[Odoo, Odoo]:
    """Channel's and dealer's engine, every combination."""
    channel, dealer = request.param
    return _of(channel, odoos), _of(dealer, odoos)


@pytest.fixture(scope="module")
def databases() -> Iterator[Callable[[Odoo, str], str]]:
    """Make fresh databases: ``databases(odoo, "suite")`` returns the name of one.

    Kinds are those of :func:`engine.databases.ensure_template`.
    """
    made: list[tuple[Odoo, str]] = []

    def make(odoo: Odoo, kind: str) -> str:
        name = f"journey_{kind}_{odoo.engine.series[0]}_{secrets.token_hex(3)}"
        clone_template(odoo, kind, name)
        made.append((odoo, name))
        return name

    yield make
    for odoo, name in made:
        odoo.drop(name)


@pytest.fixture(scope="module")
def serve(databases: Callable[[Odoo, str], str]) -> Iterator[ServerFactory]:
    """Start servers: ``serve(odoo, "dealer")`` answers when it returns.

    Crons do not run automatically unless asked for with ``"--max-cron-threads=1"``.
    """
    with ExitStack() as stack:

        def start(
            odoo: Odoo, kind: str = "", *options: str, database: str = "", **extra: dict
        ) -> OdooServer:
            name = database or databases(odoo, kind)
            options = options or ("--max-cron-threads=0",)
            server = odoo.serve(name, free_port(), *options, **extra)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def shared_server(cluster: Cluster) -> Iterator[Callable[[Odoo, str], OdooServer]]:
    """A server that many files use: ``shared_server(odoo, "suite")``.

    Each kind has one per engine and worker, started by the first test that asks. For
    tests that make what they look at, under names and users of their own, and change
    no settings; any other takes ``serve``.
    """
    servers: dict[tuple[str, str], OdooServer] = {}

    def get(odoo: Odoo, kind: str) -> OdooServer:
        key = (odoo.engine.name, kind)
        if key not in servers:
            database = f"journey_{kind}_{odoo.engine.series[0]}_{secrets.token_hex(3)}"
            clone_template(odoo, kind, database)
            servers[key] = odoo.serve(database, free_port(), "--max-cron-threads=0")
        return servers[key]

    yield get
    for server in servers.values():
        server.stop()
        server.odoo.drop(server.database)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine, without a window; each test makes its own pages."""
    expect.set_options(timeout=CHECK_MILLISECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, pair, databases, serve) -> Stage:
    """A channel and a dealer with a proxy between them, the connection tested.

    A file that wants another one than the push alone says so:
    ``pytestmark = pytest.mark.stage(kind="suite", timeout_seconds=5)``; ``addons``
    names what is installed beside the push.
    """
    marker = request.node.get_closest_marker("stage")
    wanted = dict(marker.kwargs) if marker else {}
    seconds = wanted.pop("timeout_seconds", None)
    made = make_stage(*pair, databases, serve, *wanted.pop("addons", ()), **wanted)
    if seconds:
        made.write_dealership(timeout_seconds=seconds)
    assert "✘" not in made.learn()
    return made


@pytest.fixture(autouse=True)
def reset_network(request: pytest.FixtureRequest) -> None:
    """Each test with a dealer starts on a network that works."""
    if "stage" in request.fixturenames:
        proxy = request.getfixturevalue("stage").proxy
        proxy.listen()
        proxy.forget()
