"""Bring what is translated up to date: ``python3 -m engine exec engine.translations``.

Odoo 17 itself writes each addon's template from a database with the whole suite. The
catalogues beside it then hold the same sentences in the same order: translations are
kept, new sentences wait for theirs, and those that are gone go.

click-odoo-contrib's makepot would do the second half with GNU gettext's msgmerge, which
a bare machine lacks; it also guesses translations of sentences that changed ("fuzzy"),
and a guess must not pass for a translation here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import polib

from .console import Refusal, run_command, say
from .databases import APART, IMPORT, WEBSITE_GLUE, clone_template, suite_addons
from .locations import REPOSITORY
from .obtain.engines import all_engines
from .obtain.others import NotFetched, with_queue_job
from .server import Odoo
from .testing import odoo_for, start_cluster

SERIES = "17"
DATABASE = "translations"


def blocks_of(path: Path) -> tuple[str, dict[str, str]]:
    """A catalogue's header, and the text of each entry by its sentence."""
    header, *rest = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    return header, {
        polib.pofile(f"{header}\n\n{block}\n")[0].msgid: block for block in rest
    }


def write(path: Path, header: str, blocks: Iterable[str]) -> None:
    """Put a catalogue together again."""
    path.write_text("\n\n".join([header, *blocks]) + "\n", encoding="utf-8")


def follow(template: Path, catalogue: Path) -> int:
    """Give a catalogue the sentences of its template.

    :return: how many of them have no translation
    """
    header, known = blocks_of(catalogue)
    translations = {e.msgid: e.msgstr for e in polib.pofile(str(catalogue))}
    blocks = []
    for entry in polib.pofile(str(template)):
        text = translations.get(entry.msgid, "")
        entry.msgstr = text
        block = str(entry).rstrip("\n")
        if text:
            former = polib.pofile(f"{header}\n\n{known[entry.msgid]}\n")[0]
            if str(former) == str(entry):  # as it is, however its lines were broken
                block = known[entry.msgid]
        blocks.append(block)
    write(catalogue, header, blocks)
    return sum(not translations.get(e.msgid) for e in polib.pofile(str(template)))


def export(odoo: Odoo, database: str, addon: str, template: Path) -> None:
    """Have Odoo write an addon's template; its header stays, for it holds dates."""
    header = blocks_of(template)[0] if template.exists() else ""
    odoo.call(
        f"--database={database}",
        f"--modules={addon}",
        f"--i18n-export={template}",
        "--no-http",
        "--stop-after-init",
        "--log-level=warn",
    )
    if header:
        write(template, header, blocks_of(template)[1].values())


def follow_all(odoo: Odoo, addon: str) -> None:
    """Bring one addon's template and catalogues up to date."""
    folder = REPOSITORY / addon / "i18n"
    template = folder / f"{addon}.pot"
    export(odoo, DATABASE, addon, template)
    for catalogue in sorted(folder.glob("*.po")):
        missing = follow(template, catalogue)
        say(f"{addon}/{catalogue.name}: {missing} sentences to translate")


def main() -> int:
    """Update every addon's template and catalogues."""
    engine = next(iter(all_engines(SERIES)), None)
    if engine is None or engine.series >= (18, 0):
        raise Refusal("The templates are written by Odoo 17.0, which is not here.")
    odoo = odoo_for(engine, start_cluster())
    odoo.port_addons()
    for kind, addons in (
        ("suite", suite_addons(odoo)),
        ("website", [WEBSITE_GLUE]),
        ("import", [IMPORT]),
    ):
        clone_template(odoo, kind, DATABASE)
        try:
            for addon in addons:
                follow_all(odoo, addon)
        finally:
            odoo.drop(DATABASE)
    for addon in addons_on("queue_job"):
        export_on_queue_job(odoo, addon)
    return 0


def addons_on(module: str) -> list[str]:
    """The addons here that need a module from the package index."""
    return [
        addon
        for addon, needed in APART.items()
        if needed == module and (REPOSITORY / addon).is_dir()
    ]


def export_on_queue_job(odoo: Odoo, addon: str) -> None:
    """Bring an addon up to date that needs OCA's queue_job, where that can be had."""
    try:
        odoo = with_queue_job(odoo)
    except NotFetched as error:
        say(f"{addon}: left as it is, for queue_job cannot be had: {error}")
        return
    clone_template(odoo, "suite", DATABASE)
    try:
        odoo.install(DATABASE, ["queue_job", addon])
        follow_all(odoo, addon)
    finally:
        odoo.drop(DATABASE)


if __name__ == "__main__":
    sys.exit(run_command(main))
