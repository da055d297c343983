"""A private PostgreSQL cluster in the run folder."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .console import Refusal, step
from .obtain import apt

SECONDS_TO_END = 5
SERVICE_USERS = ("postgres", "nobody")
# A throw-away cluster: speed before surviving a power cut.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
# the access matrix tries thousands of calls in one transaction, each in a savepoint
max_locks_per_transaction = 1024
shared_buffers = 256MB
max_wal_size = 2GB
log_timezone = 'UTC'
timezone = 'UTC'
"""


def binaries() -> Path:
    """The folder of the newest ``initdb``; PostgreSQL is installed where allowed.

    :raises Refusal: when there is none and it cannot be installed
    """
    if found := _find_binaries():
        return found
    with step("Installing PostgreSQL"):
        apt.install(["postgresql"], "keep databases")
    if found := _find_binaries():
        return found
    raise Refusal("PostgreSQL was installed, and yet there is no `initdb`.")


def _find_binaries() -> Path | None:
    found = [
        path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (path / "initdb").exists()
    ]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def free_port() -> int:
    """A TCP port no one listens on, on the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_in_use(port: int) -> bool:
    """Whether something listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Cluster:
    """A cluster below ``folder``; :meth:`start` makes it where it is missing."""

    folder: Path
    user: str = "odoo"
    port: int = 0
    password: str = ""

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    def environment(self) -> dict[str, str]:
        """Variables for PostgreSQL's clients and Odoo; argv never has the password."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }

    def saved(self) -> Cluster:
        """This cluster with its port and password, where it was made already."""
        self.port, self.password = 0, ""
        state = self.folder / "cluster.json"
        if state.exists() and (self.data / "PG_VERSION").exists():
            saved = json.loads(state.read_text())
            self.port, self.password = saved["port"], saved["password"]
        return self

    def start(self) -> Cluster:
        """Start the cluster unless it runs; make it first where it is missing.

        :raises Refusal: when PostgreSQL does not start, with its own last words
        """
        with processes.exclusive(self.folder.with_suffix(".lock")):
            self._start()
        return self

    def _start(self) -> None:
        state = self.folder / "cluster.json"
        if not self.saved().port:
            self._create(state)
        if self.answers():
            return
        if port_in_use(self.port):
            self.port = free_port()
            self._save(state)
        self._remove_stale_pid()
        log = self.folder / "log"
        command = [binaries() / "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60"]
        done = self._as_service_user(*command, "-o", f"-p {self.port}", "start")
        if done.returncode:
            last = log.read_text().strip().splitlines()[-1:] if log.exists() else []
            raise Refusal(f"PostgreSQL does not start: {' '.join(last) or done.stderr}")

    def stop(self) -> None:
        """Stop the cluster at once if it runs."""
        if (self.data / "postmaster.pid").exists():
            self._as_service_user(
                binaries() / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"
            )

    def answers(self) -> bool:
        """Whether this very cluster accepts our password now."""
        return port_in_use(self.port) and self.psql("postgres", "SELECT 1") == "1"

    def psql(self, database: str, sql: str) -> str:
        """Run one SQL statement and return its bare output, ``""`` on an error."""
        done = subprocess.run(
            [binaries() / "psql", "-XAtq", "-d", database, "-c", sql],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def ignore_accents(self, database: str) -> bool:
        """Make searches in a database find Müller as Muller, where PostgreSQL can.

        Odoo does the same for a database it creates itself.

        :return: whether it can
        """
        self.psql(database, "CREATE EXTENSION IF NOT EXISTS unaccent")
        self.psql(database, "ALTER FUNCTION unaccent(text) IMMUTABLE")
        found = self.psql(database, "SELECT unaccent('Müller')")
        return found == "Muller"

    def databases(self) -> list[str]:
        """The names of the databases in the cluster."""
        return self.psql("postgres", "SELECT datname FROM pg_database").splitlines()

    def drop(self, database: str) -> None:
        """Drop a database, whoever is connected."""
        self._admin(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def clone(self, source: str, target: str) -> None:
        """Copy a database that no one uses."""
        self._admin(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def rename(self, source: str, target: str) -> None:
        """Rename a database that no one uses."""
        self._admin(f'ALTER DATABASE "{source}" RENAME TO "{target}"')

    def _admin(self, sql: str) -> None:
        done = subprocess.run(
            [binaries() / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "postgres"]
            + ["-c", sql],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Refusal(f"PostgreSQL refused: {done.stderr.strip()}")

    def _create(self, state: Path) -> None:
        with step("Making a private PostgreSQL cluster"):
            self.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.port, self.password = free_port(), secrets.token_urlsafe(24)
            secret = self.folder / "password"
            secret.write_text(self.password)
            secret.chmod(0o600)
            if os.geteuid() == 0:
                owner = _service_user()
                os.chown(self.folder, owner.pw_uid, owner.pw_gid)
                os.chown(secret, owner.pw_uid, owner.pw_gid)
            done = self._as_service_user(
                binaries() / "initdb",
                f"--pgdata={self.data}",
                f"--username={self.user}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            )
            if done.returncode:
                raise Refusal(
                    f"PostgreSQL cannot make its cluster in {self.folder}: "
                    f"{done.stderr.strip().splitlines()[-1]}"
                )
            secret.unlink()
            with (self.data / "postgresql.conf").open("a") as settings:
                settings.write(SETTINGS)
            self._save(state)

    def _save(self, state: Path) -> None:
        state.touch(mode=0o600)
        state.write_text(json.dumps({"port": self.port, "password": self.password}))

    def _remove_stale_pid(self) -> None:
        """Forget a server that was killed: its pid file would forbid a start."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        deadline = time.monotonic() + SECONDS_TO_END
        while processes.alive(pid) and time.monotonic() < deadline:
            time.sleep(0.2)  # it is on its way out, or it is not ours to judge
        if not processes.alive(pid):
            pid_file.unlink()

    def _as_service_user(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program; as root, run it as an unprivileged user."""
        account: dict[str, object] = {}
        if os.geteuid() == 0:
            user = _service_user()
            account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        # A file, no pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(part) for part in command],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **account,  # type: ignore[call-overload]
            )
            output.seek(0)
            text = output.read()
        return subprocess.CompletedProcess(done.args, done.returncode, text, text)


def _service_user() -> pwd.struct_passwd:
    for name in SERVICE_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refusal(
        "PostgreSQL refuses to run as root: this machine needs a user `nobody`."
    )
