"""The line through all addons, from an import to the dealer's sales order."""

from __future__ import annotations

import pytest

from engine.demo import Line
from engine.run import connect


@pytest.mark.both_engines
def test_a_lead_goes_from_import_to_the_dealers_order(
    odoo, databases, serve, capsys
) -> None:
    """Import, assignment, answers, pipeline and push, each as its user does it."""
    channel, dealer = databases(odoo, "suite"), databases(odoo, "dealer")
    dealer_server = serve(odoo, database=dealer)
    connect((odoo, channel), (odoo, dealer), dealer_server.url)
    channel_server = serve(odoo, database=channel)
    line = Line((channel_server.url, channel), (dealer_server.url, dealer))

    first = line.play()

    told = capsys.readouterr().out
    assert "Imported 200 leads" in told
    assert 'From "New" the only allowed next stage is "Qualified"' in told
    assert f"Sales order {first} exists at the dealer." in told
    # Played again it takes another lead, and the dealer gets a second order.
    assert line.play() != first
    assert odoo.cluster.psql(dealer, "SELECT count(*) FROM sale_order") == "2"
