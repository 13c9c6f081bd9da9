"""The stage that measures ruts: which frames make pairs, what becomes of them, and what a finished step keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import radians

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.camera import Camera, CameraEstimate, LaneEdges
from pavement.passes import FramePlace, Pass
from pavement.road import Direction
from pavement.rut.arrays import pack_profiles, unpack_profiles
from pavement.rut.lane import lane_on_ground
from pavement.rut.pair import Lane, PairProfile, Refusal
from pavement.rutting import pairs_of, profiles_of, rising_runs, rut_road
from pavement.surface import Surface
from tests.builders import START, make_route
from tests.rut.builders import make_camera, make_grain, photograph

CAMERA = make_camera()
ESTIMATE = CameraEstimate(CAMERA, 3.2, {"height": "given"}, 40, 0.1, None, 0.02)
ROUTE = make_route([(0, 0), (300, 0)], {100.0 * k: 12.0 + 0.1 * k for k in range(4)})


def place(along_m: float, number: int = 0) -> FramePlace:
    return FramePlace(f"{along_m:.1f}-{number}.jpg", START, along_m, 12.0, 3.0, 0.1, 0.0, Lane(-1.6, 1.6))


def make_pass(places: Sequence[float], direction: Direction = Direction.DOWN) -> Pass:
    passed = Pass("a", ROUTE, direction, 1, Surface(300.0, direction.sign, 3.2), scale_assumed=False)
    passed.frames.extend(place(along, number) for number, along in enumerate(places))
    return passed


def test_frames_of_a_standing_or_turning_car_make_no_pairs() -> None:
    driven = [0, 3, 6, 6, 5.8, 9, 12, 2, 5]  # it stands at 6 m, and comes a second time from 2 m
    runs = list(rising_runs([place(along, i) for i, along in enumerate(driven)], 1))
    assert [[frame.along_m for frame in run] for run in runs] == [[0, 3, 6, 9, 12], [2, 5]]
    back = list(rising_runs([place(along) for along in (9, 6, 3)], -1))
    assert [[frame.along_m for frame in run] for run in back] == [[9, 6, 3]]


def test_blurred_frames_are_passed_over() -> None:
    sharp = make_pass(np.arange(0, 60, 1.0).tolist())
    blurred = make_pass(np.arange(0, 60, 1.0).tolist())
    blurred.frames[20] = replace(blurred.frames[20], sharpness=0.2)
    name = sharp.frames[20].file
    uses = [sum(name == earlier.file for earlier, _ in pairs_of(passed, ESTIMATE)) for passed in (sharp, blurred)]
    assert uses[1] < uses[0]


@pytest.mark.parametrize("direction", list(Direction))
def test_a_known_rut_is_found_where_it_is(direction: Direction) -> None:
    grain = make_grain()
    steps = [10.0, 12.5, 15.0, 17.5, 20.0, 22.5]
    passed = make_pass(steps if direction is Direction.DOWN else [100 - each for each in steps], direction)
    pictures = {
        frame.file: photograph(grain, CAMERA, along, 0.025, noise=2.0)
        for frame, along in zip(passed.frames, steps, strict=True)
    }

    def read(files: Sequence[str]) -> Iterable[tuple[str, NDArray[np.uint8] | None]]:
        return [(file, pictures[file]) for file in files]

    pairs = pairs_of(passed, ESTIMATE)
    found = profiles_of(pairs, ESTIMATE, read)
    assert sum(isinstance(each, PairProfile) for each in found) >= 3
    road = rut_road(passed, pairs, unpack_profiles(pack_profiles(found)), ESTIMATE)
    ends = (14.0, 32.0) if direction is Direction.DOWN else (68.0, 86.0)
    rut = road.rut(*ends)
    assert rut.rut_mm == pytest.approx(25, abs=4)
    assert rut.rut_se_mm is not None
    assert 0.5 < rut.rut_se_mm < 3
    assert road.rut(200, 220).rut_mm is None


def test_frames_that_cannot_be_read_or_differ_in_size_are_refused() -> None:
    passed = make_pass([10.0, 12.5, 15.0])
    first = photograph(make_grain(), CAMERA, 10.0, 0.0)

    def read(files: Sequence[str]) -> Iterable[tuple[str, NDArray[np.uint8] | None]]:
        return [
            (file, {"10.0-0.jpg": first, "12.5-1.jpg": None, "15.0-2.jpg": first[::2, ::2]}[file]) for file in files
        ]

    found = profiles_of(pairs_of(passed, ESTIMATE), ESTIMATE, read)
    assert found
    assert set(found) == {Refusal.NO_MATCH}
    assert unpack_profiles(pack_profiles(found)) == found


def edges_of(left_m: float, right_m: float, heading: float, camera: Camera) -> LaneEdges:
    """The edges of a lane as the camera sees them."""
    lines = []
    for beside in (left_m, right_m):
        u, v = camera.pixel(np.array([5.0, 15.0]), beside + heading * np.array([5.0, 15.0]))
        slope = (u[1] - u[0]) / (v[1] - v[0])
        lines += [float(u[0] - slope * v[0]), float(slope)]
    return LaneEdges(*lines)


@pytest.mark.parametrize(("left_m", "right_m", "heading"), [(-1.6, 1.6, 0.0), (-1.2, 2.0, 0.02), (-2.0, 1.1, -0.03)])
def test_the_lane_on_the_ground(left_m: float, right_m: float, heading: float) -> None:
    lane = lane_on_ground(edges_of(left_m, right_m, heading, CAMERA), CAMERA)
    assert lane is not None
    assert (lane.left_m, lane.right_m, lane.heading) == pytest.approx((left_m, right_m, heading), abs=0.02)


def test_what_cannot_be_a_lane_is_none() -> None:
    assert lane_on_ground(None, CAMERA) is None
    assert lane_on_ground(edges_of(-0.5, 0.5, 0.0, CAMERA), CAMERA) is None
    assert lane_on_ground(edges_of(-1.6, 1.6, 0.0, CAMERA), make_camera(pitch=radians(-5))) is None
