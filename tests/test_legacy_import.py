"""What was kept with Odoo's own Resellers module comes over, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine.server import Odoo

# Data as a company that used the other module for a while has them.
SETUP = """
from odoo import fields
Partner = env["res.partner"].with_context(tracking_disable=True)
Lead = env["crm.lead"].with_context(tracking_disable=True)
Partner.search([("partner_weight", ">", 0)]).write(
    {"partner_weight": 0, "grade_id": False}
)
grade = env["res.partner.grade"].search([("name", "=", "Gold")], limit=1)
grade.partner_weight = 5
diamond = env["res.partner.grade"].create({"name": "Diamond", "partner_weight": 9})
old = env["res.partner.grade"].create(
    {"name": "Old Guard", "partner_weight": 2, "active": False}
)
operational, first = (
    env.ref("website_crm_partner_assign.res_partner_activation_data_" + name)
    for name in ("fully_operational", "first_contact")
)
def company(name, **values):
    return Partner.create({"name": name, "is_company": True, **values})
plain = company(
    "Plain", grade_id=grade.id, activation=operational.id,
    date_partnership="2021-05-04", date_review_next="2031-01-02",
)
over = company("Over", grade_id=diamond.id, activation=first.id)
over.partner_weight = 12
idle = company("Idle", grade_id=diamond.id)
idle.partner_weight = 0
veteran = company("Veteran", grade_id=old.id)
parent = company("Parent")
contact = Partner.create(
    {"name": "Contact", "parent_id": parent.id, "grade_id": grade.id}
)
weight_only = company("Weight Only")
weight_only.partner_weight = 4
stranger = company("Stranger")
def lead(name, assigned=None, declined=(), **values):
    return Lead.create({
        "name": name,
        "partner_assigned_id": assigned.id if assigned else False,
        "partner_declined_ids": [(6, 0, [p.id for p in declined])],
        **values,
    })
lead("waiting", plain, type="lead", date_partner_assign="2024-02-03")
lead("converted", over, type="opportunity")
lead("archived", plain, type="lead", active=False)
lead("refused", None, [over, plain], type="lead")
lead("passed on", contact, [over], type="lead")
lead("unknown holder", stranger, type="lead")
"""

# Demo data may have come along; the program begins empty.
EMPTY = """
for reseller in env["res.partner"].search([("reseller_level_id", "!=", False)]):
    reseller.reseller_level_id = False
"""

READ = """
import json
def names(records):
    return sorted(records.mapped("name"))
levels = env["crm.reseller.level"].with_context(active_test=False).search([])
partners = env["res.partner"].with_context(active_test=False).search(
    [("reseller_level_id", "!=", False)]
)
leads = env["crm.lead"].with_context(active_test=False).search(
    [("name", "in", ["waiting", "converted", "archived", "refused", "passed on",
                     "unknown holder"])]
)
print(">> " + json.dumps({
    "levels": {level.name: [level.weight, level.active] for level in levels},
    "resellers": {
        p.name: [
            p.reseller_level_id.name, p.reseller_weight, p.reseller_weight_custom,
            p.reseller_activation_id.name or "", str(p.reseller_partnership_date or ""),
            str(p.reseller_review_date or ""),
        ]
        for p in partners
    },
    "leads": {
        lead.name: [
            lead.reseller_id.name or "", lead.reseller_contact_id.name or "",
            lead.reseller_state, names(lead.reseller_excluded_ids),
            [[offer.reseller_id.name, offer.state]
             for offer in lead.reseller_offer_ids.sorted("id")
             if offer.method == "imported"],
            str(lead.reseller_due_on or ""),
        ]
        for lead in leads
    },
    "origins": env["ir.model.data"].search_count(
        [("name", "=like", "reseller_%from_%")]
    ),
    "messages": env["mail.mail"].search_count([]),
    "pending on": [
        str(lead.reseller_offered_on) for lead in leads if lead.name == "waiting"
        and lead.reseller_offered_on
    ],
}))
"""

PREVIEW = """
wizard = env["crm.reseller.import"].create({})
wizard.action_preview()
assert wizard.state == "preview"
for line in wizard._report_text().splitlines():
    print(">> " + line)
"""

APPLY = PREVIEW.replace("action_preview", "action_apply").replace('"preview"', '"done"')

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
    odoo.shell(name, SETUP)
    odoo.install(name, ["crm_reseller_import_odoo"], demo=False)
    odoo.shell(name, EMPTY)
    return name


def _read(odoo: Odoo, database: str) -> dict:
    return json.loads(odoo.shell(database, READ))


def test_import(odoo: Odoo, database: str) -> None:
    """A dry run changes nothing, the import all of it, a second import nothing more."""
    before = _read(odoo, database)
    assert not before["resellers"]

    told = odoo.shell(database, PREVIEW)
    assert _read(odoo, database) == before
    assert "Weight Only" in told, "a weight without a level is reported"
    assert "Stranger" in told, "a holder without a level is reported"
    assert "The level was on its contact Contact" in told
    assert "1 resellers have this activation" in told

    assert odoo.shell(database, APPLY) == told, "the dry run promised what was done"
    after = _read(odoo, database)
    assert after["levels"] == LEVELS
    assert after["resellers"] == RESELLERS
    assert after["leads"] == LEADS
    assert after["pending on"] == ["2024-02-03 12:00:00"]
    assert after["messages"] == before["messages"], "nobody is written to"

    again = odoo.shell(database, APPLY)
    assert _read(odoo, database) == after
    assert "| New |" not in again
    assert "| Joined with the one here |" not in again


def test_weight_set_later_survives_another_import(odoo: Odoo, database: str) -> None:
    """What a manager changes here after the import stays, whatever is there."""
    odoo.shell(
        database,
        'env["crm.reseller.level"].search([("name", "=", "Gold")]).weight = 8\n'
        'env["res.partner"].search([("name", "=", "Over")]).reseller_weight = 3\n',
    )
    odoo.shell(database, APPLY)
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
    odoo.shell(
        database,
        """
env["ir.module.module"].search(
    [("name", "in", ["crm_reseller_import_odoo", "website_crm_partner_assign"])]
).button_immediate_uninstall()
""",
    )
    odoo.install(database, ["crm_reseller_portal"], demo=False)
    assert _read(odoo, database) == before
    states = odoo.cluster.psql(
        database,
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND name IN "
        "('website_crm_partner_assign', 'crm_reseller_import_odoo', "
        "'crm_reseller_portal')",
    )
    assert states == "crm_reseller_portal"
