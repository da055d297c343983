"""Whether a reseller reaches, keeps or misses a level, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Criterion(NamedTuple):
    """What a level asks for, and what a reseller has."""

    key: int
    """Id of the criterion."""
    value: float | None
    """What the reseller has; None where there is nothing to tell."""
    target: float
    """Needed to reach the level."""
    floor: float
    """Needed to keep the level."""
    better: str
    """``up``: as much or more is needed; ``down``: as much or less."""

    def _reaches(self, limit: float) -> bool:
        """Whether the value is as good as a limit.

        :param limit: in the unit of the value
        :return: False where there is nothing to tell
        """
        if self.value is None:
            return False
        # what is shown as equal is equal
        gap = round(self.value - limit, 2)
        return gap <= 0 if self.better == "down" else gap >= 0

    @property
    def is_met(self) -> bool:
        """Whether the target is reached.

        :return: bool
        """
        return self._reaches(self.target)

    @property
    def is_kept(self) -> bool:
        """Whether the floor is held; nothing to tell is no reason to fall.

        :return: bool
        """
        return self.value is None or self.is_met or self._reaches(self.floor)

    @property
    def progress(self) -> float:
        """How much of the target is reached.

        :return: 0 to 1
        """
        if self.is_met:
            return 1.0
        if self.value is None or self.value <= 0 or self.target <= 0:
            return 0.0
        share = self.value / self.target
        return min(1 / share if self.better == "down" else share, 1.0)


class Rung(NamedTuple):
    """A level with what it asks for."""

    level: int
    """Id of the level."""
    criteria: tuple[Criterion, ...]
    """Empty where nothing is asked."""

    @property
    def is_met(self) -> bool:
        """Whether all targets are reached; a level that asks for nothing proves none.

        :return: bool
        """
        return bool(self.criteria) and all(each.is_met for each in self.criteria)

    @property
    def is_kept(self) -> bool:
        """Whether all floors are held.

        :return: bool
        """
        return all(each.is_kept for each in self.criteria)


def propose(ladder: Sequence[Rung], current: int) -> Rung | None:
    """The level a reseller should have instead of its own.

    Up: the highest level above whose targets are all reached; levels between need not
    ask for anything. Down, when a floor of the own level is missed: the next level
    below whose floors are held, else the lowest.

    :param ladder: from the lowest level to the highest
    :param current: id of the level the reseller has
    :return: the other level, or None where the own one is right
    """
    levels = [rung.level for rung in ladder]
    if current not in levels:
        return None
    place = levels.index(current)
    for rung in reversed(ladder[place + 1 :]):
        if rung.is_met:
            return rung
    if ladder[place].is_kept or not place:
        return None
    for rung in reversed(ladder[:place]):
        if rung.is_kept:
            return rung
    return ladder[0]
