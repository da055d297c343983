"""A command that is killed half-way does no harm: the next one fixes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cluster import Cluster
from engine.databases import BUILDING
from engine.locations import REPOSITORY
from engine.obtain.engines import Engine
from engine.testing import odoo_for

# Stands for the long first part of `make run`, on a small database.
BUILD = """
from engine import databases, testing
from engine.obtain import engines
databases.GROUND = ("contacts",)
engine = engines.check(engines.Path({home!r}))
odoo = testing.odoo_for(engine, testing.start_cluster())
print("built", databases.ensure_template(odoo, "ground"), flush=True)
"""
SECONDS = 240


@pytest.fixture
def run_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A run folder of its own, where PostgreSQL's unprivileged user gets in too."""
    folder = Path(tempfile.mkdtemp(prefix="healing-", dir="/var/tmp"))
    folder.chmod(0o755)
    monkeypatch.setenv("RUN_DIR", str(folder))
    yield folder
    Cluster(folder / "postgresql").stop()
    shutil.rmtree(folder)


def start(engine: Engine) -> subprocess.Popen[str]:
    """Start building a database."""
    return subprocess.Popen(
        [sys.executable, "-c", BUILD.format(home=str(engine.home))],
        cwd=REPOSITORY,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_database(cluster: Cluster, prefix: str) -> None:
    """Wait until a database whose name begins so has tables."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        state = cluster.folder / "cluster.json"
        if state.exists():
            cluster.start()
            names = [name for name in cluster.databases() if name.startswith(prefix)]
            if names and cluster.psql(
                names[0], "SELECT 1 FROM ir_module_module LIMIT 1"
            ):
                return
        time.sleep(0.3)
    pytest.fail(f"no database {prefix}* within {SECONDS} s")


def test_killed_while_a_database_is_made(engines: list[Engine], run_dir: Path) -> None:
    """The half-made database is dropped and made again, the left-over Odoo ended."""
    engine = engines[-1]
    killed = start(engine)
    cluster = Cluster(run_dir / "postgresql")
    wait_for_database(cluster, BUILDING)
    killed.kill()
    killed.communicate()
    assert any(name.startswith(BUILDING) for name in cluster.databases())

    healed = start(engine)
    printed, _errors = healed.communicate(timeout=SECONDS)

    assert healed.returncode == 0
    name = printed.split("built ")[1].strip()
    assert not any(left.startswith(BUILDING) for left in cluster.databases())
    sql = "SELECT state FROM ir_module_module WHERE name = 'contacts'"
    assert cluster.psql(name, sql) == "installed"


def test_killed_cluster_starts_again(engines: list[Engine], run_dir: Path) -> None:
    """A PostgreSQL that was killed leaves a pid file; it is no obstacle."""
    cluster = odoo_for(engines[0], Cluster(run_dir / "postgresql").start()).cluster
    pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, 9)
    deadline = time.monotonic() + 20
    while cluster.answers() and time.monotonic() < deadline:
        time.sleep(0.1)

    again = Cluster(run_dir / "postgresql").start()

    assert again.psql("postgres", "SELECT 'alive'") == "alive"
    assert again.password == cluster.password
