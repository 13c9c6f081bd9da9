from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pavement.rut import Bow, NoRut, PairProfile, Placed, choose_pairs, estimate_bow, fuse
from pavement.rut.average import running_median
from pavement.rut.choose import precision_m
from pavement.rut.lowering import Lowering, estimate_lowering
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


def test_noise_makes_no_rut_and_takes_none_away() -> None:
    for depth_m, allowed in ((0.0, 1.5), (0.03, 0.8)):
        depths = [fuse(make_placed(depth_m, 16, noise_m=0.003, seed=seed), 0, 20).rut_mm or 0.0 for seed in range(12)]
        assert abs(float(np.mean(depths)) - 1000 * depth_m) < allowed


def test_ruts_that_begin_within_a_block_count_by_their_share() -> None:
    shallow, deep = make_placed(0.002, 20), make_placed(0.040, 20)
    for first in (4, 10, 16):  # pairs of 4 m, one each metre from 0 m on: the deep part is `first` … 20 m
        rut = fuse([*shallow[:first], *deep[first:]], 0, 20)
        share = (20 - first) / 20
        assert rut.rut_mm == pytest.approx(2 + 38 * share, abs=3)


def test_where_the_pairs_are_is_part_of_the_error() -> None:
    steps = [*make_placed(0.002, 20)[:10], *make_placed(0.040, 20)[10:]]
    even = make_placed(0.020, 20)
    sure, unsure, same, moved = (
        fuse([replace(each, position_sd_m=sd) for each in pairs], 0, 20).rut_se_mm or 0.0
        for pairs in (steps, even)
        for sd in (0.0, 3.0)
    )
    assert unsure > sure + 1.5
    assert moved == pytest.approx(same, abs=0.3)


def test_a_running_median_keeps_edges_and_drops_what_stands_alone() -> None:
    step = np.array([[0.0]] * 6 + [[1.0]] * 6)
    assert running_median(step).tolist() == step.tolist()
    alone = np.zeros((9, 1))
    alone[4] = 1.0
    assert not running_median(alone).any()
    assert running_median(np.full((4, 2), np.nan)).tolist() == [[0.0, 0.0]] * 4


def test_travel_tells_that_the_wheels_run_in_the_ruts() -> None:
    rng = np.random.default_rng(4)
    placed, blocks = [], []
    for block in range(30):
        depth_m = float(rng.uniform(0, 0.05))
        there = [
            replace(each, from_m=each.from_m + 40 * block, to_m=each.to_m + 40 * block)
            for each in make_placed(depth_m, 16)
        ]
        travel = 2.0 / (1 - 0.32 * depth_m) * 1.01  # the car lowered; a receiver that counts 1 % too little
        placed += [replace(each, profile=replace(each.profile, metres=travel * rng.normal(1, 0.01))) for each in there]
        blocks.append((40.0 * block, 40.0 * block + 16))
    found = estimate_lowering(placed, blocks, Bow(lens_sd=0.0))
    assert abs(found.per_m + 0.32) < 3 * found.sd < 0.5
    assert estimate_lowering(placed, blocks[:3], Bow()) == Lowering()
    here = placed[:16]
    plain, lowered = (fuse(here, 0, 16, lowering=Lowering(per_m, 0.0)).rut_mm for per_m in (0.0, -0.32))
    assert plain is not None
    assert lowered is not None
    assert lowered == pytest.approx(plain * (1 - 0.32 * plain / 1000), rel=0.01)


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
