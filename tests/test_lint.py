"""The checks of the sources find what they are for, and are not left out unnoticed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from engine import lint
from engine.checks import contracts, node, words


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
    assert lines[-1].startswith("Lint found something to correct")


def test_faults_are_corrected(folder: Path) -> None:
    (folder / "bad.py").write_text("import os\nx = {  'a':1}\n")
    (folder / "bad.xml").write_text('<odoo>\n    <data   a="1"/>\n</odoo>\n')
    assert lint.main([str(folder), "--fix"]) == 0
    assert (folder / "bad.py").read_text() == 'x = {"a": 1}\n'
    assert (folder / "bad.xml").read_text() == '<odoo>\n    <data a="1" />\n</odoo>\n'


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_node(folder: Path, monkeypatch, capsys, ci, code) -> None:
    """A person is told; a run that no one watches fails."""

    def no_node(cache: Path) -> None:
        raise node.NoNode("There is no Node")

    monkeypatch.setattr(node, "find_node", no_node)
    monkeypatch.setenv("CI", ci)
    assert lint.main([str(folder)]) == code
    assert "was not checked." in capsys.readouterr().out


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    for name in (
        "own.js",
        "static/lib/theirs.js",
        "node_modules/a.js",
        ".x/b.js",
        "c.min.js",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = list(lint.find_files(r"\.m?js$", tmp_path))
    assert found == [tmp_path / "own.js"]


def test_packages_are_pinned_and_say_no_address() -> None:
    wanted = json.loads((node.NODE_FILES / "package.json").read_text())
    lock = json.loads((node.NODE_FILES / "package-lock.json").read_text())
    for name, version in wanted["devDependencies"].items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


def test_scripts_are_checked(tmp_path: Path) -> None:
    program, modules = node.node_tools()
    done = subprocess.run(
        [
            *(program, modules / "eslint" / "bin" / "eslint.js", "--no-ignore"),
            *("--config", node.NODE_FILES / "eslint.config.mjs"),
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


def test_hooks_are_local_and_pinned_as_here() -> None:
    """pre-commit uses the versions that `make lint` uses, and clones nothing."""
    loaded = yaml.safe_load(lint.CONFIGURATION.read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in loaded["repos"]] == ["local"]
    here = "\n".join(
        (lint.ROOT / name).read_text()
        for name in ("requirements.txt", "engine/requirements-dev.txt")
    )
    for hook in lint.hooks():
        assert hook["language"] in ("python", "system")
        for package in hook.get("additional_dependencies", []):
            assert "==" in package
            assert re.search(
                rf"^{re.escape(package)}(?:\s+#.*)?$", here, re.MULTILINE
            ), package


def test_words_are_found_where_people_read_them(tmp_path: Path) -> None:
    texts = {
        "a.py": 'a = fields.Char("Mend it")\nb = _("Nobody answers")\nc = "anew"\n',
        "a.xml": '<odoo><record><field name="arch"><p string="Try anew">The door</p>'
        '</field><field name="domain">nobody</field></record></odoo>',
        "a.js": 'const a = _t("By itself"); // whoever\n',
        "a.md": "Whoever reads\n\n`nobody`\n\n```\nmend\n```\n",
    }
    found = {}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        found[name] = [
            match[0]
            for _line, part in words.texts_of(tmp_path / name)
            for pattern, _instead in words.read_words()
            if (match := pattern.search(part))
        ]
    assert {name: sorted(each) for name, each in found.items()} == {
        "a.py": ["Mend", "Nobody"],
        "a.xml": ["The door", "anew"],
        "a.js": ["By itself"],
        "a.md": ["Whoever"],
    }
    assert all(instead for _pattern, instead in words.read_words())


def test_contracts_are_counted() -> None:
    counted = contracts.count(
        ast.parse(
            'def told(a):\n    """Do.\n\n    :param a: it\n    """\n'
            "def silent(self, b):\n    return b\n"
            "def write(self, values):\n    return True\n"
            "def fails():\n    raise ValueError\n"
        )
    )
    assert (counted["param"], counted["needs param"]) == (1, 2)
    assert (counted["return"], counted["needs return"]) == (0, 1)
    assert (counted["raises"], counted["needs raises"]) == (0, 1)


def test_stars_of_arguments_are_no_difference() -> None:
    said = (
        "    3: DOC103: `A.b` differs. Arguments in the function signature but not "
        "in the docstring: [**post: {}]. Arguments in the docstring but not in the "
        "function signature: [post: ]."
    )
    assert contracts._is_only_stars(said.format(""))
    assert not contracts._is_only_stars(said.format(", page: "))
