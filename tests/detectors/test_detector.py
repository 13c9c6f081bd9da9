"""What every detector keeps to, the real one and the painted one of the tests."""

from __future__ import annotations

import numpy as np
import pytest

from pavement.detection import Detector, Thresholds
from pavement.detectors import open_detector
from pavement.detectors.openvino import measure_quality
from tests.builders import PaintedDetector
from tests.test_labelling import paint


@pytest.fixture(scope="module", params=["openvino", "painted"])
def detector(request: pytest.FixtureRequest) -> Detector:
    return open_detector() if request.param == "openvino" else PaintedDetector()


def test_it_says_who_it_is(detector: Detector) -> None:
    assert detector.name
    assert len(detector.sha256) == 64
    assert isinstance(detector.thresholds, Thresholds)


def test_answers_come_in_the_order_of_the_images(detector: Detector) -> None:
    rng = np.random.default_rng(0)
    images = [
        paint(),
        rng.integers(0, 255, (120, 160, 3), np.uint8),
        paint(crack=True),
        np.zeros((256, 160, 3), np.uint8),
    ]
    together = detector.detect(images)
    assert [(d.width, d.height) for d in together] == [(256, 160), (160, 120), (256, 160), (160, 256)]
    for image, answer in zip(images, together, strict=True):
        (alone,) = detector.detect([image])
        assert alone.logits.shape[0] == 3
        assert alone.logits.dtype == np.uint8
        assert np.abs(alone.logits.astype(int) - answer.logits).max() <= 1  # 1/16 of a logit
        assert alone.quality == answer.quality


def test_no_images_give_no_answers(detector: Detector) -> None:
    assert detector.detect([]) == []


def test_the_quality_is_that_of_the_lower_half() -> None:
    rng = np.random.default_rng(0)
    dark, white, flat = (np.zeros((200, 300, 3), np.uint8) for _ in range(3))
    white[100:] = 255
    flat[100:] = np.linspace(60, 180, 300, dtype=np.uint8)[None, :, None]
    sharp = rng.integers(60, 180, (200, 300, 3), np.uint8)
    assert measure_quality(dark).brightness == 0
    assert measure_quality(white).white_share == 1
    assert measure_quality(flat).sharpness < 0.01 < measure_quality(sharp).sharpness
