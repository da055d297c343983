"""Every page a reseller sees, looked at by axe-core in a real browser.

WCAG 2.1 A and AA, on a wide screen and on a phone; and what axe does not ask for:
headings without gaps, ids that are unique, no scrolling sideways at 360 px.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources

import pytest
from playwright.sync_api import Page

from .helpers import run_scene

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
NARROWEST = 360
SLOWEST = 180_000  # milliseconds
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LOGIN = "axe_supervisor"
DEAL = "form[action$='/update']"
INVITE = "form[action$='/invite']"
REGISTER = "form[action='/my/registrations/new']"
# routes that answer with a redirect or a file, never with a page
PAGELESS = re.compile(
    r"/(accept|convert|ask|attach|delegate|update|documents/.*|tasks/.*|my/direction"
    r"|<string:path>/\w+|view-as/stop"
    r"|download|play|favourite|<int:lead_id>/resources/<int:resource_id>|channel\.xlsx"
    r"|step\.ics|contact\.vcf"
    r"|my/agreements/<int:agreement_id>/accept|my/guide/\w+"
    r"|my/announcements/<int:announcement_id>/read)$"
    # what is sent from the page of the company leads back to it
    r"|/my/reseller/(invite|away|back|data/withdraw|invitations/.*|people/.*/.*)$"
)

# name, address, what to do on it, as whom
Steps = Callable[[Page], None] | None
HEADINGS = """(without) => {
    const all = document.querySelectorAll("h1,h2,h3,h4,h5,h6,[role=heading]");
    const shown = [...all].filter((heading) => heading.checkVisibility()
        && !without.some((selector) => heading.closest(selector)));
    const levels = shown.map(
        (heading) => Number(heading.ariaLevel || heading.tagName[1]));
    const wrong = levels[0] === 1 ? [] : [`starts with h${levels[0]}`];
    if (levels.filter((level) => level === 1).length !== 1) wrong.push("not one h1");
    levels.forEach((level, index) => {
        if (index && level > levels[index - 1] + 1) {
            const text = shown[index].innerText;
            wrong.push(`h${levels[index - 1]} then h${level}: ${text}`);
        }
    });
    return wrong;
}"""
IDS = """(without) => {
    const ids = [...document.querySelectorAll("[id]")].filter((element) =>
        !without.some((selector) => element.closest(selector)),
    ).map((element) => element.id);
    return ids.filter((id, index) => ids.indexOf(id) !== index);
}"""
LABELS = """(without) => [...document.querySelectorAll(
    "input:not([type=hidden]),select,textarea")].filter(
    (field) => field.checkVisibility() && !field.labels.length
        && !field.getAttribute("aria-label")
        && !without.some((selector) => field.closest(selector)),
    ).map((field) => field.outerHTML)"""
SIDEWAYS = """() => {
    const page = document.documentElement;
    return page.scrollWidth > page.clientWidth
        ? [`${page.scrollWidth} wide on ${page.clientWidth}`] : [];
}"""


@pytest.fixture(scope="module")
def site(odoo, shared_server) -> tuple[str, dict]:
    """A server with a reseller's leads in every state: address and ids."""
    server = shared_server(odoo, "suite")
    return server.url, run_scene(odoo, server.database, "pages", login=LOGIN)


def pages_of(scene: dict) -> list[tuple[str, str, Steps]]:
    """Every page and state of a page: name, address, and what to do there."""
    lead, deal = f"/my/leads/{scene['waiting']}", f"/my/opportunities/{scene['deal']}"
    accepted = f"/my/leads/{scene['accepted']}"
    company = "/my/reseller"
    registrations = "/my/registrations"
    performance = "/my/performance"
    dispute = f"{performance}/offer/{scene['offer']}/dispute"
    protected = f"{registrations}/{scene['protected']}"
    return [
        ("home", "/my/home", None),
        ("my", "/my", None),
        ("leads", "/my/leads", None),
        ("leads, grouped", "/my/leads?groupby=state&date_begin=2020-01-01", None),
        ("leads, none", "/my/leads?search=nothing+like+it", None),
        ("leads, wrong date", "/my/leads?date_begin=yesterday", None),
        ("leads, page", "/my/leads/page/1", None),
        ("leads, declined", f"/my/leads?declined={scene['gone']}", None),
        ("lead", lead, None),
        ("lead, popup", lead, open_popup),
        ("lead, accepted", f"/my/leads/{scene['accepted']}?done=accepted", None),
        ("lead, no question", lead, submit("form[action$='/ask']")),
        ("lead, asked", f"{lead}?done=asked", None),
        ("give back", f"{accepted}/return", None),
        ("give back, wrong", f"{accepted}/return", submit("main form")),
        ("give a deal back", f"{deal}/return", None),
        ("past offers", "/my/leads/past", None),
        ("past offers, page", "/my/leads/past/page/1", None),
        ("past offers, none", "/my/leads/past?filterby=returned", None),
        ("lead, gone", f"/my/leads/{scene['gone']}", None),
        ("lead, none", "/my/leads/2000000000", None),
        ("lead, signed out meanwhile", f"{lead}?done=again", None),
        ("lead, closed", f"/my/leads/{scene['closed']}", None),
        ("decline", f"{lead}/decline", None),
        ("decline, wrong", f"{lead}/decline", submit("main form")),
        ("decline, too late", f"/my/leads/{scene['accepted']}/decline", None),
        ("opportunities", "/my/opportunities", None),
        ("opportunities, won", "/my/opportunities?filterby=won", None),
        ("opportunities, page", "/my/opportunities/page/1", None),
        ("first steps", "/my/onboarding", None),
        ("guide", "/my/guide", None),
        ("agreement", f"/my/agreements/{scene['agreement']}", None),
        (
            "agreement, not ticked",
            f"/my/agreements/{scene['agreement']}",
            submit("main form"),
        ),
        ("board", "/my/opportunities?view=board", None),
        ("board, menu", "/my/opportunities?view=board", open_menu),
        ("board, none", "/my/opportunities?view=board&search=nothing", None),
        ("milestones", f"{deal}/progress", None),
        ("milestone, quote", f"{deal}/progress?milestone={scene['quoted']}", None),
        (
            "milestone, order, wrong",
            f"{deal}/progress?milestone={scene['ordered']}",
            submit("main form", amount="x"),
        ),
        ("milestone, back", f"{deal}/progress?milestone={scene['contacted']}", None),
        ("opportunity", deal, None),
        ("opportunity, converted", f"{deal}?done=converted", None),
        ("opportunity, wrong", deal, submit(DEAL, expected_revenue="abc")),
        ("lead, no note", accepted, submit("form[action$='/attach']")),
        ("opportunity, form too old", deal, submit_too_late),
        ("opportunity, all", f"{deal}?history=all&done=removed", None),
        ("opportunity, reported", f"/my/opportunities/{scene['reported']}", None),
        ("opportunity, won", f"/my/opportunities/{scene['won']}", None),
        ("opportunity, lost", f"/my/opportunities/{scene['lost']}", None),
        ("report won", f"{deal}/outcome?outcome=won", None),
        ("report lost", f"{deal}/outcome?outcome=lost", None),
        ("report lost, wrong", f"{deal}/outcome?outcome=lost", submit("main form")),
        ("contact", f"{deal}/contact", None),
        (
            "contact, wrong",
            f"{deal}/contact",
            submit("main form", email_from="nobody", phone="x"),
        ),
        ("answer", scene["answer"], None),
        ("answer, wrong", scene["answer"], submit(".o_answer_decline")),
        ("answer, given", scene["answered"], None),
        ("answer, used up", "/my/answer/1/x", None),
        ("resources", "/my/resources", None),
        ("resources, page", "/my/resources/page/1", None),
        ("resources, none", "/my/resources?search=nothing+like+it", None),
        ("resource", f"/my/resources/{scene['resource']}", None),
        ("resource, answer", f"/my/resources/{scene['faq']}", None),
        ("resource, video", f"/my/resources/{scene['video']}", find_player),
        ("resource, gone", "/my/resources/2000000000", None),
        ("search", "/my/search?search=axe", None),
        ("search, none", "/my/search?search=nothing+like+it", None),
        ("company", company, None),
        ("company, invited", f"{company}?done=invited", None),
        ("company, wrong", company, submit(INVITE)),
        ("company, away, wrong", company, submit("form[action$='/away']")),
        ("company, person", f"{company}/people/{scene['colleague']}", None),
        ("company, settings", f"{company}/settings", None),
        ("company, data", f"{company}/data", None),
        (
            "company, data, wrong",
            f"{company}/data",
            submit("main form", email="nobody", name=""),
        ),
        ("registrations", registrations, None),
        ("registrations, page", f"{registrations}/page/1", None),
        ("registrations, none", f"{registrations}?search=nothing+like+it", None),
        ("registration, new", f"{registrations}/new", None),
        ("registration, wrong", f"{registrations}/new", submit("main form")),
        ("registration, draft", f"{registrations}/{scene['draft']}/edit", None),
        ("registration", protected, None),
        ("registration, extend", f"{protected}/extend", None),
        ("registration, withdraw", f"{registrations}/{scene['draft']}/withdraw", None),
        ("performance", performance, None),
        ("performance, year", f"{performance}?period=365&done=disputed", None),
        ("performance, offers", f"{performance}/offers/90", None),
        ("performance, page", f"{performance}/offers/90/page/1", None),
        ("performance, none", f"{performance}/outflow/90", None),
        ("dispute", dispute, None),
        ("dispute, wrong", dispute, submit("main form")),
        ("level", f"{performance}/level/{scene['review']}/answer", None),
        (
            "level, wrong",
            f"{performance}/level/{scene['review']}/answer",
            submit("main form"),
        ),
        ("registration, mail", scene["link"], None),
        ("registration, mail, wrong", scene["link"], submit("main form")),
        ("registration, old mail", f"{scene['link']}0", None),
    ]


def previews_of(scene: dict) -> list[tuple[str, str, Steps]]:
    """What a manager sees of a reseller's pages."""
    preview = "/crm_reseller_portal/preview/"
    return [
        ("preview, lead", f"{preview}{scene['waiting']}", None),
        ("preview, opportunity", f"{preview}{scene['deal']}", None),
    ]


def directions_of(scene: dict) -> list[tuple[str, str, Steps]]:
    """What a person of two sales directions sees."""
    return [
        ("direction, home", "/partner/axe-north", None),
        ("direction, leads", "/my/leads", None),
        ("direction, chosen", "/my/leads", choose_direction),
        ("direction, other", "/partner/axe-north", None),
        ("direction, registration", "/my/registrations/new", register_in_direction),
        ("direction, registration, wrong", "/my/registrations/new", submit(REGISTER)),
        ("direction, registrations", "/my/registrations", None),
    ]


def settings_of(scene: dict) -> list[tuple[str, str, Steps]]:
    """What an administrator sees of directions."""
    return [
        ("access matrix", "/crm_reseller_portal/access-matrix", None),
        ("view as", f"/crm_reseller_portal/view-as/{scene['viewed']}", None),
        (
            "viewing as",
            f"/crm_reseller_portal/view-as/{scene['viewed']}",
            submit("#wrap form"),
        ),
    ]


def choose_direction(page: Page) -> None:
    """Look at the second direction."""
    with page.expect_navigation():
        page.click(".o_reseller_directions button:last-of-type")


def register_in_direction(page: Page) -> None:
    """Register a deal in the second direction, with all fields of a new customer."""
    page.select_option("#reseller_direction_id", label="Axe south")
    page.check("#reseller_new_company")
    page.check("#reseller_new_contact")


def find_player(page: Page) -> None:
    """The video plays on its page."""
    page.wait_for_selector("video[controls]")


def open_popup(page: Page) -> None:
    """Decline, with JavaScript."""
    page.click("a[data-bs-target='#reseller_decline']")
    page.wait_for_selector("#reseller_decline.show")
    page.wait_for_timeout(500)  # it fades in, and half-faded has too little contrast


def open_menu(page: Page) -> None:
    """The menu of a card of the board."""
    page.locator(".o_reseller_board_card summary").first.click()


def submit(form: str, **fields: str) -> Callable[[Page], None]:
    """Fill fields by their ids and send the form."""

    def steps(page: Page) -> None:
        for name, text in fields.items():
            page.fill(f"#reseller_{name}", text)
        with page.expect_navigation():
            page.eval_on_selector(form, "form => form.requestSubmit()")

    return steps


def submit_too_late(page: Page) -> None:
    """Send a note as from before the last sign-in."""
    page.fill("#reseller_note", "What nobody wants to type again")
    page.eval_on_selector_all(
        "[name=csrf_token]", "fields => fields.forEach((field) => field.value = 'x')"
    )
    submit(DEAL)(page)


def sign_in(page: Page, url: str, login: str) -> None:
    """Sign in as people do; to the portal, for the backend takes long to load."""
    page.goto(f"{url}/web/login?redirect=/my/home")
    page.fill("#login", login)
    page.fill("#password", login)
    with page.expect_navigation():
        page.click(".oe_login_form button[type=submit]")


def audit(page: Page, without: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the page the browser shows.

    :param without: selectors of parts that are not the suite's
    """
    source = resources.files("axe_playwright_python").joinpath("axe.min.js")
    page.evaluate(source.read_text(encoding="utf-8"))
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = page.evaluate(
        "([exclude, options]) => axe.run({exclude}, options)",
        [[[selector] for selector in without], options],
    )
    wrong = [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    wrong += [f"heading: {text}" for text in page.evaluate(HEADINGS, without)]
    wrong += [f"id twice: {text}" for text in page.evaluate(IDS, without)]
    wrong += [f"no label: {text}" for text in page.evaluate(LABELS, without)]
    return wrong


def look_at_all(
    browser,
    url: str,
    pages: list,
    size: tuple[int, int],
    login: str = LOGIN,
    without: tuple[str, ...] = (),
) -> dict[str, list[str]]:
    """Look at pages in one size, signed in; return what is wrong, by page."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    # the first visitor waits until style sheets and scripts are bundled
    context.set_default_timeout(SLOWEST)
    page = context.new_page()
    sign_in(page, url, login)
    wrong = {}
    for name, address, steps in pages:
        answer = page.goto(url + address)
        assert answer.status < 500, f"{name}: {answer.status}"
        if steps:
            steps(page)
        page.wait_for_load_state("load")
        found = audit(page, without)
        if size[0] < 400:
            page.set_viewport_size({"width": NARROWEST, "height": size[1]})
            found += page.evaluate(SIDEWAYS)
            page.set_viewport_size({"width": size[0], "height": size[1]})
        if found:
            wrong[name] = found
    context.close()
    return wrong


def tell(wrong: dict[str, list[str]]) -> str:
    """One line for each thing that is wrong."""
    return "\n".join(
        f"{name}: {text}" for name, found in wrong.items() for text in found
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible(site, browser, width) -> None:
    """No violation on any page of the reseller."""
    url, scene = site
    wrong = look_at_all(browser, url, pages_of(scene), WIDTHS[width])
    wrong |= look_at_all(browser, url, previews_of(scene), WIDTHS[width], "admin")
    wrong |= look_at_all(
        browser, url, directions_of(scene), WIDTHS[width], "axe_directions"
    )
    wrong |= look_at_all(browser, url, settings_of(scene), WIDTHS[width], "admin")
    assert not wrong, tell(wrong)


def test_keyboard_alone(site, browser) -> None:
    """The popup takes and gives back the focus; what happened is read first."""
    url, scene = site
    page = browser.new_page(reduced_motion="reduce")
    page.set_default_timeout(SLOWEST)
    sign_in(page, url, LOGIN)

    def focused(script: str) -> str:
        return page.evaluate(f"document.activeElement.{script}")

    page.goto(f"{url}/my/leads/{scene['waiting']}")
    page.wait_for_load_state("load")
    page.focus("#reseller_accept button")
    page.keyboard.press("Tab")
    assert focused("innerText") == "Decline"
    page.keyboard.press("Enter")
    page.wait_for_selector("#reseller_decline.show")
    page.wait_for_timeout(500)
    for _step in range(15):
        page.keyboard.press("Tab")
        assert focused("closest('#reseller_decline') !== null"), "the focus left it"
    page.keyboard.press("Escape")
    page.wait_for_selector("#reseller_decline", state="hidden")
    page.wait_for_timeout(500)
    assert focused("innerText") == "Decline", "the focus is lost"
    # what is wrong is read first, and each sentence leads to its field
    page.goto(f"{url}/my/opportunities/{scene['deal']}")
    page.focus("#reseller_expected_revenue")
    page.keyboard.press("Control+A")
    page.keyboard.type("lots")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert focused("getAttribute('role')") == "alert"
    assert page.title().startswith("Please check: ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focused("id") == "reseller_expected_revenue"
    assert (
        focused("getAttribute('aria-describedby')") == "reseller_expected_revenue_error"
    )
    page.keyboard.press("Control+A")
    page.keyboard.type("12,500")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert focused("innerText").startswith("Saved.")
    page.close()


def test_the_audit_sees_faults(site, browser) -> None:
    """A page without these faults is one that was looked at."""
    page = browser.new_page(viewport={"width": NARROWEST, "height": 800})
    page.goto(f"{site[0]}/web/login")
    page.set_content(
        "<html><body><h2 id=a>x</h2><h4 id=a>y</h4><input><img src=x>"
        "<p style='color:#ccc;background:#fff;width:900px'>pale</p></body></html>"
    )
    found = " ".join(audit(page) + page.evaluate(SIDEWAYS))
    for fault in ("image-alt", "color-contrast", "html-has-lang", "id twice: a"):
        assert fault in found, found
    for fault in ("starts with h2", "h2 then h4", "no label", " wide on 360"):
        assert fault in found, found
    page.close()


def test_no_route_is_forgotten(site) -> None:
    """Every route of the suite that answers GET with a page is looked at."""
    scene = site[1]
    pages = [
        *pages_of(scene),
        *previews_of(scene),
        *directions_of(scene),
        *settings_of(scene),
    ]
    seen = [address.partition("?")[0] for _name, address, _steps in pages]
    for route in scene["routes"]:
        if PAGELESS.search(route):
            continue
        pattern = re.compile(re.sub(r"<[^>]+>", "[^/]+", route) + "$")
        assert any(map(pattern.match, seen)), f"no page for {route}"
