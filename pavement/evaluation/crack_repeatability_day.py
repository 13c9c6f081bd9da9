"""A photo of the road as another pass would have taken it: other light, another lens, another encoder, another mount.

What is drawn and how strongly was written down before any result was looked at; docs/accuracy.md says why so strongly.
What stands on the road is moved as if it lay on it: a plane is all that one photo tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, radians

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.detection import Image
from pavement.evaluation.degrade import defocus, motion, shade
from pavement.evaluation.paint import REFERENCE_PX, recompress, to_bytes

Floats = NDArray[np.float64]
Random = np.random.Generator

KINDS = ("light", "blur", "JPEG", "mount", "place")
EXPOSURE_STOPS, PHOTO_STOPS = 0.35, 0.1  #: what a phone's exposure is off, of a pass and of each photo
CONTRAST, COLOUR = 0.15, 0.06  #: of a pass, as logarithms
SHADED_SHARE, SHADE_DEPTH, SHADE_RUN_M = 0.2, 0.45, 20.0  #: of the photos of a sunny pass; every second pass is one
DEFOCUS_PX, MOTION_PX, GRAIN = 0.5, 2.5, 4.0  #: sd; most, of 40 km/h at 1/500 s; most, in grey levels
QUALITY = (70, 95)
HEIGHT, PITCH_DEG, YAW_DEG, ROLL_DEG, ASIDE_M = 0.10, 2.0, 2.0, 1.0, 0.15  #: of another car's holder
BOUNCE_DEG, WANDER_M, WANDER_OVER_M = 0.3, 0.15, 100.0  #: of each photo
STEP_M = 5.0  #: between photos: another pass takes them up to half of it elsewhere
GROUND = np.meshgrid(np.linspace(5, 30, 6), np.linspace(-3, 3, 5))  #: forward, right: where the plane is laid through


@dataclass(frozen=True)
class Shot:
    """How one photo of a pass was taken, against the photo that it is made of."""

    stops: float = 0.0
    contrast: float = 1.0
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)  #: blue, green, red
    shadows: float = 0.0  #: depth
    defocus_px: float = 0.0
    motion_px: float = 0.0
    grain: float = 0.0
    quality: int | None = None
    height: float = 1.0  #: of the camera, as a share of what it was
    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: pitch, yaw, roll
    aside_m: float = 0.0
    ahead_m: float = 0.0


def draw_pass(along_m: Floats, kinds: frozenset[str], rng: Random) -> list[Shot]:
    """The shots of one pass over photos at `along_m` (n,); of `kinds` only what is among them differs.

    A pass draws the same numbers whatever kinds there are, so that conditions can be compared.
    """
    n = len(along_m)
    stops = rng.normal(0, EXPOSURE_STOPS) + rng.normal(0, PHOTO_STOPS, n)
    contrast, blue, red = np.exp(rng.normal(0, 1, 3) * (CONTRAST, COLOUR, COLOUR))
    sunny = rng.random() < 0.5
    runs = ((along_m - along_m.min()) // SHADE_RUN_M).astype(int)
    shaded = (rng.random(runs.max() + 1) < SHADED_SHARE)[runs] & sunny
    radius, grain = abs(rng.normal(0, DEFOCUS_PX)), rng.uniform(0, GRAIN)
    smear = rng.uniform(0, MOTION_PX, n)
    quality = int(rng.integers(*QUALITY, endpoint=True))
    height = exp(rng.normal(0, HEIGHT))
    pitch, yaw, roll, aside = rng.normal(0, 1, 4) * (PITCH_DEG, YAW_DEG, ROLL_DEG, ASIDE_M)
    bounce = rng.normal(0, BOUNCE_DEG, (n, 2))
    wander = aside + WANDER_M * smooth(along_m, WANDER_OVER_M, rng)
    ahead = rng.uniform(-STEP_M / 2, STEP_M / 2)
    shots = []
    for k in range(n):
        shot = Shot()
        if "light" in kinds:
            depth = SHADE_DEPTH if shaded[k] else 0.0
            shot = replace(shot, stops=stops[k], contrast=contrast, gains=(blue, 1.0, red), shadows=depth)
        if "blur" in kinds:
            shot = replace(shot, defocus_px=radius, motion_px=smear[k], grain=grain)
        if "JPEG" in kinds:
            shot = replace(shot, quality=quality)
        if "mount" in kinds:
            turn = (pitch + bounce[k, 0], yaw, roll + bounce[k, 1])
            shot = replace(shot, height=height, turn_deg=turn, aside_m=wander[k])
        if "place" in kinds:
            shot = replace(shot, ahead_m=ahead)
        shots.append(shot)
    return shots


def smooth(along_m: Floats, length_m: float, rng: Random) -> Floats:
    """(n,) of variance 1 at places along a road, alike over `length_m` (Ornstein-Uhlenbeck)."""
    values = np.empty(len(along_m))
    state = rng.normal()
    for k, metres in enumerate(along_m):
        keep = exp(-abs(metres - along_m[k - 1]) / length_m) if k else 1.0
        state = keep * state + rng.normal() * np.sqrt(1 - keep * keep)
        values[k] = state
    return values


def take(photo: Image, shot: Shot, camera: Camera, rng: Random) -> Image:
    """The photo (h, w, 3) BGR as this shot has it; `camera`: of the photo, for its size."""
    image = photo
    if shot.height != 1.0 or shot.ahead_m or shot.aside_m or any(shot.turn_deg):
        image = seen_from(image, camera, shot)
    if shot.shadows:
        image = shade(image, np.ones(image.shape[:2], bool), rng, depth=shot.shadows)
    if shot.stops or shot.contrast != 1.0 or shot.gains != (1.0, 1.0, 1.0):
        image = lit(image, shot)
    if shot.defocus_px > 0.1:
        image = defocus(image, np.ones(image.shape[:2], bool), rng, radius=shot.defocus_px)
    if shot.motion_px > 0.5:
        image = motion(image, np.ones(image.shape[:2], bool), rng, length=shot.motion_px)
    if shot.grain:
        coarse = rng.normal(0, shot.grain, (image.shape[0] // 2 + 1, image.shape[1] // 2 + 1)).astype(np.float32)
        grain = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)[: image.shape[0], : image.shape[1], None]
        image = to_bytes(image.astype(np.float32) + grain * (REFERENCE_PX / max(image.shape[1], REFERENCE_PX)))
    return image if shot.quality is None else recompress(image, shot.quality)


def lit(image: Image, shot: Shot) -> Image:
    """Other exposure (in linear light), contrast about the mean, and colours."""
    levels = (np.arange(256) / 255) ** 2.2
    table = np.stack([255 * np.clip(levels * gain * 2**shot.stops, 0, 1) ** (1 / 2.2) for gain in shot.gains], axis=1)
    bright = np.stack([table[:, c][image[..., c]] for c in range(3)], axis=2)
    middle = float(bright.mean())
    return to_bytes((bright - middle) * shot.contrast + middle)


def seen_from(image: Image, camera: Camera, shot: Shot) -> Image:
    """The photo from the shot's place and mount: the homography of the road's plane; black where nothing was seen."""
    pitch, yaw, roll = (radians(each) for each in shot.turn_deg)
    old = replace(camera, k1=0.0)
    new = replace(
        old,
        height_m=old.height_m * shot.height,
        pitch=old.pitch + pitch,
        yaw=old.yaw + yaw,
        roll=old.roll + roll,
    )
    forward, right = GROUND
    before = np.stack(old.pixel(forward, right), axis=-1).reshape(-1, 2)
    after = np.stack(new.pixel(forward - shot.ahead_m, right - shot.aside_m), axis=-1).reshape(-1, 2)
    matrix, _ = cv2.findHomography(before, after)
    warped = cv2.warpPerspective(image, matrix, (image.shape[1], image.shape[0]), flags=cv2.INTER_CUBIC)
    return np.asarray(warped, np.uint8)
