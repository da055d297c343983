"""Locks, pid files, and what an earlier run that was killed may have left behind.

psutil is imported where it is used: the lock is also held while the virtual
environment that brings psutil is made.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .console import say


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"   another command works on this ({lock.stem}); waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def held(lock: Path) -> bool:
    """Whether a living command holds this lock now."""
    if not lock.exists():
        return False
    with lock.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def alive(pid: int) -> bool:
    """Whether a process with this number runs; a zombie does not."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def orphans_of(folder: Path) -> list[int]:
    """Odoo processes that work below ``folder`` and whose starter is gone.

    :param folder: a data directory of Odoo's
    :return: their numbers
    """
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline"]):
        if f"--data-dir={folder}" not in (process.info["cmdline"] or ()):
            continue
        with suppress(psutil.Error):
            starters = " ".join(
                part for one in process.parents() for part in one.cmdline()
            )
            if "engine" not in starters and "pytest" not in starters:
                found.append(process.pid)
    return found


def end(pids: list[int], seconds: float = 15) -> None:
    """Ask processes to end, then make them.

    :param pids: their numbers; those that run no more are left out
    :param seconds: how long they may take
    """
    import psutil

    running = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.terminate()
            running.append(process)
    _gone, left = psutil.wait_procs(running, timeout=seconds)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
