"""Calibrating: the camera of every mounting of the phone, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from pavement.camera import estimate_camera
from pavement.detection import Detection, Image
from pavement.drive import CameraFacts, Notice
from pavement.ledger import lane_width_of
from pavement.matching import Located
from pavement.motion import Pair
from pavement.mount_check import PLACE, Glances, check_mount
from pavement.mounting import Mounting, find_slips, slipped
from pavement.road import Network
from pavement.stages.detect import detect
from pavement.stages.tools import DriveOnDisk, Tools

CAMERA_FRAMES = 300  #: frames from which the camera is estimated
PAIRS = 48  #: pairs of neighbouring frames from which the focal length is estimated …
PAIR_M = (1.0, 9.0)  #: … taken so far apart

Places = Sequence[object]  #: of each frame its `Located`, or why it has none
Numbered = tuple[int, Detection]  #: index of a frame in the drive, its detection


def calibrate(each: DriveOnDisk, places: Places, network: Network, tools: Tools) -> tuple[list[Mounting], list[Notice]]:
    """The camera of each mounting, from a sample of its frames, and what is wrong with it; none without a frame."""
    usable = [index for index, place in enumerate(places) if isinstance(place, Located)]
    every = max(len(usable) // CAMERA_FRAMES, 1)
    sample = list(islice(readable(each, usable, tools), 0, None, every))
    if not sample:
        return [], []
    slips = find_slips([detection for _, detection in sample])
    notices = [Notice(PLACE, slipped(slip, each.drive.frames[sample[slip.index][0]].file)) for slip in slips]
    cuts = [0, *(slip.index for slip in slips), len(sample)]
    mountings = []
    for number, (start, stop) in enumerate(pairwise(cuts)):
        first = sample[start][0] if number else 0
        end = sample[stop][0] if stop < len(sample) else len(places)
        facts = each.drive.facts.camera
        if number:  # what drive.toml says of the aim was said of the first mounting
            facts = replace(facts, pitch_deg=None, roll_deg=None, yaw_deg=None)
        pairs = picture_pairs(each, first, places[first:end], tools)
        mounting, wrong = one_mounting(sample[start:stop], facts, lane_width(places[first:end], network), pairs)
        mountings.append(mounting)
        notices += wrong
    return mountings, [replace(notice, file=f"{each.drive.name}/{notice.file}") for notice in notices]


def one_mounting(
    sample: Sequence[Numbered], facts: CameraFacts, lane_width_m: float | None, pairs: Iterator[Pair]
) -> tuple[Mounting, list[Notice]]:
    """The camera of a mounting from a sample of its frames, the first of them its first."""
    detections = [detection for _, detection in sample]
    glances = Glances()
    camera = estimate_camera(detections, facts, lane_width_m=lane_width_m, pairs=glances.watch(pairs))
    return Mounting(sample[0][0], camera), check_mount(detections, camera, glances.seen)


def readable(each: DriveOnDisk, usable: Sequence[int], tools: Tools) -> Iterator[Numbered]:
    """The detections of the usable frames that can be read."""
    answers = detect(each, [each.drive.frames[index].file for index in usable], tools)
    for index, (_, detection) in zip(usable, answers, strict=True):
        if detection is not None:
            yield index, detection


def lane_width(places: Places, network: Network) -> float | None:
    """The middle one of the ledger's lane widths along the way, metres; None where it has none."""
    widths = sorted(
        width
        for place in places[:: max(len(places) // CAMERA_FRAMES, 1)]
        if isinstance(place, Located) and place.kp_km is not None
        if (width := lane_width_of(network.attributes_at(place.route.road, place.kp_km)))
    )
    return widths[len(widths) // 2] if widths else None


def picture_pairs(each: DriveOnDisk, first: int, places: Places, tools: Tools) -> Iterator[Pair]:
    """Neighbouring pictures on one line, some metres apart, spread over the frames from `first` on."""
    near: list[tuple[str, str, float]] = []
    last: tuple[str, Located] | None = None
    for frame, place in zip(each.drive.frames[first:], places, strict=False):
        if not isinstance(place, Located):
            last = None
            continue
        if last and last[1].route.index == place.route.index and last[1].direction is place.direction:
            metres = place.direction.sign * (place.along_m - last[1].along_m)
            if PAIR_M[0] <= metres <= PAIR_M[1]:
                near.append((last[0], frame.file, metres))
        last = (frame.file, place)
    chosen = near[:: max(len(near) // PAIRS, 1)][:PAIRS]
    files = list(dict.fromkeys(file for earlier, later, _ in chosen for file in (earlier, later)))
    pictures = iter(tools.read_images(each.folder, files))  # at once: a video is gone through once
    held: dict[str, Image | None] = {}
    for number, (earlier, later, metres) in enumerate(chosen, start=1):
        tools.progress(f"camera {each.drive.name}", number, len(chosen))
        held = {file: picture for file, picture in held.items() if file == earlier}
        held |= islice(pictures, 2 - len(held))
        a, b = held[earlier], held[later]
        if a is not None and b is not None and a.shape == b.shape:
            yield a, b, metres
