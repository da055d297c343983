"""Another addon adds a tab, a list and a form with the portal's building blocks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from .helpers import run_scene

ADDONS = Path(__file__).parent / "addons"
ADDON = ADDONS / "crm_reseller_demo_page"
MOST_LINES = 80
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(scope="module")
def page(odoo, databases, serve):
    """A signed-in session, and the address of a server with the demo addon."""
    odoo = replace(odoo, beside=(ADDONS,))
    database = databases(odoo, "suite")
    odoo.install(database, ["crm_reseller_demo_page"], demo=False)
    run_scene(odoo, database, "wishes", login="wish")
    server = serve(odoo, database=database)
    session = requests.Session()
    login = session.get(f"{server.url}/web/login", timeout=60)
    session.post(
        f"{server.url}/web/login",
        data={
            "login": "wish",
            "password": "wish",
            "csrf_token": TOKEN.search(login.text).group(1),
        },
        timeout=60,
    )
    return session, server.url


def test_the_addon_is_small() -> None:
    """Fewer than eighty lines hold models, routes, list and form."""
    files = [*ADDON.rglob("*.py"), *ADDON.rglob("*.xml")]
    code = [
        path for path in files if path.name not in ("__init__.py", "__manifest__.py")
    ]
    lines = sum(len(path.read_text().splitlines()) for path in code)
    assert 0 < lines < MOST_LINES, lines


def test_tab_list_and_form(page) -> None:
    """The tab is on each list; an empty form comes back; a wish is listed and found."""
    session, url = page

    def get(path: str) -> str:
        answer = session.get(url + path, timeout=60)
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    assert 'href="/my/wishes"' in get("/my/leads")
    assert "No wishes yet." in get("/my/wishes")
    form = get("/my/wishes/new")
    token = TOKEN.search(form).group(1)
    head = session.head(f"{url}/my/wishes/new", params={"name": "evil"}, timeout=60)
    assert head.status_code == 200
    # an address may name whatever it likes
    for name in ("errors", "typed", "form"):
        assert "csrf_token" in get(f"/my/wishes/new?{name}=x")
    for typed, status in (("", 422), ("=1+1", 422), ("A taller crane", 200)):
        answer = session.post(
            f"{url}/my/wishes/new",
            data={"name": typed, "csrf_token": token},
            timeout=60,
        )
        assert answer.status_code == status, typed
    listed = get("/my/wishes")
    assert "A taller crane" in listed
    assert "evil" not in listed
    assert "A taller crane" in get("/my/wishes?search=crane%20TALL")
    assert "No wish fits this search." in get("/my/wishes?search=ship")
