"""Weather on photos of a road: drops on the glass, water, snow, slush, glare. Conventions: `degrade`."""

from __future__ import annotations

import cv2
import numpy as np

from pavement.detection import Image
from pavement.evaluation.paint import REFERENCE_PX, Bools, Floats, Random, clouds, disc, filtered, patches, to_bytes


def rain(image: Image, lane: Bools, rng: Random, *, drops: int, film: float) -> Image:
    """Drops on the glass, each a small upside-down picture out of focus, and streaks; `film` blurs all the rest."""
    h, w = image.shape[:2]
    unit = w / REFERENCE_PX
    result = (filtered(image, disc(film * unit)) if film else image).astype(np.float32)
    behind = cv2.GaussianBlur(image, (0, 0), 4 * unit).astype(np.float32)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    for _ in range(drops):
        cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), (6 + rng.gamma(2.0, 8.0)) * unit
        tall = rng.uniform(1.0, 1.6) if rng.random() < 0.8 else rng.uniform(3, 6)  # some run down
        top, bottom = int(max(cy - r * tall - 4, 0)), int(min(cy + r * tall + 4, h))
        left, right = int(max(cx - r - 4, 0)), int(min(cx + r + 4, w))
        if bottom - top < 3 or right - left < 3:
            continue
        u, v = (x[top:bottom, left:right] - cx) / r, (y[top:bottom, left:right] - cy) / (r * tall)
        d = np.sqrt(u * u + v * v)
        map_x = np.clip(cx - u * r * 4, 0, w - 1).astype(np.float32)
        map_y = np.clip(cy - v * r * 4, 0, h - 1).astype(np.float32)
        seen = cv2.remap(behind, map_x, map_y, cv2.INTER_LINEAR) * (1.0 + 0.35 * v - 0.45 * d**4)[..., None]
        alpha = np.clip((1 - d) * r / (2.0 * unit), 0, 1)[..., None] * 0.92
        part = result[top:bottom, left:right]
        part[:] = part * (1 - alpha) + seen * alpha
    return to_bytes(result)


def wet(image: Image, lane: Bools, rng: Random, *, dark: float, mirror: float, cover: float) -> Image:
    """Water on the road: darker and smoother, and where it stands the sky and what is beyond mirrored in it."""
    h, w = image.shape[:2]
    film = np.clip((patches(h, w, rng, scale=0.12, cover=cover) if cover < 1 else np.ones((h, w), np.float32)), 0, 1)
    base = image.astype(np.float32)
    smooth = cv2.GaussianBlur(base, (0, 0), 0.7 * w / REFERENCE_PX)
    depth = 1 - np.linspace(0, 1, h, dtype=np.float32)[:, None]
    sky = np.full((h, w, 3), (225, 215, 205), np.float32)
    for _ in range(6):  # trees and poles beyond
        at, wide = rng.uniform(0, w), rng.uniform(0.01, 0.08) * w
        cv2.rectangle(sky, (int(at), 0), (int(at + wide), int(h * rng.uniform(0.3, 1.0))), (60, 75, 65), -1)
    sky = np.asarray(cv2.GaussianBlur(sky, (0, 0), sigmaX=0.01 * w, sigmaY=0.06 * h), np.float32)
    fresnel = np.clip(0.25 + 0.75 * depth, 0, 1) * mirror
    soaked = smooth * dark
    soaked = soaked * (1 - fresnel[..., None]) + sky * fresnel[..., None]
    road = cv2.GaussianBlur(cv2.dilate(lane.astype(np.uint8), np.ones((25, 25))).astype(np.float32), (0, 0), 8)
    alpha = (film * road)[..., None]
    return to_bytes(base * (1 - alpha) + soaked * alpha)


def snow(image: Image, lane: Bools, rng: Random, *, cover: float) -> Image:
    """White patches on `cover` of the picture, softly shaded."""
    h, w = image.shape[:2]
    return lay_snow(image, patches(h, w, rng, scale=0.1, cover=cover), rng, white=float(rng.uniform(205, 242)))


def slush(image: Image, lane: Bools, rng: Random, *, white: float) -> Image:
    """Snow everywhere but in two wheel tracks, which are wet and narrow towards the distance."""
    h, w = image.shape[:2]
    tracks = np.zeros((h, w), np.float32)
    for row in range(h):
        columns = np.flatnonzero(lane[row])
        if len(columns) > 8:
            left, wide = columns[0], columns[-1] - columns[0]
            for at in (0.27, 0.73):
                a, b = left + wide * (at - 0.09), left + wide * (at + 0.09)
                tracks[row, max(int(a), 0) : max(int(b), 0)] = 1
    clear = cv2.GaussianBlur(tracks, (0, 0), 0.01 * w) * np.clip(patches(h, w, rng, scale=0.04, cover=0.85), 0.3, 1)
    return lay_snow(image, np.asarray(1 - clear, np.float32), rng, white=white)


def lay_snow(image: Image, alpha: Floats, rng: Random, *, white: float) -> Image:
    """Snow of some whiteness where `alpha` (h, w) is 1, with soft relief and a little grain."""
    h, w = image.shape[:2]
    relief = clouds(h, w, rng, scale=0.03) * 14 + clouds(h, w, rng, scale=0.2) * 10
    grain = cv2.GaussianBlur(rng.normal(0, 6, (h, w)).astype(np.float32), (0, 0), 0.8)
    cover = (white + relief + grain)[..., None] * np.array([1.0, 0.985, 0.97], np.float32)
    return to_bytes(image * (1 - alpha[..., None]) + cover * alpha[..., None])


def glare(image: Image, lane: Bools, rng: Random, *, veil: float, spot: float) -> Image:
    """Low sun: a veil over everything, strongest towards the sun, and a blown-out strip on the road."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    sun = rng.uniform(0.25, 0.75) * w
    glow = np.exp(-(((x - sun) / (0.55 * w)) ** 2) - (y / (0.9 * h)) ** 2)
    strip = np.exp(-(((x - sun) / ((0.10 + 0.12 * y / h) * w)) ** 2) - ((y - 0.45 * h) / (0.5 * h)) ** 2)
    linear = (image.astype(np.float32) / 255) ** 2.2
    linear = linear + veil * (0.25 + glow)[..., None] + spot * strip[..., None] * (0.4 + 3 * linear)
    return to_bytes(np.clip(linear, 0, 1) ** (1 / 2.2) * 255)
