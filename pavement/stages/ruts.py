"""Measuring ruts along a pass, chunk by chunk of frame pairs; what an earlier run finished is loaded."""

from __future__ import annotations

from functools import partial

from pavement.camera import CameraEstimate
from pavement.passes import Pass
from pavement.rut.arrays import pack_profiles, unpack_profiles
from pavement.rut.road import RutRoad
from pavement.rutting import Profile, pairs_of, profiles_of, rut_road
from pavement.stages.tools import CHUNK, DriveOnDisk, Tools, step_key

MEASURING = 2  #: changes with the way in which profiles are measured


def measure_ruts(each: DriveOnDisk, passed: Pass, camera: CameraEstimate, tools: Tools) -> RutRoad:
    """The ruts along one pass, chunk by chunk of frame pairs; what an earlier run finished is loaded."""
    pairs = pairs_of(passed, camera)
    found: list[Profile] = []
    for start in range(0, len(pairs), CHUNK):
        chunk = pairs[start : start + CHUNK]
        places = [(a.file, b.file, round(b.along_m - a.along_m, 3), b.lane) for a, b in chunk]
        key = step_key("ruts", MEASURING, each.drive.fingerprint, camera.camera, camera.lane_width_m, places)
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
