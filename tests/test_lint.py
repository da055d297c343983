"""The checks of the sources find what they are for, and are not left out unnoticed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from engine import lint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text('"""Good."""\n')
    (tmp_path / "good.xml").write_text('<?xml version="1.0" ?>\n<odoo />\n')
    return tmp_path


def test_clean_folder(folder: Path, capsys) -> None:
    assert lint.main([str(folder)]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("Lint is clean (")


@pytest.mark.parametrize(
    ("name", "text", "check"),
    [
        ("bad.py", "import os\n", "ruff check"),
        ("bad.py", "x = {  'a':1}\n", "ruff format"),
        ("bad.xml", "<odoo><record></odoo>\n", "XML"),
        ("bad.xml", "<odoo>\n  <data />\n</odoo>\n", "XML"),
        ("bad.xml", "<odoo>\n    <data />\n  </odoo>\n", "XML"),
        ("bad.xml", "<odoo>\n    <data   a='1'/>\n</odoo>\n", "prettier"),
    ],
)
def test_faults_are_found(folder: Path, capsys, name, text, check) -> None:
    (folder / name).write_text(text)
    assert lint.main([str(folder)]) == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert f"{check}: see below" in lines
    assert lines[-1].startswith("Lint found something to mend")


def test_faults_are_mended(folder: Path) -> None:
    (folder / "bad.py").write_text("import os\nx = {  'a':1}\n")
    (folder / "bad.xml").write_text('<odoo>\n    <data   a="1"/>\n</odoo>\n')
    assert lint.main([str(folder), "--fix"]) == 0
    assert (folder / "bad.py").read_text() == 'x = {"a": 1}\n'
    assert (folder / "bad.xml").read_text() == '<odoo>\n    <data a="1" />\n</odoo>\n'


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_node(folder: Path, monkeypatch, capsys, ci, code) -> None:
    """A person is told; a run that nobody watches fails."""

    def no_node(cache: Path) -> None:
        raise lint.NoNode("There is no Node")

    monkeypatch.setattr(lint, "find_node", no_node)
    monkeypatch.setenv("CI", ci)
    assert lint.main([str(folder)]) == code
    assert "was not checked." in capsys.readouterr().out


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("own.js", "lib/theirs.js", "node_modules/a.js", ".x/b.js", "c.min.js"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = list(lint.find_files(lint.SCRIPTS, tmp_path))
    assert found == [tmp_path / "own.js"]


def test_packages_are_pinned_and_say_no_address() -> None:
    wanted = json.loads((lint.NODE_FILES / "package.json").read_text())
    lock = json.loads((lint.NODE_FILES / "package-lock.json").read_text())
    for name, version in wanted["devDependencies"].items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


def test_scripts_are_checked(tmp_path: Path) -> None:
    node, modules = lint.node_tools()
    done = subprocess.run(
        [
            *(node, modules / "eslint" / "bin" / "eslint.js", "--no-ignore"),
            *("--config", lint.NODE_FILES / "eslint.config.mjs"),
            *("--stdin", "--stdin-filename", lint.ROOT / "probe.js"),
        ],
        input="var unused = undefinedThing == 1;\n",
        cwd=lint.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    for rule in ("no-var", "no-undef", "eqeqeq", "no-unused-vars"):
        assert rule in done.stdout
