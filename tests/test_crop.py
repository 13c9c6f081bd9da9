"""Small images without a lane: taken whole, without touching photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from pavement.crop import FIELD_PX, MARGIN_PX, CropDetector, is_crop, lay_on_field, logit
from pavement.detection import CRACK, SOUND, Detection, Gate, Thresholds, class_map, sigmoid
from tests.builders import GOOD, PaintedDetector

Image = NDArray[np.uint8]


class EchoDetector(PaintedDetector):
    """Sees no lane anywhere; its logit of crack is the picture's red channel: 0 = -4, 255 = +4."""

    thresholds = Thresholds(crack=0.6, crop=0.9)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Image] = []

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        self.seen += images
        return [self._answer(image) for image in images]

    def _answer(self, image: Image) -> Detection:
        crack = image[..., 2].astype(np.float32) / 255 * 8 - 4
        logits = np.stack([np.full_like(crack, -6), crack, np.full_like(crack, -6)]).astype(np.float32)
        return Detection.of(logits, image.shape[1], image.shape[0], GOOD)


def red(share: float, side: int = 128) -> Image:
    """Grey, with a red square of so much of the side in the middle."""
    image = np.full((side, side, 3), 90, np.uint8)
    half = round(side * share / 2)
    image[side // 2 - half : side // 2 + half, side // 2 - half : side // 2 + half] = (0, 0, 250)
    return image


@pytest.mark.parametrize(("height", "width"), [(128, 128), (96, 128), (255, 255), (60, 200)])
def test_a_crop_is_shown_pixel_for_pixel_and_is_all_lane(height: int, width: int) -> None:
    crop = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    echo = EchoDetector()
    (answer,) = CropDetector(echo).detect([crop])
    (field,) = echo.seen
    assert field.shape == (height + 2 * MARGIN_PX, FIELD_PX, 3)
    left, middle = (FIELD_PX - width) // 2, MARGIN_PX + height // 2
    assert (field[middle, left + width // 2] == crop[height // 2, width // 2]).all()  # the middle is not faded
    assert (field[0, 0] == np.median(crop, (0, 1)).round()).all()
    assert (answer.width, answer.height) == (width, height)
    classes = class_map(answer, echo.thresholds)
    assert classes.shape == (height, width)
    assert (classes > 0).all()
    assert Gate().judge(answer, echo.thresholds) is None


def test_the_rim_makes_no_edge_in_the_field() -> None:
    field = lay_on_field(np.concatenate([np.full((128, 60, 3), 40, np.uint8), np.full((128, 68, 3), 200, np.uint8)], 1))
    assert np.abs(np.diff(field[MARGIN_PX + 64, : FIELD_PX // 2 - 10, 0].astype(int))).max() <= 8


def test_cracks_of_a_crop_count_from_their_own_threshold() -> None:
    echo = EchoDetector()
    (answer,) = CropDetector(echo).detect([red(0.3)])
    classes = class_map(answer, echo.thresholds)
    assert classes[64, 64] == CRACK  # logit 3.8 is above logit(0.9) = 2.2
    assert classes[5, 5] == SOUND
    # 200 / 255 * 8 - 4 = 2.27 as a logit is just above, 190 / 255 * 8 - 4 = 1.96 below; both are above logit(0.6) = 0.4
    for value, expected in ((202, CRACK), (188, SOUND)):
        image = red(0.5)
        image[image[..., 2] == 250] = (0, 0, value)
        (answer,) = CropDetector(echo).detect([image])
        assert class_map(answer, echo.thresholds)[64, 64] == expected


def test_photos_are_left_alone() -> None:
    photos = [np.full((160, 256, 3), 120, np.uint8), np.full((256, 100, 3), 120, np.uint8)]
    assert not any(is_crop(photo) for photo in photos)
    for bare, wrapped in zip(
        PaintedDetector().detect(photos), CropDetector(PaintedDetector()).detect(photos), strict=True
    ):
        assert (bare.logits == wrapped.logits).all()


def test_the_answers_keep_the_images_order_and_the_models_name() -> None:
    images = [red(0.3), np.full((640, 1024, 3), 120, np.uint8), red(0.1, 64)]
    detector = CropDetector(PaintedDetector())
    assert [(d.width, d.height) for d in detector.detect(images)] == [(128, 128), (1024, 640), (64, 64)]
    assert (detector.name, detector.sha256) == (PaintedDetector.name, PaintedDetector.sha256)


def test_logit_undoes_sigmoid() -> None:
    assert sigmoid(np.array([logit(0.9)], np.float32))[0] == pytest.approx(0.9)
