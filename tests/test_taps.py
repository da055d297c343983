"""How many times a reseller taps on a phone, counted in a real browser.

From the home page an answer takes no more taps than its goal, none of them types, and
each ends with a message that says what happened and a link to what is next.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from .test_axe import WIDTHS, browser, sign_in

__all__ = ["browser"]  # a fixture

LOGIN = "taps_reseller"
SCENE = """
import json
level = env["crm.reseller.level"].create({
    "name": "Taps", "response_hours": 24, "can_convert": True})
company = env["res.partner"].create({
    "name": "Taps Ltd", "is_company": True, "reseller_level_id": level.id})
partner = env["res.partner"].create({
    "name": LOGIN, "email": LOGIN + "@taps.example", "parent_id": company.id})
users = env["res.users"].with_context(no_reset_password=True)
groups = "group_ids" if "group_ids" in users._fields else "groups_id"
users.create({
    "login": LOGIN, "password": LOGIN, "partner_id": partner.id, "tz": "UTC",
    groups: [(6, 0, env.ref("crm_reseller_portal.group_reseller_user").ids)]})
leads = env["crm.lead"].create([{
    "name": name, "type": "lead", "contact_name": "Carla Customer",
    "partner_name": "Customer Inc", "phone": "+49 30 1234567",
    "city": "Berlin", "country_id": env.ref("base.de").id,
} for name in ("Forty pumps", "Ten valves", "Six tanks")])
leads.assign_to_reseller(company)
env["crm.reseller.decline.reason"].create({
    "name": "Not for us", "sequence": 0, "reassign": False})
print(">> " + json.dumps({
    "company": company.id, "ids": {lead.name: lead.id for lead in leads}}))
"""
STATE = """
SELECT reseller_state || ' ' || type || ' ' || COALESCE(reseller_id, 0)
  FROM crm_lead WHERE id = %d
"""


@pytest.fixture(scope="module")
def scene(odoo, databases, serve) -> dict:
    """A server with three offers to one reseller."""
    database = databases(odoo, "suite")
    made = json.loads(odoo.shell(database, f"LOGIN = {LOGIN!r}\n{SCENE}"))
    made["url"] = serve(odoo, database=database).url
    made["state"] = lambda name: odoo.cluster.psql(database, STATE % made["ids"][name])
    return made


class Phone:
    """A reseller's phone: it can be tapped, and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, role: str, name: str, exact: bool = True) -> None:
        """Tap what is called so, once and as it stands on the screen."""
        target = self.page.get_by_role(role, name=name, exact=exact)
        expect(target).to_be_in_viewport()
        target.tap()
        self.page.wait_for_load_state("load")
        self.taps += 1

    def message(self):
        """The message at the top, which must be on the screen without scrolling."""
        message = self.page.get_by_role("status").filter(has=self.page.locator("a"))
        expect(message).to_be_in_viewport()
        return message


@pytest.fixture
def phone(scene, browser):
    """A phone on the home page, signed in."""
    width, height = WIDTHS["phone"]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
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
