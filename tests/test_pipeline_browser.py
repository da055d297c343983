"""The pipeline's rules in an agent's browser, at a desk and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.remote import Remote
from engine.server import OdooServer

from .helpers import click_through_tooltips, run_scene

SLOWEST = 180_000  # milliseconds; the first visitor waits until scripts are bundled
SECONDS_TO_SAVE = 10
SIZES = {"desk": (1680, 900), "phone": (390, 800)}
CARD = ".o_kanban_record:not(.o_kanban_ghost)"
SENTENCE = 'From "New" the only allowed next stage is "Qualified"'


class Desk:
    """A channel with two agents, and what the tests do there as administrator."""

    def __init__(self, server: OdooServer, scene: dict) -> None:
        self.server = server
        self.stages: dict[str, int] = scene["stages"]
        self.agents: dict[str, int] = scene["agents"]
        self.actions: dict[str, int] = scene["actions"]
        self.admin = Remote(server.url, server.database, "admin", "admin")
        self.clerk = Remote(server.url, server.database, "paula", "paula")

    @property
    def is_17(self) -> bool:
        """Whether lists are called trees still."""
        return self.server.odoo.engine.series < (18, 0)

    def make(self, name: str, stage: str = "New", owner: str | None = "paula", **vals):
        """A lead of that name; walks to its stage like any other."""
        values = {"name": name, "type": "opportunity", **vals}
        values["user_id"] = self.agents[owner] if owner else False
        [lead] = self.admin("crm.lead", "create", [values])
        for step in ("Qualified", "Negotiation"):
            if stage in (step, "Negotiation"):
                self.admin("crm.lead", "write", [lead], {"stage_id": self.stages[step]})
        return lead

    def use_leads(self, wanted: bool) -> None:
        """Switch Odoo's *Leads* on or off in the settings, as an administrator does."""
        settings = "res.config.settings"
        [wizard] = self.admin(settings, "create", [{"group_use_lead": wanted}])
        self.admin(settings, "execute", [wizard])

    def stage_of(self, lead: int) -> str:
        """The name of the stage a lead is in."""
        context = {"active_test": False}
        [found] = self.admin("crm.lead", "read", [lead], ["stage_id"], context=context)
        return found["stage_id"][1]

    def expect_stage(self, lead: int, name: str) -> None:
        """Wait for a lead to be in a stage: the screen shows it before it is saved."""
        deadline = time.monotonic() + SECONDS_TO_SAVE
        while (found := self.stage_of(lead)) != name and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found == name

    def action(self, kind: str, names: list[str], **context) -> int:
        """An action that shows these leads only, lost ones included."""
        kind = "tree" if kind == "list" and self.is_17 else kind
        domain = [("name", "in", names), ("active", "in", [True, False])]
        [action] = self.admin(
            "ir.actions.act_window",
            "create",
            [
                {
                    "name": "The leads of a test",
                    "res_model": "crm.lead",
                    "view_mode": f"{kind},form",
                    "domain": repr(domain),
                    "context": repr(context),
                }
            ],
        )
        return action


@pytest.fixture(scope="module")
def desk(odoo, databases, serve) -> Desk:
    """The suite, with demo data."""
    name = databases(odoo, "suite")
    scene = run_scene(odoo, name, "agents")
    return Desk(serve(odoo, database=name), scene)


@pytest.fixture(scope="module")
def pages(desk: Desk, browser: Browser) -> dict[str, Page]:
    """The agent's two screens, signed in."""
    pages = {}
    for size, (width, height) in SIZES.items():
        page = browser.new_page(
            viewport={"width": width, "height": height},
            has_touch=size == "phone",
            reduced_motion="reduce",
        )
        click_through_tooltips(page)
        page.set_default_timeout(SLOWEST)
        page.goto(f"{desk.server.url}/web/login")
        page.fill("#login", "paula")
        page.fill("#password", "paula")
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url, wait_until="commit")
        pages[size] = page
    return pages


@pytest.fixture
def go(desk: Desk, pages: dict[str, Page]) -> Callable[..., Page]:
    """Open an action, or a lead's form, on one of the screens."""

    def open_(action: int, ready: str, lead: int = 0, size: str = "desk") -> Page:
        page = pages[size]
        page.goto("about:blank")  # or the page would stay, and what it has loaded
        where = f"action={action}"
        if lead:
            where += f"&model=crm.lead&view_type=form&id={lead}"
        page.goto(f"{desk.server.url}/web#{where}")
        page.wait_for_selector(ready)
        return page

    return open_


def column(page: Page, stage: str):
    """The kanban column of a stage, folded or not."""
    title = re.compile(rf"^\s*{stage}\s*\d*\s*$")  # a folded one counts its cards
    return page.locator(".o_kanban_group").filter(
        has=page.locator(".o_column_title", has_text=title)
    )


def card(page: Page, stage: str, lead: str):
    """A lead's card in the column of a stage."""
    return column(page, stage).locator(CARD, has_text=lead)


def drag(page: Page, lead: str, origin: str, target: str) -> None:
    """Drop a card on a column, the way a hand does it: not in one leap."""
    start = card(page, origin, lead).bounding_box()
    end = column(page, target).bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 15)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 25, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 90, steps=12)
    page.wait_for_timeout(200)
    page.mouse.up()


def choose(page: Page, *names: str) -> None:
    """Choose an entry of the CRM's menu, the way there included."""
    page.locator(".o_navbar_apps_menu button").click()
    page.locator(".dropdown-item[data-menu-xmlid='crm.crm_menu_root']").click()
    sections = page.locator(".o_menu_sections")
    sections.locator("> *", has_text=names[0]).first.click(timeout=SLOWEST)
    for name in names[1:]:
        page.locator(".dropdown-item:visible", has_text=name).first.click()


def close_dialog(page: Page, said: str) -> None:
    """Read what the dialog says, and close it."""
    dialog = page.locator(".modal-content")
    expect(dialog).to_contain_text(said, timeout=SLOWEST)
    dialog.locator(".modal-footer button").first.click()
    expect(dialog).to_have_count(0)


def board(desk: Desk, go: Callable[..., Page], name: str) -> Page:
    """The kanban by stage with one lead."""
    return go(desk.action("kanban", [name], group_by="stage_id"), CARD)


def test_drop_on_the_next_column(desk, go) -> None:
    lead = desk.make("Forward")
    page = board(desk, go, "Forward")
    drag(page, "Forward", "New", "Qualified")
    expect(card(page, "Qualified", "Forward")).to_be_visible()
    page.reload()
    expect(card(page, "Qualified", "Forward")).to_be_visible(timeout=SLOWEST)
    desk.expect_stage(lead, "Qualified")


@pytest.mark.parametrize(
    ("origin", "target", "said"),
    [
        ("New", "Negotiation", SENTENCE),
        ("Qualified", "New", 'only allowed next stage is "Negotiation"'),
        ("Negotiation", "New", '"Negotiation" is the last open stage'),
    ],
)
def test_refused_drop_puts_the_card_back(desk, go, origin, target, said) -> None:
    name = f"From {origin} to {target}"
    lead = desk.make(name, origin)
    page = board(desk, go, name)
    drag(page, name, origin, target)
    close_dialog(page, said)
    expect(card(page, origin, name)).to_be_visible()
    expect(card(page, target, name)).to_have_count(0)
    assert desk.stage_of(lead) == origin


def test_drop_on_lost_asks_why(desk, go) -> None:
    """Who changes his mind finds the card where it was; who does not, in Lost."""
    lead = desk.make("Doubtful", "Qualified")
    page = board(desk, go, "Doubtful")
    drag(page, "Doubtful", "Qualified", "Lost")
    wizard = page.locator(".modal-content")
    expect(wizard).to_contain_text("Model Unavailable", timeout=SLOWEST)
    wizard.locator(".modal-footer button", has_text=re.compile("Cancel|Disc")).click()
    expect(wizard).to_have_count(0)
    expect(card(page, "Qualified", "Doubtful")).to_be_visible()
    desk.expect_stage(lead, "Qualified")
    drag(page, "Doubtful", "Qualified", "Lost")
    wizard.get_by_text("Competitor", exact=True).click(timeout=SLOWEST)
    wizard.locator("button[name=action_lost_reason_apply]").click()
    expect(wizard).to_have_count(0)
    expect(card(page, "Qualified", "Doubtful")).to_have_count(0)
    desk.expect_stage(lead, "Lost")


def test_drop_on_won(desk, go) -> None:
    lead = desk.make("Sold")
    page = board(desk, go, "Sold")
    drag(page, "Sold", "New", "Won")
    expect(card(page, "Won", "Sold")).to_be_visible()
    desk.expect_stage(lead, "Won")


def test_status_bar_at_a_desk(desk, go) -> None:
    """One step looks clickable; the others answer with the sentence."""
    lead = desk.make("Bar")
    page = go(desk.actions["form"], ".o_statusbar_status", lead)
    step = ".o_arrow_button[data-value]:not(.o_arrow_button_current)"
    expect(page.locator(f"{step}:visible")).not_to_have_count(0)
    reachable = page.locator(f"{step}:not(.o_pipeline_out_of_reach):visible")
    expect(reachable).to_have_count(1)
    expect(reachable).to_have_text("Qualified")
    page.locator(step, has_text="Negotiation").click()
    close_dialog(page, SENTENCE)
    current = page.locator(".o_arrow_button_current:visible")
    expect(current).to_contain_text("New")
    expect(reachable).to_have_text("Qualified")
    reachable.click()
    expect(current).to_contain_text("Qualified")
    expect(reachable).to_have_text("Negotiation")
    desk.expect_stage(lead, "Qualified")


def test_status_bar_on_a_phone(desk, go) -> None:
    """The same, in the menu that the bar is there."""
    lead = desk.make("Small Bar")
    page = go(desk.actions["form"], ".o_statusbar_status", lead, "phone")
    bar = page.locator(".o_statusbar_status")
    muted = ":not(.o_arrow_button_current):not(.o_pipeline_out_of_reach)"
    shown = bar.locator(f".o_arrow_button[data-value]{muted}:visible")
    more = bar.locator(".dropdown-toggle:visible").first
    more.click()
    listed = page.locator(f".dropdown-item:visible{muted}:not(.active)")
    # whether the next step is in the bar or in its menu depends on the room
    expect(shown.or_(listed)).to_have_count(1)
    expect(shown.or_(listed)).to_have_text("Qualified")
    page.locator(".dropdown-item:visible", has_text="Negotiation").click()
    close_dialog(page, SENTENCE)
    assert desk.stage_of(lead) == "New"
    if not shown.count():
        more.click()
    shown.or_(listed).click()
    expect(bar).to_contain_text("Qualified")
    desk.expect_stage(lead, "Qualified")


def test_editing_several_in_a_list(desk, go) -> None:
    """Refused for all, and the dialog names those it would have been wrong for."""
    names = ["Row One", "Row Two"]
    leads = [desk.make("Row One"), desk.make("Row Two", "Qualified")]
    page = go(desk.action("list", names), ".o_data_row")
    for row in page.locator(".o_data_row .o_list_record_selector input").all():
        row.check()
    page.locator(".o_data_row", has_text="Row One").locator(
        ".o_data_cell[name=stage_id]"
    ).click()
    field = page.locator(".o_data_row .o_field_widget[name=stage_id] input")
    field.fill("Nego")
    page.locator(".dropdown-item", has_text="Negotiation").first.click()
    confirm = page.locator(".modal-footer .btn-primary")
    confirm.first.click()
    dialog = page.locator(".modal-content", has_text="Leads can only move forward")
    expect(dialog).to_contain_text('Refused: "Row One"', timeout=SLOWEST)
    expect(dialog).not_to_contain_text('"Row Two"')
    assert [desk.stage_of(lead) for lead in leads] == ["New", "Qualified"]


def test_list_grouped_by_stage(desk, go) -> None:
    """The row is in the group of its stage."""
    desk.make("Grouped", "Qualified")
    page = go(desk.action("list", ["Grouped"], group_by="stage_id"), ".o_group_header")
    group = page.locator(".o_group_header", has_text="Qualified")
    expect(group).to_contain_text("(1)")
    row = page.locator(".o_data_row", has_text="Grouped")
    if not row.count():
        group.click()
    expect(row).to_be_visible()


def test_import_names_the_row(desk) -> None:
    """The second of three rows starts too late, and the whole import waits."""
    stage = desk.stages["Negotiation"]
    csv = f"Name,Stage\nImported 1,\nImported 2,{stage}\nImported 3,\n"
    wizard = desk.clerk(
        "base_import.import",
        "create",
        {"res_model": "crm.lead", "file_type": "text/csv"},
    )
    desk.clerk("base_import.import", "write", [wizard], {"file": csv})
    options = {"quoting": '"', "separator": ",", "has_headers": True, "fields": []}
    for dry_run in (True, False):
        result = desk.clerk(
            *("base_import.import", "execute_import", [wizard]),
            *(["name", "stage_id/.id"], ["name", "stage"], options),
            dryrun=dry_run,
        )
        [message] = result["messages"]
        assert 'Create "Imported 2" in "New"' in message["message"]
        assert message["rows"] == {"from": 1, "to": 1}
    assert not desk.admin("crm.lead", "search", [["name", "like", "Imported"]])


def test_customer_typed_in_twice(desk, go) -> None:
    """The open lead is shown with the reason why, and the mistake can be undone."""
    lead = desk.make("Known", email_from="known@example.com")
    page = go(desk.action("list", ["Known"]), ".o_data_row")
    page.locator(
        ".o_list_button_add:visible, .o-kanban-button-new:visible"
    ).first.click()
    page.locator(".o_field_widget[name=name] input, [name=name] textarea").first.fill(
        "Typed again"
    )
    page.locator("[name=email_from] input:visible").first.fill("Known@Example.com")
    page.locator(".o_form_button_save").click()
    notice = page.locator(".o_notification", has_text="has an open lead already")
    expect(notice).to_contain_text('"Known"', timeout=SLOWEST)
    expect(page.locator(".o-mail-Chatter")).to_contain_text("got in touch again")
    expect(page.locator(".o_form_view")).to_contain_text("Contacts")
    assert desk.admin("crm.lead", "search_count", [["name", "=", "Typed again"]]) == 0
    page.locator("button[name=action_view_contacts]").click()
    page.locator("button[name=action_split]").first.click()
    expect(page.locator(".o-mail-Chatter")).to_contain_text("taken into another lead")
    [split] = desk.admin("crm.lead", "search", [["name", "=", "Typed again"]])
    assert split != lead


def test_pool_on_a_phone(desk, go) -> None:
    """One tap on the card; and the way back."""
    lead = desk.make("Floating", owner=None)
    page = go(desk.actions["pool"], CARD, size="phone")
    floating = page.locator(CARD, has_text="Floating")
    floating.locator("button[name=action_claim]").click()
    expect(floating).to_have_count(0)
    owner = desk.admin("crm.lead", "read", [lead], ["user_id"])[0]["user_id"]
    assert owner[0] == desk.agents["paula"]
    desk.clerk("crm.lead", "action_release", [lead])
    assert not desk.admin("crm.lead", "read", [lead], ["user_id"])[0]["user_id"]


@pytest.mark.parametrize("kind", ["lead", "opportunity"])
def test_a_claimed_lead_is_in_my_pipeline(desk, go, kind: str) -> None:
    """With Odoo's leads or without: a message, a card, and the four buttons."""
    name = f"Claimed {kind}"
    lead = desk.make(name, owner=None, type=kind)
    page = go(desk.actions["pool"], ".o_data_row")
    row = page.locator(".o_data_row", has_text=name)
    row.locator("button[name=action_claim]").click()
    notice = page.locator(".o_notification", has_text="Lead claimed")
    expect(notice).to_contain_text(name, timeout=SLOWEST)
    expect(notice.locator("a", has_text="Open")).to_have_count(1)
    expect(row).to_have_count(0)
    page = go(desk.actions["mine"], CARD)
    expect(card(page, "New", name)).to_be_visible(timeout=SLOWEST)
    page = go(desk.actions["form"], ".o_statusbar_status", lead)
    for button in (
        *("action_log_call", "action_schedule_visit", "action_mark_lost"),
        "action_set_won_rainbowman",
    ):
        expect(page.locator(f".o_form_statusbar button[name={button}]")).to_have_count(
            1
        )


@pytest.mark.parametrize("uses_leads", [True, False], ids=["leads on", "leads off"])
def test_working_a_lead_from_the_pool(desk, go, uses_leads: bool) -> None:
    """Through the menus: claim, call, visit, next step, and lost with its reason."""
    name = f"From the pool {uses_leads}"
    desk.use_leads(uses_leads)
    try:
        [lead] = desk.admin("crm.lead", "create", [{"name": name, "user_id": False}])
        kind = desk.admin("crm.lead", "read", [lead], ["type"])[0]["type"]
        assert kind == ("lead" if uses_leads else "opportunity")
        page = go(desk.actions["mine"], ".o_navbar_apps_menu")
        choose(page, "Sales", "Lead Pool")
        row = page.locator(".o_data_row", has_text=name)
        row.locator("button[name=action_claim]").click(timeout=SLOWEST)
        notice = page.locator(".o_notification", has_text=name)
        with page.context.expect_page() as opened:
            notice.locator("a", has_text="Open").click(timeout=SLOWEST)
        page = opened.value
        bar = page.locator(".o_form_statusbar")
        current = bar.locator(".o_arrow_button_current:visible")
        expect(current).to_contain_text("New", timeout=SLOWEST)
        expect(bar.locator("button[name=action_claim]")).to_have_count(0)
        wizard = page.locator(".modal-content")

        bar.locator("button[name=action_log_call]").click()
        wizard.get_by_text("No Answer", exact=True).click()
        wizard.locator("[name=summary] textarea").fill("Nobody was there")
        wizard.locator("button[name=action_log]").click()
        expect(wizard).to_have_count(0)
        calls = page.locator("button[name=action_view_calls]")
        expect(calls).to_contain_text("1")
        chatter = page.locator(".o-mail-Chatter")
        expect(chatter).to_contain_text("Nobody was there")

        bar.locator("button[name=action_schedule_visit]").click()
        wizard.locator("button[name=action_schedule]").click()
        expect(wizard).to_have_count(0)
        # A form that is being read again would show the stage as it was before.
        meetings = page.locator("button[name=action_schedule_meeting]")
        expect(meetings).to_contain_text("Next Meeting")

        bar.locator(".o_arrow_button:visible", has_text="Qualified").click()
        expect(current).to_contain_text("Qualified")
        bar.locator("button[name=action_mark_lost]").click()
        wizard.get_by_text("Competitor", exact=True).click(timeout=SLOWEST)
        wizard.locator("button[name=action_lost_reason_apply]").click()
        expect(wizard).to_have_count(0)
        expect(chatter).to_contain_text("Competitor")
        desk.expect_stage(lead, "Lost")
        calls = desk.admin("crm.call.log", "search_count", [["lead_id", "=", lead]])
        visits = desk.admin(
            "calendar.event", "search_count", [["opportunity_id", "=", lead]]
        )
        assert (calls, visits) == (1, 1)
        choose(page, "Call Logs")
        expect(page.locator(".o_data_row", has_text=name)).to_have_count(
            1, timeout=SLOWEST
        )
        page.close()
    finally:
        desk.use_leads(True)


def test_claiming_several_of_which_one_is_gone(desk, go) -> None:
    """The free ones are claimed; the notice tells who has the other."""
    names = ["Pool One", "Pool Two"]
    first, second = (desk.make(name, owner=None) for name in names)
    page = go(desk.action("list", names), ".o_data_row")
    desk.admin("crm.lead", "write", [second], {"user_id": desk.agents["quinn"]})
    for row in page.locator(".o_data_row .o_list_record_selector input").all():
        row.check()
    page.locator("button[name=action_claim]:visible").click()
    notice = page.locator(
        ".o_notification", has_text="has already been claimed by Quinn"
    )
    expect(notice).to_contain_text("1 of 2 leads are yours", timeout=SLOWEST)
    owner = desk.admin("crm.lead", "read", [first], ["user_id"])[0]["user_id"]
    assert owner[0] == desk.agents["paula"]
