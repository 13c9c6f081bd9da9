"""Wrong mounts are noticed, sound ones are not."""

from __future__ import annotations

from dataclasses import replace
from math import radians
from typing import Any

import numpy as np
import pytest

from pavement.camera import CameraEstimate, estimate_camera
from pavement.detection import Detection
from pavement.drive import CameraFacts
from pavement.mount_check import Glances, check_mount, glance
from pavement.mounting import find_slips, slipped
from tests.builders import grid, make_detection
from tests.test_camera import PHONE, seen_from

RNG = np.random.default_rng(5)
LIVELY = [RNG.normal(120, 15, (40, 64)) for _ in range(20)]


def frames(count: int = 40, *, pitch: float = PHONE.pitch, yaw: float = 0.0) -> list[Detection]:
    """What a phone mounted with some changes sees."""
    return [seen_from(replace(PHONE, pitch=pitch, yaw=yaw), aside_m=0.04 * (k % 5 - 2)) for k in range(count)]


def said(detections: list[Detection], glances: list[np.ndarray] = LIVELY, facts: CameraFacts | None = None) -> str:
    """All messages; as if pairs of pictures had matched."""
    found = estimate_camera(detections, facts or CameraFacts(focal_px=860))
    return "\n".join(notice.message for notice in check_mount(detections, replace(found, pairs=20), glances))


def test_nothing_is_said_of_a_sound_mount_nor_of_a_few_frames() -> None:
    assert said(frames()) == ""
    assert said(frames(5, yaw=radians(20))) == ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"yaw": radians(12)}, "右へ12"),
        ({"yaw": radians(-12)}, "左へ12"),
        ({"pitch": radians(1)}, "上を向きすぎ"),
        ({"pitch": radians(36)}, "下を向きすぎ"),
    ],
)
def test_a_camera_that_looks_elsewhere(changes: dict[str, Any], word: str) -> None:
    assert word in said(frames(**changes))


def test_turned_pictures() -> None:
    upright = [make_detection(grid(100), width=640, height=1000) for _ in range(12)]
    assert "縦向き" in said(upright)
    over, aside = grid(), grid()
    over[:20] = True
    aside[:, :14] = True
    assert "上下が逆" in said([make_detection(over)] * 12)
    assert "横倒し" in said([make_detection(aside)] * 12)
    assert "路面がほとんど写っていません" in said([make_detection(grid())] * 12)


def test_texture_that_never_moves_as_a_road() -> None:
    found = estimate_camera(frames(), CameraFacts())
    assert any("動きと合いません" in n.message for n in check_mount(frames(), found, LIVELY))


def test_a_bonnet_and_dirt_on_the_glass() -> None:
    lane = grid()
    lane[8:24, 10:50] = True
    assert "ボンネット" in said([make_detection(lane)] * 12)
    hood, dirt = ([each.copy() for each in LIVELY] for _ in range(2))
    for each in hood:
        each[24:] = 40
    for each in dirt:
        each[2:14, 30:60] = 90
    assert "画像の下40 %" in said(frames(), hood)
    assert "まったく変わりません" in said(frames(), dirt)
    assert "変わりません" not in said(frames(), [np.full((40, 64), 100.0)] * 20)  # the car stood still


def test_a_holder_that_slips() -> None:
    (slip,) = find_slips(frames(25) + frames(20, pitch=radians(17)))
    assert slip.index == 25
    assert "カメラの向きが変わっています" in slipped(slip, "a.jpg")
    assert find_slips(frames(25) + frames(20, pitch=radians(14.4))) == []


def test_a_holder_that_slips_twice() -> None:
    thrice = frames(25) + frames(20, pitch=radians(17)) + frames(30, pitch=radians(12))
    assert [slip.index for slip in find_slips(thrice)] == [25, 45]


def test_a_bend_of_the_road_is_no_slip_and_a_holder_that_turned_is() -> None:
    bend = [frames(1, yaw=radians(a))[0] for a in np.repeat([0, 2, 4, 4, 2, 0, -2, 0], 10)]
    assert find_slips(bend) == []
    (slip,) = find_slips(frames(80) + frames(80, yaw=radians(3)))
    assert abs(slip.index - 80) < 5


def test_given_values_that_cannot_be() -> None:
    facts = CameraFacts(focal_px=860, height_m=2.4, lane_width_m=3.3)
    assert "drive.toml" in said(frames(), facts=facts)


def test_glances_are_means_and_pairs_pass_unchanged() -> None:
    image = np.zeros((640, 1024, 3), np.uint8)
    image[:320] = 200
    assert glance(image)[:20] == pytest.approx(200)
    assert glance(image)[20:] == pytest.approx(0)
    glances = Glances()
    (pair,) = glances.watch([(image, image, 5.0)])
    assert pair[2] == 5.0
    assert len(glances.seen) == 1


def test_an_estimate_alone_is_never_taken_for_a_given_value() -> None:
    found = estimate_camera(frames(), CameraFacts())
    assert isinstance(found, CameraEstimate)
    assert "drive.toml" not in said(frames(), facts=CameraFacts())
