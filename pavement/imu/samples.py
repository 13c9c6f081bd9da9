"""What a phone's motion sensors recorded, as arrays, and the vertical acceleration in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_RATE_HZ = 45.0  #: 50 Hz as asked for, give or take what phones make of it
GAP_S = 0.1  #: a longer hole is not bridged
LEAST_STRETCH_S = 6.0  #: shorter pieces say nothing
EDGE_S = 1.5  #: at the ends of a piece the filters have not settled
GRAVITY_MPS2 = (9.3, 10.3)  #: plausible mean length of a phone's acceleration
GRAVITY_WINDOW_S = 5.0  #: three running means of this length
HANDLED = 0.15  #: rad: gravity turns so far in the phone only when somebody moves it


class ImuFlaw(StrEnum):
    """Why a sample is not used. The word goes to run.json; `IMU_FLAW_JA` is what people read."""

    DAMAGED = "damaged"  #: a row without three accelerations
    NO_TIME = "no_time"
    IMPLAUSIBLE = "implausible"  #: beyond what a phone's sensor can measure
    DUPLICATE_TIME = "duplicate_time"  #: the same time as an earlier sample


IMU_FLAW_JA: dict[ImuFlaw, str] = {
    ImuFlaw.DAMAGED: "記録が壊れている",
    ImuFlaw.NO_TIME: "時刻がない",
    ImuFlaw.IMPLAUSIBLE: "加速度が測定範囲を超えている",
    ImuFlaw.DUPLICATE_TIME: "時刻が重複",
}


@dataclass(frozen=True)
class ImuSamples:
    """Good samples in time order: seconds since 1970 UTC (n,), m/s² with gravity (n, 3), rad/s (n, 3; NaN = none).

    `samples_in` = len + the sum of `rejected`.
    """

    time_s: Floats
    acceleration: Floats
    rotation: Floats
    samples_in: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.time_s)
        if self.acceleration.shape != (n, 3) or self.rotation.shape != (n, 3):
            raise ValueError(f"expected shapes ({n}, 3), got {self.acceleration.shape}, {self.rotation.shape}")

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def rate_hz(self) -> float:
        """The usual rate; 0 with fewer than two samples."""
        return 1 / float(np.median(np.diff(self.time_s))) if len(self) > 1 else 0.0

    def unfit(self) -> str | None:
        """Why nothing can be measured with them (Japanese); None where it can."""
        if len(self) < 2 or self.time_s[-1] - self.time_s[0] < LEAST_STRETCH_S:
            return "加速度の記録がない、または短すぎます"
        if self.rate_hz < LEAST_RATE_HZ:
            return f"加速度の記録が毎秒{self.rate_hz:.0f}回しかありません。50Hz以上で記録してください"
        length = float(np.median(np.linalg.norm(self.acceleration, axis=1)))
        if length < 0.5:
            return "加速度に重力が含まれていません。重力を含む値(m/s²)で記録してください"
        if 0.9 < length < 1.1:
            return "加速度の単位がgのようです。m/s²で記録してください"
        if not GRAVITY_MPS2[0] < length < GRAVITY_MPS2[1]:
            return f"静止時の加速度が{length:.1f} m/s²です。単位と較正を確認してください"
        return None


@dataclass(frozen=True)
class Shaking:
    """Vertical acceleration without gravity, up, in one piece without holes; evenly spaced, arrays (n,)."""

    start_s: float
    rate_hz: float
    vertical_mps2: Floats
    sound: Bools  #: neither at an end nor while somebody moved the phone

    @property
    def time_s(self) -> Floats:
        """Seconds since 1970 UTC."""
        return self.start_s + np.arange(len(self.vertical_mps2)) / self.rate_hz


def shakings(samples: ImuSamples) -> list[Shaking]:
    """The vertical acceleration, piece by piece; none where the samples are unfit."""
    if samples.unfit():
        return []
    step = 1 / samples.rate_hz
    breaks = np.flatnonzero(np.diff(samples.time_s) > max(GAP_S, 2.5 * step)) + 1
    pieces = np.split(np.arange(len(samples)), breaks)
    long = (each for each in pieces if samples.time_s[each[-1]] - samples.time_s[each[0]] >= LEAST_STRETCH_S)
    return [_shaking(samples.time_s[each], samples.acceleration[each], float(round(1 / step))) for each in long]


def _shaking(time_s: Floats, acceleration: Floats, rate_hz: float) -> Shaking:
    from scipy.interpolate import CubicSpline  # not at the head: a server needs the names of this module only
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    apart = np.concatenate([[True], np.diff(time_s) > 0.2 / rate_hz])  # two stamps of one moment bend the spline
    count = int((time_s[-1] - time_s[0]) * rate_hz) + 1
    start_s = float(time_s[0])
    moments = np.minimum(np.arange(count) / rate_hz, time_s[apart][-1] - start_s)
    even = CubicSpline(time_s[apart] - start_s, acceleration[apart])(moments)
    window = max(round(GRAVITY_WINDOW_S * rate_hz), 1)
    gravity = even
    for _ in range(3):
        gravity = uniform_filter1d(gravity, window, axis=0, mode="nearest")
    length = np.linalg.norm(gravity, axis=1)
    up = gravity / np.maximum(length, 1e-9)[:, None]
    turned = np.arccos(np.clip((up * np.roll(up, window, axis=0)).sum(1), -1, 1))
    turned[:window] = 0
    sound = (maximum_filter1d(turned, 2 * window) < HANDLED) & (np.abs(length - np.mean(GRAVITY_MPS2)) < 1)
    edge = round(EDGE_S * rate_hz)
    sound[:edge] = sound[len(sound) - edge :] = False
    fade = uniform_filter1d(sound.astype(float), max(edge, 1), mode="nearest")  # what is unsound must not ring
    return Shaking(start_s, rate_hz, ((even * up).sum(1) - length) * fade, sound)
