"""The quality gate: what is wrong with a frame is measured, and a sound frame is let through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import Gate, Thresholds, lane_mask
from pavement.detectors import open_detector
from pavement.drive import REASON_JA, Reason
from pavement.evaluation.degrade import DEGRADED, HARMLESS, degrade
from pavement.quality import MEASURES, SOUND, QualityLimits, measure_quality
from tests.builders import grid, make_detection

Image = NDArray[np.uint8]
LANE = np.ones((60, 96), np.float32)
LIMITS = QualityLimits()


def asphalt(seed: int = 0) -> Image:
    """A grey road with grain, stones and cracks, as wide as the network's input."""
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 25, (480, 768)), (0, 0), 0.7)
    stones = cv2.GaussianBlur(rng.normal(0, 60, (480, 768)), (0, 0), 2)
    image = np.clip(np.repeat((110 + grain + stones)[..., None], 3, axis=2), 0, 255).astype(np.uint8)
    for _ in range(60):
        x, y = int(rng.integers(0, 740)), int(rng.integers(0, 460))
        end = (x + int(rng.integers(-60, 60)), y + int(rng.integers(-25, 25)))
        cv2.line(image, (x, y), end, (40, 40, 40), 2)
    return image


def judge(image: Image, lane: NDArray[np.float32] = LANE) -> Reason | None:
    return LIMITS.judge(measure_quality(image, lane))


@pytest.mark.parametrize("seed", range(5))
def test_a_sound_road_is_let_through(seed: int) -> None:
    assert judge(asphalt(seed)) is None


WHOLE = np.ones((480, 768), bool)


@pytest.mark.parametrize(
    ("kind", "level", "reason"),
    [
        ("night", "dark", Reason.DARK),
        ("defocus", "radius 4 px", Reason.BLURRED),
        ("motion blur", "length 20 px", Reason.BLURRED),
        ("glare", "blinding", Reason.OVEREXPOSED),
        ("snow", "cover 50", Reason.COVERED),
        ("lens blocked", "finger 20", Reason.OBSTRUCTED),
        ("lens blocked", "dark 30", Reason.OBSTRUCTED),
        ("no road", "black", Reason.DARK),
        ("no road", "sky", Reason.BLURRED),
    ],
)
def test_an_unfit_frame_is_refused_with_its_reason(kind: str, level: str, reason: Reason) -> None:
    (wanted,) = (each for each in DEGRADED[kind] if each.name == level)
    assert judge(degrade(asphalt(), WHOLE, wanted, seed=1)) is reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("brightness", 20.0, Reason.DARK),
        ("white_share", 0.3, Reason.OVEREXPOSED),
        ("sharpness", 0.3, Reason.BLURRED),
        ("smear_share", 0.7, Reason.RAIN),
        ("dark_share", 0.5, Reason.OBSTRUCTED),
        ("foreign_share", 0.3, Reason.OBSTRUCTED),
        ("coloured_share", 0.2, Reason.OBSTRUCTED),
        ("tint_share", 0.6, Reason.OBSTRUCTED),
        ("snow_share", 0.8, Reason.COVERED),
        ("patch_share", 0.4, Reason.COVERED),
    ],
)
def test_every_measure_has_its_limit_and_reason(name: str, value: float, reason: Reason) -> None:
    assert name in MEASURES
    assert LIMITS.judge(SOUND) is None
    assert LIMITS.judge(replace(SOUND, **{name: value})) is reason
    assert reason in REASON_JA


def test_grain_is_noise_only_where_there_is_little_light() -> None:
    grainy = replace(SOUND, grain=0.95)
    assert LIMITS.judge(grainy) is None
    assert LIMITS.judge(replace(grainy, brightness=60.0)) is Reason.DARK


def test_only_the_lane_is_measured() -> None:
    """White beside the lane is no reason; without any lane the lower half counts."""
    image = asphalt()
    image[:, :300] = 255
    right = LANE.copy()
    right[:, :48] = 0.0
    assert measure_quality(image, right).white_share == 0
    assert judge(image, right) is None
    upper = asphalt()
    upper[:240] = 255
    assert measure_quality(upper, np.zeros_like(LANE)).white_share == 0
    assert measure_quality(upper, LANE).white_share == 0.5


@pytest.mark.parametrize("shape", [(1, 1), (20, 20), (32, 768), (33, 47), (1536, 768), (480, 768)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_any_size_and_of_one_colour_gives_numbers(shape: tuple[int, int], level: int) -> None:
    quality = measure_quality(np.full((*shape, 3), level, np.uint8), LANE)
    assert all(np.isfinite(getattr(quality, name)) for name in MEASURES)


def test_a_network_that_knows_nothing_sees_no_road() -> None:
    lane = grid()
    lane[20:40] = True
    sure = make_detection(lane)
    unsure = replace(sure, logits=np.full_like(sure.logits, 140))  # probability 0.68 everywhere
    assert Gate().judge(sure, Thresholds()) is None
    assert Gate().judge(unsure, Thresholds()) is Reason.NO_ROAD


def test_degrading_is_repeatable_and_keeps_the_shape() -> None:
    image = asphalt()
    for name, levels in (HARMLESS | DEGRADED).items():
        for level in levels:
            first, again = (degrade(image, WHOLE, level, seed=3) for _ in range(2))
            assert first.shape == image.shape, name
            assert (first == again).all(), name


def read(path: Path) -> Image:
    return np.asarray(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.shared
def test_rates_on_real_photos(shared: Path) -> None:
    """No false alarm on the street frames and on some of val; what is hopeless is refused."""
    detector, gate = open_detector(), Gate()
    street = [read(path) for path in sorted((shared / "data/street-frames").glob("*.jpg"))]
    val = [read(path) for path in sorted((shared / "data/road-surface/val/images").glob("*.jpg"))[::10]]
    sound = detector.detect(street + val)
    assert [gate.judge(each, detector.thresholds) for each in sound] == [None] * len(sound)
    hopeless = [
        *(("night", "dark"), ("defocus", "radius 4 px"), ("glare", "blinding"), ("slush, wheel tracks", "white")),
        *(("snow", "cover 90"), ("snow", "cover 50"), ("lens blocked", "dark 70"), ("no road", "black")),
    ]
    images = val[::6]
    lanes = [lane_mask(each, detector.thresholds, *val[0].shape[:2]) for each in sound[len(street) :: 6]]
    refused = 0
    for kind, name in hopeless:
        (level,) = (each for each in DEGRADED[kind] if each.name == name)
        made = [degrade(image, lane, level, seed) for seed, (image, lane) in enumerate(zip(images, lanes, strict=True))]
        refused += sum(gate.judge(each, detector.thresholds) is not None for each in detector.detect(made))
    assert refused >= 0.95 * len(hopeless) * len(images)
