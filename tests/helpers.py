"""What journeys of several files use; fixtures are in ``conftest.py``."""

from __future__ import annotations

from typing import Any

from engine.run import run_main
from engine.server import Odoo

THROUGH_TOOLTIPS = """
addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent =
        ".o-tooltip, .o_popover:has(.o-tooltip) { pointer-events: none !important; }";
    document.head.append(style);
});
"""


def run_scene(odoo: Odoo, database: str, name: str, **arguments):
    """Set a scene in a database; return what its ``main`` says of it.

    :param name: a file of ``tests/scenes``, without ``.py``
    :param arguments: plain values, as its ``main`` names them
    """
    return run_main(odoo, database, f"tests.scenes.{name}", **arguments)


def click_through_tooltips(screen: Any) -> None:
    """Let clicks through Odoo's tooltips.

    A person's pointer moves off what it explains and the tooltip goes; a test's
    pointer rests there, and the tooltip lies over the menu that opened below.

    :param screen: a page or a context of a browser
    """
    screen.add_init_script(THROUGH_TOOLTIPS)
