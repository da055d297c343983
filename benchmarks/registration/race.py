"""Two resellers register one customer at the same moment, again and again.

Two Odoo processes with connections of their own submit the two registrations of each
pair in committed transactions. Both have read that nobody has the customer before
either writes: this process holds them back until the other is ready, too.

``make test REPETITIONS=1000 ARGS=tests/test_registration_race.py``, or
``python3 -m engine exec benchmarks.registration.race --count 1000``.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

RACERS = 2
SECONDS = 120


class Barrier:
    """Lets the racers go on together, over a socket of this machine."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(SECONDS)
        self.port = self.server.getsockname()[1]
        self.meetings = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        racers = []
        with self.server:
            for _number in range(RACERS):
                connection, _address = self.server.accept()
                connection.settimeout(SECONDS)
                racers.append(connection)
        while all(racer.recv(1) for racer in racers):
            self.meetings += 1
            for racer in racers:
                racer.sendall(b"g")
        for racer in racers:
            racer.close()


def play(odoo: Any, database: str, count: int) -> dict[str, int]:
    """Run so many races in a database of the suite.

    :param odoo: ``engine.server.Odoo``
    :param database: name of the database; the registrations stay there
    :param count: how many races
    :return: numbers of ``races``, ``met`` (both had read before either wrote),
        ``collided`` (a transaction started over), ``protected_once``, ``told_apart``
    """
    from engine.run import run_main

    module = "benchmarks.registration.racers"
    pairs = run_main(odoo, database, module, step="prepare", count=count)
    barrier = Barrier()
    with ThreadPoolExecutor(RACERS) as pool:
        futures = [
            pool.submit(
                run_main,
                odoo,
                database,
                module,
                step="race",
                ids=list(ids),
                port=barrier.port,
            )
            for ids in zip(*pairs, strict=True)
        ]
        collided = sum(future.result() for future in futures)
    barrier.thread.join(SECONDS)
    found = run_main(odoo, database, module, step="check", pairs=pairs)
    return {**found, "met": barrier.meetings, "collided": collided}


def main() -> int:
    """Run the races on a fresh database; exit code 1 when one was not decided."""
    from engine.console import say
    from engine.databases import clone_template
    from engine.obtain.engines import all_engines, find_engine
    from engine.testing import odoo_for, start_cluster

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    count = parser.parse_args().count
    wanted = os.environ.get("ENGINE", "")
    engine = all_engines(wanted)[0] if wanted else find_engine()
    odoo = odoo_for(engine, start_cluster())
    odoo.port_addons()
    database = f"race_{engine.series[0]}_{secrets.token_hex(3)}"
    clone_template(odoo, "suite", database)
    try:
        found = play(odoo, database, count)
    finally:
        odoo.drop(database)
    say(f"Odoo {engine.name}: " + ", ".join(f"{k} {v}" for k, v in found.items()))
    return 0 if found["protected_once"] == found["told_apart"] == count else 1


if __name__ == "__main__":
    sys.exit(main())
