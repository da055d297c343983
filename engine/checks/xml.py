"""XML files can be parsed and are indented: ``python -m engine.checks.xml FILE ...``.

Prettier leaves white space between tags as it is, for in a page it can be seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
INDENT = 4


def _indent(before: str | None) -> int | None:
    """How far in a tag begins that follows this text; None when it starts no line."""
    _above, newline, space = (before or "").rpartition("\n")
    return len(space) if newline and not space.strip(" ") else None


def check_indent(element: etree._Element, own: int | None = 0) -> Iterator[str]:
    """Tags that start a line are four spaces further in than their parent.

    :param own: how many spaces the element itself is in; None where it starts no line
    :return: a sentence for each that is not, with its line
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


def check(path: Path) -> list[str]:
    """What is wrong with a file, with its name and line."""
    try:
        root = etree.parse(path).getroot()
    except etree.XMLSyntaxError as error:
        found = [str(error)]
    else:
        found = list(check_indent(root)) if path.suffix == ".xml" else []
    return [f"{os.path.relpath(path, ROOT)}:{fault}" for fault in found]


def main() -> int:
    """Check the files named."""
    faults = [fault for name in sys.argv[1:] for fault in check(Path(name))]
    print("\n".join(faults), end="\n" if faults else "")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
