"""The story of a run with a painted world: every frame gets a verdict, nothing is done twice, photos are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import radians
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pavement.camera import Camera
from pavement.drive import CameraFacts, Drive, DriveFacts, Frame, Reason, TimeSource
from pavement.pipeline import DriveOnDisk, Tools, survey
from pavement.record import Survey
from pavement.road import Direction
from pavement.stages.tools import step_by_step
from tests.builders import START, PaintedDetector, PaintedGuard, make_network, make_route, receive, travel

Image = NDArray[np.uint8]

CAMERA = Camera(256, 160, focal_px=215, cx_px=128, cy_px=80, height_m=1.4, pitch=radians(14))
FACTS = DriveFacts(lane=1, camera=CameraFacts(focal_px=215, lane_width_m=3.5, height_m=1.4, pitch_deg=14, yaw_deg=0))
NETWORK = make_network(make_route([(0, 0), (400, 0)], {100.0 * k: 12.0 + 0.1 * k for k in range(5)}))
SPEED_MPS = 10.0


def paint_view(camera: Camera = CAMERA) -> Image:
    """The own lane, 3.5 m wide, in rough grey; a crack along it, 0.6 m right of the middle, red."""
    u, v = np.meshgrid(np.arange(256) + 0.5, np.arange(160) + 0.5)
    forward, right = camera.ground(u, v)
    image = np.zeros((160, 256, 3), np.uint8)
    with np.errstate(invalid="ignore"):
        lane = (np.abs(right) < 1.75) & (forward < 30)
        crack = lane & (np.abs(right - 0.6) < 0.15)
    image[lane] = np.random.default_rng(0).integers(90, 150, (lane.sum(), 1))
    image[crack] = (0, 0, 255)
    return image


VIEW = paint_view()
SLIPPED = paint_view(replace(CAMERA, pitch=radians(17)))


class Pictures:
    """Pictures by name: `dark` shows nothing, `cut` cannot be read, all others show the painted lane.

    `S…` show it as a holder does that has given way by 3 degrees.
    """

    def read(self, folder: Path, files: Sequence[str]) -> Iterable[tuple[str, Image | None]]:
        for file in files:
            name = Path(file).stem
            yield file, None if name == "cut" else np.zeros_like(VIEW) if name == "dark" else self.view(name)

    def view(self, name: str) -> Image:
        return SLIPPED if name.startswith("S") else VIEW


class Memory:
    """A store in memory."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}

    def load(self, key: str) -> dict[str, Any] | None:
        return self.steps.get(key)

    def save(self, key: str, arrays: Mapping[str, Any]) -> None:
        self.steps[key] = dict(arrays)


def frame(name: str, second: float) -> Frame:
    return Frame(f"frames/{name}.jpg", START + timedelta(seconds=second), TimeSource.FRAMES_CSV)


def make_drive(frames: Sequence[Frame], *, seconds: int = 35) -> DriveOnDisk:
    """A drive of 10 m/s from the line's start."""
    track = receive(travel([(0, 0), (seconds * SPEED_MPS, 0)]), sigma_m=1.0)
    return DriveOnDisk(Drive("走行1", FACTS, tuple(frames), track, (), "f" * 64, fixes_in=len(track)), Path("/drive"))


def run(each: DriveOnDisk, out: Path, *, detector: PaintedDetector, store: Memory) -> tuple[Survey, dict[Path, Image]]:
    """The survey of a drive, and the photos that it wrote."""
    photos: dict[Path, Image] = {}
    tools = Tools(detector, PaintedGuard(), store, Pictures().read, photos.__setitem__)
    return survey([each], NETWORK, tools, out), photos


FRAMES = [
    *(frame(f"A{k:03d}", k / 2) for k in range(2, 60)),
    frame("cut", 30.1),
    frame("dark", 30.2),
    frame("late", 500),
    Frame("frames/untimed.jpg", None, None, Reason.NO_TIME),
]


def test_every_frame_gets_its_verdict(tmp_path: Path) -> None:
    found, _ = run(make_drive(FRAMES), tmp_path, detector=PaintedDetector(), store=Memory())
    assert [record.file for record in found.frames] == [each.file for each in FRAMES]
    assert [record.rejected for record in found.frames[-4:]] == [
        Reason.UNREADABLE,
        Reason.NO_ROAD,
        Reason.NO_POSITION,
        Reason.NO_TIME,
    ]
    counts = found.run["counts"]
    assert counts["frames_in"] == 62
    assert counts["frames_used"] == 58
    assert counts["frames_rejected"] == {"no_position": 1, "no_road": 1, "no_time": 1, "unreadable": 1}
    used = found.frames[10]
    assert used.direction is Direction.DOWN
    assert used.kp_km == pytest.approx(12.06, abs=0.005)  # second 6: 60 m
    assert used.crack_share is not None
    assert used.crack_share > 0
    assert all(record.crack_share is None for record in found.frames[-4:])
    assert found.year == 2026


def test_the_painted_crack_is_measured(tmp_path: Path) -> None:
    found, _ = run(make_drive(FRAMES), tmp_path, detector=PaintedDetector(), store=Memory())
    row = found.segments[1]
    assert (row.start.kp_km, row.end.kp_km) == (12.1, 12.2)
    assert row.coverage_pct > 95
    # one crack in one of seven columns: 0.15 / (7 · 0.25) = 8.6 %; nearer rows may split it over two columns
    assert row.crack_pct is not None
    assert 8 < row.crack_pct < 18


def test_a_holder_that_gives_way_begins_a_camera_of_its_own(tmp_path: Path) -> None:
    frames = [frame(f"{'A' if k < 34 else 'S'}{k:03d}", k / 2) for k in range(2, 64)]
    found, _ = run(make_drive(frames), tmp_path, detector=PaintedDetector(), store=Memory())
    cameras = found.run["camera"]
    assert list(cameras) == ["走行1", "走行1 (frames/S034.jpg 以降)"]
    assert [report["pitch_deg"] for report in cameras.values()] == [14, pytest.approx(17, abs=0.7)]
    assert any("カメラの向きが変わって" in notice.message for notice in found.notices)
    assert found.run["counts"]["frames_used"] == len(frames)
    assert [row.start.kp_km for row in found.segments] == [12.0, 12.1, 12.2, 12.3]  # each once, over both cameras
    assert all(8 < (row.crack_pct or 0) < 18 for row in found.segments)


def test_a_detected_frame_is_not_detected_again(tmp_path: Path) -> None:
    detector, store = PaintedDetector(), Memory()
    first, photos = run(make_drive(FRAMES), tmp_path, detector=detector, store=store)
    assert detector.calls == 59  # 58 + dark
    assert photos
    detector.calls = 0
    again, _ = run(make_drive(FRAMES), tmp_path, detector=detector, store=store)
    assert detector.calls == 0
    assert (again.segments, again.frames) == (first.segments, first.frames)


def test_photos_are_masked_and_have_a_marked_twin(tmp_path: Path) -> None:
    found, photos = run(make_drive(FRAMES), tmp_path, detector=PaintedDetector(), store=Memory())
    assert set(photos) == {path for photo in found.photos for path in (photo.masked, photo.marked)}
    assert {number for row in found.segments for number in row.photos} == {photo.number for photo in found.photos}
    masked = photos[found.photos[0].masked]
    lane = VIEW.max(2) > 0
    sharp = (masked == VIEW).all(2) & lane
    assert sharp[80:].sum() > 0.7 * lane[80:].sum()  # the road itself is not touched
    assert (masked[~lane] != VIEW[~lane]).any()
    assert (photos[found.photos[0].marked] != masked).any()


def test_a_drive_without_places_gives_no_rows_and_no_photos(tmp_path: Path) -> None:
    late = [frame(f"A{k}", 1000 + k) for k in range(5)]
    found, photos = run(make_drive(late), tmp_path, detector=PaintedDetector(), store=Memory())
    assert (found.segments, found.blocks, found.defects, found.photos, photos) == ([], [], [], [], {})
    assert {record.rejected for record in found.frames} == {Reason.NO_POSITION}


def test_frames_that_a_sample_misses_are_never_used_without_a_camera(tmp_path: Path) -> None:
    """Where no sampled picture can be read nothing may count as used without having been measured."""
    frames = [frame("cut" if k % 2 == 0 else f"A{k}", k / 20) for k in range(610)]
    found, _ = run(make_drive(frames), tmp_path, detector=PaintedDetector(), store=Memory())
    for record in found.frames:
        assert (record.rejected is None) == (record.crack_share is not None)


@given(st.lists(st.integers(1, 4), max_size=6), st.data())
def test_steps_are_made_once_and_in_order_whatever_an_earlier_run_kept(sizes: list[int], data: st.DataObject) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    steps = [(f"{low}", list(range(low, high))) for low, high in pairwise(ends)]
    kept = data.draw(st.sets(st.sampled_from([key for key, _ in steps]))) if steps else set()
    store, made = Memory(), list[int]()
    for key, items in steps:
        if key in kept:
            store.save(key, {"results": np.array(items) * 10})

    def work(items: list[int]) -> Iterator[int]:
        for item in items:
            made.append(item)
            yield item * 10

    found: list[int] = []
    for number, results in enumerate(
        step_by_step(
            steps, work, store, lambda each: {"results": np.array(each)}, lambda done: done["results"].tolist()
        )
    ):
        found += results
        assert all(key in store.steps for key, _ in steps[: number + 1])  # a kill costs what comes after
    assert found == [10 * item for item in range(ends[-1])]
    assert made == [item for key, items in steps if key not in kept for item in items]
