"""Small copies of photos, for documents that must stay small."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps


@dataclass(frozen=True)
class Thumbnail:
    """JPEG bytes and their size in pixels."""

    jpeg: bytes
    width: int
    height: int


def thumbnail(path: Path, width: int, quality: int = 80) -> Thumbnail | None:
    """The photo at most `width` pixels wide and high; None where it cannot be read."""
    try:
        with Image.open(path) as photo:
            photo.draft("RGB", (width, width))
            small = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    small.thumbnail((width, width), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality, optimize=True)
    return Thumbnail(buffer.getvalue(), *small.size)
