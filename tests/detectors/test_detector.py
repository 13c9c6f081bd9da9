"""What every detector keeps to, the real one and the painted one of the tests; and what is the same for all engines."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.detection import Detector, Thresholds
from pavement.detectors import ModelDetector, find_model, open_detector
from pavement.detectors.model import shrink
from pavement.errors import BadInput
from tests.builders import PaintedDetector
from tests.test_labelling import paint

Image = NDArray[np.uint8]
RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 255, (120, 160, 3), np.uint8)


@pytest.fixture(scope="module", params=["openvino", "painted"])
def detector(request: pytest.FixtureRequest) -> Detector:
    return open_detector(device="cpu") if request.param == "openvino" else PaintedDetector()


def test_it_says_who_it_is(detector: Detector) -> None:
    assert detector.name
    assert len(detector.sha256) == 64
    assert isinstance(detector.thresholds, Thresholds)


def test_answers_come_in_the_order_of_the_images(detector: Detector) -> None:
    images = [paint(), NOISE, paint(crack=True), np.zeros((256, 160, 3), np.uint8)]
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


def test_several_threads_may_ask_at_once(detector: Detector) -> None:
    images = [paint(), paint(crack=True)] * 4
    expected = detector.detect(images[:2])
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(detector.detect, [images] * 10))
    for answer in answers:
        for index, each in enumerate(answer):
            assert np.abs(each.logits.astype(int) - expected[index % 2].logits).max() <= 1


class MadeEngine:
    """An engine whose maps are constant: map k has the value k."""

    label = "made"

    def __init__(self, maps: int) -> None:
        self.maps = maps
        self.shapes: list[tuple[int, ...]] = []

    def infer(self, images: Sequence[Image]) -> NDArray[np.float32]:
        self.shapes += [image.shape for image in images]
        height, width = images[0].shape[0] // 8, images[0].shape[1] // 8
        return np.arange(self.maps, dtype=np.float32)[None, :, None, None] * np.ones(
            (len(images), 1, height, width), "f4"
        )


def test_maps_are_taken_by_the_names_of_the_classes() -> None:
    classes = ("patch", "crack", "own lane", "pothole")
    (found,) = ModelDetector(replace(find_model("road"), classes=classes), MadeEngine(4)).detect([paint()])
    assert [int(each) for each in (found.logits[:, 0, 0].astype(int) - 128) / 16] == [2, 1, 3]


def test_a_network_with_other_maps_than_the_entry_says_is_refused_in_one_line() -> None:
    with pytest.raises(BadInput, match=r"shape \(1, 84, .*classes in registry"):
        ModelDetector(find_model("road"), MadeEngine(84)).detect([paint()])


def test_images_of_one_size_go_together_and_towers_are_squeezed() -> None:
    engine = MadeEngine(3)
    tower = np.zeros((4000, 4, 3), np.uint8)
    found = ModelDetector(find_model("road"), engine).detect([paint(), tower, NOISE, paint()])
    assert [(each.width, each.height) for each in found] == [(256, 160), (4, 4000), (160, 120), (256, 160)]
    assert find_model("road").input_width == 896
    assert engine.shapes == [(576, 896, 3)] * 2 + [(1792, 896, 3), (672, 896, 3)]


def test_the_input_keeps_the_shape_of_the_photo() -> None:
    sizes = {(640, 1024): (480, 768), (1080, 1920): (448, 768), (10, 900): (32, 768)}  # 432 is no multiple of 32
    for size, expected in sizes.items():
        assert shrink(np.zeros((*size, 3), np.uint8), 768).shape == (*expected, 3)
