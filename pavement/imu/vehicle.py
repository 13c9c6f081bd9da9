"""The car as a quarter-car with the phone on its body: what turns vertical acceleration back into the road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNSPRUNG_SHARE = 0.13  #: mass ratio of an ordinary car's axle
PASS_HZ = (0.15, 15.0, 20.0)  #: what is inverted: half at the first, all until the second, nothing from the third on
TYPICAL_SPREAD = 0.30  #: 1 sigma of a value when nothing is known of the car
TUNED_SPREAD = 0.25  #: … when its frequencies were read from the drive; simulated cars spread 0.14, real ones have more
SPREAD_PER_KMH = 0.01  #: per km/h outside the speeds of the calibration
LEAST_SPREAD = 0.05  #: no calibration is better than its reference


@dataclass(frozen=True)
class VehicleModel:
    """How a car answers to the road, and how far its IRI can be trusted (relative, 1 sigma)."""

    body_hz: float = 1.55
    damping: float = 0.30  #: of critical, on the springs
    hop_hz: float = 11.5
    gain: float = 0.88  #: acceleration at the phone, to that over the axle
    spread: float = TYPICAL_SPREAD  #: of the car as a whole: the same for all sections
    spread_100m: float = 0.12  #: from one 100 m section to the next
    speed_kmh: tuple[float, float] = (20.0, 60.0)  #: for which that holds
    calibrated: bool = False

    def relative_sd(self, length_m: float, speed_kmh: float | None = None) -> float:
        """1 sigma of the IRI of a section, relative; more at a speed at which the car was not calibrated.

        >>> round(VehicleModel(spread=0.05, spread_100m=0.12, calibrated=True).relative_sd(100), 2)
        0.13
        """
        low, high = self.speed_kmh
        beyond = 0.0 if speed_kmh is None else max(low - speed_kmh, speed_kmh - high, 0.0)
        each = self.spread_100m * np.sqrt(100 / length_m)
        return float(np.sqrt(self.spread**2 + each**2 + (beyond * SPREAD_PER_KMH) ** 2))

    def answer(self, hz: Floats) -> NDArray[np.complex128]:
        """Vertical acceleration of the phone per vertical velocity of the road under the wheel, 1/s, at `hz` > 0."""
        tyre, spring = stiffnesses(self.body_hz, self.hop_hz)
        damper = 2 * self.damping * np.sqrt(spring)
        s = 2j * np.pi * hz
        link = damper * s + spring
        below = (s**2 + link) * (UNSPRUNG_SHARE * s**2 + link + tyre) - link**2
        return np.asarray(self.gain * s * tyre * link / below)

    def road_velocity(self, vertical_mps2: Floats, rate_hz: float) -> Floats:
        """Vertical velocity of the road under the wheel (n,), m/s, within the band `PASS_HZ`."""
        count = len(vertical_mps2)
        padded = 1 << (count + round(8 * rate_hz)).bit_length()  # the far end must not reach round to the near one
        spectrum = np.fft.rfft(vertical_mps2, padded)
        hz = np.asarray(np.fft.rfftfreq(padded, 1 / rate_hz), np.float64)
        spectrum[0] = 0
        spectrum[1:] *= passed(hz[1:]) / self.answer(hz[1:])
        return np.asarray(np.fft.irfft(spectrum, padded)[:count])


def passed(hz: Floats) -> Floats:
    """Share of each frequency that is inverted; no shift of phase."""
    low, full, none = PASS_HZ
    fall = np.clip((hz - full) / (none - full), 0, 1)
    return np.asarray(hz**4 / (hz**4 + low**4) * np.cos(np.pi / 2 * fall) ** 2)


def stiffnesses(body_hz: float, hop_hz: float) -> tuple[float, float]:
    """Tyre and spring per carried mass, 1/s², of a quarter-car whose two frequencies are these."""
    both = UNSPRUNG_SHARE * (2 * np.pi * hop_hz) ** 2
    root = float(np.sqrt(max(both**2 / 4 - (2 * np.pi * body_hz) ** 2 * both, 0.0)))
    return float(both) / 2 + root, float(both) / 2 - root
