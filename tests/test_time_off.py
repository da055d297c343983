"""With Odoo's Time Off installed, agents on leave are given no leads."""

from __future__ import annotations

from collections.abc import Callable

from engine.server import Odoo

from .helpers import run_scene


def test_agents_on_leave_get_no_leads(
    odoo: Odoo, databases: Callable[[Odoo, str], str]
) -> None:
    name = databases(odoo, "ground")
    odoo.install(name, ["crm_lead_pipeline_rules", "hr_holidays"], demo=False)
    assert run_scene(odoo, name, "time_off") == {"got": ["there"], "left": 0}
