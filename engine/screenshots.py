"""``make pictures``: the screenshots of the guides, taken from a running ``make run``.

``python3 -m engine.screenshots --url http://127.0.0.1:8069`` signs in as the people
of the demo data and looks at pages; nothing is changed there.
"""

from __future__ import annotations

import argparse
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .console import Refusal, run_command, say, step
from .locations import REPOSITORY
from .testing import ensure_browser, find_browser

FOLDER = REPOSITORY / "docs" / "images"
SECONDS_TO_SETTLE = 1
COLORS = 128
WIDTHS = {"": (1280, 800), "-phone": (390, 844)}
STILL = """*, *::before, *::after {
    transition: none !important; animation: none !important;
}"""


def make_small(path: Path) -> None:
    """Keep a picture in a palette: screens have few colors, repositories keep all."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


class Camera:
    """A browser window of one person in one width."""

    def __init__(self, page, url: str, suffix: str, folder: Path) -> None:
        self.page = page
        self.url = url
        self.suffix = suffix
        self.folder = folder
        self.taken = 0

    def sign_in(self, login: str) -> None:
        """Sign in with the demo data's password.

        :raises Refusal: when no one is let in
        """
        from playwright.sync_api import TimeoutError as StillThere

        self.page.goto(f"{self.url}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", login)
        self.page.click(".oe_login_form button[type=submit]")
        try:
            self.page.wait_for_url(lambda address: "/web/login" not in address)
        except StillThere as error:
            raise Refusal(
                f"{self.url} does not know the demo user `{login}`: start it with "
                "`make run`."
            ) from error

    def open(self, address: str, ready: str = "main") -> None:
        """Go to a page and wait until it is all there."""
        self.page.goto(self.url + address)
        self.page.wait_for_selector(ready)
        self.page.add_style_tag(content=STILL)
        # the backend keeps a connection open for news, so it never gets idle
        self.page.wait_for_load_state("load")
        self.page.wait_for_function("![...document.images].some((i) => !i.complete)")
        self.page.wait_for_timeout(SECONDS_TO_SETTLE * 1000)

    def follow(self, selector: str, ready: str = "main") -> bool:
        """Open the first link of its kind; tell whether there is one."""
        link = self.page.query_selector(selector)
        if not link:
            return False
        self.open(link.get_attribute("href").removeprefix(self.url), ready)
        return True

    def shoot(self, name: str) -> None:
        """Save what is seen as a picture."""
        path = self.folder / f"{name}{self.suffix}.png"
        self.page.screenshot(path=path)
        make_small(path)
        self.taken += 1
        say(f"   {path.name}")

    def call(self, model: str, method: str, arguments: list) -> Any:
        """Ask the server as who is signed in."""
        params = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        answer = self.page.request.post(
            f"{self.url}/web/dataset/call_kw",
            data={"jsonrpc": "2.0", "method": "call", "params": params},
        ).json()
        if "error" in answer:
            raise Refusal(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer["result"]

    def find(self, module: str, name: str) -> int:
        """The number of the record an addon calls by this name."""
        domain = [["module", "=", module], ["name", "=", name]]
        found = self.call("ir.model.data", "search_read", [domain, ["res_id"]])
        if not found:
            raise Refusal(f"{self.url} does not have the addon `{module}`.")
        return found[0]["res_id"]


def shoot_portal(camera: Camera) -> None:
    """What a reseller sees.

    :raises Refusal: when the demo leads were all answered
    """
    camera.open("/my/home")
    camera.shoot("portal-home")
    camera.open("/my/leads?filterby=waiting")
    camera.shoot("portal-leads")
    if not camera.follow(".o_reseller_table td a"):
        raise Refusal(
            "No lead waits for the demo reseller any more: `make clean run` starts "
            "with fresh ones."
        )
    camera.shoot("portal-lead")
    camera.page.click("a[data-bs-target='#reseller_decline']")
    camera.page.wait_for_selector("#reseller_decline.show")
    camera.shoot("portal-decline")
    camera.open("/my/opportunities")
    camera.shoot("portal-opportunities")
    if not camera.follow(".o_reseller_table td a"):
        raise Refusal("The demo reseller has no opportunity: `make clean run` has one.")
    camera.shoot("portal-opportunity")
    if camera.page.query_selector("button[name=then][value=won]"):
        deal = camera.page.url.removeprefix(camera.url).partition("?")[0]
        camera.open(f"{deal}/outcome?outcome=won")
        camera.shoot("portal-result")


def shoot_sections(camera: Camera) -> None:
    """The board, registrations, resources and performance of a reseller.

    :param camera: the window
    """
    camera.open("/my/opportunities?view=board")
    camera.shoot("portal-board")
    camera.open("/my/registrations")
    camera.shoot("portal-registrations")
    camera.open("/my/registrations/new")
    camera.shoot("portal-registration-form")
    camera.open("/my/resources")
    camera.shoot("portal-resources")
    camera.open("/my/performance?period=365")
    camera.shoot("portal-performance")


def shoot_program(camera: Camera) -> None:
    """Registrations and the dashboard, as a channel manager sees them.

    :param camera: the window
    :raises Refusal: when no registration waits for a decision
    """
    waiting = camera.call(
        "crm.deal.registration", "search", [[["state", "=", "submitted"]]]
    )
    if not waiting:
        raise Refusal("No registration waits any more: `make clean run` has some.")
    number = camera.find("crm_reseller_registration", "crm_deal_registration_action")
    menu = camera.find("crm", "crm_menu_root")
    where = f"action={number}&menu_id={menu}"
    camera.open(
        f"/web#id={waiting[0]}&model=crm.deal.registration&view_type=form&{where}",
        ".o_form_view .o_field_widget[name=name]",
    )
    camera.shoot("backend-registration")
    number = camera.find("crm_reseller_performance", "crm_reseller_dashboard_action")
    camera.open(
        f"/web#action={number}&menu_id={menu}",
        ".o_reseller_dashboard canvas, .o_content",
    )
    camera.page.wait_for_timeout(2 * SECONDS_TO_SETTLE * 1000)
    camera.shoot("backend-dashboard")


def shoot_backend(camera: Camera) -> None:
    """What salespeople and managers see.

    :raises Refusal: when no reseller holds an open lead
    """
    pipeline = camera.find("crm", "crm_lead_action_pipeline")
    menu = camera.find("crm", "crm_menu_root")
    where = f"action={pipeline}&menu_id={menu}"
    camera.open(f"/web#{where}&view_type=kanban", ".o_kanban_record")
    # everybody's, not only those of who looks
    camera.page.click(".o_facet_remove")
    camera.page.wait_for_selector(".o_kanban_record .o_field_widget")
    camera.page.wait_for_timeout(SECONDS_TO_SETTLE * 1000)
    camera.shoot("backend-pipeline")
    held = [
        ["reseller_state", "=", "accepted"],
        ["type", "=", "opportunity"],
        ["stage_id.is_won", "=", False],
    ]
    leads = camera.call("crm.lead", "search", [held])
    if not leads:
        raise Refusal("No reseller holds an opportunity: `make clean run` has some.")
    form = f"/web#id={leads[0]}&model=crm.lead&view_type=form&{where}"
    camera.open(form, ".o_form_view .o_field_widget[name=name]")
    camera.shoot("backend-lead")
    tab = camera.page.locator(".o_notebook .nav-link", has_text="Reseller")
    if tab.count():
        tab.first.click()
        tab.first.scroll_into_view_if_needed()
        camera.shoot("backend-lead-reseller")


def shoot_settings(camera: Camera) -> None:
    """The settings of the program."""
    action = camera.find("crm", "crm_config_settings_action")
    camera.open(f"/web#action={action}", ".settings_tab")
    camera.page.click(".settings_tab .tab[data-key=crm]")
    section = camera.page.locator(".app_settings_block h2", has_text="Reseller")
    if section.count():
        section.first.evaluate("heading => heading.scrollIntoView()")
    camera.shoot("backend-settings")


def shoot_resellers(camera: Camera) -> None:
    """The resellers and the rules that choose among them."""
    for name, action in (
        ("backend-resellers", "res_partner_reseller_action"),
        ("backend-rules", "crm_reseller_assignment_rule_action"),
    ):
        number = camera.find("crm_reseller_base", action)
        menu = camera.find("crm", "crm_menu_root")
        camera.open(f"/web#action={number}&menu_id={menu}", ".o_content")
        camera.page.wait_for_selector(".o_data_row, .o_kanban_record")
        camera.shoot(name)


Scene = Callable[[Camera], None]
# who looks, at what, in which widths
SCENES: tuple[tuple[str, tuple[Scene, ...], tuple[str, ...]], ...] = (
    ("reseller", (shoot_portal, shoot_sections), ("", "-phone")),
    ("admin", (shoot_backend, shoot_resellers, shoot_program, shoot_settings), ("",)),
)


@contextmanager
def open_browser() -> Iterator:
    """A Chromium without a window.

    :raises Refusal: when the machine has none
    """
    from playwright.sync_api import sync_playwright

    ensure_browser()
    path = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def take(url: str, folder: Path) -> int:
    """Take all pictures; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = 0
    with open_browser() as browser:
        for login, scenes, suffixes in SCENES:
            for suffix in suffixes:
                width, height = WIDTHS[suffix]
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale="en-US",
                    timezone_id="Europe/Brussels",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.set_default_timeout(60_000)
                camera = Camera(page, url, suffix, folder)
                camera.sign_in(login)
                for scene in scenes:
                    scene(camera)
                taken += camera.taken
                context.close()
    return taken


def main() -> int:
    """Take the pictures of a running server."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    port = os.environ.get("PORT") or "8069"
    parser.add_argument("--url", default=f"http://127.0.0.1:{port}")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    args = parser.parse_args()
    url = args.url.rstrip("/")
    try:
        urllib.request.urlopen(f"{url}/web/login", timeout=60).close()
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Refusal(f"Nothing answers at {url}: start it with `make run`.") from error
    with step(f"Pictures of {url}"):
        taken = take(url, args.folder)
    say(f"{taken} pictures in {args.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
