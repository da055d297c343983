"""Installing and uninstalling addons, for ``test_addons*.py``.

Each addon of the suite takes 10 to 75 seconds an engine, so its test is in one of some
files of about 200 seconds, which the workers share. Each has a tuple ``ADDONS``; a new
addon goes into the shortest one, and ``test_addons.py`` tells when it is in none.
"""

from __future__ import annotations

import pytest

from engine.databases import APART, WEBSITE_GLUE, dependencies_in_suite
from engine.locations import REPOSITORY
from engine.obtain.others import NotFetched, with_queue_job
from engine.readme import read_manifest
from engine.server import Odoo

from .helpers import run_scene

ADDONS = sorted(dependencies_in_suite())


def tables_of(odoo: Odoo, database: str) -> set[str]:
    """The names of a database's tables and of their columns."""
    sql = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )
    return set(odoo.cluster.psql(database, sql).splitlines())


def installed(odoo: Odoo, database: str) -> set[str]:
    """The suite's addons that are installed."""
    sql = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    return set(odoo.cluster.psql(database, sql).splitlines()) & set(ADDONS)


def with_dependencies(addon: str) -> set[str]:
    """An addon and all addons of the suite that it needs, directly or not."""
    found = {addon}
    for needed in dependencies_in_suite()[addon]:
        found |= with_dependencies(needed)
    return found


def install_foundation(odoo: Odoo, database: str, addon: str) -> None:
    """Install what is not the suite's, but needed by an addon or those it needs."""
    needed = {
        name
        for ours in with_dependencies(addon)
        for name in read_manifest(REPOSITORY / ours)["depends"]
    }
    sql = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    present = set(odoo.cluster.psql(database, sql).splitlines())
    if missing := sorted(needed - present - set(ADDONS)):
        odoo.install(database, missing, demo=False)


def uninstall(odoo: Odoo, database: str, names: list[str]) -> list:
    """Uninstall addons; return the first records still registered under their names."""
    run_scene(odoo, database, "uninstall", names=names)
    quoted = ", ".join(f"'{name}'" for name in names)
    return odoo.cluster.psql(
        database,
        f"SELECT model, name FROM ir_model_data WHERE module IN ({quoted}) "
        "ORDER BY model, name LIMIT 20",
    ).splitlines()


def check_alone(odoo: Odoo, databases, addon: str) -> None:
    """Install an addon without the others, and uninstall it.

    Once it is gone, no table, column or record is left.

    :param databases: the fixture of that name
    """
    if APART.get(addon) == "queue_job":
        try:
            odoo = with_queue_job(odoo)
        except NotFetched as error:
            pytest.skip(f"{addon} is not tried: the index has no queue_job: {error}")
    database = databases(odoo, "ground")
    install_foundation(odoo, database, addon)
    before = tables_of(odoo, database)
    odoo.install(database, [addon], demo=False)
    there = installed(odoo, database)
    # Website's glue comes along where Website is
    assert there | {WEBSITE_GLUE} == with_dependencies(addon) | {WEBSITE_GLUE}
    assert addon in there

    assert uninstall(odoo, database, sorted(there)) == []

    assert installed(odoo, database) == set()
    assert tables_of(odoo, database) - before == set()
    odoo.drop(database)
