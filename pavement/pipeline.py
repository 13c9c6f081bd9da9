"""The story of a run: drive → places → detections → camera → mesh → segments → photos → survey.

Every stage takes values and gives values; what touches disks, codecs and engines comes in as an argument (`Tools`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pavement.camera import CameraEstimate, estimate_camera, lane_edges
from pavement.detection import Cells, Detection, Detector, Gate, Image, class_map, decide, lane_mask
from pavement.detection_arrays import pack, unpack
from pavement.drive import Drive, Frame, Notice, Reason, count_rejections
from pavement.find_defects import KnownDefect
from pavement.imu.travel import feel_runs
from pavement.imu.vehicle import VehicleModel
from pavement.matching import CERTAIN, Located, MatchedTrack, match_track
from pavement.measurement import JST, measure
from pavement.motion import Pair
from pavement.mount_check import Glances, check_mount
from pavement.overlap import detect_each
from pavement.passes import BLOCK_M, FramePlace, Pass, split
from pavement.photo_choice import Shot, assign_photos, choose_shots
from pavement.quality import MEASURING
from pavement.rating import Rules
from pavement.record import FrameRecord, MeshRecord, Photo, ProfileRecord, RouteShape, Survey
from pavement.redact import mark_photo, mask_photo
from pavement.road import Direction, Network
from pavement.rut.arrays import pack_profiles, unpack_profiles
from pavement.rut.lane import lane_on_ground
from pavement.rut.road import RutRoad
from pavement.rutting import Profile, pairs_of, profiles_of, rut_road
from pavement.surface import CELL_M, Surface, View

CHUNK = 100  #: frames a step: what a kill can cost
CAMERA_FRAMES = 300  #: frames from which the camera is estimated
PAIRS = 48  #: pairs of neighbouring frames from which the focal length is estimated …
PAIR_M = (1.0, 9.0)  #: … taken so far apart

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
    """What one drive gave: the record of every frame, the passes over managed lines, its camera."""

    records: list[FrameRecord]
    passes: list[Pass]
    camera: CameraEstimate | None
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
    surveyed = [survey_drive(each, network, tools, gate or Gate(), timings, ruts=ruts) for each in drives]
    passes = [passed for each in surveyed for passed in each.passes]
    with timings.stage("measure"):
        segments, blocks, defects = measure(passes, network, rules, known)
        shots = choose_shots(segments, defects, passes, network)
    with timings.stage("photos"):
        folders = {each.drive.name: each for each in drives}
        photos = take_photos(shots, folders, tools, out)
    segments, defects = assign_photos(segments, defects, photos)
    records = [record for each in surveyed for record in each.records]
    times = [record.timestamp for record in records if record.timestamp]
    return Survey(
        segments=segments,
        blocks=blocks,
        frames=records,
        defects=defects,
        photos=[photo for photo, _ in photos],
        routes=route_shapes(network),
        meshes=[mesh_record(passed) for passed in passes if passed.frames],
        profiles=[record for passed in passes for record in profile_records(passed)],
        notices=[
            *(replace(n, file=f"{each.drive.name}/{n.file}") for each in drives for n in each.drive.notices),
            *(notice for each in surveyed for notice in each.notices),
            *(Notice("network", text) for text in network.anomalies),
        ],
        year=fiscal_year(max(times)) if times else fiscal_year(datetime.now(JST)),
        run={
            **(run or {}),
            "model": {"name": tools.detector.name, "sha256": tools.detector.sha256},
            "camera": {
                each.drive.name: done.camera.report()
                for each, done in zip(drives, surveyed, strict=True)
                if done.camera is not None
            },
            "counts": counts(drives, surveyed),
            "timings": timings.seconds,
        },
    )


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
        camera, mounted = calibrate(each, usable, network, places, tools)
    with timings.stage("mesh"):
        passes = open_passes(drive, matched, camera)
        records = lay_on_mesh(each, places, usable, passes, camera, tools, gate)
    with timings.stage("ruts"):
        if ruts and camera:
            for passed in passes.values():
                passed.ruts = measure_ruts(each, passed, camera, tools)
    with timings.stage("roughness"):
        notices = feel_road(each, matched, passes)
    return Surveyed(records, list(passes.values()), camera, [*mounted, *notices])


def measure_ruts(each: DriveOnDisk, passed: Pass, camera: CameraEstimate, tools: Tools) -> RutRoad:
    """The ruts along one pass, chunk by chunk of frame pairs; what an earlier run finished is loaded."""
    pairs = pairs_of(passed, camera)
    found: list[Profile] = []
    for start in range(0, len(pairs), CHUNK):
        chunk = pairs[start : start + CHUNK]
        places = [(a.file, b.file, round(b.along_m - a.along_m, 3), b.lane) for a, b in chunk]
        key = step_key("ruts", each.drive.fingerprint, camera.camera, camera.lane_width_m, places)
        done = tools.store.load(key)
        profiles = (
            unpack_profiles(done) if done else profiles_of(chunk, camera, partial(tools.read_images, each.folder))
        )
        if done is None:
            tools.store.save(key, pack_profiles(profiles))
        found += profiles
        tools.progress(
            f"ruts {each.drive.name} {passed.route.road.route_no} {passed.direction}", len(found), len(pairs)
        )
    return rut_road(passed, pairs, found, camera)


def feel_road(each: DriveOnDisk, matched: MatchedTrack, passes: Mapping[tuple[int, Direction], Pass]) -> list[Notice]:
    """What the phone's sensors felt goes to the passes; what people should know of it."""
    imu = each.drive.imu
    if imu is None or imu.unfit():
        return []
    felt = feel_runs(imu, matched, each.vehicle)
    for run, road in felt:
        if (key := (run.route.index, run.direction)) in passes and road.pieces:
            passes[key].felt.append(road)
    if felt and not any(road.pieces for _, road in felt):
        return [Notice(f"{each.drive.name}/imu.csv", "GPS軌跡の時刻と重なる記録がなく、平坦性は測定できません")]
    return []


def locate(frame: Frame, drive: Drive, matched: MatchedTrack) -> Located | Reason:
    """The place of a frame, or the reason why it cannot be used."""
    if frame.rejected is not None or frame.timestamp is None:
        return frame.rejected or Reason.NO_TIME
    place = matched.locate(frame.timestamp.timestamp() + drive.facts.time_offset_s)
    return Reason.NO_KILOPOST if isinstance(place, Located) and place.kp_km is None else place


def detect(each: DriveOnDisk, files: Sequence[str], tools: Tools) -> Iterator[tuple[str, Detection | None]]:
    """(file, detection) of every frame in order, chunk by chunk; None = the picture cannot be read."""
    for start in range(0, len(files), CHUNK):
        chunk = list(files[start : start + CHUNK])
        key = step_key(each.drive.fingerprint, tools.detector.sha256, MEASURING, chunk)
        done = tools.store.load(key)
        detections = unpack(done) if done else detect_chunk(each.folder, chunk, tools)
        if done is None:
            tools.store.save(key, pack(detections))
        tools.progress(f"detect {each.drive.name}", start + len(chunk), len(files))
        yield from zip(chunk, detections, strict=True)


def step_key(*parts: object) -> str:
    """A name that stands for everything a step depends on."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()[:24]


def detect_chunk(folder: Path, files: Sequence[str], tools: Tools) -> list[Detection | None]:
    """Detections of some frames; only a few pictures are held at a time."""
    return list(detect_each(tools.detector, tools.read_images(folder, files), lambda _, detection: detection))


def calibrate(
    each: DriveOnDisk, usable: Sequence[str], network: Network, places: Sequence[Located | Reason], tools: Tools
) -> tuple[CameraEstimate | None, list[Notice]]:
    """The drive's camera from a sample of its frames (None: not one can be read), and what is wrong with its mount."""
    every = max(len(usable) // CAMERA_FRAMES, 1)
    readable = (detection for _, detection in detect(each, usable, tools) if detection is not None)
    found = list(islice(readable, 0, None, every))
    widths = [
        float(width)
        for place in places[::every]
        if isinstance(place, Located) and place.kp_km is not None
        if (width := network.attributes_at(place.route.road, place.kp_km).get("lane_width_m"))
    ]
    if not found:
        return None, []
    ledger = sorted(widths)[len(widths) // 2] if widths else None
    glances = Glances()
    pairs = glances.watch(picture_pairs(each, places, tools))
    camera = estimate_camera(found, each.drive.facts.camera, lane_width_m=ledger, pairs=pairs)
    wrong = check_mount(found, camera, glances.seen)
    return camera, [replace(notice, file=f"{each.drive.name}/{notice.file}") for notice in wrong]


def picture_pairs(each: DriveOnDisk, places: Sequence[Located | Reason], tools: Tools) -> Iterator[Pair]:
    """Neighbouring pictures on one line, some metres apart, spread over the drive."""
    near: list[tuple[str, str, float]] = []
    last: tuple[str, Located] | None = None
    for frame, place in zip(each.drive.frames, places, strict=True):
        if not isinstance(place, Located):
            last = None
            continue
        if last and last[1].route.index == place.route.index and last[1].direction is place.direction:
            metres = place.direction.sign * (place.along_m - last[1].along_m)
            if PAIR_M[0] <= metres <= PAIR_M[1]:
                near.append((last[0], frame.file, metres))
        last = (frame.file, place)
    every = max(len(near) // PAIRS, 1)
    for number, (earlier, later, metres) in enumerate(near[::every][:PAIRS], start=1):
        tools.progress(f"camera {each.drive.name}", number, min(len(near), PAIRS))
        (_, a), (_, b) = tools.read_images(each.folder, [earlier, later])
        if a is not None and b is not None and a.shape == b.shape:
            yield a, b, metres


def open_passes(
    drive: Drive, matched: MatchedTrack, camera: CameraEstimate | None
) -> dict[tuple[int, Direction], Pass]:
    """An empty mesh for every managed line and direction that was certainly driven."""
    passes: dict[tuple[int, Direction], Pass] = {}
    for run in matched.runs:
        sure = run.along_m[run.confidence >= CERTAIN]
        if camera is None or not len(sure):
            continue
        key = (run.route.index, run.direction)
        if key not in passes:
            surface = Surface(run.route.length_m, run.direction.sign, camera.lane_width_m)
            passes[key] = Pass(drive.name, run.route, run.direction, drive.facts.lane, surface, camera.scale_assumed)
        passes[key].driven_m.append((float(sure.min()), float(sure.max())))
    return passes


def lay_on_mesh(
    each: DriveOnDisk,
    places: Sequence[Located | Reason],
    usable: Sequence[str],
    passes: Mapping[tuple[int, Direction], Pass],
    camera: CameraEstimate | None,
    tools: Tools,
    gate: Gate,
) -> list[FrameRecord]:
    """The record of every frame; the meshes of `passes` are filled."""
    drive, thresholds = each.drive, tools.detector.thresholds
    views: dict[tuple[int, int], View] = {}
    answers = detect(each, usable, tools)
    records = []
    for frame, place in zip(drive.frames, places, strict=True):
        if not isinstance(place, Located):
            records.append(record_of(drive, frame, place, None))
            continue
        _, detection = next(answers)
        verdict = Reason.UNREADABLE if detection is None else gate.judge(detection, thresholds)
        if detection is None or camera is None or verdict is not None:
            records.append(record_of(drive, frame, place, None, verdict))
            continue
        cells = decide(detection, thresholds)
        records.append(record_of(drive, frame, place, cells))
        passed = passes[place.route.index, place.direction]
        size = (detection.width, detection.height)
        if size not in views:
            views[size] = View.of(camera.for_size(*size), detection.cell_px, detection.cell_rows)
        passed.surface.add(place.along_m, cells, views[size])
        if frame.timestamp is not None and place.kp_km is not None:
            passed.frames.append(
                FramePlace(
                    frame.file,
                    frame.timestamp,
                    place.along_m,
                    place.kp_km,
                    place.position_sd_m,
                    cells.crack_share,
                    cells.pothole_share,
                    lane_on_ground(lane_edges(detection), camera.for_size(*size).camera),
                )
            )
    return records


def record_of(
    drive: Drive, frame: Frame, place: Located | Reason, cells: Cells | None, verdict: Reason | None = None
) -> FrameRecord:
    """One row of frames.csv."""
    located = place if isinstance(place, Located) else None
    position = located.route.point_lonlat(located.along_m) if located else None
    return FrameRecord(
        drive=drive.name,
        file=frame.file,
        timestamp=frame.timestamp,
        time_source=frame.time_source,
        rejected=verdict if isinstance(place, Located) else place,
        road=located.route.road if located else None,
        direction=located.direction if located else None,
        kp_km=located.kp_km if located else None,
        lon=position[0] if position else None,
        lat=position[1] if position else None,
        position_sd_m=located.position_sd_m if located else None,
        crack_share=cells.crack_share if cells else None,
        pothole_share=cells.pothole_share if cells else None,
    )


def take_photos(
    shots: Sequence[Shot], drives: dict[str, DriveOnDisk], tools: Tools, out: Path
) -> list[tuple[Photo, Shot]]:
    """The chosen frames, masked before they touch the disk, and their marked twins; without a mask no photo."""
    thresholds = tools.detector.thresholds
    taken = []
    for number, shot in enumerate(shots, start=1):
        photo = shot.photo(number, out)
        tools.progress("photos", number, len(shots))
        if not (photo.masked.exists() and photo.marked.exists()):
            each = drives[shot.drive]
            _, image = next(iter(tools.read_images(each.folder, [shot.frame])), (shot.frame, None))
            if image is None:
                continue
            (detection,) = tools.detector.detect([image])
            masked = mask_photo(image, lane_mask(detection, thresholds, *image.shape[:2]))
            if masked is None:
                continue
            tools.write_photo(photo.marked, mark_photo(masked, class_map(detection, thresholds)))
            tools.write_photo(photo.masked, masked)
        taken.append((photo, shot))
    return taken


def counts(drives: Sequence[DriveOnDisk], surveyed: Sequence[Surveyed]) -> dict[str, Any]:
    """frames_in = frames_used + the sum of frames_rejected; the same for fixes."""
    reasons = [record.rejected for each in surveyed for record in each.records]
    rejected = count_rejections(reasons)
    frames_in = sum(len(each.drive.frames) for each in drives)
    used = sum(reason is None for reason in reasons)
    if frames_in != used + sum(rejected.values()):
        raise AssertionError(f"{frames_in} frames came in, but {used} used + {sum(rejected.values())} rejected")
    fixes: dict[str, int] = {}
    for each in drives:
        for reason, number in each.drive.fixes_rejected.items():
            fixes[reason] = fixes.get(reason, 0) + number
    return {
        "frames_in": frames_in,
        "frames_used": used,
        "frames_rejected": rejected,
        "fixes_in": sum(each.drive.fixes_in for each in drives),
        "fixes_used": sum(len(each.drive.track) for each in drives),
        "fixes_rejected": fixes,
        "imu": {
            each.drive.name: {"samples_in": each.drive.imu.samples_in, "rejected": dict(each.drive.imu.rejected)}
            for each in drives
            if each.drive.imu is not None
        },
    }


def mesh_record(passed: Pass) -> MeshRecord:
    """The verdicts on a pass's cells, from the first row that was driven or seen to the last."""
    rows = np.flatnonzero(passed.visited)
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    return MeshRecord(
        drive=passed.drive,
        road=passed.route.road,
        direction=passed.direction,
        first_row=part.start,
        kp_km=passed.kp_of_rows[part],
        cells=passed.surface.classes()[part],
    )


def profile_records(passed: Pass) -> list[ProfileRecord]:
    """The ruts of a pass, block by block in the order of its rows."""
    if passed.ruts is None:
        return []
    return [
        ProfileRecord(
            passed.drive,
            passed.route.road,
            passed.direction,
            index * BLOCK_M / 1000,
            (index + 1) * BLOCK_M / 1000,
            passed.ruts.rut(part.rows.start * CELL_M, part.rows.stop * CELL_M),
        )
        for index, part in split(passed, BLOCK_M)
    ]


def route_shapes(network: Network) -> list[RouteShape]:
    """The managed lines in degrees, for maps."""
    return [
        RouteShape(
            road=route.road,
            name=route.name,
            lonlat=[(float(x), float(y)) for x, y in network.plane.to_degrees(list(route.line.coords))],
            road_class=route.facts.get("road_class"),
            prefecture=route.facts.get("prefecture"),
            manager=route.facts.get("manager"),
            office=route.facts.get("office"),
            kp_style=route.facts.get("kp_style", "post"),
        )
        for route in network.routes
    ]


def fiscal_year(moment: datetime) -> int:
    """年度: April to March, in Japan's time.

    >>> from datetime import UTC
    >>> fiscal_year(datetime(2027, 3, 31, 14, 59, tzinfo=UTC)), fiscal_year(datetime(2027, 3, 31, 15, 0, tzinfo=UTC))
    (2026, 2027)
    """
    local = moment.astimezone(JST)
    return local.year - (local.month < 4)
