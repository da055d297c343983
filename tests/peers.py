"""Odoo's own tests of other modules, with the whole suite installed and without it.

``make peers`` runs those of ``portal``, ``mail``, ``sale`` (whose portal shows orders),
``project`` (whose sharing lets users of the portal into the backend) and
``mrp_subcontracting`` (whose portal does so too): what we guard for users of the portal
must not get into their way. Those of ``crm`` hold what it costs to assign leads; what
the pipeline's rules forbid, they forbid there, too.
Then it runs ``rules``: those of ``crm`` with these rules alone, see
:mod:`tests.peer_crm`.

``make peers ARGS="--engine 17 --module portal --only test_portal.py"`` runs less.

What fails with the suite alone has to be listed in ``peers_expected.json``, by module
and test: the series, our line that makes the difference, and why a user would want it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import peer_crm
from .peer_crm import Results, compare, lines_of, run_tests

MODULES = ("portal", "mail", "sale", "project", "mrp_subcontracting", "crm")
RULES = "rules"
EXPECTED = Path(__file__).with_name("peers_expected.json")
OURS = "the suite"


def expected_for(module: str, series: str, path: Path = EXPECTED) -> dict[str, str]:
    """The listed tests of one module on one series, each with its explanation.

    :param path: the list: by module and test, ``series``, ``line`` and ``reason``
    """
    entries = json.loads(path.read_text(encoding="utf-8")).get(module, {})
    own = {
        name: f"{entry['line']}: {entry['reason']}"
        for name, entry in entries.items()
        if series in entry["series"]
    }
    if module != "crm":
        return own
    return {**peer_crm.expected_for(series), **own}


def run_on(odoo, module: str, only: Iterable[str] = ()) -> tuple[Results, Results]:
    """Both runs of a module's tests on one engine, side by side.

    :param only: names of test files, where not all of them are to run
    :return: the results without the suite, and with it
    """
    from engine.databases import clone_template

    from .helpers import run_scene

    number = odoo.engine.series[0]
    names = {kind: f"peer_{module}_{kind}_{number}" for kind in ("ground", "suite")}
    odoo.port_addons()
    for kind, database in names.items():
        clone_template(odoo, kind, database)
        if module != "crm":  # which every database has
            odoo.install(database, [module])
        run_scene(odoo, database, "leave_out_missing_library")
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [
            pool.submit(
                run_tests, odoo, name, odoo.folder / f"{name}.xml", only, module
            )
            for name in names.values()
        ]
    for database in names.values():
        odoo.drop(database)
    plain, suite = (run.result() for run in runs)
    return plain, suite


def report_on(module: str, series: str, plain: Results, suite: Results) -> bool:
    """Print the findings of one module, and say whether they are as expected."""
    comparison = compare(plain, suite, expected_for(module, series))
    print("\n".join(lines_of(series, suite, comparison, module, OURS)), flush=True)
    return comparison.good


def main(argv: list[str] | None = None) -> int:
    """Command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="", help="a series, such as 17; else all")
    parser.add_argument("--module", nargs="+", default=[*MODULES, RULES])
    parser.add_argument("--only", nargs="+", default=[], metavar="FILE")
    args = parser.parse_args(argv)
    from engine.obtain.engines import all_engines
    from engine.testing import ensure_browser, odoo_for, start_cluster

    ensure_browser()
    cluster = start_cluster()
    good = True
    for engine in all_engines(args.engine):
        series = "{}.{}".format(*engine.series[:2])
        odoo = odoo_for(engine, cluster)
        for module in args.module:
            if module == RULES:
                results = peer_crm.run_on(odoo, args.only)
                good &= peer_crm.report_on(series, *results)
            else:
                results = run_on(odoo, module, args.only)
                good &= report_on(module, series, *results)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
