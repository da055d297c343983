"""``make faults``, or ``python3 -m tests.faults --count 1000``."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path

from engine.cluster import free_port
from engine.console import run_command, say
from engine.databases import clone_template
from engine.obtain.venv import ensure_venv

TIMEOUT_SECONDS = 2


def main() -> int:
    """Run, and say what was found; exit code 1 when an order is lost or doubled."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.faults", description=__doc__
    )
    parser.add_argument("--count", type=int, default=1000, help="leads to push")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--kills", type=int, help="times our own process is killed")
    args = parser.parse_args()
    python = ensure_venv()
    if Path(sys.prefix).resolve() != python.parents[1].resolve():
        os.execv(python, [str(python), "-m", "tests.faults", *sys.argv[1:]])
    kills = args.count // 100 if args.kills is None else args.kills
    say(f"{args.count} pushes, seed {args.seed}, {kills} kills of our own process")
    return 0 if play(args.count, args.seed, kills) else 1


def play(count: int, seed: int, kills: int) -> bool:
    """Start two servers on fresh databases and play one run on them."""
    from engine.obtain.engines import all_engines, find_engine
    from engine.testing import odoo_for, start_cluster

    from .run import FaultRun
    from .stage import make_stage

    wanted = os.environ.get("ENGINE", "")
    engine = all_engines(wanted)[0] if wanted else find_engine()
    odoo = odoo_for(engine, start_cluster())
    odoo.port_addons()
    with ExitStack() as stack:

        def databases(odoo, kind: str) -> str:
            name = f"faults_{kind}_{odoo.engine.series[0]}_{secrets.token_hex(3)}"
            clone_template(odoo, kind, name)
            stack.callback(odoo.drop, name)
            return name

        def serve(odoo, database: str):
            server = odoo.serve(database, free_port(), "--max-cron-threads=0")
            stack.callback(server.stop)
            return server

        stage = make_stage(odoo, odoo, databases, serve)
        stage.write_dealership(timeout_seconds=TIMEOUT_SECONDS)
        report = FaultRun(
            stage, count, seed, kills, tell=lambda done: say(f"  {done} pressed")
        ).play()
    say(
        f"Odoo {engine.name}: {report.orders} orders for {count} leads in "
        f"{report.seconds:.0f} s; {report.presses} presses, {report.calls} calls, "
        f"{sum(report.faults.values())} faults, {report.kills} kills."
    )
    for name, number in sorted(report.faults.items()):
        say(f"  {name}: {number}")
    say(
        f"Lost: {len(report.lost)}. Doubled: {len(report.doubled)}. "
        f"Not shown on their lead: {len(report.unshown)}."
    )
    for trace in report.traces:
        say(f"  {trace}")
    return report.good


if __name__ == "__main__":
    sys.exit(run_command(main))
