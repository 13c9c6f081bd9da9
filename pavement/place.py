"""The id of a section: which 0.1 or 0.02 of kilopost of which road in which direction, the same in every year.

It stands in addresses, tiles and corrections, so it depends on nothing but the road's key and the kilopost: a section
whose line begins or ends inside it (112.345 instead of 112.3) keeps the id of its whole stretch.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2s

from pavement.road import Direction, RoadKey

ID_BYTES = 8  #: 16 hex digits


class Level(StrEnum):
    """The two sizes of a section."""

    SEGMENT = "segment"  #: 0.1 of kilopost
    BLOCK = "block"  #: 0.02

    @property
    def size_m(self) -> int:
        """Thousandths of kilopost."""
        return 100 if self is Level.SEGMENT else 20


def cell_start_m(level: str, kp_km: float) -> int:
    """Where the stretch of a kilopost begins, in thousandths of kilopost; the grid of the contract.

    >>> cell_start_m("segment", 112.345), cell_start_m("block", 112.345), cell_start_m("block", 112.0999999)
    (112300, 112340, 112100)
    """
    size = Level(level).size_m
    return int(round(kp_km * 1000, 1) // size) * size


def place_id(level: str, road: RoadKey, direction: str, from_kp_km: float) -> str:
    """The id of the section in which a kilopost lies: 16 hex digits.

    >>> road = RoadKey("一般国道", "4", "000", "現道")
    >>> place_id("segment", road, Direction.DOWN, 112.3)
    'ecd591da06d480d1'
    >>> place_id("segment", road, "下り", 112.345) == place_id("segment", road, "下り", 112.3)
    True
    """
    key = (level, road.road_type, road.route_no, road.branch_no, road.kind, Direction(direction).value)
    text = "|".join((*key, str(cell_start_m(level, from_kp_km))))
    return blake2s(text.encode(), digest_size=ID_BYTES).hexdigest()


def segment_place(road: RoadKey, direction: str, from_kp_km: float) -> str:
    """The id of the segment in which a block (or a segment itself) lies."""
    return place_id(Level.SEGMENT, road, direction, from_kp_km)
