"""`pavement simulate`: a drive folder, its network and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pavement.errors import BadInput, Fault
from pavement.files import whole_file, write_whole
from pavement.simulate.camera import Camera
from pavement.simulate.car import JST, TURN_AFTER_M, TURN_RADIUS_M, Pose, gps_fixes, gpx, make_way
from pavement.simulate.defect_truth import defect_table, placed_defects
from pavement.simulate.frame_truth import CameraTruth, FrameTruth, frame_table, shares
from pavement.simulate.ground import Ground
from pavement.simulate.imu import phone, write_imu
from pavement.simulate.motion import Journey
from pavement.simulate.network import paved_on, write_network
from pavement.simulate.noise import NoiseBank
from pavement.simulate.path import Route, make_route
from pavement.simulate.placement import make_world
from pavement.simulate.renderer import Renderer, bounced
from pavement.simulate.spec import DriveSpec, Reveal, Roughness
from pavement.simulate.truth import truth_tables

Image = NDArray[np.uint8]
Progress = Callable[[int, int], None]  #: frames done, frames in all

PNG_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def simulate_drive(out: Path, spec: DriveSpec, *, progress: Progress | None = None) -> None:
    """Make the drive folder `out` with frames, track, drive.toml, network.gpkg and truth/ as `spec` says.

    Raises BadInput where `out` already holds something. The same `spec` gives the same files.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("exists and is not an empty folder", file=out, do="choose another --out")
    for folder in (out / "frames", out / "truth" / "masks"):
        folder.mkdir(parents=True, exist_ok=True)
    route = make_route(spec)
    way, world = make_way(route, spec), make_world(route, spec)
    turning = route.end_m + TURN_AFTER_M
    yard = (turning, turning + 3 * TURN_RADIUS_M) if spec.both_directions else (np.inf, np.inf)
    renderer = Renderer(Ground(spec, world, NoiseBank.of(spec.seed), yard), route)
    poses = way.frames(spec.step_m)
    journey = Journey(world, way, spec)
    truths = _photograph(out, renderer, route, poses, journey, progress)
    _write_text(out / "frames.csv", _frames_csv(poses, spec.clock_offset_s))
    _write_text(out / "track.gpx", gpx(*gps_fixes(route, way, spec), spec.vehicle))
    with whole_file(out / "network.gpkg") as path:
        write_network(path, route)
    segments, blocks = truth_tables(world, route, spec, truths, partial(paved_on, route))
    _write_text(out / "truth" / "segments.csv", segments)
    _write_text(out / "truth" / "blocks.csv", blocks)
    _write_text(out / "truth" / "frames.csv", frame_table(truths))
    defects = defect_table(route, spec.lane_width_m, placed_defects(world, route, spec))
    _write_text(out / "truth" / "defects.csv", defects)
    if spec.roughness is not Roughness.NONE:
        driven, epoch_s = journey.timed_ride()
        write_imu(out / "imu.csv", phone(driven, np.random.default_rng([spec.seed, 25])), epoch_s)
    _write_text(out / "drive.toml", drive_toml(spec))


def _photograph(
    out: Path, renderer: Renderer, route: Route, poses: list[Pose], journey: Journey, progress: Progress | None
) -> list[FrameTruth]:
    """Write every frame and its class map; what is true of each."""
    spec = renderer.spec
    truths = []
    for index, pose in enumerate(poses):
        camera, motion = Camera.of(spec), journey.at(pose, index)
        if spec.roughness is Roughness.NONE:
            camera = bounced(camera, np.random.default_rng([spec.seed, 12, index]), spec.bounce)
        view = renderer.view(pose, camera, index, motion)
        name = frame_name(index)
        _write_image(out / name, view.picture, (cv2.IMWRITE_JPEG_QUALITY, spec.jpeg_quality))
        _write_image(out / "truth" / "masks" / f"{Path(name).stem}.png", view.classes, PNG_FAST)
        seen = CameraTruth.of(renderer.ground.world, pose, camera, motion)
        truths.append(FrameTruth(name, pose.direction, float(route.posts.kp_at(pose.s)), *shares(view.classes), seen))
        if progress is not None:
            progress(index + 1, len(poses))
    return truths


def frame_name(index: int) -> str:
    """The frame's file relative to the drive.

    >>> frame_name(7)
    'frames/IMG_00007.jpg'
    """
    return f"frames/IMG_{index:05d}.jpg"


def _frames_csv(poses: list[Pose], offset_s: float) -> str:
    rows = (
        f"{frame_name(index)},{datetime.fromtimestamp(pose.time_s - offset_s, JST).isoformat(timespec='milliseconds')}"
        for index, pose in enumerate(poses)
    )
    return "file,timestamp\n" + "\n".join(rows) + "\n"


def drive_toml(spec: DriveSpec) -> str:
    """drive.toml with as much of the camera as `spec.reveal` allows."""
    lines = [f'vehicle = "{spec.vehicle}"', 'timezone = "Asia/Tokyo"', "lane = 1", 'surface = "アスファルト"']
    mount, camera = spec.mount, Camera.of(spec)
    known: dict[str, float] = {}
    if spec.reveal in (Reveal.LANE_WIDTH, Reveal.ALL):
        known["lane_width_m"] = spec.lane_width_m
    if spec.reveal in (Reveal.HEIGHT, Reveal.HEIGHT_FOCAL, Reveal.ALL):
        known["height_m"] = mount.height_m
    if spec.reveal is Reveal.HEIGHT_FOCAL:
        known["focal_px"] = camera.focal_px
    if spec.reveal is Reveal.ALL:
        known |= {"pitch_deg": mount.pitch_deg, "roll_deg": mount.roll_deg, "yaw_deg": mount.yaw_deg}
        known |= {"focal_px": camera.focal_px, "k1": mount.k1} | ({"k2": mount.k2} if mount.k2 else {})
        known |= dict(zip(("cx_px", "cy_px"), camera.centre_px, strict=True))
    if known:
        lines += ["", "[camera]", *(f"{name} = {float(value)!r}" for name, value in known.items())]
    return "\n".join(lines) + "\n"


def _write_image(path: Path, picture: Image, options: tuple[int, ...]) -> None:
    done, data = cv2.imencode(path.suffix, picture, options)
    if not done:
        raise Fault(f"{path}: the picture could not be encoded")
    path.write_bytes(data.tobytes())


def _write_text(path: Path, text: str) -> None:
    write_whole(path, text.encode())
