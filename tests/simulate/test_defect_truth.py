"""truth/defects.csv."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from pavement.defect import Category
from pavement.road import Direction
from pavement.simulate import Damage, DriveSpec, Stretch
from pavement.simulate.cracks import linear
from pavement.simulate.defect_truth import COLUMNS, defect_table, placed_defects
from pavement.simulate.path import make_route
from pavement.simulate.world import Patch, Pothole, Step, World

SPEC = DriveSpec(seed=3, length_m=100, both_directions=True)
ROUTE = make_route(SPEC)
S = ROUTE.start_m
FLAT = World((), (), (), (), (), (0.0, 0.0), 1, 3.25)


def rows(world: World, spec: DriveSpec = SPEC) -> list[dict[str, str]]:
    text = defect_table(ROUTE, spec.lane_width_m, placed_defects(world, ROUTE, spec))
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_are_the_contracts_and_more() -> None:
    text = defect_table(ROUTE, 3.25, [])
    assert tuple(text.strip().split(",")) == COLUMNS
    assert COLUMNS[:17] == (
        *("defect_id", "category", "road_type", "route_no", "branch_no", "kind", "direction", "kp_km", "lon", "lat"),
        *("length_m", "width_m", "area_m2", "depth_mm", "score", "frames", "photo"),
    )


def test_shapes_with_their_sizes_in_the_lane_where_they_are() -> None:
    world = replace(
        FLAT,
        potholes=(Pothole(S + 10, 2.475, 0.3, 0.2, 40.0, 1), Pothole(S - 5, 2.0, 0.3, 0.2, 40.0, 1)),
        patches=(Patch((S + 20, S + 23), (-2.0, -0.5), 0.8, 1),),
    )
    hole, patch = rows(world)  # the second hole lies before the survey
    assert (hole["category"], hole["direction"], hole["depth_mm"]) == ("pothole", "下り", "40.0")
    assert float(hole["kp_km"]) == pytest.approx(float(ROUTE.posts.kp_at(S + 10)), abs=1e-4)
    assert (hole["length_m"], hole["width_m"], hole["across_m"]) == ("0.60", "0.40", "0.85")  # left wheel path
    assert float(hole["area_m2"]) == pytest.approx(np.pi * 0.06, abs=1e-3)
    assert (patch["category"], patch["direction"], patch["area_m2"]) == ("patch", "上り", "4.500")
    assert float(patch["across_m"]) == pytest.approx(-0.375, abs=0.006)  # nearer the centre line: right of the driver


def test_a_joint_is_a_step_in_both_directions_up_for_one_and_down_for_the_other() -> None:
    found = rows(replace(FLAT, steps=(Step(S + 50, 0.0, 15.0, False), Step(S + 60, -2.0, -12.0, True))))
    assert [(row["category"], row["direction"], row["depth_mm"]) for row in found] == [
        ("step", "下り", "15.0"),
        ("step", "上り", "-15.0"),
        ("step", "上り", "-12.0"),
    ]
    assert rows(replace(FLAT, steps=(Step(S + 50, 0.0, 15.0, False),)), replace(SPEC, both_directions=False))[1:] == []


def test_a_crack_and_its_branches_are_one() -> None:
    rng = np.random.default_rng(1)
    world = replace(FLAT, cracks=tuple(linear((S + 10, 1.0), (S + 16, 1.2), 5.0, 1, rng)))
    assert len(world.cracks) > 1
    (crack,) = rows(world)
    assert (crack["category"], crack["direction"]) == ("crack_linear", "下り")
    assert float(crack["length_m"]) == pytest.approx(6, abs=0.3)
    assert float(crack["crack_mm"]) == pytest.approx(5, rel=0.5)


def test_ruts_from_20_mm_on_are_stretches() -> None:
    deep = Stretch(Direction.DOWN, S + 20, S + 60, Damage.GOOD, 5.0)
    (rut,) = [
        row
        for row in rows(replace(FLAT, rut_mm=(4.0, 8.0), stretches=(deep,)))
        if row["category"] == Category.RUT.value
    ]
    assert rut["direction"] == "下り"
    # 8 mm rise to 40 mm over 4 m about the stretch's ends: 20 mm half a metre before them
    assert float(rut["length_m"]) == pytest.approx(41, abs=1.1)
    assert float(rut["depth_mm"]) == pytest.approx(39, abs=5)
    assert float(ROUTE.posts.s_at(float(rut["to_kp_km"]))) == pytest.approx(S + 60.5, abs=1.1)
