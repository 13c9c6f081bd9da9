"""Matching a whole track: clean it, choose the lines, look at the stays on them, and smooth the motion along each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pavement.matching.candidate import OFF
from pavement.matching.choose import Chosen, choose
from pavement.matching.clean import holes, spikes
from pavement.matching.excursions import AT_CHANGE, bridge, changes, parked, settle, stays
from pavement.matching.hmm import Model
from pavement.matching.lines import Lines
from pavement.matching.matched import CERTAIN, MatchedTrack, Run, SharedStretch, Status
from pavement.matching.motion import Motion, monotone, smooth
from pavement.road import Direction, Network
from pavement.track import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_STAY = -1
SHORTEST_RING_M = 200.0  #: on a shorter line half of it may be the receiver's error


@dataclass(frozen=True)
class Stays:
    """Fixes (n,) with the directed line on which they stay: `code` = line · 3 + sign of travel + 1, or NO_STAY."""

    code: Ints
    confidence: Floats
    bridged: Mask  #: errors inside a stay, whose own place says nothing
    seam: Mask  #: the first fix behind the place where a line that is a ring ends and begins

    @classmethod
    def of(cls, chosen: Chosen, lines: Lines, time_s: Floats, xy: Floats) -> Stays:
        """What was chosen, without excursions that no car can have made."""
        managed = (chosen.line >= 0) & (chosen.line < lines.managed)
        code = np.where(managed, chosen.line * 3 + chosen.sign + 1, NO_STAY)
        confidence = settle(xy, code, chosen.confidence, CERTAIN)
        filled = bridge(time_s, np.where(confidence >= CERTAIN, code, NO_STAY))
        bridged = (filled != NO_STAY) & (filled != code)
        code = np.where(bridged, filled, code)
        seam = over_seam(code, np.where(bridged, np.nan, chosen.along_m), lines)
        return cls(code, np.where(bridged, CERTAIN, confidence), bridged, seam)

    def without(self, fixes: Ints) -> Stays:
        """Some fixes taken off their lines."""
        code = self.code.copy()
        code[fixes] = NO_STAY
        return replace(self, code=code)

    @property
    def runs(self) -> Ints:
        """The number of the run of each fix of `on`: fixes in a row with one code, on one side of a seam."""
        on = self.on
        begins = (np.diff(self.code[on], prepend=NO_STAY) != 0) | (np.diff(on, prepend=-2) > 1) | self.seam[on]
        return np.asarray(np.cumsum(begins))

    @property
    def on(self) -> Ints:
        """Positions of the fixes on managed lines."""
        return np.flatnonzero(self.code != NO_STAY)


def over_seam(code: Ints, along_m: Floats, lines: Lines) -> Mask:
    """Fixes (n,) that lie by more than half their line behind the one before on it: between them a ring closed."""
    found = np.zeros(len(code), bool)
    placed = np.flatnonzero((code != NO_STAY) & np.isfinite(along_m))
    before, after = placed[:-1], placed[1:]
    onward = (code[after] % 3 - 1) * (along_m[after] - along_m[before])
    length = lines.index.lengths[code[after] // 3]
    found[after[(code[after] == code[before]) & (length >= SHORTEST_RING_M) & (onward < -length / 2)]] = True
    return found


def match_track(track: Track, network: Network, model: Model | None = None) -> MatchedTrack:
    """Match a track in time order to a network; see `MatchedTrack`."""
    n = len(track)
    status, line, confidence = np.full(n, Status.REJECTED, dtype=object), np.full(n, OFF), np.zeros(n)
    if not n:
        return MatchedTrack(track.time_s, status, line, confidence, ())
    lines, xy = Lines.of(network), network.plane.to_metres(track.lon, track.lat)
    good = np.flatnonzero(~spikes(track.time_s, xy))
    track, xy, whole = track.take(good), xy[good], track
    chosen = choose(model or Model(), lines, track, xy)
    stay = Stays.of(chosen, lines, track.time_s, xy)
    on, motion = stay.on, move(track, chosen, stay)
    away = parked(chosen.across_m[on], motion.speed_mps, stay.runs)
    stay, motion = stay.without(on[away]), motion.take(~away)
    sure = stay.confidence.copy()
    doubt = changes(xy, lines.road_and_way(stay.code))
    doubt[on[away]] = True
    sure[doubt] = np.minimum(sure[doubt], AT_CHANGE)
    line[good] = np.where(stay.code != NO_STAY, stay.code // 3, chosen.line)
    status[good], confidence[good] = statuses(stay, sure, holes(track.time_s)), sure
    runs = build_runs(network, lines, track, stay, motion, good, sure)
    return MatchedTrack(whole.time_s, status, line, confidence, tuple(runs))


def statuses(stay: Stays, confidence: Floats, hole: Mask) -> NDArray[np.object_]:
    """What became of each fix (n,); `hole` (n - 1,): between it and the next the position is only bridged."""
    edge = np.concatenate([hole, [False]]) | np.concatenate([[False], hole])
    found = np.full(len(confidence), Status.OFF_NETWORK, dtype=object)
    found[stay.code != NO_STAY] = Status.OK
    found[(stay.code != NO_STAY) & (stay.bridged | edge)] = Status.GAP
    found[confidence < CERTAIN] = Status.DOUBTFUL
    return found


def move(track: Track, chosen: Chosen, stay: Stays) -> Motion:
    """The motion of the fixes on managed lines."""
    on = stay.on
    return smooth(
        track.time_s[on],
        np.where(stay.bridged[on], np.nan, chosen.along_m[on]),
        chosen.across_m[on],
        track.accuracy_m[on],
        (stay.code[on] % 3 - 1) * track.speed_mps[on],
        stay.runs,
    )


def build_runs(
    network: Network,
    lines: Lines,
    track: Track,
    stay: Stays,
    motion: Motion,
    position: Ints,
    confidence: Floats,
) -> Iterator[Run]:
    """Fixes in a row on one managed line in one direction; `position` (n,): of each fix in the whole track."""
    on = stay.on
    for first, end in zip(*stays(stay.runs), strict=True):
        part, fixes = slice(first, end), on[first:end]
        code = int(stay.code[fixes[0]])
        route, way = network.routes[code // 3], code % 3 - 1
        yield Run(
            route=route,
            direction=Direction.DOWN if way > 0 else Direction.UP,
            fixes=position[fixes],
            time_s=track.time_s[fixes],
            along_m=np.clip(monotone(motion.along_m[part]), 0, route.length_m),
            speed_mps=motion.speed_mps[part],
            sd_m=motion.sd_m[part],
            confidence=confidence[fixes],
            bridged=stay.bridged[fixes],
            shared=tuple(
                SharedStretch(low, high, network.routes[other])
                for low, high, other in lines.shared.of(route.index, way)
            ),
        )
