"""With everything installed, what is known about a customer's open lead stays."""

from __future__ import annotations

from collections.abc import Callable

from engine.server import Odoo

from .helpers import run_scene


def test_an_open_lead_keeps_its_reseller_and_its_values(
    odoo: Odoo, databases: Callable[[Odoo, str], str]
) -> None:
    """Neither a wish for another reseller nor an import, sent twice, takes it away."""
    assert run_scene(odoo, databases(odoo, "suite"), "known_customer") == {
        "same": True,
        "leads": 1,
        "name": "Pumps",
        "salesperson": "known_manager",
        "revenue": 500,
        "reseller": "Known first Ltd",
        "state": "accepted",
        "offers": ["accepted"],
        "told": True,
    }
