"""``make bench``, or with ``ARGS="--only assignment --sizes 1000,10000"``."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from engine.console import Refusal, run_command

from .harness import Bench

HERE = Path(__file__).parent


def available() -> list[str]:
    """The benchmarks there are: each is a package below this folder."""
    return sorted(path.parent.name for path in HERE.glob("*/__init__.py"))


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part.replace("_", "")) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list like 1000,10000")
    return sizes


def main() -> int:
    """Run the benchmarks asked for, on one engine."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=available(), help="run this one only")
    parser.add_argument("--sizes", type=_sizes, help="numbers of leads: 1000,10000")
    args = parser.parse_args()
    if args.sizes and not args.only:
        raise Refusal(
            "Sizes mean something else in each benchmark: name one with --only."
        )
    for name in [args.only] if args.only else available():
        Bench(name, args.sizes).run(importlib.import_module(f"benchmarks.{name}"))
    return 0


sys.exit(run_command(main))
