from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from pavement.camera.pinhole import Camera
from pavement.clock import Verdict
from pavement.drive import CameraFacts, Drive, DriveFacts, Frame, TimeSource
from pavement.drive_clock import apply_offset, find_offset, measure_flow, timed_frames
from pavement.picture_flow import SAME, find_meter, shrink
from pavement.time_offset import Doubt, TimeOffset
from pavement.track import Track
from tests.builders import PLANE, START

PITCH = 12.0
CAMERA = Camera(320, 200, 270.0, 160.0, 100.0, 1.3, np.radians(PITCH))
GROUND = gaussian_filter(np.random.default_rng(1).normal(0, 60, (9000, 320)), 1.0) * 3 + 128  # cells of 5 cm


def picture(along_m: float) -> NDArray[np.uint8]:
    """What the camera sees of the road after so many metres; bright sky above it."""
    v, u = np.mgrid[0:200, 0:320] + 0.5
    forward, right = CAMERA.ground(u, v)
    cells = np.stack([(np.nan_to_num(forward, nan=1e9) + along_m) / 0.05, right / 0.05 + 160])
    seen = map_coordinates(GROUND, np.nan_to_num(cells, nan=-1.0), order=1, cval=230.0)
    return np.repeat(np.clip(seen, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_the_meter_finds_the_pitch_and_measures_the_way() -> None:
    pairs = [(shrink(picture(at)), shrink(picture(at + 4))) for at in (0.0, 30.0, 60.0)]
    meter = find_meter(pairs, CameraFacts(focal_px=270.0), 320)
    assert meter is not None
    assert np.degrees(meter.camera.pitch) == pytest.approx(PITCH, abs=1.5)
    ways = [meter.flow(*(meter.look(shrink(picture(at))) for at in (100.0, 100.0 + way))).way for way in (2, 3, 5)]
    assert np.array(ways) * 1.3 == pytest.approx([2, 3, 5], rel=0.12)
    look = meter.look(pairs[0][0])
    still = meter.flow(look, look)
    assert (still.way, still.correlation > SAME) == (0.0, True)
    strange = np.random.default_rng(2).normal(128, 40, (200, 320))
    assert np.isnan(meter.flow(look, meter.look(strange)).way)
    assert find_meter([(strange, strange[::-1])], CameraFacts(), 320) is None


def stop_and_go(offset_s: float, facts: DriveFacts | None = None) -> Drive:
    """Frames every second of a car in traffic, by a clock to which `offset_s` is to be added; a fix a second."""
    time_s = np.arange(0, 110, 0.1)
    speed = (4.5 + 3 * np.sin(time_s / 9) + 2 * np.sin(time_s / 4 + 1)).clip(0)
    way = np.cumsum(speed) * 0.1
    fixes = np.arange(0, 109.0)
    lon, lat = PLANE.to_degrees(np.column_stack([0 * fixes, np.interp(fixes, time_s, way)])).T
    start = START.timestamp()
    taken = np.arange(10, 98, 1.0)
    frames = tuple(
        Frame(f"{np.interp(t, time_s, way):.3f}", datetime.fromtimestamp(start + t - offset_s, UTC), TimeSource.EXIF)
        for t in taken
    )
    return Drive("a", facts or DriveFacts(), frames, Track.of(start + fixes, lon, lat), (), "")


def read(files: Sequence[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The pictures of frames that are named by their metres."""
    for file in files:
        yield file, picture(float(file) % 400)


def test_a_drives_pictures_tell_its_offset() -> None:
    drive = stop_and_go(2.0)
    flow = measure_flow(drive, read)
    assert len(flow.way) == len(drive.frames) - 1
    assert np.isfinite(flow.way).mean() > 0.6, flow.way
    found = find_offset(drive, flow)
    assert found.offset_s == pytest.approx(2.0, abs=0.5)
    assert (found.explained > 0.9, found.sd_s < 0.3) == (True, True)
    assert found.finding() is None  # a drive of two minutes is not enough to exclude all else …
    right = apply_offset(drive, replace(found, doubt=None))  # … as a longer one would
    assert right.facts.time_offset_s == found.offset_s
    assert [finding.verdict for finding in right.clocks] == [Verdict.CORRECTED]
    assert "遅れています" in right.notices[0].message


def test_what_drive_toml_gives_stays() -> None:
    given = stop_and_go(2.0, DriveFacts(time_offset_s=0.5, time_offset_given=True))
    assert timed_frames(given)[1][0] == pytest.approx(START.timestamp() + 10 - 2.0 + 0.5)
    wrong = TimeOffset(1.5, 0.2, 0.9, 100, None, agrees=False)
    told = apply_offset(given, wrong)
    assert told.facts == given.facts
    assert [finding.verdict for finding in told.clocks] == [Verdict.TOLD]
    unsure = TimeOffset(1.5, 2.0, 0.2, 100, Doubt.EVEN)
    assert apply_offset(given, unsure) is given


def test_gps_time_moves_the_track_and_not_the_frames() -> None:
    drive = stop_and_go(0.0)
    late = replace(drive, track=replace(drive.track, time_s=drive.track.time_s + 18))
    right = apply_offset(late, TimeOffset(18.0, 0.3, 0.9, 100, None, gps_time=True))
    assert right.track.time_s.tolist() == drive.track.time_s.tolist()
    assert right.facts.time_offset_s == 0.0


def test_a_drive_without_frames_or_pictures() -> None:
    drive = stop_and_go(0.0)
    assert find_offset(replace(drive, frames=()), measure_flow(replace(drive, frames=()), read)).doubt is Doubt.FEW
    flow = measure_flow(drive, lambda files: ((file, None) for file in files))
    assert find_offset(drive, flow).doubt is Doubt.FEW
