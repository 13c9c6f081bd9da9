"""A phone's receiver: a bias that wanders, reflections, spikes, holes, and the first fixes behind a tunnel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from pavement.simulate.prefecture.spec import Floats


@dataclass(frozen=True)
class Receiver:
    """Sizes of its errors. Sigmas are of each axis."""

    bias_m: float = 2.5  #: Gauss-Markov, τ = `bias_s`
    bias_s: float = 120.0
    wobble_m: float = 0.8  #: Gauss-Markov, τ = 8 s
    white_m: float = 0.4
    reflections_per_h: float = 12.0  #: 6-35 m aside for 4-40 s
    spikes_per_h: float = 2.0  #: one fix 60-400 m aside
    holes_per_h: float = 2.0  #: 3-40 s without a fix, under the open sky
    states_accuracy: bool = False

    @classmethod
    def of(cls, rng: np.random.Generator) -> Receiver:
        """One of many phones."""
        return cls(
            bias_m=float(rng.uniform(1.5, 3.5)),
            bias_s=float(rng.uniform(60, 300)),
            reflections_per_h=float(rng.uniform(3, 20)),
            states_accuracy=bool(rng.random() < 0.5),
        )


def receive(
    receiver: Receiver, time_s: Floats, xy: Floats, hidden: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Fixes every second of a way (n,), (n, 2): times (m,), places (m, 2) in metres, stated accuracy (m,) or NaN."""
    at = np.arange(np.ceil(time_s[0]), time_s[-1])
    true = np.column_stack([np.interp(at, time_s, xy[:, 0]), np.interp(at, time_s, xy[:, 1])])
    dark = np.interp(at, time_s, hidden.astype(float)) > 0
    n, hours = len(at), len(at) / 3600
    error = wandering(n, receiver.bias_m, receiver.bias_s, rng) + wandering(n, receiver.wobble_m, 8.0, rng)
    for begin in rng.integers(0, n, rng.poisson(receiver.reflections_per_h * hours)).tolist():
        error[begin:] += reflection(n - begin, float(rng.uniform(6, 35)), float(rng.uniform(2, 15)), rng)
    for begin in (np.flatnonzero(np.diff(dark.astype(int)) < 0) + 1).tolist():
        error[begin:] += reflection(n - begin, float(rng.uniform(2, 20)), 4.0, rng)
    spread = np.hypot(*error.T)
    error += rng.normal(0, receiver.white_m, (n, 2))
    spikes = rng.integers(0, n, rng.poisson(receiver.spikes_per_h * hours))
    error[spikes] += rng.normal(0, 1, (len(spikes), 2)) * rng.uniform(60, 250, (len(spikes), 1))
    for begin in rng.integers(0, n, rng.poisson(receiver.holes_per_h * hours)).tolist():
        dark[begin : begin + int(3 + rng.exponential(10))] = True
    stated = np.clip(spread * 0.6 + rng.uniform(2.5, 4.0, n), 3, 40) if receiver.states_accuracy else np.full(n, np.nan)
    keep = ~dark
    return at[keep], (true + error)[keep], stated[keep]


def wandering(n: int, sigma_m: float, tau_s: float, rng: np.random.Generator) -> Floats:
    """A Gauss-Markov process (n, 2), one value a second."""
    keep = np.exp(-1 / tau_s)
    drive = rng.normal(0, sigma_m * np.sqrt(1 - keep**2), (n, 2))
    drive[:1] = rng.normal(0, sigma_m, (1, 2))
    return np.asarray(lfilter([1.0], [1.0, -keep], drive, axis=0))


def reflection(n: int, size_m: float, fade_s: float, rng: np.random.Generator) -> Floats:
    """A jump to one side (n, 2) that fades."""
    angle = rng.uniform(0, 2 * np.pi)
    fading = size_m * np.exp(-np.arange(min(n, int(8 * fade_s))) / fade_s)
    jump = np.zeros((n, 2))
    jump[: len(fading)] = fading[:, None] * np.array([np.cos(angle), np.sin(angle)])
    return jump
