"""Which known road a table's words mean: 国道4号, 4, 主要地方道 青森浪岡線. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from pavement.kilopost_text import ROAD_TYPES, parse_place
from pavement.road import RoadKey


class RoadWords:
    """Looks words up among known roads; the same words are looked up once."""

    def __init__(self, roads: Mapping[RoadKey, str]) -> None:
        self._roads = list(roads)
        self._names = {key: _bare(name) for key, name in roads.items()}
        self._known: dict[tuple[str, ...], list[RoadKey]] = {}

    def find(self, route: str, road_type: str = "", branch: str = "", kind: str = "") -> list[RoadKey]:
        """The roads that may be meant: none, the one, or several."""
        key = (route, road_type, branch, kind)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, route: str, road_type: str, branch: str, kind: str) -> list[RoadKey]:
        said = parse_place(route)
        number = said.route_no
        if number is None and said.kp_km is not None:  # a bare number reads as a kilopost
            number = str(int(said.kp_km)) if said.kp_km == int(said.kp_km) else None
        types = said.road_types or next((meant for word, meant in ROAD_TYPES if word in road_type), ())
        branch_no = branch.zfill(3) if branch.isdecimal() else said.branch_no
        wanted = (
            kind
            if kind in ("現道", "旧道", "新道")
            else {"現": "現道", "旧": "旧道", "新": "新道"}.get(kind, said.kind)
        )
        text = _bare(route)
        found = [road for road in self._roads if road.route_no in (number, route.strip())]
        if not found and text:
            found = [road for road, name in self._names.items() if name and (name in text or text in name)]
        found = [road for road in found if not types or road.road_type in types]
        for given, attribute, usual in ((branch_no, "branch_no", "000"), (wanted, "kind", "現道")):
            if given:
                found = [road for road in found if getattr(road, attribute) == given]
            elif len(found) > 1:
                found = [road for road in found if getattr(road, attribute) == usual] or found
        return found


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
