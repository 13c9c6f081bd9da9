"""The stage that measures ruts: frames of a pass in pairs → profiles → the pass's ruts. Resumes step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pavement.camera import CameraEstimate
from pavement.overlap import CORES, batches, in_order
from pavement.passes import FramePlace, Pass
from pavement.rut.average import Placed
from pavement.rut.choose import choose_pairs
from pavement.rut.pair import PairProfile, Refusal, pair_profile
from pavement.rut.road import RutRoad
from pavement.rut.view import RoadView

WINDOW = 8  #: pairs whose pictures are held at a time
GIVEN_HEIGHT_SD = 0.01  #: relative 1 sigma of a camera height that somebody measured

Image = NDArray[np.uint8]
Profile = PairProfile | Refusal
FramePair = tuple[FramePlace, FramePlace]  #: earlier, later
SeenPair = tuple[FramePair, RoadView | None, RoadView | None]  #: None: cannot be read
Reader = Callable[[Sequence[str]], Iterable[tuple[str, Image | None]]]
"""Gives (file, picture) of some frames, None where one cannot be read."""


def pairs_of(passed: Pass, camera: CameraEstimate) -> list[FramePair]:
    """The pairs of a pass's frames that tell most of the road's shape."""
    found = []
    for run in rising_runs(passed.frames, passed.direction.sign):
        driven = [passed.direction.sign * frame.along_m for frame in run]
        sharpness = [frame.sharpness for frame in run]
        found += [(run[i], run[j]) for i, j in choose_pairs(driven, camera.camera, sharpness=sharpness)]
    return found


def rising_runs(frames: Sequence[FramePlace], sign: int) -> Iterator[list[FramePlace]]:
    """Frames in the order of time, split where the car did not go on: it stood, turned, or came a second time."""
    run: list[FramePlace] = []
    for frame in frames:
        if run and sign * (frame.along_m - run[-1].along_m) <= 0:
            if sign * (frame.along_m - run[-1].along_m) > -1.0:
                continue  # it stood: one frame is enough
            yield run
            run = []
        run.append(frame)
    if run:
        yield run


def profiles_of(pairs: Sequence[FramePair], camera: CameraEstimate, read: Reader) -> list[Profile]:
    """The profile of each pair, or why it has none; few pictures are held at a time."""
    return list(each_profile(pairs, camera, read))


def each_profile(pairs: Sequence[FramePair], camera: CameraEstimate, read: Reader) -> Iterator[Profile]:
    """What `profiles_of` gives, one after the other."""
    seen = seen_pairs(pairs, camera, read)
    return in_order(lambda pair: profile(*pair, camera.lane_width_m), seen, workers=CORES)


def seen_pairs(pairs: Sequence[FramePair], camera: CameraEstimate, read: Reader) -> Iterator[SeenPair]:
    """Each pair with its views; those of `WINDOW` pairs are held, and a pair's are made while others are matched."""
    views: dict[str, RoadView | None] = {}
    for window in batches(pairs, WINDOW):
        needed = dict.fromkeys(frame.file for pair in window for frame in pair)
        views = {file: view for file, view in views.items() if file in needed}
        pictures = iter(read([file for file in needed if file not in views]))
        for pair in window:
            new = sum(frame.file not in views for frame in pair)
            for file, image in islice(pictures, new):
                views[file] = None if image is None else view_of(image, camera)
            yield pair, views.get(pair[0].file), views.get(pair[1].file)


def view_of(image: Image, camera: CameraEstimate) -> RoadView:
    """A picture of any size laid on the road."""
    return RoadView.of(image, camera.for_size(image.shape[1], image.shape[0]).camera)


def profile(pair: FramePair, a: RoadView | None, b: RoadView | None, lane_width_m: float) -> Profile:
    """The profile of one pair from what its frames show; they may be unreadable or of two sizes."""
    earlier, later = pair
    if a is None or b is None or a.camera != b.camera:
        return Refusal.NO_MATCH
    return pair_profile(a, b, abs(later.along_m - earlier.along_m), later.lane, lane_width_m)


def rut_road(passed: Pass, pairs: Sequence[FramePair], profiles: Sequence[Profile], camera: CameraEstimate) -> RutRoad:
    """The profiles of a pass at their places."""
    placed = []
    for (_, later), found in zip(pairs, profiles, strict=True):
        if isinstance(found, PairProfile):
            first, last = sorted(later.along_m + passed.direction.sign * ahead for ahead in found.ahead_m)
            placed.append(Placed(found, first, last, later.position_sd_m))
    given = camera.sources["height"] == "given"
    return RutRoad(placed, GIVEN_HEIGHT_SD if given else camera.scale_sd, camera.sources.get("k1") == "given")
