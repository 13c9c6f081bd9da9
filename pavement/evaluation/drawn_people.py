"""Plates and faces that are drawn, nobody's: what a masked photo must not show.

They differ from what the guard was trained on (models/training/objects.py), in font, layout and features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from exporters.fonts import font_file
from pavement.detection import Image

Bools = NDArray[np.bool_]
PLATES = (  #: ground and letters, RGB: private, commercial, small car, small commercial
    ((245, 245, 240), (20, 90, 50)),
    ((20, 95, 55), (245, 245, 245)),
    ((240, 190, 30), (20, 20, 20)),
    ((20, 20, 20), (235, 180, 40)),
)
SKINS = ((240, 205, 180), (225, 180, 150), (190, 140, 105), (120, 80, 55))
HAIR = ((25, 20, 20), (60, 40, 30), (120, 110, 105))
FINE = 4  #: drawn so many times larger


@dataclass(frozen=True)
class Drawn:
    """A picture (h, w, 3) BGR and its cover (h, w)."""

    image: Image
    cover: Bools


def draw_plate(width: int, rng: np.random.Generator) -> Drawn:
    """A Japanese number plate."""
    height, font = width // 2, str(font_file())
    w, h = width * FINE, height * FINE
    ground, ink = PLATES[rng.integers(len(PLATES))]
    picture = Pillow.new("RGB", (w, h), ground)
    pen = ImageDraw.Draw(picture)
    office = f"{rng.choice(['青森', '八戸', '富山', '札幌'])} {rng.integers(300, 599)}"
    number = f"{rng.integers(10, 99)}-{rng.integers(10, 99)}"
    pen.text((w * 0.25, h * 0.06), office, font=ImageFont.truetype(font, int(h * 0.26)), fill=ink)
    pen.text((w * 0.02, h * 0.5), rng.choice(list("あいうさすせた")), font=ImageFont.truetype(font, h // 5), fill=ink)
    large = ImageFont.truetype(font, int(h * 0.52))
    pen.text((w * 0.15, h * 0.4), number, font=large, fill=ink, stroke_width=w // 150, stroke_fill=ink)
    small = np.asarray(picture.resize((width, height), Pillow.Resampling.LANCZOS))
    return Drawn(np.ascontiguousarray(small[..., ::-1]), np.ones((height, width), bool))


def draw_face(width: int, rng: np.random.Generator) -> Drawn:
    """A face."""
    w, h = width * FINE, int(width * 1.3) * FINE
    skin, hair = SKINS[rng.integers(len(SKINS))], HAIR[rng.integers(len(HAIR))]
    picture = Pillow.new("RGBA", (w, h), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((w * 0.05, 0, w * 0.95, h * 0.8), fill=hair)
    pen.ellipse((w * 0.12, h * 0.12, w * 0.88, h - 1), fill=skin)
    for x in (0.34, 0.66):
        pen.ellipse((w * (x - 0.09), h * 0.45, w * (x + 0.09), h * 0.53), fill=(250, 250, 250))
        pen.ellipse((w * (x - 0.04), h * 0.45, w * (x + 0.04), h * 0.53), fill=(30, 25, 25))
        pen.line((w * (x - 0.11), h * 0.41, w * (x + 0.11), h * 0.4), fill=hair, width=h // 50)
    shade = tuple(int(value * 0.8) for value in skin)
    pen.line((w * 0.5, h * 0.52, w * 0.46, h * 0.68, w * 0.53, h * 0.69), fill=shade, width=h // 60)
    pen.arc((w * 0.36, h * 0.68, w * 0.64, h * 0.84), 20, 160, fill=(170, 70, 70), width=h // 40)
    small = np.asarray(picture.resize((width, h // FINE), Pillow.Resampling.LANCZOS))
    return Drawn(np.ascontiguousarray(small[..., 2::-1]), np.asarray(small[..., 3] > 128))
