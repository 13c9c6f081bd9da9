"""One offset between a drive's camera and its receiver: measured from its pictures, shown, applied where certain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pavement.clock import Verdict
from pavement.drive import Drive, Frame, Notice
from pavement.overlap import CORES, in_order
from pavement.picture_flow import NO_FLOW, Flow, FlowMeter, find_meter, shrink
from pavement.time_offset import PictureFlow, TimeOffset, estimate_offset
from pavement.track_motion import choose_pairs

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
Couple = tuple[Floats | None, Floats | None]  #: what is seen of a frame and of the next
Read = Callable[[Sequence[str]], Iterable[tuple[str, Picture | None]]]

SAMPLE = 10  #: pairs from which the camera's pitch is found
MOST_APART_S = 30.0  #: neighbouring frames that are farther apart show nothing in common


def timed_frames(drive: Drive) -> tuple[list[Frame], Floats]:
    """The frames in use and their times (n,) on the track's clock, so far as drive.toml tells it."""
    frames = [frame for frame in drive.frames if frame.rejected is None and frame.timestamp is not None]
    times = [frame.timestamp.timestamp() for frame in frames if frame.timestamp is not None]
    return frames, np.array(times, float) + drive.facts.time_offset_s


def measure_flow(drive: Drive, read: Read) -> PictureFlow:
    """The flow between neighbouring frames of `drive`; of a long drive those of its liveliest stretches.

    `read` gives (file, picture) of files in order; each picture is read once, those of the sample twice, and few are
    held at a time.
    """
    frames, frame_s = timed_frames(drive)
    pairs = choose_pairs(frame_s, drive.track)
    pairs = pairs[np.diff(frame_s)[pairs] <= MOST_APART_S] if len(pairs) else pairs
    way, aside = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    meter = _meter(drive, frames, pairs, read) if len(pairs) else None
    if meter is not None:
        wanted = np.unique([pairs, pairs + 1])
        looks = in_order(partial(_look, meter), read([frames[i].file for i in wanted]), workers=CORES)
        couples = _couples(zip(wanted.tolist(), looks, strict=True), set(pairs.tolist()))
        for place, flow in enumerate(in_order(partial(_flow, meter), couples, workers=CORES)):
            way[place], aside[place] = flow.way, flow.aside
    return PictureFlow(frame_s[pairs], frame_s[pairs + 1], way, aside)


def _look(meter: FlowMeter, read: tuple[str, Picture | None]) -> Floats | None:
    """What the meter looks at of a picture; None where it cannot be read, or is of another size."""
    grey = None if read[1] is None else shrink(read[1])
    return meter.look(grey) if grey is not None and grey.shape == meter.size else None


def _couples(looks: Iterable[tuple[int, Floats | None]], first: Collection[int]) -> Iterator[Couple]:
    """Of (index, look) in order those that follow each other, where the earlier one's index is in `first`."""
    for (index, earlier), (_, later) in pairwise(looks):
        if index in first:
            yield earlier, later


def _flow(meter: FlowMeter, couple: Couple) -> Flow:
    earlier, later = couple
    return NO_FLOW if earlier is None or later is None else meter.flow(earlier, later)


def _meter(drive: Drive, frames: Sequence[Frame], pairs: NDArray[np.intp], read: Read) -> FlowMeter | None:
    """The meter of this drive's camera, from pairs spread over it."""
    some = pairs[np.unique(np.linspace(0, len(pairs) - 1, SAMPLE).astype(int))]
    files = [frames[i + k].file for i in some for k in (0, 1)]
    pictures = [picture for _, picture in read(files)]
    width = next((picture.shape[1] for picture in pictures if picture is not None), 0)
    grey = [None if picture is None else shrink(picture) for picture in pictures]
    both = [(a, b) for a, b in zip(grey[::2], grey[1::2], strict=True) if a is not None and b is not None]
    alike = [(a, b) for a, b in both if a.shape == b.shape == both[0][0].shape]
    return find_meter(alike, drive.facts.camera, width) if alike else None


def find_offset(drive: Drive, flow: PictureFlow) -> TimeOffset:
    """The offset that `flow` tells, besides what drive.toml says of it."""
    return estimate_offset(flow, drive.track)


def apply_offset(drive: Drive, offset: TimeOffset) -> Drive:
    """The drive with the wrong clock (the frames', or a track's in GPS time) put right where that is certain, and told.

    An offset that drive.toml gives stays; where the pictures contradict it, that is told.
    """
    finding = offset.finding()
    if finding is None:
        return drive
    facts, track = drive.facts, drive.track
    if facts.time_offset_given:
        finding = replace(finding, verdict=Verdict.TOLD)
    elif offset.gps_time:
        track = replace(track, time_s=track.time_s - offset.applied_s)
    else:
        facts = replace(facts, time_offset_s=offset.applied_s)
    return replace(
        drive,
        facts=facts,
        track=track,
        clocks=(*drive.clocks, finding),
        notices=(*drive.notices, Notice(finding.clock, finding.message)),
    )
