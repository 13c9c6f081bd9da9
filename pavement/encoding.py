"""Pictures as files: JPEG for people, PNG for class maps. Paths may hold any letters."""

from __future__ import annotations

from pathlib import Path

import cv2

from pavement.detection import Image
from pavement.errors import Fault
from pavement.files import write_whole

PHOTO_QUALITY = 88


def encode_png(image: Image) -> bytes:
    """PNG of an image (h, w) or (h, w, 3) BGR."""
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 2])


def write_photo(path: Path, image: Image) -> None:
    """Write a photo (h, w, 3) BGR as JPEG, whole, without any metadata."""
    write_whole(path, _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, PHOTO_QUALITY]))


def _encode(suffix: str, image: Image, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, image, options)
    if not done:
        raise Fault(f"a picture of shape {image.shape} could not be encoded as {suffix}")
    return data.tobytes()
