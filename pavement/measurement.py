"""From meshes to rows: 20 m blocks and 100 m segments on the kiloposts, and the defects on them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pavement.defect import Category, Defect, Orientation
from pavement.rating import Measured, Rules, mci, rate
from pavement.road import Direction, Network, RoadKey, Route
from pavement.segment import Flag, Place, Segment
from pavement.surface import CELL_M, Patch, Surface

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

JST = timezone(timedelta(hours=9))
BLOCK_M, SEGMENT_M = 20, 100  #: thousandths of kilopost
CRACK_DECIMALS = 1  #: the diagnosis is made on the value that the sheets print
MIN_CRACK_CELLS = 6  #: smaller pieces of crack count in the ratio but are no defects of their own
POSITION_LIMIT_M = 15.0  #: beyond: 位置不確か


@dataclass(frozen=True)
class FramePlace:
    """A used frame on its line."""

    file: str
    timestamp: datetime
    along_m: float
    kp_km: float
    position_sd_m: float
    crack_share: float
    pothole_share: float


@dataclass
class Pass:
    """One drive along one line in one direction: the mesh and the frames that made it."""

    drive: str
    route: Route
    direction: Direction
    lane: int | None
    surface: Surface
    scale_assumed: bool
    frames: list[FramePlace] = field(default_factory=list)
    driven_m: list[tuple[float, float]] = field(default_factory=list)  #: stretches of the line that the car drove
    _frames_by: dict[int, dict[int, list[FramePlace]]] = field(default_factory=dict, repr=False)

    @cached_property
    def kp_of_rows(self) -> Floats:
        """Kilopost of each mesh row's middle; NaN where the posts refuse."""
        return self.route.scale.kp_at((np.arange(len(self.surface.weight)) + 0.5) * CELL_M)

    @cached_property
    def visited(self) -> NDArray[np.bool_]:
        """(rows,) whether the car drove over the row or saw it: such a row is in the results, if only as a blank."""
        rows = np.asarray(self.surface.seen.any(1))
        for start, stop in self.driven_m:
            rows[int(start / CELL_M) : int(stop / CELL_M) + 1] = True
        return rows

    @cached_property
    def crack_m2(self) -> Floats:
        """(rows,) cracked area by the mesh rule."""
        return self.surface.crack_m2()

    @cached_property
    def potholes(self) -> list[tuple[float, Patch]]:
        """The potholes of the mesh, each with the kilopost of its middle; those without one are left out."""
        found = ((float(self.route.scale.kp_at(hole.centre_m)), hole) for hole in self.surface.potholes())
        return [(kp, hole) for kp, hole in found if not np.isnan(kp)]

    def frames_by(self, size_m: int) -> dict[int, list[FramePlace]]:
        """The frames by block or segment; call it when all frames are in."""
        if size_m not in self._frames_by:
            found: dict[int, list[FramePlace]] = defaultdict(list)
            for frame in self.frames:
                found[int(stretch_of(frame.kp_km, size_m))].append(frame)
            self._frames_by[size_m] = found
        return self._frames_by[size_m]


@dataclass(frozen=True)
class Part:
    """The rows of one pass that lie in one stretch of kilopost."""

    passed: Pass
    rows: slice


def stretch_of(kp_km: Floats | float, size_m: int) -> Ints:
    """Index of the block or segment of a kilopost: floor(round(kp·1000, 1) / size); -1 where there is none.

    >>> stretch_of(112.09999, 100).item(), stretch_of(112.1, 20).item()
    (1121, 5605)
    """
    metres = np.round(np.nan_to_num(np.asarray(kp_km, float), nan=-1.0) * 1000, 1)
    return np.asarray(np.where(metres < 0, -1, np.floor(metres / size_m)), np.int64)


def split(passed: Pass, size_m: int) -> Iterable[tuple[int, Part]]:
    """The pass's rows by stretch, only stretches that were driven or seen."""
    index: Ints = stretch_of(passed.kp_of_rows, size_m)
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(index)) + 1, [len(index)]])
    visited = passed.visited
    for start, stop in pairwise(bounds):
        if index[start] >= 0 and visited[start:stop].any():
            yield int(index[start]), Part(passed, slice(int(start), int(stop)))


def distinct_passes(parts: Sequence[Part]) -> list[Pass]:
    """The passes of some parts, each once."""
    return list({id(part.passed): part.passed for part in parts}.values())


def area(parts: Sequence[Part]) -> tuple[float, float, float]:
    """(whole, seen, cracked) square metres of some rows."""
    whole = sum((part.rows.stop - part.rows.start) * part.passed.surface.lane_m2() for part in parts)
    seen = sum(float(part.passed.surface.seen[part.rows].sum()) * CELL_M**2 for part in parts)
    cracked = sum(float(part.passed.crack_m2[part.rows].sum()) for part in parts)
    return whole, seen, cracked


def choose_passes(passes: Sequence[Pass]) -> dict[tuple[RoadKey, Direction, int], list[Part]]:
    """For every 100 m segment the rows of the drive that saw most of it; the later drive where they are equal."""
    by_segment: dict[tuple[RoadKey, Direction, int], dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for passed in passes:
        for index, part in split(passed, SEGMENT_M):
            by_segment[passed.route.road, passed.direction, index][passed.drive].append(part)

    def merit(parts: list[Part]) -> tuple[float, float]:
        last = max((frame.timestamp.timestamp() for part in parts for frame in part.passed.frames), default=0.0)
        return round(area(parts)[1], 1), last

    return {key: max(drives.values(), key=merit) for key, drives in sorted(by_segment.items(), key=_order)}


def _order(item: tuple[tuple[RoadKey, Direction, int], object]) -> tuple[RoadKey, str, int]:
    (road, direction, index), _ = item
    return road, "0" if direction is Direction.DOWN else "1", index


def measure(
    passes: Sequence[Pass], network: Network, rules: Rules | None = None
) -> tuple[list[Segment], list[Segment], list[Defect]]:
    """Segments, blocks and defects in the order of road, 下り before 上り, kilopost."""
    segments: list[Segment] = []
    blocks: list[Segment] = []
    defects: list[Defect] = []
    for (road, direction, index), parts in choose_passes(passes).items():
        segments.append(build_row(road, direction, index, SEGMENT_M, parts, network, rules))
        inner: dict[int, list[Part]] = defaultdict(list)
        for part in parts:
            for block, rows in split(part.passed, BLOCK_M):
                if part.rows.start <= rows.rows.start < part.rows.stop:
                    inner[block].append(rows)
        blocks += [build_row(road, direction, b, BLOCK_M, inner[b], network, rules) for b in sorted(inner)]
        defects += find_defects(road, direction, index, parts, network)
    return segments, blocks, defects


def build_row(
    road: RoadKey,
    direction: Direction,
    index: int,
    size_m: int,
    parts: Sequence[Part],
    network: Network,
    rules: Rules | None,
) -> Segment:
    """One row of segments.csv or blocks.csv."""
    whole, seen, cracked = area(parts)
    first, passed = parts[0], parts[0].passed
    start, end, length_m = ends(index, size_m, parts, network)
    passes = distinct_passes(parts)
    frames = [frame for each in passes for frame in each.frames_by(size_m).get(index, ())]
    middle = (start.kp_km + end.kp_km) / 2
    ledger = network.attributes_at(road, middle)
    ledger.setdefault("municipality", _municipality(network, passed.route, start) or "")
    ledger.setdefault("municipality_end", _municipality(network, passed.route, end) or ledger["municipality"])
    ledger = {name: value for name, value in ledger.items() if value}
    coverage = 100 * seen / whole if whole else 0.0
    crack = round(100 * cracked / seen, CRACK_DECIMALS) if seen else None
    surveyed_on = max((f.timestamp.astimezone(JST).date() for f in frames), default=None)
    surface = ledger.get("surface", "アスファルト")
    facts = passed.route.facts
    if surface != "アスファルト":
        crack = None
    rating = rate(
        Measured(
            crack_pct=crack,
            coverage_pct=coverage,
            surface=surface,
            road_class=facts.get("road_class"),
            paved_on=_date(ledger.get("paved_on")),
            design_life_years=_number(ledger.get("design_life_years")),
            surveyed_on=surveyed_on,
        ),
        (rules or Rules()).limits_of(facts.get("road_class"), facts.get("manager")),
    )
    deviation = float(np.median([f.position_sd_m for f in frames])) if frames else None
    flags = {
        *rating.flags,
        *((Flag.ESTIMATED,) if crack is not None else ()),
        *((Flag.SCALE_ASSUMED,) if passed.scale_assumed and crack is not None else ()),
        *((Flag.POSITION_DOUBTFUL,) if deviation is not None and deviation > POSITION_LIMIT_M else ()),
        *((Flag.KILOPOST_MISSING,) if passed.route.scale.post_missing(start.kp_km, end.kp_km) else ()),
        *((Flag.KILOPOST_ANOMALY,) if beside_anomaly(first) else ()),
    }
    holes = sum(int(stretch_of(kp, size_m)) == index for each in passes for kp, _ in each.potholes)
    return Segment(
        road=road,
        direction=direction,
        lane=passed.lane,
        start=start,
        end=end,
        length_m=length_m,
        crack_pct=crack,
        rut_mm=None,
        rut_se_mm=None,
        iri_mm_per_m=None,
        potholes=holes if seen else None,
        mci=mci(crack, None, None),
        rating=rating.value,
        rating_basis=";".join(rating.basis),
        coverage_pct=coverage,
        frames=len(frames),
        position_sd_m=deviation,
        flags=tuple(sorted(flags, key=list(Flag).index)),
        surveyed_on=surveyed_on,
        drive=passed.drive,
        attributes=ledger,
    )


def ends(index: int, size_m: int, parts: Sequence[Part], network: Network) -> tuple[Place, Place, float]:
    """Start and end of a stretch, cut where its line ends or its posts refuse, and its real length."""
    kp = np.concatenate([part.passed.kp_of_rows[part.rows] for part in parts])
    step = max(float(np.abs(np.diff(kp)).max(initial=0.0)), 1e-6)
    low, high = index * size_m / 1000, (index + 1) * size_m / 1000
    low = low if kp.min() - low < 2 * step else float(kp.min() - step / 2)
    high = high if high - kp.max() < 2 * step else float(kp.max() + step / 2)
    start, end = (place_at(nearest_part(parts, value).passed.route, value, network) for value in (low, high))
    return start, end, length_of(parts, low, high)


def nearest_part(parts: Sequence[Part], kp_km: float) -> Part:
    """The part whose rows come nearest to a kilopost."""
    return min(parts, key=lambda part: float(np.abs(part.passed.kp_of_rows[part.rows] - kp_km).min()))


def length_of(parts: Sequence[Part], low_km: float, high_km: float) -> float:
    """Real metres between two kiloposts: along the line where it is one piece, else by the rows of its pieces."""
    if len(parts) == 1:
        scale = parts[0].passed.route.scale
        from_m, to_m = scale.along_at(low_km), scale.along_at(high_km)
        if from_m is not None and to_m is not None:
            return abs(to_m - from_m)
    return float(sum(part.rows.stop - part.rows.start for part in parts) * CELL_M)


def place_at(route: Route, kp_km: float, network: Network) -> Place:
    """The place of a kilopost on a line (held at the line's ends)."""
    along = route.scale.along_at(kp_km)
    if along is None:
        rows = np.arange(0, route.length_m, CELL_M)
        known = route.scale.kp_at(rows)
        along = float(rows[int(np.nanargmin(np.abs(known - kp_km)))])
    lon, lat = network.plane.to_degrees(route.point_at(np.clip(along, 0, route.length_m)))[0]
    kp = round(kp_km, 6)
    post = route.scale.lower_post(kp)
    return Place(kp, post, round((kp - post) * 1000, 3), float(lon), float(lat))


def beside_anomaly(part: Part) -> bool:
    """Whether the rows touch a stretch that the posts refuse."""
    scale = part.passed.route.scale
    from_m, to_m = part.rows.start * CELL_M, part.rows.stop * CELL_M
    bad = np.flatnonzero(~scale.sound)
    return any(scale.along_m[i] <= to_m + 1 and scale.along_m[i + 1] >= from_m - 1 for i in bad)


def find_defects(
    road: RoadKey, direction: Direction, index: int, parts: Sequence[Part], network: Network
) -> list[Defect]:
    """Potholes whose middle lies in the segment, and its larger pieces of crack, in kilopost order."""
    found = [
        to_defect(Category.POTHOLE, hole, passed, network)
        for passed in distinct_passes(parts)
        for kp, hole in passed.potholes
        if int(stretch_of(kp, SEGMENT_M)) == index
    ]
    for part in parts:
        passed = part.passed
        for crack in passed.surface.cracks(part.rows):
            if crack.cells >= MIN_CRACK_CELLS:
                alligator = crack.pattern_share >= 0.5
                category = Category.CRACK_ALLIGATOR if alligator else Category.CRACK_LINEAR
                found.append(to_defect(category, crack, passed, network))
    return sorted(found, key=lambda d: (d.kp_km, d.category))


def to_defect(category: Category, patch: Patch, passed: Pass, network: Network) -> Defect:
    """A patch as a defect; its id depends on road, direction, category and place only."""
    route = passed.route
    kp = float(route.scale.kp_at(patch.centre_m))
    lon, lat = network.plane.to_degrees(route.point_at(patch.centre_m))[0]
    place = f"{route.road.slug()}|{passed.direction}|{category}|{round(kp * 1000)}|{patch.width_m}"
    near = [f for f in passed.frames if abs(f.along_m + passed.direction.sign * 8 - patch.centre_m) < 10]
    return Defect(
        defect_id=hashlib.sha256(place.encode()).hexdigest()[:12],
        category=category,
        road=route.road,
        direction=passed.direction,
        kp_km=kp,
        lon=float(lon),
        lat=float(lat),
        length_m=patch.to_m - patch.from_m,
        width_m=patch.width_m,
        area_m2=patch.area_m2,
        depth_mm=None,
        score=patch.score,
        frames=patch.sightings if category is Category.POTHOLE else len(near),
        photo=None,
        orientation=Orientation.of(patch.slant_deg)
        if category is Category.CRACK_LINEAR and patch.slant_deg is not None
        else None,
    )


def segment_index(segment: Segment) -> int:
    """Index of a segment's stretch."""
    return int(stretch_of((segment.start.kp_km + segment.end.kp_km) / 2, SEGMENT_M))


def _municipality(network: Network, route: Route, place: Place) -> str | None:
    if not network.municipalities:
        return None
    return network.municipality_at(network.plane.to_metres([place.lon], [place.lat])[0].tolist())


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
