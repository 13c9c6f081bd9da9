from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pytest

from pavement.camera import Camera
from pavement.rut import Lane, PairProfile, Refusal, RoadView, pair_profile
from pavement.rut.straight_edge import gaps_m
from tests.rut.builders import make_camera, make_grain, photograph

LANE, WIDTH_M = Lane(-1.6, 1.6), 3.2


def make_profile(depth_m: float, metres: float, *, seen: Camera | None = None, **road: float) -> PairProfile | Refusal:
    """The profile of a pair; `seen`: the camera that took the later frame, where it is not the one believed in."""
    camera, grain = make_camera(), make_grain()
    earlier = photograph(grain, camera, 3.0, depth_m, **road)
    later = photograph(grain, seen or camera, 3.0 + metres, depth_m, **road)
    return pair_profile(RoadView.of(earlier, camera), RoadView.of(later, camera), metres, LANE, WIDTH_M)


def depth_mm(profile: PairProfile | Refusal) -> float:
    assert isinstance(profile, PairProfile), profile
    return 1000 * float(np.max(gaps_m(profile.across_m, profile.height_m[None])))


@pytest.mark.parametrize(("true_mm", "metres"), [(0, 2.0), (10, 3.0), (25, 2.0), (25, 4.0), (50, 3.0)])
def test_one_pair_shows_the_depth(true_mm: float, metres: float) -> None:
    assert depth_mm(make_profile(true_mm / 1000, metres, noise=2.0)) == pytest.approx(true_mm, abs=3 + 0.08 * true_mm)


def test_springs_that_move_the_phone_change_nothing() -> None:
    camera = make_camera()
    moved = replace(camera, pitch=camera.pitch + radians(0.25), height_m=camera.height_m + 0.01)
    assert depth_mm(make_profile(0.025, 2.5, seen=moved)) == pytest.approx(25, abs=4)


def test_a_roof_shaped_crown_is_no_rut() -> None:
    assert depth_mm(make_profile(0.0, 3.0, crown_pct=2.0)) < 3


def test_a_pair_that_does_not_fit_is_refused() -> None:
    camera = make_camera()
    one = RoadView.of(photograph(make_grain(1), camera, 3.0, 0.0), camera)
    other = RoadView.of(photograph(make_grain(2), camera, 5.0, 0.0), camera)
    assert pair_profile(one, other, 2.0, LANE, WIDTH_M) in (Refusal.NO_MATCH, Refusal.WEAK)
    assert pair_profile(one, other, 0.3, LANE, WIDTH_M) is Refusal.TOO_SHORT
    assert pair_profile(one, other, 30.0, LANE, WIDTH_M) is Refusal.TOO_LONG
    assert pair_profile(one, other, 2.0, None, WIDTH_M) is Refusal.NO_LANE


def test_the_camera_must_be_that_of_the_picture() -> None:
    with pytest.raises(ValueError, match="but got"):
        RoadView.of(np.zeros((40, 60, 3), np.uint8), make_camera())
