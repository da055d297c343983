"""The folders the commands use. None of them lies in the repository."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .console import Refusal

NAME = "crm-reseller-suite"
REPOSITORY = Path(__file__).resolve().parents[1]
NEEDED_BYTES = 4 * 1024**3


def cache_home() -> Path:
    """``$XDG_CACHE_HOME`` or ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def cache_folder() -> Path:
    """What can be fetched again: engines, virtual environments, tools."""
    return cache_home() / NAME


def run_folder() -> Path:
    """What runs: the cluster, filestores, logs. ``RUN_DIR`` chooses another one.

    Root's home is closed to the unprivileged user PostgreSQL runs as, so root
    gets a folder outside it.
    """
    if chosen := os.environ.get("RUN_DIR"):
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/tmp") / NAME
    return cache_folder() / "run"


def ensure_room(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuse when the disk under ``folder`` has less than ``needed`` bytes left."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refusal(
            f"The disk under {folder} has {free / 1024**3:.1f} GB left and this needs "
            f"{needed / 1024**3:.0f} GB: free some, or choose another folder with "
            "RUN_DIR= or XDG_CACHE_HOME=."
        )
