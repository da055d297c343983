"""What a salesperson sees in the browser when a lead is won."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from .faults.stage import Stage
from .helpers import click_through_tooltips

pytestmark = pytest.mark.stage(kind="suite")
CARD = ".o_kanban_record"
SLOWEST = 180_000  # milliseconds; the first visitor waits until scripts are bundled


@pytest.fixture(scope="module")
def page(stage: Stage, browser) -> Iterator[Page]:
    """A page of a salesperson, signed in."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    click_through_tooltips(page)
    page.set_default_timeout(SLOWEST)
    page.goto(f"{stage.channel.url}/web/login")
    page.fill("#login", "demo")
    page.fill("#password", "demo")
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url, wait_until="commit")
    yield page
    page.close()


@pytest.fixture
def look(stage: Stage, page: Page) -> Callable[[str, str], Page]:
    """Open the pipeline in a kind of view, with the leads of one mark only."""
    action = stage.admin(
        "ir.actions.act_window",
        "create",
        {"name": "The leads of a test", "res_model": "crm.lead"},
    )

    def open_(kind: str, mark: str) -> Page:
        if kind == "list" and stage.channel.odoo.engine.series < (18, 0):
            kind = "tree"
        stage.admin(
            "ir.actions.act_window",
            "write",
            [action],
            {
                "view_mode": f"{kind},form",
                "domain": f"[('name', 'like', '{mark} ')]",
                "context": "{'group_by': 'stage_id'}" if kind == "kanban" else "{}",
            },
        )
        page.goto("about:blank")  # or the page would stay, and what it has loaded
        page.goto(f"{stage.channel.url}/web#action={action}")
        page.wait_for_selector(CARD if kind == "kanban" else ".o_data_row")
        # messages of the server come through a connection that is made after loading
        page.wait_for_timeout(2000)
        return page

    return open_


def column(page: Page, stage: Stage, won: bool):
    """A column of the kanban view."""
    [row] = stage.admin("crm.stage", "read", [stage.stage(won=won)], ["name"])
    title = page.locator(".o_column_title, .o_kanban_header_title")
    return page.locator(".o_kanban_group").filter(
        has=title.filter(has_text=re.compile(rf"^\s*{row['name']}\b"))
    )


def drop_on_won(page: Page, stage: Stage, name: str) -> None:
    """Take a card with the mouse and let it go over the won column."""
    card = page.locator(CARD).filter(has_text=name)
    target = column(page, stage, won=True)
    target.scroll_into_view_if_needed()
    start, end = card.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 30, steps=5)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 120, steps=15)
    page.wait_for_timeout(300)
    page.mouse.up()


def toast(page: Page, kind: str):
    """A message in the corner, of the server's kind."""
    selector = f".o_notification:has(.bg-{kind}), .o_notification.border-{kind}"
    return page.locator(selector)


def test_a_card_dropped_on_won(stage: Stage, look) -> None:
    """The card stays there, and a message names the order."""
    [lead] = stage.make_leads(1, mark="drop")
    page = look("kanban", "drop")
    drop_on_won(page, stage, "drop 0")
    message = toast(page, "success")
    expect(message).to_contain_text("Sales order", timeout=30_000)
    [order] = stage.orders([lead])[lead]
    expect(message).to_contain_text(order["name"])
    expect(column(page, stage, won=True).locator(CARD)).to_contain_text("drop 0")
    assert stage.see(lead)["won"]


def test_a_card_the_dealer_refuses_goes_back(stage: Stage, look) -> None:
    """And the sentence that says why is shown."""
    [lead] = stage.make_leads(1, mark="back")
    page = look("kanban", "back")
    stage.proxy.refuse()
    drop_on_won(page, stage, "back 0")
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("cannot be reached", timeout=30_000)
    dialog.locator("footer button").first.click()
    expect(dialog).to_have_count(0)
    expect(column(page, stage, won=False).locator(CARD)).to_contain_text("back 0")
    expect(column(page, stage, won=True).locator(CARD)).to_have_count(0)
    assert not stage.see(lead)["won"]


def mark_as_won(page: Page) -> None:
    """Choose all leads of the list, and the action from its menu."""
    page.locator("thead .o_list_record_selector input").check()
    page.locator(".o_cp_action_menus button", has_text="Action").last.click()
    menu = page.locator(".o-dropdown--menu, .dropdown-menu")
    menu.get_by_text("Mark as Won", exact=True).click()


def test_a_selection_is_told_lead_by_lead(stage: Stage, look) -> None:
    """The list's action: which became which order, and which did not and why."""
    ghost = stage.admin(
        "crm.vehicle.model", "create", {"name": "Ghost", "default_code": "GHOST-9"}
    )
    leads = first, second, bad, empty = stage.make_leads(4, mark="choice")
    stage.admin("crm.lead", "write", [bad], {"vehicle_model_id": ghost})
    stage.admin("crm.lead", "write", [empty], {"vehicle_model_id": False})
    page = look("list", "choice")
    mark_as_won(page)
    good = toast(page, "success")
    expect(good).to_contain_text("Sales orders created at", timeout=30_000)
    orders = stage.orders(leads)
    for lead, number in ((first, 0), (second, 1)):
        [order] = orders[lead]
        expect(good).to_contain_text(f"{order['name']} (choice {number})")
    failed = toast(page, "danger")
    expect(failed).to_have_count(2)
    expect(failed.filter(has_text="GHOST-9")).to_contain_text("choice 2")
    expect(failed.filter(has_text="Choose the vehicle")).to_contain_text("choice 3")
    assert [stage.see(lead)["won"] for lead in leads] == [True, True, False, False]


def test_a_selection_of_which_none_is_won(stage: Stage, look) -> None:
    """One window lists every lead with its reason."""
    stage.make_leads(2, mark="none")
    page = look("list", "none")
    stage.proxy.refuse()
    mark_as_won(page)
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("none 0: ", timeout=30_000)
    expect(dialog).to_contain_text("none 1: ")
    expect(dialog).to_contain_text("cannot be reached")
