"""The push beside the pipeline's rules: neither knows of the other."""

from __future__ import annotations

import pytest

from engine.remote import RemoteError

from .faults.stage import Stage

pytestmark = pytest.mark.stage(addons=["crm_lead_pipeline_rules"])


@pytest.mark.parametrize("drop", [False, True], ids=["button", "drop"])
def test_a_failing_push_leaves_the_lead_in_its_former_stage(
    stage: Stage, drop: bool
) -> None:
    """And a working one wins it, from any open stage."""
    stages = stage.admin(
        "crm.stage", "search", [["is_won", "=", False]], order="sequence"
    )
    [lead] = stage.make_leads(1, mark=f"rules{drop}")
    second = stages[1]
    stage.demo("crm.lead", "write", [lead], {"stage_id": second})

    def win() -> None:
        if drop:
            won = stage.stage(won=True)
            stage.demo("crm.lead", "write", [lead], {"stage_id": won})
        else:
            stage.win([lead])

    stage.proxy.refuse()
    with pytest.raises(RemoteError, match="cannot be reached"):
        win()
    assert stage.see(lead)["stage_id"][0] == second
    assert "cannot be reached" in stage.chatter(lead)
    stage.proxy.listen()
    win()
    assert stage.see(lead)["won"]
    assert len(stage.orders([lead])[lead]) == 1


def test_a_move_the_rules_forbid_asks_the_dealer_nothing(stage: Stage) -> None:
    """Skipping a stage is refused before any call."""
    stages = stage.admin(
        "crm.stage", "search", [["is_won", "=", False]], order="sequence"
    )
    [lead] = stage.make_leads(1, mark="skip")
    with stage.proxy.counting() as calls, pytest.raises(RemoteError, match="one stage"):
        stage.demo("crm.lead", "write", [lead], {"stage_id": stages[2]})
    assert calls == []
