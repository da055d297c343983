"""Find or fetch an engine (an Odoo to run on), and check it before use."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..console import Refusal, say, step
from ..locations import cache_folder, cache_home, ensure_room
from ..port import PortError, series_of
from . import apt

SUPPORTED = range(17, 20)
TARGET = "17.0"
OFFICIAL_REPOSITORY = "https://github.com/odoo/odoo.git"
SECONDS_TO_ANSWER = 8
# What the suite needs of an engine; the dealer's Odoo needs Sales.
NEEDED_ADDONS = (
    "base_geolocalize",
    "calendar",
    "crm",
    "mail",
    "phone_validation",
    "portal",
    "resource",
    "sale_management",
    "web",
)
# A statement that names `unlink` and does not call it: what damaged copies are full of.
LOST_CALL = re.compile(r"^[ \t]+[\w.\[\]()'\",]+\.unlink[ \t]*(?:#.*)?$", re.MULTILINE)
LOST_CALLS_ALLOWED = 2


@dataclass(frozen=True)
class Engine:
    """An Odoo that was checked. ``home`` is the folder to put on ``PYTHONPATH``."""

    home: Path
    series: tuple[int, int]
    packaged: bool = False

    @property
    def name(self) -> str:
        """The series as people write it, e.g. ``17.0``."""
        return "{}.{}".format(*self.series)

    @property
    def addons_paths(self) -> list[Path]:
        """The folders that hold Odoo's own addons."""
        candidates = [self.home / "addons", self.home / "odoo" / "addons"]
        return [path for path in candidates if (path / "crm").is_dir()][-1:]

    def command(self) -> list[str]:
        """The arguments after the Python interpreter that start this Odoo."""
        starter = self.home / "odoo-bin"
        return [str(starter)] if starter.exists() else ["-m", "odoo"]

    def environment(self) -> dict[str, str]:
        """The environment to run this Odoo in."""
        return {**os.environ, "PYTHONPATH": str(self.home), "PYTHONUNBUFFERED": "1"}


def home_in(folder: Path) -> Path | None:
    """The folder in or below ``folder`` that holds the ``odoo`` package, if any."""
    for candidate in (folder, folder / "usr/lib/python3/dist-packages"):
        if (candidate / "odoo" / "release.py").is_file():
            return candidate
    return None


def check(home: Path) -> Engine:
    """Check the Odoo in ``home``: right series, complete, ``unlink()`` calls intact.

    The verdict is remembered, so that only the first look costs seconds.

    :raises Refusal: with the sentence that says what is wrong
    """
    try:
        series = series_of(home)
    except PortError as error:
        raise Refusal(f"{error}.") from None
    if series[0] not in SUPPORTED:
        raise Refusal(
            f"The Odoo in {home} is {series[0]}.{series[1]}; the suite runs on "
            f"{SUPPORTED[0]}.0 to {SUPPORTED[-1]}.0."
        )
    engine = Engine(home, series, packaged=not (home / "odoo-bin").exists())
    stamp = (home / "odoo" / "release.py").stat()
    key = hashlib.sha256(f"{home}|{stamp.st_mtime_ns}|{stamp.st_size}".encode())
    verdict = cache_folder() / "checked" / key.hexdigest()[:24]
    if not verdict.exists():
        _check_complete(engine)
        _check_unlink_calls(engine)
        verdict.parent.mkdir(parents=True, exist_ok=True)
        verdict.write_text(json.dumps({"home": str(home), "series": engine.name}))
    return engine


def _check_complete(engine: Engine) -> None:
    present = {
        addon
        for folder in (engine.home / "addons", engine.home / "odoo" / "addons")
        for addon in NEEDED_ADDONS
        if (folder / addon / "__manifest__.py").is_file()
    }
    if missing := sorted(set(NEEDED_ADDONS) - present):
        raise Refusal(
            f"The Odoo in {engine.home} is not complete: it lacks {', '.join(missing)}."
        )


def _check_unlink_calls(engine: Engine) -> None:
    lost = 0
    for folder in (engine.home / "addons", engine.home / "odoo"):
        for path in folder.rglob("*.py"):
            text = path.read_text(encoding="utf-8", errors="replace")
            if ".unlink" in text:
                lost += sum(
                    "=" not in match[0] and not text[: match.start()].endswith("\\\n")
                    for match in LOST_CALL.finditer(text)
                )
    if lost > LOST_CALLS_ALLOWED:
        raise Refusal(
            f"The Odoo in {engine.home} is damaged: {lost} of its `unlink()` calls "
            "lost their parentheses, so that nothing would ever be deleted. "
            "Use another copy."
        )


# ---------------------------------------------------------------------------
# Where engines come from
# ---------------------------------------------------------------------------


def cached_engines() -> list[Engine]:
    """The usable engines in the cache folder, 17.0 first, then the newest.

    Looked for in ``crm-reseller-suite/engines/*`` and in ``odoo*`` of the cache folder.
    """
    folders = [
        *sorted((cache_folder() / "engines").glob("[!.]*")),
        *sorted(cache_home().glob("odoo*")),
    ]
    engines: list[Engine] = []
    for home in filter(None, map(home_in, folders)):
        try:
            engine = check(home)
        except Refusal as refusal:
            say(f"   left aside: {refusal}")
            continue
        if engine.series not in {other.series for other in engines}:
            engines.append(engine)
    return sorted(engines, key=lambda e: (e.name != TARGET, -e.series[0]))


def clone_official() -> Engine | None:
    """A shallow clone of branch 17.0 of the official repository, where it answers."""
    if not shutil.which("git"):
        return None
    quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        subprocess.run(
            ["git", "ls-remote", "--exit-code", OFFICIAL_REPOSITORY, TARGET],
            env=quiet,
            capture_output=True,
            timeout=SECONDS_TO_ANSWER,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        say("   the official repository cannot be reached from here")
        return None
    final = cache_folder() / "engines" / f"odoo-{TARGET}"
    with step(f"Cloning Odoo {TARGET} (about 1 GB)"), _building(final) as folder:
        done = subprocess.run(
            ["git", "clone", "--quiet", "--depth=1", f"--branch={TARGET}"]
            + [OFFICIAL_REPOSITORY, str(folder / "tree")],
            env=quiet,
        )
        if done.returncode:
            return None
        check(folder / "tree")
        (folder / "tree").rename(final)
    return check(final)


def packaged_engine() -> Engine:
    """The distribution's own Odoo, unpacked into the cache and never installed."""
    for engine in cached_engines():
        if engine.packaged:
            return engine
    with step("Fetching the distribution's package of Odoo"):
        engines = cache_folder() / "engines"
        with _building(engines / "odoo-package") as folder:
            tree = folder / "tree"
            tree.mkdir()
            package, size = apt.unpack_odoo(tree, SUPPORTED)
            home = home_in(tree)
            if not home:
                raise Refusal(f"The package {package} holds no Odoo.")
            engine = check(home)
            final = engines / f"odoo-{engine.name}"
            tree.rename(final)
        say(f"   {package}, {size / 1e6:.0f} MB downloaded")
    return check(final / home.relative_to(tree))


class _building:
    """A scratch folder beside ``final`` on the same disk; leftovers are swept first."""

    def __init__(self, final: Path) -> None:
        self.final = final
        self.folder = final.parent / f".building-{final.name}"

    def __enter__(self) -> Path:
        ensure_room(self.final.parent)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.final.exists():  # present and yet not usable: an earlier, broken one
            shutil.rmtree(self.final)
        return self.folder

    def __exit__(self, *_error: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def chosen_engine() -> Engine | None:
    """The engine ``ODOO_HOME`` names.

    :raises Refusal: when it names no usable Odoo
    """
    chosen = os.environ.get("ODOO_HOME")
    if not chosen:
        return None
    folder = Path(chosen).expanduser().resolve()
    home = home_in(folder)
    if not home:
        raise Refusal(f"ODOO_HOME names {folder}, and there is no Odoo in it.")
    return check(home)


def find_engine() -> Engine:
    """The engine to run on: ``ODOO_HOME``, cache, official clone, package."""
    if engine := chosen_engine():
        return engine
    if engines := cached_engines():
        return engines[0]
    return clone_official() or packaged_engine()


def all_engines(wanted: str = "") -> list[Engine]:
    """Every engine that can be had to test on; the packaged one is always among them.

    :param wanted: a series such as ``17`` or ``17.0`` to narrow it
    """
    series = wanted.partition(".")[0]
    engines = [engine] if (engine := chosen_engine()) else []
    engines += cached_engines()
    if not engines and series in ("", "17") and (cloned := clone_official()):
        engines.append(cloned)
    if not any(engine.packaged for engine in engines) and series != "17":
        engines.append(packaged_engine())
    unique = {engine.series: engine for engine in reversed(engines)}
    found = [unique[key] for key in sorted(unique)]
    if series:
        found = [engine for engine in found if str(engine.series[0]) == series]
        if not found:
            raise Refusal(
                f"No Odoo {wanted} can be had here: name a checkout with ODOO_HOME=, "
                f"or put one into {cache_folder() / 'engines'}."
            )
    return found
