"""The story of a run: drive → clock → places → detections → camera → mesh → ruts, roughness → segments → photos.

Every stage (`pavement.stages`) takes values and gives values; what touches disks, codecs and engines comes in as an
argument (`Tools`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pavement.detection import Gate
from pavement.drive import Drive, Frame, Notice, Reason
from pavement.find_defects import KnownDefect
from pavement.matching import Located, MatchedTrack, match_track
from pavement.measurement import JST, measure
from pavement.mounting import Mounting
from pavement.passes import Pass
from pavement.photo_choice import assign_photos, choose_shots
from pavement.rating import Rules
from pavement.record import FrameRecord, Survey
from pavement.road import Network
from pavement.stages.account import camera_reports, counts, fiscal_year, mesh_record, profile_records, route_shapes
from pavement.stages.calibrate import calibrate
from pavement.stages.clock import set_clock
from pavement.stages.detect import detect
from pavement.stages.mesh import lay_on_mesh, open_passes
from pavement.stages.photos import Source, take_photos
from pavement.stages.roughness import feel_road
from pavement.stages.ruts import measure_ruts
from pavement.stages.tools import DriveOnDisk, Progress, StepStore, Tools, step_key
from pavement.time_offset import TimeOffset

__all__ = ["DriveOnDisk", "Progress", "StepStore", "Tools", "step_key", "survey"]


@dataclass
class Timings:
    """Seconds per stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - started, 3)


@dataclass(frozen=True)
class Surveyed:
    """What one drive gave: the record of every frame, the passes over managed lines, its cameras."""

    records: list[FrameRecord]
    passes: list[Pass]
    mountings: list[Mounting]
    usable: list[str]  #: the frames that have a place and were detected
    notices: list[Notice] = field(default_factory=list)


def survey(
    drives: Sequence[DriveOnDisk],
    network: Network,
    tools: Tools,
    out: Path,
    *,
    rules: Rules | None = None,
    gate: Gate | None = None,
    known: Sequence[KnownDefect] = (),
    ruts: bool = True,
    run: dict[str, Any] | None = None,
) -> Survey:
    """Everything that the drives tell of the network. Photos are written below `out`; all else is in the result."""
    timings = Timings()
    with timings.stage("clock"):
        clocked = [set_clock(each, tools) for each in drives]
    drives = [each for each, _ in clocked]
    surveyed = [survey_drive(each, network, tools, gate or Gate(), timings, ruts=ruts) for each in drives]
    passes = [passed for each in surveyed for passed in each.passes]
    with timings.stage("measure"):
        segments, blocks, defects = measure(passes, network, rules, known)
        shots = choose_shots(segments, defects, passes, network)
    with timings.stage("photos"):
        sources = {each.drive.name: Source(each, done.usable) for each, done in zip(drives, surveyed, strict=True)}
        photos = take_photos(shots, sources, tools, out)
    segments, defects = assign_photos(segments, defects, photos)
    records = [record for each in surveyed for record in each.records]
    times = [record.timestamp for record in records if record.timestamp]
    return Survey(
        segments=segments,
        blocks=blocks,
        frames=records,
        defects=defects,
        photos=[photo for photo, _ in photos],
        routes=route_shapes(network, passes),
        meshes=[mesh_record(passed) for passed in passes if passed.frames],
        profiles=[record for passed in passes for record in profile_records(passed)],
        notices=[
            *(replace(n, file=f"{each.drive.name}/{n.file}") for each in drives for n in each.drive.notices),
            *(notice for each, offset in clocked for notice in offset_notices(each.drive, offset)),
            *(notice for each in surveyed for notice in each.notices),
            *(Notice("network", text) for text in network.anomalies),
            *ledger_notices(passes, network),
        ],
        year=fiscal_year(max(times)) if times else fiscal_year(datetime.now(JST)),
        run={
            **(run or {}),
            "model": {"name": tools.detector.name, "sha256": tools.detector.sha256},
            "guard": {"sha256": tools.guard.sha256},
            "camera": {
                name: report
                for each, done in zip(drives, surveyed, strict=True)
                for name, report in camera_reports(each.drive, done.mountings).items()
            },
            "clocks": {each.drive.name: [finding.report() for finding in each.drive.clocks] for each in drives},
            "time_offset": {each.drive.name: offset.report() for each, offset in clocked},
            "counts": counts([each.drive for each in drives], records),
            "timings": timings.seconds,
        },
    )


def offset_notices(drive: Drive, offset: TimeOffset) -> list[Notice]:
    """What the pictures say of the clocks, where that is not among the drive's own notices."""
    if drive.facts.time_offset_given or offset.finding() is not None:
        return []
    return [Notice(f"{drive.name}/frames", offset.message())]


def ledger_notices(passes: Sequence[Pass], network: Network) -> list[Notice]:
    """How the ledger's lengths of the driven roads compare with their lines'."""
    driven = {passed.route.road for passed in passes}
    lengths = network.ledger_lengths()
    return [Notice("network", f"{road.slug()}: {lengths[road]}") for road in sorted(driven & lengths.keys())]


def survey_drive(
    each: DriveOnDisk, network: Network, tools: Tools, gate: Gate, timings: Timings, *, ruts: bool = True
) -> Surveyed:
    """One drive: every frame gets a place and a verdict, or a reason why not. `ruts`: whether they are looked for."""
    drive = each.drive
    with timings.stage("locate"):
        matched = match_track(drive.track, network)
        places = [locate(frame, drive, matched) for frame in drive.frames]
    usable = [frame.file for frame, place in zip(drive.frames, places, strict=True) if isinstance(place, Located)]
    with timings.stage("detect"):
        for _ in detect(each, usable, tools):  # fills the store; what is there is skipped
            pass
    with timings.stage("camera"):
        mountings, mounted = calibrate(each, places, network, tools)
    with timings.stage("mesh"):
        passes = open_passes(drive, matched, mountings)
        records = lay_on_mesh(each, places, passes, mountings, tools, gate)
    with timings.stage("ruts"):
        for (_, _, number), passed in passes.items() if ruts else ():
            passed.ruts = measure_ruts(each, passed, mountings[number].camera, tools)
    with timings.stage("roughness"):
        notices = feel_road(each, matched, passes.values())
    return Surveyed(records, list(passes.values()), mountings, usable, [*mounted, *notices])


def locate(frame: Frame, drive: Drive, matched: MatchedTrack) -> Located | Reason:
    """The place of a frame, or the reason why it cannot be used."""
    if frame.rejected is not None or frame.timestamp is None:
        return frame.rejected or Reason.NO_TIME
    place = matched.locate(frame.timestamp.timestamp() + drive.facts.time_offset_s)
    return Reason.NO_KILOPOST if isinstance(place, Located) and place.kp_km is None else place
