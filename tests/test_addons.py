"""Every addon installs alone, in any order, and leaves nothing behind when it goes."""

from __future__ import annotations

import pytest

from engine.databases import (
    APART,
    WEBSITE_GLUE,
    dependencies_in_suite,
    suite_addons,
)
from engine.locations import REPOSITORY
from engine.obtain.others import NotFetched, with_queue_job
from engine.readme import read_manifest
from engine.server import Odoo

from .helpers import run_scene

pytestmark = pytest.mark.both_engines

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


@pytest.fixture(scope="module")
def database(odoo: Odoo, databases) -> str:
    """Stock CRM, without any addon of ours."""
    return databases(odoo, "ground")


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_comes_alone_and_goes_cleanly(odoo, databases, addon: str) -> None:
    """Installed without the others; once gone, no table, column or record is left."""
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


def test_program_in_use_goes_cleanly(odoo, database) -> None:
    """Resellers, offers, open activities and saved settings hold nothing back."""
    install_foundation(odoo, database, "crm_reseller_base")
    before = tables_of(odoo, database)
    odoo.install(database, ["crm_reseller_base"], demo=False)
    states, asked = run_scene(odoo, database, "program_in_use")
    assert states == ["pending", "declined", "none"]
    assert asked, "a lead without a reseller asks for attention"

    assert uninstall(odoo, database, ["crm_reseller_base"]) == []

    assert tables_of(odoo, database) - before == set()
    for table, column in (
        ("ir_config_parameter", "key"),
        ("mail_activity_type", "name"),
        ("mail_template", "name"),
        ("crm_tag", "name"),
        ("ir_act_server", "name"),
        ("ir_ui_menu", "name"),
    ):
        sql = f"SELECT {column} FROM {table} WHERE {column}::text ILIKE '%reseller%'"
        assert odoo.cluster.psql(database, sql) == "", table


def test_addons_come_in_the_other_order(odoo, database) -> None:
    """The last one first: no addon counts on another's being there."""
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
