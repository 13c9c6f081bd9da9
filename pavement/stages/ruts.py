"""Measuring ruts along a pass, chunk by chunk of frame pairs; what an earlier run finished is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pavement.camera import CameraEstimate
from pavement.overlap import batches
from pavement.passes import Pass
from pavement.rut.arrays import pack_profiles, unpack_profiles
from pavement.rut.road import RutRoad
from pavement.rutting import FramePair, Profile, each_profile, pairs_of, rut_road
from pavement.stages.tools import CHUNK, DriveOnDisk, Tools, step_by_step, step_key

MEASURING = 2  #: changes with the way in which profiles are measured


def measure_ruts(each: DriveOnDisk, passed: Pass, camera: CameraEstimate, tools: Tools) -> RutRoad:
    """The ruts along one pass, chunk by chunk of frame pairs; what an earlier run finished is loaded."""
    pairs = pairs_of(passed, camera)
    steps = [(key_of(chunk, each, camera), chunk) for chunk in batches(pairs, CHUNK)]
    read = partial(tools.read_images, each.folder)
    name = f"ruts {each.drive.name} {passed.route.road.route_no} {passed.direction}"
    found: list[Profile] = []
    for profiles in step_by_step(
        steps, lambda left: each_profile(left, camera, read), tools.store, pack_profiles, unpack_profiles
    ):
        found += profiles
        tools.progress(name, len(found), len(pairs))
    return rut_road(passed, pairs, found, camera)


def key_of(pairs: Sequence[FramePair], each: DriveOnDisk, camera: CameraEstimate) -> str:
    """Of the step that measures some pairs."""
    places = [(a.file, b.file, round(b.along_m - a.along_m, 3), b.lane) for a, b in pairs]
    return step_key("ruts", MEASURING, each.drive.fingerprint, camera.camera, camera.lane_width_m, places)
