"""Assemble each addon's README from its fragments: ``python -m engine.readme``.

``readme/*.md`` is where people write. README.md is for those who look at the sources,
``static/description/index.html`` for those who look at Odoo's list of apps.
"""

from __future__ import annotations

import ast
import re
from html import escape
from pathlib import Path

import markdown

from .console import Refusal, run_command, say
from .locations import REPOSITORY
from .port import find_addons

SECTIONS = {
    "DESCRIPTION": "",
    "CONTEXT": "When to use it",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known limits",
    "HISTORY": "Changes",
    "CONTRIBUTORS": "Contributors",
}
LICENSES = {"LGPL-3": "GNU Lesser General Public License, version 3"}
NOTICE = "<!-- Made from readme/ by `python -m engine.readme`: edit there. -->"
PICTURES = "static/description/"


def read_manifest(addon: Path) -> dict:
    return ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))


def nest(text: str, least: int = 3) -> str:
    """Move the headings of a fragment below the heading of its section."""
    parts = re.split(r"(^```.*?^```)", text.strip(), flags=re.MULTILINE | re.DOTALL)
    prose = "".join(parts[::2])
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]
    deeper = "#" * max(0, least - min(levels, default=least))
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r"^(?=#+ )", deeper, parts[index], flags=re.MULTILINE)
    return "".join(parts)


def assemble(addon: Path) -> str:
    """The README of an addon, as Markdown.

    :raises Refusal: when there is no description, or a fragment no one would see
    """
    manifest = read_manifest(addon)
    fragments = {path.stem: path for path in (addon / "readme").glob("*.md")}
    if "DESCRIPTION" not in fragments:
        raise Refusal(f"{addon.name}/readme/DESCRIPTION.md is missing.")
    if unknown := sorted(set(fragments) - set(SECTIONS)):
        raise Refusal(f"{addon.name}/readme/ has no section for {', '.join(unknown)}.")
    blocks = [NOTICE, f"# {manifest['name']}", f"_{manifest['summary']}._"]
    for stem, title in SECTIONS.items():
        if stem not in fragments:
            continue
        if title:
            blocks.append(f"## {title}")
        blocks.append(nest(fragments[stem].read_text(encoding="utf-8")))
    blocks += [
        "## License",
        f"{LICENSES[manifest['license']]} ({manifest['license']}).",
    ]
    return "\n\n".join(blocks) + "\n"


def to_html(addon: Path, text: str) -> str:
    """The same as a page for Odoo, which looks for pictures beside it."""
    body = markdown.markdown(
        text.removeprefix(NOTICE).strip(), extensions=["tables", "fenced_code"]
    )
    body = body.replace(f'src="{PICTURES}', 'src="')
    name = escape(read_manifest(addon)["name"])
    return (
        f'<!DOCTYPE html>\n{NOTICE}\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{name}</title>\n</head>\n<body>\n"
        f'<section class="oe_container">\n{body}\n</section>\n</body>\n</html>\n'
    )


def expected(addon: Path) -> dict[Path, str]:
    """The files made from an addon's fragments, and what must be in them."""
    text = assemble(addon)
    return {
        addon / "README.md": text,
        addon / PICTURES / "index.html": to_html(addon, text),
    }


def main() -> int:
    """Write the files that are not up to date."""
    refused = []
    for addon in find_addons(REPOSITORY):
        try:
            wanted = expected(addon)
        except Refusal as refusal:
            refused.append(str(refusal))
            continue
        for path, text in wanted.items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                say(f"{path.relative_to(REPOSITORY)} written")
    if refused:
        raise Refusal("\n".join(refused))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
