"""A reseller reports a deal as won or lost, the team confirms it, all addons installed.

Confirming is the usual Won or Lost: the dealer gets its order, the pipeline's rules
hold, and when the dealer cannot be reached the report waits as it was.
"""

from __future__ import annotations

import pytest

from engine.remote import RemoteError

from .faults.stage import Stage
from .helpers import run_scene

pytestmark = pytest.mark.stage(kind="suite")


@pytest.fixture(scope="module")
def stage(pair, stage: Stage) -> Stage:
    """The whole suite, a dealer behind a proxy, and a reseller who reports."""
    channel = stage.channel
    stage.reseller = run_scene(channel.odoo, channel.database, "reports")
    return stage


def report(stage: Stage, lead: int, outcome: str) -> None:
    """Let the reseller accept a lead, say that all is open, and report a result."""
    channel = stage.channel
    probability = run_scene(
        channel.odoo,
        channel.database,
        "report_result",
        lead=lead,
        outcome=outcome,
        **stage.reseller,
    )
    # a chance of 0 % is no lost deal
    assert probability == 0


def state(stage: Stage, lead: int) -> str:
    """What became of the lead's report."""
    [found] = stage.admin(
        "crm.reseller.outcome", "search_read", [["lead_id", "=", lead]], ["state"]
    )
    return found["state"]


def confirm(stage: Stage, lead: int) -> None:
    """Press Confirm, as the salesperson."""
    stage.demo("crm.lead", "action_confirm_reseller_outcome", [lead])


def test_a_result_is_confirmed_when_the_dealer_has_its_order(stage: Stage) -> None:
    """A dealer that cannot be reached leaves the report as it was, and is told of."""
    [lead] = stage.make_leads(1, mark="reported")
    report(stage, lead, "won")
    stage.proxy.refuse()
    with pytest.raises(RemoteError, match="cannot be reached"):
        confirm(stage, lead)
    assert state(stage, lead) == "reported"
    assert not stage.see(lead)["won"]
    assert "cannot be reached" in stage.chatter(lead)
    assert "We confirm" not in stage.chatter(lead)

    stage.proxy.listen()
    confirm(stage, lead)
    assert state(stage, lead) == "confirmed"
    assert stage.see(lead)["won"]
    assert len(stage.orders([lead])[lead]) == 1
    assert stage.chatter(lead).count("We confirm: this deal is won") == 1
    # the second click finds nothing to do
    confirm(stage, lead)
    assert len(stage.orders([lead])[lead]) == 1
    assert stage.chatter(lead).count("We confirm: this deal is won") == 1


def test_of_several_those_are_confirmed_that_were_won(stage: Stage) -> None:
    """One order was made before the network broke: its lead is won, the others wait."""
    leads = stage.make_leads(2, mark="several")
    for lead in leads:
        report(stage, lead, "won")
    stage.write_dealership(timeout_seconds=5)
    # the second lead is another dealership's, which no one can reach
    other = stage.admin("crm.dealership", "copy", [stage.dealership])
    other = other[0] if isinstance(other, list) else other
    stage.admin("crm.lead", "write", [leads[1]], {"dealership_id": other})
    stage.demo("crm.lead", "action_confirm_reseller_outcome", leads)
    assert stage.see(leads[0])["won"]
    assert state(stage, leads[0]) == "confirmed"
    assert not stage.see(leads[1])["won"]
    assert state(stage, leads[1]) == "reported"


def test_a_lost_deal_is_lost_with_its_reason(stage: Stage) -> None:
    """No order is made; the reason is the reseller's."""
    [lead] = stage.make_leads(1, mark="lost")
    report(stage, lead, "lost")
    confirm(stage, lead)
    assert state(stage, lead) == "confirmed"
    [seen] = stage.admin(
        "crm.lead",
        "search_read",
        [["id", "=", lead], ["active", "=", False]],
        ["lost_reason_id", "stage_id"],
    )
    assert seen["lost_reason_id"]
    assert stage.orders([lead])[lead] == []
