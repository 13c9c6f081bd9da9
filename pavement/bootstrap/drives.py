"""Drives from disk, and their safe twins."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pavement.bootstrap.models import open_model
from pavement.detectors import open_guard
from pavement.errors import BadInput
from pavement.imu.vehicle import VehicleModel
from pavement.pipeline import DriveOnDisk, Progress
from pavement.safe_drive import Masking, Originals, put_away, redact_drive
from pavement.settings import Settings
from pavement.sources import open_drive, read_drive
from pavement.sources.vehicle_toml import read_vehicle

VEHICLE = "vehicle.toml"  #: beside a drive's files


def load_drives(
    paths: Sequence[Path], work: Path, progress: Progress, vehicle: VehicleModel | None = None
) -> list[DriveOnDisk]:
    """The drives, read; one given twice is refused, two of one name are told apart.

    `vehicle`: the car of all of them; else the one that lies beside a drive's files as vehicle.toml.
    """
    loaded: list[DriveOnDisk] = []
    for path in paths:
        folder = open_drive(path, work / "unpacked")
        car = vehicle or (read_vehicle(folder / VEHICLE) if (folder / VEHICLE).is_file() else None)
        drive = read_drive(folder, progress=lambda done, total: progress("read", done, total))
        if any(each.drive.fingerprint == drive.fingerprint for each in loaded):
            raise BadInput("is given twice", file=path, do="name every drive once")
        same = sum(each.drive.name == drive.name for each in loaded)
        loaded.append(DriveOnDisk(replace(drive, name=f"{drive.name}-{same + 1}") if same else drive, folder, car))
    return loaded


def redact(
    path: Path, out: Path, originals: str, key: Path | None, settings: Settings, progress: Progress
) -> tuple[int, int]:
    """A drive's safe twin, and the policy for its originals; (frames kept, frames left out)."""
    policy = Originals(originals)
    if policy is Originals.SEAL and key is None:
        raise BadInput("--originals seal needs --key", do="make a pair with `pavement keys FOLDER`")
    if policy is not Originals.KEEP and not path.is_dir():
        raise BadInput("is no folder: its originals cannot be put away", file=path, do="unpack it, or keep them")
    detector, guard = open_model(settings), open_guard(device=settings.device, models=settings.models)
    with tempfile.TemporaryDirectory() as scratch:
        (each,) = load_drives([path], Path(scratch), progress)
        counts = redact_drive(each.drive, each.folder, out, Masking(detector, guard, settings.gate), progress)
        put_away(each.drive, each.folder, out, policy, key)
    return counts
