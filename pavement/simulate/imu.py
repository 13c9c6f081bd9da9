"""What the phone's sensors write down of a ride: `imu.csv`.

write_imu(drive / "imu.csv", phone(driven, rng), epoch_s=start)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from pavement.files import whole_file
from pavement.simulate.suspension import RATE_HZ, Ride

Floats = NDArray[np.float64]

GRAVITY_MPS2 = 9.798  #: in Tohoku
JITTER_S = 0.0008  #: of a phone's time stamps
SIDE_MPS2 = 0.15  #: sway of the car
TURN_RATE = 0.01  #: noise of the gyroscope, rad/s


@dataclass(frozen=True)
class PhoneRecord:
    """Samples in the phone's own axes: seconds (n,) of the ride, m/s² (n, 3) with gravity, rad/s (n, 3)."""

    time_s: Floats
    acceleration: Floats
    rotation: Floats


def phone(
    driven: Ride, rng: np.random.Generator, *, rate_hz: float = 100.0, orientation: Rotation | None = None
) -> PhoneRecord:
    """A ride as a phone in any orientation feels it (a random one unless given), at about `rate_hz`.

    `orientation` turns the car's axes (ahead, left, up) into the phone's.
    """
    every = max(round(RATE_HZ / rate_hz), 1)
    turned = orientation or Rotation.random(random_state=np.random.RandomState(int(rng.integers(2**31))))
    braking = np.gradient(driven.speed_mps, driven.time_s)
    side = np.convolve(rng.normal(0, 1, len(driven.time_s)), np.ones(100) / 10, mode="same") * SIDE_MPS2
    car = np.column_stack([braking - GRAVITY_MPS2 * driven.pitch, side, GRAVITY_MPS2 + driven.vertical_mps2])
    turns = np.zeros_like(car)
    turns[:, 1] = np.gradient(driven.pitch, driven.time_s)
    turns += rng.normal(0, TURN_RATE, turns.shape)
    time_s = driven.time_s[::every]
    jitter = np.clip(rng.normal(0, JITTER_S, len(time_s)), -0.4 * every / RATE_HZ, 0.4 * every / RATE_HZ)
    return PhoneRecord(time_s + jitter, turned.apply(car)[::every], turned.apply(turns)[::every])


def write_imu(path: Path, record: PhoneRecord, epoch_s: float) -> None:
    """Write `timestamp,ax,ay,az,gx,gy,gz`; `epoch_s`: UTC seconds since 1970 at which the ride began."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write("timestamp,ax,ay,az,gx,gy,gz\n")
        for second, felt, turn in zip(record.time_s, record.acceleration, record.rotation, strict=True):
            stamp = datetime.fromtimestamp(epoch_s + float(second), UTC).isoformat(timespec="microseconds")
            numbers = ",".join(f"{value:.5f}" for value in (*felt, *turn))
            file.write(f"{stamp.replace('+00:00', 'Z')},{numbers}\n")
