"""Laying frames on the mesh of the line that they were taken on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from pavement.camera import lane_edges
from pavement.detection import Cells, Detection, Gate, Thresholds, decide
from pavement.drive import Drive, Frame, Reason
from pavement.matching import CERTAIN, Located, MatchedTrack
from pavement.mounting import Mounting
from pavement.passes import FramePlace, Pass
from pavement.record import FrameRecord
from pavement.road import Direction, Route
from pavement.rut.lane import lane_on_ground
from pavement.stages.detect import detect
from pavement.stages.tools import DriveOnDisk, Tools
from pavement.surface import Surface, View

PassKey = tuple[int, Direction, int]  #: index of the route, direction, number of the mounting
Passes = dict[PassKey, Pass]


def open_passes(drive: Drive, matched: MatchedTrack, mountings: Sequence[Mounting]) -> Passes:
    """An empty mesh for every managed line and direction that was certainly driven, one for each mounting."""
    passes: Passes = {}
    bounds = [-np.inf, *(seconds(drive, mounting.first) for mounting in mountings[1:]), np.inf]
    for run in matched.runs:
        for number, mounting in enumerate(mountings):
            during = (run.time_s >= bounds[number]) & (run.time_s < bounds[number + 1])
            sure = run.along_m[during & (run.confidence >= CERTAIN)]
            if len(sure):
                passed = pass_on(passes, drive, (run.route, run.direction, number), mounting)
                passed.driven_m.append((float(sure.min()), float(sure.max())))
                passed.shared |= {(each.from_m, each.to_m, each.other.road): None for each in run.shared}
    return passes


def pass_on(passes: Passes, drive: Drive, way: tuple[Route, Direction, int], mounting: Mounting) -> Pass:
    """The pass on a route, in a direction, of a numbered mounting; opened where there is none yet."""
    route, direction, number = way
    key = route.index, direction, number
    if key not in passes:
        surface = Surface(route.length_m, direction.sign, mounting.camera.lane_width_m)
        passes[key] = Pass(drive.name, route, direction, drive.facts.lane, surface, mounting.camera.scale_assumed)
    return passes[key]


def seconds(drive: Drive, index: int) -> float:
    """When a frame of a drive was taken, by the receiver's clock."""
    timestamp = drive.frames[index].timestamp
    return -np.inf if timestamp is None else timestamp.timestamp() + drive.facts.time_offset_s


def lay_on_mesh(
    each: DriveOnDisk,
    places: Sequence[Located | Reason],
    passes: Passes,
    mountings: Sequence[Mounting],
    tools: Tools,
    gate: Gate,
) -> list[FrameRecord]:
    """The record of every frame; the meshes of `passes` are filled."""
    drive, thresholds = each.drive, tools.detector.thresholds
    usable = [frame.file for frame, place in zip(drive.frames, places, strict=True) if isinstance(place, Located)]
    firsts = [mounting.first for mounting in mountings]
    views: dict[tuple[int, int, int], View] = {}
    answers = detect(each, usable, tools)
    records = []
    for index, (frame, place) in enumerate(zip(drive.frames, places, strict=True)):
        if not isinstance(place, Located):
            records.append(record_of(drive, frame, place, None))
            continue
        _, detection = next(answers)
        verdict = Reason.UNREADABLE if detection is None else judge(frame, detection, gate, thresholds)
        if detection is None or not mountings or verdict is not None:
            records.append(record_of(drive, frame, place, None, verdict))
            continue
        cells = decide(detection, thresholds)
        records.append(record_of(drive, frame, place, cells))
        number = bisect_right(firsts, index) - 1
        camera = mountings[number].camera.for_size(detection.width, detection.height)
        size = (number, detection.width, detection.height)
        if size not in views:
            views[size] = View.of(camera, detection.cell_px, detection.cell_rows)
        passed = pass_on(passes, drive, (place.route, place.direction, number), mountings[number])
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
                    lane_on_ground(lane_edges(detection), camera.camera),
                    detection.quality.sharpness,
                    detection.quality.brightness,
                )
            )
    return records


def judge(frame: Frame, detection: Detection, gate: Gate, thresholds: Thresholds) -> Reason | None:
    """Why a frame cannot be used; one that was judged before it was masked is not judged again."""
    return None if frame.sound else gate.judge(detection, thresholds)


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
