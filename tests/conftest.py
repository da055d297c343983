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

from engine.cluster import Cluster, free_port
from engine.databases import clone_template
from engine.engines import Engine, all_engines
from engine.server import Odoo, OdooServer
from engine.testing import odoo_for, start_cluster

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
    """Run tests with ``odoo`` on every engine, with ``pair`` on every pair of them."""
    if {"odoo", "pair"}.isdisjoint(metafunc.fixturenames):
        return
    engines = all_engines(os.environ.get("ENGINE", ""))
    if "odoo" in metafunc.fixturenames:
        metafunc.parametrize(
            "odoo", engines, indirect=True, ids=lambda e: f"on{e.series[0]}"
        )
    if "pair" in metafunc.fixturenames:
        metafunc.parametrize(
            "pair",
            list(itertools.product(engines, repeat=2)),
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

    Crons do not run by themselves unless asked for with ``"--max-cron-threads=1"``.
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
