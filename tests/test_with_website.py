"""The reseller's pages, and the public ones, where Odoo's Website is installed too.

Website brings its own layout, header, footer, languages and page titles. The pages are
the same ones, looked at the same way, as without it.
"""

from __future__ import annotations

import pytest

from .helpers import run_scene
from .test_axe import (
    LOGIN,
    WIDTHS,
    look_at_all,
    pages_of,
    previews_of,
    sign_in,
    tell,
)

# what visitors find; the page of one reseller is made by its editors
PUBLIC = [
    ("partners", "/partners", None),
    ("partners, country", "/partners/country/fr", None),
    ("partners, none", "/partners?search=nothing+like+it", None),
]
# what Website and its theme show on every page
NOT_OURS = ("#wrapwrap > header", "#wrapwrap > footer", "#oe_main_menu_navbar")

LINES = """(element) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    return words.getClientRects().length;
}"""


@pytest.fixture(scope="module")
def site(odoo, databases, serve) -> tuple[str, dict]:
    """A server of the suite and Website, with a reseller's leads in every state."""
    database = databases(odoo, "website")
    scene = run_scene(odoo, database, "pages", login=LOGIN)
    return serve(odoo, database=database).url, scene


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_accessible_with_website(site, browser, width) -> None:
    """No violation on any page, and none that scrolls sideways on a phone."""
    url, scene = site
    size = WIDTHS[width]
    pages = [*PUBLIC, *pages_of(scene)]
    wrong = look_at_all(browser, url, pages, size, without=NOT_OURS)
    wrong |= look_at_all(browser, url, previews_of(scene), size, "admin", NOT_OURS)
    assert not wrong, tell(wrong)


def test_a_lead_is_answered_with_website(site, browser) -> None:
    """The layout is Website's, title and language are ours, and an answer arrives."""
    url, scene = site
    width, height = WIDTHS["phone"]
    page = browser.new_page(viewport={"width": width, "height": height})
    sign_in(page, url, LOGIN)
    page.goto(f"{url}/my/leads/{scene['waiting']}")
    assert page.evaluate("document.documentElement.dataset.websiteId")
    assert page.evaluate("document.documentElement.lang") == "en-US"
    assert page.title().startswith("Waiting | ")
    button = page.get_by_role("button", name="I'm interested")
    assert button.evaluate(LINES) == 1, "a theme's buttons have no room"
    with page.expect_navigation():
        button.click()
    assert "Thank you, the lead is yours." in page.inner_text("main")
    page.close()
