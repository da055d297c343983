"""The dashboard of the channel in a real browser: each number clicked, and by keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from .helpers import click_through_tooltips, run_scene
from .test_axe import SLOWEST, audit

MANAGER, SALESMAN = "channel_manager", "channel_salesman"
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
DASHBOARD = ".o_reseller_dashboard"
# what the backend draws around it
FRAME = (".o_main_navbar", ".o_control_panel", ".o-main-components-container")
# what the page of the backend itself lacks
ODOOS = ("html-has-lang", "meta-viewport")
READ, CLICKED = "**/read_dashboard", "**/get_records"
ALL_READ = "**/read_all_figures"
# people are counted once and what they did is added up, their days are listed
COUNTED_ONCE = {"active_people", "sign_ins", "updates", "downloads"}
# an action that leaves the page as it is
NOTHING = {"type": "ir.actions.act_window_close"}
NAME = """(element) => element.getAttribute("aria-label")
    || [...(element.labels || [])].map((label) => label.innerText).join(" ")
    || element.innerText"""
STOPS = """(page) => [...document.querySelectorAll(
    `${page} :is(button, a, select, input, [tabindex="0"])`)].filter(
    (element) => !element.disabled && element.checkVisibility())"""


@pytest.fixture(scope="module")
def site(odoo, shared_server) -> tuple[str, dict]:
    """A server with a channel: its address, and ids of action and level."""
    server = shared_server(odoo, "suite")
    return server.url, run_scene(
        odoo, server.database, "channel", manager=MANAGER, salesman=SALESMAN
    )


@pytest.fixture
def look(site, browser) -> Callable[..., tuple[Page, dict]]:
    """Sign in and open the dashboard; return the page and what it was told."""
    url, scene = site
    where = f"action={scene['action']}&level={scene['level']}"
    contexts = []

    def open_(login: str, width: str = "desk") -> tuple[Page, dict]:
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        context = browser.new_context(viewport=size, reduced_motion="reduce")
        contexts.append(context)
        click_through_tooltips(context)
        context.set_default_timeout(SLOWEST)
        page = context.new_page()
        page.goto(f"{url}/web/login")
        page.fill("#login", login)
        page.fill("#password", login)
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_url(lambda address: "/login" not in address, wait_until="commit")
        # the first visitor waits until scripts are bundled
        page.wait_for_selector(".o_main_navbar")
        page.goto("about:blank")
        with page.expect_response(READ) as told:
            page.goto(f"{url}/web#{where}&period=last_90&span=month")
        page.wait_for_selector(f"{DASHBOARD} .o_reseller_tiles")
        return page, told.value.json()["result"]

    yield open_
    for context in contexts:
        context.close()


def count(page: Page, url: str, action: dict) -> int:
    """How many records the list of an action has, for who is signed in."""
    answer = page.request.post(
        f"{url}/web/dataset/call_kw",
        data={
            "jsonrpc": "2.0",
            "method": "call",
            "params": {
                "model": action["res_model"],
                "method": "search_count",
                "args": [action["domain"]],
                "kwargs": {"context": action["context"]},
            },
        },
    ).json()
    assert "error" not in answer, answer
    return answer["result"]


def keep_page(page: Page) -> list[dict]:
    """Have clicks on numbers ask the server, and lead nowhere.

    :return: a list that gets the action of each click
    """
    opened: list[dict] = []

    def answer(route):
        response = route.fetch()
        body = response.json()
        opened.append(body["result"])
        route.fulfill(response=response, json={**body, "result": NOTHING})

    page.route(CLICKED, answer)
    return opened


def click(page: Page, opened: list[dict], what: Callable[[], None]) -> dict:
    """Click on a number.

    :return: the action it opens
    """
    with page.expect_response(CLICKED) as response:
        what()
    response.value.finished()
    return opened[-1]


@pytest.mark.parametrize("login", [MANAGER, SALESMAN])
def test_each_number_opens_as_many(site, look, login) -> None:
    """Every tile, bar and row that can be clicked, found in the page itself."""
    url, _scene = site
    page, told = look(login)
    units = {key: each["unit"] for key, each in told["measures"].items()}
    page.click(".o_reseller_table_toggle")
    with page.expect_response(ALL_READ) as response:
        page.click(".o_reseller_figures_toggle")
    figures = response.value.json()["result"]
    page.wait_for_selector(".o_reseller_figures tbody tr")
    opened = keep_page(page)
    wrong, tried = [], set()
    for button in page.query_selector_all(f"{DASHBOARD} button:not([disabled])"):
        key = button.get_attribute("data-key")
        if not key:
            continue
        shown = button.query_selector(".o_reseller_tile_value,.o_reseller_bar_value")
        text = (shown or button).inner_text()
        action = click(page, opened, button.click)
        number = count(page, url, action)
        asked = (
            key,
            button.get_attribute("data-group-by") or "",
            button.get_attribute("data-group") or "",
        )
        tried.add(asked)
        exact = units.get(key, "count") == "count" and key not in COUNTED_ONCE
        value = int(re.sub(r"\D", "", text) or -1)
        if number != value if exact else bool(value) > bool(number):
            wrong.append(f"{asked}: {text!r} opens {number}")
    assert not wrong, "\n".join(wrong)
    # whatever the server told is there: nothing is shown that cannot be clicked
    expected = {(tile["key"], "", "") for tile in told["tiles"]}
    expected |= {(step["key"], "", "") for step in told["funnel"]}
    expected |= {(each["key"], "", "") for each in figures if each["value"] is not None}
    assert len(figures) >= 30
    for group_by, table in (
        (told["options"]["span"], told["trend"]),
        ("reseller", told["ranking"]),
        (told["breakdown"]["by"], told["breakdown"]),
    ):
        expected |= {
            (figure["key"], group_by, str(row["id"] or ""))
            for row in table["rows"]
            for figure in row["figures"]
            if figure["value"] is not None
        }
    empty = {(tile["key"], "", "") for tile in told["tiles"] if tile["value"] is None}
    assert not expected - empty - tried
    assert len(tried) > 60
    # buttons that are no numbers are known
    others = page.query_selector_all(
        f"{DASHBOARD} :is(.o_reseller_tiles, .o_reseller_grid) "
        "button:not([data-key], .o_reseller_waiting_row, th button)"
    )
    words = [re.sub(r"\d+", "N", other.inner_text().strip()) for other in others]
    assert set(words) <= {"Table", "Show N more"}
    # the bars of the chart, too
    bar = page.evaluate(
        """() => {
            const canvas = document.querySelector(".o_reseller_chart canvas");
            const chart = Chart.getChart(canvas);
            const values = chart.data.datasets[0].data;
            const last = values.findLastIndex((value) => value > 0);
            const {x, y, base} = chart.getDatasetMeta(0).data[last];
            const place = canvas.getBoundingClientRect();
            canvas.scrollIntoView();
            const {left, top} = canvas.getBoundingClientRect();
            return {x: left + x, y: top + (y + base) / 2, value: values[last]};
        }"""
    )
    action = click(page, opened, lambda: page.mouse.click(bar["x"], bar["y"]))
    assert count(page, url, action) == bar["value"]


def test_by_keyboard(look) -> None:
    """Tab reaches all there is, each thing says its name and shows where one is."""
    page, _told = look(MANAGER)
    page.wait_for_timeout(500)
    names = page.evaluate(f"() => ({STOPS})('{DASHBOARD}').map({NAME})")
    assert len(names) > 40
    assert all(name.strip() for name in names)
    # the first one is reached from the menu bar
    page.evaluate(f"() => ({STOPS})('{DASHBOARD}')[0].focus()")
    reached = []
    for _stop in names:
        here = page.evaluate(
            f"""() => {{
                const element = document.activeElement;
                const style = getComputedStyle(element);
                return [({NAME})(element),
                    style.outlineStyle !== "none" || style.boxShadow !== "none"];
            }}"""
        )
        assert here[1], f"the focus is not seen on {here[0]}"
        reached.append(here[0])
        page.keyboard.press("Tab")
    assert reached == names
    # a chart is no wall: its numbers are a table
    page.focus(".o_reseller_table_toggle")
    assert not page.is_visible("#o_reseller_trend_table")
    page.keyboard.press("Space")
    page.wait_for_selector("#o_reseller_trend_table", state="visible")
    toggle = page.locator(".o_reseller_table_toggle")
    assert toggle.get_attribute("aria-expanded") == "true"
    for name in page.eval_on_selector_all(
        f"{DASHBOARD} :is(canvas, svg)",
        "found => found.map((each) => each.role + ': ' + each.ariaLabel)",
    ):
        assert re.match(r"img: \S", name), name
    # and Enter opens what a click opens
    page.focus(".o_reseller_tile[data-key=offers]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_list_view .o_data_row")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_in_the_way(look, width) -> None:
    """axe finds nothing, the page does not scroll sideways, the table is reachable."""
    page, _told = look(MANAGER, width)
    page.click(".o_reseller_table_toggle")
    page.wait_for_timeout(500)
    wrong = [text for text in audit(page, FRAME) if not text.startswith(ODOOS)]
    sideways = page.eval_on_selector(
        f"{DASHBOARD} .o_reseller_page",
        "(page) => page.scrollWidth > page.clientWidth",
    )
    assert not sideways
    assert not wrong, "\n".join(wrong)


def test_on_paper(look) -> None:
    """Printed it says what and when, and no chart or table is cut off."""
    page, told = look(MANAGER)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    page.wait_for_timeout(500)
    seen = page.inner_text(DASHBOARD)
    assert seen.lstrip().startswith("Channel")
    assert told["period"]["label"] in seen
    assert not page.is_visible(".o_reseller_filters")
    assert not page.is_visible(".o_main_navbar")
    assert page.is_visible("#o_reseller_trend_table")
    cut = page.eval_on_selector_all(
        f"{DASHBOARD} :is(canvas, table, .o_reseller_card)",
        """(all) => all.filter((each) => each.checkVisibility()
            && each.getBoundingClientRect().right > document.body.clientWidth + 1
        ).map((each) => each.outerHTML.slice(0, 80))""",
    )
    assert not cut
