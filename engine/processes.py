"""Locks, pid files, and what an earlier run that was killed may have left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Whether a process with this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _command_line(pid: int) -> str:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace")


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def orphans_of(folder: Path) -> list[int]:
    """Odoo processes that work below ``folder`` and whose starter is gone."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if f"--data-dir={folder}" not in _command_line(pid):
            continue
        starters = " ".join(map(_command_line, _ancestors(pid)))
        if "engine" not in starters and "pytest" not in starters:
            found.append(pid)
    return found


def _ancestors(pid: int) -> Iterator[int]:
    """Whoever started the process, whoever started that one, and so on."""
    while (pid := _parent(pid)) > 1:
        yield pid


def end(pids: list[int], seconds: float = 15) -> None:
    """Ask processes to end, then make them."""
    for pid in filter(alive, pids):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in filter(alive, pids):
        os.kill(pid, signal.SIGKILL)
