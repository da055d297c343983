"""``make run``: two real Odoos, the channel's and a dealer's, from nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from . import processes
from .cluster import Cluster, port_in_use
from .console import Refusal, say, step
from .databases import BUILDING, clone_template, suite_addons, suite_digests
from .locations import REPOSITORY, run_folder
from .obtain.engines import Engine, find_engine
from .server import Odoo, OdooServer
from .testing import odoo_for, start_cluster

CHANNEL, DEALER = "channel", "dealer"
SIGN_INS = (
    ("administrator", "admin", "settings, shell, dealerships"),
    ("channel manager", "manager", "resellers, rules, reports"),
    ("sales agent", "agent", "CRM: My Pipeline"),
    ("reseller user", "reseller", "/my/leads"),
    ("reseller supervisor", "supervisor", "/my/leads, all of the company's"),
)


def web_port() -> int:
    """The port of the channel's server, ``PORT``; the dealer's is the next one.

    :raises Refusal: when ``PORT`` is no usable port number
    """
    text = os.environ.get("PORT") or "8069"
    if not text.isdigit() or not 1024 <= int(text) <= 65534:
        raise Refusal(f"PORT={text} is no port number between 1024 and 65534.")
    return int(text)


class State:
    """What is remembered between runs, in a file only its owner can read."""

    def __init__(self) -> None:
        self.path = run_folder() / "state.json"
        self.values: dict = {}
        if self.path.exists():
            self.values = json.loads(self.path.read_text())

    def save(self, **values: object) -> None:
        """Remember more, in one step that a kill cannot cut in half."""
        self.values.update(values)
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self.values, indent=2))
        fresh.replace(self.path)


def run_lock() -> Path:
    """What a `make run` holds from its first step to its end."""
    return run_folder() / "run.lock"


def running_pid() -> int | None:
    """The process number of this run folder's `make run`, getting ready or serving.

    A number that a killed run left behind may be someone else's by now: it counts only
    while the lock is held.
    """
    try:
        pid = int((run_folder() / "run.pid").read_text())
    except (OSError, ValueError):
        return None
    return pid if processes.held(run_lock()) and processes.alive(pid) else None


def prepare() -> Odoo:
    """Engine, cluster, ported addons and both databases, ready to serve."""
    with step("Looking for an engine"):
        engine = find_engine()
    say(f"   Odoo {engine.name} in {engine.home}")
    cluster = start_cluster()
    state = State()
    odoo = odoo_for(engine, cluster)
    _check_same_engine(engine, cluster, state)
    processes.end(processes.orphans_of(odoo.data_dir))
    for name in cluster.databases():
        if name in (BUILDING + CHANNEL, BUILDING + DEALER):
            odoo.drop(name)
    if odoo.addons != REPOSITORY:
        with step(f"Porting the addons to Odoo {engine.name}"):
            odoo.port_addons()
    _ensure_channel(odoo, state)
    _ensure_dealer(odoo)
    _connect(odoo, state)
    return odoo


def _check_same_engine(engine: Engine, cluster: Cluster, state: State) -> None:
    made_with = state.values.get("engine")
    if made_with in (None, engine.name) or CHANNEL not in cluster.databases():
        state.save(engine=engine.name)
        return
    raise Refusal(
        f"The databases in {run_folder()} were made with Odoo {made_with}, and this is "
        f"Odoo {engine.name}: choose another folder with RUN_DIR=, or begin anew with "
        "`make clean`."
    )


def _ensure_channel(odoo: Odoo, state: State) -> None:
    digests = suite_digests(odoo)
    if CHANNEL not in odoo.cluster.databases():
        with step("Database `channel`: the suite with demo data"):
            clone_template(odoo, "suite", BUILDING + CHANNEL)
            odoo.rename(BUILDING + CHANNEL, CHANNEL)
            state.save(digests=digests, connected=None)
        return
    before = state.values.get("digests", {})
    changed = [addon for addon in digests if before.get(addon) != digests[addon]]
    if changed:
        with step(f"Database `channel`: updating {', '.join(changed)}"):
            new = [addon for addon in changed if addon not in before]
            if new:
                odoo.install(CHANNEL, new)
            odoo.update(CHANNEL, [a for a in changed if a in before] or new)
            state.save(digests=digests)
    odoo.cluster.ignore_accents(CHANNEL)


def _ensure_dealer(odoo: Odoo) -> None:
    if DEALER not in odoo.cluster.databases():
        with step("Database `dealer`: stock Odoo with Sales"):
            clone_template(odoo, "dealer", BUILDING + DEALER)
            odoo.rename(BUILDING + DEALER, DEALER)


def _connect(odoo: Odoo, state: State) -> None:
    """Give the dealer its account and products, and the channel the way to them."""
    port = web_port() + 1
    wanted = {"port": port, "uuid": _identity(odoo, DEALER)}
    if state.values.get("connected") == wanted:
        return
    if "crm_dealer_push" not in suite_addons(odoo):
        return
    with step("Connecting the channel to the dealer"):
        connect((odoo, CHANNEL), (odoo, DEALER), f"http://127.0.0.1:{port}")
        state.save(connected=wanted)


def connect(channel: tuple[Odoo, str], dealer: tuple[Odoo, str], url: str) -> None:
    """Seed a dealer's database and tell the channel's demo dealership about it.

    :param channel: the engine and the database of the channel
    :param dealer: the engine and the database of the dealer
    :param url: where the dealer's server answers
    """
    vehicles = run_script(*channel, "list_vehicles.py", {})
    account = run_script(*dealer, "seed_dealer.py", {"vehicles": vehicles})
    connection = {**account, "url": url, "database": dealer[1]}
    run_script(*channel, "connect_dealer.py", connection)


def _identity(odoo: Odoo, database: str) -> str:
    sql = "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"
    return odoo.cluster.psql(database, sql)


def run_script(odoo: Odoo, database: str, name: str, arguments: dict[str, object]):
    """Run a script of ``engine/scripts`` in a database's shell; return its answer.

    :param name: the file's name
    :param arguments: what its ``main(env, arguments)`` is given
    """
    return run_main(odoo, database, f"engine.scripts.{Path(name).stem}", arguments)


def run_main(odoo: Odoo, database: str, module: str, *arguments, **named):
    """Call ``main(env, ...)`` of a module of the repository in Odoo's shell.

    Values travel as JSON on standard input and output, never on a command line.

    :param module: its dotted name, such as ``tests.scenes.taps``
    :return: what ``main`` returned, as JSON keeps it
    """
    values = json.dumps([arguments, named])
    script = (
        "import importlib, json, sys\n"
        "sys.dont_write_bytecode = True\n"
        f"sys.path.insert(0, {str(REPOSITORY)!r})\n"
        f"main = importlib.import_module({module!r}).main\n"
        f"arguments, named = json.loads({values!r})\n"
        "answer = main(env, *arguments, **named)\n"
        "print('>> ' + json.dumps(answer))\n"
    )
    printed = odoo.shell(database, script)
    return json.loads(printed.splitlines()[-1]) if printed else None


def serve(odoo: Odoo) -> int:
    """Serve both databases until interrupted, or until one of them ends."""
    port = web_port()
    channel = OdooServer(odoo, CHANNEL, port, ("--max-cron-threads=1",))
    dealer = OdooServer(odoo, DEALER, port + 1, ("--max-cron-threads=1",))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        with step("Starting both servers"):
            channel.launch()
            dealer.launch()
            channel.wait()
            dealer.wait()
        _test_connection(odoo)
        _greet(channel, dealer)
        while all(s.process and s.process.poll() is None for s in (channel, dealer)):
            time.sleep(0.5)
        raise Refusal(f"A server ended by itself; its last words are in {channel.log}.")
    except KeyboardInterrupt:
        say("\nStopping ...")
        return 0
    finally:
        channel.stop()
        dealer.stop()
        stop_idle_cluster(odoo.cluster)


def _test_connection(odoo: Odoo) -> None:
    """Test the connection to the dealer once, so that the first look shows it works."""
    if "crm_dealer_push" not in suite_addons(odoo):
        return
    sql = "SELECT count(*) FROM crm_dealership WHERE connection_state = 'untested'"
    if odoo.cluster.psql(CHANNEL, f"{sql} AND odoo_url IS NOT NULL") != "0":
        with step("Testing the connection to the dealer"):
            run_script(odoo, CHANNEL, "test_dealer.py", {})


def stop_idle_cluster(cluster: Cluster) -> bool:
    """Stop PostgreSQL unless another command (a test run) still uses it.

    :return: whether it was stopped
    """
    others = cluster.psql(
        "postgres",
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    if others == "0":
        cluster.stop()
    return others == "0"


def _greet(channel: OdooServer, dealer: OdooServer) -> None:
    say(f"\nThe channel:  {channel.url}    (database `{CHANNEL}`)")
    say(f"The dealer:   {dealer.url}    (database `{DEALER}`, sign in: admin/admin)")
    say("\nSign in (the password is the same word):")
    for role, login, place in SIGN_INS:
        say(f"  {login:<12} {role:<20} {place}")
    say(
        "\nTry first: sign in as `reseller`, open Leads, accept one and convert it;\n"
        "then as `agent`, move it stage by stage and mark it Won: the dealer has a\n"
        "new order. Or let it play by itself: `make demo` in another terminal.\n"
        "Stop with Ctrl-C or `make stop`."
    )


def refuse_second_run() -> None:
    """Say so when this run folder is being served already, or a port is taken."""
    if running_pid():
        raise Refusal(
            f"It runs already, or gets ready, from {run_folder()}: open "
            f"http://127.0.0.1:{web_port()} or stop it with `make stop`."
        )


def check_ports() -> None:
    """Refuse early when one of the two ports is taken by someone else."""
    for port in (web_port(), web_port() + 1):
        if port_in_use(port):
            raise Refusal(
                f"Port {port} is in use: choose another pair with PORT= (the dealer "
                "takes the next one), or stop what listens there."
            )


def main() -> int:
    """Prepare what is missing, then serve until Ctrl-C."""
    started = time.monotonic()
    refuse_second_run()
    with processes.exclusive(run_lock()):
        pid_file = run_folder() / "run.pid"
        pid_file.write_text(str(os.getpid()))
        try:
            cleanup_orphans()
            check_ports()
            odoo = prepare()
            say(f"Ready to serve after {time.monotonic() - started:.0f} s.")
            return serve(odoo)
        finally:
            pid_file.unlink(missing_ok=True)


def cleanup_orphans() -> None:
    """End servers that an earlier, killed run left behind."""
    for folder in run_folder().glob("odoo-*"):
        processes.end(processes.orphans_of(folder / "data"))


def stop() -> int:
    """``make stop``: end the servers, whoever started them, and an idle cluster."""
    _stop_servers()
    cluster = Cluster(run_folder() / "postgresql").saved()
    if not cluster.answers():
        cluster.stop()  # one that is on its way up or down, or stuck
    elif not stop_idle_cluster(cluster):
        say("Stopped; PostgreSQL runs on for another command that uses it.")
        return 0
    say("Stopped.")
    return 0


def _stop_servers() -> None:
    if pid := running_pid():
        processes.end([pid], seconds=40)
    cleanup_orphans()


def clean() -> int:
    """``make clean``: stop, then forget databases, filestores and logs."""
    _stop_servers()
    folder: Path = run_folder()
    Cluster(folder / "postgresql").stop()
    for pattern in ("postgresql", "odoo-*", "journeys.*", "state.json", "run.pid"):
        for path in folder.glob(pattern):
            _remove(path)
    for lock in folder.glob("*.lock"):
        _remove(lock)
    say(f"Cleaned {folder}; the engines and the virtual environment stay cached.")
    return 0


def _remove(path: Path) -> None:
    subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def shell() -> int:
    """``make shell``: Odoo's shell on the channel's database."""
    engine = find_engine()
    odoo = odoo_for(engine, start_cluster())
    odoo.port_addons()
    command = odoo.command("-d", CHANNEL, "--no-http", subcommand="shell")
    return subprocess.run(command, env=odoo.environment()).returncode


def psql() -> int:
    """``make psql``: PostgreSQL's own client on the channel's database."""
    from .cluster import binaries

    cluster = start_cluster()
    database = os.environ.get("DB") or CHANNEL
    environment = {**os.environ, **cluster.environment()}
    return subprocess.run(
        [binaries() / "psql", "-d", database], env=environment
    ).returncode
