"""The key of a road from a customer's cells: national and prefectural roads of one number never become one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pavement.networks.values import (
    KIND_CODES,
    KINDS,
    WAY_CODES,
    WAYS,
    parse_branch,
    parse_road_type,
    parse_route_no,
    plain,
)
from pavement.road import RoadKey

NATIONAL = "一般国道"
PREFECTURAL = ("主要地方道", "一般県道")


class Unusable(Exception):
    """A row or cell that cannot be understood."""

    def __init__(self, why: str, value: str, do: str) -> None:
        super().__init__(why)
        self.why, self.value, self.do = why, value, do


@dataclass
class KnownRoads:
    """The roads that the network holds so far, by number and by name: what a table leaves out is looked up here."""

    by_number: dict[str, set[RoadKey]] = field(default_factory=dict)
    by_name: dict[str, set[RoadKey]] = field(default_factory=dict)

    def add(self, roads: Iterable[tuple[RoadKey, str]]) -> None:
        """Roads with their names."""
        for road, name in roads:
            self.by_number.setdefault(road.route_no, set()).add(road)
            if plain(name):
                self.by_name.setdefault(plain(name), set()).add(road)

    def types(self, route_no: str) -> set[str]:
        """The road types that this number has."""
        return {road.road_type for road in self.by_number.get(route_no, ())}


@dataclass
class KeyReader:
    """Reads keys row by row. `official`: the table has the columns of the 距離標 tables, whose codes are known."""

    known: KnownRoads
    official: bool = False
    assumed: dict[str, int] = field(default_factory=dict)  #: what was assumed → how often

    def key(self, text: Callable[[str], str]) -> RoadKey:
        """The key in a row; `text` gives the cell of one of our columns. Raises Unusable."""
        number, name = parse_route_no(text("route_no")), text("name")
        if number is None or not number.isdigit():
            named = self.known.by_name.get(number or name) or self.known.by_name.get(name)
            if named and len({(road.road_type, road.route_no) for road in named}) == 1:
                road = min(named)
                return RoadKey(road.road_type, road.route_no, self._branch(text), self._kind(text))
            if number is None and (match := re.search(r"(国道|県道)\s*(?:第)?(\d+)\s*号", name)):
                number = match[2]
        if number is None:
            raise Unusable(
                "路線番号がない", name, "路線番号の列を加えるか、mapping.toml の [columns] route_no で列名を示す"
            )
        return RoadKey(self._road_type(text, number, name), number, self._branch(text), self._kind(text))

    def carriageway(self, text: Callable[[str], str]) -> str:
        """Both, down or up. Raises Unusable."""
        value = text("carriageway")
        if not value:
            return "both"
        way = WAYS.get(value.lower()) or (self._code("上下区分", WAY_CODES, value) if self.official else None)
        if way is None:
            raise Unusable("上下区分を読めない", value, "上り・下り・上下共通と書くか、[values.carriageway] で示す")
        return way

    def _road_type(self, text: Callable[[str], str], number: str, name: str) -> str:
        written = text("road_type")
        found = parse_road_type(written) if written else None
        if found:
            return found
        if written == "1" and self.official:
            return self._code("道路種別", {"1": NATIONAL}, written) or NATIONAL
        hint = written or name + text("route_no")
        there = self.known.types(number)
        if "県道" in hint and "一般県道" not in hint:
            there &= set(PREFECTURAL)
            if len(there) == 1:
                return there.pop()
            raise Unusable(
                "県道が主要地方道か一般県道か分からない",
                hint,
                "道路種別の列に書くか、mapping.toml の [values.road_type] か [defaults] で示す",
            )
        if written:
            raise Unusable(
                "道路種別を読めない", written, f"{NATIONAL}・主要地方道・一般県道・市町村道、または [values.road_type]"
            )
        for word, road_type in (("国道", NATIONAL), ("主要地方道", "主要地方道"), ("一般県道", "一般県道")):
            if word in hint:
                return road_type
        if len(there) > 1:
            raise Unusable(
                f"道路種別がなく、路線番号 {number} は {'・'.join(sorted(there))} のどれか分からない",
                "",
                "道路種別の列を加える",
            )
        if there:
            return there.pop()
        self._assume(f"道路種別がないため{NATIONAL}とした（違えば mapping.toml の [defaults] road_type）")
        return NATIONAL

    def _branch(self, text: Callable[[str], str]) -> str:
        return parse_branch(text("branch_no"))

    def _kind(self, text: Callable[[str], str]) -> str:
        value = text("kind")
        if not value:
            return "現道"
        kind = KINDS.get(value) or (self._code("現旧新区分", KIND_CODES, value) if self.official else None)
        if kind is None:
            raise Unusable("現道・旧道・新道の区分を読めない", value, "現道・旧道・新道と書くか、[values.kind] で示す")
        return kind

    def _code(self, name: str, codes: dict[str, str], value: str) -> str | None:
        if value in codes:
            self._assume(f"{name}の符号 {value} を {codes[value]} と読んだ（違えば mapping.toml の [values]）")
        return codes.get(value)

    def _assume(self, text: str) -> None:
        self.assumed[text] = self.assumed.get(text, 0) + 1
