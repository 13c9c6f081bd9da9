"""The mesh of 0.5 m cells: the rule for cracks, holes that nobody saw, potholes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.camera import CameraEstimate
from pavement.detection import Cells
from pavement.surface import CELL_M, CRACK, PATTERN, POTHOLE, SOUND, UNSEEN, Surface, View
from tests.builders import grid, make_cells
from tests.test_camera import PHONE

Bools = NDArray[np.bool_]

#: A view from above: picture cells of 0.1 m, rows 4 m … 2 m ahead of the car, columns -3.2 m … 3.2 m.
FORWARD = np.repeat((4.0 - 0.1 * (np.arange(20) + 0.5))[:, None], 64, 1)
RIGHT = np.repeat((-3.2 + 0.1 * (np.arange(64) + 0.5))[None], 20, 0)
ABOVE = View(FORWARD, RIGHT, np.full((20, 64), 5.0))  # five picture cells per mesh cell across
LANE: Bools = np.abs(RIGHT) < 1.5  # 3 m: six mesh cells


def stripe(left_m: float, width_m: float) -> Bools:
    """Picture cells in a stripe along the road."""
    return (left_m < RIGHT) & (left_m + width_m > RIGHT)


def spot(along_m: float, size_m: float, ahead_of_m: float, sign: int = 1, right_m: float = 0.25) -> Bools:
    """Picture cells, seen from a car at `ahead_of_m`, of a square in the lane."""
    along = ahead_of_m + sign * FORWARD
    return (np.abs(along - along_m) < size_m / 2) & (np.abs(RIGHT - right_m) < size_m / 2)


def surface(length_m: float = 100.0, sign: int = 1) -> Surface:
    return Surface(length_m, sign, lane_width_m=3.0)


def drive_over(mesh: Surface, cells: Cells, from_m: float = -4.0, to_m: float = 98.0) -> None:
    """A frame every metre; each shows the stretch of 2 m that starts 2 m ahead."""
    for along in np.arange(from_m, to_m + 0.01, 1.0):
        mesh.add(along, cells, ABOVE)


def crack_pct(mesh: Surface) -> float:
    return float(100 * mesh.crack_m2().sum() / (mesh.seen.sum() * CELL_M**2))


@pytest.mark.parametrize(
    ("crack", "expected"),
    [
        (grid(20), 0.0),
        (stripe(0.2, 0.1), 10.0),  # one crack along: 200 cells × 0.15 m² of 100 m × 3 m
        (stripe(0.2, 0.1) | stripe(-1.3, 0.1), 20.0),  # two, 1.5 m apart: 400 × 0.15
        (stripe(0.0, 0.3), 16.667),  # three of five picture cells: more than one crack, 200 × 0.25 of 300
        (stripe(-3.0, 6.0), 100.0),  # all of it: 1200 × 0.25 of 300
        (stripe(2.0, 0.5), 0.0),  # outside the own lane
    ],
)
def test_cracks_count_by_the_mesh_rule(crack: Bools, expected: float) -> None:
    mesh = surface()
    drive_over(mesh, make_cells(LANE, crack & LANE))
    assert mesh.lane_m2() == 1.5
    assert mesh.seen.sum() * CELL_M**2 == 300.0
    assert crack_pct(mesh) == pytest.approx(expected, abs=0.01)


def test_the_direction_of_travel_turns_the_view() -> None:
    mesh = surface(sign=-1)
    mesh.add(50.0, make_cells(LANE), ABOVE)
    assert np.flatnonzero(mesh.seen.any(1)).tolist() == [92, 93, 94, 95]  # 2 … 4 m before 50 m: 46 … 48 m


def test_what_was_not_seen_is_a_hole_and_not_sound() -> None:
    mesh = surface()
    drive_over(mesh, make_cells(LANE, stripe(0.2, 0.1)), to_m=46.0)  # sees 0 … 50 m
    assert mesh.seen.sum() * CELL_M**2 == 150.0
    assert mesh.crack_m2().sum() == pytest.approx(15.0)  # 100 cells × 0.15
    assert not mesh.seen[100:].any()


def test_a_frame_without_lane_leaves_no_trace() -> None:
    mesh = surface()
    mesh.add(10.0, make_cells(grid(20), stripe(0.2, 0.1)), ABOVE)
    mesh.add(-500.0, make_cells(LANE), ABOVE)
    assert not mesh.seen.any()


def test_most_of_the_views_decide() -> None:
    mesh = surface()
    for crack in (stripe(0.2, 0.1), grid(20), grid(20)):
        mesh.add(10.0, make_cells(LANE, crack), ABOVE)
    assert mesh.crack_m2().sum() == 0.0


@pytest.mark.parametrize("aside_m", [-0.4, 0.0, 0.7])
def test_the_lane_is_centred_wherever_the_car_drives_in_it(aside_m: float) -> None:
    mesh = surface()
    crack = stripe(-1.5, 0.1)  # at the lane's left edge
    mesh.add(10.0, make_cells(LANE, crack), View(FORWARD, RIGHT + aside_m, ABOVE.across))
    assert mesh.seen[24:28].all()  # 2 … 4 m ahead of 10 m, the whole width
    assert (mesh.crack[24:28] > 0).tolist() == [[True, False, False, False, False, False]] * 4


@pytest.mark.parametrize("sign", [1, -1])
def test_a_pothole_seen_by_many_frames_is_one(sign: int) -> None:
    mesh = surface(sign=sign)
    for along in np.arange(50 - 6 * sign, 50.5, 0.5) if sign > 0 else np.arange(50, 56.5, 0.5):
        mesh.add(along, make_cells(LANE, None, spot(50.25, 0.5, along, sign) & LANE), ABOVE)
    (hole,) = mesh.potholes()
    assert hole.centre_m == pytest.approx(50.25, abs=0.3)
    assert hole.area_m2 == pytest.approx(0.25, abs=0.15)  # 0.5 m square
    assert hole.sightings >= 3


def test_two_potholes_one_and_a_half_metres_apart_are_two() -> None:
    mesh = surface()
    for along in np.arange(44.0, 50.0, 0.5):
        pothole = spot(50.25, 0.5, along) | spot(51.75, 0.5, along)
        mesh.add(along, make_cells(LANE, None, pothole & LANE), ABOVE)
    assert [hole.centre_m for hole in mesh.potholes()] == pytest.approx([50.25, 51.75], abs=0.3)


def test_a_piece_of_crack_is_alligator_where_most_of_it_is() -> None:
    mesh = surface()
    drive_over(mesh, make_cells(LANE, stripe(-1.5, 1.5)), to_m=20.0)
    drive_over(mesh, make_cells(LANE, stripe(0.2, 0.1)), from_m=50.0)
    alligator, linear = mesh.cracks(slice(0, 200))
    assert (alligator.from_m, alligator.width_m, alligator.pattern_share) == (0.0, 1.5, 1.0)
    assert (linear.from_m, linear.width_m, linear.pattern_share) == (52.0, 0.5, 0.0)


def test_far_picture_cells_and_the_sky_are_not_used() -> None:
    view = View.of(CameraEstimate(PHONE, 3.25, {}, 0, None, None, 0.03), 16.0, 40)
    assert not view.usable[:24].any()  # the horizon is at row 320 − 860·tan 14° = 106 px: cell row 6, point 19
    assert view.usable[-1].all()
    far = np.nanmax(view.forward_m)
    # a cell of 16 px covers d²·16 / (f·h) of the road at a distance d: 1.2 m at √(1.2·860·1.4/16) = 9.5 m
    assert 8.5 < far < 10.0


def test_every_cell_has_one_verdict() -> None:
    mesh = surface(10.0)
    cells = make_cells(LANE, stripe(0.2, 0.1) | stripe(-0.5, 0.5), spot(4.25, 0.5, 1.0, right_m=1.2))
    mesh.add(1.0, cells, ABOVE)
    found = mesh.classes()
    assert (found[:6] == UNSEEN).all()
    assert (found[10:] == UNSEEN).all()
    assert found[7].tolist() == [SOUND, SOUND, PATTERN, CRACK, SOUND, SOUND]
    assert POTHOLE in found[8]
