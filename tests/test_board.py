"""Moving deals over the board in a real browser, with and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .helpers import run_scene
from .test_axe import WIDTHS, sign_in

LOGIN = "board_reseller"
BOARD = "/my/opportunities?view=board"


@pytest.fixture(scope="module")
def scene(odoo, shared_server) -> dict:
    """A server with four deals of one reseller."""
    server = shared_server(odoo, "suite")
    made = run_scene(odoo, server.database, "board", login=LOGIN)
    return {**made, "url": server.url}


@pytest.fixture
def board(scene, browser):
    """A function that opens the board as a kind of browser shows it."""
    contexts = []

    def open_board(kind: str = "desktop", **options) -> Page:
        width, height = WIDTHS[kind]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        sign_in(page, scene["url"], LOGIN)
        page.goto(scene["url"] + BOARD)
        return page

    yield open_board
    for context in contexts:
        context.close()


def column(page: Page, name: str):
    """A column of the board."""
    heading = page.get_by_role("heading", name=name)
    return page.locator(".o_reseller_column").filter(has=heading)


def expect_moved(page: Page, deal: str, milestone: str) -> None:
    """The page says so, and the deal is there."""
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    expect(column(page, milestone).get_by_role("link", name=deal)).to_be_visible()


def test_drag_with_the_mouse(board) -> None:
    """The card is dropped on another column; a quote asks for more."""
    page = board()
    card = page.locator(".o_reseller_board_card", has_text="Six tanks")
    with page.expect_navigation():
        card.drag_to(column(page, "Contacted"), target_position={"x": 60, "y": 20})
    expect_moved(page, "Six tanks", "Contacted")
    card = page.locator(".o_reseller_board_card", has_text="Six tanks")
    with page.expect_navigation():
        card.drag_to(column(page, "Quoted"), target_position={"x": 60, "y": 20})
    expect(page.get_by_label("Amount of the quote")).to_be_visible()


def test_keyboard_alone(board) -> None:
    """The menu of a card opens with Enter, and its buttons follow."""
    page = board()
    card = page.locator(".o_reseller_board_card", has_text="Ten valves")
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Qualified")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect_moved(page, "Ten valves", "Qualified")


@pytest.mark.parametrize(
    ("deal", "options"),
    [
        ("Forty pumps", {"has_touch": True, "is_mobile": True}),
        ("Two ovens", {"java_script_enabled": False}),
    ],
    ids=["phone", "no JavaScript"],
)
def test_menu(board, deal, options) -> None:
    """Two taps move a deal; nothing scrolls sideways."""
    page = board("phone", **options)
    card = page.locator(".o_reseller_board_card", has_text=deal)
    card.locator("summary").click()
    with page.expect_navigation():
        card.get_by_role("button", name="Contacted").click()
    expect_moved(page, deal, "Contacted")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"][0]
