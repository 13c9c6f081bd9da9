"""The fine picture of a chunk: cracks, their spalled edges, paint and potholes."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.cracks import Crack
from pavement.simulate.ground import Ground
from pavement.simulate.noise import window, zoomed
from pavement.simulate.spec import CentreLine, Markings

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

LINE_M = 0.15  #: width of a painted line
DASH_M = 5.0
SHIFT = 4  #: fractional bits of OpenCV's drawing
PIECE = 4  #: steps from point to point that are drawn with one width
SHADE_STEP = 30


def detail_picture(ground: Ground, s0: float, length_m: float, half_m: float, size_m: tuple[float, float]) -> Image:
    """Channels crack, spall, paint, pothole (rows, columns, 4) of the road from s0 on."""
    rows, columns = round(length_m / size_m[0]), round(2 * half_m / size_m[1])
    frame = _Frame(s0, half_m, size_m, rows, columns)
    crack, spall = np.zeros((rows, columns), np.uint8), np.zeros((rows, columns), np.uint8)
    _draw_cracks(crack, spall, ground.world.cracks_between(s0 - 0.1, s0 + length_m + 0.1), frame)
    paint = _paint(ground, frame)
    hole = np.zeros((rows, columns), np.uint8)
    _draw_holes(hole, crack, ground, frame)
    for patch in ground.world.patches:  # a patch covers what was there
        (top, left), (bottom, right) = (
            frame.pixel(patch.s_m[0], patch.across_m[1]),
            frame.pixel(patch.s_m[1], patch.across_m[0]),
        )
        if patch.seed % 3:
            crack[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] //= 3
    return np.asarray(cv2.merge([crack, spall, paint, hole]), np.uint8)


class _Frame:
    """Road coordinates to pixels of a chunk."""

    def __init__(self, s0: float, half_m: float, size_m: tuple[float, float], rows: int, columns: int) -> None:
        self.s0, self.half_m, self.size_m, self.rows, self.columns = s0, half_m, size_m, rows, columns

    def pixel(self, s: float, across: float) -> tuple[int, int]:
        """Row and column."""
        return round((s - self.s0) / self.size_m[0]), round((self.half_m - across) / self.size_m[1])

    def xy(self, points: Floats) -> Floats:
        """Column and row of points (…, 2) of s and across, pixel middles at whole numbers."""
        x, y = (self.half_m - points[..., 1]) / self.size_m[1], (points[..., 0] - self.s0) / self.size_m[0]
        return np.stack([x, y], axis=-1) - 0.5

    @property
    def s1(self) -> float:
        """Arc length of the chunk's end."""
        return self.s0 + self.rows * self.size_m[0]


def _draw_cracks(crack: Image, spall: Image, cracks: Iterable[Crack], frame: _Frame) -> None:
    """Draw every crack in short pieces of one width each, thin ones fainter, and a broken edge beside wide ones."""
    size_mm = 1000 * (frame.size_m[0] + frame.size_m[1]) / 2
    cut = [_pieces(shape) for shape in cracks]
    if not cut:
        return
    points, width = np.concatenate([part for part, _ in cut]), np.concatenate([part for _, part in cut]) / size_mm
    near = (points[..., 0].max(axis=1) > frame.s0 - 0.1) & (points[..., 0].min(axis=1) < frame.s1 + 0.1)
    points, width = points[near], width[near]
    xy = np.rint(frame.xy(points) * (1 << SHIFT)).astype(np.int32)
    thick = np.maximum(np.rint(width), 1).astype(int)
    shade = np.clip(SHADE_STEP * np.rint(255 * np.minimum(width / thick, 1) / SHADE_STEP), SHADE_STEP, 255).astype(int)
    cv2.polylines(spall, list(xy[width > 1.7]), False, 255, 7, cv2.LINE_8, SHIFT)
    for kind in np.unique(shade * 100 + thick):  # faint before dark, thin before thick
        same = list(xy[shade * 100 + thick == kind])
        cv2.polylines(crack, same, False, int(kind // 100), int(kind % 100), cv2.LINE_AA, SHIFT)


def _pieces(shape: Crack) -> tuple[Floats, Floats]:
    """A crack in pieces (p, PIECE + 1, 2) that share their end points, and each piece's mean width (p,) in mm."""
    count = shape.points.shape[1]
    starts = np.arange(0, count - 1, PIECE)
    index = np.minimum(starts[:, None] + np.arange(PIECE + 1), count - 1)
    return shape.points[:, index].reshape(-1, PIECE + 1, 2), shape.width_mm[:, index].mean(axis=2).reshape(-1)


def _draw_holes(hole: Image, crack: Image, ground: Ground, frame: _Frame) -> None:
    """Each pothole's area, its rim soft over some 3 cm; the cracks that were there are gone."""
    for pothole in ground.world.potholes:
        reach_s, reach_y = 2 * pothole.half_s_m, 2 * pothole.half_across_m
        top, left = frame.pixel(pothole.s - reach_s, pothole.across + reach_y)
        bottom, right = frame.pixel(pothole.s + reach_s, pothole.across - reach_y)
        top, bottom = max(top, 0), min(bottom, frame.rows)
        left, right = max(left, 0), min(right, frame.columns)
        if top >= bottom or left >= right:
            continue
        s = frame.s0 + (np.arange(top, bottom) + 0.5) * frame.size_m[0]
        across = frame.half_m - (np.arange(left, right) + 0.5) * frame.size_m[1]
        radius = pothole.radius(*np.meshgrid(s, across, indexing="ij"))
        soft = 0.03 / min(pothole.half_s_m, pothole.half_across_m)
        alpha = (255 * np.clip((1 - radius) / soft + 0.5, 0, 1)).astype(np.uint8)
        hole[top:bottom, left:right] = np.maximum(hole[top:bottom, left:right], alpha)
        crack[top:bottom, left:right][alpha > 90] = 0


def _paint(ground: Ground, frame: _Frame) -> Image:
    """Cover of paint 0-255: edge lines and the centre line, worn by noise."""
    paint = np.zeros((frame.rows, frame.columns), np.uint8)
    if ground.spec.markings is Markings.NONE:
        return paint
    lane = ground.spec.lane_width_m
    s = frame.s0 + (np.arange(frame.rows) + 0.5) * frame.size_m[0]
    everywhere = np.ones(frame.rows, bool)
    dashed = ground.spec.centre_line is CentreLine.DASHED
    centre = s % (2 * DASH_M) < DASH_M if dashed else everywhere
    for across, where in ((lane, everywhere), (0.0, centre), (-lane, everywhere)):
        _, left = frame.pixel(0.0, across + LINE_M / 2)
        width = round(LINE_M / frame.size_m[1])
        cover = np.full((frame.rows, width), 242.0) * where[:, None]
        cover *= _wear(ground, frame, width, left)
        paint[:, left : left + width] = cover.astype(np.uint8)
    return paint


def _wear(ground: Ground, frame: _Frame, width: int, left: int) -> Floats:
    """What is left of the paint (rows, width), 0-1."""
    row = round(frame.s0 / frame.size_m[0])
    columns = left + np.arange(width, dtype=float)
    coarse = zoomed(ground.noise.patchy, (row + np.arange(frame.rows)) / 4.0, columns / 4)
    chips = window(ground.noise.rough, row, frame.rows, width, left)
    threshold = -1.9 if ground.spec.markings is Markings.FULL else 0.25
    kept: Floats = np.clip((0.9 * coarse + 0.75 * chips - threshold) * 1.6, 0, 1).astype(float)
    return kept
