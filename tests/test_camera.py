"""The camera over the road: pixels and ground, and the mount that the lane's edges tell."""

from __future__ import annotations

from dataclasses import replace
from math import degrees, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.camera import Camera, estimate_camera
from pavement.camera.scale import PAINT_M
from pavement.detection import Detection, resize
from pavement.drive import CameraFacts
from pavement.motion import Pair
from pavement.simulate import DriveSpec, Markings, Mount
from pavement.simulate.camera import Camera as SimulatedCamera
from pavement.simulate.car import make_way
from pavement.simulate.ground import Ground
from pavement.simulate.noise import NoiseBank
from pavement.simulate.path import make_route
from pavement.simulate.placement import make_world
from pavement.simulate.renderer import Renderer, bounced
from tests.builders import GOOD, grid, make_detection

PHONE = Camera(1024, 640, focal_px=860, cx_px=512, cy_px=320, height_m=1.4, pitch=radians(14))


def seen_from(camera: Camera, *, lane_width_m: float = 3.3, aside_m: float = 0.0) -> Detection:
    """What a perfect detector says of the own lane: logits that cross zero where the lines' paint begins."""
    rows, columns = 80, 128
    u, v = np.meshgrid(
        (np.arange(columns) + 0.5) * camera.width / columns, (np.arange(rows) + 0.5) * camera.height / rows
    )
    forward, right = camera.ground(u, v)
    edge_px = ((lane_width_m - PAINT_M) / 2 - np.abs(right - aside_m)) / np.abs(np.gradient(right, axis=1))
    logits = np.where(np.isfinite(forward) & (forward < 40), np.clip(3 * edge_px, -6, 6), -6)
    none = np.full_like(logits, -6)
    return Detection.of(np.stack([logits, none, none]).astype(np.float32), camera.width, camera.height, GOOD)


@given(
    pitch=st.floats(3, 40),
    roll=st.floats(-5, 5),
    yaw=st.floats(-8, 8),
    height=st.floats(0.8, 3),
    forward=st.floats(2, 30),
    right=st.floats(-3, 3),
)
def test_ground_and_pixels_round_trip(
    pitch: float, roll: float, yaw: float, height: float, forward: float, right: float
) -> None:
    camera = replace(PHONE, pitch=radians(pitch), roll=radians(roll), yaw=radians(yaw), height_m=height)
    u, v = camera.pixel(forward, right)
    assert [float(x) for x in camera.ground(u, v)] == pytest.approx([forward, right], abs=1e-6)


@given(forward=st.floats(3, 20), right=st.floats(-2, 2), k1=st.floats(-0.05, 0.05))
def test_the_round_trip_holds_with_a_phones_distortion(forward: float, right: float, k1: float) -> None:
    camera = replace(PHONE, k1=k1)
    u, v = camera.pixel(forward, right)
    here = [float(x) for x in camera.ground(u, v)]
    # k1 is undone to first order: k1² · r⁴ of the ray with r ≤ 0.7, times 3 of forward / height
    assert here == pytest.approx([forward, right], rel=0.02, abs=0.02)


def test_distances_are_those_of_the_pinhole() -> None:
    level = replace(PHONE, pitch=0.0)
    # a ray 86 px below the horizon falls 0.1 m a metre: 1.4 m after 14 m; 43 px right of the axis are 0.05 · 14 m
    assert [float(x) for x in level.ground(555, 406)] == pytest.approx([14.0, 0.7])
    assert np.isnan(level.ground(512, 319)[0])
    horizon = float(PHONE.pixel(1e9, 0.0)[1])
    assert horizon == pytest.approx(320 - 860 * np.tan(radians(14)))


@pytest.mark.parametrize(("pitch", "yaw", "height"), [(14.0, 0.0, 1.4), (8.0, 2.0, 1.2), (22.0, -3.0, 2.2)])
def test_the_mount_is_estimated_from_the_lanes_edges(pitch: float, yaw: float, height: float) -> None:
    camera = replace(PHONE, pitch=radians(pitch), yaw=radians(yaw), height_m=height)
    frames = [seen_from(camera, aside_m=0.05 * k) for k in range(-3, 4)]
    found = estimate_camera(frames, CameraFacts(focal_px=860, lane_width_m=3.3))
    assert degrees(found.camera.pitch) == pytest.approx(pitch, abs=0.3)
    assert degrees(found.camera.yaw) == pytest.approx(yaw, abs=0.3)
    assert found.camera.height_m == pytest.approx(height, rel=0.03)
    assert found.sources["pitch"] == found.sources["height"] == "estimated"
    assert found.frames == 7
    assert not found.scale_assumed


def test_a_known_height_tells_the_lanes_width() -> None:
    found = estimate_camera([seen_from(PHONE)] * 6, CameraFacts(focal_px=860, height_m=1.4))
    assert found.lane_width_m == pytest.approx(3.3, rel=0.03)
    assert found.camera.height_m == 1.4
    assert (found.sources["height"], found.sources["lane_width"]) == ("given", "estimated")


def test_what_is_given_is_kept_and_what_is_not_known_is_said_to_be_assumed() -> None:
    facts = CameraFacts(focal_px=900, pitch_deg=11, yaw_deg=1, roll_deg=-1, height_m=1.5, lane_width_m=3.0, k1=-0.02)
    found = estimate_camera([seen_from(PHONE)] * 6, facts)
    camera = found.camera
    assert (camera.focal_px, camera.height_m, camera.k1, found.lane_width_m) == (900, 1.5, -0.02, 3.0)
    assert [degrees(a) for a in (camera.pitch, camera.yaw, camera.roll)] == pytest.approx([11, 1, -1])
    assert set(found.sources.values()) == {"given"}
    blind = estimate_camera([make_detection(grid())], CameraFacts())
    assert set(blind.sources.values()) == {"assumed"}
    assert blind.scale_assumed
    with pytest.raises(ValueError, match="without a frame"):
        estimate_camera([], CameraFacts())


def test_pictures_of_half_the_size_show_the_same_ground() -> None:
    whole = estimate_camera([seen_from(PHONE)] * 6, CameraFacts(focal_px=860, lane_width_m=3.3))
    half = whole.for_size(512, 320)
    assert np.array(half.camera.ground(300, 250)) == pytest.approx(np.array(whole.camera.ground(600, 500)))
    assert whole.for_size(1024, 640) is whole


def drive_pairs(spec: DriveSpec) -> tuple[list[Detection], list[Pair]]:
    """A simulated drive: the true lane for a detector, and neighbouring pictures with a receiver's metres."""
    route = make_route(spec)
    renderer = Renderer(Ground(spec, make_world(route, spec), NoiseBank.of(spec.seed), (np.inf, np.inf)), route)
    rng = np.random.default_rng(spec.seed)
    detections, pictures = [], []
    for index, pose in enumerate(make_way(route, spec).frames(spec.step_m)):
        view = renderer.view(pose, bounced(SimulatedCamera.of(spec), rng, spec.bounce), index)
        lane = np.repeat((view.classes > 0)[None], 3, axis=0).astype(np.float32)
        small = np.stack([resize(each, 80, 128) for each in lane]) * 12 - 6
        small[1:] = -6
        detections.append(Detection.of(small, spec.width_px, spec.height_px, GOOD))
        pictures.append(view.picture)
    metres = spec.step_m + rng.normal(0, 0.3, len(pictures))  # fixes of neighbouring seconds err alike
    return detections, [(a, b, float(m)) for a, b, m in zip(pictures, pictures[1:], metres, strict=False)]


@pytest.mark.parametrize(
    ("mount", "markings"),
    [
        (Mount(1.4, 14.0, 0.4, 0.3, 860.0, -0.01), Markings.FULL),
        (Mount(1.2, 8.0, -1.5, -1.0, 700.0, -0.01), Markings.NONE),
    ],
)
def test_the_motion_of_the_road_tells_the_whole_mount(mount: Mount, markings: Markings) -> None:
    spec = DriveSpec(seed=21, length_m=60.0, step_m=4.0, mount=mount, markings=markings, crack_severity=0.3)
    detections, pairs = drive_pairs(spec)
    lines = markings is Markings.FULL
    seen = detections if lines else [make_detection(grid())] * 8
    found = estimate_camera(seen, CameraFacts(focal_px=mount.focal_px), pairs=pairs)
    true = Camera(
        1024,
        640,
        mount.focal_px,
        512,
        320,
        mount.height_m,
        radians(mount.pitch_deg),
        radians(mount.roll_deg),
        radians(mount.yaw_deg),
        mount.k1,
    )
    assert degrees(found.camera.pitch) == pytest.approx(mount.pitch_deg, abs=0.3)
    assert degrees(found.camera.roll) == pytest.approx(mount.roll_deg, abs=0.4)
    assert degrees(found.camera.yaw) == pytest.approx(mount.yaw_deg, abs=0.4)
    assert found.camera.height_m == pytest.approx(mount.height_m, rel=0.05)
    beside = np.linspace(-1.5, 1.5, 7)  # across the lane, 8 m ahead
    forward, right = found.camera.ground(*true.pixel(np.full_like(beside, 8.0), beside))
    assert np.abs(forward - 8.0).max() <= 0.5
    assert np.abs(right - beside).max() <= 0.2
    assert found.sources["height"] == "estimated from motion"
    assert not found.scale_assumed
