"""Made on real photos: potholes moved in, and what is no damage (patches, sealed cracks, lids, stains, markings)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

Image = np.ndarray
Rng = np.random.Generator

LANE, CRACK, POTHOLE = 1, 2, 3
HORIZON = -100.0  #: row of the vanishing point of these photos: sizes grow with the distance from it
MIN_AREA_PX, MAX_SIDE_PX = 120, 260
RIM = 9  #: pixels around a pothole that tell the light there


@dataclass(frozen=True)
class Hole:
    """A pothole cut out of a photo: pixels (h, w, 3), its shape (h, w) 0-1, row of its middle, colour around it."""

    pixels: Image
    shape: Image
    row: float
    around: Image


def cut_holes(image: Image, mask: Image) -> list[Hole]:
    """The potholes of a labelled photo that stand free enough to be moved."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((mask == POTHOLE).astype(np.uint8))
    found = []
    for index in range(1, count):
        x, y, w, h, area = boxes[index]
        if area < MIN_AREA_PX or max(w, h) > MAX_SIDE_PX:
            continue
        top, left = max(y - RIM, 0), max(x - RIM, 0)
        part = np.s_[top : y + h + RIM, left : x + w + RIM]
        shape = (labels[part] == index).astype(np.uint8)
        ring = (cv2.dilate(shape, np.ones((RIM, RIM), np.uint8)) > 0) & (mask[part] != POTHOLE)
        if ring.sum() < 30:
            continue
        found.append(Hole(image[part].copy(), shape.astype(np.float32), y + h / 2, image[part][ring].mean(0)))
    return found


def paste_holes(image: Image, mask: Image, holes: list[Hole], rng: Rng) -> None:
    """Put one to three potholes on the own lane, sized and lit as the place asks for; changes both arrays."""
    for _ in range(rng.integers(1, 4)):
        hole = holes[rng.integers(len(holes))]
        row = int(rng.uniform(60, mask.shape[0] - 20))
        scale = (row - HORIZON) / (hole.row - HORIZON) * np.exp(rng.normal(0, 0.3))
        size = tuple(int(np.clip(side * scale, 6, 300)) for side in hole.shape.shape[::-1])
        pixels, shape = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (hole.pixels, hole.shape))
        if rng.random() < 0.5:
            pixels, shape = pixels[:, ::-1], shape[:, ::-1]
        columns = np.flatnonzero(mask[row] == LANE)
        if len(columns) < size[0]:
            continue
        top, left = row - size[1] // 2, int(rng.choice(columns)) - size[0] // 2
        part = np.s_[top : top + size[1], left : left + size[0]]
        if top < 0 or left < 0 or mask[part].shape != shape.shape or (mask[part] == LANE).mean() < 0.9:
            continue
        gain = np.clip(image[part].reshape(-1, 3).mean(0) / np.maximum(hole.around, 8), 0.5, 2)
        soft = cv2.GaussianBlur(shape, (0, 0), float(rng.uniform(0.7, 2)))[..., None]
        image[part] = np.clip(image[part] * (1 - soft) + pixels * gain * soft, 0, 255).astype(np.uint8)
        mask[part][shape > 0.5] = POTHOLE


def lay_patch(image: Image, mask: Image, rng: Rng) -> None:
    """A repaired rectangle of another tone, its seam a little darker: sound road as far as cracks are concerned."""
    row = rng.uniform(40, mask.shape[0])
    columns = np.flatnonzero(mask[min(int(row), mask.shape[0] - 1)] == LANE)
    if len(columns) < 60:
        return
    reach = (row - HORIZON) * rng.uniform(0.15, 0.6)
    left, right = np.sort(rng.choice(columns, 2, replace=False)).astype(float)
    far = row - reach
    shrink = (far - HORIZON) / (row - HORIZON)
    centre = mask.shape[1] / 2
    corners = np.array(
        [[left, row], [right, row], [centre + (right - centre) * shrink, far], [centre + (left - centre) * shrink, far]]
    )
    part, start = window(mask.shape, corners.min(0) - 10, corners.max(0) + 10)
    shape, seam = (np.zeros(mask[part].shape, np.uint8) for _ in range(2))
    outline = (corners - start).astype(np.int32)
    cv2.fillConvexPoly(shape, outline, 255)
    cv2.polylines(seam, [outline], True, 255, int(rng.integers(2, 6)))
    on_road = (mask[part] > 0).astype(np.float32) / 255
    inside, edge = cv2.GaussianBlur(shape, (0, 0), 1.2) * on_road, cv2.GaussianBlur(seam, (0, 0), 1.5) * on_road
    tone = np.clip(np.exp(rng.normal(0, 0.2)), 0.6, 1.35) - 1
    factor = 1 + inside * tone - edge * rng.uniform(0, 0.2)
    image[part] = np.clip(image[part] * factor[..., None], 0, 255).astype(np.uint8)


def add_stain(image: Image, mask: Image, rng: Rng) -> None:
    """An oil stain, a damp spot or a manhole's lid on the lane: dark, but no damage."""
    row = int(rng.uniform(30, mask.shape[0]))
    columns = np.flatnonzero(mask[min(row, mask.shape[0] - 1)] == LANE)
    if len(columns) < 20:
        return
    width = (row - HORIZON) * rng.uniform(0.05, 0.22)
    axes = (max(int(width), 4), max(int(width * rng.uniform(0.25, 0.6)), 3))
    centre = (int(rng.choice(columns)), row)
    reach = np.array(axes).max() + 36
    part, start = window(mask.shape, np.array(centre) - reach, np.array(centre) + reach)
    shape = np.zeros(mask[part].shape, np.uint8)
    middle = (int(centre[0] - start[0]), int(centre[1] - start[1]))
    cv2.ellipse(shape, middle, axes, float(rng.normal(0, 8)), 0, 360, 255, -1)
    lid = rng.random() < 0.35
    if lid:
        step = max(axes[1] // 3, 3)
        shape[::step] = (shape[::step] * 0.6).astype(np.uint8)
        shape[:, :: step * 2] = (shape[:, :: step * 2] * 0.6).astype(np.uint8)
    soft = cv2.GaussianBlur(shape, (0, 0), 0.8 if lid else float(rng.uniform(3, 12))).astype(np.float32) / 255
    image[part] = np.clip(image[part] * (1 - soft[..., None] * rng.uniform(0.15, 0.6)), 0, 255).astype(np.uint8)
    if lid:
        mask[part][(shape > 60) & (mask[part] == CRACK)] = LANE


def seal_cracks(image: Image, mask: Image, rng: Rng) -> None:
    """Cracks filled with bitumen: dark, smooth, even bands along or across the lane; no open crack any more."""
    for _ in range(rng.integers(1, 4)):
        row = int(rng.uniform(40, mask.shape[0] - 1))
        columns = np.flatnonzero(mask[row] == LANE)
        if len(columns) < 60:
            continue
        start = np.array([float(rng.choice(columns)), row])
        along = rng.random() < 0.6
        vanishing = np.array([mask.shape[1] / 2, HORIZON])
        end = start * 0.4 + vanishing * 0.6 if along else start + np.array([rng.normal(0, 300), 0])
        knots = np.linspace(start, end, 9) + rng.normal(0, 5, (9, 2))
        part, origin = window(mask.shape, knots.min(0) - 30, knots.max(0) + 30)
        band = np.zeros(mask[part].shape, np.uint8)
        share = rng.uniform(0.012, 0.035)
        for near, far in pairwise(knots):
            wide = max(int((near[1] - HORIZON) * share), 2)
            near, far = (tuple(int(value) for value in point - origin) for point in (near, far))
            cv2.line(band, near, far, 255, wide)
        band[mask[part] == 0] = 0
        soft = cv2.GaussianBlur(band, (0, 0), 1.0).astype(np.float32)[..., None] / 255
        tone = float(rng.uniform(0.25, 0.6)) * image[part].reshape(-1, 3).mean(0)
        image[part] = np.clip(image[part] * (1 - 0.9 * soft) + tone * 0.9 * soft, 0, 255).astype(np.uint8)
        mask[part][(band > 0) & (mask[part] == CRACK)] = LANE


def paint_marking(image: Image, mask: Image, rng: Rng) -> None:
    """A marking on the lane, fresh, worn or erased (arrow shaft, bar, letters): its ragged edge is no crack."""
    row = int(rng.uniform(60, mask.shape[0] - 1))
    columns = np.flatnonzero(mask[row] == LANE)
    if len(columns) < 60:
        return
    along = rng.random() < 0.6
    wide, reach = ((0.05, 0.2), (0.3, 0.7)) if along else ((0.3, 0.8), (0.05, 0.15))
    half, far = (row - HORIZON) * rng.uniform(*wide) / 2, row - (row - HORIZON) * rng.uniform(*reach)
    x, shrink = float(rng.choice(columns)), (far - HORIZON) / (row - HORIZON)
    centre = mask.shape[1] / 2
    top = centre + (x - centre) * shrink
    corners = np.array([[x - half, row], [x + half, row], [top + half * shrink, far], [top - half * shrink, far]])
    part, start = window(mask.shape, corners.min(0) - 10, corners.max(0) + 10)
    shape = np.zeros(mask[part].shape, np.uint8)
    if not shape.size:
        return
    cv2.fillConvexPoly(shape, (corners - start).astype(np.int32), 255)
    shape[mask[part] == 0] = 0
    wear = sum(
        cv2.resize(rng.normal(size=(shape.shape[0] // grain + 2, shape.shape[1] // grain + 2)), shape.shape[::-1])
        for grain in (3, 12)
    )
    left = cv2.GaussianBlur(shape, (0, 0), 1.0) / 255.0 * (wear > rng.uniform(-3, 1)) * rng.uniform(0.15, 0.9)
    colour = np.array([rng.uniform(170, 250)] * 3) if rng.random() < 0.7 else np.array([60.0, 170.0, 210.0])
    image[part] = np.clip(image[part] * (1 - left[..., None]) + colour * left[..., None], 0, 255).astype(np.uint8)


def window(size: tuple[int, ...], low: Image, high: Image) -> tuple[tuple[slice, slice], Image]:
    """The part of a picture (rows, columns) between two corners (x, y), cut at its edges, and its first corner."""
    left, top = (int(max(value, 0)) for value in low)
    right, bottom = int(min(high[0], size[1])), int(min(high[1], size[0]))
    return (slice(top, max(bottom, top)), slice(left, max(right, left))), np.array([left, top])
