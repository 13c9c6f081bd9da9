"""What every stage works with: a drive on disk, the tools that touch the outside, and the store of finished steps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from numpy.typing import NDArray

from pavement.detection import Detector, Image
from pavement.drive import Drive
from pavement.imu.vehicle import VehicleModel
from pavement.redact import Guard

CHUNK = 100  #: frames a step: what a kill can cost

Item = TypeVar("Item")
Result = TypeVar("Result")
Arrays = Mapping[str, NDArray[Any]]
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


def step_by_step(
    steps: Sequence[tuple[str, Sequence[Item]]],
    work: Callable[[list[Item]], Iterator[Result]],
    store: StepStore,
    pack: Callable[[Sequence[Result]], Arrays],
    unpack: Callable[[Arrays], Sequence[Result]],
) -> Iterator[Sequence[Result]]:
    """The results of every step (its key, its items); what an earlier run finished is loaded, the rest made and kept.

    `work` gives a result an item, in order, and is given all items that are left at once: nobody waits where a step
    ends.
    """
    left: dict[str, Sequence[Item]] = {}
    results: Iterator[Result] = iter(())
    for number, (key, items) in enumerate(steps):
        done = None if key in left else store.load(key)
        if done is not None:
            yield unpack(done)
            continue
        if key not in left:
            left = {key: items} | {later: more for later, more in steps[number + 1 :] if store.load(later) is None}
            results = work([item for each in left.values() for item in each])
        found = list(islice(results, len(items)))
        store.save(key, pack(found))
        yield found


def step_key(*parts: object) -> str:
    """A name that stands for everything a step depends on."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()[:24]
