from __future__ import annotations

import numpy as np
import pytest

from pavement.rut import Bow, NoRut, PairProfile, Placed, choose_pairs, estimate_bow, fuse
from pavement.rut.choose import precision_m
from pavement.rut.pair import strips
from tests.rut.builders import make_camera, road_height_m

ACROSS = strips(3.2)


def make_placed(depth_m: float, count: int, *, noise_m: float = 0.002, k1: float = 0.0, seed: int = 3) -> list[Placed]:
    """Pairs every metre from 0 m on, 4 m long each, with white noise and the bow of a wrong k1."""
    rng = np.random.default_rng(seed)
    bend = 0.08 * ACROSS**2
    found = []
    for index in range(count):
        height = road_height_m(ACROSS, depth_m) + rng.normal(0, noise_m, len(ACROSS)) + k1 * bend
        profile = PairProfile(
            across_m=ACROSS,
            height_m=height + rng.normal(0, 0.02) * ACROSS,
            sd_m=np.full(len(ACROSS), noise_m),
            ahead_m=(2.0, 6.0),
            metres=2.0,
            told_m=2.0,
            correlation=0.8,
            lens=k1 + rng.normal(0, 0.005),
            lens_sd=0.005,
            lens_height_m=bend,
        )
        found.append(Placed(profile, index - 2.0, index + 2.0))
    return found


@pytest.mark.parametrize("true_mm", [0, 8, 20, 45])
def test_the_depth_lies_within_its_standard_error(true_mm: float) -> None:
    rut = fuse(make_placed(true_mm / 1000, 18), 0, 20, bow=Bow(lens_sd=0.0))
    assert rut.rut_mm is not None
    assert rut.rut_se_mm is not None
    assert abs(rut.rut_mm - true_mm) < 2 * rut.rut_se_mm < 8


def test_the_worse_wheel_path_counts() -> None:
    rut = fuse(make_placed(0.02, 18), 0, 20)
    assert rut.left_mm is not None
    assert rut.right_mm is not None
    assert rut.rut_mm == max(rut.left_mm, rut.right_mm)


def test_noise_makes_no_rut() -> None:
    rut = fuse(make_placed(0.0, 12, noise_m=0.008), 0, 20)
    assert rut.rut_mm is not None
    assert rut.rut_mm < 4


def test_a_bow_of_the_lens_is_taken_out() -> None:
    placed = make_placed(0.0, 40, k1=0.1)
    bow = estimate_bow(placed, [(0, 20), (20, 40)])
    assert bow.lens == pytest.approx(0.1, abs=0.02)
    with_bow, without = (fuse(placed, 0, 20, bow=each).rut_mm for each in (bow, Bow()))
    assert with_bow is not None
    assert without is not None
    assert with_bow < 1.5 < without


def test_a_block_without_evidence_is_refused_with_its_reason() -> None:
    assert fuse([], 0, 20).refused is NoRut.FEW_PAIRS
    assert fuse(make_placed(0.02, 18), 500, 520).rut_mm is None
    unsure = fuse(make_placed(0.03, 3, noise_m=0.05), 0, 20)
    assert unsure.refused is NoRut.UNSURE
    assert unsure.rut_mm is None
    probability = unsure.probability(20)
    assert probability is not None
    assert 0 <= probability <= 1


def test_height_of_the_camera_is_part_of_the_error() -> None:
    sure, unsure = (fuse(make_placed(0.04, 18), 0, 20, height_sd=sd).rut_se_mm for sd in (0.0, 0.08))
    assert sure is not None
    assert unsure is not None
    assert unsure > max(sure, 0.08 * 38)


def test_pairs_have_a_useful_baseline_and_are_not_too_many() -> None:
    camera = make_camera()
    at = np.arange(0, 100, 2.0)
    pairs = choose_pairs(at, camera)
    metres = [at[later] - at[earlier] for earlier, later in pairs]
    assert min(metres) >= 1
    assert max(metres) <= 6.5
    assert len(pairs) <= 1.2 * 14 * 5
    assert choose_pairs(np.arange(0, 300, 20.0), camera) == []
    assert precision_m(camera, 2.0) < precision_m(camera, 0.9)
    assert precision_m(camera, 40.0) == float("inf")


def test_blurred_frames_are_passed_over() -> None:
    at = np.arange(0, 40, 1.0)
    sharp = np.ones(40)
    sharp[10] = 0.1
    used = [index for pair in choose_pairs(at, make_camera(), sharpness=sharp) for index in pair if index != pair[1]]
    assert used.count(10) < used.count(12)
