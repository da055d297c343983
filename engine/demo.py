"""``make demo``: one lead's way from an import to the dealer's sales order."""

from __future__ import annotations

import collections
import csv
import html
import re
import subprocess
import sys
import time
from pathlib import Path

from .console import Refusal, say, step
from .locations import REPOSITORY, run_folder
from .remote import Browser, Remote, RemoteError
from .run import CHANNEL, DEALER, running_pid, stop, web_port
from .server import answers

LEADS = REPOSITORY / "crm_reseller_base" / "demo" / "leads_200.csv"
SECONDS_TO_START = 900


def main() -> int:
    """Play the line against the running servers; start them where they do not run."""
    urls = [f"http://127.0.0.1:{port}" for port in (web_port(), web_port() + 1)]
    started_here = not running_pid()
    log = run_folder() / "demo-run.log"
    try:
        if started_here:
            _start_servers(log)
        with step("Waiting for both servers"):
            _wait_for_servers(urls, log if started_here else None)
        Line((urls[0], CHANNEL), (urls[1], DEALER)).play()
    except RemoteError as error:
        raise Refusal(f"The demo stopped: {error}") from error
    finally:
        if started_here:
            stop()
    return 0


def _start_servers(log: Path) -> None:
    """Start `make run` beside us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    say("-> Starting the servers, as `make run` does ...")
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine", "run"],
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    while process.poll() is None and not running_pid():
        time.sleep(0.1)


def _wait_for_servers(urls: list[str], log: Path | None) -> None:
    """Wait until both sign-in pages are there.

    :param log: what a run that we started writes; None for someone else's run
    :raises Refusal: when that run ends, or takes too long
    """
    deadline = time.monotonic() + SECONDS_TO_START
    while running_pid():
        if all(map(answers, urls)):
            return
        if time.monotonic() > deadline:
            raise Refusal(f"The servers did not start in {SECONDS_TO_START} s.")
        time.sleep(0.5)
    words = log.read_text().strip().splitlines() if log else []
    why = "".join(words[-1:]) or "its own terminal says why."
    raise Refusal(f"The servers did not start: {why}")


def answer_on(page: str) -> str:
    """The sentence a portal page says about what was just done, without mark-up.

    :raises RemoteError: when there is none, as on an error's page
    """
    found = re.search(
        r"<(\w+)[^>]*class=\"[^\"]*\balert-success\b[^\"]*\"[^>]*>(.*?)</\1>",
        page,
        re.DOTALL,
    )
    if not found:
        raise RemoteError("the portal's page says nothing about what was done")
    bare = re.sub(r"<[^>]+>", " ", found[2])
    return re.sub(r" (?=[,.;:])", "", " ".join(html.unescape(bare).split()))


class Line:
    """The thin line through all addons; every step is done as its user would.

    :param channel: address and database of the channel's server
    :param dealer: address and database of the dealer's
    """

    def __init__(self, channel: tuple[str, str], dealer: tuple[str, str]) -> None:
        self.channel_url, self.dealer = channel[0], dealer
        self.manager = Remote(*channel, "manager", "manager")
        self.agent = Remote(*channel, "agent", "agent")
        self.admin = Remote(*channel, "admin", "admin")

    def play(self) -> str:
        """Play all steps; return the sales order's number, read back from the dealer.

        :raises RemoteError: with the sentence of the step that failed
        """
        leads = self.import_leads()
        self.assign(leads)
        accepted = self.answer_in_portal()
        self.work_the_pipeline(accepted)
        return self.win(accepted)

    def import_leads(self) -> list[int]:
        """Import the 200 leads through Odoo's own import."""
        with LEADS.open(newline="", encoding="utf-8") as source:
            header, *rows = list(csv.reader(source))
        result = self.admin("crm.lead", "load", header, rows)
        problems = [message["message"] for message in result["messages"]]
        if not result["ids"]:
            raise RemoteError(f"the import was refused: {problems[:3]}")
        say(f"1. Imported {len(result['ids'])} leads from {LEADS.name}.")
        return result["ids"]

    def assign(self, leads: list[int]) -> None:
        """Hand the leads out by weight, territory and distance; show the shares."""
        free = self.manager(
            "crm.lead",
            "search",
            [("id", "in", leads), ("reseller_state", "=", "none")],
        )
        if free:
            self.manager("crm.lead", "action_assign_resellers", free)
        rows = self.manager("crm.lead", "read", leads, ["reseller_id", "country_id"])
        resellers = {row["reseller_id"][0] for row in rows if row["reseller_id"]}
        partners = self.manager(
            "res.partner",
            "read",
            sorted(resellers),
            ["reseller_level_id", "country_id"],
        )
        level = {p["id"]: p["reseller_level_id"][1] for p in partners}
        country = {p["id"]: p["country_id"][0] for p in partners if p["country_id"]}
        shares = collections.Counter(
            level[row["reseller_id"][0]] for row in rows if row["reseller_id"]
        )
        at_home = sum(
            country.get(row["reseller_id"][0]) == row["country_id"][0]
            for row in rows
            if row["reseller_id"] and row["country_id"]
        )
        told = ", ".join(f"{name} {count}" for name, count in shares.most_common())
        say(f"2. Assigned {sum(shares.values())} of them: {told};")
        say(f"   {at_home} stay within the reseller's own country.")

    def answer_in_portal(self) -> int:
        """As the reseller, without JavaScript: accept, decline, convert."""
        self._ensure_offers(2)
        browser = Browser(self.channel_url)
        browser.sign_in("reseller", "reseller")
        page = browser.get("/my/leads?filterby=waiting")
        found = dict.fromkeys(re.findall(r"/my/leads/(\d+)", page))
        accept, decline = [int(number) for number in found][:2]
        say(f"3. The reseller sees {len(found)} leads that wait for an answer.")
        browser.get(f"/my/leads/{accept}")
        browser.post(f"/my/leads/{accept}/accept", comment="We call them today.")
        say(f"   accepts lead {accept}: {answer_on(browser.page)}")
        browser.get(f"/my/leads/{decline}/decline")
        reason = re.search(r'name="reason_id"[^>]*value="(\d+)"', browser.page) or (
            re.search(r'<option[^>]*value="(\d+)"', browser.page)
        )
        browser.post(
            f"/my/leads/{decline}/decline",
            reason_id=reason[1] if reason else "",
            comment="They moved away.",
        )
        say(f"   declines lead {decline}: {answer_on(browser.page)}")
        browser.get(f"/my/leads/{accept}")
        browser.post(f"/my/leads/{accept}/convert")
        say(f"   converts lead {accept}: {answer_on(browser.page)}")
        fields = ["type", "reseller_state", "reseller_id", "reseller_excluded_ids"]
        kept, gone = self.manager("crm.lead", "read", [accept, decline], fields)
        if kept["type"] != "opportunity" or kept["reseller_state"] != "accepted":
            raise RemoteError(f"lead {accept} was not accepted and converted: {kept}")
        if kept["reseller_id"][0] not in gone["reseller_excluded_ids"]:
            raise RemoteError(f"lead {decline} was not declined: {gone}")
        if gone["reseller_id"]:
            say(f"   lead {decline} moved on to {gone['reseller_id'][1]}")
        return accept

    def _ensure_offers(self, wanted: int) -> None:
        """Give the demo's reseller enough leads to answer."""
        user = self.admin(
            "res.users", "search_read", [("login", "=", "reseller")], ["partner_id"]
        )
        partner = self.admin(
            "res.partner", "read", user[0]["partner_id"][:1], ["commercial_partner_id"]
        )
        reseller = partner[0]["commercial_partner_id"][0]
        mine = [("reseller_id", "=", reseller), ("reseller_state", "=", "pending")]
        missing = wanted - self.manager("crm.lead", "search_count", mine)
        if missing > 0:
            free = self.manager(
                "crm.lead",
                "search",
                [
                    ("type", "=", "lead"),
                    ("active", "=", True),
                    ("reseller_state", "in", ("none", "pending")),
                    ("reseller_id", "!=", reseller),
                ],
                limit=missing,
            )
            self.manager("crm.lead", "assign_to_reseller", free, reseller)

    def work_the_pipeline(self, lead: int) -> None:
        """As the agent: claim, one step at a time; a jump is refused in plain words."""
        agent = self.agent.uid
        self.manager("crm.lead", "write", [lead], {"user_id": agent})
        names = self.agent(
            "crm.stage", "search_read", [], ["name"], order="sequence, id"
        )
        stages = {row["name"]: row["id"] for row in names}
        say(f"4. The agent works lead {lead}:")
        try:
            self.agent("crm.lead", "write", [lead], {"stage_id": stages["Negotiation"]})
        except RemoteError as error:
            say(f"   New -> Negotiation is refused: {error}")
        else:
            raise RemoteError("a jump from New to Negotiation was let through")
        for name in ("Qualified", "Negotiation"):
            self.agent("crm.lead", "write", [lead], {"stage_id": stages[name]})
            say(f"   moves it to {name}")

    def win(self, lead: int) -> str:
        """Mark it Won; read the order back from the dealer's own database."""
        dealership = self.admin("crm.dealership", "search", [], limit=1)
        vehicle = self.admin("crm.vehicle.model", "search", [], limit=1)
        self.agent(
            "crm.lead",
            "write",
            [lead],
            {"dealership_id": dealership[0], "vehicle_model_id": vehicle[0]},
        )
        self.agent("crm.lead", "action_set_won_rainbowman", [lead])
        won = self.agent(
            "crm.lead", "read", [lead], ["dealer_so_name", "stage_id", "dealer_so_id"]
        )[0]
        say(
            f"5. Marked Won: stage {won['stage_id'][1]}, order {won['dealer_so_name']}."
        )
        dealer = Remote(*self.dealer, "admin", "admin")
        order = dealer(
            "sale.order",
            "search_read",
            [("name", "=", won["dealer_so_name"])],
            ["name", "partner_id", "amount_total", "client_order_ref", "order_line"],
        )
        if len(order) != 1:
            raise RemoteError(f"the dealer has {len(order)} orders of that number")
        say(
            f"   In the dealer's database: {order[0]['name']} for "
            f"{order[0]['partner_id'][1]}, {order[0]['amount_total']:.2f}, "
            f"key {order[0]['client_order_ref']}."
        )
        say(f"\nSales order {order[0]['name']} exists at the dealer.")
        return order[0]["name"]
