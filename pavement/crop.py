"""A small image without a lane, such as a 128 px crop of a road photo: it is taken whole as own lane.

A photo of a whole lane in so few pixels would show no crack, so size alone decides; photos are never touched. Enlarged
to a photo's width a crop would show grain and cracks as broad as no photo has them, and the network calls most of it
sound. So it is shown pixel for pixel, in the middle of a plain field of its own median colour that is as wide as the
network's photos, and fades into it, lest its edges look like cracks. What lies outside a lane the network was hardly
taught to judge: a crop's cracks have a threshold of their own (`Thresholds.crop`), see `pavement evaluate patches`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pavement.detection import LOGIT_STEP, Detection, Detector, Floats, Image, Thresholds, resize
from pavement.quality import SOUND

CROP_PX = 256  #: an image smaller than this both ways is a crop
FIELD_PX = 768  #: width of the field; 1 px of a crop counts as 1 px of a photo of this width
MARGIN_PX = 64  #: of the field above and below the crop
FADE = 1 / 4  #: of the crop's shorter side: width of the rim that fades into the field


class CropDetector:
    """A detector that takes small images whole as own lane; larger ones it leaves to the one that it is made of."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @property
    def name(self) -> str:
        """The inner detector's."""
        return self._detector.name

    @property
    def sha256(self) -> str:
        """The inner detector's."""
        return self._detector.sha256

    @property
    def thresholds(self) -> Thresholds:
        """The inner detector's; they hold for crops too, whose logits are shifted to suit."""
        return self._detector.thresholds

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """Detections of BGR images (h, w, 3), in order."""
        found = self._detector.detect([lay_on_field(image) if is_crop(image) else image for image in images])
        return [
            whole_lane(detection, image, self.thresholds) if is_crop(image) else detection
            for image, detection in zip(images, found, strict=True)
        ]


def is_crop(image: Image) -> bool:
    """Whether an image is too small for a photo of a lane."""
    return bool(max(image.shape[:2]) < CROP_PX)


def lay_on_field(crop: Image) -> Image:
    """The crop in the middle of a field (its height + 2 margins, FIELD_PX, 3) of its median colour."""
    height, width = crop.shape[:2]
    colour = np.median(crop, (0, 1)).astype(np.float32)
    fade_px = FADE * min(height, width)
    inside = (np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5) for size in (height, width))
    rows, columns = (np.clip(each / fade_px, 0, 1) for each in inside)
    strength = np.minimum(rows[:, None], columns[None])[..., None]
    field = np.full((height + 2 * MARGIN_PX, FIELD_PX, 3), colour.round(), np.uint8)
    left = (FIELD_PX - width) // 2
    field[MARGIN_PX : MARGIN_PX + height, left : left + width] = np.round(strength * crop + (1 - strength) * colour)
    return field


def whole_lane(detection: Detection, crop: Image, thresholds: Thresholds) -> Detection:
    """The crop's part of the answer to its field: all of it own lane, crack logits shifted to the common threshold."""
    height, width = crop.shape[:2]
    left = (FIELD_PX - width) // 2
    coded = [resize(each.astype(np.float32), detection.height, detection.width) for each in detection.logits]
    _, crack, pothole = (each[MARGIN_PX : MARGIN_PX + height, left : left + width] for each in coded)
    crack = crack + (logit(thresholds.crack) - logit(thresholds.crop)) / LOGIT_STEP
    maps: list[Floats] = [np.full_like(crack, 255), crack, pothole]
    return replace(
        detection,
        logits=np.clip(np.round(np.stack(maps)), 0, 255).astype(np.uint8),
        width=width,
        height=height,
        quality=replace(SOUND, brightness=float(crop.mean()), white_share=float((crop >= 245).all(2).mean())),
    )


def logit(probability: float) -> float:
    """log(p / (1 - p)).

    >>> logit(0.5)
    0.0
    """
    return float(np.log(probability / (1 - probability)))
