"""What a careful reviewer would look at by hand, in every file of the repository."""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from lxml import etree
from PIL import Image

from engine import readme
from engine.port import find_addons

ROOT = Path(__file__).resolve().parents[1]
ADDONS = find_addons(ROOT)
# Which addon of the suite may depend on which others of it.
ARROWS = {
    "crm_reseller_base": set(),
    "crm_reseller_portal": {"crm_reseller_base"},
    "crm_reseller_registration": {"crm_reseller_portal", "crm_contact_keys"},
    "crm_reseller_resource": {"crm_reseller_portal"},
    "crm_reseller_performance": {"crm_reseller_portal"},
    "crm_reseller_onboarding": {"crm_reseller_resource", "crm_reseller_performance"},
    "crm_reseller_dealer": {"crm_reseller_portal", "crm_dealer_push"},
    "crm_reseller_website": {"crm_reseller_base"},
    "crm_reseller_import_odoo": {"crm_reseller_base"},
    "crm_lead_pipeline_rules": set(),
    "crm_contact_keys": set(),
    "crm_lead_intake": {"crm_contact_keys"},
    "crm_dealer_push": set(),
    "crm_dealer_push_queue_job": {"crm_dealer_push"},
}
TEXT = {
    *(".cfg", ".conf", ".css", ".csv", ".html", ".js", ".json", ".md", ".mjs", ".po"),
    *(".pot", ".py", ".scss", ".sql", ".toml", ".txt", ".xml", ".yaml", ".yml"),
}
# Two models that are written together: a run, and the snapshot it can be repeated from.
MIXED_FILES = {"crm_reseller_base/models/crm_reseller_assignment_run.py"}
# Tests of the whole registry name models that may be installed beside the addon.
WHOLE_REGISTRY = {
    "crm_reseller_portal/tests/test_registry_kinds.py",
    "crm_reseller_portal/tests/test_matrix_secret.py",
}
LOADED = ("security", "data", "views", "report", "wizards", "demo")
# Routes that are not declared by the shell of the portal, and why.
OWN_ROUTES = {
    "crm_reseller_portal/controllers/routes.py": "the shell itself",
    "crm_reseller_portal/controllers/home.py": "Odoo's start page, which only reads",
    "crm_reseller_portal/controllers/direction_homes.py": "the same",
    "crm_reseller_performance/controllers/dashboard.py": "inside; only reads",
    "crm_reseller_website/controllers/partners.py": "public; only reads",
}
# What a page of a controller still can be read in: some 250 lines, and no more than
LONGEST_CONTROLLER = 290
ARCHIVES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror\.com|registry\.yarnpkg"
    r"|deb\.debian\.org|ftp\.[a-z.]*debian\.org|archive\.ubuntu\.com"
    r"|proxy\.golang|crates\.io/api|nightly\.odoo\.com"
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.~-])/(?:home|Users)/\w|(?<![\w.~-])/(?:root|work)/[\w.]"
)
SILENCED = re.compile(r"#\s*(?:noqa|pylint:\s*disable)\b[:=]?\s*[\w-]*(.*)")
SKIPPED = re.compile(
    r"\.skipTest\(|unittest\.skip|pytest\.(?:mark\.)?(?:skip|xfail|importorskip)"
)
PLACEHOLDERS = re.compile(
    r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%[sdfrx%]|\{\w*\}|<t\s[^>]*>"
)

TAGS = re.compile(r"</?[a-z]+\b")
JS_SENTENCE = re.compile(r"\b_t\(\s*(\"(?:[^\"\\]|\\.)*\")")
LANGUAGES = ("de", "fr")

each_addon = pytest.mark.parametrize("addon", ADDONS, ids=lambda path: path.name)


@cache
def own_files() -> list[Path]:
    """Every file that git keeps, or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listed.decode().split("\0") if name)
    return sorted({path for path in paths if path.is_file()})


@cache
def own_texts() -> list[tuple[str, str]]:
    """Name and content of every text file."""
    return [
        (str(path.relative_to(ROOT)), path.read_bytes().decode("utf-8"))
        for path in own_files()
        if path.suffix in TEXT or path.name in ("Makefile", ".gitignore", "run")
    ]


@cache
def own_python() -> list[tuple[str, str, ast.Module]]:
    """Name, content and syntax tree of every Python file."""
    return [
        (name, text, ast.parse(text))
        for name, text in own_texts()
        if name.endswith(".py")
    ]


def lines_with(pattern: re.Pattern, suffixes: tuple[str, ...] = ("",)) -> list[str]:
    """Where a pattern occurs, as ``file:line``."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in own_texts()
        if name.endswith(suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


# ---------------------------------------------------------------------------
# Addons
# ---------------------------------------------------------------------------


@each_addon
def test_manifest(addon: Path) -> None:
    manifest = readme.read_manifest(addon)
    assert re.fullmatch(r"17\.0\.\d+\.\d+\.\d+", manifest["version"])
    assert manifest["license"] == "LGPL-3"
    assert len(manifest["summary"]) > 20
    assert set(manifest["depends"]) & set(ARROWS) <= ARROWS[addon.name]


@each_addon
def test_manifest_names_every_file_once(addon: Path) -> None:
    """A file that is not named is never loaded, one that does not exist breaks it."""
    manifest = readme.read_manifest(addon)
    named = [*manifest.get("data", ()), *manifest.get("demo", ())]
    assert not [name for name, count in Counter(named).items() if count > 1]
    assert not [name for name in named if not (addon / name).is_file()]
    present = {
        str(path.relative_to(addon))
        for folder in LOADED
        for path in (addon / folder).rglob("*")
        if path.suffix == ".xml" or path.name == "ir.model.access.csv"
    }
    assert present <= set(named)
    for bundle in manifest.get("assets", {}).values():
        for entry in bundle:
            pattern = entry if isinstance(entry, str) else entry[-1]
            if pattern.startswith(f"{addon.name}/"):
                assert list(ROOT.glob(pattern)), f"no file matches {pattern}"


@each_addon
def test_manifest_loads_rights_before_views(addon: Path) -> None:
    """Groups, then rights, then data, then views, then menus."""
    order = ("security", "data", "wizards", "report", "views", "menus")
    data = readme.read_manifest(addon).get("data", [])
    ranks = [
        order.index("menus" if name.endswith("menus.xml") else name.split("/")[0])
        for name in data
    ]
    views = [rank for rank in ranks if rank >= order.index("wizards")]
    assert all(rank < 2 for rank in ranks[: len(ranks) - len(views)]), data
    menus = [name for name in data if name.endswith("menus.xml")]
    assert data[len(data) - len(menus) :] == menus, "menus are loaded last"


@each_addon
def test_icon(addon: Path) -> None:
    with Image.open(addon / "static" / "description" / "icon.png") as icon:
        assert icon.size[0] == icon.size[1] >= 100


def test_icons_can_be_told_apart() -> None:
    icons = [(a / "static/description/icon.png").read_bytes() for a in ADDONS]
    assert len({hashlib.sha256(icon).digest() for icon in icons}) == len(ADDONS)


@each_addon
def test_readme_is_made_from_its_fragments(addon: Path) -> None:
    for path, text in readme.expected(addon).items():
        assert path.read_text() == text, "run `python -m engine.readme`"


def test_readme_headings_are_nested() -> None:
    text = "# One\n\n```sh\n# a comment\n```\n\n## Two"
    assert readme.nest(text) == "### One\n\n```sh\n# a comment\n```\n\n#### Two"
    assert readme.nest("#### Deep") == "#### Deep"


def test_readme_refuses_a_fragment_nobody_would_see(tmp_path) -> None:
    (tmp_path / "readme").mkdir()
    (tmp_path / "__manifest__.py").write_text("{'name': 'A', 'summary': 'b'}")
    with pytest.raises(readme.Refusal, match="DESCRIPTION"):
        readme.assemble(tmp_path)
    (tmp_path / "readme" / "DESCRIPTION.md").write_text("Text.")
    (tmp_path / "readme" / "USSAGE.md").write_text("Text.")
    with pytest.raises(readme.Refusal, match="USSAGE"):
        readme.assemble(tmp_path)


# ---------------------------------------------------------------------------
# Models and their rights
# ---------------------------------------------------------------------------


def _string(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) else ""


def _classes(path: Path) -> Iterator[tuple[str, dict[str, ast.expr], str]]:
    """The model classes of a file: model, what the class assigns, and its kind.

    The kind is ``Model``, ``TransientModel``, ``AbstractModel``, or ``""`` where the
    class extends a model that another one makes.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ClassDef):
            continue
        values = {
            target.id: statement.value
            for statement in node.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        name = _string(values.get("_name", ast.Constant("")))
        inherit = values.get("_inherit", ast.Constant(""))
        inherited = list(map(_string, getattr(inherit, "elts", [inherit])))
        kinds = [b.attr for b in node.bases if isinstance(b, ast.Attribute)]
        if not kinds or not (name or inherited[0]):
            continue
        is_new = bool(name) and name not in inherited
        yield name or inherited[0], values, kinds[0] if is_new else ""


def own_sources(addon: Path) -> Iterator[Path]:
    """An addon's Python files, without its tests."""
    for path in sorted(addon.rglob("*.py")):
        if "tests" not in path.relative_to(addon).parts:
            yield path


def own_models(addon: Path) -> dict[str, str]:
    """The models an addon makes: Model, TransientModel or AbstractModel, by name."""
    return {
        name: kind
        for path in own_sources(addon)
        for name, _values, kind in _classes(path)
        if kind
    }


def access_lines(addon: Path) -> list[dict[str, str]]:
    path = addon / "security" / "ir.model.access.csv"
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(path.read_text())))


@each_addon
def test_every_model_has_rights(addon: Path) -> None:
    wanted = {
        f"model_{name.replace('.', '_')}"
        for name, kind in own_models(addon).items()
        if kind != "AbstractModel"
    }
    given = {line["model_id:id"].split(".")[-1] for line in access_lines(addon)}
    assert wanted <= given, f"no rights for {sorted(wanted - given)}"


@each_addon
def test_rights_are_given_to_groups(addon: Path) -> None:
    """A line without a group is a line for everyone, the public included."""
    for line in access_lines(addon):
        assert line["group_id:id"], line["id"]
        nobody = line["id"].endswith("_nobody")  # only Odoo itself may touch it
        assert "1" in line.values() or nobody, f"{line['id']} gives nothing"
        if line["group_id:id"] in ("base.group_portal", "base.group_public"):
            rights = [line[f"perm_{right}"] for right in ("write", "create", "unlink")]
            assert rights == ["0", "0", "0"], f"{line['id']} lets visitors write"


@each_addon
def test_models_are_described(addon: Path) -> None:
    for path in own_sources(addon):
        for name, values, kind in _classes(path):
            if kind:
                assert name.startswith("crm."), f"{name} is not below crm."
                assert _string(values.get("_description", ast.Constant(""))), name


@each_addon
def test_models_are_in_files_of_their_own(addon: Path) -> None:
    """A wizard may have its lines beside it, and a file may extend one model."""
    for path in own_sources(addon):
        if path.parent.name not in ("models", "wizards", "report"):
            continue
        if str(path.relative_to(ROOT)) in MIXED_FILES:
            continue
        models = list(dict.fromkeys(name for name, _values, _kind in _classes(path)))
        others = [name for name in models[1:] if not name.startswith(f"{models[0]}.")]
        assert not others, f"{path.name} is about {models[0]} and {others}"
        if path.parent.name == "models":
            assert len(models) < 2, f"{path.name} is about {models}"
    for folder in ("models", "wizards", "report", "controllers"):
        init = addon / folder / "__init__.py"
        for path in (addon / folder).glob("*.py"):
            if path != init:
                imported = rf"\b{path.stem}\b"
                assert re.search(imported, init.read_text()), f"{path} is not imported"


def test_the_checks_of_models_see_faults(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "crm_one.py").write_text(
        "from odoo import models\n"
        "class One(models.Model):\n    _name = 'crm.one'\n"
        "class Lead(models.Model):\n    _inherit = ['crm.lead', 'crm.mixin']\n"
    )
    [path] = own_sources(tmp_path)
    assert own_models(tmp_path) == {"crm.one": "Model"}
    assert [name for name, _values, _kind in _classes(path)] == ["crm.one", "crm.lead"]


# ---------------------------------------------------------------------------
# XML and translations
# ---------------------------------------------------------------------------


@each_addon
def test_xml_ids_are_unique(addon: Path) -> None:
    ids = Counter(line["id"] for line in access_lines(addon))
    for folder in LOADED:
        for path in (addon / folder).rglob("*.xml"):
            root = etree.parse(path).getroot()
            # a record may be written twice on purpose by one file: count files
            found = {
                element.get("id")
                for element in root.iter("record", "template", "menuitem")
                if element.get("id") and "." not in element.get("id")
            }
            ids.update(found)
    assert not [name for name, count in ids.items() if count > 1]


def test_scenes_are_files() -> None:
    """What a journey needs in a database is code that is linted, no text in a test."""
    found = {
        line.partition(":")[0]
        for line in lines_with(re.compile(r"\.shell\("), (".py",))
        if line.startswith("tests/")
    }
    # a single statement each, on a dealer's database and on the channel's
    known = {"tests/test_push_credentials.py", "tests/test_push_exactly_once.py"}
    assert found - {"tests/test_hygiene.py"} <= known


def test_tree_tags_are_on_lines_of_their_own() -> None:
    """Odoo's own port from tree to list reads line by line."""
    own_line = re.compile(r"^\s*(<tree(\s.*|>|/>)?|</tree>)$")
    found = [
        line
        for line in lines_with(re.compile(r"</?tree\b"), (".xml",))
        if not own_line.match(line.split(": ", 1)[1])
    ]
    assert not found


@each_addon
@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_complete(addon: Path, language: str) -> None:
    """Each sentence has its translation, and in the order of the template."""
    template = polib.pofile(addon / f"i18n/{addon.name}.pot")
    catalogue = polib.pofile(addon / f"i18n/{language}.po")
    missing = {entry.msgid for entry in template} - {
        entry.msgid for entry in catalogue if entry.msgstr
    }
    assert not missing
    assert [e.msgid for e in catalogue] == [e.msgid for e in template]


@each_addon
def test_translations_keep_what_they_must(addon: Path) -> None:
    """Placeholders and tags agree, nothing is fuzzy, the sources have each sentence."""
    assert not (addon / "i18n" / "en.po").exists()
    template = {entry.msgid for entry in polib.pofile(addon / f"i18n/{addon.name}.pot")}
    for path in sorted((addon / "i18n").glob("*.po")):
        for entry in polib.pofile(path):
            where = f"{path.name}: {entry.msgid[:60]!r}"
            assert "fuzzy" not in entry.flags, where
            assert entry.msgid in template, f"{where} is not in the sources"
            if entry.msgstr:
                wanted, given = (
                    Counter(PLACEHOLDERS.findall(text))
                    for text in (entry.msgid, entry.msgstr)
                )
                assert wanted == given, where
                wanted, given = (
                    Counter(TAGS.findall(text)) for text in (entry.msgid, entry.msgstr)
                )
                assert wanted == given, where


# functions of their own: what is called in there does not see the function's ``self``
SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


def evaluated_in(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes that belong to an inner function itself, and not to one in it."""
    if isinstance(scope, ast.Lambda):
        pending: list[ast.AST] = [scope.body]
    else:
        pending = [each.iter for each in scope.generators[1:]]
        pending += [test for each in scope.generators for test in each.ifs]
        pending += (
            [scope.key, scope.value] if isinstance(scope, ast.DictComp) else [scope.elt]
        )
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, SCOPES):
            # the first thing gone through is read outside
            if not isinstance(node, ast.Lambda):
                pending.append(node.generators[0].iter)
        else:
            pending.extend(ast.iter_child_nodes(node))


def test_sentences_know_whose_language_they_are_in() -> None:
    """``_`` finds the language by ``self``, which comprehensions and lambdas have only
    where they name it. Controllers have the request's.
    """
    lost = []
    for name, _text, tree in own_python():
        if not name.startswith("crm_") or "/tests/" in name or "/controllers/" in name:
            continue
        for scope in ast.walk(tree):
            if not isinstance(scope, SCOPES):
                continue
            nodes = list(evaluated_in(scope))
            said = [
                node.lineno
                for node in nodes
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "_"
            ]
            named = {
                name.id
                for node in nodes
                for name in ast.walk(node)
                if isinstance(name, ast.Name)
            }
            if isinstance(scope, ast.Lambda):
                named |= {argument.arg for argument in scope.args.args}
            if said and "self" not in named:
                lost.append(f"{name}:{said[0]}")
    assert not lost


@each_addon
def test_templates_know_the_sentences_of_the_code(addon: Path) -> None:
    """What the code says to people can be translated: the template is not stale."""
    template = {entry.msgid for entry in polib.pofile(addon / f"i18n/{addon.name}.pot")}
    said = {
        ast.literal_eval(call.args[0])
        for name, _text, tree in own_python()
        if name.startswith(f"{addon.name}/") and "/tests/" not in name
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "_lt")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    said |= {
        ast.literal_eval(string)
        for name, text in own_texts()
        if name.startswith(f"{addon.name}/static/src/") and name.endswith(".js")
        for string in JS_SENTENCE.findall(text)
    }
    assert not said - template


# ---------------------------------------------------------------------------
# Every file
# ---------------------------------------------------------------------------


def test_no_package_archive_is_named() -> None:
    assert not lines_with(ARCHIVES)


def test_no_path_of_a_machine_is_named() -> None:
    assert not lines_with(MACHINE_PATHS)


def test_texts_are_tidy() -> None:
    for name, text in own_texts():
        assert "\r" not in text, f"{name} has line ends of Windows"
        assert not text or text.endswith("\n"), f"{name} does not end its last line"
        assert not re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE), f"{name}: conflict"
        if not name.endswith((".po", ".pot", ".csv")):
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{name}: spaces"


def test_no_error_is_swallowed() -> None:
    """``except: pass`` hides faults; a handler says why it ignores one, or logs it."""
    found = [
        f"{name}:{node.lineno}"
        for name, _text, tree in own_python()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and all(
            isinstance(statement, ast.Pass)
            or (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
            )
            for statement in node.body
        )
    ]
    assert not found


def test_no_test_is_skipped() -> None:
    """But for what needs an addon of others, where the package index lacks it."""
    found = lines_with(SKIPPED, (".py",))
    known = {"tests/addon_installs.py", "tests/test_push_queue_job.py"}
    assert {line.split(":")[0] for line in found} <= known


def test_what_silences_a_check_says_why() -> None:
    """Beside it, or in a comment on the line before or after."""
    found = []
    for name, text, _tree in own_python():
        lines = ["", *text.splitlines(), ""]
        for number, line in enumerate(lines):
            match = SILENCED.search(line)
            if not match:
                continue
            around = (lines[number - 1].strip(), lines[number + 1].strip())
            reasons = [match[1], *(text for text in around if text.startswith("#"))]
            if len(re.findall(r"[a-z]{2,}", " ".join(reasons))) < 2:
                found.append(f"{name}:{number}: {line.strip()}")
    assert not found


def test_no_secret_is_kept() -> None:
    """Private keys, and passwords in settings that are not for tests or demos."""
    assert not lines_with(re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"))
    setting = re.compile(r"^\s*(admin_passwd|db_password)\s*=\s*\S")
    assert not lines_with(setting, (".conf", ".cfg"))


def test_large_files_do_not_creep_in() -> None:
    for path in own_files():
        assert path.stat().st_size < 1_000_000, path.name


def test_routes_are_declared_by_the_shell() -> None:
    """Any other route would have to remember verbs, tokens and refusals itself."""
    found = {
        str(path.relative_to(ROOT))
        for addon in ADDONS
        for path in (ROOT / addon / "controllers").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "route"
    }
    assert found == set(OWN_ROUTES)


def test_controllers_are_split_by_subject() -> None:
    """A page's code is found by the name of its file."""
    long = {
        str(path.relative_to(ROOT)): count
        for addon in ADDONS
        for path in (ROOT / addon / "controllers").glob("*.py")
        if (count := len(path.read_text().splitlines())) > LONGEST_CONTROLLER
    }
    assert not long


def stands_on(addon: Path) -> set[str]:
    """The names of the addon and of all those of the suite that it depends on."""
    known, below = {addon.name}, [addon.name]
    while below:
        for name in ARROWS[below.pop()] - known:
            known.add(name)
            below.append(name)
    return known


@each_addon
def test_styles_change_no_page_of_an_addon_below(addon: Path) -> None:
    """A class that two addons call the same would change pages of the lower one."""
    styled = {
        name
        for path in (addon / "static" / "src").rglob("*.css")
        for name in re.findall(r"(?m)^\s*\.([\w-]+)(?=\s*[,{])", path.read_text())
    }
    assert not [
        f"{path.relative_to(ROOT)}: {name}"
        for below in sorted(stands_on(addon) - {addon.name})
        for path in sorted((ROOT / below / "views").glob("*.xml"))
        for name in sorted(styled & set(re.findall(r"[\w-]+", path.read_text())))
    ]


@each_addon
def test_code_knows_the_models_it_stands_on(addon: Path) -> None:
    """No addon, its tests included, looks for a model that is built on top of it."""
    known = stands_on(addon)
    others = {
        model: other.name
        for other in ADDONS
        if other.name not in known
        for model in own_models(other)
    }
    assert not [
        f"{path.relative_to(ROOT)}: {node.value} is of {others[node.value]}"
        for path in sorted(addon.rglob("*.py"))
        if str(path.relative_to(ROOT)) not in WHOLE_REGISTRY
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value in others
    ]
