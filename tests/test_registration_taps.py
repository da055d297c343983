"""How much a reseller taps and fills in to register a deal, in a real browser.

At most eight fields for the common case, and an answer to our question from the mail
with one tap besides what is typed.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .helpers import run_scene
from .test_axe import WIDTHS, sign_in
from .test_taps import Phone

LOGIN = "registration_reseller"
FIELDS = {
    "Name": "Twelve presses",
    "Company name": "Quercus Werke GmbH",
    "Company website": "www.quercus-taps.example",
    "Company TIN": "323456789",
    "First name": "Carla",
    "Last name": "Quercus",
}
MOST_FIELDS = 8
STATE = "SELECT state FROM crm_deal_registration WHERE name = '%s' AND reseller_id = %d"


@pytest.fixture(scope="module")
def scene(odoo, shared_server) -> dict:
    """A server with a reseller, one of whose registrations has a question."""
    server = shared_server(odoo, "suite")
    made = run_scene(odoo, server.database, "registrations", login=LOGIN)
    made["url"] = server.url
    made["state"] = lambda name: odoo.cluster.psql(
        server.database, STATE % (name, made["company"])
    )
    return made


@pytest.fixture
def phone(browser):
    """A phone that nobody has signed in on."""
    width, height = WIDTHS["phone"]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    yield Phone(context.new_page())
    context.close()


def test_register_from_home(scene, phone) -> None:
    """Two switches and six fields; the page says at once how it stands."""
    page = phone.page
    sign_in(page, scene["url"], LOGIN)
    page.goto(f"{scene['url']}/my/home")
    phone.tap("link", "Register an opportunity")
    switches = ("New company", "New contact")
    for switch in switches:
        page.get_by_role("checkbox", name=switch).tap()
        phone.taps += 1
    for label, text in FIELDS.items():
        page.get_by_label(label, exact=True).fill(text)
    assert len(FIELDS) + len(switches) <= MOST_FIELDS
    with page.expect_navigation():
        page.get_by_role("button", name="Submit").tap()
    phone.taps += 1
    assert phone.taps == 4
    expect(page.get_by_role("status")).to_contain_text("Submitted.")
    expect(page.locator("main")).to_contain_text("Our team decides by")
    expect(page.locator("main")).to_contain_text("No one has registered this customer")
    assert scene["state"]("Twelve presses") == "submitted"


def test_answer_from_the_mail_in_one_tap(scene, phone) -> None:
    """The link opens the question; nobody signs in."""
    page = phone.page
    page.goto(scene["url"] + scene["link"])
    expect(page.locator("main")).to_contain_text("Which width?")
    page.get_by_label("Your answer").fill("Two metres")
    with page.expect_navigation():
        phone.tap("button", "Send")
    assert phone.taps == 1
    expect(page.get_by_role("status")).to_contain_text("Our team has your answer.")
    assert scene["state"]("Ten looms") == "submitted"
