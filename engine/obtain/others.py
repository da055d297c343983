"""Addons of others that the suite works together with, from the package index."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ..locations import cache_folder
from ..server import Odoo

# What queue_job 19.0 asks for beside Odoo's own packages.
NEEDS = ("openupgradelib",)


class NotFetched(Exception):
    """The package index gave nothing; the message is what pip says about it."""


def with_queue_job(odoo: Odoo) -> Odoo:
    """The same Odoo, with OCA's queue_job among its addons.

    :raises NotFetched: where it cannot be had
    """
    major = odoo.engine.series[0]
    folder = cache_folder() / "others" / f"queue_job-{major}"
    ready = folder / "ready"
    if not ready.exists():
        # the package of an addon asks for Odoo itself, which is no package
        _install(folder / "addons", f"odoo-addon-queue_job=={major}.*")
        _install(folder / "packages", *NEEDS)
        ready.touch()
    return replace(
        odoo,
        beside=(folder / "addons" / "odoo" / "addons",),
        packages=folder / "packages",
    )


def _install(folder: Path, *packages: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--retries=2", "--upgrade"]
    done = subprocess.run(
        [*command, f"--target={folder}", *packages], capture_output=True, text=True
    )
    if done.returncode:
        wrong = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NotFetched((wrong or ["pip failed"])[-1])
