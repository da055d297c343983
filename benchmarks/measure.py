"""Measuring inside an Odoo process: time, SQL statements, memory."""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = resource.getpagesize()
TICKS = os.sysconf("SC_CLK_TCK")


def resident_mb() -> float:
    """What the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE / 1024**2


def peak_mb() -> float:
    """The most the process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def backend_pid(env: Any) -> int:
    """The process that works for this connection at PostgreSQL's side."""
    env.cr.execute("SELECT pg_backend_pid()")
    return env.cr.fetchone()[0]


def cpu_seconds(*backends: int) -> float:
    """What this process and its side of PostgreSQL have computed so far.

    Unlike the clock on the wall it stands still while others use the machine.

    :param backends: the processes that work for it at PostgreSQL's side
    """
    found = time.process_time()
    for backend in backends:
        stat = Path(f"/proc/{backend}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        found += (int(user) + int(system)) / TICKS
    return found


def measured(env: Any, work: Callable[[], Any]) -> dict[str, float]:
    """Do the work in the open transaction, up to but without the commit.

    ``seconds``, ``cpu_seconds`` and ``statements`` end when all is written; those with
    ``to_commit`` include what Odoo keeps for the commit, such as the messages of
    tracked fields.
    """
    env.flush_all()
    env.cr.precommit.run()
    env.invalidate_all()
    # A full collection goes through all that was there before, whoever sets it off.
    gc.collect()
    gc.freeze()
    backend = backend_pid(env)
    computed = cpu_seconds(backend)
    before, statements = resident_mb(), env.cr.sql_log_count
    started = time.perf_counter()
    work()
    env.flush_all()
    written, written_statements = time.perf_counter(), env.cr.sql_log_count
    computed = cpu_seconds(backend) - computed
    env.cr.precommit.run()
    env.flush_all()
    ended = time.perf_counter()
    return {
        "seconds": written - started,
        "cpu_seconds": computed,
        "statements": written_statements - statements,
        "to_commit_seconds": ended - started,
        "to_commit_statements": env.cr.sql_log_count - statements,
        "added_mb": max(peak_mb() - before, 0.0),
    }
