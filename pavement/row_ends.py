"""Where a row of results begins and ends on its line, and how long it really is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pavement.passes import Part
from pavement.road import Network, Route
from pavement.segment import Place
from pavement.surface import CELL_M


def ends(index: int, size_m: int, parts: Sequence[Part], network: Network) -> tuple[Place, Place, float]:
    """Start and end of a stretch, cut where its line ends or its posts refuse, and its real length."""
    kp = np.concatenate([part.passed.kp_of_rows[part.rows] for part in parts])
    step = max(float(np.abs(np.diff(kp)).max(initial=0.0)), 1e-6)
    low, high = index * size_m / 1000, (index + 1) * size_m / 1000
    low = low if kp.min() - low < 2 * step else float(kp.min() - step / 2)
    high = high if high - kp.max() < 2 * step else float(kp.max() + step / 2)
    start, end = (place_at(nearest_part(parts, value).passed.route, value, network) for value in (low, high))
    return start, end, length_of(parts, low, high)


def nearest_part(parts: Sequence[Part], kp_km: float) -> Part:
    """The part whose rows come nearest to a kilopost."""
    return min(parts, key=lambda part: float(np.abs(part.passed.kp_of_rows[part.rows] - kp_km).min()))


def length_of(parts: Sequence[Part], low_km: float, high_km: float) -> float:
    """Real metres between two kiloposts: along the line where it is one piece, else by the rows of its pieces."""
    if len(parts) == 1:
        scale = parts[0].passed.route.scale
        from_m, to_m = scale.along_at(low_km), scale.along_at(high_km)
        if from_m is not None and to_m is not None:
            return abs(to_m - from_m)
    return float(sum(part.rows.stop - part.rows.start for part in parts) * CELL_M)


def place_at(route: Route, kp_km: float, network: Network) -> Place:
    """The place of a kilopost on a line (held at the line's ends)."""
    along = route.scale.along_at(kp_km)
    if along is None:
        rows = np.arange(0, route.length_m, CELL_M)
        known = route.scale.kp_at(rows)
        along = float(rows[int(np.nanargmin(np.abs(known - kp_km)))])
    lon, lat = network.plane.to_degrees(route.point_at(np.clip(along, 0, route.length_m)))[0]
    kp = round(kp_km, 6)
    post = route.scale.lower_post(kp)
    return Place(kp, post, round((kp - post) * 1000, 3), float(lon), float(lat))


def anomalous(part: Part, start: Place, end: Place) -> bool:
    """Whether the rows touch a stretch that the posts refuse, or their numbers stand twice on the line."""
    scale = part.passed.route.scale
    if scale.repeats(start.kp_km, end.kp_km):
        return True
    from_m, to_m = part.rows.start * CELL_M, part.rows.stop * CELL_M
    bad = np.flatnonzero(~scale.sound)
    return any(scale.along_m[i] <= to_m + 1 and scale.along_m[i + 1] >= from_m - 1 for i in bad)
