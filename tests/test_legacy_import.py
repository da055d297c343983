"""What was kept with Odoo's own Resellers module comes over, on a real database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.server import Odoo

from .helpers import run_scene

LEVELS = {
    "Gold": [5, True],
    "Silver": [1, True],
    "Bronze": [1, True],
    "Diamond": [9, True],
    "Old Guard": [2, False],
}
RESELLERS = {
    "Plain": ["Gold", 5, False, "Fully Operational", "2021-05-04", "2031-01-02"],
    "Over": ["Diamond", 12, True, "First Contact", "", ""],
    "Idle": ["Diamond", 0, True, "", "", ""],
    "Veteran": ["Old Guard", 2, False, "", "", ""],
    "Parent": ["Gold", 5, False, "", "", ""],
}
LEADS = {
    "waiting": ["Plain", "", "pending", [], [["Plain", "pending"]], ""],
    "converted": ["Over", "", "accepted", [], [["Over", "accepted"]], ""],
    "archived": ["", "", "none", [], [["Plain", "withdrawn"]], ""],
    "refused": [
        "",
        "",
        "declined",
        ["Over", "Plain"],
        [["Plain", "declined"], ["Over", "declined"]],
        "",
    ],
    "passed on": [
        "Parent",
        "Contact",
        "pending",
        ["Over"],
        [["Over", "declined"], ["Parent", "pending"]],
        "",
    ],
    "unknown holder": ["", "", "none", [], [], ""],
}


@pytest.fixture(scope="module")
def database(odoo: Odoo, databases: Callable[[Odoo, str], str]) -> str:
    """A database where the other module was used, and this suite came later."""
    name = databases(odoo, "partner")
    run_scene(odoo, name, "other_program")
    odoo.install(name, ["crm_reseller_import_odoo"], demo=False)
    run_scene(odoo, name, "empty_program")
    return name


def _read(odoo: Odoo, database: str) -> dict:
    return run_scene(odoo, database, "read_program")


def _import(odoo: Odoo, database: str, apply: bool = True) -> str:
    return "\n".join(run_scene(odoo, database, "import_program", apply=apply))


def test_import(odoo: Odoo, database: str) -> None:
    """A dry run changes nothing, the import all of it, a second import nothing more."""
    before = _read(odoo, database)
    assert not before["resellers"]

    told = _import(odoo, database, apply=False)
    assert _read(odoo, database) == before
    assert "Weight Only" in told, "a weight without a level is reported"
    assert "Stranger" in told, "a holder without a level is reported"
    assert "The level was on its contact Contact" in told
    assert "1 resellers have this activation" in told

    done = _import(odoo, database)
    assert done == told, "the dry run promised what was done"
    after = _read(odoo, database)
    assert after["levels"] == LEVELS
    assert after["resellers"] == RESELLERS
    assert after["leads"] == LEADS
    assert after["pending on"] == ["2024-02-03 12:00:00"]
    assert after["messages"] == before["messages"], "nobody is written to"

    again = _import(odoo, database)
    assert _read(odoo, database) == after
    assert "| New |" not in again
    assert "| Joined with the one here |" not in again


def test_weight_set_later_survives_another_import(odoo: Odoo, database: str) -> None:
    """What a manager changes here after the import stays, whatever is there."""
    run_scene(odoo, database, "change_weights")
    _import(odoo, database)
    found = _read(odoo, database)
    assert found["levels"]["Gold"] == [8, True]
    assert found["resellers"]["Plain"][1:3] == [8, False]
    assert found["resellers"]["Over"][1:3] == [3, True]


def test_then_the_portal_takes_over(odoo: Odoo, database: str) -> None:
    """Import and Odoo's module are uninstalled, and the portal is installed.

    The portal excludes Odoo's module, for both have pages at the same addresses. What
    was imported is all there.
    """
    before = _read(odoo, database)
    names = ["crm_reseller_import_odoo", "website_crm_partner_assign"]
    run_scene(odoo, database, "uninstall", names=names)
    odoo.install(database, ["crm_reseller_portal"], demo=False)
    assert _read(odoo, database) == before
    states = odoo.cluster.psql(
        database,
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN "
        "('website_crm_partner_assign', 'crm_reseller_import_odoo', "
        "'crm_reseller_portal')",
    )
    assert states == "crm_reseller_portal"
