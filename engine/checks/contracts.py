"""Docstrings say what their functions take, return and raise.

``python -m engine.checks.contracts`` prints how many of the functions with arguments
have ``:param``, of those that return a value ``:return``, and of those that raise
``:raises``, and fails below 75%. Tests are left out, and so is what Odoo itself defines
(``create``, ``write`` and the like).

pydoclint then compares each docstring that has fields with its function. What it found
when an addon was last looked at is in ``contracts.json``, a number for each folder,
and may only shrink; ``--record`` writes smaller numbers down.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Path(__file__).with_name("contracts.json")
GOAL = 75  # percent
# Overridden by every addon, and described by Odoo.
OF_ODOO = frozenset(
    {"create", "write", "unlink", "copy", "copy_data", "default_get", "init", "read"}
    | {"name_create", "read_group", "_read_group", "search", "_search", "get_view"}
    | {"message_post", "message_update", "message_new", "onchange", "web_save"}
)
OPTIONS = (
    "--quiet",
    "--style=sphinx",
    "--arg-type-hints-in-docstring=False",
    "--arg-type-hints-in-signature=False",
    "--check-return-types=False",
    "--check-class-attributes=False",
    "--allow-init-docstring=True",
    "--skip-checking-short-docstrings=True",
)
# Not asked for: type hints are welcome, in signatures and in docstrings; a method may
# raise what another one raises; a bare ``return`` and a generator return nothing.
LEFT_OUT = frozenset(
    {"DOC108", "DOC111", "DOC201", "DOC402", "DOC404", "DOC502", "DOC503"}
)
# ``args`` is as good as ``*args``.
STARS = re.compile(
    r"not in the docstring: \[(.*?)\]\..*function signature: \[(.*?)\]\."
)


def sources() -> dict[str, list[Path]]:
    """The Python files to look at, by folder of the repository."""
    found: dict[str, list[Path]] = {}
    for folder in sorted(ROOT.iterdir()):
        if folder.name == "engine" or (folder / "__manifest__.py").exists():
            found[folder.name] = [
                path
                for path in sorted(folder.rglob("*.py"))
                if not {"tests", "node"} & set(path.relative_to(folder).parts)
            ]
    return found


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    todo = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def count(tree: ast.AST) -> Counter[str]:
    """How many functions of a file need each field, and how many have it.

    :return: counters ``param``, ``return`` and ``raises``, and the same with
        ``needs `` in front
    """
    counted: Counter[str] = Counter()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name in OF_ODOO or node.name.startswith("__"):
            continue
        said = ast.get_docstring(node) or ""
        spec = node.args
        names = [a.arg for a in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]]
        names += [a.arg for a in (spec.vararg, spec.kwarg) if a]
        inside = list(_own_nodes(node))
        needs = {
            "param": bool(set(names) - {"self", "cls"}),
            "return": any(isinstance(n, ast.Return) and n.value for n in inside),
            "raises": any(isinstance(n, ast.Raise) and n.exc for n in inside),
        }
        for field, needed in needs.items():
            if needed:
                counted[f"needs {field}"] += 1
                counted[field] += f":{field}" in said
    return counted


def _is_only_stars(line: str) -> bool:
    """Whether the arguments that differ do so in their stars alone.

    :param line: what pydoclint says of a function
    :return: whether the names are the same
    """
    found = STARS.search(line)
    if not found or "DOC103" not in line:
        return False
    signature, docstring = (
        {part.partition(":")[0].strip(" *") for part in group.split(",")}
        for group in found.groups()
    )
    return signature == docstring


def violations(paths: list[Path]) -> Counter[str]:
    """What pydoclint finds, counted by folder.

    :param paths: the files to look at
    :return: numbers by folder of the repository
    :raises RuntimeError: when pydoclint itself fails
    """
    command = [sys.executable, "-m", "pydoclint.main", *OPTIONS, *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode and not re.search(r"\bDOC\d{3}:", said):
        raise RuntimeError(said.strip() or "pydoclint failed")
    counted: Counter[str] = Counter()
    folder = ""
    for line in said.splitlines():
        if line.endswith(".py") and not line.startswith(" "):
            folder = Path(line).resolve().relative_to(ROOT).parts[0]
        elif (
            (found := re.search(r"\b(DOC\d{3}):", line))
            and found[1] not in LEFT_OUT
            and not _is_only_stars(line)
        ):
            counted[folder] += 1
    return counted


def main() -> int:
    """Print the shares; fail below the goal, or where a folder has more violations.

    :return: exit code
    """
    folders = sources()
    total: Counter[str] = Counter()
    for paths in folders.values():
        for path in paths:
            total += count(ast.parse(path.read_text(encoding="utf-8")))
    shares, short = [], False
    for field in ("param", "return", "raises"):
        needs = total[f"needs {field}"]
        share = 100 * total[field] / needs if needs else 100
        shares.append(f":{field} {share:.0f}% of {needs}")
        short |= share < GOAL
    print(f"{', '.join(shares)} functions; the goal is {GOAL}%")
    found = violations([path for paths in folders.values() for path in paths])
    limits = json.loads(LIMITS.read_text()) if LIMITS.exists() else {}
    if "--record" in sys.argv:
        kept = {
            folder: min(found[folder], limits.get(folder, found[folder]))
            for folder in folders
        }
        LIMITS.write_text(json.dumps(kept, indent=4) + "\n")
        return 0
    wrong = [
        f"{folder}: {found[folder]} docstrings differ from their functions, "
        f"{limits[folder]} at most"
        for folder in sorted(set(folders) & set(limits))
        if found[folder] > limits[folder]
    ]
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(short or bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
