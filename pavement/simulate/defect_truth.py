"""truth/defects.csv: every defect in the surveyed lanes as it was put there, in the contract's columns and more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from pavement.defect import Category
from pavement.road import Direction
from pavement.simulate.cracks import Crack
from pavement.simulate.path import Route
from pavement.simulate.relief import LID_RADIUS_M, wheel_rut_mm
from pavement.simulate.spec import ROAD, DriveSpec
from pavement.simulate.tables import to_csv
from pavement.simulate.world import World, lane_middle

# fmt: off
COLUMNS = (
    "defect_id", "category", "road_type", "route_no", "branch_no", "kind", "direction", "kp_km", "lon", "lat",
    "length_m", "width_m", "area_m2", "depth_mm", "score", "frames", "photo", "to_kp_km", "across_m", "crack_mm",
)
# fmt: on
RUT_MM = 20.0  #: ruts from this depth on are defects
RUT_EVERY_M, RUT_LEAST_M = 1.0, 5.0


@dataclass(frozen=True)
class Placed:
    """A defect in road coordinates, metres; `depth_mm` of a step is its height, negative where one drives down it."""

    category: Category
    direction: Direction
    s_m: tuple[float, float]
    across_m: tuple[float, float]
    area_m2: float
    depth_mm: float | None = None
    crack_mm: float | None = None


def placed_defects(world: World, route: Route, spec: DriveSpec) -> list[Placed]:
    """All defects of the surveyed lanes within the survey, by direction and arc length."""
    found = []
    for direction in spec.directions:
        middle, half = lane_middle(direction, spec.lane_width_m), spec.lane_width_m / 2
        for one in (*_shapes(world, direction), *_cracks(world, direction), *_ruts(world, route, direction)):
            along, aside = sum(one.s_m) / 2, sum(one.across_m) / 2
            if route.start_m <= along < route.end_m and abs(aside - middle) <= half:
                found.append(one)
    return sorted(found, key=lambda one: (list(Direction).index(one.direction), one.s_m, one.category))


def _shapes(world: World, direction: Direction) -> Iterator[Placed]:
    """Potholes (an ellipse's area), patches, steps."""
    for hole in world.potholes:
        s, across = (
            (hole.s - hole.half_s_m, hole.s + hole.half_s_m),
            (
                hole.across - hole.half_across_m,
                hole.across + hole.half_across_m,
            ),
        )
        area = np.pi * hole.half_s_m * hole.half_across_m
        yield Placed(Category.POTHOLE, direction, s, across, area, hole.depth_mm)
    for patch in world.patches:
        area = (patch.s_m[1] - patch.s_m[0]) * (patch.across_m[1] - patch.across_m[0])
        yield Placed(Category.PATCH, direction, patch.s_m, patch.across_m, area)
    for step in world.steps:
        reach = LID_RADIUS_M if step.manhole else 0.0
        middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
        across = (step.across - reach, step.across + reach) if step.manhole else (middle - half, middle + half)
        turned = 1 if step.manhole or direction is Direction.DOWN else -1
        area = np.pi * reach**2
        yield Placed(Category.STEP, direction, (step.s - reach, step.s + reach), across, area, turned * step.height_mm)


def _cracks(world: World, direction: Direction) -> Iterator[Placed]:
    """One defect for each crack with its branches, and for each piece of an alligator network."""
    for _, family in groupby(world.cracks, key=lambda crack: crack.family):
        yield _crack(list(family), direction)
    for network in world.networks:
        area = (network.s_m[1] - network.s_m[0]) * (network.across_m[1] - network.across_m[0])
        yield Placed(
            Category.CRACK_ALLIGATOR, direction, network.s_m, network.across_m, area, crack_mm=network.width_mm
        )


def _crack(family: list[Crack], direction: Direction) -> Placed:
    s, across = (np.concatenate([crack.points[..., axis].ravel() for crack in family]) for axis in (0, 1))
    width = float(np.concatenate([crack.width_mm.ravel() for crack in family]).mean())
    steps = [np.hypot(*np.moveaxis(np.diff(crack.points[:, ::20], axis=1), -1, 0)).sum() for crack in family]
    area = float(sum(steps)) * width / 1000
    limits = (float(s.min()), float(s.max())), (float(across.min()), float(across.max()))
    return Placed(Category.CRACK_LINEAR, direction, *limits, area, crack_mm=width)


def _ruts(world: World, route: Route, direction: Direction) -> Iterator[Placed]:
    """Stretches in which the deeper wheel path is `RUT_MM` deep or more; depth is the mean there."""
    s = np.arange(route.start_m + RUT_EVERY_M / 2, route.end_m, RUT_EVERY_M)
    depth = wheel_rut_mm(world, s, direction).max(axis=1)
    middle, half = lane_middle(direction, world.lane_width_m), world.lane_width_m / 2
    for deep, run in groupby(range(len(s)), key=lambda index: bool(depth[index] >= RUT_MM)):
        at = list(run)
        length = len(at) * RUT_EVERY_M
        if deep and length >= RUT_LEAST_M:
            limits = float(s[at[0]] - RUT_EVERY_M / 2), float(s[at[-1]] + RUT_EVERY_M / 2)
            across = (middle - half, middle + half)
            area = length * 2 * world.rut_width_m
            yield Placed(Category.RUT, direction, limits, across, area, float(depth[at].mean()))


def defect_table(route: Route, lane_width_m: float, placed: Iterable[Placed]) -> str:
    """CSV of truth/defects.csv.

    `kp_km` is the defect's middle, a rut's lower end; `across_m`: left of the lane's middle
    as the driver sees it; `crack_mm`: mean width of the crack.
    """
    rows: list[dict[str, object]] = []
    for number, one in enumerate(placed):
        s = one.s_m[0] if one.category is Category.RUT else sum(one.s_m) / 2
        aside = sum(one.across_m) / 2
        lon, lat = route.line.lonlat(np.array([s]), aside)[0]
        lane = lane_middle(one.direction, lane_width_m)
        left = 1 if one.direction is Direction.DOWN else -1
        rows.append(
            {
                "defect_id": f"T{number:05d}",
                "category": one.category.value,
                "road_type": ROAD.road_type,
                "route_no": ROAD.route_no,
                "branch_no": ROAD.branch_no,
                "kind": ROAD.kind,
                "direction": one.direction.value,
                "kp_km": f"{float(route.posts.kp_at(s)):.4f}",
                "lon": f"{lon:.7f}",
                "lat": f"{lat:.7f}",
                "length_m": f"{one.s_m[1] - one.s_m[0]:.2f}",
                "width_m": f"{one.across_m[1] - one.across_m[0]:.2f}",
                "area_m2": f"{one.area_m2:.3f}",
                "depth_mm": "" if one.depth_mm is None else f"{one.depth_mm:.1f}",
                "to_kp_km": f"{float(route.posts.kp_at(one.s_m[1])):.4f}",
                "across_m": f"{left * (aside - lane):.2f}",
                "crack_mm": "" if one.crack_mm is None else f"{one.crack_mm:.1f}",
            }
        )
    return to_csv(COLUMNS, rows)
