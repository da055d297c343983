"""Check how the repository is written, or correct it: ``make lint``.

The checks are those of ``.pre-commit-config.yaml``. pre-commit itself wants a git
repository and an environment for each hook; this driver runs the same commands in the
one environment there is, side by side, in an exported tree too.
``python3 -m engine exec engine.lint --fix`` corrects what can be corrected.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from .checks import node
from .locations import REPOSITORY as ROOT

CONFIGURATION = ROOT / ".pre-commit-config.yaml"
LEFT_OUT = frozenset({"node_modules", "__pycache__", "lib"})
# How a hook's command corrects instead of telling: what it loses, what it gains.
FIXES = {
    "ruff-check": ("", "--fix"),
    "ruff-format": ("--diff", ""),
    "prettier": ("", "--fix"),
    "eslint": ("", "--fix"),
}
NODE = re.compile(r"engine\.checks\.node (\w+)")


def hooks() -> list[dict]:
    """The hooks of the configuration, as it describes them."""
    loaded = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    return [hook for repo in loaded["repos"] for hook in repo["hooks"]]


def find_files(pattern: str, below: Path) -> Iterator[Path]:
    """Our own files whose names match, so nothing below ``static/lib``.

    :param pattern: a regular expression, as hooks have it in ``files``
    """
    wanted = re.compile(pattern)
    for folder, folders, names in os.walk(below):
        inside = Path(folder)
        is_static = inside.name == "static"
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in LEFT_OUT - {"lib"}
            and not (name == "lib" and is_static)
        )
        for name in sorted(names):
            if wanted.search(name) and not name.endswith(".min.js"):
                yield inside / name


def command_of(hook: dict, fix: bool) -> list[str]:
    """A hook's command in this environment, without the files.

    :param hook: a hook, see :func:`hooks`
    :raises NoNode: when it needs Node and there is none
    """
    entry = hook["entry"]
    loses, gains = FIXES.get(hook["id"], ("", "")) if fix else ("", "")
    if tool := NODE.search(entry):
        return node.command_of(tool[1], fix)
    program, *arguments = shlex.split(entry)
    if program.startswith("python"):
        command = [sys.executable, *arguments]
    else:
        command = [sys.executable, "-m", program, *arguments]
    return [part for part in command if part != loses] + ([gains] if gains else [])


def arguments_of(hook: dict, below: Path) -> list[str] | None:
    """The files a hook is given; None where there is nothing for it to look at."""
    if hook.get("pass_filenames", True):
        return list(map(str, find_files(hook["files"], below))) or None
    if below == ROOT:
        return []
    inside = below.is_relative_to(ROOT) and below.relative_to(ROOT).parts
    if inside and (ROOT / inside[0] / "__manifest__.py").exists():
        return [inside[0]] if hook["id"] == "pylint-odoo" else None
    return None


def perform(hook: dict, command: list[str], arguments: list[str]) -> tuple[bool, str]:
    """Run one hook.

    :return: whether it is content, and what it said
    """
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = done.stdout.strip()
    if done.returncode:
        return False, said or f"{hook['name']} ended with code {done.returncode}"
    return True, said if hook.get("verbose") else ""


def main(argv: Sequence[str] = ()) -> int:
    """Command line: ``python -m engine.lint [--fix] [an addon]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("below", nargs="?", default=ROOT, type=Path)
    parser.add_argument("--fix", action="store_true", help="correct what can be")
    args = parser.parse_args(argv)
    below = args.below.resolve()
    started = time.monotonic()
    planned, missing = [], ""
    for hook in hooks():
        arguments = arguments_of(hook, below)
        if arguments is None:
            continue
        try:
            planned.append((hook, command_of(hook, args.fix), arguments))
        except node.NoNode as error:
            missing = f"{error}, so the layout of XML and JavaScript was not checked."
    # tools that rewrite the same files take turns
    workers = 1 if args.fix else os.cpu_count() or 1
    failed = []
    with ThreadPoolExecutor(workers) as pool:
        running = [(one[0]["name"], pool.submit(perform, *one)) for one in planned]
        for name, future in running:
            good, said = future.result()
            if not good:
                failed.append(name)
            print(f"{name}: {'ok' if good else 'see below'}", flush=True)
            if said:
                print(said, flush=True)
    if missing:
        print(missing)
    # a check left out in continuous integration must not pass for one that is clean
    left_out = bool(missing and os.environ.get("CI"))
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        print(f"Lint found something to correct ({took}): {', '.join(failed)}.")
    elif left_out:
        print(f"Lint is incomplete ({took}): this run must check everything.")
    else:
        print(f"Lint is clean ({took}).")
    return int(bool(failed or left_out))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
