"""Which line, in which direction, each fix of a track was on: candidates, the model's path, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.matching.candidate import OFF, Candidates, find_candidates, radius_of
from pavement.matching.clean import headings, key_fixes, nearest_in_time, travelled
from pavement.matching.excursions import BRIDGE_S, stays
from pavement.matching.graph import Graph
from pavement.matching.hmm import Model, emission, independence, transition
from pavement.matching.lines import Lines
from pavement.matching.lockstep import posteriors, viterbi
from pavement.segment_index import Near
from pavement.track import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

BLOCK = 8192  #: fixes that are matched at once: memory stays bounded on a drive of any length …
OVERLAP = 512  #: … and each block sees so many of the fixes before and behind it
REACH_M, REACH_SHARE = 50.0, 1.6  #: ways between key fixes are searched so far, plus so much a metre of the step
CORRIDOR_M = 60.0  #: steps longer than this take in the lines between their two key fixes


@dataclass(frozen=True)
class Chosen:
    """What the model says of fixes (n,): line and direction, how sure, and where on that line the fix lies."""

    line: Ints
    sign: Ints
    confidence: Floats
    along_m: Floats  #: NaN where the fix is too far from its line, or on none
    across_m: Floats  #: metres to the left of the line in its digitising direction

    @classmethod
    def nothing(cls, n: int) -> Chosen:
        """Nothing said of n fixes."""
        return cls(np.full(n, OFF), np.zeros(n, np.int64), np.zeros(n), np.full(n, np.nan), np.full(n, np.nan))


def choose(model: Model, lines: Lines, track: Track, xy: Floats) -> Chosen:
    """The model's choice for every fix, block by block."""
    n = len(track)
    whole = Chosen.nothing(n)
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        low, high = max(start - OVERLAP, 0), min(end + OVERLAP, n)
        part = choose_block(model, lines, track.take(np.arange(low, high)), xy[low:high])
        for name in Chosen.__dataclass_fields__:
            getattr(whole, name)[start:end] = getattr(part, name)[start - low : end - low]
    return whole


def choose_block(model: Model, lines: Lines, track: Track, xy: Floats) -> Chosen:
    """The model's choice for the fixes of one block."""
    near = lines.near(xy, radius_of(track.accuracy_m))
    if not len(near):
        return Chosen(*(a if name != "confidence" else a + 1.0 for name, a in vars(Chosen.nothing(len(xy))).items()))
    keys = key_fixes(xy, travelled(track.time_s, track.speed_mps))
    keys = keys[~lost(track.time_s[keys], np.isin(keys, near.point))]
    candidates = find_candidates(lines, of_points(near, keys, len(xy)), xy[keys])
    path, sure = decode(model, lines, candidates, xy[keys], track.take(keys))
    owner = nearest_in_time(track.time_s, track.time_s[keys])
    k = np.arange(len(keys))
    line, sign = candidates.line[k, path][owner], candidates.sign[k, path][owner]
    along, across = own_places(near, xy, line, candidates.along_m[k, path][owner])
    return Chosen(line, sign, sure[owner], along, across)


def lost(time_s: Floats, found: Mask) -> Mask:
    """Fixes with no line near, in rows so short that the receiver must have erred: they say nothing."""
    first, end = stays(found.astype(np.int64))
    inner = ~found[first] & (first > 0) & (end < len(found))
    inner[inner] = time_s[end[inner]] - time_s[first[inner] - 1] <= BRIDGE_S
    return np.repeat(inner, end - first)


def of_points(near: Near, points: Ints, n: int) -> Near:
    """What is near some points (rising), numbered anew."""
    number = np.full(n, -1, np.int64)
    number[points] = np.arange(len(points))
    rows = np.flatnonzero(number[near.point] >= 0)
    part = near.take(rows)
    return Near(number[part.point], *(getattr(part, name) for name in list(Near.__dataclass_fields__)[1:]))


def decode(model: Model, lines: Lines, here: Candidates, xy: Floats, track: Track) -> tuple[Ints, Floats]:
    """The column (n,) of each key fix's most likely candidate, and the probability (n,) of its road and direction.

    Neighbouring fixes, whose errors are alike, count less than independent ones.
    """
    step = np.hypot(*np.diff(xy, axis=0).T)
    distance, heading = emission(model, here, track.accuracy_m, *headings(xy, track.speed_mps, track.heading_deg))
    graph = local_graph(lines, here, xy, step)
    before, after = here.rows(slice(None, -1)), here.rows(slice(1, None))
    way, cost = transition(model, before, after, step, lines.index.lengths, graph)
    share, change = independence(model, track.time_s), model.change_share
    fits = distance * share[:, None] + heading * change
    moves = way * change - cost
    path, likely = viterbi(fits, moves), posteriors(fits, moves)
    rows = np.arange(len(path))
    line, sign = here.line[rows, path][:, None], here.sign[rows, path][:, None]
    managed = (here.line >= 0) & (here.line < lines.managed)
    same = np.where(managed[rows, path][:, None], (here.line == line) & (here.sign == sign), ~managed)
    return path, np.minimum((likely * same).sum(1), 1.0)


def local_graph(lines: Lines, here: Candidates, xy: Floats, step: Floats) -> Graph:
    """The background roads that are candidates, and those between key fixes that are far apart."""
    reach = np.concatenate([step, [0.0]])
    reach = REACH_M + REACH_SHARE * np.maximum(reach, np.concatenate([[0.0], step]))
    k, column = np.nonzero(here.line >= lines.managed)
    found, limits = [here.line[k, column]], [reach[k]]
    far = np.flatnonzero(step > CORRIDOR_M)
    if len(far) and len(k):
        shares = (np.arange(5) + 0.5) / 5
        middles = (xy[far, None] + shares[:, None] * (xy[far + 1] - xy[far])[:, None]).reshape(-1, 2)
        between = lines.index.near(middles, np.repeat(np.maximum(CORRIDOR_M, 0.3 * step[far]), 5))
        found.append(between.line[between.line >= lines.managed])
        limits.append(np.zeros(len(found[-1])))
    numbers, inverse = np.unique(np.concatenate(found), return_inverse=True)
    limit = np.zeros(len(numbers))
    np.maximum.at(limit, inverse, np.concatenate(limits))
    return Graph.of(lines.index, numbers, limit)


def own_places(near: Near, xy: Floats, line: Ints, expected_m: Floats) -> tuple[Floats, Floats]:
    """Metres along and to the left of the line that each fix was given; of several passes the one near `expected_m`."""
    along, across = np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    rows = np.flatnonzero(near.line == line[near.point])
    point = near.point[rows]
    cost = near.distance_m[rows] + 0.5 * np.abs(near.along_m[rows] - expected_m[point])
    rows = rows[np.lexsort((-cost, point))]  # the last one written stays: the best
    point, tangent = near.point[rows], near.tangent[rows]
    along[point] = near.along_m[rows]
    dx, dy = xy[point, 0] - near.x[rows], xy[point, 1] - near.y[rows]
    across[point] = np.cos(tangent) * dy - np.sin(tangent) * dx
    return along, across
