"""Whoever looks, and wherever they look: a dealer's key is not to be found.

Two real servers, a real browser. The key is typed into the form as an administrator
does it, used for pushes that work and pushes that fail, and then looked for in all that
every kind of visitor is sent, in both servers' logs, in the files and in the database.
"""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Error, Page, Route

from .faults import proxy as faults
from .faults.stage import Stage, make_stage
from .helpers import click_through_tooltips, run_scene

PASSWORD = f"Passw0rd-{secrets.token_hex(12)}"
WRONG = f"Wr0ng-{secrets.token_hex(12)}"
VISITORS = ("public", "portal", "salesman", "manager", "admin")
BACKEND = ("salesman", "manager", "admin")
OURS = (
    "crm.dealership",
    "crm.dealership.credential",
    "crm.dealer.product",
    "crm.dealer.push",
    "crm.dealer.push.event",
    "crm.dealer.report",
    "crm.vehicle.model",
)
THEIRS = (
    "crm.lead",
    "res.config.settings",
    "mail.message",
    "mail.mail",
    "mail.activity",
    "mail.tracking.value",
    "ir.config_parameter",
    "ir.logging",
    "ir.attachment",
)
# Where a path through fields could lead to the secret.
PATHS = {
    "crm.dealership": ["odoo_api_key", "dealer_reference"],
    "crm.lead": ["dealership_id/odoo_api_key", "dealership_id/odoo_login"],
    "crm.dealer.push": ["dealership_id/odoo_api_key"],
    "crm.dealer.product": ["dealership_id/odoo_api_key"],
    "crm.dealership.credential": ["secret"],
}
# Large, the same for everyone, and made of the sources alone.
SOURCES = re.compile(r"/web/(assets|image|static)/|/static/|\.(woff2?|png|svg|ico)\b")
MOST_PORTAL_PAGES = 40
SLOWEST = 180_000  # milliseconds; the first visitor waits until scripts are bundled


class Visitor:
    """One person at the channel, and everything that person is sent."""

    def __init__(self, browser: Browser, stage: Stage, name: str) -> None:
        self.name, self.stage = name, stage
        self.url = stage.channel.url
        self.heard: list[tuple[str, bytes]] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.route("**/*", self._pass_on)
        click_through_tooltips(self.context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(SLOWEST)
        self.page.on("websocket", self._listen)
        if name != "public":
            login = "admin" if name == "admin" else f"key_{name}"
            params = {
                "db": stage.channel.database,
                "login": login,
                "password": login,
            }
            self.ask("/web/session/authenticate", params)

    def _pass_on(self, route: Route) -> None:
        if SOURCES.search(route.request.url):
            route.continue_()
            return
        with suppress(Error):  # the page was left before its answers came
            answer = route.fetch(max_redirects=0, timeout=SLOWEST)
            self.heard.append((route.request.url, answer.body()))
            route.fulfill(response=answer)

    def _listen(self, socket) -> None:
        socket.on("framereceived", lambda frame: self._note(socket.url, frame))

    def _note(self, where: str, what: str | bytes) -> None:
        self.heard.append((where, what.encode() if isinstance(what, str) else what))

    def ask(self, path: str, params: dict) -> dict:
        """Send a JSON-RPC request as the web client does; errors are answers too."""
        answer = self.context.request.post(
            self.url + path, data={"jsonrpc": "2.0", "method": "call", "params": params}
        )
        self._note(f"{path} {json.dumps(params)[:300]}", answer.body())
        try:
            return answer.json()
        except ValueError:
            return {}  # a failure in making the answer, as with an attachment's bytes

    def call(self, model: str, method: str, *args, **kwargs) -> dict:
        """Call a model; an error is an answer too."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.ask("/web/dataset/call_kw", params)

    def see(self, address: str, ready: str = "body") -> Page:
        """Open a page, each tab of it, and keep what is shown."""
        page = self.page
        page.goto("about:blank")
        page.goto(self.url + address)
        with suppress(
            Error
        ):  # a page this visitor is not let into shows something else
            page.wait_for_selector(ready, timeout=60_000)
        page.wait_for_timeout(300)
        tabs = page.locator(".o_notebook .nav-link:visible")
        for number in range(tabs.count()):
            tabs.nth(number).click()
            self.keep_what_is_shown(address)
        self.keep_what_is_shown(address)
        return page

    def keep_what_is_shown(self, address: str) -> None:
        """The document, and what its fields hold, which is no part of it."""
        values = self.page.evaluate(
            "() => [...document.querySelectorAll('input,textarea')].map(e => e.value)"
        )
        self._note(f"shown at {address}", self.page.content() + "\n".join(values))


@dataclass
class Story:
    """What happened before anyone looks."""

    stage: Stage
    leads: list[int]
    said: list[str]
    visitors: dict[str, Visitor]
    secrets: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(odoo, databases, serve, browser) -> Story:
    """Connections tested, orders made, orders failed: with key, password, mistakes."""

    def serve_aloud(server_odoo, **options):
        noise = ("--max-cron-threads=0", "--log-level=debug_rpc_answer")
        return serve(server_odoo, "", *noise, **options)

    stage = make_stage(odoo, odoo, databases, serve_aloud, kind="suite")
    people = run_scene(odoo, stage.channel.database, "key_people")
    key = stage.secret
    assert len(key) >= 20
    odoo.shell(
        stage.dealer.database,
        "env['res.users'].search([('login', '=', 'channel.service')])"
        f".password = {PASSWORD!r}",
    )
    visitors = {name: Visitor(browser, stage, name) for name in VISITORS}
    admin, salesman = visitors["admin"], visitors["salesman"]
    ghost = stage.admin(
        "crm.vehicle.model", "create", {"name": "Ghost", "default_code": "GHOST-7"}
    )
    leads = stage.make_leads(7, mark="key", user_id=people["salesman"])
    run_scene(
        odoo,
        stage.channel.database,
        "share_leads",
        leads=leads,
        company=people["company"],
        user=people["portal"],
    )
    said = []

    def win(lead: int) -> None:
        answer = salesman.call("crm.lead", "action_set_won_rainbowman", [lead])
        said.append(json.dumps(answer.get("error", {}).get("data", {}).get("message")))

    type_secret(admin, stage, PASSWORD)
    assert "✘" not in stage.learn()
    win(leads[0])
    type_secret(admin, stage, WRONG)
    assert "✘" in stage.learn()
    win(leads[1])
    type_secret(admin, stage, key)
    win(leads[2])
    stage.admin("crm.lead", "write", [leads[3]], {"vehicle_model_id": ghost})
    win(leads[3])
    stage.proxy.plan = lambda call: faults.HTML
    win(leads[4])
    stage.proxy.plan = lambda call: faults.AFTER
    win(leads[5])
    stage.proxy.forget()
    stage.write_dealership(push_mode="queued")
    win(leads[6])
    stage.run_cron("ir_cron_process_queue")
    stage.reconcile()
    stage.run_cron("ir_cron_read_back")
    return Story(
        stage, leads, said, visitors, {"key": key, "pass": PASSWORD, "wrong": WRONG}
    )


def form_of(model: str, number: int, action: int) -> str:
    """The address of a form; this one works in every series."""
    return f"/web#id={number}&model={model}&view_type=form&action={action}"


def type_secret(admin: Visitor, stage: Stage, secret: str) -> None:
    """Write the key into the form and press Test Connection, with the mouse."""
    action = action_of(stage, "crm_dealership_action")
    address = form_of("crm.dealership", stage.dealership, action)
    page = admin.see(address, ".o_form_view .o_field_widget[name=name]")
    page.locator(".o_notebook .nav-link", has_text="Odoo Connection").click()
    box = page.locator(".o_field_widget[name=odoo_api_key] input")
    box.fill(secret)
    save = page.locator(".o_form_button_save")
    save.click()
    save.wait_for(state="hidden")
    page.wait_for_timeout(500)
    assert box.input_value() == "********"
    admin.keep_what_is_shown(address)
    page.locator("button[name=action_test_connection]").click()
    page.wait_for_selector(".o_notification")
    page.wait_for_timeout(500)
    admin.keep_what_is_shown(address)


def action_of(stage: Stage, name: str) -> int:
    """The number of one of the push's window actions."""
    return stage.admin(
        "ir.model.data", "check_object_reference", "crm_dealer_push", name
    )[1]


def test_the_story_is_what_it_should_be(story: Story) -> None:
    """Two orders at once, one from the queue, four failures of different kinds."""
    for words, said in zip(
        (
            "null",
            "does not accept",
            "null",
            "GHOST-7",
            "not an Odoo",
            "did not arrive",
            "null",
        ),
        story.said,
        strict=True,
    ):
        assert words in said
    orders = story.stage.orders(story.leads)
    live = [
        [order for order in orders[lead] if order["state"] != "cancel"]
        for lead in story.leads
    ]
    assert [len(found) for found in live] == [1, 0, 1, 0, 0, 0, 1]


def fields_of(stage: Stage, model: str) -> list[str]:
    """Every field there is, those hidden from everyone included."""
    return (
        stage.channel.odoo.cluster.psql(
            stage.channel.database,
            f"SELECT name FROM ir_model_fields WHERE model = '{model}' ORDER BY name",
        )
        .strip()
        .splitlines()
    )


def texts_of(stage: Stage, model: str) -> list[str]:
    """The fields that could hold a key."""
    sql = f"SELECT name FROM ir_model_fields WHERE model = '{model}'"
    kinds = " AND ttype IN ('char', 'text', 'html', 'one2many')"
    return stage.channel.odoo.cluster.psql(stage.channel.database, sql + kinds).split()


def read_in_halves(
    visitor: Visitor, model: str, ids: list[int], names: list[str]
) -> None:
    """Read each field that may be read: one that may not hides those beside it."""
    if "result" in visitor.call(model, "read", ids, names) or len(names) < 2:
        return
    half = len(names) // 2
    read_in_halves(visitor, model, ids, names[:half])
    read_in_halves(visitor, model, ids, names[half:])


def ask_everything(visitor: Visitor, story: Story, model: str) -> None:
    """Every way to read a model over RPC, every field of it."""
    stage = story.stage
    names = fields_of(stage, model)
    table = model.replace(".", "_")
    exists = f"SELECT to_regclass('{table}') IS NOT NULL"
    psql, database = stage.channel.odoo.cluster.psql, stage.channel.database
    ids = []
    if psql(database, exists).strip() == "t":
        newest = f"SELECT id FROM {table} ORDER BY id DESC LIMIT 80"
        ids = [int(line) for line in psql(database, newest).split()]
    everything = {name: {} for name in names}
    if "dealership_id" in names:
        everything["dealership_id"] = {"fields": {"odoo_api_key": {}}}
    call = visitor.call
    call(model, "fields_get")
    call(model, "search_read", [], names)
    call(model, "search_read", [])
    call(model, "read", ids, names)
    call(model, "web_search_read", [], everything)
    call(model, "web_read", ids, everything)
    call(model, "name_search", "")
    call(model, "copy_data", ids[:1])
    call(model, "export_data", ids, [*names, *PATHS.get(model, [])])
    call(model, "export_data", ids, ["id", "display_name"])
    call(model, "default_get", names)
    call(model, "get_views", [[False, kind] for kind in ("form", "list", "search")])
    if "result" in call(model, "read", ids, ["id"]):
        read_in_halves(visitor, model, ids, names)
    if model in OURS:
        modern = stage.channel.odoo.engine.series >= (19, 0)
        for name in texts_of(stage, model):
            if modern:
                call(model, "formatted_read_group", [], [name], ["__count"])
            else:
                call(model, "read_group", [], [name], [name])
    for path in PATHS.get(model, []):
        call(model, "export_data", ids, [path])
        call(model, "web_read", ids, {path.split("/")[0]: {"fields": {path: {}}}})
    if model in ("crm.dealership", "crm.dealership.credential"):
        call(model, "web_save", ids[:1], {}, everything)
        call(model, "onchange", ids[:1], {}, [], everything)


@pytest.mark.parametrize("name", VISITORS)
def test_no_answer_to_a_program(story: Story, name: str) -> None:
    """Reading, searching, exporting, grouping: all models, all fields."""
    visitor = story.visitors[name]
    before = len(visitor.heard)
    for model in (*OURS, *THEIRS):
        ask_everything(visitor, story, model)
    for path, params in (
        ("/mail/thread/messages", {"thread_model": "crm.lead"}),
        ("/mail/thread/messages", {"thread_model": "crm.dealership"}),
    ):
        for number in (*story.leads, story.stage.dealership):
            visitor.ask(path, {**params, "thread_id": number, "limit": 100})
    assert len(visitor.heard) - before > 200
    nothing_in(visitor, story)


@pytest.mark.parametrize("name", VISITORS)
def test_no_search_tells_it_letter_by_letter(story: Story, name: str) -> None:
    """A search for the right beginning of the key answers as one for a wrong one."""
    call = story.visitors[name].call
    for secret in story.secrets.values():
        for model, path in (
            ("crm.dealership", "odoo_api_key"),
            ("crm.lead", "dealership_id.odoo_api_key"),
            ("crm.dealer.push", "dealership_id.odoo_api_key"),
            ("crm.dealership.credential", "secret"),
        ):
            answers = [
                call(model, "search_count", [[path, "=like", f"{beginning}%"]])
                for beginning in (secret[:4], "never")
            ]
            outcomes = [
                answer.get("result", answer.get("error", {}).get("message"))
                for answer in answers
            ]
            assert outcomes[0] == outcomes[1], f"{model} {path}"


@pytest.mark.parametrize("name", BACKEND)
def test_no_page_of_the_backend(story: Story, name: str) -> None:
    """Forms with every tab open, lists, settings, and the export of a list."""
    visitor, stage = story.visitors[name], story.stage
    action = {
        model: action_of(stage, xmlid)
        for model, xmlid in (
            ("crm.dealership", "crm_dealership_action"),
            ("health", "crm_dealership_action_health"),
            ("crm.dealer.report", "crm_dealer_report_action"),
            ("crm.dealer.push", "crm_dealer_push_action"),
            ("crm.vehicle.model", "crm_vehicle_model_action"),
        )
    }
    pipeline = stage.admin(
        "ir.model.data", "check_object_reference", "crm", "crm_lead_action_pipeline"
    )[1]
    for number in action.values():
        visitor.see(f"/web#action={number}", ".o_list_view, .o_pivot, .modal")
    visitor.see(f"/web#action={pipeline}&view_type=kanban", ".o_kanban_view")
    form = ".o_form_view, .modal"
    dealership = form_of("crm.dealership", stage.dealership, action["crm.dealership"])
    visitor.see(dealership, form)
    for push in stage.pushes(story.leads):
        address = form_of("crm.dealer.push", push["id"], action["crm.dealer.push"])
        visitor.see(address, form)
    for lead in story.leads:
        visitor.see(form_of("crm.lead", lead, pipeline), ".o_form_view .o-mail-Thread")
    assert "Autohaus Nord" in text_of(visitor)
    assert "GHOST-7" in text_of(visitor)
    export(visitor, "crm.dealership", ["name", *PATHS["crm.dealership"]])
    export(visitor, "crm.lead", ["name", *PATHS["crm.lead"]])
    nothing_in(visitor, story)


def export(visitor: Visitor, model: str, names: list[str]) -> None:
    """What the list's Export button asks for."""
    data = {
        "model": model,
        "fields": [{"name": name, "label": name, "type": "char"} for name in names],
        "ids": False,
        "domain": [],
        "import_compat": False,
        "groupby": [],
        "context": {},
    }
    answer = visitor.page.evaluate(
        """async (data) => {
            const form = new FormData();
            form.append("data", JSON.stringify(data));
            form.append("csrf_token", odoo.csrf_token);
            form.append("token", "x");
            const options = {method: "POST", body: form};
            return (await fetch("/web/export/csv", options)).text();
        }""",
        data,
    )
    visitor._note(f"export of {model}", answer)


def test_no_page_of_the_portal(story: Story) -> None:
    """Everything a reseller can reach, from link to link, also the lead's history."""
    visitor = story.visitors["portal"]
    todo, seen = ["/my", "/my/home"], []
    while todo and len(seen) < MOST_PORTAL_PAGES:
        address = todo.pop(0)
        seen.append(address)
        page = visitor.see(address, "main")
        links = page.eval_on_selector_all(
            "a[href^='/my']", "links => links.map(link => link.getAttribute('href'))"
        )
        todo += [
            link
            for link in dict.fromkeys(links)
            if link not in (*seen, *todo) and "logout" not in link
        ]
    assert any(re.match(r"/my/(leads|opportunities)/\d", address) for address in seen)
    nothing_in(visitor, story)


def test_no_page_for_everybody(story: Story) -> None:
    """Who is not signed in sees the sign-in page, and no more."""
    visitor = story.visitors["public"]
    for address in ("/", "/web", "/web/login", "/my", "/my/leads", "/odoo"):
        visitor.see(address)
    action = action_of(story.stage, "crm_dealership_action")
    visitor.see(form_of("crm.dealership", story.stage.dealership, action))
    assert "/web/login" in visitor.page.url
    nothing_in(visitor, story)


def text_of(visitor: Visitor) -> str:
    """All that was sent to a visitor."""
    return b"\n".join(what for _where, what in visitor.heard).decode(errors="replace")


def nothing_in(visitor: Visitor, story: Story) -> None:
    """Assert that no secret was sent, and say where one was."""
    for kind, secret in story.secrets.items():
        found = [where for where, what in visitor.heard if secret.encode() in what]
        assert not found, f"{visitor.name} got the {kind} from {found[:5]}"


def test_no_log_and_no_file(story: Story) -> None:
    """Both servers talked as much as they can; attachments and sessions too."""
    stage = story.stage
    channel, dealer = stage.channel.log.read_text(), stage.dealer.log.read_text()
    # so that it means something: they did write about these calls
    assert "sale.order.load" in channel
    assert "/jsonrpc" in dealer
    for kind, secret in story.secrets.items():
        assert secret not in channel, kind
        assert secret not in dealer, kind
    folder = stage.channel.odoo.data_dir
    for part in (folder / "filestore" / stage.channel.database, folder / "sessions"):
        for path in part.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for kind, secret in story.secrets.items():
                    assert secret.encode() not in content, f"{kind} in {path}"


TABLES_WITH = """
SELECT table_name FROM information_schema.tables
 WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
   AND (xpath('/row/n/text()', query_to_xml(format(
       'SELECT count(*) AS n FROM %I AS t WHERE strpos(t::text, %L) > 0',
       table_name, '{secret}'), false, true, '')))[1]::text::int > 0
"""


def test_no_table_but_one(story: Story) -> None:
    """The key is in the one table no user reads; what was typed before is nowhere."""
    stage = story.stage
    psql = stage.channel.odoo.cluster.psql
    found = {
        kind: psql(stage.channel.database, TABLES_WITH.format(secret=secret)).split()
        for kind, secret in story.secrets.items()
    }
    assert found == {"key": ["crm_dealership_credential"], "pass": [], "wrong": []}
    attempts = psql(
        stage.channel.database, "SELECT count(*) FROM crm_dealer_push_event"
    )
    assert int(attempts) > len(story.leads)
