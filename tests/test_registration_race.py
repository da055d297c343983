"""Two resellers register one customer at the same moment: exactly one is protected."""

from __future__ import annotations

from benchmarks.registration.race import play

from .conftest import REPETITIONS


def test_exactly_one_is_protected(odoo, databases) -> None:
    """Two Odoo processes, committed transactions; `REPETITIONS=1000` for many."""
    found = play(odoo, databases(odoo, "suite"), REPETITIONS)
    assert found["met"] == found["races"] == REPETITIONS
    assert found["protected_once"] == REPETITIONS
    assert found["told_apart"] == REPETITIONS
    # otherwise they did not meet at all
    assert found["collided"] > 0
