"""What is really there: rows of truth/segments.csv and blocks.csv in the contract's columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pavement.rating import Measured, mci, rate
from pavement.road import Direction
from pavement.segment import BLOCK_KM, SEGMENT_KM
from pavement.simulate.car import START
from pavement.simulate.evenness import Evenness
from pavement.simulate.frame_truth import FrameTruth
from pavement.simulate.mesh import crack_area_m2
from pavement.simulate.network import DESIGN_LIFE_YEARS
from pavement.simulate.path import Route
from pavement.simulate.relief import lane_rut_mm
from pavement.simulate.spec import ROAD, DriveSpec
from pavement.simulate.tables import to_csv
from pavement.simulate.world import World, lane_middle

# fmt: off
COLUMNS = (
    "road_type", "route_no", "branch_no", "kind", "direction", "lane", "from_kp_km", "from_post_km", "from_offset_m",
    "to_kp_km", "to_post_km", "to_offset_m", "from_lon", "from_lat", "to_lon", "to_lat", "length_m", "crack_pct",
    "rut_mm", "rut_se_mm", "iri_mm_per_m", "potholes", "mci", "rating", "rating_basis", "coverage_pct", "frames",
    "position_sd_m", "flags",
)
# fmt: on
RUT_EVERY_M = 1.0


@dataclass(frozen=True)
class Piece:
    """The truth of one block of one direction: kiloposts, metres, m², counts."""

    kp_km: tuple[float, float]
    length_m: float
    crack_m2: float
    rut_mm: float
    iri_mm_per_m: float
    potholes: int


def kp_steps(first_km: float, last_km: float, step_km: float) -> list[tuple[float, float]]:
    """The whole steps of kilopost within first to last.

    >>> kp_steps(12.31, 12.36, 0.02)
    [(12.32, 12.34), (12.34, 12.36)]
    """
    low, high = int(np.ceil(first_km / step_km - 1e-6)), int(np.floor(last_km / step_km + 1e-6))
    return [(round(index * step_km, 4), round((index + 1) * step_km, 4)) for index in range(low, high)]


def measure(world: World, route: Route, direction: Direction, evenness: Evenness, kp_km: tuple[float, float]) -> Piece:
    """What is true of one block."""
    s0, s1 = (float(route.posts.s_at(kp)) for kp in kp_km)
    middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
    s = np.arange(s0 + RUT_EVERY_M / 2, s1, RUT_EVERY_M)
    holes = sum(s0 <= hole.s < s1 and abs(hole.across - middle) < half for hole in world.potholes)
    area = crack_area_m2(world, (s0, s1), (middle - half, middle + half))
    return Piece(kp_km, s1 - s0, area, lane_rut_mm(world, s, direction), evenness.iri_mm_per_m(s0, s1), holes)


def together(pieces: Sequence[Piece]) -> Piece:
    """Neighbouring pieces as one; ruts and IRI are averaged by length."""
    length = sum(piece.length_m for piece in pieces)
    rut = sum(piece.rut_mm * piece.length_m for piece in pieces) / length
    iri = sum(piece.iri_mm_per_m * piece.length_m for piece in pieces) / length
    area, holes = sum(piece.crack_m2 for piece in pieces), sum(piece.potholes for piece in pieces)
    return Piece((pieces[0].kp_km[0], pieces[-1].kp_km[1]), length, area, rut, iri, holes)


def _row(
    piece: Piece, route: Route, direction: Direction, spec: DriveSpec, frames: int, paved_on: date
) -> dict[str, object]:
    places: dict[str, object] = {}
    for name, kp in zip(("from", "to"), piece.kp_km, strict=True):
        post = route.posts.below(kp)
        lon, lat = route.line.lonlat(np.array([float(route.posts.s_at(kp))]))[0]
        places |= {f"{name}_kp_km": f"{kp:.3f}", f"{name}_post_km": f"{post:.3f}", f"{name}_lon": f"{lon:.7f}"}
        places |= {f"{name}_offset_m": f"{(kp - post) * 1000:.1f}", f"{name}_lat": f"{lat:.7f}"}
    crack = 100 * piece.crack_m2 / (piece.length_m * spec.lane_width_m)
    measured = Measured(
        crack,
        piece.rut_mm,
        piece.iri_mm_per_m,
        100.0,
        paved_on=paved_on,
        design_life_years=DESIGN_LIFE_YEARS,
        surveyed_on=START.date(),
    )
    diagnosis = rate(measured)
    return places | {
        "road_type": ROAD.road_type,
        "route_no": ROAD.route_no,
        "branch_no": ROAD.branch_no,
        "kind": ROAD.kind,
        "direction": direction.value,
        "lane": 1,
        "length_m": f"{piece.length_m:.2f}",
        "crack_pct": f"{crack:.2f}",
        "rut_mm": f"{piece.rut_mm:.2f}",
        "potholes": piece.potholes,
        "iri_mm_per_m": f"{piece.iri_mm_per_m:.3f}",
        "mci": f"{mci(crack, piece.rut_mm, piece.iri_mm_per_m):.2f}",
        "rating": diagnosis.value,
        "rating_basis": ";".join(diagnosis.basis),
        "flags": ";".join(diagnosis.flags),
        "coverage_pct": 100,
        "frames": frames,
    }


def truth_tables(
    world: World, route: Route, spec: DriveSpec, frames: Sequence[FrameTruth], paved_on: Callable[[float], date]
) -> tuple[str, str]:
    """CSV of all segments and of all blocks that the survey covers whole, by direction and rising kilopost.

    `paved_on` says since when the surface at a kilopost has been in use.
    """
    segments: list[dict[str, object]] = []
    blocks: list[dict[str, object]] = []
    for direction in spec.directions:
        kp = np.array([frame.kp_km for frame in frames if frame.direction is direction])
        evenness = Evenness.of(world, route, direction)
        steps = kp_steps(route.first_kp_km, route.last_kp_km, BLOCK_KM)
        pieces = [measure(world, route, direction, evenness, step) for step in steps]
        wholes = [
            together([piece for piece in pieces if low - 1e-6 < piece.kp_km[0] < high - 1e-6])
            for low, high in kp_steps(route.first_kp_km, route.last_kp_km, SEGMENT_KM)
        ]
        for rows, found in ((blocks, pieces), (segments, wholes)):
            for piece in found:
                seen = int(((kp >= piece.kp_km[0]) & (kp < piece.kp_km[1])).sum())
                rows.append(_row(piece, route, direction, spec, seen, paved_on(piece.kp_km[0])))
    return to_csv(COLUMNS, segments), to_csv(COLUMNS, blocks)
