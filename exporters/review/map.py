"""The network's map in pixels: one line per road, direction and diagnosis; drawn in the report and in the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exporters.report.projection import WIDTH, Projection, north_arrow, scale_bar
from exporters.svg import RATING_COLORS, element
from pavement.review.review import Review
from pavement.review.rows import RATINGS

Floats = NDArray[np.float64]
UNSEEN, CLOSED, WORSE = "未点検", "閉鎖等", "悪化"
COLORS = {UNSEEN: "#c4cad0", CLOSED: "#6c757d", **RATING_COLORS}
ORDER = (UNSEEN, CLOSED, "", "Ⅰ", "Ⅱ", "Ⅲ")  #: the later on top
WORSE_COLOR = "#6a1b9a"
LEAST_STEP = 1.0  #: pixels: nearer points of a line are left out
ASIDE = 1.4  #: pixels: traffic keeps left


@dataclass(frozen=True)
class NetworkMap:
    """Lines (n, 2) in pixels by what they show, and the projection they lie in."""

    project: Projection
    lines: dict[str, list[Floats]]
    worse: list[tuple[float, float]]  #: middles of sections that became worse


def network_map(review: Review) -> NetworkMap | None:
    """The map; None where no section has a place."""
    lonlat = review.segments.lonlat
    known = np.asarray(np.isfinite(lonlat).all(axis=1))
    if not known.any():
        return None
    corners = np.concatenate([lonlat[known, :2], lonlat[known, 2:]])
    low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    project = Projection.around([(low[0], low[1]), (high[0], high[1])])
    a, b = (_aside(project, lonlat, part, review.segments.up) for part in (slice(0, 2), slice(2, 4)))
    what = _what(review)
    lines: dict[str, list[Floats]] = {name: [] for name in ORDER}
    new = np.ones(len(what), bool)
    new[1:] = (what[1:] != what[:-1]) | ~known[1:] | ~known[:-1]
    new[review.segments.chains[:-1]] = True
    starts = np.flatnonzero(new)
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(what)], strict=True):
        if known[start]:
            lines[ORDER[what[start]]].append(_slim(np.vstack([a[start:stop], b[stop - 1 : stop]])))
    middle = (a + b) / 2
    worse = [(float(x), float(y)) for x, y in middle[review.worse_segments & known]]
    return NetworkMap(project, lines, worse)


def draw_map(found: NetworkMap) -> str:
    """The map as SVG."""
    parts = [element("rect", width=WIDTH, height=found.project.height, fill="#fbfbf9")]
    for name in ORDER:
        if found.lines[name]:
            path = "".join(_path(points) for points in found.lines[name])
            parts.append(
                element("path", title=name or "未判定", d=path, fill="none", stroke=COLORS[name], stroke_width=2.0)
            )
    dots = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in sorted({(round(x), round(y)) for x, y in found.worse}))
    if dots:
        parts.append(element("path", title=WORSE, d=dots, stroke=WORSE_COLOR, stroke_width=4.5, stroke_linecap="round"))
    parts += [scale_bar(found.project), north_arrow()]
    box = f"0 0 {WIDTH:.0f} {found.project.height:.0f}"
    return element("svg", "".join(parts), viewBox=box, role="img", aria_label="路線網の健全性", class_="map")


def _what(review: Review) -> NDArray[np.int64]:
    """(n,) index into ORDER."""
    ratings = np.array([ORDER.index(name) for name in RATINGS])[review.year.rating]
    seen = np.where(review.year.inspected, ratings, ORDER.index(UNSEEN))
    return np.asarray(np.where(review.segments.closed.known, ORDER.index(CLOSED), seen))


def _aside(project: Projection, lonlat: Floats, part: slice, up: NDArray[np.bool_]) -> Floats:
    """(n, 2) pixels of one end, moved to the left of travel."""
    points = project.many(lonlat[:, part])
    along = project.many(lonlat[:, 2:4]) - project.many(lonlat[:, 0:2])
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    left = np.column_stack([along[:, 1], -along[:, 0]]) / length[:, None]
    return np.asarray(points + np.where(up, -ASIDE, ASIDE)[:, None] * left)


def _slim(points: Floats) -> Floats:
    """Without points that lie within a step of the one before; the last one stays."""
    keep = [0]
    for k in range(1, len(points) - 1):
        if abs(points[k] - points[keep[-1]]).max() >= LEAST_STEP:
            keep.append(k)
    return points[[*keep, len(points) - 1]]


def _path(points: Sequence[Sequence[float]] | Floats) -> str:
    return "M" + " ".join(f"{x:.0f} {y:.0f}" for x, y in points)
