"""Measuring a drive from recorded detections: the pipeline's own stages, with everything but pictures."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pavement import __version__
from pavement.checkpoints import StepFiles
from pavement.detection import Gate
from pavement.drive import Drive, DriveFacts, Frame, TimeSource
from pavement.imu.samples import ImuSamples
from pavement.imu.vehicle import VehicleModel
from pavement.measurement import measure
from pavement.photo_choice import assign_photos, choose_shots
from pavement.pipeline import DriveOnDisk, Timings, Tools, survey_drive
from pavement.record import Survey
from pavement.road import Network
from pavement.stages.account import counts, fiscal_year, mesh_record, route_shapes
from tests.scale.patrol import RoadDrive
from tests.scale.recorded import FACTS, NoGuard, RecordedDetector, frame_names, read_recorded

IMU_HZ = 50.0
CAR = VehicleModel(calibrated=True, spread=0.05)


def drive_of(made: RoadDrive, number: int) -> DriveOnDisk:
    """The drive as if it had been read from a disk: frames without pictures, a track, motion sensors."""
    times = made.frame_s.tolist()
    frames = tuple(
        Frame(name, datetime.fromtimestamp(second, UTC), TimeSource.FRAMES_CSV)
        for name, second in zip(frame_names(number, made.driven_m), times, strict=True)
    )
    chance = np.random.default_rng([92, number])
    at = np.arange(times[0], times[-1], 1 / IMU_HZ)
    shaking = chance.normal(0, 0.6, (len(at), 3)) + np.array([0.0, 0.0, 9.81])
    imu = ImuSamples(at, shaking, np.full((len(at), 3), np.nan), len(at))
    facts = DriveFacts("巡回車", lane=1, camera=FACTS, time_offset_given=True)
    fingerprint = hashlib.sha256(made.name.encode()).hexdigest()
    drive = Drive(made.name, facts, frames, made.track, (), fingerprint, len(made.track), imu=imu)
    return DriveOnDisk(drive, Path("/nowhere"), CAR)


def measure_drive(each: DriveOnDisk, network: Network, steps: Path) -> Survey:
    """What `pavement run` would find, without ruts (they need pictures); its photos are named, not written."""
    nothing: list[Path] = []
    tools = Tools(RecordedDetector(), NoGuard(), StepFiles(steps), read_recorded, lambda path, _: nothing.append(path))
    timings = Timings()
    surveyed = survey_drive(each, network, tools, Gate(), timings, ruts=False)
    with timings.stage("measure"):
        segments, blocks, defects = measure(surveyed.passes, network)
        shots = choose_shots(segments, defects, surveyed.passes, network)
    photos = [(shot.photo(Path()), shot) for shot in shots]
    segments, defects = assign_photos(segments, defects, photos)
    last = max(record.timestamp for record in surveyed.records if record.timestamp)
    return Survey(
        segments=segments,
        blocks=blocks,
        frames=surveyed.records,
        defects=defects,
        photos=[photo for photo, _ in photos],
        routes=route_shapes(network, surveyed.passes),
        notices=surveyed.notices,
        year=fiscal_year(last),
        meshes=[mesh_record(passed) for passed in surveyed.passes if passed.frames],
        run={
            "counts": counts([each.drive], surveyed.records),
            "model": {"name": tools.detector.name, "sha256": tools.detector.sha256},
            "guard": {"sha256": tools.guard.sha256},
            "versions": {"pavement": __version__},
            "timings": timings.seconds,
            "drives": [{"name": each.drive.name, "vehicle": each.drive.facts.vehicle}],
            "made": time.time(),
        },
    )
