"""Sound photos of a road made unfit to be judged: night, blur, rain, water, snow, glare, vehicles, a blocked lens.

Every degradation takes a BGR photo (h, w, 3), the own lane (h, w) bool and a generator, and gives a photo of the same
shape. Lengths are for a photo 1024 px wide and grow with it. Same generator, same photo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from pavement.detection import Image
from pavement.evaluation.paint import REFERENCE_PX, Bools, Random, clouds, disc, filtered, patches, recompress, to_bytes
from pavement.evaluation.weather import glare, rain, slush, snow, wet

Change = Callable[[Image, Bools, Random], Image]

COLOURS = ((235, 235, 235), (40, 40, 45), (120, 120, 125), (50, 40, 150), (140, 90, 50))  #: of vehicles, BGR
JPEG_QUALITY = 88  #: what comes out went through a phone's encoder


@dataclass(frozen=True)
class Level:
    """One strength of a degradation: what is changed, in words, and how."""

    name: str
    change: Change


def degrade(image: Image, lane: Bools, level: Level, seed: int) -> Image:
    """The photo as it would be with this degradation, encoded once more."""
    return recompress(level.change(image, lane, np.random.default_rng(seed)), JPEG_QUALITY)


def night(image: Image, lane: Bools, rng: Random, *, ambient: float, lamps: float) -> Image:
    """Less light, a cone of the car's own lamps on the near road, and the noise of a small sensor."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    depth = y / h
    cone = np.zeros((h, w), np.float32)
    for at in (0.42, 0.58):
        width = (0.06 + 0.28 * depth) * w
        cone += np.exp(-0.5 * ((x - at * w) / width) ** 2) * np.clip(0.25 + depth, 0, 1) ** 2
    light = ambient + lamps * cone
    tinted = light[..., None] * np.array([0.8, 0.95, 1.0], np.float32)
    linear = (image.astype(np.float32) / 255) ** 2.2 * tinted
    noise = rng.normal(0, 1, image.shape).astype(np.float32)
    linear += noise * np.sqrt(linear * 6e-4 + 8e-6)
    return to_bytes(np.clip(linear, 0, 1) ** (1 / 2.2) * 255)


def defocus(image: Image, lane: Bools, rng: Random, *, radius: float) -> Image:
    """A lens that is out of focus: every point becomes a disc."""
    return filtered(image, disc(radius * image.shape[1] / REFERENCE_PX))


def motion(image: Image, lane: Bools, rng: Random, *, length: float) -> Image:
    """A long exposure on a rough road: every point becomes a line, in any direction but mostly up and down."""
    length = length * image.shape[1] / REFERENCE_PX
    angle = rng.normal(np.pi / 2, 0.5)
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size * 4, size * 4), np.float32)
    half = np.array([np.cos(angle), np.sin(angle)]) * length * 2
    begin, end = (np.array([size * 2, size * 2]) + sign * half for sign in (-1, 1))
    cv2.line(kernel, [int(v) for v in begin], [int(v) for v in end], 1.0, 4)
    small = np.asarray(cv2.resize(kernel, (size, size), interpolation=cv2.INTER_AREA), np.float32)
    return filtered(image, small / small.sum())


def vehicle(image: Image, lane: Bools, rng: Random, *, width: float, bottom: float) -> Image:
    """A car's back in the lane: `width` of the picture wide, standing `bottom` of the way down, with its shadow."""
    h, w = image.shape[:2]
    rows = np.flatnonzero(lane.any(1))
    foot = int(bottom * h)
    row = int(np.clip(foot, rows[0], rows[-1])) if len(rows) else foot
    columns = np.flatnonzero(lane[row]) if len(rows) else np.array([w // 2])
    cx, wide = int(columns.mean() + rng.normal(0, 0.02) * w), int(width * w)
    tall = int(wide * rng.uniform(0.75, 1.15))
    left, right, top = cx - wide // 2, cx + wide // 2, foot - tall
    body = COLOURS[rng.integers(len(COLOURS))]
    scene = image.copy()
    shadow = np.zeros((h, w), np.float32)
    cv2.ellipse(shadow, (cx, foot), (int(wide * 0.55), max(int(wide * 0.08), 2)), 0, 0, 360, 1.0, -1)
    scene = to_bytes(scene * (1 - 0.75 * cv2.GaussianBlur(shadow, (0, 0), 0.006 * w)[..., None]))
    part = partial(rectangle, scene, left, top, wide, tall)
    part((0.04, 0.80, 0.18, 1.0), (25, 25, 25))  # tyres
    part((0.82, 0.80, 0.96, 1.0), (25, 25, 25))
    part((0.0, 0.38, 1.0, 0.92), body)
    part((0.08, 0.0, 0.92, 0.40), body)
    part((0.14, 0.06, 0.86, 0.36), (70, 60, 50))  # rear window
    part((0.02, 0.45, 0.14, 0.58), (40, 30, 170))
    part((0.86, 0.45, 0.98, 0.58), (40, 30, 170))
    part((0.36, 0.60, 0.64, 0.72), (225, 230, 230))  # plate, blank
    part((0.0, 0.76, 1.0, 0.82), [0.6 * each for each in body])
    part((0.06, 0.88, 0.94, 0.93), (30, 30, 30))
    box = (slice(max(top, 0), min(foot, h)), slice(max(left, 0), min(right, w)))
    if scene[box].size:
        shade = np.linspace(1.12, 0.8, scene[box].shape[0], dtype=np.float32)[:, None, None]
        noise = rng.normal(0, 2.5, scene[box].shape)
        scene[box] = to_bytes(cv2.GaussianBlur(scene[box], (0, 0), 0.8).astype(np.float32) * shade + noise)
    return scene


def rectangle(
    scene: Image, left: int, top: int, wide: int, tall: int, part: Sequence[float], colour: Sequence[float]
) -> None:
    """Paint a part (x0, y0, x1, y1 as shares of the box) of a vehicle."""
    x0, y0, x1, y1 = (int(o + v * s) for v, o, s in zip(part, (left, top) * 2, (wide, tall) * 2, strict=True))
    cv2.rectangle(scene, (x0, y0), (x1, y1), [float(c) for c in colour], -1)


def blocked(image: Image, lane: Bools, rng: Random, *, what: str, cover: float) -> Image:
    """A finger, mud or a thing before the lens, far out of focus, on `cover` of the picture."""
    h, w = image.shape[:2]
    if what == "mud":
        alpha = patches(h, w, rng, scale=0.08, cover=cover)
        colour = np.array([45, 62, 80], np.float32)
    else:
        colour = np.array([95, 115, 185] if what == "finger" else [14, 14, 16], np.float32)
        alpha = np.zeros((h, w), np.float32)
        side = rng.choice([-1, 1]) if what == "finger" else 0
        cx, cy = (w / 2 * (1 + side), h * rng.uniform(0.5, 0.9)) if side else (w * rng.uniform(0.35, 0.65), h * 0.75)
        yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
        distance = np.hypot((xx - cx) / w, (yy - cy) / h * rng.uniform(0.8, 1.2))
        alpha = (distance < np.quantile(distance, cover)).astype(np.float32)
    soft = cv2.GaussianBlur(alpha, (0, 0), 0.018 * w)[..., None]
    shade = (clouds(h, w, rng, scale=0.3) * 8)[..., None] + colour
    return to_bytes(image * (1 - soft) + (shade + rng.normal(0, 1.5, image.shape)) * soft)


def no_road(image: Image, lane: Bools, rng: Random, *, what: str) -> Image:
    """Something else altogether, of the photo's size: sky, a room, a black picture, the verge beside the road."""
    h, w = image.shape[:2]
    if what == "black":
        return to_bytes(np.abs(rng.normal(0, 2, image.shape)))
    if what == "verge":  # the photo's own upper left corner: grass and shoulder
        corner = image[: h // 6, : w // 6]
        verge = cv2.resize(corner, (w, h), interpolation=cv2.INTER_CUBIC)
        return to_bytes(verge + cv2.resize(rng.normal(0, 12, (h // 2, w // 2, 3)), (w, h)))  # as fine as a real one
    if what == "sky":
        ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
        blue = np.array([220, 165, 105], np.float32) * (1 - ramp) + np.array([235, 225, 210], np.float32) * ramp
        puffs = np.clip(clouds(h, w, rng, scale=0.15) * 45, 0, 60)[..., None]
        return to_bytes(blue + puffs + rng.normal(0, 1.5, image.shape))
    room = np.full((h, w, 3), rng.uniform(110, 190), np.float32)
    room[int(h * 0.7) :] *= np.array([0.55, 0.65, 0.8], np.float32)
    for _ in range(14):
        x, y, a, b = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.05, 0.3) * w, rng.uniform(0.05, 0.4) * h
        cv2.rectangle(room, (int(x), int(y)), (int(x + a), int(y + b)), rng.uniform(20, 230, 3).tolist(), -1)
    return to_bytes(cv2.GaussianBlur(room, (0, 0), 1.0) + rng.normal(0, 3, image.shape))


def exposure(image: Image, lane: Bools, rng: Random, *, factor: float) -> Image:
    """A photo taken a little darker or brighter: still good."""
    return to_bytes(image.astype(np.float32) * factor)


def shade(image: Image, lane: Bools, rng: Random, *, depth: float) -> Image:
    """Hard shadows of poles and branches across the road: still good."""
    h, w = image.shape[:2]
    mask = (patches(h, w, rng, scale=0.05, cover=0.3) > 0.5).astype(np.float32)
    for _ in range(4):
        a, b = (rng.uniform(0, 1, 2) * (w, h) for _ in range(2))
        cv2.line(mask, [int(v) for v in a], [int(v) for v in b * 3 - a * 2], 1.0, int(rng.uniform(4, 40)))
    return to_bytes(image * (1 - depth * cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]))


def coarse(image: Image, lane: Bools, rng: Random, *, quality: int) -> Image:
    """A photo that an app compressed hard: still good."""
    return recompress(image, quality)


def levels(change: Callable[..., Image], **named: Mapping[str, float | str]) -> tuple[Level, ...]:
    """Levels of one degradation: a name in words and its numbers."""
    return tuple(Level(name.replace("_", " "), partial(change, **numbers)) for name, numbers in named.items())


#: Photos that stay good: what the gate says of them is a false alarm.
HARMLESS: dict[str, tuple[Level, ...]] = {
    "exposure": levels(exposure, darker={"factor": 0.55}, brighter={"factor": 1.5}),
    "hard shadows": levels(shade, half={"depth": 0.45}, deep={"depth": 0.7}),
    "JPEG": levels(coarse, quality_50={"quality": 50}),
}

#: Photos that get worse, from hardly to hopelessly.
DEGRADED: dict[str, tuple[Level, ...]] = {
    "night": levels(
        night,
        dusk={"ambient": 0.2, "lamps": 0.0},
        headlights={"ambient": 0.015, "lamps": 0.12},
        dark={"ambient": 0.004, "lamps": 0.02},
    ),
    "defocus": levels(defocus, radius_1_px={"radius": 1.0}, radius_2_px={"radius": 2.0}, radius_4_px={"radius": 4.0}),
    "motion blur": levels(
        motion, length_5_px={"length": 5.0}, length_10_px={"length": 10.0}, length_20_px={"length": 20.0}
    ),
    "rain on glass": levels(
        rain,
        drops_25={"drops": 25, "film": 0.0},
        drops_80={"drops": 80, "film": 0.8},
        drops_200={"drops": 200, "film": 1.5},
    ),
    "wet road": levels(
        wet,
        damp={"dark": 0.7, "mirror": 0.0, "cover": 0.6},
        film={"dark": 0.55, "mirror": 0.35, "cover": 1.0},
        standing={"dark": 0.45, "mirror": 0.8, "cover": 0.7},
    ),
    "snow": levels(snow, cover_20={"cover": 0.2}, cover_50={"cover": 0.5}, cover_90={"cover": 0.9}),
    "slush, wheel tracks": levels(slush, grey={"white": 150.0}, white={"white": 215.0}),
    "glare": levels(
        glare,
        light={"veil": 0.08, "spot": 0.3},
        strong={"veil": 0.3, "spot": 1.0},
        blinding={"veil": 0.7, "spot": 2.5},
    ),
    "vehicle ahead": levels(
        vehicle,
        far={"width": 0.18, "bottom": 0.3},
        near={"width": 0.4, "bottom": 0.6},
        close={"width": 0.65, "bottom": 0.85},
    ),
    "lens blocked": levels(
        blocked,
        finger_20={"what": "finger", "cover": 0.2},
        finger_45={"what": "finger", "cover": 0.45},
        mud_25={"what": "mud", "cover": 0.25},
        mud_60={"what": "mud", "cover": 0.6},
        dark_30={"what": "dark", "cover": 0.3},
        dark_70={"what": "dark", "cover": 0.7},
    ),
    "no road": levels(
        no_road, sky={"what": "sky"}, room={"what": "room"}, black={"what": "black"}, verge={"what": "verge"}
    ),
}
