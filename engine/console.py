"""What the commands say: steps with their time, and one clear sentence on failure."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Refusal(Exception):
    """Something a person can fix; the message is one sentence that says how."""


def say(text: str = "") -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, then say how long it took."""
    started = time.monotonic()
    say(f"-> {title} ...")
    yield
    say(f"   {title}: {time.monotonic() - started:.1f} s")


def run_command(command) -> int:
    """Run ``command()``; turn a refusal into its sentence and exit code 1."""
    try:
        return command() or 0
    except Refusal as refusal:
        print(f"\n{refusal}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
