"""The port to newer series: every rule, Odoo's own step, and what it must not touch."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
from pathlib import Path

import pytest
from lxml import etree

from engine.obtain.engines import Engine, all_engines
from engine.port import (
    TEXT_SUFFIXES,
    PortError,
    find_addons,
    main,
    port,
    rules_for,
    series_of,
    sources_stamp,
)

ROOT = Path(__file__).resolve().parents[1]
XML = "addon/views/a_views.xml"
PYTHON = "addon/models/a.py"
MANIFEST = "addon/__manifest__.py"

GROUP = """
    <record id="group_user" model="res.groups">
        <field name="name">User</field>{0}
        <field name="{1}" eval="[Command.link(ref('base.user_admin'))]" />
    </record>
    <record id="rule" model="ir.module.module">
        <field name="category_id" ref="base.module_category_hidden" />
        <field name="users">kept</field>
    </record>"""

TEMPLATE = """
    <record id="template" model="mail.template">
        <field name="subject">Hello</field>
        {0}
    </record>"""
DEFAULTS_OFF = '<field name="use_default_to" eval="False" />\n        '

# By the rule's name: path, text before, text after.
CASES = {
    "rule": [  # manifest_series
        (MANIFEST, '{"version": "17.0.1.2.3"}', '{"version": "19.0.1.2.3"}'),
        (MANIFEST, "{'version': '17.0.1.0.0'}", "{'version': '19.0.1.0.0'}"),
        (MANIFEST, '{"name": "For 17.0"}', '{"name": "For 17.0"}'),
        (PYTHON, 'SINCE = "17.0.1.0.0"', 'SINCE = "17.0.1.0.0"'),
    ],
    "cron_without_call_count": [
        (
            XML,
            '<record>\n    <field name="numbercall">-1</field>\n'
            '    <field name="doall" eval="False" />\n    <field name="x">1</field>',
            '<record>\n    <field name="x">1</field>',
        ),
        (
            XML,
            '<a>\n    <field\n        name="doall"\n        eval="False"\n    />\n</a>',
            "<a>\n</a>",
        ),
        (PYTHON, '"numbercall": -1', '"numbercall": -1'),
    ],
    "kanban_card_template": [
        (XML, '<t t-name="kanban-box">', '<t t-name="card">'),
        (
            XML,
            """expr="//t[@t-name='kanban-box']\"""",
            """expr="//t[@t-name='card']\"""",
        ),
        (PYTHON, "'kanban-box'", "'kanban-box'"),
    ],
    "field_aggregator": [
        (PYTHON, 'Float(group_operator="avg")', 'Float(aggregator="avg")'),
        (PYTHON, "Float(group_operator = None)", "Float(aggregator = None)"),
        (PYTHON, 'name = "group_operator"', 'name = "group_operator"'),
        (XML, 'group_operator="avg"', 'group_operator="avg"'),
    ],
    "access_groups_field": [
        (XML, '<field name="groups_id" eval="x"', '<field name="group_ids" eval="x"'),
        (PYTHON, "user.groups_id |= group", "user.group_ids |= group"),
        (PYTHON, "my_groups_id, groups_ids", "my_groups_id, groups_ids"),
        ("addon/README.md", "groups_id", "groups_id"),
    ],
    "group_record_fields": [
        (
            XML,
            GROUP.format('\n        <field name="category_id" ref="c" />', "users"),
            GROUP.format("", "user_ids"),
        ),
        (
            XML,
            GROUP.format(
                '\n        <field\n            name="category_id"\n'
                '            ref="c"\n'
                "        />",
                "users",
            ),
            GROUP.format("", "user_ids"),
        ),
        (PYTHON, GROUP, GROUP),
    ],
    "form_chatter": [
        (
            XML,
            '<form>\n    <div class="oe_chatter">\n        <field name="m" />\n'
            '    </div>\n    <div class="x"></div>\n</form>',
            '<form>\n    <chatter />\n    <div class="x"></div>\n</form>',
        ),
        (PYTHON, '<div class="oe_chatter"></div>', '<div class="oe_chatter"></div>'),
    ],
    "javascript_compat": [
        (
            "addon/static/src/compat.js",
            "// a\n//#if 17\nold();\n//#else\n// fresh();\n//\n//     more();\n"
            "//#endif\n",
            "// a\nfresh();\n\n    more();\n",
        ),
        (
            "addon/static/src/other.js",
            "//#if 17\n//#else\n//#endif\n",
            "//#if 17\n//#else\n//#endif\n",
        ),
    ],
    "template_recipients": [
        (
            XML,
            TEMPLATE.format('<field name="email_to">a</field>'),
            TEMPLATE.format(DEFAULTS_OFF + '<field name="email_to">a</field>'),
        ),
        (
            XML,
            TEMPLATE.format('<field name="partner_to" eval="1" />'),
            TEMPLATE.format(DEFAULTS_OFF + '<field name="partner_to" eval="1" />'),
        ),
        (XML, TEMPLATE.format("<!-- -->"), TEMPLATE.format("<!-- -->")),
        (
            XML,
            TEMPLATE.format(DEFAULTS_OFF + '<field name="email_to">a</field>'),
            TEMPLATE.format(DEFAULTS_OFF + '<field name="email_to">a</field>'),
        ),
        (
            XML,
            '<record model="x">\n    <field name="email_to">a</field>\n</record>',
            '<record model="x">\n    <field name="email_to">a</field>\n</record>',
        ),
        (PYTHON, TEMPLATE, TEMPLATE),
    ],
}

SAMPLE = {
    "__init__.py": "from . import models\n",
    "__manifest__.py": '{"name": "Sample", "version": "17.0.1.0.0"}\n',
    "models/__init__.py": "from . import sample\n",
    "models/sample.py": (
        "from odoo import fields, models\n\n\n"
        "class Sample(models.Model):\n"
        '    _name = "port.sample"\n'
        '    _description = "Sample"\n'
        "    _sql_constraints = [\n"
        '        ("name_unique", "unique (name)", "A name is used once."),\n'
        "    ]\n\n"
        "    name = fields.Char()\n"
        '    share = fields.Float(group_operator="avg")\n\n'
        "    def action_open(self):\n"
        '        return {"view_mode": "tree,form"}\n'
    ),
    "views/sample_views.xml": (
        '<?xml version="1.0" encoding="utf-8" ?>\n'
        "<odoo>\n"
        '    <record id="sample_view_tree" model="ir.ui.view">\n'
        '        <field name="arch" type="xml">\n'
        "            <tree\n"
        '                editable="bottom"\n'
        "            >\n"
        '                <field name="name" />\n'
        "            </tree>\n"
        "        </field>\n"
        "    </record>\n"
        '    <record id="sample_action" model="ir.actions.act_window">\n'
        '        <field name="view_mode">kanban,tree,form</field>\n'
        "    </record>\n"
        "</odoo>\n"
    ),
}


@pytest.fixture(scope="module")
def newer() -> list[Engine]:
    """Every engine of a series after 17.0; the packaged one is always among them."""
    found = [engine for engine in all_engines("") if engine.series > (17, 0)]
    assert found
    return found


@pytest.fixture
def make_engine(tmp_path: Path):
    def make(series: int) -> Path:
        home = tmp_path / f"engine{series}"
        (home / "odoo").mkdir(parents=True)
        (home / "odoo" / "release.py").write_text(f"version_info = ({series}, 0, 0)\n")
        return home

    return make


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for name, text in SAMPLE.items():
        path = source / "port_sample" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return source


def fingerprint(folder: Path) -> dict[str, str]:
    """Digest of every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ---------------------------------------------------------------------------
# Rules
# ---------------------------------------------------------------------------


def test_every_rule_has_cases() -> None:
    """A rule is added together with its cases, and leaves together with them."""
    assert {rule.__name__ for rule in rules_for((19, 0))} == set(CASES)


@pytest.mark.parametrize(
    ("name", "path", "before", "after"),
    [(name, *case) for name, cases in CASES.items() for case in cases],
)
def test_rule(name: str, path: str, before: str, after: str) -> None:
    (rule,) = [rule for rule in rules_for((19, 0)) if rule.__name__ == name]
    assert rule(Path(path), before) == after
    assert rule(Path(path), after) == after, "a second run must change nothing"


def test_rules_begin_with_the_series_that_needs_them() -> None:
    names = {
        series: {rule.__name__ for rule in rules_for((series, 0))}
        for series in (17, 18, 19)
    }
    assert names[17] == {"rule"}
    assert "field_aggregator" in names[18]
    assert "access_groups_field" not in names[18]
    assert names[18] < names[19]


# ---------------------------------------------------------------------------
# Odoo's own step, and all of it
# ---------------------------------------------------------------------------


def test_sample_is_ported(newer: list[Engine], sample: Path, tmp_path: Path) -> None:
    for engine in newer:
        (addon,) = port(sample, tmp_path / engine.name, engine.home)
        model = (addon / "models/sample.py").read_text()
        views = (addon / "views/sample_views.xml").read_text()
        assert "_sql_constraints" not in model
        assert re.search(r"_name_unique = models\.Constraint\(\s*'unique", model)
        assert '"view_mode": "list,form"' in model
        assert 'aggregator="avg"' in model
        assert "tree" not in views.replace("sample_view_tree", "")
        assert "<list\n" in views
        assert "</list>" in views
        assert "kanban,list,form" in views
        manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
        assert manifest["version"] == f"{engine.series[0]}.0.1.0.0"


def test_suite_is_ported(newer: list[Engine], tmp_path: Path) -> None:
    """What comes out parses, and nothing that only 17.0 understands is left in it."""
    left = re.compile(
        r"</?tree\b|_sql_constraints|kanban-box|\bnumbercall\b|\bdoall\b|\bgroups_id\b"
        r"|\bgroup_operator\s*="
    )
    for engine in newer:
        addons = port(ROOT, tmp_path / engine.name, engine.home)
        assert [a.name for a in addons] == [a.name for a in find_addons(ROOT)]
        for path in (tmp_path / engine.name).rglob("*"):
            if path.suffix == ".py":
                ast.parse(path.read_text())
            elif path.suffix == ".xml":
                etree.parse(path)
            if path.suffix in (".py", ".xml") and "tests" not in path.parts:
                found = left.search(path.read_text())
                assert not found, f"{path.name}: {found[0]}"
        for addon in addons:
            manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
            assert manifest["version"].startswith(f"{engine.series[0]}.0.")


def test_source_is_untouched(newer: list[Engine], tmp_path: Path) -> None:
    """Not a byte, not a file more, in the folder the port reads."""
    source = tmp_path / "source"
    for addon in find_addons(ROOT):
        shutil.copytree(
            addon, source / addon.name, ignore=shutil.ignore_patterns("__pycache__")
        )
    before = fingerprint(source)
    assert before
    for engine in newer:
        target = tmp_path / "ported"
        port(source, target, engine.home)
        assert fingerprint(target) != before
    assert fingerprint(source) == before


def test_port_to_the_own_series_is_a_plain_copy(make_engine, sample, tmp_path) -> None:
    target = tmp_path / "same"
    port(sample, target, make_engine(17))
    assert fingerprint(target) == fingerprint(sample)


def test_target_is_replaced_as_a_whole(make_engine, sample, tmp_path) -> None:
    target = tmp_path / "ported"
    (target / "gone").mkdir(parents=True)
    (target / "gone" / "__manifest__.py").write_text("{}")
    port(sample, target, make_engine(17))
    assert [path.name for path in target.iterdir()] == ["port_sample"]


def test_failed_port_keeps_the_former_one(make_engine, sample, tmp_path) -> None:
    target = tmp_path / "ported"
    port(sample, target, make_engine(17))
    before = fingerprint(target)
    with pytest.raises(PortError, match="upgrade_code"):
        port(sample, target, make_engine(19))  # an engine without upgrade_code
    assert fingerprint(target) == before
    assert not list(tmp_path.glob(".port-*")), "scratch folders must not pile up"


def test_what_python_and_git_leave_behind_stays_behind(
    make_engine, sample, tmp_path
) -> None:
    for name in ("__pycache__/x.pyc", "models/sample.py.orig"):
        path = sample / "port_sample" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (addon,) = port(sample, tmp_path / "ported", make_engine(17))
    assert set(fingerprint(addon)) == set(SAMPLE)


def test_binary_files_are_copied_as_they_are(make_engine, sample, tmp_path) -> None:
    picture = bytes(range(256))
    (sample / "port_sample" / "icon.png").write_bytes(picture)
    assert ".png" not in TEXT_SUFFIXES
    (addon,) = port(sample, tmp_path / "ported", make_engine(17))
    assert (addon / "icon.png").read_bytes() == picture


# ---------------------------------------------------------------------------
# Refusals
# ---------------------------------------------------------------------------


def test_series_is_read(make_engine) -> None:
    assert series_of(make_engine(18)) == (18, 0)


def test_no_engine_is_said(tmp_path) -> None:
    with pytest.raises(PortError, match="holds no Odoo"):
        series_of(tmp_path)
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("# empty\n")
    with pytest.raises(PortError, match="does not say which Odoo"):
        series_of(tmp_path)


def test_older_series_is_refused(make_engine, sample, tmp_path) -> None:
    with pytest.raises(PortError, match=r"17\.0 or newer, not 16\.0"):
        port(sample, tmp_path / "ported", make_engine(16))
    assert not (tmp_path / "ported").exists()


def test_command_line(make_engine, sample, tmp_path, capsys) -> None:
    source, target = ["--source", str(sample)], ["--target", str(tmp_path / "out")]
    assert main(["--engine", str(make_engine(17)), *source, *target]) == 0
    assert capsys.readouterr().out.startswith("1 addons in ")
    assert main(["--engine", str(tmp_path / "nowhere"), *source, *target]) == 1
    assert "holds no Odoo" in capsys.readouterr().err


def test_stamp_follows_sources_and_engine(make_engine, sample: Path) -> None:
    """A copy is made again when what it depends on has changed, and only then."""
    engine, newer = make_engine(18), make_engine(19)
    before = sources_stamp(sample, engine)
    cache = sample / "port_sample" / "__pycache__"
    cache.mkdir()
    (cache / "x.pyc").write_bytes(b"x")
    assert sources_stamp(sample, engine) == before
    assert sources_stamp(sample, newer) != before
    (sample / "port_sample" / "README.md").write_text("new")
    assert sources_stamp(sample, engine) != before
