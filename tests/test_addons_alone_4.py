"""Some addons, each installed alone and uninstalled; see ``addon_installs.py``."""

from __future__ import annotations

import pytest

from .addon_installs import check_alone

pytestmark = pytest.mark.both_engines
SECONDS = 210
ADDONS = (
    "crm_dealer_push",
    "crm_dealer_push_queue_job",
    "crm_reseller_portal",
    "crm_reseller_website",
)


@pytest.mark.parametrize("addon", ADDONS)
def test_addon_comes_alone_and_goes_cleanly(odoo, databases, addon: str) -> None:
    """Installed without the others; once gone, no table, column or record is left."""
    check_alone(odoo, databases, addon)
