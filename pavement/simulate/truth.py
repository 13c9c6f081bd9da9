"""What is really there: rows of truth/segments.csv, blocks.csv and frames.csv in the contract's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.segment import BLOCK_KM, SEGMENT_KM
from pavement.simulate.mesh import crack_area_m2
from pavement.simulate.path import Route
from pavement.simulate.relief import lane_rut_mm
from pavement.simulate.spec import ROAD, DriveSpec
from pavement.simulate.world import World, lane_middle

Image = NDArray[np.uint8]

# fmt: off
COLUMNS = (
    "road_type", "route_no", "branch_no", "kind", "direction", "lane", "from_kp_km", "from_post_km", "from_offset_m",
    "to_kp_km", "to_post_km", "to_offset_m", "from_lon", "from_lat", "to_lon", "to_lat", "length_m", "crack_pct",
    "rut_mm", "rut_se_mm", "iri_mm_per_m", "potholes", "mci", "rating", "rating_basis", "coverage_pct", "frames",
    "position_sd_m", "flags",
)
# fmt: on
FRAME_COLUMNS = ("file", "direction", "kp_km", "crack_share", "pothole_share")
RUT_EVERY_M = 1.0
CELLS_ACROSS_PICTURE = 64
OWN_LANE_HALF, CRACK_OF_CELL, POTHOLE_OF_CELL = 0.5, 0.01, 0.10
BASIS = "ひび割れ率;わだち掘れ量"
THRESHOLDS = ((40.0, 40.0, "Ⅲ"), (20.0, 20.0, "Ⅱ"))


@dataclass(frozen=True)
class FrameTruth:
    """One row of truth/frames.csv; a turning car has no direction and no shares."""

    file: str
    direction: Direction | None
    kp_km: float
    crack_share: float | None
    pothole_share: float | None


@dataclass(frozen=True)
class Piece:
    """The truth of one block of one direction: kiloposts, metres, m², counts."""

    kp_km: tuple[float, float]
    length_m: float
    crack_m2: float
    rut_mm: float
    potholes: int


def kp_steps(first_km: float, last_km: float, step_km: float) -> list[tuple[float, float]]:
    """The whole steps of kilopost within first to last.

    >>> kp_steps(12.31, 12.36, 0.02)
    [(12.32, 12.34), (12.34, 12.36)]
    """
    low, high = int(np.ceil(first_km / step_km - 1e-6)), int(np.floor(last_km / step_km + 1e-6))
    return [(round(index * step_km, 4), round((index + 1) * step_km, 4)) for index in range(low, high)]


def measure(world: World, route: Route, direction: Direction, kp_km: tuple[float, float]) -> Piece:
    """What is true of one block."""
    s0, s1 = (float(route.posts.s_at(kp)) for kp in kp_km)
    middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
    s = np.arange(s0 + RUT_EVERY_M / 2, s1, RUT_EVERY_M)
    holes = sum(s0 <= hole.s < s1 and abs(hole.across - middle) < half for hole in world.potholes)
    area = crack_area_m2(world, (s0, s1), (middle - half, middle + half))
    return Piece(kp_km, s1 - s0, area, lane_rut_mm(world, s, direction), holes)


def together(pieces: Sequence[Piece]) -> Piece:
    """Neighbouring pieces as one; ruts are averaged by length."""
    length = sum(piece.length_m for piece in pieces)
    rut = sum(piece.rut_mm * piece.length_m for piece in pieces) / length
    area, holes = sum(piece.crack_m2 for piece in pieces), sum(piece.potholes for piece in pieces)
    return Piece((pieces[0].kp_km[0], pieces[-1].kp_km[1]), length, area, rut, holes)


def mci(crack_pct: float, rut_mm: float) -> float:
    """MCI without the term for evenness: the least of the three formulas of the domain notes."""
    c, d = float(crack_pct**0.3), float(rut_mm**0.7)
    return max(0.0, min(10 - 1.51 * c - 0.30 * d, 10 - 2.23 * c, 10 - 0.54 * d))


def rating(crack_pct: float, rut_mm: float, in_use_beyond_design_life: bool) -> str:
    """Ⅰ, Ⅱ, Ⅲ-1 or Ⅲ-2 by cracks and ruts; the worse decides, and a short life means Ⅲ-2."""
    for crack_from, rut_from, word in THRESHOLDS:
        if crack_pct >= crack_from or rut_mm >= rut_from:
            return word if word != "Ⅲ" else ("Ⅲ-1" if in_use_beyond_design_life else "Ⅲ-2")
    return "Ⅰ"


def _row(
    piece: Piece, route: Route, direction: Direction, spec: DriveSpec, frames: int, old: bool
) -> dict[str, object]:
    places: dict[str, object] = {}
    for name, kp in zip(("from", "to"), piece.kp_km, strict=True):
        post = route.posts.below(kp)
        lon, lat = route.line.lonlat(np.array([float(route.posts.s_at(kp))]))[0]
        places |= {f"{name}_kp_km": f"{kp:.3f}", f"{name}_post_km": f"{post:.3f}", f"{name}_lon": f"{lon:.7f}"}
        places |= {f"{name}_offset_m": f"{(kp - post) * 1000:.1f}", f"{name}_lat": f"{lat:.7f}"}
    crack = 100 * piece.crack_m2 / (piece.length_m * spec.lane_width_m)
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
        "mci": f"{mci(crack, piece.rut_mm):.2f}",
        "rating": rating(crack, piece.rut_mm, old),
        "rating_basis": BASIS,
        "coverage_pct": 100,
        "frames": frames,
    }


def truth_tables(
    world: World, route: Route, spec: DriveSpec, frames: Sequence[FrameTruth], old: Callable[[float], bool]
) -> tuple[str, str]:
    """CSV of all segments and of all blocks that the survey covers whole, by direction and rising kilopost.

    `old` says whether the surface at a kilopost has been in use beyond its design life.
    """
    segments: list[dict[str, object]] = []
    blocks: list[dict[str, object]] = []
    for direction in spec.directions:
        kp = np.array([frame.kp_km for frame in frames if frame.direction is direction])
        pieces = [
            measure(world, route, direction, step) for step in kp_steps(route.first_kp_km, route.last_kp_km, BLOCK_KM)
        ]
        wholes = [
            together([piece for piece in pieces if low - 1e-6 < piece.kp_km[0] < high - 1e-6])
            for low, high in kp_steps(route.first_kp_km, route.last_kp_km, SEGMENT_KM)
        ]
        for rows, found in ((blocks, pieces), (segments, wholes)):
            for piece in found:
                seen = int(((kp >= piece.kp_km[0]) & (kp < piece.kp_km[1])).sum())
                rows.append(_row(piece, route, direction, spec, seen, old(piece.kp_km[0])))
    return to_csv(COLUMNS, segments), to_csv(COLUMNS, blocks)


def frame_table(frames: Iterable[FrameTruth]) -> str:
    """CSV of truth/frames.csv."""
    rows: list[dict[str, object]] = [
        {
            "file": frame.file,
            "direction": frame.direction.value if frame.direction else "",
            "kp_km": f"{frame.kp_km:.4f}",
            "crack_share": "" if frame.crack_share is None else f"{frame.crack_share:.4f}",
            "pothole_share": "" if frame.pothole_share is None else f"{frame.pothole_share:.4f}",
        }
        for frame in frames
    ]
    return to_csv(FRAME_COLUMNS, rows)


def shares(classes: Image) -> tuple[float | None, float | None]:
    """Crack share and pothole share of a class map, or None without own lane; cells are width/64 pixels."""
    size = classes.shape[1] / CELLS_ACROSS_PICTURE
    across = (np.arange(classes.shape[1]) / size).astype(int)
    down = (np.arange(classes.shape[0]) / size).astype(int)
    cell = down[:, None] * CELLS_ACROSS_PICTURE + across[None, :]
    count = np.bincount(cell.ravel())
    lane, crack, hole = (
        np.bincount(cell.ravel(), weights=mask.ravel(), minlength=len(count)) / count
        for mask in (classes > 0, classes == 2, classes == 3)
    )
    own = lane >= OWN_LANE_HALF
    if not own.any():
        return None, None
    return float((crack[own] >= CRACK_OF_CELL).mean()), float((hole[own] >= POTHOLE_OF_CELL).mean())


def to_csv(columns: Sequence[str], rows: Iterable[dict[str, object]]) -> str:
    """Rows as CSV text; what a row does not have is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
