"""What journeys of several files use; fixtures are in ``conftest.py``."""

from __future__ import annotations

from engine.run import run_main
from engine.server import Odoo


def run_scene(odoo: Odoo, database: str, name: str, **arguments):
    """Set a scene in a database; return what its ``main`` says of it.

    :param name: a file of ``tests/scenes``, without ``.py``
    :param arguments: plain values, as its ``main`` names them
    """
    return run_main(odoo, database, f"tests.scenes.{name}", **arguments)
