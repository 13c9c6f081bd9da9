"""`pavement evaluate crack-repeatability`: photos of another day, passes over one road, how far their blocks agree."""

from __future__ import annotations

from dataclasses import replace
from math import radians
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import CRACK, Gate
from pavement.drive import CameraFacts
from pavement.evaluation import crack_repeatability
from pavement.evaluation.crack_repeatability import evaluate_crack_repeatability, report_of
from pavement.evaluation.crack_repeatability_day import KINDS, Shot, draw_pass, seen_from, take
from pavement.evaluation.crack_repeatability_pass import BlockValues, block_values, drive_along
from pavement.evaluation.crack_repeatability_statistics import (
    BOTH,
    DISJOINT,
    TOGETHER,
    Twice,
    law,
    spread,
    twice,
)
from pavement.evaluation.photo_sequence import list_sequences
from pavement.review.noise import crack_variance
from tests.builders import PaintedDetector, write_labelled

Image = NDArray[np.uint8]

CAMERA = Camera(256, 160, focal_px=215, cx_px=128, cy_px=80, height_m=1.4, pitch=radians(14))
FACTS = CameraFacts(focal_px=215, lane_width_m=3.5, height_m=1.4, pitch_deg=14, roll_deg=0, yaw_deg=0)
PHOTOS, STEP_M = 24, 4.0


def silent(stage: str, done: int, total: int) -> None:
    pass


def label(crack_m: float) -> Image:
    """The lane, 3.5 m wide, with a crack of a width along its middle; whole cells of 4 px."""
    u, v = np.meshgrid(np.arange(64) * 4 + 2, np.arange(40) * 4 + 2)
    forward, right = CAMERA.ground(u, v)
    with np.errstate(invalid="ignore"):
        lane = (np.abs(right) < 1.75) & (forward < 30)
        crack = lane & (np.abs(right - 0.1) < crack_m / 2)
    return np.kron(np.where(crack, CRACK, lane.astype(int)), np.ones((4, 4), int)).astype(np.uint8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A section of 24 photos 4 m apart: sound, then with a crack."""
    folder = write_labelled(
        tmp_path_factory.mktemp("写真"),
        {f"p{number:02d}": ("R", label(0.0 if number < PHOTOS / 2 else 0.5)) for number in range(PHOTOS)},
    )
    rows = ["split,name,road,section,chainage_m"]
    rows += [f"val,p{number:02d},R,RS_1,{100 + STEP_M * number}" for number in range(PHOTOS)]
    (folder / "index.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_a_pass_draws_the_same_numbers_whatever_differs() -> None:
    along = np.arange(30, dtype=np.float64) * 5.0
    everything = draw_pass(along, frozenset(KINDS), np.random.default_rng(4))
    mount = draw_pass(along, frozenset({"mount"}), np.random.default_rng(4))
    assert draw_pass(along, frozenset(), np.random.default_rng(4)) == [Shot()] * 30
    assert {shot.height for shot in mount} == {everything[0].height} != {1.0}
    assert [shot.turn_deg for shot in mount] == [shot.turn_deg for shot in everything]
    assert len({shot.turn_deg for shot in mount}) == 30  # the car bounces
    assert all(shot.quality is None and shot.stops == 0 and shot.ahead_m == 0 for shot in mount)
    assert abs(everything[0].ahead_m) <= 2.5


def test_a_photo_without_a_difference_stays_as_it_is() -> None:
    photo = np.random.default_rng(1).integers(0, 255, (160, 256, 3)).astype(np.uint8)
    assert (take(photo, Shot(), CAMERA, np.random.default_rng(2)) == photo).all()
    darker = take(photo, Shot(stops=-1.0), CAMERA, np.random.default_rng(2))
    assert darker.mean() < 0.8 * photo.mean()
    assert (
        take(photo, Shot(quality=70, grain=3.0, motion_px=2.0), CAMERA, np.random.default_rng(2)).shape == photo.shape
    )


@pytest.mark.parametrize(
    "shot", [Shot(height=1.1, turn_deg=(2.0, -1.5, 1.0)), Shot(ahead_m=2.0, aside_m=0.3), Shot(ahead_m=-2.0)]
)
def test_what_lies_on_the_road_is_seen_where_the_other_camera_has_it(shot: Shot) -> None:
    photo = np.zeros((160, 256, 3), np.uint8)
    u, v = CAMERA.pixel(9.0, 0.5)
    cv2.circle(photo, (round(float(u)), round(float(v))), 4, (255, 255, 255), -1)
    pitch, yaw, roll = (radians(each) for each in shot.turn_deg)
    other = replace(CAMERA, height_m=CAMERA.height_m * shot.height, pitch=CAMERA.pitch + pitch, yaw=yaw, roll=roll)
    rows, columns = np.nonzero(seen_from(photo, CAMERA, shot)[..., 0] > 127)
    expected = other.pixel(9.0 - shot.ahead_m, 0.5 - shot.aside_m)
    assert (columns.mean(), rows.mean()) == pytest.approx([float(each) for each in expected], abs=1.0)


def test_half_of_the_photos_see_less_of_a_block(data: Path) -> None:
    (sequence,) = list_sequences(data, "RS_")
    tools = PaintedDetector(), Gate(), FACTS
    taken = drive_along(sequence, None, None, tools, np.random.default_rng(1))
    whole, half = block_values(taken, 100.0, 6), block_values(taken, 100.0, 6, turn=0)
    assert whole.crack_pct[1] == 0.0
    assert whole.crack_pct[4] > 3.0  # one or two of seven cells, 0.15 of 0.25 m²
    assert (half.coverage_pct <= whole.coverage_pct).all()
    moved = drive_along(sequence, [Shot(ahead_m=2.0)] * PHOTOS, taken.camera.camera, tools, np.random.default_rng(1))
    assert moved.along_m.tolist() == [100 + STEP_M * number + 2.0 for number in range(PHOTOS)]
    assert np.nanmax(np.abs(block_values(moved, 100.0, 6).crack_pct - whole.crack_pct)[1:5]) < 6.0


def test_only_what_both_saw_is_compared() -> None:
    a = BlockValues(np.array([1.0, np.nan, 3.0, 4.0]), np.array([90.0, 0.0, 85.0, 50.0]))
    b = BlockValues(np.array([2.0, 5.0, 3.0, np.nan]), np.array([95.0, 90.0, 70.0, 0.0]))
    pair = twice(a, b)
    assert pair.first.tolist() == [1.0, 3.0]
    assert pair.coverage_pct.tolist() == [90.0, 70.0]
    assert pair.order.tolist() == [0.0, 2.0]


def made(bias: float, at_zero: float, by_level: float, seed: int, blocks: int = 4000) -> Twice:
    rng = np.random.default_rng(seed)
    level = rng.uniform(5, 60, blocks)
    sd = np.sqrt(crack_variance(level, at_zero, by_level))
    first, second = (level + sd * rng.standard_normal(blocks) for _ in range(2))
    return Twice(first + bias, second, np.full(blocks, 90.0), np.arange(blocks, dtype=float))


def test_the_scatter_and_the_bias_of_a_pass_are_told_apart() -> None:
    row = spread([made(4.0, 2.0, 0.0, 1)])
    assert row["sd"] == pytest.approx(2.0, rel=0.05)
    assert row["gain of a pass"] == pytest.approx(0.0, abs=0.01)
    assert row["robust"] == pytest.approx(2.0, rel=0.08)
    assert row["bias of a pass"] == pytest.approx(4.0 / np.sqrt(2), rel=0.05)
    assert row["alike"] == pytest.approx(0.0, abs=0.05)
    assert spread([])["sd"] is None


def test_the_law_adds_half_of_what_every_other_photo_scatters() -> None:
    found = law({TOGETHER: [made(2.0, 1.5, 0.3, 2)], DISJOINT: [made(0.0, 2.0, 0.0, 3)]})
    assert found["a full pass"]["at 20 %"] == pytest.approx(np.sqrt(1.5**2 + 0.3**2 * 20 * 0.8 + 2.0**2 / 2), rel=0.08)
    assert found[BOTH]["a"] == 0.0


def test_the_report_leaves_out_badly_seen_blocks() -> None:
    pair = replace(made(0.0, 2.0, 0.0, 4, 100), coverage_pct=np.where(np.arange(100) < 40, 50.0, 90.0))
    report = report_of({TOGETHER: [pair], DISJOINT: [pair], BOTH: [pair], "light": []}, {}, 1)
    tables = {section.key: section.rows for section in report.sections}
    assert tables["all"][TOGETHER]["blocks"] == 100
    assert tables["well_seen"][TOGETHER]["blocks"] == 60
    assert "light" not in tables["all"]
    assert sum(int(row["blocks"] or 0) for name, row in tables["levels"].items() if name.startswith(BOTH)) == 60


def test_a_section_is_measured_again_and_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crack_repeatability, "ALONE_PASSES", 1)
    monkeypatch.setattr(crack_repeatability, "TOGETHER_PASSES", 2)
    report = evaluate_crack_repeatability(data, "RS_", PaintedDetector(), Gate(), silent)
    tables = {section.key: section.rows for section in report.sections}
    assert list(tables) == ["all", "well_seen", "levels", "law", "passes"]
    assert tables["passes"]["RS_1"]["photos"] == PHOTOS
    assert DISJOINT in tables["all"]
