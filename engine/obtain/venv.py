"""The virtual environment that Odoo and the tools run in."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .. import processes
from ..console import Refusal, step
from ..locations import REPOSITORY, cache_folder, ensure_room
from . import apt

REQUIREMENTS = ("requirements.txt", "engine/requirements-dev.txt")
PYTHONS = ("python3.11", "python3.12", "python3.10")


def suitable_python() -> str:
    """A Python that Odoo 17.0 and the pinned packages run on: 3.10 to 3.12.

    :raises Refusal: when the machine has none
    """
    if (3, 10) <= sys.version_info[:2] <= (3, 12):
        return getattr(sys, "_base_executable", sys.executable)
    for name in PYTHONS:
        if path := shutil.which(name):
            return path
    raise Refusal(
        "Odoo 17.0 needs Python 3.10, 3.11 or 3.12, and this machine has "
        f"{sys.version_info[0]}.{sys.version_info[1]} only: install one of them."
    )


def _series_of(python: str) -> str:
    """``3.11`` for the interpreter :func:`suitable_python` chose."""
    if python == getattr(sys, "_base_executable", sys.executable):
        return "{}.{}".format(*sys.version_info)
    return Path(python).name.removeprefix("python")


def venv_folder() -> Path:
    """Where the environment for the present requirements is kept."""
    digest = hashlib.sha256(_series_of(suitable_python()).encode())
    for name in REQUIREMENTS:
        digest.update((REPOSITORY / name).read_bytes())
    return cache_folder() / f"venv-{digest.hexdigest()[:12]}"


def ensure_venv() -> Path:
    """Make the environment where it is missing or half-made; return its interpreter.

    :raises Refusal: when Python packages cannot be fetched or built here
    """
    folder = venv_folder()
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.exists() and python.exists():
        return python
    ensure_room(folder.parent)
    with processes.exclusive(folder.with_suffix(".lock")):
        if not (ready.exists() and python.exists()):
            _make(folder)
    return python


def _make(folder: Path) -> None:
    """Make the environment and install what the requirements name."""
    python = folder / "bin" / "python"
    with step("Making the virtual environment"):
        shutil.rmtree(folder, ignore_errors=True)
        _create(folder)
        command = [str(python), "-m", "pip", "install", "--quiet"]
        command += ["--disable-pip-version-check", "--retries=2"]
        for name in REQUIREMENTS:
            command += ["--requirement", str(REPOSITORY / name)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Refusal(_sentence_for(done.stderr))
        (folder / "ready").touch()


def _create(folder: Path) -> None:
    command = [suitable_python(), "-m", "venv", str(folder)]
    if subprocess.run(command, capture_output=True).returncode == 0:
        return
    apt.install(["python3-venv"], "make a virtual environment")
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run(command, capture_output=True).returncode:
        raise Refusal(f"{command[0]} cannot make a virtual environment in {folder}.")


def _sentence_for(errors: str) -> str:
    """One sentence for what pip printed."""
    if re.search(r"command '?\S*(gcc|cc|clang)\S*'? failed|find .*gcc", errors):
        return (
            "A Python package has to be compiled here and the C compiler is missing or "
            "failed: install build-essential and python3-dev, then run this again."
        )
    if re.search(r"NewConnectionError|Temporary failure|ConnectTimeout|ProxyE", errors):
        return (
            "The Python packages cannot be fetched: this machine reaches no package "
            "index. Connect it, or point PIP_INDEX_URL at one, then run this again."
        )
    lines = [line for line in errors.splitlines() if line.startswith("ERROR")]
    return f"The Python packages cannot be installed: {(lines or ['see pip'])[-1]}"


def enter_venv(command: list[str]) -> None:
    """Go on in the environment's own Python when this one is another."""
    python = ensure_venv()
    if Path(sys.prefix).resolve() != python.parents[1].resolve():
        os.execv(python, [str(python), "-m", "engine", *command])
