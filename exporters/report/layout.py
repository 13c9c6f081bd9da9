"""How the strip charts are laid out: what one strip shows, and how fine, so that a large survey stays readable."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporters.report.figures import by_road
from pavement.defect import Defect
from pavement.record import Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

WIDTH, LEFT, RIGHT = 1080.0, 106.0, 14.0  #: pixels
DETAILED_KM = 60.0  #: kilopost length of all roads up to which 20 m blocks are drawn
MOST_BARS = 80_000  #: above it a bar stands for several segments
MOST_TITLES = 20_000  #: segments; above it the ribbon has no titles


@dataclass(frozen=True)
class Layout:
    """Kilopost length of a strip, heights as a factor, what a bar stands for."""

    row_km: float
    tall: float
    blocks: bool  #: bars are 20 m blocks, each with a title
    together: int  #: segments in one bar
    titles: bool  #: whether the ribbon's cells have titles

    @property
    def bar(self) -> str:
        """What one bar stands for, in words."""
        if self.blocks:
            return "20 m(距離標 0.02)ごと"
        return "100 m ごと" if self.together == 1 else f"連続する {self.together} 区間の最大値"


DETAILED = Layout(5.0, 1.0, True, 1, True)


def layout_of(survey: Survey) -> Layout:
    """Fine for one drive or a few, compact for a network."""
    km = sum(
        max(s.end.kp_km for s in own) - min(s.start.kp_km for s in own) for own in by_road(survey.segments).values()
    )
    if km <= DETAILED_KM:
        return DETAILED if survey.blocks else Layout(5.0, 1.0, False, 1, True)
    count = len(survey.segments)
    return Layout(20.0, 0.4, False, math.ceil(count / MOST_BARS), count <= MOST_TITLES)


@dataclass(frozen=True)
class Axis:
    """Kilopost to pixels."""

    low: float
    high: float

    def __call__(self, kp_km: float) -> float:
        """Pixel of a kilopost."""
        return LEFT + (kp_km - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)


@dataclass(frozen=True)
class Bar:
    """What stands between two kiloposts of a chart. None = not measured."""

    low: float
    high: float
    crack_pct: float | None
    rut_mm: float | None
    rut_se_mm: float | None
    iri_mm_per_m: float | None
    coverage_pct: float


@dataclass(frozen=True)
class Stretch:
    """What one strip shows: one road and direction between two kiloposts."""

    axis: Axis
    direction: Direction
    segments: Sequence[Segment]
    bars: Sequence[Bar]
    defects: Sequence[Defect]


class Stretches:
    """The records by road and direction, in kilopost order, so that every strip finds its own at once."""

    def __init__(self, survey: Survey, layout: Layout) -> None:
        self._layout = layout
        self._segments = _sorted_by_place(survey.segments)
        self._blocks = _sorted_by_place(survey.blocks) if layout.blocks else {}
        self._defects: dict[tuple[RoadKey, Direction], list[Defect]] = defaultdict(list)
        for defect in sorted(survey.defects, key=lambda d: d.kp_km):
            self._defects[defect.road, defect.direction].append(defect)

    def of(self, road: RoadKey) -> Iterator[list[Stretch]]:
        """The strips of a road, 下り and 上り of the same kiloposts together; those without segments are left out."""
        own = [s for d in Direction for s in self._segments.get((road, d), ())]
        for axis in _axes(own, self._layout.row_km):
            found = [self._stretch(road, direction, axis) for direction in Direction]
            if any(each.segments for each in found):
                yield [each for each in found if each.segments]

    def _stretch(self, road: RoadKey, direction: Direction, axis: Axis) -> Stretch:
        key = (road, direction)
        segments = _between(self._segments.get(key, ()), axis)
        fine = _between(self._blocks.get(key, ()), axis) or segments
        defects = self._defects.get(key, [])
        low = bisect_left(defects, axis.low - 1e-6, key=lambda d: d.kp_km)
        high = bisect_left(defects, axis.high - 1e-6, key=lambda d: d.kp_km)
        return Stretch(axis, direction, segments, list(bars_of(fine, self._layout.together)), defects[low:high])


def _sorted_by_place(records: Sequence[Segment]) -> Mapping[tuple[RoadKey, Direction], Sequence[Segment]]:
    found: dict[tuple[RoadKey, Direction], list[Segment]] = defaultdict(list)
    for record in records:
        found[record.road, record.direction].append(record)
    for own in found.values():
        own.sort(key=lambda s: s.start.kp_km)
    return found


def _between(records: Sequence[Segment], axis: Axis) -> Sequence[Segment]:
    low, high = (bisect_left(records, kp - 1e-6, key=lambda s: s.start.kp_km) for kp in (axis.low, axis.high))
    return records[low:high]


def _axes(segments: Sequence[Segment], row_km: float) -> list[Axis]:
    """One axis per `row_km`; a short road fills the width."""
    low, high = min(s.start.kp_km for s in segments), max(s.end.kp_km for s in segments)
    rows = max(1, math.ceil((high - low) / row_km - 1e-9))
    span = max(high - low, 0.1) if rows == 1 else row_km
    return [Axis(low + i * span, low + (i + 1) * span) for i in range(rows)]


def bars_of(segments: Sequence[Segment], together: int = 1) -> Iterator[Bar]:
    """A bar per segment, or per `together` neighbouring ones: the worst value, the least 有効測定率."""
    group: list[Segment] = []
    for segment in segments:
        if group and (len(group) == together or abs(segment.start.kp_km - group[-1].end.kp_km) > 1e-6):
            yield _bar(group)
            group = []
        group.append(segment)
    if group:
        yield _bar(group)


def _bar(group: Sequence[Segment]) -> Bar:
    def most(name: str) -> float | None:
        return max((value for s in group if (value := getattr(s, name)) is not None), default=None)

    error = group[0].rut_se_mm if len(group) == 1 else None
    coverage = min(s.coverage_pct for s in group)
    low, high = group[0].start.kp_km, group[-1].end.kp_km
    return Bar(low, high, most("crack_pct"), most("rut_mm"), error, most("iri_mm_per_m"), coverage)
