"""Checks of a form's rows before they are written: types, lists, 起点/終点, gaps, overlaps, coordinates."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from exporters.form_a.fields import MIXED_LANES, WHOLE_CARRIAGEWAY, Row, Value, number_or_text
from exporters.form_a.findings import Findings, Level
from exporters.form_a.sheet_rows import MAX_TEXT
from exporters.form_a.table import DATE, LIST, NUMBER, Form, FormColumn
from exporters.wording import kp_text
from pavement.record import RouteShape
from pavement.road import Direction, RoadKey
from pavement.segment import Place, Segment

SAME_KP_KM = 0.0005  #: kiloposts nearer than this are the same
APART_M = 30.0  #: an end and the next row's start that are farther apart do not join
MARGIN_DEG = 0.002  #: about 200 m: how far outside the network's extent a coordinate may lie
SPACING = (0.5, 1.05, 5.0)  #: straight distance against length: at least, at most, and metres more
Extent = tuple[float, float, float, float]  #: west, south, east, north
Segments = Collection[Segment]


class Checker:
    """Looks at the rows of one export as they pass, sheet by sheet in their order."""

    def __init__(self, form: Form, routes: Iterable[RouteShape], findings: Findings) -> None:
        self._findings = findings
        self._cells = [(i, column, _judge(column, form)) for i, column in enumerate(form.columns)]
        self._extents = extents(routes)
        self._last: dict[tuple[RoadKey, Direction, int | None], tuple[str, Segment]] = {}

    def see(self, where: str, number: int, row: Row, values: Sequence[Value]) -> None:
        """Judge one row, which stands in row `number` of the sheet `where`."""
        for i, column, judge in self._cells:
            value = values[i]
            if value is not None and (wrong := judge(value)) is not None:
                level, text = wrong
                self._findings.add(level, where, number, column.header, text)
        self._see_order(where, number, row.segment)
        self._see_places(where, number, row.segment)
        if row.mixed_lanes:
            self._findings.add(Level.NOTE, where, number, "車線番号", MIXED_LANES)

    def _see_order(self, where: str, number: int, segment: Segment) -> None:
        """The segment follows the one before it on its road, in its direction and lane."""
        start, end = segment.start, segment.end
        if end.kp_km - start.kp_km < SAME_KP_KM:
            text = f"起点 {_kp(start)} が終点 {_kp(end)} より小さくない"
            self._findings.add(Level.ERROR, where, number, "距離標", text)
        key = (segment.road, segment.direction, segment.lane)
        sheet, before = self._last.get(key, ("", None))
        self._last[key] = (where, segment)
        if before is None or sheet != where:
            return
        gap_km = start.kp_km - before.end.kp_km
        if gap_km > SAME_KP_KM:
            text = f"{_kp(before.end)} から {_kp(start)} まで行がない(途切れ)"
            self._findings.add(Level.NOTE, where, number, "距離標", text)
        elif gap_km < -SAME_KP_KM:
            text = f"{_kp(start)} から {_kp(min(before.end, end, key=_kp_km))} までが前の行と重なる"
            self._findings.add(Level.ERROR, where, number, "距離標", text)
        elif (apart := distance_m(before.end, start)) > APART_M:
            text = f"前の行の終点と {apart:.0f} m 離れている"
            self._findings.add(Level.ERROR, where, number, "緯度・経度(起点)", text)

    def _see_places(self, where: str, number: int, segment: Segment) -> None:
        """The coordinates lie in the road's extent; the distance between them is like the length."""
        extent = self._extents.get(segment.road) or self._extents.get(None)
        for name, place in (("起点", segment.start), ("終点", segment.end)):
            if extent and not (
                extent[0] <= place.lon <= extent[2] and extent[1] <= place.lat <= extent[3]
            ):  # false for NaN too
                text = f"{place.lat:.5f}, {place.lon:.5f} は路線の範囲の外"
                self._findings.add(Level.ERROR, where, number, f"緯度・経度({name})", text)
        straight, length = distance_m(segment.start, segment.end), segment.length_m
        if not SPACING[0] * length <= straight <= SPACING[1] * length + SPACING[2]:
            text = f"起終点の座標の間隔 {straight:.0f} m が延長 {length:.0f} m と合わない"
            self._findings.add(Level.NOTE, where, number, "緯度・経度", text)


def mixed_lanes(segments: Iterable[Segment]) -> set[int]:
    """The `id`s of segments of lane 91 whose stretch also has lane-wise rows, and of those rows."""
    groups: dict[tuple[RoadKey, Direction], tuple[list[Segment], list[Segment]]] = defaultdict(lambda: ([], []))
    for segment in segments:
        groups[segment.road, segment.direction][segment.lane == WHOLE_CARRIAGEWAY].append(segment)
    found: set[int] = set()
    for lanes, wholes in groups.values():
        if lanes and wholes:
            found |= _overlapping(lanes, wholes) | _overlapping(wholes, lanes)
    return found


def _overlapping(some: Segments, others: Segments) -> set[int]:
    """The `id`s of those of `some` that share a stretch with one of `others`."""
    spans = sorted((each.start.kp_km, each.end.kp_km) for each in others)
    found, reach, i = set(), -math.inf, 0
    for each in sorted(some, key=lambda segment: segment.end.kp_km):
        while i < len(spans) and spans[i][0] < each.end.kp_km - SAME_KP_KM:
            reach, i = max(reach, spans[i][1]), i + 1
        if reach > each.start.kp_km + SAME_KP_KM:
            found.add(id(each))
    return found


def extents(routes: Iterable[RouteShape]) -> Mapping[RoadKey | None, Extent]:
    """The extent of every road, and of the network under None; with a margin."""
    found: dict[RoadKey | None, Extent] = {}
    for route in routes:
        lons, lats = zip(*route.lonlat, strict=True) if route.lonlat else ((), ())
        if lons:
            here = (min(lons) - MARGIN_DEG, min(lats) - MARGIN_DEG, max(lons) + MARGIN_DEG, max(lats) + MARGIN_DEG)
            for key in (route.road, None):
                found[key] = _joined(found.get(key, here), here)
    return found


def _joined(a: Extent, b: Extent) -> Extent:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def distance_m(a: Place, b: Place) -> float:
    """Metres between two places a few kilometres apart at most."""
    north = (b.lat - a.lat) * 111_130.0
    east = (b.lon - a.lon) * 111_320.0 * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(north, east)


def _kp_km(place: Place) -> float:
    return place.kp_km


def _kp(place: Place) -> str:
    return kp_text(place.kp_km)


Judge = Callable[[Value], tuple[Level, str] | None]


def _judge(column: FormColumn, form: Form) -> Judge:
    """What a value of the column must be."""
    if column.type == NUMBER:
        return lambda value: None if isinstance(value, int | float) else (Level.NOTE, f"「{value}」は数値ではない")
    if column.type == DATE:
        return lambda value: None if isinstance(value, date) else (Level.NOTE, f"「{value}」は日付ではない")
    if column.type == LIST:
        return judge_list(column, form.lists[column.list])
    return _judge_text


def judge_list(column: FormColumn, words: Iterable[str]) -> Judge:
    """A word outside a list is an error in a confirmed column."""
    allowed = set(words) | {number_or_text(word) for word in words}
    level = Level.ERROR if column.mark == "C" else Level.NOTE
    return lambda value: None if value in allowed else (level, f"「{value}」は一覧にない")


def _judge_text(value: Value) -> tuple[Level, str] | None:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return Level.ERROR, f"{MAX_TEXT} 文字を超える(シートでは切り詰めた)"
    return None
