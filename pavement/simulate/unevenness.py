"""Longitudinal unevenness of the road: a random profile in each wheel path by the power spectrum of ISO 8608.

Power spectral density of height G(n) = G(n0) · (n / n0)^-2 at spatial frequency n, n0 = 0.1 cycles/m; geometric mean
G(n0) of class A 16·10⁻⁶ m³, four times more each class after it (ISO 8608:2016, table C.1). Waves from 0.25 to 40 m:
longer ones neither move a car against the road nor count in IRI.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pavement.road import Direction
from pavement.simulate.spec import Roughness
from pavement.simulate.world import WHEEL_M, World, lane_middle

Floats = NDArray[np.float64]

N0, CLASS_A = 0.1, 16e-6  #: cycles/m, m³
SHORTEST_M, LONGEST_M = 0.25, 40.0
SAMPLE_M = 0.025
SAMPLES = 1 << 17  #: the profile repeats after 3.3 km
TRACK_M = 2 * WHEEL_M
MEETING_M = 0.4  #: the two lanes' surfaces pass into each other over this much on both sides of the centre line
FADE_M = 3.0  #: a change of the amplitude between two stretches


def spectral_density(roughness: Roughness, frequency: Floats) -> Floats:
    """G(n) in m³ at spatial frequencies n (cycles/m)."""
    order = list(Roughness).index(roughness) - list(Roughness).index(Roughness.A)
    return np.asarray(CLASS_A * 4.0**order * (frequency / N0) ** -2)


@lru_cache(maxsize=8)
def _wheel_paths(roughness: Roughness, seed: int, direction: Direction) -> Floats:
    """Heights in m (2, SAMPLES + 1) of the left and right wheel path, periodic, `SAMPLE_M` apart.

    What both have in common falls with frequency as exp(-n · track): long waves lift the whole lane, short ones one
    wheel (an assumption; ISO 8608 says nothing on it).
    """
    rng = np.random.default_rng([seed, 21, list(Direction).index(direction)])
    frequency = np.asarray(np.fft.rfftfreq(SAMPLES, SAMPLE_M), float)
    band = (frequency >= 1 / LONGEST_M) & (frequency <= 1 / SHORTEST_M)
    amplitude = np.zeros(len(frequency))  # a wave of G(n) dn has the variance a²/2
    amplitude[band] = np.sqrt(2 * spectral_density(roughness, frequency[band]) / (SAMPLES * SAMPLE_M))
    common = np.exp(-frequency * TRACK_M)
    parts = rng.normal(0, 1, (3, 2, len(frequency))) / np.sqrt(2)
    both, left, right = parts[:, 0] + 1j * parts[:, 1]
    waves = [np.sqrt(common) * both + np.sqrt(1 - common) * own for own in (left, right)]
    heights = np.fft.irfft(np.stack(waves) * amplitude * SAMPLES / 2, SAMPLES, axis=1)
    return np.concatenate([heights, heights[:, :1]], axis=1)


def wheel_path_m(world: World, s: Floats, direction: Direction, side: int) -> Floats:
    """Unevenness in m of one wheel path at arc lengths s (any shape); `side` 0 = the driver's left, 1 = right."""
    if world.roughness is Roughness.NONE:
        return np.zeros_like(s)
    heights = _wheel_paths(world.roughness, world.rut_seed, direction)[side]
    at = s / SAMPLE_M % SAMPLES
    profile: Floats = np.interp(at, np.arange(SAMPLES + 1), heights)
    for stretch in world.stretches_at(s, direction):
        if stretch.roughness_factor != 1:
            into = np.minimum(s - stretch.from_m, stretch.to_m - s)
            profile = profile * (1 + (stretch.roughness_factor - 1) * np.clip(into / FADE_M + 0.5, 0, 1))
    return profile


def unevenness_m(world: World, s: Floats, across: Floats) -> Floats:
    """Unevenness in m of the road at s and across, two arrays of shapes that broadcast against each other.

    Across a lane it is the straight line through its two wheel paths: no rut and no crown comes of it.
    """
    if world.roughness is Roughness.NONE:
        return np.zeros(np.broadcast_shapes(s.shape, across.shape))
    lanes = []
    for direction in Direction:
        left, right = (wheel_path_m(world, s, direction, side) for side in (0, 1))
        aside = (across - lane_middle(direction, world.lane_width_m)) * (1 if direction is Direction.DOWN else -1)
        aside = np.clip(aside, -TRACK_M, TRACK_M)  # grass does not go on rising
        lanes.append((left + right) / 2 + (left - right) / TRACK_M * aside)
    down = np.clip(across / (2 * MEETING_M) + 0.5, 0, 1)
    down = down * down * (3 - 2 * down)
    mixed: Floats = lanes[0] * down + lanes[1] * (1 - down)
    return mixed
