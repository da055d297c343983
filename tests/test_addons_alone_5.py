"""Some addons, each installed alone and uninstalled; see ``addon_installs.py``."""

from __future__ import annotations

import pytest

from .addon_installs import check_alone, install_foundation, tables_of, uninstall
from .helpers import run_scene

pytestmark = pytest.mark.both_engines
SECONDS = 215
ADDONS = ("crm_reseller_base", "crm_reseller_dealer")


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_comes_alone_and_goes_cleanly(odoo, databases, addon: str) -> None:
    """Installed without the others; once gone, no table, column or record is left."""
    check_alone(odoo, databases, addon)


def test_program_in_use_goes_cleanly(odoo, databases) -> None:
    """Resellers, offers, open activities and saved settings hold nothing back."""
    database = databases(odoo, "ground")
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
