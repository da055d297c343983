"""Start and stop real Odoo processes, install addons, run scripts in Odoo's shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .cluster import Cluster, port_in_use
from .console import Refusal
from .locations import REPOSITORY
from .obtain.engines import Engine
from .port import find_addons, port, sources_stamp

SECONDS_TO_START = 180


@dataclass
class Odoo:
    """One engine on one cluster: what is needed to run its commands.

    :param folder: where this engine's ported addons, filestores and logs go
    :param beside: folders with addons of others, tested together with ours
    :param packages: a folder with Python packages that those addons need
    """

    engine: Engine
    cluster: Cluster
    folder: Path
    beside: tuple[Path, ...] = ()
    packages: Path | None = None
    addons: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.addons = REPOSITORY
        if self.engine.series > (17, 0):
            self.addons = self.folder / "addons"

    @property
    def data_dir(self) -> Path:
        """Odoo's data directory: filestores and sessions."""
        return self.folder / "data"

    def port_addons(self) -> list[Path]:
        """Bring the copy of the addons that this engine needs up to date.

        A copy that is up to date stays untouched: servers may be running from it.
        """
        if self.addons == REPOSITORY:
            return find_addons(REPOSITORY)
        with processes.exclusive(self.folder / "port.lock"):
            stamp = self.folder / "ported"
            current = sources_stamp(REPOSITORY, self.engine.home)
            known = stamp.read_text() if stamp.exists() else ""
            if known != current or not self.addons.is_dir():
                stamp.unlink(missing_ok=True)
                port(REPOSITORY, self.addons, self.engine.home)
                stamp.write_text(current)
            return find_addons(self.addons)

    def addons_path(self) -> str:
        """The value of Odoo's ``--addons-path``."""
        return ",".join(
            map(str, [*self.engine.addons_paths, self.addons, *self.beside])
        )

    def command(self, *arguments: str, subcommand: str = "") -> list[str]:
        """The command line of this Odoo; passwords are in :meth:`environment` only."""
        return [
            sys.executable,
            *self.engine.command(),
            *([subcommand] if subcommand else []),
            f"--addons-path={self.addons_path()}",
            f"--data-dir={self.data_dir}",
            "--db_host=127.0.0.1",
            "--unaccent",
            f"--db_port={self.cluster.port}",
            f"--db_user={self.cluster.user}",
            *arguments,
        ]

    def environment(self) -> dict[str, str]:
        """The environment of this Odoo's processes, the database password included."""
        inherited = self.engine.environment()
        inherited.pop("ODOO_RC", None)
        if self.packages:
            inherited["PYTHONPATH"] += f"{os.pathsep}{self.packages}"
        return {**inherited, **self.cluster.environment()}

    def call(
        self,
        *arguments: str,
        subcommand: str = "",
        stdin: str | None = None,
        cwd: Path | None = None,
    ) -> str:
        """Run Odoo to its end and return what it printed.

        :raises Refusal: when it fails or logs an error; the log's last lines are shown
        """
        done = subprocess.run(
            self.command(*arguments, subcommand=subcommand),
            input=stdin,
            env=self.environment(),
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
        )
        logged = done.stdout + done.stderr
        if done.returncode or re.search(r" \d+ (ERROR|CRITICAL) ", logged):
            log = self.folder / "failed.log"
            log.write_text(logged)
            wrong = [
                line
                for line in logged.splitlines()
                if re.search(r"ERROR|CRITICAL|Error:|Exception", line)
            ]
            last = "\n".join((wrong or logged.splitlines())[-8:])
            raise Refusal(f"Odoo {self.engine.name} failed (all of it: {log}):\n{last}")
        return done.stdout

    def install(self, database: str, addons: list[str], demo: bool = True) -> None:
        """Install addons into a database, which is created where it is missing."""
        self.call(
            "-d",
            database,
            "-i",
            ",".join(addons),
            *self.demo_options(demo),
            "--stop-after-init",
            "--no-http",
            "--log-level=warn",
        )

    def demo_options(self, demo: bool) -> list[str]:
        """How this series is told to load demo data, or not to."""
        if self.engine.series >= (19, 0):
            return ["--with-demo"] if demo else []
        return [] if demo else ["--without-demo=all"]

    def update(self, database: str, addons: list[str]) -> None:
        """Update addons that are installed in a database."""
        self.call(
            "-d",
            database,
            "-u",
            ",".join(addons),
            "--stop-after-init",
            "--no-http",
            "--log-level=warn",
        )

    def shell(self, database: str, script: str) -> str:
        """Run a Python script in Odoo's shell (``env`` is there) and commit.

        :return: what the script printed on lines that start with ``>> ``
        """
        printed = self.call(
            "-d",
            database,
            "--no-http",
            "--log-level=warn",
            subcommand="shell",
            stdin=f"exec({script!r})\nenv.cr.commit()\n",
        )
        lines = re.findall(r"^(?:>>> )*>> (.*)$", printed, re.MULTILINE)
        return "\n".join(lines)

    def clone(self, source: str, target: str) -> None:
        """Copy a database together with its filestore."""
        self.drop(target)
        self.cluster.clone(source, target)
        origin = self.data_dir / "filestore" / source
        if origin.is_dir():
            shutil.copytree(
                origin, self.data_dir / "filestore" / target, copy_function=_link
            )

    def rename(self, source: str, target: str) -> None:
        """Rename a database together with its filestore."""
        self.drop(target)
        self.cluster.rename(source, target)
        origin = self.data_dir / "filestore" / source
        if origin.is_dir():
            origin.rename(self.data_dir / "filestore" / target)

    def drop(self, database: str) -> None:
        """Drop a database and its filestore."""
        self.cluster.drop(database)
        shutil.rmtree(self.data_dir / "filestore" / database, ignore_errors=True)

    def serve(
        self, database: str, port: int, *options: str, environment: dict | None = None
    ) -> OdooServer:
        """Start a server for one database; it answers when this returns."""
        server = OdooServer(self, database, port, options, environment or {})
        server.start()
        return server


def _link(source: str, target: str) -> None:
    """Filestore files never change in place, so a clone may share them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def answers(url: str) -> bool:
    """Whether the Odoo at this address shows its sign-in page."""
    try:
        with urllib.request.urlopen(f"{url}/web/login", timeout=60) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class OdooServer:
    """A real Odoo process that serves one database on the loopback address."""

    odoo: Odoo
    database: str
    port: int
    options: tuple[str, ...] = ()
    extra_environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.odoo.folder / f"{self.database}.log"

    def launch(self) -> None:
        """Start the process and return at once.

        :raises Refusal: when the port is taken
        """
        if port_in_use(self.port):
            raise Refusal(
                f"Port {self.port} is in use: choose another one with PORT=, "
                "or stop what listens there (`make stop`)."
            )
        command = self.odoo.command(
            f"--database={self.database}",
            f"--db-filter=^{re.escape(self.database)}$",
            "--http-interface=127.0.0.1",
            f"--http-port={self.port}",
            "--workers=0",
            f"--logfile={self.log}",
            *self.options,
        )
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                command,
                env={**self.odoo.environment(), **self.extra_environment},
                cwd=self.odoo.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait(self, seconds: float = SECONDS_TO_START) -> None:
        """Wait until the server answers for its database.

        :raises Refusal: when it ends or stays silent, with its last log line
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            if answers(self.url):
                return
            time.sleep(0.3)
        self.stop()
        words = self.log.read_text() if self.log.exists() else ""
        last = words.strip().splitlines()[-1:]
        raise Refusal(
            f"Odoo {self.odoo.engine.name} for `{self.database}` does not answer on "
            f"port {self.port} (log: {self.log}): {''.join(last)}"
        )

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.launch()
        self.wait()

    def stop(self, kill: bool = False) -> None:
        """Stop the process, at once and uncleanly with ``kill``."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
