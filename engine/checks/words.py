"""Hold interface and guides to plain words: ``python3 -m engine.checks.words``.

Looked at are the texts that people read: labels, helps and sentences of Python and
XML, mails, and the guides. The words are in ``words.txt``; places whose texts still
wait for their corrections are in ``words_allowed.txt`` and are counted only.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("words.txt")
ALLOWED = Path(__file__).with_name("words_allowed.txt")
# Attributes of views and menus that show text.
SHOWN = frozenset(
    {"string", "help", "placeholder", "title", "confirm", "aria-label", "alt", "sum"}
)
# Elements whose text is code.
CODE = frozenset({"script", "style", "code", "pre", "attribute"})
# Fields of records whose value people read.
READ = frozenset(
    {"name", "description", "help", "summary", "note", "subject", "body_html"}
    | {"body_arch", "comment", "delay_label"}
)
# Arguments of fields and calls that show text.
KEYWORDS = frozenset({"string", "help", "confirm", "_description", "title"})
SENTENCES = frozenset({"_", "_lt", "_t"})
JS_SENTENCE = re.compile(r"""\b_t\(\s*(["'`])((?:\\.|(?!\1).)*)\1""")


def read_words(path: Path = WORDS) -> list[tuple[re.Pattern, str]]:
    """The patterns of a word list, each with what to write instead."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            pattern, _space, instead = re.split(r"( {2,}| (?=\"))", line, maxsplit=1)
            wrapped = rf"\b(?:{pattern.strip()})(?!\w)"
            found.append((re.compile(wrapped, re.IGNORECASE), instead.strip()))
    return found


def _python_texts(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else ""
        name = called.id if isinstance(called, ast.Name) else name
        is_field = (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id == "fields"
        )
        shown: list[ast.AST] = [k.value for k in node.keywords if k.arg in KEYWORDS]
        if name in SENTENCES or is_field:
            shown += node.args[:1] if name != "Selection" else node.args
        if is_field:
            shown += [k.value for k in node.keywords if k.arg == "selection"]
        for part in shown:
            for leaf in ast.walk(part):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                    yield leaf.lineno, leaf.value


def _xml_texts(text: str) -> Iterator[tuple[int, str]]:
    root = etree.fromstring(text.encode())
    for element in root.iter(etree.Element):
        line = element.sourceline or 0
        for name, value in element.attrib.items():
            if name in SHOWN or (element.tag == "menuitem" and name == "name"):
                yield line, value
        inside_record = element.tag == "field" and element.getparent().tag == "record"
        if inside_record and element.get("name") not in READ:
            continue
        if element.tag not in CODE and element.text:
            yield line, element.text
        if element.tail and element.getparent() is not None:
            yield line, element.tail


def _guide_texts(text: str) -> Iterator[tuple[int, str]]:
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            yield number, re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file that people read, with their lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _python_texts(text)
    elif path.suffix == ".xml":
        yield from _xml_texts(text)
    elif path.suffix == ".js":
        for match in JS_SENTENCE.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, match[2]
    elif path.suffix == ".md":
        yield from _guide_texts(text)


def is_read(path: Path) -> bool:
    """Whether people meet a file's texts: no tests, no tools, nothing generated."""
    parts = path.parts
    if {"tests", "i18n", "migrations", "node_modules", "lib"} & set(parts[:-1]):
        return False
    if path.suffix == ".md":
        return "readme" in parts or parts[0] == "docs" or len(parts) == 1
    return parts[0].startswith("crm_") and path.suffix in (".py", ".xml", ".js")


def find(
    paths: Iterable[Path], words: list[tuple[re.Pattern, str]]
) -> Iterator[tuple[Path, str]]:
    """What is found in files below the repository, as sentences with file and line."""
    for path in paths:
        for line, text in texts_of(path):
            for pattern, instead in words:
                if match := pattern.search(text):
                    where = path.relative_to(ROOT)
                    yield path, f'{where}:{line}: "{match[0]}", better: {instead}'


def main(argv: list[str] | None = None) -> int:
    """Command line: ``python -m engine.checks.words [--all] [a file or folder ...]``.

    ``--all`` shows what is found in allowed places, too.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    show_all = "--all" in arguments
    places = [Path(a).resolve() for a in arguments if a != "--all"] or [ROOT]
    files = sorted(
        path
        for place in places
        for path in ([place] if place.is_file() else place.rglob("*"))
        if path.is_file()
        and path.is_relative_to(ROOT)
        and is_read(path.relative_to(ROOT))
    )
    allowed = {
        line
        for line in ALLOWED.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    counted: Counter[str] = Counter()
    wrong = []
    for path, sentence in find(files, read_words()):
        place = path.relative_to(ROOT).parts[0]
        if place in allowed:
            counted[place] += 1
        if show_all or place not in allowed:
            wrong.append(sentence)
    print("\n".join(wrong), end="\n" if wrong else "")
    if counted and not show_all:
        told = ", ".join(f"{place} {count}" for place, count in sorted(counted.items()))
        print(f"waiting for their corrections: {told}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
