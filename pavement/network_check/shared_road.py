"""Where lines of two roads, or of one road twice, lie on each other: 重複区間 and doubled features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pavement.network_check.finding import Fault, Finding, ManagedLine, Severity
from pavement.network_check.lines import LEAST_LINE_M, merged
from pavement.segment_index import SegmentIndex

STEP_M = 10.0  #: places compared along a line
SAME_LINE_M = 6.0  #: lines nearer than this lie on each other
SAME_COURSE = np.cos(np.radians(20))  #: and run the same way (or exactly against each other)
LEAST_SHARED_M = 100.0  #: shorter than this is a crossing or a junction


def check_shared(features: Sequence[ManagedLine]) -> list[Finding]:
    """Coinciding stretches of two roads where neither names the primary one, and features entered twice."""
    whole = [(i, line) for i, each in enumerate(features) for line in merged(each.parts) if line.length > LEAST_LINE_M]
    if len(whole) < 2:
        return []
    owner = np.array([i for i, _ in whole])
    coords = [np.asarray(line.coords, float)[:, :2] for _, line in whole]
    index = SegmentIndex.build(np.concatenate(coords), np.cumsum([0, *(len(xy) for xy in coords)]))
    lines = np.concatenate([np.full(int(length // STEP_M) + 1, j) for j, length in enumerate(index.lengths)])
    along = np.concatenate([np.arange(int(length // STEP_M) + 1) * STEP_M for length in index.lengths])
    xy, course = index.place(lines, along)
    near = index.near(xy, SAME_LINE_M)
    mine, other = lines[near.point], near.line
    keep = (owner[other] > owner[mine]) & (np.abs(np.cos(course[near.point] - near.tangent)) > SAME_COURSE)
    pairs = np.stack([owner[mine[keep]], owner[other[keep]], near.point[keep]], axis=1)
    found = []
    told: set[tuple[object, ...]] = set()
    for a, b in np.unique(pairs[:, :2], axis=0).tolist():
        points = np.unique(pairs[(pairs[:, 0] == a) & (pairs[:, 1] == b), 2])
        runs = np.split(points, np.flatnonzero((np.diff(points) > 2) | (np.diff(lines[points]) != 0)) + 1)
        for run in runs:
            shared_m = (len(run) - 1) * STEP_M
            if shared_m < LEAST_SHARED_M:
                continue
            place = xy[run[len(run) // 2]]
            key = (features[a].road, features[b].road, *(int(v // 500) for v in place))
            finding = _finding(features[a], features[b], shared_m, (float(place[0]), float(place[1])))
            if finding is not None and key not in told:
                told.add(key)
                found.append(finding)
    return found


def _finding(a: ManagedLine, b: ManagedLine, shared_m: float, xy: tuple[float, float]) -> Finding | None:
    if a.road == b.road:
        if a.carriageway is not b.carriageway:
            return None  # down and up lines may coincide
        what = f"同じキー・上下区分の線が {shared_m:,.0f} m 重なっている"
        return Finding(Severity.SERIOUS, Fault.KEY_COLLISION, what, "一方を消す", a.road, a.carriageway, xy=xy)
    if a.primary_route or b.primary_route:
        return None
    what = f"{a.name or a.road.slug()} と {b.name or b.road.slug()} が {shared_m:,.0f} m 重なり、主路線が決まっていない"
    do = "routes の primary_route に主路線の路線番号を書く"
    return Finding(Severity.CAUTION, Fault.SHARED_ROAD, what, do, a.road, a.carriageway, xy=xy)
