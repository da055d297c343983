"""Distances on the globe, without a database.

Points are turned into unit vectors once; after that a comparison costs three
multiplications, and no meridian or pole is a special case.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

EARTH_RADIUS_KM = 6371.0088  # mean radius of the earth

Vector = tuple[float, float, float]


def is_located(latitude: float | None, longitude: float | None) -> bool:
    """Whether the two numbers are a place. Odoo stores 0, 0 where there is none.

    :param latitude: degrees, or None
    :param longitude: degrees, or None
    :return: whether they are
    """
    if not latitude and not longitude:
        return False
    return (
        latitude is not None
        and longitude is not None
        and -90.0 <= latitude <= 90.0
        and -180.0 <= longitude <= 180.0
    )


def unit_vector(latitude: float, longitude: float) -> Vector:
    """The point on a globe of radius 1.

    :param latitude: degrees, -90 to 90
    :param longitude: degrees, -180 to 180
    :return: x, y and z
    """
    phi, lam = math.radians(latitude), math.radians(longitude)
    ring = math.cos(phi)
    return ring * math.cos(lam), ring * math.sin(lam), math.sin(phi)


def haversine_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Length in kilometres of the shortest way between two places over the globe.

    :param lat1: latitude of the first place in degrees
    :param lon1: its longitude in degrees
    :param lat2: latitude of the second place in degrees
    :param lon2: its longitude in degrees
    :return: kilometres
    """
    return squared_chord_to_km(
        squared_chord(unit_vector(lat1, lon1), unit_vector(lat2, lon2))
    )


def squared_chord(a: Vector, b: Vector) -> float:
    """Square of the straight line between two unit vectors: 0 (same place) to 4.

    :param a: unit vector
    :param b: another one
    :return: in squared radii of the globe
    """
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return dx * dx + dy * dy + dz * dz


def squared_chord_to_km(squared: float) -> float:
    """The great circle's length that belongs to a squared chord.

    :param squared: see ``squared_chord``
    :return: kilometres
    """
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(squared) / 2))


def km_to_squared_chord(km: float) -> float:
    """The squared chord that belongs to a distance; the globe's far side at most.

    :param km: kilometres over the globe
    :return: see ``squared_chord``
    """
    half_angle = min(km / EARTH_RADIUS_KM, math.pi) / 2
    return 4 * math.sin(half_angle) ** 2


class Grid:
    """Points sorted into cubes, so that those within a radius are found at once.

    The cubes' edge is the radius: what lies within it is in the place's own cube
    or in one of the 26 around it.
    """

    __slots__ = ("_cubes", "_edge", "_reach")

    def __init__(self, points: Iterable[tuple[int, Vector]], radius_km: float) -> None:
        self._reach = km_to_squared_chord(radius_km)
        # an edge of 2 puts half the globe into one cube: no need for more
        self._edge = edge = min(max(math.sqrt(self._reach), 1e-6), 2.0)
        cubes: dict[tuple[int, int, int], list[tuple[int, Vector]]] = {}
        for number, vector in points:
            x, y, z = vector
            cube = (math.floor(x / edge), math.floor(y / edge), math.floor(z / edge))
            cubes.setdefault(cube, []).append((number, vector))
        self._cubes = cubes

    def near(self, place: Vector) -> list[tuple[int, float]]:
        """The points within the radius of a place, each with its squared chord.

        :param place: unit vector
        :return: pairs of number and squared chord, in no order
        """
        x, y, z = place
        edge, reach, cubes = self._edge, self._reach, self._cubes
        cx, cy, cz = math.floor(x / edge), math.floor(y / edge), math.floor(z / edge)
        found = []
        for i in (cx - 1, cx, cx + 1):
            for j in (cy - 1, cy, cy + 1):
                for k in (cz - 1, cz, cz + 1):
                    for number, (px, py, pz) in cubes.get((i, j, k), ()):
                        dx, dy, dz = px - x, py - y, pz - z
                        squared = dx * dx + dy * dy + dz * dz
                        if squared <= reach:
                            found.append((number, squared))
        return found
