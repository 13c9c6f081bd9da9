"""Roads as an administration counts them: key, direction, kiloposts and the linear reference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """下り runs away from 起点 (the kilopost rises), 上り towards it."""

    DOWN = "下り"
    UP = "上り"


@dataclass(frozen=True, order=True)
class RoadKey:
    """Key of a road: national route 4 and prefectural route 4 are different roads, 現道 and 旧道 too."""

    road_type: str  #: 一般国道 / 主要地方道 / 一般県道 / 市町村道
    route_no: str  #: number or text (municipal roads)
    branch_no: str  #: "000" = main
    kind: str  #: 現道 / 旧道 / 新道

    def slug(self) -> str:
        """For folder names: 一般国道_4_000_現道."""
        return "_".join((self.road_type, self.route_no, self.branch_no, self.kind))
