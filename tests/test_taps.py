"""How many times a reseller taps on a phone, counted in a real browser.

From the mail and from the home page an answer takes no more taps than its goal, none of
them types, and each ends with a message that says what happened and a link to what is
next. From the mail nobody signs in.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .helpers import run_scene
from .test_axe import WIDTHS, sign_in

LOGIN = "taps_reseller"
STATE = """
SELECT reseller_state || ' ' || type || ' ' || COALESCE(reseller_id, 0)
  FROM crm_lead WHERE id = %d
"""
ANSWERS = "SELECT COALESCE(SUM(mail_answers), 0) FROM crm_reseller_usage"


@pytest.fixture(scope="module")
def scene(odoo, shared_server) -> dict:
    """A server with four offers to one reseller."""
    server = shared_server(odoo, "suite")
    made = run_scene(odoo, server.database, "taps", login=LOGIN)
    made["url"] = server.url
    made["state"] = lambda name: odoo.cluster.psql(
        server.database, STATE % made["ids"][name]
    )
    made["answers_by_mail"] = lambda: odoo.cluster.psql(server.database, ANSWERS)
    return made


class Phone:
    """A reseller's phone: it can be tapped, and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(
        self, role: str, name: str, exact: bool = True, scroll: bool = False
    ) -> None:
        """Tap what is called so, once and as it stands on the screen."""
        target = self.page.get_by_role(role, name=name, exact=exact)
        if scroll:
            target.scroll_into_view_if_needed()
        expect(target).to_be_in_viewport()
        target.tap()
        self.page.wait_for_load_state("load")
        self.taps += 1

    def message(self):
        """The message at the top, which must be on the screen without scrolling."""
        message = self.page.get_by_role("status").filter(has=self.page.locator("a"))
        expect(message).to_be_in_viewport()
        return message


def new_phone(browser):
    """A phone's browser, with no one signed in."""
    width, height = WIDTHS["phone"]
    return browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )


@pytest.fixture
def phone(scene, browser):
    """A phone on the home page, signed in."""
    context = new_phone(browser)
    page = context.new_page()
    sign_in(page, scene["url"], LOGIN)
    page.goto(f"{scene['url']}/my/home")
    yield Phone(page)
    context.close()


def test_accept_in_three_taps_and_convert_in_one_more(scene, phone) -> None:
    """By way of the list; from the home page's own link it is one tap less."""
    phone.tap("link", "Leads", exact=False)
    phone.tap("link", "Forty pumps")
    phone.tap("button", "I'm interested")
    assert phone.taps == 3
    message = phone.message()
    expect(message).to_contain_text("Thank you, the lead is yours. Next: call")
    call = message.get_by_role("link", name="Call now: +49 30 1234567")
    expect(call).to_have_attribute("href", "tel:+49301234567")
    assert scene["state"]("Forty pumps") == f"accepted lead {scene['company']}"

    phone.tap("button", "Convert to opportunity")
    assert phone.taps == 4
    message = phone.message()
    expect(message).to_contain_text("The lead is an opportunity now.")
    assert scene["state"]("Forty pumps") == f"accepted opportunity {scene['company']}"
    message.get_by_role("link", name="next step").tap()
    expect(phone.page.locator("#reseller_figures_title")).to_be_in_viewport()


def test_accept_from_home_in_two_taps(scene, phone) -> None:
    """The lead that waits is named on the home page."""
    phone.tap("link", "Six tanks")
    phone.tap("button", "I'm interested")
    assert phone.taps == 2
    expect(phone.message()).to_contain_text("Thank you, the lead is yours.")
    assert scene["state"]("Six tanks") == f"accepted lead {scene['company']}"


def test_decline_in_four_taps(scene, phone) -> None:
    """A reason is chosen, nothing is typed."""
    phone.tap("link", "Ten valves")
    phone.tap("button", "Decline")
    phone.tap("radio", "Not for us")
    phone.tap("button", "Decline the lead")
    assert phone.taps == 4
    message = phone.message()
    expect(message).to_contain_text("You declined the lead. Our team knows")
    assert scene["state"]("Ten valves") == "declined lead 0"
    message.get_by_role("link").tap()
    phone.page.wait_for_load_state("load")
    assert "/my/" in phone.page.url
    expect(phone.page.get_by_role("heading", level=1)).to_be_visible()


def test_words_survive_a_sign_in_in_between(scene, phone) -> None:
    """Who was signed out meanwhile signs in again and finds what was typed."""
    phone.page.goto(f"{scene['url']}/my/leads/{scene['ids']['Long list']}")
    question = phone.page.locator("textarea[name=question]")
    phone.page.locator("summary", has=phone.page.get_by_text("Ask")).first.tap()
    question.fill("Which valves exactly?")
    phone.page.context.clear_cookies()
    form = phone.page.locator("form", has=question)
    form.get_by_role("button").tap()
    phone.page.wait_for_load_state("load")
    phone.page.fill("#login", LOGIN)
    phone.page.fill("#password", LOGIN)
    with phone.page.expect_navigation():
        phone.page.click(".oe_login_form button[type=submit]")
    expect(phone.page.get_by_text("Your session expired")).to_be_visible()
    expect(question).to_have_value("Which valves exactly?")


@pytest.fixture
def inbox(scene, browser):
    """A phone that shows a mail, with no one signed in."""
    context = new_phone(browser)

    def show(name: str) -> Phone:
        """Open the mail about a lead."""
        page = context.new_page()
        requested: list[str] = []
        page.on("request", lambda each: requested.append(each.url))
        mail = scene["mails"][name].replace(scene["base"], scene["url"])
        page.set_content(mail)
        phone = Phone(page)
        phone.requested = requested
        return phone

    yield show
    context.close()


def test_accept_from_the_mail_in_two_taps(scene, inbox) -> None:
    """Nothing is typed and nobody signs in; no other server learns the address."""
    before = int(scene["answers_by_mail"]())
    phone = inbox("Nine winches")
    phone.tap("link", "See the lead and answer")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Nine winches")
    phone.tap("button", "I'm interested")
    assert phone.taps == 2
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(
        "Thank you, the lead is yours."
    )
    expect(phone.page.get_by_role("link", name="Go on in the portal")).to_be_visible()
    assert scene["state"]("Nine winches") == f"accepted lead {scene['other']}"
    assert int(scene["answers_by_mail"]()) == before + 1
    assert phone.requested
    assert all(url.startswith(scene["url"]) for url in phone.requested)


def test_decline_from_the_mail_in_three_taps(scene, inbox) -> None:
    """The reason is one tap, the answer another."""
    phone = inbox("Two cranes")
    phone.tap("link", "See the lead and answer")
    phone.tap("radio", "Not for us", scroll=True)
    phone.tap("button", "Decline the lead", scroll=True)
    assert phone.taps == 3
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(
        "You declined the lead."
    )
    assert scene["state"]("Two cranes") == "declined lead 0"
