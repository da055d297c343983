"""Template databases: built once, cloned for every run."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from . import processes
from .console import step
from .port import TEXT_SUFFIXES
from .server import SUITE, Odoo

# What the suite stands on: installing it is the slow part, and it changes with the
# engine only.
GROUND = ("crm", "calendar", "contacts", "base_geolocalize", "portal")
DEALER = ("sale_management", "contacts")
PARTNER = ("website_crm_partner_assign",)
BUILDING = "building_"
# Parts of an addon that change nothing in a database.
NOT_IN_DATABASE = frozenset({"tests", "i18n", "readme", "README.md"})


def digest_of(folders: list[Path]) -> str:
    """A short digest of all that a database built from these addons depends on."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if NOT_IN_DATABASE.intersection(inside.parts) or not path.is_file():
                continue
            if path.suffix in TEXT_SUFFIXES:
                digest.update(f"{folder.name}/{inside}".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def suite_digests(odoo: Odoo) -> dict[str, str]:
    """For every addon of the suite, the digest of its sources for this engine."""
    return {addon: digest_of([odoo.addons / addon]) for addon in suite_addons(odoo)}


def suite_addons(odoo: Odoo) -> list[str]:
    """The suite's addons present in the sources, in the order of :data:`SUITE`."""
    return [addon for addon in SUITE if (odoo.addons / addon).is_dir()]


def _ground_name(odoo: Odoo, kind: str) -> str:
    # One run folder can serve several checkouts of one series: tell them apart.
    place = hashlib.sha256(str(odoo.engine.home).encode()).hexdigest()[:6]
    return f"template_{kind}_{odoo.engine.series[0]}_{place}"


def ensure_template(odoo: Odoo, kind: str) -> str:
    """The name of a ready template database, built where it is missing.

    :param kind: ``ground`` (stock CRM with demo data), ``suite`` (all addons on it),
        ``dealer`` (stock Sales, no demo data), ``partner`` (Odoo's own Resellers)
    """
    with processes.exclusive(odoo.folder / f"{kind}.lock"):
        return _ensure_suite(odoo) if kind == "suite" else _ensure_stock(odoo, kind)


def _ensure_stock(odoo: Odoo, kind: str) -> str:
    addons, demo = {
        "ground": (GROUND, True),
        "dealer": (DEALER, False),
        "partner": (PARTNER, True),
    }[kind]
    name = _ground_name(odoo, kind)
    if name not in odoo.cluster.databases():
        with step(f"Odoo {odoo.engine.name}: a database with {', '.join(addons)}"):
            building = BUILDING + name
            odoo.drop(building)
            odoo.install(building, list(addons), demo=demo)
            odoo.rename(building, name)
    return name


def _ensure_suite(odoo: Odoo) -> str:
    ground = _ground_name(odoo, "suite")
    digests = suite_digests(odoo)
    stamp = hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()[:10]
    name = f"{ground}_{stamp}"
    present = odoo.cluster.databases()
    if name not in present:
        source = ensure_template(odoo, "ground")
        with step(f"Odoo {odoo.engine.name}: installing the suite"):
            building = BUILDING + name
            odoo.clone(source, building)
            odoo.install(building, list(digests), demo=True)
            for old in present:
                if old.startswith(ground):
                    odoo.drop(old)
            odoo.rename(building, name)
    return name


def clone_template(odoo: Odoo, kind: str, database: str) -> None:
    """Make ``database`` a fresh copy of a template, with an identity of its own."""
    odoo.clone(ensure_template(odoo, kind), database)
    for key in ("database.uuid", "database.secret"):
        odoo.cluster.psql(
            database,
            f"UPDATE ir_config_parameter SET value = '{uuid.uuid4()}' "
            f"WHERE key = '{key}'",
        )
