"""What each zoom shows of segments and defects, so that its fullest tile stays small: the worst is always there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from exporters.lines import SegmentLines
from exporters.tables import Column
from pavement.defect import Category, Defect
from pavement.record import Survey
from pavement.segment import Flag, Segment
from pavement.vector_tiles.encoding import Table
from pavement.vector_tiles.grid import EXTENT, PIXEL, mercator, tiles_under

MOST = 10_000  #: features of a tile above the deepest zoom: below 500 kB (tests)
UNITS_KM = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  #: 0 = segments as they are
#: Of defects on one pixel the first of these is shown, of one kind the largest.
WORST_FIRST = (
    Category.POTHOLE,
    Category.STEP,
    Category.CRACK_ALLIGATOR,
    Category.RUT,
    Category.CRACK_LINEAR,
    Category.PATCH,
)

Shapes = NDArray[Any]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Level:
    """The features of one zoom."""

    shapes: Shapes  #: (n,) of lines or points on the world of 0 to 1
    table: Table  #: their properties
    rows: Rows  #: (n,) which rows of it, what is drawn over others last
    shows: str  #: in words


def segment_levels(survey: Survey, columns: Sequence[Column], zooms: Sequence[int]) -> list[Level]:
    """Segments, or where a tile would be too full of them, units of kilometres with the worst of their values."""
    lines = SegmentLines(survey.routes)
    drawn = [(segment, line) for segment in survey.segments if (line := lines.of(segment)) is not None]
    if not drawn:
        return []
    segments = [segment for segment, _ in drawn]
    shapes = shapely.transform(np.array([line for _, line in drawn], dtype=object), mercator)
    made: dict[float, Level] = {}
    levels = []
    for zoom in zooms:
        size = 0.0 if zoom == zooms[-1] else _unit_size(segments, shapes, zoom)
        if size not in made:
            made[size] = _level_of_units(segments, shapes, columns, size)
        levels.append(made[size])
    return levels


def _unit_size(segments: Sequence[Segment], shapes: Shapes, zoom: int) -> float:
    """The first of `UNITS_KM` with which no tile is too full."""
    owner, tiles = tiles_under(shapely.bounds(shapes) * (EXTENT << zoom), zoom)
    tile = tiles[:, 0] << 32 | tiles[:, 1]
    for size in UNITS_KM:
        pairs = np.unique(np.column_stack([tile, unit_numbers(segments, size)[owner]]), axis=0)
        if np.unique(pairs[:, 0], return_counts=True)[1].max() <= MOST:
            return size
    return UNITS_KM[-1]


def unit_numbers(segments: Sequence[Segment], size_km: float) -> NDArray[np.int64]:
    """Of each segment (n,) the number of its unit: of one road, one direction and `size_km` of kilopost."""
    if not size_km:
        return np.arange(len(segments))
    seen: dict[Any, int] = {}
    keys = ((each.road, each.direction, int(each.start.kp_km / size_km + 1e-9)) for each in segments)
    return np.array([seen.setdefault(key, len(seen)) for key in keys])


def _level_of_units(segments: Sequence[Segment], shapes: Shapes, columns: Sequence[Column], size: float) -> Level:
    rows = np.arange(len(segments))
    if not size:
        return Level(shapes, table_of(segments, columns), rows, "100 m ごとの区間")
    unit = unit_numbers(segments, size)
    order = np.lexsort((np.array([each.start.kp_km for each in segments]), unit))
    joined = shapely.line_merge(shapely.multilinestrings(shapes[order], indices=unit[order]), directed=True)
    bounds = np.flatnonzero(np.diff(unit[order], prepend=-1, append=-1)).tolist()
    units = [worst_of([segments[i] for i in order[start:end]]) for start, end in pairwise(bounds)]
    words = f"{size:g} km ごとの最も悪い値"
    return Level(np.asarray(joined), table_of(units, columns), np.arange(len(units)), words)


def worst_of(segments: Sequence[Segment]) -> Segment:
    """One for several that follow each other: each indicator's worst, the flags of all, the rest of the worst one."""

    def known(name: str) -> list[Any]:
        return [value for each in segments if (value := getattr(each, name)) is not None]

    worst = max(segments, key=lambda each: (each.rating or "", each.crack_pct or 0.0))
    return replace(
        worst,
        start=segments[0].start,
        end=segments[-1].end,
        crack_pct=max(known("crack_pct"), default=None),
        rut_mm=max(known("rut_mm"), default=None),
        iri_mm_per_m=max(known("iri_mm_per_m"), default=None),
        mci=min(known("mci"), default=None),
        potholes=sum(found) if (found := known("potholes")) else None,
        coverage_pct=min(each.coverage_pct for each in segments),
        flags=tuple(flag for flag in Flag if any(flag in each.flags for each in segments)),
    )


def defect_levels(defects: Sequence[Defect], columns: Sequence[Column], zooms: Sequence[int]) -> list[Level]:
    """All defects at the deepest zoom; before it, of those on one pixel the worst."""
    defects = [each for each in defects if math.isfinite(each.lon) and math.isfinite(each.lat)]
    if not defects:
        return []
    kinds = np.array([WORST_FIRST.index(each.category) for each in defects])
    areas = np.array([each.area_m2 or 0.0 for each in defects])
    order = np.lexsort((areas, -kinds))  # the worst last
    places = mercator(np.array([(each.lon, each.lat) for each in defects], dtype=np.float64))
    table, shapes = table_of(defects, columns), np.asarray(shapely.points(places))
    levels = []
    for zoom in zooms:
        kept, shows = order, "すべての損傷"
        if zoom != zooms[-1]:
            kept, shows = order[_uppermost(places[order], zoom)], "1 画素に 1 件、最も悪い損傷"
        levels.append(Level(shapes[kept], table, kept, shows))
    return levels


def _uppermost(places: NDArray[np.float64], zoom: int) -> Rows:
    """Which of places (n, 2) are the last of their pixel, in their order."""
    pixels = np.floor(places * ((EXTENT << zoom) / PIXEL)).astype(np.int64)
    cells = pixels[:, 0] << 32 | pixels[:, 1]
    backwards = np.unique(cells[::-1], return_index=True)[1]
    return np.sort(len(cells) - 1 - backwards)


def table_of(records: Sequence[Any], columns: Iterable[Column]) -> Table:
    """The columns' values of the records."""
    return Table.of((column.name, [column.value(record) for record in records]) for column in columns)
