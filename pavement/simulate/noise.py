"""Noise that repeats without a seam: the stuff of asphalt, gravel and grass."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]


def periodic(rows: int, columns: int, slope: float, rng: np.random.Generator, stretch: float = 1.0) -> Floats32:
    """Periodic noise (rows, columns), mean 0, standard deviation 1, amplitude ~ frequency^-slope.

    `stretch` > 1 draws the pattern out along the rows' axis (down the road).
    """
    fy = np.fft.fftfreq(rows)[:, None] * stretch
    fx = np.fft.rfftfreq(columns)[None, :]
    size = np.hypot(fy, fx)
    size[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((rows, columns))) * size**-slope
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, s=(rows, columns)).astype(np.float32)
    noise /= noise.std()
    return noise


def speckle(rows: int, columns: int, rng: np.random.Generator) -> Floats32:
    """The grain of asphalt (rows, columns) as a factor around 1: stones light and dark, dark pores between them."""
    fine = periodic(rows, columns, 0.12, rng)
    stones = periodic(rows, columns, 0.9, rng)
    grain = 0.72 * fine + 0.5 * stones
    pores = np.clip(-grain - 1.1, 0, 3)
    bright = np.clip(grain - 1.5, 0, 3)
    factor: Floats32 = np.clip(1 + 0.105 * grain - 0.12 * pores + 0.13 * bright, 0.35, 1.8).astype(np.float32)
    return factor


@dataclass(frozen=True)
class NoiseBank:
    """Every tile that a drive needs; rows run down the road.

    `patchy` and `streaky` (20 mm rows, 16 mm columns), `rough` (white-ish, same scale), `grass` (BGR).
    """

    patchy: Floats32
    streaky: Floats32
    rough: Floats32
    grass: NDArray[np.uint8]

    @classmethod
    def of(cls, seed: int) -> NoiseBank:
        """The tiles of `seed`. Their sizes have no common period, so the sum does not repeat within kilometres."""
        rng = np.random.default_rng([seed, 6])
        return cls(
            periodic(1500, 900, 1.25, rng),
            periodic(2000, 900, 1.1, rng, stretch=14.0),
            periodic(900, 840, 0.35, rng),
            _grass(800, 640, rng),
        )


def _grass(rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grass and weeds as BGR (rows, columns, 3)."""
    tone = 0.5 * periodic(rows, columns, 1.0, rng) + 0.75 * periodic(rows, columns, 0.3, rng)
    dry = cv2.GaussianBlur(periodic(rows, columns, 1.4, rng), (0, 0), 2)[..., None]
    green = np.array([0.16, 0.33, 0.25], np.float32) * (1 + 0.33 * tone[..., None])
    straw = np.array([0.30, 0.46, 0.49], np.float32) * (1 + 0.28 * tone[..., None])
    share = np.clip(0.45 + 0.35 * dry, 0, 1)
    colour = 255 * np.clip(green * (1 - share) + straw * share, 0.02, 0.95)
    return np.asarray(colour, np.uint8)


def window(tile: NDArray[np.float32], row: int, rows: int, columns: int, column: int = 0) -> Floats32:
    """A piece (rows, columns) of an endlessly repeated tile, from `row`, `column` on."""
    at = np.arange(row, row + rows) % tile.shape[0]
    across = np.arange(column, column + columns) % tile.shape[1]
    piece: Floats32 = tile[at[:, None], across[None, :]]
    return piece


def zoomed(tile: Floats32, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Floats32:
    """An endlessly repeated tile at fractional rows and columns (outer product), interpolated linearly."""
    y = (rows % tile.shape[0]).astype(np.float32)
    x = (columns % tile.shape[1]).astype(np.float32)
    grid = np.broadcast_to(x[None, :], (len(y), len(x))), np.broadcast_to(y[:, None], (len(y), len(x)))
    seen = cv2.remap(tile, grid[0].copy(), grid[1].copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(seen, np.float32)
