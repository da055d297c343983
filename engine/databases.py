"""Template databases: built once, cloned for every run."""

from __future__ import annotations

import ast
import hashlib
import uuid
from graphlib import TopologicalSorter
from pathlib import Path

from . import processes
from .console import step
from .locations import REPOSITORY
from .port import TEXT_SUFFIXES, find_addons
from .server import Odoo

# What the suite stands on: installing it is the slow part, and it changes with the
# engine only.
GROUND = ("crm", "calendar", "contacts", "base_geolocalize", "portal")
DEALER = ("sale_management", "contacts")
PARTNER = ("website_crm_partner_assign",)
# Comes by itself where Odoo's Website is.
WEBSITE_GLUE = "crm_reseller_website"
# Moves the data of Odoo's own Resellers over.
IMPORT = "crm_reseller_import_odoo"
# Addons of the suite that need a module the suite's own databases do not have.
APART = {
    WEBSITE_GLUE: "website",
    IMPORT: "website_crm_partner_assign",
    "crm_dealer_push_queue_job": "queue_job",
}
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


def dependencies_in_suite(source: Path = REPOSITORY) -> dict[str, list[str]]:
    """For every addon below ``source``, the addons of the suite its manifest names."""
    manifests = {
        addon.name: ast.literal_eval((addon / "__manifest__.py").read_text())
        for addon in find_addons(source)
    }
    return {
        name: [needed for needed in manifest["depends"] if needed in manifests]
        for name, manifest in manifests.items()
    }


def suite_addons(odoo: Odoo) -> list[str]:
    """The addons that a database of the suite has, each after those it needs.

    Those of :data:`APART` are left out.
    """
    needed = dependencies_in_suite(odoo.addons)
    order = TopologicalSorter({name: sorted(needed[name]) for name in sorted(needed)})
    return [name for name in order.static_order() if name not in APART]


def _ground_name(odoo: Odoo, kind: str) -> str:
    # One run folder can serve several checkouts of one series: tell them apart.
    place = hashlib.sha256(str(odoo.engine.home).encode()).hexdigest()[:6]
    return f"template_{kind}_{odoo.engine.series[0]}_{place}"


def ensure_template(odoo: Odoo, kind: str) -> str:
    """The name of a ready template database, built where it is missing.

    :param kind: ``ground`` (stock CRM with demo data), ``suite`` (all addons on it),
        ``website`` (Website and its glue on that), ``dealer`` (stock Sales, no demo
        data), ``partner`` (Odoo's own Resellers), ``import`` (the import on that)
    """
    with processes.exclusive(odoo.folder / f"{kind}.lock"):
        build = (
            _ensure_ours if kind in ("suite", "website", "import") else _ensure_stock
        )
        return build(odoo, kind)


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


def _ensure_ours(odoo: Odoo, kind: str) -> str:
    digests = suite_digests(odoo)
    source, addons = "ground", list(digests)
    if kind == "website":
        source, addons = "suite", ["website"]
        digests[WEBSITE_GLUE] = digest_of([odoo.addons / WEBSITE_GLUE])
    elif kind == "import":
        addons = ["crm_reseller_base", IMPORT]
        source, digests = "partner", {a: digest_of([odoo.addons / a]) for a in addons}
    stamp = hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()[:10]
    ground = _ground_name(odoo, kind)
    name = f"{ground}_{stamp}"
    present = odoo.cluster.databases()
    if name not in present:
        origin = ensure_template(odoo, source)
        with step(f"Odoo {odoo.engine.name}: installing the {kind}"):
            building = BUILDING + name
            odoo.clone(origin, building)
            odoo.cluster.ignore_accents(building)
            odoo.install(building, addons, demo=True)
            for old in present:
                if old.startswith(ground):
                    odoo.drop(old)
            odoo.rename(building, name)
    return name


def clone_template(odoo: Odoo, kind: str, database: str) -> None:
    """Make ``database`` a fresh copy of a template, with an identity of its own."""
    odoo.clone(ensure_template(odoo, kind), database)
    odoo.cluster.ignore_accents(database)
    for key in ("database.uuid", "database.secret"):
        odoo.cluster.psql(
            database,
            f"UPDATE ir_config_parameter SET value = '{uuid.uuid4()}' "
            f"WHERE key = '{key}'",
        )
