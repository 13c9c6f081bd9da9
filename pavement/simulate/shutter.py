"""What a phone's rolling shutter and exposure time make of a moving car.

Rows are read out one after the other, the middle one at the frame's time; each row sees the car where it is then: moved
on along the road, pitched, rolled and lifted. Yaw and sideways motion during the readout are neglected (0.5 px).

Exposure blur is an average over shifted copies of the sharp picture. A shift is that of the ground under each pixel to
first order in the distance driven, by its own depth (Longuet-Higgins & Prazdny 1980, eq. 2.8 without rotation) and the
pitch's rate: exact to a few per cent at 4 m and 5 cm driven. Lens distortion of the shift is neglected.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.simulate.motion import Motion
from pavement.simulate.spec import DriveSpec

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

LEAST_BLUR_PX = 0.3  #: less is not drawn
TAP_PX = 1.3  #: between the shifted copies
MOST_TAPS = 15
BANDS = 8  #: of rows, each with its own number of copies


def row_times(spec: DriveSpec) -> Floats:
    """Seconds (h,) after the frame's time at which each row is exposed."""
    return (np.arange(spec.height_px) / max(spec.height_px - 1, 1) - 0.5) * spec.rolling_shutter_ms / 1000


def turn(rays: Floats32, rise: Floats, lean: Floats) -> Floats32:
    """Rays (3, h, w) turned by small angles (h,) of each row: nose up, left side up; in place."""
    up, over = (np.asarray(angle, np.float32)[:, None] for angle in (rise, lean))
    forward, left, high = rays
    change = up * forward + over * left
    forward -= up * high
    left -= over * high
    high += change
    return rays


def exposed(picture: Floats32, depth_m: Floats32, motion: Motion, spec: DriveSpec, foe_px: Floats) -> Floats32:
    """The picture (h, w, 3) blurred by the motion during the exposure.

    `depth_m` (h, w) along the optical axis; `foe_px`: where the car drives to, in pixels.
    """
    time_s = spec.exposure_ms / 1000
    driven = motion.speed_mps * time_s
    nod = spec.focal_px * motion.rise_rate * time_s
    share = np.float32(driven) / depth_m
    height, width = depth_m.shape
    x = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5 - foe_px[0])
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - foe_px[1])
    shift_x, shift_y = x * share, y * share + np.float32(nod)
    size = np.hypot(shift_x[:, :: max(width // 32, 1)], shift_y[:, :: max(width // 32, 1)]).max(axis=1)
    moved = np.flatnonzero(size > LEAST_BLUR_PX)
    if not len(moved):
        return picture
    blurred = picture.copy()
    cuts = np.linspace(moved[0], height, BANDS + 1).astype(int)
    for top, bottom in pairwise(cuts):  # farther rows need fewer copies
        if bottom == top:
            continue
        band = slice(top, bottom)
        taps = int(np.clip(np.ceil(size[band].max() / TAP_PX), 2, MOST_TAPS))
        blurred[band] = _mean_of_copies(picture, shift_x[band], shift_y[band], top, taps)
    return blurred


def _mean_of_copies(picture: Floats32, shift_x: Floats32, shift_y: Floats32, top: int, taps: int) -> Floats32:
    """Mean (h, w, 3) of `taps` copies of some rows from `top` on, spread evenly over the shift (h, w) of each pixel."""
    x = np.arange(shift_x.shape[1], dtype=np.float32)[None, :]
    y = np.arange(top, top + len(shift_x), dtype=np.float32)[:, None]
    total = np.zeros((*shift_x.shape, picture.shape[2]), np.float32)
    for part in (np.arange(taps, dtype=np.float32) + np.float32(0.5)) / taps - np.float32(0.5):
        copy = cv2.remap(
            picture, x - part * shift_x, y - part * shift_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        cv2.accumulate(copy, total)
    total *= np.float32(1 / taps)
    return total
