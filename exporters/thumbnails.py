"""Small copies of photos, for documents that must stay small."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

SMALL_ENOUGH = 1.1  #: a photo so little wider than asked for is taken as it is


@dataclass(frozen=True)
class Thumbnail:
    """JPEG bytes and their size in pixels."""

    jpeg: bytes
    width: int
    height: int


def thumbnail(path: Path, width: int, quality: int = 80) -> Thumbnail | None:
    """The photo, about `width` pixels wide and high at most, without metadata; None where it cannot be read."""
    try:
        with Image.open(path) as photo:
            if _fits(photo, width):
                photo.load()
                return Thumbnail(path.read_bytes(), *photo.size)
            photo.draft("RGB", (width, width))
            small = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    small.thumbnail((width, width), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality, optimize=True)
    return Thumbnail(buffer.getvalue(), *small.size)


def _fits(photo: Image.Image, width: int) -> bool:
    """Whether a photo can be taken as it is: a JPEG of the right size that holds nothing but pixels."""
    plain = photo.format == "JPEG" and photo.mode == "RGB" and not {"exif", "comment", "xmp"} & photo.info.keys()
    return plain and max(photo.size) <= SMALL_ENOUGH * width
