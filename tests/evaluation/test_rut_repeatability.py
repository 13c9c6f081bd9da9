"""`pavement evaluate rut-repeatability`: sections of photos, sets that share no pair, agreement, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from math import radians
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import Detection, Gate, Thresholds
from pavement.drive import CameraFacts
from pavement.errors import BadInput
from pavement.evaluation import rut_repeatability
from pavement.evaluation.photo_sequence import list_sequences, neighbours, straight_pass
from pavement.evaluation.profile_picture import Curve, ProfiledPhoto, draw_profiles, points
from pavement.evaluation.rut_repeatability import agreement, agreements, depths, evaluate_rut_repeatability, reasons
from pavement.evaluation.rut_sets import Block, MeasuredSection, measure_section
from pavement.rut import Lane, NoRut, Rut
from tests.builders import make_detection
from tests.rut.builders import make_camera, make_grain, photograph

Image = NDArray[np.uint8]

CAMERA = make_camera()
FACTS = CameraFacts(focal_px=680, height_m=1.4, pitch_deg=14, roll_deg=0, yaw_deg=0, k1=0, lane_width_m=3.2)
STEP_M, PHOTOS = 2.5, 9


def silent(stage: str, done: int, total: int) -> None:
    pass


class StraightLane:
    """A detector to which every photo shows a lane of 3.2 m before the camera."""

    name = "straight"
    sha256 = "0" * 64
    thresholds = Thresholds()

    def detect(self, images: list[Image]) -> list[Detection]:
        u, v = np.meshgrid((np.arange(200) + 0.5) * 4, (np.arange(125) + 0.5) * 4)
        forward, right = CAMERA.ground(u, v)
        with np.errstate(invalid="ignore"):
            lane = (np.abs(right) < 1.6) & (forward < 40)
        return [make_detection(lane, width=800, height=500) for _ in images]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A section of 9 photos, 2.5 m apart, of a road with ruts of 20 mm, and one photo of another."""
    folder = tmp_path_factory.mktemp("写真")
    (folder / "val" / "images").mkdir(parents=True)
    grain, rows = make_grain(), ["split,name,road,section,chainage_m"]
    for number in range(PHOTOS):
        picture = photograph(grain, CAMERA, STEP_M * number, 0.020, noise=2.0)
        path = folder / "val" / "images" / f"p{number:02d}.jpg"
        path.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes())
        rows.append(f"val,p{number:02d},R,RS_1,{100 + STEP_M * number}")
    rows += ["val,p00,R,DF_1,7", "val,p08,R,RS_1,100"]  # a frame number; a second photo at one place
    (folder / "index.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_sections_are_photos_in_the_order_of_the_road(data: Path) -> None:
    (sequence,) = list_sequences(data, "RS_")
    assert sequence.section == "RS_1"
    assert sequence.chainage_m == tuple(100 + STEP_M * number for number in range(PHOTOS))
    assert sequence.photos[0].name == "p00.jpg"
    assert [metres for _, _, metres in neighbours(sequence)] == [STEP_M] * (PHOTOS - 1)
    with pytest.raises(BadInput, match="no section that begins with 'XY'"):
        list_sequences(data, "XY")
    with pytest.raises(BadInput, match="is missing"):
        list_sequences(data / "val", "RS_")


def test_a_section_becomes_a_pass(data: Path) -> None:
    (sequence,) = list_sequences(data, "RS_")
    passed, camera = straight_pass(sequence, StraightLane(), Gate(), FACTS)
    assert [frame.along_m for frame in passed.frames] == list(sequence.chainage_m)
    assert camera.camera.height_m == 1.4
    lane = passed.frames[0].lane
    assert lane is not None
    assert (lane.left_m, lane.right_m) == pytest.approx((-1.6, 1.6), abs=0.1)


@pytest.fixture(scope="module")
def measured(data: Path) -> MeasuredSection:
    (sequence,) = list_sequences(data, "RS_")
    return measure_section(sequence, StraightLane(), Gate(), FACTS, silent)


def test_two_sets_share_no_pair_and_both_find_the_ruts(measured: MeasuredSection) -> None:
    first, second = (road.placed for road in measured.sets)
    assert len(first) + len(second) == len(measured.whole.placed) == measured.pairs - measured.refused.total()
    assert not {id(each.profile) for each in first} & {id(each.profile) for each in second}
    (block,) = (block for block in measured.blocks(20.0) if block.from_m == 100.0)
    assert block.difference_mm is not None
    assert abs(block.difference_mm) < 4.0
    assert block.whole.rut_mm == pytest.approx(20.0, abs=4.0)


def test_the_report_has_figures_and_pictures(
    data: Path, measured: MeasuredSection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rut_repeatability, "measure_section", lambda *_: measured)
    report = evaluate_rut_repeatability(data, "RS_", StraightLane(), Gate(), silent, FACTS)
    assert [section.key for section in report.sections] == ["repeatability", "values", "refused", "cameras"]
    assert report.sections[1].rows["all"] == report.sections[1].rows["RS_1"]
    assert report.sections[3].rows["RS_1"]["photos"] == PHOTOS
    picture, *_ = (cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR) for png in report.pictures.values())
    assert all(name.startswith("profile-") for name in report.pictures)
    assert picture is not None
    assert picture.shape == (640 + 250, 1024, 3)


def rut(mm: float | None, se: float = 1.0) -> Rut:
    return Rut(2, NoRut.FEW_PAIRS) if mm is None else Rut(4, rut_mm=mm, rut_se_mm=se)


def block(whole: float | None, sets: Sequence[float | None]) -> Block:
    return Block("RS_1", 0.0, 20.0, rut(whole), (rut(sets[0]), rut(sets[1])))


BLOCKS = [block(5.0, (4.0, 6.0)), block(7.0, (9.0, 5.0)), block(6.0, (6.0, None)), block(None, (None, None))]


def test_only_blocks_with_both_values_are_compared() -> None:
    row = agreement(BLOCKS)
    assert (row["stretches"], row["both sets have a value"]) == (4, 2)
    assert row["median"] == pytest.approx((2 + 4) / 2)
    assert row["within 2 se"] == 0.5  # 2 · √2 = 2.8: 2 lies within, 4 does not
    assert agreement(BLOCKS[2:])["median"] is None
    rows = agreements({20.0: {"RS_1": BLOCKS, "RS_2": BLOCKS[2:]}})
    assert list(rows) == ["20 m, all", "20 m, RS_1"]  # of RS_2 there is nothing to compare


def test_the_share_of_blocks_with_a_value_counts_all_blocks() -> None:
    row = depths(BLOCKS)
    assert (row["blocks"], row["with a value"], row["share"], row["p50"]) == (4, 3, 0.75, 6.0)
    assert depths([])["share"] is None
    assert reasons(BLOCKS) == {"blocks": 4, "too few pairs": 1}


def test_a_profile_stands_on_the_road_where_it_was_measured() -> None:
    camera = Camera(800, 500, 680, 400, 250, 1.4, radians(14))
    across = np.linspace(-1.2, 1.2, 13)
    curve = Curve("a", (0, 0, 255), across, np.where(np.abs(across - 0.8) < 0.3, -0.02, 0.0))
    shown = ProfiledPhoto("a", np.zeros((500, 800, 3), np.uint8), camera, Lane(-1.5, 1.7, 0.01), 7.0, [curve])
    flat, deep = points(shown, curve, 0.0), points(shown, curve, 8.0)
    expected = np.column_stack(camera.pixel(7.0, across + 0.1 + 0.07))  # the lane's middle, its heading
    assert flat == pytest.approx(expected)
    sunk = deep[:, 1] > flat[:, 1] + 1
    assert sunk.tolist() == (curve.height_m < 0).tolist()
    picture = cv2.imdecode(np.frombuffer(draw_profiles(shown), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (640 + 250, 1024, 3)
