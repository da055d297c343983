"""What a container does before Odoo serves: ``python3 prepare.py``, or ``... health``.

The first start installs the modules that MODULES names, a later one upgrades those
whose version has changed and leaves the others alone. A start that was killed half-way
is continued by the next. Everything is said by environment variables, the database's
address by those of PostgreSQL (PGHOST, PGUSER, PGPASSWORD):

DATABASE, MODULES      the database, and the modules it shall have, comma separated
MODE                   production (default) or demo
ADMIN_PASSWORD         password of the user admin, as long as that is still "admin"
PUBLIC_URL             address in the links of mails
ALLOWED_HTTP_HOSTS     hosts that leads may be pushed to without TLS, comma separated
SEED                   script to run in Odoo's shell every time; it must be repeatable
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

import psycopg2
from passlib.context import CryptContext

SUITE = Path("/mnt/suite")
SERIES = "17.0"
HEALTH_URL = "http://127.0.0.1:8069/web/health"
LEAST_LENGTH = 10
GUESSABLE = frozenset({"administrator", "adminadmin", "password123", "1234567890"})
SECONDS_TO_WAIT = 60
# The hashes Odoo writes and reads.
HASHES = CryptContext(schemes=["pbkdf2_sha512", "plaintext"], deprecated=["plaintext"])


class Refusal(Exception):
    """Why nothing is started, in words for a person."""


# ---------------------------------------------------------------------------
# Decisions: no database, no process
# ---------------------------------------------------------------------------


def check_settings(settings: Mapping[str, str]) -> None:
    """Refuse settings that are missing, or too weak for where they are used.

    :raises Refusal: with a sentence that names the variable and what to do
    """
    for name in ("DATABASE", "MODULES"):
        if not settings.get(name):
            raise Refusal(f"{name} is empty.")
    mode = settings.get("MODE") or "production"
    if mode not in ("production", "demo"):
        raise Refusal(f"MODE must be production or demo, not {mode!r}.")
    check_password("ADMIN_PASSWORD", settings.get("ADMIN_PASSWORD", ""), mode)
    if settings.get("SEED"):
        password = settings.get("SERVICE_PASSWORD", "")
        check_password("SERVICE_PASSWORD", password, mode)
    url = settings.get("PUBLIC_URL", "")
    if url and not url.startswith(("http://", "https://")):
        raise Refusal("PUBLIC_URL must start with https:// or http://.")


def check_password(name: str, password: str, mode: str) -> None:
    """Refuse an empty password, and in production one that can be guessed.

    :raises Refusal: without the password in its sentence
    """
    if not password.strip():
        raise Refusal(f"{name} is empty: set it in .env, then start again.")
    if mode == "production" and (
        len(password) < LEAST_LENGTH or password.lower() in GUESSABLE
    ):
        raise Refusal(
            f"{name} is too easy to guess for production: take {LEAST_LENGTH} "
            "characters or more, or set MODE=demo."
        )


def plan(
    wanted: Iterable[str], installed: Mapping[str, str], sources: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Which modules to install and which to upgrade.

    :param installed: version by module, of those that are wholly installed
    :param sources: version by module, of those whose source is ours
    """
    install = [module for module in wanted if module not in installed]
    upgrade = [
        module
        for module in wanted
        if module in installed
        and module in sources
        and sources[module] != installed[module]
    ]
    return install, upgrade


def read_versions(folder: Path) -> dict[str, str]:
    """Version by module of the addons in a folder, the way Odoo stores it."""
    versions = {}
    for path in sorted(folder.glob("*/__manifest__.py")):
        version = ast.literal_eval(path.read_text(encoding="utf-8"))["version"]
        if not version.startswith(f"{SERIES}."):
            version = f"{SERIES}.{version}"
        versions[path.parent.name] = version
    return versions


def odoo_command(
    settings: Mapping[str, str], install: list[str], upgrade: list[str]
) -> list[str]:
    """The call of Odoo that installs and upgrades."""
    command = ["odoo", f"--database={settings['DATABASE']}", "--no-http"]
    command += ["--stop-after-init", "--max-cron-threads=0"]
    if install:
        command.append(f"--init={','.join(install)}")
    if upgrade:
        command.append(f"--update={','.join(upgrade)}")
    if settings.get("MODE") != "demo":
        command.append("--without-demo=all")
    return command


# ---------------------------------------------------------------------------
# The database
# ---------------------------------------------------------------------------


def connect(database: str):
    """A connection whose every statement is a transaction of its own."""
    connection = psycopg2.connect(dbname=database, connect_timeout=5)
    connection.autocommit = True
    return connection


def wait_for_postgresql() -> None:
    """Return when PostgreSQL answers.

    :raises Refusal: when it does not within a minute, or refuses the password
    """
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while True:
        try:
            connect("postgres").close()
            return
        except psycopg2.OperationalError as error:
            lines = str(error).strip().splitlines() or ["no reason given"]
            if "authentication failed" in str(error):
                raise Refusal(
                    "PostgreSQL refuses the password: a database volume keeps the one "
                    "it was made with, so put that one back into .env."
                ) from None
            if time.monotonic() > deadline:
                raise Refusal(f"PostgreSQL does not answer: {lines[-1]}") from None
            time.sleep(1)


def exists(database: str) -> bool:
    """Whether the database is there, however empty."""
    connection = connect("postgres")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
            return bool(cursor.fetchone())
    finally:
        connection.close()


def has_table(cursor, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s)", (table,))
    return bool(cursor.fetchone()[0])


def read_installed(cursor) -> dict[str, str]:
    """Version by module of what is wholly installed in the cursor's database."""
    if not has_table(cursor, "ir_module_module"):
        return {}
    cursor.execute(
        "SELECT name, latest_version FROM ir_module_module WHERE state = 'installed'"
    )
    return dict(cursor.fetchall())


def replace_default_password(cursor, password: str) -> bool:
    """Give ``admin`` a password where it still is the one every Odoo starts with.

    :return: whether it was
    """
    cursor.execute("SELECT id, password FROM res_users WHERE login = 'admin'")
    row = cursor.fetchone()
    if not row or not row[1] or not HASHES.verify("admin", row[1]):
        return False
    cursor.execute(
        "UPDATE res_users SET password = %s WHERE id = %s",
        (HASHES.hash(password), row[0]),
    )
    return True


def set_parameter(cursor, key: str, value: str) -> None:
    """Write a system parameter, new or old."""
    cursor.execute(
        """
        INSERT INTO ir_config_parameter
                    (key, value, create_uid, create_date, write_uid, write_date)
             VALUES (%s, %s, 1, now() at time zone 'utc', 1, now() at time zone 'utc')
        ON CONFLICT (key) DO UPDATE
                SET value = EXCLUDED.value, write_date = EXCLUDED.write_date
        """,
        (key, value),
    )


def ignore_accents(cursor) -> bool:
    """Give an older database what ``unaccent = True`` gives a new one.

    :return: whether searches ignore accents now
    """
    try:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        # as Odoo does when it creates a database: an index may then use the function
        cursor.execute("ALTER FUNCTION unaccent(text) IMMUTABLE")
    except psycopg2.Error:
        return False
    return True


def read_state(database: str) -> dict[str, str]:
    """Version by module of what is installed; empty where there is no database yet."""
    if not exists(database):
        return {}
    connection = connect(database)
    try:
        with connection.cursor() as cursor:
            return read_installed(cursor)
    finally:
        connection.close()


def finish(settings: Mapping[str, str]) -> None:
    """Set what Odoo's own installation leaves at a default."""
    connection = connect(settings["DATABASE"])
    try:
        with connection.cursor() as cursor:
            if replace_default_password(cursor, settings["ADMIN_PASSWORD"]):
                say("The user admin has the password from ADMIN_PASSWORD.")
            if not ignore_accents(cursor):
                say("Searches mind accents: this PostgreSQL has no `unaccent` for us.")
            if url := settings.get("PUBLIC_URL"):
                set_parameter(cursor, "web.base.url", url.rstrip("/"))
                set_parameter(cursor, "web.base.url.freeze", "True")
            if hosts := settings.get("ALLOWED_HTTP_HOSTS"):
                set_parameter(cursor, "crm_dealer_push.allowed_http_hosts", hosts)
    finally:
        connection.close()


# ---------------------------------------------------------------------------
# Commands
# ---------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def run(command: list[str], purpose: str, script: bytes | None = None) -> None:
    """Run Odoo and say how long it took.

    :raises Refusal: when it fails; its own log, above, says why
    """
    say(f"{purpose} ...")
    started = time.monotonic()
    code = subprocess.run(command, input=script, check=False).returncode
    if code:
        raise Refusal(f"{purpose} failed with code {code}; the log above says why.")
    say(f"{purpose}: {time.monotonic() - started:.0f} s")


def prepare(settings: Mapping[str, str]) -> None:
    """Bring the database to where Odoo may serve it.

    :raises Refusal: when it cannot, or must not
    """
    check_settings(settings)
    wait_for_postgresql()
    database = settings["DATABASE"]
    wanted = [module.strip() for module in settings["MODULES"].split(",")]
    install, upgrade = plan(wanted, read_state(database), read_versions(SUITE))
    if install or upgrade:
        names = ", ".join(install + upgrade)
        run(odoo_command(settings, install, upgrade), f"Installing {names}")
        # Odoo ends with 0 even when it could not install a module
        missing, stale = plan(wanted, read_state(database), read_versions(SUITE))
        if missing or stale:
            raise Refusal(f"Not installed: {', '.join(missing + stale)}.")
    else:
        say("Everything is installed.")
    finish(settings)
    if seed := settings.get("SEED"):
        run(
            ["odoo", "shell", f"--database={database}", "--no-http"],
            "Filling the database",
            Path(seed).read_bytes(),
        )
    say(f"{database} is ready.")


def healthy(url: str = HEALTH_URL) -> bool:
    """Whether Odoo answers."""
    try:
        with urllib.request.urlopen(url, timeout=8) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def main(arguments: list[str]) -> int:
    if arguments == ["health"]:
        return 0 if healthy() else 1
    try:
        prepare(os.environ)
    except Refusal as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
