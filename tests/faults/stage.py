"""A channel and a dealer, two real Odoo processes, with the proxy between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engine.remote import Remote
from engine.run import connect
from engine.server import Odoo, OdooServer

from .proxy import FaultProxy


@dataclass
class Stage:
    """What the tests of the push play on.

    :param channel: the server of the channel, whose database has the suite
    :param dealer: the server of the dealer, whose database is stock
    """

    channel: OdooServer
    dealer: OdooServer
    proxy: FaultProxy = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.dealer.url)
        self.proxy = FaultProxy((parts.hostname, parts.port))
        connect(
            (self.channel.odoo, self.channel.database),
            (self.dealer.odoo, self.dealer.database),
            self.proxy.url,
        )
        self._local = threading.local()
        self._life = threading.Lock()
        self.dealership = self.admin(
            "ir.model.data",
            "check_object_reference",
            "crm_dealer_push",
            "demo_dealership",
        )[1]
        self.write_dealership(timeout_seconds=20)

    # -- people -------------------------------------------------------------

    def remote(self, login: str) -> Remote:
        """A signed-in client for this thread; the clients of others are not shared."""
        known = self._local.__dict__.setdefault("remotes", {})
        if login not in known:
            known[login] = Remote(self.channel.url, self.channel.database, login, login)
        return known[login]

    def admin(self, model: str, method: str, *args, **kwargs):
        """Call a model of the channel as its administrator."""
        return self.remote("admin")(model, method, *args, **kwargs)

    def demo(self, model: str, method: str, *args, **kwargs):
        """Call a model of the channel as a salesperson."""
        return self.remote("demo")(model, method, *args, **kwargs)

    def dealers(self, model: str, method: str, *args, **kwargs):
        """Call a model of the dealer as the dealer's administrator."""
        known = self._local.__dict__.setdefault("remotes", {})
        if "dealer" not in known:
            known["dealer"] = Remote(
                self.dealer.url, self.dealer.database, "admin", "admin"
            )
        return known["dealer"](model, method, *args, **kwargs)

    # -- the channel --------------------------------------------------------

    @property
    def secret(self) -> str:
        """The dealer's API key, which only the database knows."""
        return self.channel.odoo.cluster.psql(
            self.channel.database,
            "SELECT secret FROM crm_dealership_credential"
            f" WHERE dealership_id = {self.dealership}",
        ).strip()

    def write_dealership(self, **values) -> None:
        """Change the demo dealership."""
        self.admin("crm.dealership", "write", [self.dealership], values)

    def learn(self) -> str:
        """Press Test Connection; return what it found, as text."""
        self.admin("crm.dealership", "action_test_connection", [self.dealership])
        [found] = self.admin(
            "crm.dealership", "read", [self.dealership], ["last_test_message"]
        )
        return found["last_test_message"]

    def stage(self, won: bool) -> int:
        """The stage that means won, or the first one that does not."""
        return self.admin(
            "crm.stage", "search", [["is_won", "=", won]], limit=1, order="sequence"
        )[0]

    def vehicle(self, code: str = "EV-100") -> int:
        """The id of a vehicle model."""
        return self.admin("crm.vehicle.model", "search", [["default_code", "=", code]])[
            0
        ]

    def make_leads(self, count: int, **values) -> list[int]:
        """Opportunities for the demo dealership, each with a customer of its own."""
        vehicle = self.vehicle(values.pop("code", "EV-100"))
        demo = self.admin("res.users", "search", [["login", "=", "demo"]])[0]
        mark = values.pop("mark", "push")
        return self.admin(
            "crm.lead",
            "create",
            [
                {
                    "name": f"{mark} {number}",
                    "type": "opportunity",
                    "contact_name": f"Customer {mark.title()} {number}",
                    "email_from": f"{mark}.{number}@customers.example.com",
                    "user_id": demo,
                    "dealership_id": self.dealership,
                    "vehicle_model_id": vehicle,
                    "stage_id": self.stage(won=False),
                    **values,
                }
                for number in range(count)
            ],
        )

    def win(self, leads: Iterable[int]) -> None:
        """Press Won, as a salesperson."""
        self.demo("crm.lead", "action_set_won", list(leads))

    def see(self, lead: int) -> dict:
        """What the lead shows."""
        [seen] = self.demo(
            "crm.lead",
            "read",
            [lead],
            ["dealer_so_name", "dealer_so_id", "dealer_so_state", "stage_id"],
        )
        seen["won"] = seen["stage_id"][0] == self.stage(won=True)
        return seen

    def pushes(self, leads: Iterable[int]) -> list[dict]:
        """The rows of the push for these leads, the oldest first."""
        return self.admin(
            "crm.dealer.push",
            "search_read",
            [["res_id", "in", list(leads)]],
            ["res_id", "state", "key", "attempts", "dealer_so_name", "message"],
            order="id",
        )

    def chatter(self, lead: int) -> str:
        """Everything written on a lead."""
        found = self.admin(
            "mail.message",
            "search_read",
            [["model", "=", "crm.lead"], ["res_id", "=", lead]],
            ["body"],
        )
        return "\n".join(message["body"] for message in found)

    def run_cron(self, name: str) -> None:
        """Run one of the push's scheduled actions now."""
        _model, cron = self.admin(
            "ir.model.data", "check_object_reference", "crm_dealer_push", name
        )
        self.admin("ir.cron", "method_direct_trigger", [cron])

    def let_time_pass(self, hours: int = 1) -> None:
        """Make everything the push noted so many hours older."""
        self.channel.odoo.cluster.psql(
            self.channel.database,
            "UPDATE crm_dealer_push"
            f" SET state_since = state_since - interval '{hours} hours',"
            f" next_try_on = next_try_on - interval '{hours} hours'",
        )

    def reconcile(self) -> None:
        """Let an hour pass, then run reconciliation."""
        self.let_time_pass()
        self.run_cron("ir_cron_reconcile")

    def kill(self) -> None:
        """Kill the channel's process, as a lost machine would."""
        with self._life:
            self.channel.stop(kill=True)

    def revive(self) -> None:
        """Start the channel's process again, if it was killed."""
        with self._life:
            if self.channel.process is None:
                self.channel.start()

    # -- the dealer ---------------------------------------------------------

    def orders(self, leads: Iterable[int]) -> dict[int, list[dict]]:
        """What the dealer's own database has for each lead."""
        leads = list(leads)
        uuid = self.admin("ir.config_parameter", "get_param", "database.uuid")
        rows = json.loads(
            self.dealer.odoo.cluster.psql(
                self.dealer.database,
                "SELECT coalesce(json_agg(json_build_object('id', id, 'name', name,"
                " 'state', state, 'key', client_order_ref) ORDER BY id), '[]')"
                " FROM sale_order WHERE client_order_ref IS NOT NULL",
            )
        )
        found: dict[int, list[dict]] = {lead: [] for lead in leads}
        for row in rows:
            prefix, _slash, number = row["key"].rpartition("/")
            if prefix == f"CRM/{uuid}" and int(number) in found:
                found[int(number)].append(row)
        return found


def make_stage(
    channel: Odoo,
    dealer: Odoo,
    databases,
    serve,
    *more_addons: str,
    kind: str = "ground",
) -> Stage:
    """Start both servers; the fixtures of ``tests/conftest.py`` stop them.

    :param more_addons: installed at the channel beside the push
    :param kind: the channel's template database; ``suite`` has all our addons
    """
    database = databases(channel, kind)
    addons = [*([] if kind == "suite" else ["crm_dealer_push"]), *more_addons]
    if addons:
        channel.install(database, addons)
    return Stage(
        serve(channel, database=database),
        serve(dealer, database=databases(dealer, "dealer")),
    )
