"""Every addon installs alone, in any order, and leaves nothing behind when it goes."""

from __future__ import annotations

import json

import pytest

from engine.databases import WEBSITE_GLUE, suite_addons
from engine.server import Odoo

pytestmark = pytest.mark.both_engines

# What an addon brings along when it is installed, and takes with it when it goes.
BRINGS = {
    "crm_reseller_portal": ["crm_reseller_base"],
    "crm_lead_intake": ["crm_contact_keys"],
}
UNINSTALL = """
names = {names!r}
env["ir.module.module"].search([("name", "in", names)]).button_immediate_uninstall()
"""
PROGRAM_IN_USE = """
base = "crm_reseller_base."
direction = env["crm.reseller.direction"].create({"name": "Tools", "path": "tools"})
reseller = env["res.partner"].create({
    "name": "Uninstalled Ltd", "is_company": True, "email": "u@example.com",
    "country_id": env.ref("base.fj").id,
    "reseller_level_id": env.ref(base + "level_gold").id,
    "reseller_activation_id": env.ref(base + "activation_ramp_up").id,
    "reseller_direction_id": direction.id,
})
leads = env["crm.lead"].create([
    {"name": name, "country_id": env.ref(country).id}
    for name, country in (("here", "base.fj"), ("no", "base.fj"), ("far", "base.to"))
])
leads.action_assign_resellers()
leads[1].reseller_decline(env.ref(base + "decline_reason_territory"))
assert leads.mapped("reseller_state") == ["pending", "declined", "none"]
assert leads[2].activity_ids
env["res.config.settings"].create({}).execute()
"""
LEFT_BEHIND = """
import json
names = {names!r}
env.cr.execute(
    "SELECT model, name FROM ir_model_data WHERE module IN %s ORDER BY 1, 2 LIMIT 20",
    [tuple(names)],
)
print(">> " + json.dumps(env.cr.fetchall()))
"""


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
    return set(odoo.cluster.psql(database, sql).splitlines()) & set(suite_addons(odoo))


def uninstall(odoo: Odoo, database: str, names: list[str]) -> list:
    """Uninstall addons; return the records still registered under their names."""
    odoo.shell(database, UNINSTALL.format(names=names))
    return json.loads(odoo.shell(database, LEFT_BEHIND.format(names=names)))


@pytest.fixture(scope="module")
def database(odoo: Odoo, databases) -> str:
    """Stock CRM, without any addon of ours."""
    return databases(odoo, "ground")


@pytest.mark.parametrize(
    "addon",
    [
        "crm_dealer_push",
        "crm_lead_pipeline_rules",
        "crm_lead_intake",
        "crm_reseller_portal",
    ],
)
def test_addon_comes_alone_and_goes_cleanly(odoo, database, addon: str) -> None:
    """Installed without the others; once gone, no table, column or record is left."""
    alone = [*BRINGS.get(addon, []), addon]
    before = tables_of(odoo, database)
    odoo.install(database, [addon], demo=False)
    assert installed(odoo, database) == set(alone)
    assert tables_of(odoo, database) > before

    assert uninstall(odoo, database, alone) == []

    assert installed(odoo, database) == set()
    left = tables_of(odoo, database) - before
    assert left == set()


def test_program_in_use_goes_cleanly(odoo, database) -> None:
    """Resellers, offers, open activities and saved settings hold nothing back."""
    before = tables_of(odoo, database)
    odoo.install(database, ["crm_reseller_base"], demo=False)
    odoo.shell(database, PROGRAM_IN_USE)

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
    """Nobody asked for it; without it Website and the reseller program stay."""
    database = databases(odoo, "website")
    sql = "SELECT state FROM ir_module_module WHERE name = '{}'"
    assert odoo.cluster.psql(database, sql.format(WEBSITE_GLUE)) == "installed"
    published = "crm_reseller_level.is_published"
    assert published in tables_of(odoo, database)

    assert uninstall(odoo, database, [WEBSITE_GLUE]) == []

    assert published not in tables_of(odoo, database)
    assert installed(odoo, database) == set(suite_addons(odoo))
    assert odoo.cluster.psql(database, sql.format("website")) == "installed"
