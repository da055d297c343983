"""Commands of the Makefile: ``python3 -m engine run`` and its siblings."""

from __future__ import annotations

import importlib
import runpy
import sys

from .console import run_command
from .obtain.venv import enter_venv

COMMANDS = {
    "run": "run:main",
    "stop": "run:stop",
    "clean": "run:clean",
    "shell": "run:shell",
    "psql": "run:psql",
    "demo": "demo:main",
    "test": "testing:main",
    "lint": "lint:main",
}


def main() -> int:
    """Run one command in the virtual environment, which is made first.

    ``exec MODULE ...`` runs any module of the repository there.
    """
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name == "exec" and len(sys.argv) > 2:
        enter_venv(sys.argv[1:])
        del sys.argv[:2]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return 0
    if name not in COMMANDS:
        known = ",".join([*COMMANDS, "exec"])
        print(f"usage: python3 -m engine {{{known}}}", file=sys.stderr)
        return 2
    enter_venv(sys.argv[1:])
    module, _colon, function = COMMANDS[name].partition(":")
    return getattr(importlib.import_module(f"engine.{module}"), function)()


sys.exit(run_command(main))
