"""Transverse profiles over the photo of their road and, below it, to scale. Shows what the data show: for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import Image
from pavement.evaluation.contact_sheet import PAPER, to_png
from pavement.rut import Lane

Floats = NDArray[np.float64]
Colour = tuple[int, int, int]

WIDTH_PX, PANEL_PX, MARGIN_PX = 1024, 250, 60
RAISED = 8.0  #: heights on the photo are so many times as great
LEVEL_MM = 10  #: between two lines of the panel
LEAST_MM = 40.0  #: height of the panel at least
INK, FAINT, WHITE = (40, 34, 30), (225, 222, 218), (255, 255, 255)


@dataclass(frozen=True)
class Curve:
    """A profile: heights (n,) m at (n,) m right of the lane's middle, its name and colour (BGR)."""

    name: str
    colour: Colour
    across_m: Floats
    height_m: Floats


@dataclass(frozen=True)
class ProfiledPhoto:
    """A photo (h, w, 3) BGR, its camera and lane, and the curves of the road `ahead_m` before it."""

    caption: str
    photo: Image
    camera: Camera
    lane: Lane
    ahead_m: float
    curves: Sequence[Curve]


def draw_profiles(shown: ProfiledPhoto) -> bytes:
    """PNG: the photo with the curves standing on the road, heights raised, and the curves in millimetres below."""
    photo = shown.photo.copy()
    for curve in shown.curves[:1]:
        _line(photo, points(shown, curve, 0.0), WHITE, 2)
    for curve in reversed(shown.curves):
        _line(photo, points(shown, curve, RAISED), curve.colour, 3)
    height = round(photo.shape[0] * WIDTH_PX / photo.shape[1])
    wide = np.asarray(cv2.resize(photo, (WIDTH_PX, height), interpolation=cv2.INTER_AREA), np.uint8)
    return to_png(np.concatenate([wide, panel(shown)]))


def points(shown: ProfiledPhoto, curve: Curve, raised: float) -> Floats:
    """Pixels (n, 2) of a curve on the road; a point h above the road is seen as by a camera that is h lower."""
    heights = raised * (curve.height_m - float(curve.height_m.max()))  # the highest point lies on the road's plane
    right = shown.lane.middle_m + shown.lane.heading * shown.ahead_m + curve.across_m
    seen = [
        replace(shown.camera, height_m=shown.camera.height_m - h).pixel(shown.ahead_m, side)
        for h, side in zip(heights.tolist(), right.tolist(), strict=True)
    ]
    return np.array([(float(u), float(v)) for u, v in seen])


def panel(shown: ProfiledPhoto) -> Image:
    """The curves across the lane as the driver sees it, a line every `LEVEL_MM`, with caption and legend."""
    picture = np.full((PANEL_PX, WIDTH_PX, 3), PAPER, np.uint8)
    _write(picture, shown.caption, (12, 22))
    half = max((float(np.abs(curve.across_m).max()) for curve in shown.curves), default=1.0)
    low = min((1000 * float(curve.height_m.min()) for curve in shown.curves), default=0.0)
    high = max((1000 * float(curve.height_m.max()) for curve in shown.curves), default=0.0)
    scale = (PANEL_PX - 90) / max(high - low, LEAST_MM)

    def place(across: Floats, height_mm: Floats) -> Floats:
        x = WIDTH_PX / 2 + across / half * (WIDTH_PX / 2 - MARGIN_PX)
        return np.column_stack([x, 50 + (high - height_mm) * scale])

    for level in range(0, int(max(high - low, LEAST_MM)) + 1, LEVEL_MM):
        y = round(50 + level * scale)
        cv2.line(picture, (MARGIN_PX, y), (WIDTH_PX - MARGIN_PX, y), FAINT, 1)
        _write(picture, f"{-level} mm", (2, y + 4), small=True)
    for number, curve in enumerate(shown.curves):
        _line(picture, place(curve.across_m, 1000 * curve.height_m), curve.colour, 3 if number == 0 else 2)
        at = (MARGIN_PX + number * 300, PANEL_PX - 12)
        cv2.line(picture, (at[0], at[1] - 4), (at[0] + 24, at[1] - 4), curve.colour, 3)
        _write(picture, curve.name, (at[0] + 32, at[1]), small=True)
    return picture


def _line(picture: Image, at: Floats, colour: Colour, width: int) -> None:
    cv2.polylines(picture, [np.round(at).astype(np.int32)], False, colour, width, cv2.LINE_AA)


def _write(picture: Image, words: str, at: tuple[int, int], *, small: bool = False) -> None:
    text = words.encode("ascii", "replace").decode()
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42 if small else 0.52, INK, 1, cv2.LINE_AA)
