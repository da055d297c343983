"""Push leads through a network that fails at random, until each has its order."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine.remote import RemoteError

from . import proxy as faults
from .proxy import Call
from .stage import Stage

# How often a fault is drawn for a call that changes something, and for one that reads.
CHANGE_RATE, READ_RATE = 0.35, 0.08
# Late answers cost time, so they are drawn less often than the others.
WEIGHTS = {**dict.fromkeys(faults.ALL, 4), faults.DELAY: 1}
LARGEST_BATCH = 8
PEOPLE = 3
# Part of the leads go through the queue, and every now and then the crons run.
QUEUED_SHARE = 0.25
CRON_EVERY = 25


@dataclass
class FaultReport:
    """What was found in the dealer's database afterwards."""

    count: int
    orders: int = 0
    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unshown: list[int] = field(default_factory=list)
    # what our own log says of those leads
    traces: list[dict] = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)
    presses: int = 0
    kills: int = 0
    calls: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether each lead has one order, and shows it."""
        return self.orders == self.count and not (
            self.lost or self.doubled or self.unshown
        )


class FaultRun:
    """One run: leads, people who press Won, faults, and a count at the end.

    :param kills: how often our own process is killed with an order just made
    :param tell: called now and then with the number of leads that are done
    """

    def __init__(
        self,
        stage: Stage,
        count: int,
        seed: int,
        kills: int = 0,
        tell: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.stage = stage
        self.report = FaultReport(count)
        self.kills_left = kills
        self.tell = tell
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def play(self) -> FaultReport:
        """Push all leads, then heal the network and count."""
        started = time.monotonic()
        stage, report = self.stage, self.report
        queued = stage.admin("crm.dealership", "copy", [stage.dealership])
        queued = queued[0] if isinstance(queued, list) else queued
        self._same_connection(queued)
        leads = self._make_leads(queued)
        stage.proxy.forget()
        stage.proxy.plan = self._plan
        stage.proxy.hook = self._kill_now_and_then
        self._push_all(leads)
        report.faults = Counter(fault for _call, fault in stage.proxy.done)
        report.calls = len(stage.proxy.calls)
        stage.proxy.forget()
        stage.proxy.listen()
        self._finish(leads)
        self._count(leads)
        report.seconds = time.monotonic() - started
        return report

    # -- leads and people ---------------------------------------------------

    def _same_connection(self, dealership: int) -> None:
        """Give the copy of the dealership the connection that is not copied."""
        [known] = self.stage.admin(
            "crm.dealership",
            "read",
            [self.stage.dealership],
            ["odoo_url", "odoo_database", "odoo_login"],
        )
        del known["id"]
        self.stage.admin(
            "crm.dealership",
            "write",
            [dealership],
            {**known, "odoo_api_key": self.stage.secret, "push_mode": "queued"},
        )

    def _make_leads(self, queued: int) -> list[int]:
        leads = []
        for start in range(0, self.report.count, 100):
            size = min(100, self.report.count - start)
            leads += self.stage.make_leads(size, mark=f"fault{start}")
        background = [lead for lead in leads if self._random.random() < QUEUED_SHARE]
        if background:
            self.stage.admin("crm.lead", "write", background, {"dealership_id": queued})
        return leads

    def _push_all(self, leads: list[int]) -> None:
        todo = list(leads)
        self._random.shuffle(todo)
        batches = []
        while todo:
            size = self._random.choice((1, 1, 1, 2, LARGEST_BATCH))
            batches.append([todo.pop() for _lead in range(min(size, len(todo)))])
        with ThreadPoolExecutor(PEOPLE) as people:
            for number, _none in enumerate(people.map(self._press, batches)):
                if number % CRON_EVERY == 0:
                    self.tell(sum(map(len, batches[: number + 1])))

    def _press(self, batch: list[int]) -> None:
        """Press Won for a batch, again for those that were not won, as people do."""
        with self._lock:
            again = self._random.choice((1, 2, 3))
            crons = self._random.random() < 1 / CRON_EVERY
        for _time in range(again):
            with self._lock:
                self.report.presses += 1
            if self._try(lambda: self.stage.win(batch)):
                break
        if crons:
            self._try(lambda: self.stage.run_cron("ir_cron_process_queue"))

    def _try(self, action: Callable[[], None]) -> bool:
        """Whether it went well; a server that was killed is started again."""
        try:
            action()
        except RemoteError:
            return False
        except (OSError, ValueError):
            # killed while it worked for us: the answer is cut, or never came
            self.stage.revive()
            return False
        return True

    def _finish(self, leads: list[int]) -> None:
        """On a network that works: press what is left, run the crons to their end."""
        self.stage.revive()
        for _round in range(6):
            left = self.stage.admin(
                "crm.lead",
                "search",
                [["id", "in", leads], ["stage_id.is_won", "=", False]],
            )
            if left:
                self.stage.win(left)
            failed = self.stage.admin(
                "crm.dealer.push",
                "search",
                [["res_id", "in", leads], ["state", "=", "failed"]],
            )
            self.stage.admin("crm.dealer.push", "action_retry", failed)
            self.stage.let_time_pass(12)
            self.stage.run_cron("ir_cron_process_queue")
            self.stage.run_cron("ir_cron_reconcile")
            undone = self.stage.admin(
                "crm.lead",
                "search_count",
                [
                    ["id", "in", leads],
                    "|",
                    ["stage_id.is_won", "=", False],
                    ["dealer_so_id", "in", [False, 0]],
                ],
            )
            if not undone:
                return

    # -- harm ---------------------------------------------------------------

    def _plan(self, call: Call) -> str | None:
        with self._lock:
            rate = CHANGE_RATE if call.changes else READ_RATE
            if self._random.random() >= rate:
                return None
            names = list(WEIGHTS)
            return self._random.choices(names, [WEIGHTS[name] for name in names])[0]

    def _kill_now_and_then(self, call: Call) -> None:
        if not call.changes or call.model != "sale.order":
            return
        with self._lock:
            chance = 4 * (self.kills_left + 1) / self.report.count
            if not self.kills_left or self._random.random() >= chance:
                return
            self.kills_left -= 1
            self.report.kills += 1
        self.stage.kill()

    # -- the count ----------------------------------------------------------

    def _count(self, leads: list[int]) -> None:
        report = self.report
        shown = {
            lead["id"]: lead["dealer_so_id"]
            for lead in self.stage.admin("crm.lead", "read", leads, ["dealer_so_id"])
        }
        for lead, orders in self.stage.orders(leads).items():
            live = [order["id"] for order in orders if order["state"] != "cancel"]
            report.orders += len(orders)
            if not live:
                report.lost.append(lead)
            if len(orders) > 1:
                report.doubled.append(lead)
            if live and shown[lead] not in live:
                report.unshown.append(lead)
        report.traces = self.stage.pushes(
            {*report.lost, *report.doubled, *report.unshown}
        )
