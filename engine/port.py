"""Port a copy of the addons from Odoo 17.0 to the series of a newer engine.

The source is written for 17.0 and is never edited here: a copy goes into a throw-away
folder, Odoo's own ``upgrade_code`` rewrites it (Odoo 18 and later ship it), then the
small rules of this file do what that tool leaves undone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCE_SERIES = (17, 0)
TEXT_SUFFIXES = frozenset({".py", ".xml", ".js", ".csv", ".po", ".pot"})
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.orig", ".git")

# Every rule takes the file's path inside its addon and its text, and returns the text.
Rule = Callable[[Path, str], str]


class PortError(Exception):
    """The copy cannot be made; the message says why, in words for a person."""


def _text(series: tuple[int, int]) -> str:
    return "{}.{}".format(*series)


def series_of(engine: Path) -> tuple[int, int]:
    """Read the series, e.g. ``(19, 0)``, of the Odoo in folder ``engine``.

    :raises PortError: when there is no Odoo in that folder
    """
    release = engine / "odoo" / "release.py"
    try:
        found = re.search(
            r"^version_info = \((\d+), (\d+),", release.read_text(), re.MULTILINE
        )
    except OSError as error:
        raise PortError(f"{engine} holds no Odoo: {error.strerror}") from None
    if not found:
        raise PortError(f"{release} does not say which Odoo it is")
    return int(found[1]), int(found[2])


def find_addons(source: Path) -> list[Path]:
    """The addon folders directly below ``source``, by name."""
    return sorted(path.parent for path in source.glob("*/__manifest__.py"))


# ---------------------------------------------------------------------------
# Rules
# ---------------------------------------------------------------------------


def manifest_series(series: tuple[int, int]) -> Rule:
    """Make the rule that writes ``19.0.1.0.0`` where the source says ``17.0.1.0.0``."""
    wanted = _text(series)

    def rule(path: Path, text: str) -> str:
        if path.name != "__manifest__.py":
            return text
        return re.sub(r"(['\"])17\.0\.(\d+\.\d+\.\d+)\1", rf"\g<1>{wanted}.\2\1", text)

    return rule


def _without_fields(names: str, text: str) -> str:
    """Cut the ``<field>`` elements with one of these names, on one line or several."""
    start = rf'\s*<field\s+name="(?:{names})"'
    return re.sub(rf"{start}(?:[^<]*?/>|[^<]*</field>)", "", text)


def cron_without_call_count(path: Path, text: str) -> str:
    """``ir.cron`` has neither ``numbercall`` nor ``doall`` from 18.0 on."""
    if path.suffix == ".xml":
        return _without_fields("numbercall|doall", text)
    return text


def kanban_card_template(path: Path, text: str) -> str:
    """The card's template is called ``card`` from 18.0 on, and so does its xpath."""
    if path.suffix == ".xml":
        return text.replace("kanban-box", "card")
    return text


def field_aggregator(path: Path, text: str) -> str:
    """A field's ``group_operator`` is called ``aggregator`` from 18.0 on."""
    if path.suffix == ".py":
        return re.sub(r"\bgroup_operator(?=\s*=)", "aggregator", text)
    return text


def access_groups_field(path: Path, text: str) -> str:
    """Users, views, menus and actions name their groups ``group_ids`` from 19.0 on."""
    if path.suffix in (".xml", ".py", ".js", ".csv"):
        return re.sub(r"(?<![A-Za-z0-9_])groups_id(?![A-Za-z0-9_])", "group_ids", text)
    return text


def _records(text: str, model: str) -> Iterator[re.Match[str]]:
    pattern = rf"<record\b[^>]*\bmodel=\"{re.escape(model)}\"[^>]*>.*?</record>"
    return re.finditer(pattern, text, re.DOTALL)


def group_record_fields(path: Path, text: str) -> str:
    """``res.groups`` has ``user_ids`` for ``users``, and no category, from 19.0 on."""
    if path.suffix != ".xml":
        return text
    for match in list(_records(text, "res.groups")):
        record = re.sub(r'(<field\s+name=)"users"', r'\1"user_ids"', match[0])
        text = text.replace(match[0], _without_fields("category_id", record))
    return text


def form_chatter(path: Path, text: str) -> str:
    """The chatter of a form is the tag ``<chatter />`` from 18.0 on."""
    if path.suffix == ".xml":
        return re.sub(
            r'<div class="oe_chatter">.*?</div>', "<chatter />", text, flags=re.DOTALL
        )
    return text


def template_recipients(path: Path, text: str) -> str:
    """From 19.0 on a mail template's own recipients count only where it says so."""
    if path.suffix != ".xml":
        return text
    switch = '<field name="use_default_to" eval="False" />'
    for match in list(_records(text, "mail.template")):
        if "use_default_to" in match[0]:
            continue
        record = re.sub(
            r"\n([ \t]*)(<field\s+name=\"(?:email_to|partner_to)\")",
            rf"\n\1{switch}\n\1\2",
            match[0],
            count=1,
        )
        text = text.replace(match[0], record)
    return text


def javascript_compat(path: Path, text: str) -> str:
    """In ``static/src/compat.js`` the part for 17 makes room for that of 18.0 on.

    The file holds both: the first between ``//#if 17`` and ``//#else``, the second, as
    comments, from there to ``//#endif``.
    """
    if path.parts[-3:] != ("static", "src", "compat.js"):
        return text

    def swap(found: re.Match[str]) -> str:
        return re.sub(r"^// ?", "", found[1], flags=re.MULTILINE)

    pattern = r"^//#if 17\n.*?^//#else\n(.*?)^//#endif\n"
    return re.sub(pattern, swap, text, flags=re.MULTILINE | re.DOTALL)


def rules_for(series: tuple[int, int]) -> list[Rule]:
    """Our rules for a target series, in the order they run."""
    rules: list[Rule] = [manifest_series(series)]
    if series >= (18, 0):
        rules += [cron_without_call_count, kanban_card_template, field_aggregator]
        rules += [form_chatter, javascript_compat]
    if series >= (19, 0):
        rules += [access_groups_field, group_record_fields, template_recipients]
    return rules


# ---------------------------------------------------------------------------
# The port
# ---------------------------------------------------------------------------


def apply_rules(folder: Path, rules: list[Rule]) -> None:
    """Rewrite every text file of the addons in ``folder``."""
    for path in folder.rglob("*"):
        if path.suffix not in TEXT_SUFFIXES or not path.is_file():
            continue
        before = after = path.read_text(encoding="utf-8")
        for rule in rules:
            after = rule(path.relative_to(folder), after)
        if after != before:
            path.write_text(after, encoding="utf-8")


def run_upgrade_code(engine: Path, folder: Path, series: tuple[int, int]) -> None:
    """Run Odoo's own ``upgrade_code`` of ``engine`` over the addons in ``folder``."""
    code = (
        "import sys; from odoo.cli.upgrade_code import migrate; "
        "from odoo.tools import parse_version; "
        "migrate(sys.argv[1:2], '**/*', *map(parse_version, sys.argv[2:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), _text(SOURCE_SERIES), _text(series)],
        env={**os.environ, "PYTHONPATH": str(engine), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise PortError(f"Odoo's upgrade_code failed: {last}")


def port(source: Path, target: Path, engine: Path) -> list[Path]:
    """Write the addons of ``source`` into ``target``, fit for ``engine``.

    The folder is replaced as a whole: a run killed half-way leaves the former one.

    :return: the addon folders below ``target``
    :raises PortError: when the engine is none, or its series is older than the source's
    """
    series = series_of(engine)
    if series < SOURCE_SERIES:
        raise PortError(f"The suite needs Odoo 17.0 or newer, not {_text(series)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".port-") as scratch:
        folder = Path(scratch) / "addons"
        folder.mkdir()
        for addon in find_addons(source):
            shutil.copytree(addon, folder / addon.name, ignore=LEFT_OUT)
        if series >= (18, 0):
            run_upgrade_code(engine, folder, series)
        apply_rules(folder, rules_for(series))
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    return find_addons(target)


def sources_stamp(source: Path, engine: Path) -> str:
    """What a ported copy depends on, in short: the sources, the rules, the engine."""
    digest = hashlib.sha256(f"{engine} {series_of(engine)}".encode())
    digest.update(Path(__file__).read_bytes())
    for addon in find_addons(source):
        for path in sorted(addon.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(source)}:".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def main(argv: list[str] | None = None) -> int:
    """Command line: ``python -m engine.port --engine DIR --target DIR``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--source", type=Path, default=Path(__file__).parents[1])
    args = parser.parse_args(argv)
    try:
        addons = port(args.source, args.target, args.engine)
    except PortError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(addons)} addons in {args.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
