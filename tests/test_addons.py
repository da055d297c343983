"""Addons come in any order; each also comes alone, see ``test_addons_alone_*.py``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from engine.databases import WEBSITE_GLUE, suite_addons

from .addon_installs import ADDONS, installed, tables_of, uninstall

pytestmark = pytest.mark.both_engines
SECONDS = 230


def test_each_addon_is_tried_alone_once() -> None:
    """In one of the files that the workers share; a new one into the shortest."""
    files = Path(__file__).parent.glob("test_addons_alone_*.py")
    parts = [import_module(f"{__package__}.{path.stem}").ADDONS for path in files]
    assert sorted(addon for part in parts for addon in part) == ADDONS


def test_addons_come_in_the_other_order(odoo, databases) -> None:
    """The last one first: no addon counts on another's being there."""
    database = databases(odoo, "ground")
    for addon in reversed(suite_addons(odoo)):
        odoo.install(database, [addon], demo=False)
    assert installed(odoo, database) == set(suite_addons(odoo))


def test_the_glue_comes_with_website_and_goes_cleanly(odoo, databases) -> None:
    """No one asked for it; without it Website and the reseller program stay."""
    database = databases(odoo, "website")
    sql = "SELECT state FROM ir_module_module WHERE name = '{}'"
    assert odoo.cluster.psql(database, sql.format(WEBSITE_GLUE)) == "installed"
    published = "crm_reseller_level.is_published"
    assert published in tables_of(odoo, database)

    assert uninstall(odoo, database, [WEBSITE_GLUE]) == []

    assert published not in tables_of(odoo, database)
    assert installed(odoo, database) == set(suite_addons(odoo))
    assert odoo.cluster.psql(database, sql.format("website")) == "installed"
