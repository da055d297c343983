"""What the documents name is there: pages, files, tests and methods."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
NAMED_TEST = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")
SOURCE = re.compile(r"`((?:crm_\w+|engine|tests)/[\w/]+\.(?:py|xml|md))`")
CHANGE_ROW = re.compile(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text())
    assert not [name for name in targets if not (page.parent / name).exists()]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_sources_that_are_named_exist(page: Path) -> None:
    named = SOURCE.findall(page.read_text())
    # pages that teach name files that a reader is going to make
    made = {name for name in named if name.endswith("_example.py")}
    assert not [name for name in {*named} - made if not (ROOT / name).exists()]


def test_each_threat_has_tests_that_exist() -> None:
    page = ROOT / "docs" / "security.md"
    text = page.read_text()
    threats = [line for line in text.splitlines() if line.startswith("| **")]
    assert len(threats) >= 20
    for line in threats:
        tests = NAMED_TEST.findall(line)
        assert tests, line
        for name, target in tests:
            source = (page.parent / target).read_text()
            assert f"def {name}(" in source, f"{target} has no {name}"


def test_where_to_change_names_what_is_there() -> None:
    """Each method of the table is in one of the files of its row."""
    text = (ROOT / "docs" / "developers.md").read_text()
    table = text.partition("## Where do I change")[2].partition("\n## ")[0]
    rows = CHANGE_ROW.findall(table)
    assert len(rows) >= 10
    for files, names in rows:
        sources = ""
        for path in re.findall(r"`([\w/]+/[\w.]*)`", files):
            assert (ROOT / path).exists(), path
            found = (
                [ROOT / path] if path.endswith(".py") else (ROOT / path).glob("*.py")
            )
            sources += "".join(source.read_text() for source in found)
        for name in re.findall(r"`(\w+)", names):
            assert not sources or re.search(rf"\b{name}\b", sources), name
