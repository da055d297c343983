"""Debian's package tool: install what a command needs, or fetch and only unpack it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..console import Refusal

# fonts-font-awesome must be the stable suite's: sid lays its files out differently.
STABLE_PACKAGES = ("fonts-font-awesome",)
LINKED_PACKAGES = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-glyphicons-halflings",
    "fonts-ocr-b",
)


def install(packages: list[str], purpose: str) -> None:
    """Install packages where we are root on a Debian, else say which ones are missing.

    :param purpose: what they are for, the end of "... is needed to"
    :raises Refusal: when they cannot be installed here
    """
    names = " ".join(packages)
    wish = f"{names} must be installed to {purpose}"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Refusal(f"{wish}: ask an administrator for `apt-get install {names}`.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Refusal(f"{wish}, and apt-get could not: {last}")


class PrivateApt:
    """An apt with lists, cache and sources of its own; the system's stay untouched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.sources = folder / "sources.list"
        self.options = [
            f"-oDir::State::Lists={folder / 'lists'}",
            f"-oDir::Cache={folder / 'cache'}",
            f"-oDir::Etc::SourceList={self.sources}",
            "-oDir::Etc::SourceParts=/dev/null",
            "-oDir::State::status=/dev/null",
        ]
        if os.geteuid() == 0:  # root's folders are closed to apt's own user
            self.options.append("-oAPT::Sandbox::User=root")

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run one apt command and return what it prints."""
        done = subprocess.run(
            [command[0], *self.options, *command[1:]],
            cwd=cwd,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise Refusal(f"The package archive did not give what was asked: {last}")
        return done.stdout

    def read_lists(self, suites: list[str]) -> None:
        """Fetch the signed lists of these suites from the archive apt itself uses."""
        archive, keyring = _archive_of_this_machine()
        signed = f"[signed-by={keyring}] " if keyring else ""
        self.sources.write_text(
            "".join(f"deb {signed}{archive} {suite} main\n" for suite in suites)
        )
        self.run("apt-get", "update", "-qq")
        # apt calls lists it could not fetch a warning
        if len(list((self.folder / "lists").glob("*_Packages*"))) < len(suites):
            raise Refusal(
                "No Odoo was found here, and the distribution's archive cannot be "
                "reached to fetch one: connect this machine, or name a checkout of "
                "Odoo 17.0 with ODOO_HOME=."
            )

    def newest_odoo(self, supported: range) -> str | None:
        """The package ``odoo-<series>`` with the highest supported series."""
        found = re.findall(
            r"^odoo-(\d+)\b",
            self.run("apt-cache", "search", "--names-only", "^odoo-[0-9]+$"),
            re.MULTILINE,
        )
        usable = [int(series) for series in found if int(series) in supported]
        return f"odoo-{max(usable)}" if usable else None

    def unpack(self, packages: list[str], root: Path) -> int:
        """Download packages, unpack them below ``root``; return the bytes fetched."""
        debs = self.folder / "debs"
        self.run("apt-get", "download", "-qq", *packages, cwd=debs)
        size = 0
        for deb in sorted(debs.glob("*.deb")):
            size += deb.stat().st_size
            subprocess.run(["dpkg-deb", "-x", str(deb), str(root)], check=True)
        return size


def stable_suite() -> str:
    """The code name of the running Debian, e.g. ``bookworm``."""
    text = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.MULTILINE)
    return found[1] if found else "stable"


def _archive_of_this_machine() -> tuple[str, str]:
    """Base address and keyring of the Debian archive, as apt knows them."""
    done = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(ORIGIN)|$(RELEASE)|$(REPO_URI)|$(SIGNED_BY)",
            "Created-By: Packages",
        ],
        capture_output=True,
        text=True,
    )
    rows = [line.split("|") for line in done.stdout.splitlines()]
    suite = stable_suite()
    for origin, release, address, signed_by in rows:
        if origin in ("Debian", "$(ORIGIN)") and release in (suite, "stable"):
            return address, signed_by if signed_by.startswith("/") else _keyring()
    for _origin, _release, address, _signed_by in rows:
        if address.rstrip("/").endswith("/debian"):
            return address, _keyring()
    raise Refusal(
        "This machine's apt knows no Debian archive to fetch Odoo from: "
        "run `apt-get update`, or name a checkout of Odoo with ODOO_HOME=."
    )


def _keyring() -> str:
    path = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    return str(path) if path.exists() else ""


def unpack_odoo(root: Path, supported: range) -> tuple[str, int]:
    """Fetch and unpack the distribution's newest supported Odoo below ``root``.

    Nothing is installed: apt checks the archive's signature, ``dpkg-deb`` unpacks.

    :return: the package's name and the bytes downloaded
    :raises Refusal: when the archive cannot be reached or has no such package
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Refusal(
            "No Odoo was found, and without Debian's apt none can be fetched: "
            "name a checkout of Odoo 17.0 with ODOO_HOME=."
        )
    with tempfile.TemporaryDirectory(prefix="apt-", dir=root.parent) as scratch:
        apt = PrivateApt(Path(scratch))
        stable = stable_suite()
        apt.read_lists(["sid", stable])
        package = apt.newest_odoo(supported)
        if not package:
            raise Refusal("The distribution has no package of a supported Odoo.")
        wanted = [package, *LINKED_PACKAGES]
        wanted += [f"{name}/{stable}" for name in STABLE_PACKAGES]
        return package, apt.unpack(wanted, root)
