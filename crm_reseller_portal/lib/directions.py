"""What the sales directions of a reseller let one person see; no database needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DirectionAccess:
    """The directions a person works in, and what their portals show this person.

    A person of a company without directions works in all of them; its leads without a
    direction follow the home direction.
    """

    # ids of the company's directions, the home direction first
    directions: tuple[int, ...] = ()
    # their names, in the language of the page
    names: Mapping[int, str] = field(default_factory=dict)
    # of each direction with an active portal: the keys of the sections, in order
    sections: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    # path of the active portal of a direction
    paths: Mapping[int, str] = field(default_factory=dict)
    # id of an active portal to its path
    portals: Mapping[int, str] = field(default_factory=dict)
    # whether all this is enforced, or shown only
    enforced: bool = False

    def shows(self, key: str, direction: int | None) -> bool:
        """Tell whether a section is open to the person in a direction.

        :param key: of the section
        :param direction: id, or None for records without a direction
        :return: True in a direction without an active portal, which limits nothing
        """
        shown = self.sections.get(direction or self.home)
        return shown is None or key in shown

    @property
    def home(self) -> int | None:
        """The first of the directions, None for a company without any."""
        return self.directions[0] if self.directions else None

    def get_hidden(self, key: str) -> list[int | None]:
        """The directions whose records of a section are closed to the person.

        :param key: of the section
        :return: ids, and None where it goes for records without a direction
        """
        return [
            direction
            for direction in (None, *self.directions)
            if not self.shows(key, direction)
        ]

    def get_keys(self, chosen: int | None, managed: Iterable[str]) -> list[str] | None:
        """The sections to show, in order.

        :param chosen: id of the direction that was chosen, None for all
        :param managed: the keys that portals decide about
        :return: keys, or None where no portal decides
        """
        wanted = (chosen,) if chosen else self.directions
        keys: list[str] = []
        for direction in wanted:
            keys += self.sections.get(direction, tuple(managed))
        if not any(direction in self.sections for direction in wanted):
            return None
        return list(dict.fromkeys(keys))
