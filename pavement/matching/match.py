"""Matching a whole track: key fixes, the model's path, runs on one line, and a smooth place for any time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from pavement.drive import Reason
from pavement.matching.candidate import OFF, Candidates, Lines, find_candidates
from pavement.matching.hmm import Model, decode, emission, transition
from pavement.matching.smooth import smooth
from pavement.road import Direction, Network, Route
from pavement.track import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

KEY_STEP_M = 8.0  #: the model sees fixes at least so far apart: stops collapse, neighbouring errors count once
HEADING_STEP_M = 3.0  #: a heading is taken from two key fixes at least so far apart
CERTAIN = 0.9  #: posterior of road and direction below which a fix is doubtful
MAX_SPEED_MPS = 60.0
SHORT_GAP_S = 3.0  #: a frame this close in time to a run belongs to it
SETTLE_M = 30.0  #: nobody turns twice in so short a way: doubt between two certain fixes of one direction is none
BRIDGE_S = 10.0  #: fixes that leave a line and are back on it within this time were errors, not a detour
LONG_GAP_S = 20.0  #: no place is given in a longer hole of the track
RECEIVER_BIAS_M = 3.0  #: part of the receiver's error that smoothing cannot see


class Status(StrEnum):
    """What became of a fix."""

    OK = "ok"
    OFF_NETWORK = "off_network"  #: 管理路線外
    DOUBTFUL = "doubtful"  #: another road or direction is nearly as likely
    REJECTED = "rejected"  #: a spike


@dataclass(frozen=True)
class Located:
    """A place on a managed route at one time; kp_km is None where the posts do not allow one."""

    route: Route
    direction: Direction
    along_m: float
    kp_km: float | None
    position_sd_m: float
    confidence: float


@dataclass(frozen=True)
class Run:
    """Fixes in a row on one managed line in one direction; arrays (m,) over its fixes."""

    route: Route
    direction: Direction
    fixes: Ints
    time_s: Floats
    along_m: Floats
    sd_m: Floats
    confidence: Floats

    def at(self, time_s: float) -> Located:
        """The place at a time (held at the ends); the deviation grows in holes of the track."""
        along = float(np.interp(time_s, self.time_s, self.along_m))
        i = int(np.clip(np.searchsorted(self.time_s, time_s), 1, len(self.time_s) - 1)) if len(self.time_s) > 1 else 0
        away = max(min(self.time_s[i] - time_s, time_s - self.time_s[i - 1]), 0.0) if i else 0.0
        sd = float(np.interp(time_s, self.time_s, self.sd_m)) + max(2 * float(away) - 2.0, 0.0)
        kp = float(self.route.scale.kp_at(along))
        confidence = float(self.confidence[int(np.abs(self.time_s - time_s).argmin())])
        return Located(self.route, self.direction, along, None if np.isnan(kp) else kp, sd, confidence)


@dataclass(frozen=True)
class MatchedTrack:
    """A matched track: per fix (n,) its status and line, and the runs from which places are read."""

    time_s: Floats
    status: NDArray[np.object_]
    line: Ints  #: index of the route, or of the background road beyond them, or OFF
    confidence: Floats
    runs: tuple[Run, ...]

    def locate(self, time_s: float) -> Located | Reason:
        """The place at a time, or why there is none."""
        near = [run for run in self.runs if run.time_s[0] - SHORT_GAP_S <= time_s <= run.time_s[-1] + SHORT_GAP_S]
        inside = [run for run in near if run.time_s[0] <= time_s <= run.time_s[-1]]
        if not len(self.time_s):
            return Reason.NO_POSITION
        after = int(np.searchsorted(self.time_s, time_s))
        before, after = max(after - 1, 0), min(after, len(self.time_s) - 1)
        gaps = abs(self.time_s[after] - time_s), abs(time_s - self.time_s[before])
        hole = 0.0 if min(gaps) <= SHORT_GAP_S else sum(gaps)
        if time_s < self.time_s[0] - SHORT_GAP_S or time_s > self.time_s[-1] + SHORT_GAP_S or hole > LONG_GAP_S:
            return Reason.NO_POSITION
        if inside or near:
            run = (inside or sorted(near, key=lambda r: min(abs(r.time_s[0] - time_s), abs(r.time_s[-1] - time_s))))[0]
            place = run.at(time_s)
            return Reason.DOUBTFUL_POSITION if place.confidence < CERTAIN else place
        return Reason.OFF_NETWORK


def match_track(track: Track, network: Network, model: Model | None = None) -> MatchedTrack:
    """Match a track in time order to a network; see `MatchedTrack`."""
    model = model or Model()
    n = len(track)
    xy = network.plane.to_metres(track.lon, track.lat) if n else np.empty((0, 2))
    spike = spikes(track.time_s, xy)
    good = np.flatnonzero(~spike)
    keys = good[key_fixes(xy[good])] if len(good) else good
    status = np.full(n, Status.OFF_NETWORK, dtype=object)
    status[spike] = Status.REJECTED
    line, confidence, sign = np.full(n, OFF, np.intp), np.zeros(n), np.zeros(n, np.intp)
    if not len(keys):
        return MatchedTrack(track.time_s, status, line, confidence, ())
    lines = Lines.of(network)
    chosen, sure = match_keys(model, lines, xy[keys], track.accuracy_m[keys])
    owner = nearest_key(track.time_s, track.time_s[keys])
    for i in good:
        candidates, k = chosen[owner[i]]
        line[i], sign[i], confidence[i] = candidates.line[k], candidates.sign[k], sure[owner[i]]
    confidence[good] = settle(xy[good], line[good], sign[good], confidence[good])
    bridged = bridge(track.time_s[good], line[good], sign[good], confidence[good])
    status[good[bridged]] = Status.REJECTED
    good = good[~bridged]
    runs = tuple(build_runs(track, xy, good, line, sign, confidence, network, lines))
    for run in runs:
        status[run.fixes] = np.where(confidence[run.fixes] >= CERTAIN, Status.OK, Status.DOUBTFUL)
    return MatchedTrack(track.time_s, status, line, confidence, runs)


def spikes(time_s: Floats, xy: Floats) -> NDArray[np.bool_]:
    """Fixes that are unreachable from both neighbours while these are reachable from each other."""
    n = len(time_s)
    bad = np.zeros(n, bool)
    if n < 3:
        return bad
    reach = MAX_SPEED_MPS * np.maximum(np.diff(time_s), 1.0)
    jump = np.hypot(*np.diff(xy, axis=0).T) > reach
    across = np.hypot(*(xy[2:] - xy[:-2]).T) <= MAX_SPEED_MPS * np.maximum(time_s[2:] - time_s[:-2], 1.0)
    bad[1:-1] = jump[:-1] & jump[1:] & across
    return bad


def key_fixes(xy: Floats) -> Ints:
    """Positions of fixes that are at least KEY_STEP_M from the one before; the first always."""
    keys = [0]
    for i in range(1, len(xy)):
        if np.hypot(*(xy[i] - xy[keys[-1]])) >= KEY_STEP_M:
            keys.append(i)
    return np.array(keys, np.intp)


def nearest_key(time_s: Floats, key_time_s: Floats) -> Ints:
    """Index of the key fix nearest in time to each fix."""
    after = np.clip(np.searchsorted(key_time_s, time_s), 0, len(key_time_s) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(key_time_s[before] - time_s) <= np.abs(key_time_s[after] - time_s)
    return np.where(nearer, before, after)


def match_keys(
    model: Model, lines: Lines, xy: Floats, accuracy_m: Floats
) -> tuple[list[tuple[Candidates, int]], Floats]:
    """The chosen candidate of every key fix and the posterior of its line's road and direction."""
    candidates = find_candidates(lines, xy)
    lengths = shapely.length(lines.lines)
    step = np.hypot(*np.diff(xy, axis=0).T) if len(xy) > 1 else np.empty(0)
    emissions = []
    for i, here in enumerate(candidates):
        known = np.isfinite(accuracy_m[i])
        sigma = max(float(accuracy_m[i]) if known else model.sigma_default_m, model.sigma_floor_m)
        emissions.append(emission(model, here, sigma, heading_at(xy, i)))
    moves = [transition(model, a, b, lengths, d) for a, b, d in zip(candidates[:-1], candidates[1:], step, strict=True)]
    path, posteriors = decode(emissions, moves)
    sure = np.empty(len(path))
    for i, (here, k, posterior) in enumerate(zip(candidates, path, posteriors, strict=True)):
        same = (here.line == here.line[k]) & (here.sign == here.sign[k])
        sure[i] = posterior[same].sum()
    return [(here, k) for here, k in zip(candidates, path, strict=True)], sure


def heading_at(xy: Floats, i: int) -> float | None:
    """Direction of travel at a key fix from its neighbours, radians from east; None where it does not move."""
    a, b = xy[max(i - 1, 0)], xy[min(i + 1, len(xy) - 1)]
    step = b - a
    return float(np.arctan2(step[1], step[0])) if np.hypot(*step) >= HEADING_STEP_M else None


def settle(xy: Floats, line: Ints, sign: Ints, confidence: Floats) -> Floats:
    """Confidence (n,) with doubt taken back where a receiver wandered at a stop: between two certain fixes on the same
    line in the same direction, `SETTLE_M` apart at most, with nothing else chosen in between.
    """
    settled = confidence.copy()
    sure = np.flatnonzero(confidence >= CERTAIN)
    for a, b in pairwise(sure):
        same = (line[a : b + 1] == line[a]).all() and (sign[a : b + 1] == sign[a]).all()
        if b > a + 1 and same and np.hypot(*(xy[b] - xy[a])) <= SETTLE_M:
            settled[a + 1 : b] = min(confidence[a], confidence[b])
    return settled


def bridge(time_s: Floats, line: Ints, sign: Ints, confidence: Floats) -> NDArray[np.bool_]:
    """Fixes of short excursions between two stays on the same line in the same direction; True = leave them out."""
    bad = (line == OFF) | (confidence < CERTAIN)
    code = np.where(bad, -1, line * 3 + sign + 1)
    bounds = np.flatnonzero(np.diff(code)) + 1
    stays = [stay for stay in np.split(np.arange(len(code)), bounds) if len(stay)]
    left_out = np.zeros(len(code), bool)
    last: dict[int, int] = {}  # code of a line → last fix of its last stay
    for stay in stays:
        here = int(code[stay[0]])
        if here < 0:
            continue
        long_stay = time_s[stay[-1]] - time_s[stay[0]] >= BRIDGE_S
        if here in last and time_s[stay[0]] - time_s[last[here]] <= BRIDGE_S:
            left_out[last[here] + 1 : stay[0]] = True
            last[here] = int(stay[-1])
        elif long_stay or not last:
            last[here] = int(stay[-1])
    return left_out


def build_runs(
    track: Track,
    xy: Floats,
    good: Ints,
    line: Ints,
    sign: Ints,
    confidence: Floats,
    network: Network,
    lines: Lines,
) -> Iterator[Run]:
    """Fixes in a row on one managed line and direction, smoothed."""
    change = np.flatnonzero((np.diff(line[good]) != 0) | (np.diff(sign[good]) != 0)) + 1
    for fixes in np.split(good, change):
        index = line[fixes[0]]
        if index == OFF or index >= lines.managed:
            continue
        route = network.routes[index]
        along = shapely.line_locate_point(route.line, shapely.points(xy[fixes]))
        sigma = np.where(np.isfinite(track.accuracy_m[fixes]), track.accuracy_m[fixes], 5.0).clip(3.0, 50.0)
        smoothed, sd = smooth(track.time_s[fixes], along, sigma)
        yield Run(
            route=route,
            direction=Direction.DOWN if sign[fixes[0]] > 0 else Direction.UP,
            fixes=fixes,
            time_s=track.time_s[fixes],
            along_m=np.clip(smoothed, 0, route.length_m),
            sd_m=np.hypot(sd, RECEIVER_BIAS_M),
            confidence=confidence[fixes],
        )
