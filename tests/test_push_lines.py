"""An addon that orders more: a second line and a payment term, at a real dealer."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from .faults import proxy as faults
from .faults.stage import Stage, make_stage

ADDON = Path(__file__).parent / "addons" / "test_dealer_order"


@pytest.fixture(scope="module")
def stage(odoo, databases, serve, tmp_path_factory) -> Stage:
    """A channel with the addon, and a dealer."""
    folder = tmp_path_factory.mktemp("addons")
    copy = shutil.copytree(ADDON, folder / ADDON.name)
    manifest = copy / "__manifest__.py"
    series = ".".join(map(str, odoo.engine.series))
    manifest.write_text(manifest.read_text().replace('"17.0.', f'"{series}.'))
    channel = replace(odoo, beside=(*odoo.beside, folder))
    made = make_stage(channel, odoo, databases, serve, ADDON.name)
    assert "✘" not in made.learn()
    return made


def lines_of(stage: Stage, order: dict) -> list[tuple[str, float]]:
    """Product and quantity of each line of the dealer's order."""
    rows = stage.dealers(
        "sale.order.line",
        "search_read",
        [["order_id", "=", order["id"]]],
        ["product_id", "product_uom_qty"],
        order="id",
    )
    return [(row["product_id"][1], row["product_uom_qty"]) for row in rows]


def term_of(stage: Stage, order: dict) -> str:
    """The payment term of the dealer's order."""
    [seen] = stage.dealers("sale.order", "read", [order["id"]], ["payment_term_id"])
    return seen["payment_term_id"] and seen["payment_term_id"][1]


def test_two_lines_and_a_payment_term(stage: Stage) -> None:
    """For one lead and for a selection, of which a bad one is blamed for itself."""
    ghost = stage.admin(
        "crm.vehicle.model", "create", {"name": "Gone", "default_code": "GONE-1"}
    )
    gone = stage.dealers(
        "product.product", "create", {"name": "Gone", "default_code": "GONE-1"}
    )
    leads = stage.make_leads(4, mark="lines", vehicle_quantity=2)
    stage.admin("crm.lead", "write", [leads[2]], {"vehicle_model_id": ghost})
    assert "✘" not in stage.learn()  # the product is known from now on
    stage.dealers("product.product", "unlink", [gone])
    stage.win(leads)
    orders = stage.orders(leads)
    assert [len(orders[lead]) for lead in leads] == [1, 1, 0, 1]
    assert "GONE-1" in stage.chatter(leads[2])
    for lead in (leads[0], leads[1], leads[3]):
        [order] = orders[lead]
        first, second = lines_of(stage, order)
        assert ("EV-100" in first[0], first[1]) == (True, 2.0)
        assert ("EV-200" in second[0], second[1]) == (True, 2.0)
        assert term_of(stage, order) == "30 Days"


def test_reopened_it_says_what_the_lead_says(stage: Stage) -> None:
    """All lines and the payment term are rewritten."""
    [lead] = stage.make_leads(1, mark="rewritten")
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    stage.dealers("sale.order", "write", [order["id"]], {"payment_term_id": False})
    stage.admin("crm.lead", "write", [lead], {"stage_id": stage.stage(won=False)})
    stage.reconcile()
    stage.admin("crm.lead", "write", [lead], {"vehicle_quantity": 3})
    stage.win([lead])
    [again] = stage.orders([lead])[lead]
    assert (again["id"], again["state"]) == (order["id"], "draft")
    assert [quantity for _name, quantity in lines_of(stage, again)] == [3.0, 3.0]
    assert term_of(stage, again) == "30 Days"


def test_an_answer_that_is_lost_makes_no_second_order(stage: Stage) -> None:
    """With two lines as with one."""
    [lead] = stage.make_leads(1, mark="lost")
    done = []

    def lose_first(call) -> str | None:
        if not done and (call.model, call.method) == ("sale.order", "load"):
            done.append(call)
            return faults.AFTER
        return None

    stage.proxy.plan = lose_first
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    assert len(lines_of(stage, order)) == 2
    assert stage.see(lead)["dealer_so_name"] == order["name"]
