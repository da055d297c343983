"""Answers that arrive at the same moment, over real HTTP.

A lock on the lead holds both requests back until each waits for it; let go, they meet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest

from engine.remote import Browser, Remote, RemoteError

from .helpers import run_scene

SECONDS = 60
NOTE = "They decide on Friday"
WAITING = """
SELECT COUNT(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Channel:
    """A served database with offers to one reseller, and two colleagues' browsers."""

    def __init__(self, odoo, server, scene: dict) -> None:
        self.odoo, self.database, url = odoo, server.database, server.url
        self.log = server.log
        self.leads, self.reason = scene["leads"], scene["reason"]
        self.free, self.held = scene["free"], scene["held"]
        self.url, self.agents = url, scene["agents"]
        self.anna, self.again, self.ben = (Browser(url) for _number in range(3))
        for browser, login in (
            (self.anna, "moment_anna"),
            (self.again, "moment_anna"),
            (self.ben, "moment_ben"),
        ):
            browser.sign_in(login, login)

    def query(self, sql: str) -> list[str]:
        """Read from the database, behind Odoo's back."""
        return self.odoo.cluster.psql(self.database, sql).splitlines()

    def offers(self, lead: int) -> list[str]:
        """The offers of a lead and who closed them."""
        return self.query(
            "SELECT state || ' ' || COALESCE(login, 'nobody') "
            "FROM crm_reseller_offer AS offer LEFT JOIN res_users AS users "
            f"ON users.id = offer.answered_by_id WHERE lead_id = {lead}"
        )

    def messages(self, lead: int, words: str) -> int:
        """How many messages of the lead's history say this."""
        return int(
            self.query(
                "SELECT COUNT(*) FROM mail_message WHERE model = 'crm.lead' "
                f"AND res_id = {lead} AND body LIKE '%{words}%'"
            )[0]
        )

    @contextmanager
    def lead_held(self, lead: int, until_waiting: int) -> Iterator[None]:
        """Lock the lead; at the end wait for so many requests, then let them go."""
        cluster = self.odoo.cluster
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=cluster.port,
            user=cluster.user,
            password=cluster.password,
            dbname=self.database,
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM crm_lead WHERE id = %s FOR UPDATE", [lead]
                )
                yield
                deadline = time.monotonic() + SECONDS
                while int(self.query(WAITING)[0]) < until_waiting:
                    assert time.monotonic() < deadline, "they never met"
                    time.sleep(0.05)
        finally:
            connection.close()

    def meet(self, lead: int, *answers: tuple[Browser, str]) -> list[Browser]:
        """Send answers so that they meet; return the browsers with what they show."""
        for browser, _answer in answers:
            browser.get(f"/my/leads/{lead}")
            assert browser.status == 200
        values = {"decline": {"reason_id": self.reason}, "attach": {"note": NOTE}}
        with ThreadPoolExecutor(len(answers)) as pool:
            with self.lead_held(lead, len(answers)):
                futures = [
                    pool.submit(
                        browser.post,
                        f"/my/leads/{lead}/{answer}",
                        **values.get(answer, {}),
                    )
                    for browser, answer in answers
                ]
            for future in futures:
                future.result(SECONDS)
        return [browser for browser, _answer in answers]


@pytest.fixture(scope="module")
def channel(odoo, shared_server) -> Channel:
    """The reseller's portal, served."""
    server = shared_server(odoo, "suite")
    scene = run_scene(odoo, server.database, "same_moment")
    return Channel(odoo, server, scene)


@pytest.fixture(autouse=True)
def quiet(channel) -> Iterator[None]:
    """Conflicts that are expected, and repeated, are no errors in the server's log."""
    before = channel.log.read_text().count("bad query")
    yield
    assert channel.log.read_text().count("bad query") == before


@pytest.mark.parametrize(
    ("number", "annas", "bens"),
    [(0, "accept", "accept"), (1, "accept", "decline"), (2, "decline", "decline")],
)
def test_of_two_colleagues_one_answers(channel, number, annas, bens) -> None:
    """One answer counts; the other colleague reads what became of the lead."""
    lead = channel.leads[number]
    shown = channel.meet(lead, (channel.anna, annas), (channel.ben, bens))
    logins = {channel.anna: "moment_anna", channel.ben: "moment_ben"}
    outcomes = {
        channel.anna: {"accept": "accepted", "decline": "declined"}[annas],
        channel.ben: {"accept": "accepted", "decline": "declined"}[bens],
    }
    first, second = sorted(shown, key=lambda browser: browser.status)
    assert first.status == 200
    assert "alert-success" in first.page
    assert channel.offers(lead) == [f"{outcomes[first]} {logins[first]}"]
    # what happened, in a sentence, and that nothing else did
    assert second.status == 404
    assert "Nothing was changed." in second.page
    sentence = {
        "accepted": f"Your colleague {logins[first]} takes care of this lead.",
        "declined": "Your company declined this lead on ",
    }[outcomes[first]]
    assert sentence in second.page
    said = {
        outcome: channel.messages(lead, f"{outcome} the lead")
        for outcome in ("accepted", "declined")
    }
    assert sum(said.values()) == said[outcomes[first]] == 1


@pytest.mark.parametrize(
    ("number", "answer", "status", "outcome"),
    [(3, "accept", 200, "accepted"), (4, "decline", 404, "declined")],
)
def test_a_double_click_counts_once(channel, number, answer, status, outcome) -> None:
    """Whichever of the two pages is shown in the end, it is a friendly one."""
    lead = channel.leads[number]
    shown = channel.meet(lead, (channel.anna, answer), (channel.again, answer))
    assert sorted(browser.status for browser in shown) == [200, status]
    for browser in shown:
        assert (
            "alert-success" in browser.page
            or "Your company declined this lead on " in browser.page
        )
    assert channel.offers(lead) == [f"{outcome} moment_anna"]
    assert channel.messages(lead, f"{outcome} the lead") == 1


def test_a_double_click_converts_once(channel) -> None:
    """Both pages are the opportunity's."""
    lead = channel.leads[5]
    channel.anna.get(f"/my/leads/{lead}")
    channel.anna.post(f"/my/leads/{lead}/accept")
    shown = channel.meet(lead, (channel.anna, "convert"), (channel.again, "convert"))
    for browser in shown:
        assert browser.status == 200
        assert f"/my/opportunities/{lead}" in browser.address
        assert "The lead is an opportunity now." in browser.page
    assert channel.messages(lead, "converted this lead to an opportunity") == 1


def test_a_double_click_sends_a_note_once(channel) -> None:
    """Both pages say that it was sent."""
    lead = channel.leads[6]
    channel.anna.get(f"/my/leads/{lead}")
    channel.anna.post(f"/my/leads/{lead}/accept")
    shown = channel.meet(lead, (channel.anna, "attach"), (channel.again, "attach"))
    for browser in shown:
        assert browser.status == 200
        assert "Sent. Our team has been notified." in browser.page
    assert channel.messages(lead, NOTE) == 1


def test_of_two_agents_one_claims(channel) -> None:
    """Both click; one gets the lead, the other reads who did."""
    agents = [
        Remote(channel.url, channel.database, login, login) for login in channel.agents
    ]

    def claim(agent: Remote) -> str:
        try:
            agent("crm.lead", "action_claim", [channel.free])
        except RemoteError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(len(agents)) as pool:
        with channel.lead_held(channel.free, len(agents)):
            futures = [pool.submit(claim, agent) for agent in agents]
        said = [future.result(SECONDS) for future in futures]
    owner = channel.query(
        "SELECT login FROM res_users JOIN crm_lead ON crm_lead.user_id = res_users.id "
        f"WHERE crm_lead.id = {channel.free}"
    )
    winner = channel.agents[said.index("")]
    assert owner == [winner]
    assert said[1 - channel.agents.index(winner)] == (
        f'"Free" has already been claimed by {winner}.'
    )


def test_the_hand_out_leaves_a_held_lead_alone(channel) -> None:
    """It steps over a lead that an agent is claiming this moment."""

    def find() -> list[int]:
        return run_scene(channel.odoo, channel.database, "hand_out")["found"]

    with channel.lead_held(channel.held, 0):
        assert channel.held not in find()
    assert channel.held in find()
