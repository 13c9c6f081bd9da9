"""From meshes to rows: 20 m blocks and 100 m segments on the kiloposts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pavement.defect import Category, Defect
from pavement.find_defects import KnownDefect, find_defects, find_ruts
from pavement.imu.road import Iri
from pavement.passes import BLOCK_M, SEGMENT_M, Part, Pass, area, choose_passes, distinct_passes, split, stretch_of
from pavement.rating import Measured, Rules, mci, rate
from pavement.road import Direction, Network, RoadKey, Route
from pavement.row_ends import anomalous, ends
from pavement.segment import Flag, Place, Segment
from pavement.surface import CELL_M

Floats = NDArray[np.float64]

JST = timezone(timedelta(hours=9))
CRACK_DECIMALS = 1  #: the diagnosis is made on the value that the sheets print
POSITION_LIMIT_M = 15.0  #: beyond: 位置不確か


def measure(
    passes: Sequence[Pass], network: Network, rules: Rules | None = None, known: Sequence[KnownDefect] = ()
) -> tuple[list[Segment], list[Segment], list[Defect]]:
    """Segments, blocks and defects in the order of road, 下り before 上り, kilopost.

    `known`: defects of an earlier run, whose ids the same objects keep.
    """
    segments: list[Segment] = []
    blocks: list[Segment] = []
    chosen = choose_passes(passes)
    found = find_defects(passes, chosen, network, known)
    for (road, direction, index), parts in chosen.items():
        segments.append(build_row(road, direction, index, SEGMENT_M, parts, network, rules))
        inner: dict[int, list[Part]] = defaultdict(list)
        for part in parts:
            for block, rows in split(part.passed, BLOCK_M):
                if part.rows.start <= rows.rows.start < part.rows.stop:
                    inner[block].append(rows)
        blocks += [build_row(road, direction, b, BLOCK_M, inner[b], network, rules) for b in sorted(inner)]
    segments, blocks = with_potholes(segments, found, SEGMENT_M), with_potholes(blocks, found, BLOCK_M)
    defects = [*found, *find_ruts(blocks)]
    return segments, blocks, sorted(defects, key=lambda d: (d.road, d.direction is Direction.UP, d.kp_km))


def with_potholes(rows: Sequence[Segment], defects: Sequence[Defect], size_m: int) -> list[Segment]:
    """The rows with the potholes that lie in each: one that two drives saw counts once."""
    holes = Counter(
        (defect.road, defect.direction, int(stretch_of(defect.kp_km, size_m)))
        for defect in defects
        if defect.category is Category.POTHOLE
    )

    def number_in(row: Segment) -> int | None:
        index = int(stretch_of((row.start.kp_km + row.end.kp_km) / 2, size_m))
        count = holes[row.road, row.direction, index]
        return count if count or row.potholes is not None else None

    return [replace(row, potholes=number_in(row)) for row in rows]


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
    ledger["also"] = "・".join(f"{each.road_type}{each.route_no}({each.kind})" for each in passed.also(first.rows))
    ledger = {name: value for name, value in ledger.items() if value}
    coverage = 100 * seen / whole if whole else 0.0
    crack = round(100 * cracked / seen, CRACK_DECIMALS) if seen else None
    surveyed_on = max((f.timestamp.astimezone(JST).date() for f in frames), default=None)
    rough, calibrated = roughness_of(parts)
    rut = rut_of(parts)
    surface = ledger.get("surface", "アスファルト")
    facts = passed.route.facts
    if surface != "アスファルト":
        crack = None
    rating = rate(
        Measured(
            crack_pct=crack,
            rut_mm=rut.mm if rut else None,
            rut_se_mm=rut.se_mm if rut else None,
            iri_mm_per_m=rough.iri_mm_per_m if rough and calibrated else None,
            iri_se_mm_per_m=rough.sd_mm_per_m if rough else None,
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
        *((Flag.ESTIMATED,) if crack is not None or rough or rut else ()),
        *((Flag.REVIEW,) if rough is not None and not calibrated else ()),
        *((Flag.SCALE_ASSUMED,) if passed.scale_assumed and crack is not None else ()),
        *((Flag.POSITION_DOUBTFUL,) if deviation is not None and deviation > POSITION_LIMIT_M else ()),
        *((Flag.KILOPOST_MISSING,) if passed.route.scale.post_missing(start.kp_km, end.kp_km) else ()),
        *((Flag.KILOPOST_ANOMALY,) if anomalous(first, start, end) else ()),
    }
    return Segment(
        road=road,
        direction=direction,
        lane=passed.lane,
        start=start,
        end=end,
        length_m=length_m,
        crack_pct=crack,
        rut_mm=rut.mm if rut else None,
        rut_se_mm=rut.se_mm if rut else None,
        iri_mm_per_m=rough.iri_mm_per_m if rough else None,
        potholes=0 if seen else None,  # counted when the defects of all drives are known
        mci=mci(crack, rut.mm if rut else None, rough.iri_mm_per_m if rough and calibrated else None),
        rating=rating.value,
        rating_basis=";".join(rating.basis),
        coverage_pct=coverage,
        frames=len(frames),
        position_sd_m=deviation,
        flags=tuple(sorted(flags, key=list(Flag).index)),
        surveyed_on=surveyed_on,
        drive=passed.drive,
        iri_se_mm_per_m=rough.sd_mm_per_m if rough else None,
        attributes=ledger,
        sharpness=min(round(float(np.median([f.sharpness for f in frames])), 3), 1.0) if frames else None,
    )


@dataclass(frozen=True)
class Depth:
    """Rut depth of a row with its standard error, mm."""

    mm: float
    se_mm: float


def rut_of(parts: Sequence[Part]) -> Depth | None:
    """Rut depth of a row: the mean of its 20 m pieces, each the larger of both wheel paths; None below half of them.

    What the pieces have in common (camera height, lens) does not average out: the standard error is their mean one.
    """
    found, pieces = [], 0
    for part in parts:
        index = stretch_of(part.passed.kp_of_rows[part.rows], BLOCK_M)
        bounds = np.concatenate([[0], np.flatnonzero(np.diff(index)) + 1, [len(index)]])
        for first, last in pairwise(bounds.tolist()):
            if (last - first) * CELL_M < BLOCK_M / 4:
                continue  # a rest too short for a profile
            pieces += 1
            rut = part.passed.rut(slice(part.rows.start + first, part.rows.start + last))
            if rut is not None and rut.rut_mm is not None and rut.rut_se_mm is not None:
                found.append((rut.rut_mm, rut.rut_se_mm))
    if not found or 2 * len(found) < pieces:
        return None
    depths, errors = np.array(found).T
    return Depth(float(depths.mean()), float(errors.mean()))


def roughness_of(parts: Sequence[Part]) -> tuple[Iri | None, bool]:
    """推定 IRI of the longest part that was felt, and whether the car was calibrated: else it proves no diagnosis."""
    for part in sorted(parts, key=lambda part: part.rows.start - part.rows.stop):
        if found := part.passed.iri(part.rows):
            return found
    return None, False


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
