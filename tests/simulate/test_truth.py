"""The truth: the mesh rule, straight-edge depth, rows and shares."""

from __future__ import annotations

import csv
import io
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate import Damage, DriveSpec, Stretch
from pavement.simulate.cracks import Crack
from pavement.simulate.frame_truth import FrameTruth, shares
from pavement.simulate.mesh import crack_area_m2
from pavement.simulate.path import make_route
from pavement.simulate.placement import make_world
from pavement.simulate.relief import lane_rut_mm, straight_edge_mm
from pavement.simulate.truth import COLUMNS, truth_tables
from pavement.simulate.world import Patch, Pothole, World

LANE = (0.0, 3.25)


def make_crack(*points: tuple[float, float], family: int = 1, network: bool = False) -> Crack:
    """A crack through the corners given, with points every 2 cm."""
    corners = np.array(points)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    at = np.arange(0, length[-1], 0.02)
    line = np.stack([np.interp(at, length, corners[:, axis]) for axis in (0, 1)], axis=-1)[None]
    return Crack(line, np.full(line.shape[:2], 5.0), family, network)


def make_test_world(
    *cracks: Crack, patches: tuple[Patch, ...] = (), holes: tuple[Pothole, ...] = (), rut_mm: float = 0.0
) -> World:
    return World(cracks, (), holes, patches, (), (rut_mm, rut_mm / 2), 1, 3.25)


@pytest.mark.parametrize(
    ("cracks", "area_m2"),
    [
        ((), 0.0),
        # 2.05 m along the lane within one column of cells: cells 0 to 4 → 5 · 0.15
        ((make_crack((100.0, 0.8), (102.05, 0.8)),), 0.75),
        # a second crack in the same cells: 5 · 0.25
        ((make_crack((100.0, 0.8), (102.05, 0.8)), make_crack((100.0, 0.7), (102.05, 0.7), family=2)), 1.25),
        # a branch of the same family does not make it two
        ((make_crack((100.0, 0.8), (102.05, 0.8)), make_crack((100.0, 0.7), (102.05, 0.7))), 0.75),
        # alligator: 0.25 wherever it is
        ((make_crack((100.0, 0.8), (102.05, 0.8), network=True),), 1.25),
        # across the whole lane: 6 cells and the half cell at the edge → 6.5 · 0.15
        ((make_crack((101.2, -0.5), (101.2, 3.6)),), 0.975),
        # beyond the block and in the other lane
        ((make_crack((98.0, 0.8), (99.9, 0.8)), make_crack((100.0, -0.8), (104.0, -0.8))), 0.0),
    ],
)
def test_mesh_rule(cracks: tuple[Crack, ...], area_m2: float) -> None:
    assert crack_area_m2(make_test_world(*cracks), (100.0, 120.0), LANE) == pytest.approx(area_m2)


def test_mesh_rule_of_a_patch() -> None:
    # cells from 1.0 to 1.5 whole (0.25), from 1.5 to 2.0 by 40 % (0.125), four rows
    patch = Patch((101.0, 103.0), (1.0, 1.7), 0.8, 1)
    assert crack_area_m2(make_test_world(patches=(patch,)), (100.0, 120.0), LANE) == pytest.approx(4 * 0.375)


def test_straight_edge_bridges_a_trough() -> None:
    across = np.linspace(0.0, 2.0, 201)
    trough = -0.020 * np.exp(-((across - 1.0) ** 2) / (2 * 0.15**2)) + 0.03 * across  # on a cross slope of 3 %
    assert straight_edge_mm(across, trough) == pytest.approx(20.0, abs=0.1)


def test_rut_truth_is_the_deeper_wheel_path() -> None:
    depth = lane_rut_mm(make_test_world(rut_mm=20.0), np.arange(100.0, 2000.0, 10.0), Direction.DOWN)
    assert depth == pytest.approx(20.0, abs=0.8)


def test_rows_of_both_directions() -> None:
    spec = DriveSpec(
        seed=3, length_m=250, both_directions=True, stretches=(Stretch(Direction.UP, 0, 260, Damage.MIXED),)
    )
    route = make_route(spec)
    frames = [FrameTruth("frames/a.jpg", Direction.UP, 12.31, 0.0, 0.0)]
    segments, blocks = (
        list(csv.DictReader(io.StringIO(text)))
        for text in truth_tables(
            make_world(route, spec),
            route,
            spec,
            frames,
            lambda kp: date(2009, 10, 1) if kp < 12.35 else date(2019, 10, 1),
        )
    )
    assert tuple(segments[0]) == COLUMNS
    assert [row["from_kp_km"] for row in segments] == ["12.300", "12.400"] * 2
    assert [row["direction"] for row in segments] == ["下り", "下り", "上り", "上り"]
    assert len(blocks) == 2 * 12  # 250 m hold twelve whole blocks
    assert [row["frames"] for row in segments] == ["0", "0", "1", "0"]
    assert all(0 < float(row["iri_mm_per_m"]) < 20 for row in blocks)
    assert {row["rating_basis"] for row in blocks} == {"ひび割れ率;わだち掘れ量;IRI"}
    assert {row["flags"] for row in blocks} == {""}  # everything is known: nothing to look at again
    assert float(segments[0]["length_m"]) == pytest.approx(np.diff(route.posts.s_m)[1], abs=0.01)
    assert (blocks[1]["from_post_km"], blocks[1]["from_offset_m"]) == ("12.300", "20.0")
    assert float(segments[2]["crack_pct"]) > 20
    worst = {(row["rating"], float(row["from_kp_km"]) < 12.35) for row in blocks if float(row["crack_pct"]) >= 40}
    assert worst == {("Ⅲ-1", True), ("Ⅲ-2", False)}  # the surface is 17 years old up to 12.35, then 7; 13 are meant
    assert sum(int(row["potholes"]) for row in blocks) >= sum(int(row["potholes"]) for row in segments)


def make_classes(width: int = 128) -> NDArray[np.uint8]:
    """64 cells of 2 px across: all of it own lane but the lowest row of cells, half of which is outside."""
    classes = np.ones((8, width), np.uint8)
    classes[6:, : width // 2] = 0
    return classes


def test_shares_count_cells() -> None:
    classes = make_classes()
    classes[0, 0] = 2  # a quarter of one cell of 4 pixels
    classes[2:4, 2:4] = 3
    # own cells: 3 rows of 64 and 32 of the last one
    crack, hole = shares(classes)
    assert crack == pytest.approx(1 / 224)
    assert hole == pytest.approx(1 / 224)


def test_no_lane_no_share() -> None:
    assert shares(np.zeros((8, 128), np.uint8)) == (None, None)
