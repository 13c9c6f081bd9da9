"""What every stage works with: a drive on disk, the tools that touch the outside, and the store of finished steps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from pavement.detection import Detector, Image
from pavement.drive import Drive
from pavement.imu.vehicle import VehicleModel
from pavement.redact import Guard

CHUNK = 100  #: frames a step: what a kill can cost

Progress = Callable[[str, int, int], None]


class StepStore(Protocol):
    """Keeps the arrays of finished steps."""

    def load(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Those of a step, or None where it is not done."""

    def save(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep a step's."""


@dataclass(frozen=True)
class Tools:
    """What the stages need from outside."""

    detector: Detector
    guard: Guard
    store: StepStore
    read_images: Callable[[Path, Sequence[str]], Iterable[tuple[str, Image | None]]]
    write_photo: Callable[[Path, Image], None]
    progress: Progress = lambda stage, done, total: None


@dataclass(frozen=True)
class DriveOnDisk:
    """A drive that was read, and the folder in which its files lie."""

    drive: Drive
    folder: Path
    vehicle: VehicleModel | None = None  #: the car as `calibrate-imu` found it; None = an ordinary one is assumed


def step_key(*parts: object) -> str:
    """A name that stands for everything a step depends on."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()[:24]
