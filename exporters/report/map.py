"""The report's map, drawn from the data alone: routes, segments by diagnosis, defects, scale and north.

A small survey is drawn segment by segment; a large one in one path per road, direction and diagnosis, without
kiloposts, so that a prefecture stays below a megabyte.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from exporters.lines import SegmentLines
from exporters.report.figures import by_road
from exporters.report.html import none
from exporters.report.projection import INK, WIDTH, Point, Projection, north_arrow, scale_bar
from exporters.report.titles import Shapes, defect_title, segment_title
from exporters.svg import POTHOLE_COLOR, RATING_COLORS, RATING_WORDS, element, line, nice_step, rating_class, text
from exporters.wording import display_name, kp_text
from pavement.defect import Category
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

MOST_DETAILED = 2000  #: segments (and defects) up to which each is an element of its own with a title
MOST_KP_LABELS = 10
LABEL_APART = 55.0  #: pixels between two kilopost labels
OTHER_COLOR = "#37474f"


@dataclass(frozen=True)
class Pen:
    """How lines are drawn; pixels."""

    route: float
    segment: float
    aside: float  #: how far a direction's line stands left of the road: traffic keeps left


FINE, COARSE = Pen(11.0, 6.0, 4.5), Pen(3.0, 2.2, 1.5)


def draw_map(survey: Survey, shapes: Shapes) -> str:
    """The map as an SVG element; a sentence where there is nothing to draw."""
    around = _places(survey)
    if not around:
        return none("地図に描く位置がありません。")
    project = Projection.around(around)
    detailed = max(len(survey.segments), len(survey.defects)) <= MOST_DETAILED
    pen = FINE if detailed else COARSE
    parts = [
        element("rect", width=WIDTH, height=project.height, fill="#fbfbf9"),
        *_routes(survey.routes, project, pen),
        *(_segments if detailed else _roads)(survey, project, shapes, pen),
        *(_defects(survey, project, shapes) if detailed else _dots(survey, project)),
        *(_kilopost_labels(survey.segments, project) if detailed else _road_labels(survey, project)),
        scale_bar(project),
        north_arrow(),
    ]
    box = f"0 0 {WIDTH:.0f} {project.height:.0f}"
    return element("svg", "".join(parts), viewBox=box, role="img", aria_label="点検区間の地図", class_="map")


def _places(survey: Survey) -> list[Point]:
    """Places that the map must show: those of the results, else the network's."""
    found = [pair for s in survey.segments for pair in ((s.start.lon, s.start.lat), (s.end.lon, s.end.lat))]
    found += [(d.lon, d.lat) for d in survey.defects]
    found = [pair for pair in found if math.isfinite(pair[0]) and math.isfinite(pair[1])]
    return found or [pair for route in survey.routes for pair in route.lonlat]


def _routes(routes: Iterable[RouteShape], project: Projection, pen: Pen) -> Iterator[str]:
    """Managed routes as pale lines, cut at the map's edge."""
    frame = shapely.box(-20, -20, WIDTH + 20, project.height + 20)
    for route in routes:
        if len(route.lonlat) < 2:
            continue
        inside = shapely.LineString(project.many(np.asarray(route.lonlat, float))).intersection(frame).simplify(0.4)
        parts = [shapely.get_coordinates(part) for part in getattr(inside, "geoms", [inside]) if part.length]
        if parts:
            yield element(
                "path", title=route.name, d=path_of(parts), fill="none", stroke="#d5d9dc", stroke_width=pen.route
            )


def path_of(lines: Iterable[NDArray[np.float64]]) -> str:
    """The `d` of a path of several open lines (n, 2).

    >>> path_of([np.array([[1.04, 2.0], [3.0, 4.26]])])
    'M1 2 3 4.3'
    """
    return "".join("M" + " ".join(f"{x:.1f}".removesuffix(".0") for x in points.ravel()) for points in lines)


def _aside(pixels: NDArray[np.float64], direction: Direction, pen: Pen) -> NDArray[np.float64]:
    """The line of a direction, beside the road."""
    moved = shapely.LineString(pixels).offset_curve(-pen.aside if direction is Direction.DOWN else pen.aside)
    usable = moved.geom_type == "LineString" and not moved.is_empty
    return shapely.get_coordinates(moved) if usable else pixels


def _segments(survey: Survey, project: Projection, shapes: Shapes, pen: Pen) -> Iterator[str]:
    """Segments coloured by diagnosis, the worst on top."""
    lines = SegmentLines(survey.routes)
    for segment in sorted(survey.segments, key=lambda s: rating_class(s.rating)):
        if (shape := lines.of(segment)) is not None:
            points = _aside(project.many(shapely.get_coordinates(shape)), segment.direction, pen)
            color, title = RATING_COLORS[rating_class(segment.rating)], segment_title(segment, shapes)
            yield element("path", title=title, d=path_of([points]), fill="none", stroke=color, stroke_width=pen.segment)


def _roads(survey: Survey, project: Projection, shapes: Shapes, pen: Pen) -> Iterator[str]:
    """One path per road, direction and diagnosis, neighbours of the same diagnosis in one line; the worst on top."""
    paths: dict[tuple[str, RoadKey, Direction], list[NDArray[np.float64]]] = defaultdict(list)
    lines = SegmentLines(survey.routes)
    for run in runs_of(survey.segments):
        points = [shapely.get_coordinates(shape) for s in run if (shape := lines.of(s)) is not None]
        if not points:
            continue
        pixels = project.many(np.vstack(points))
        slim = shapely.get_coordinates(shapely.LineString(pixels).simplify(0.4))
        paths[rating_class(run[0].rating), run[0].road, run[0].direction].append(_aside(slim, run[0].direction, pen))
    for (key, road, direction), parts in sorted(paths.items(), key=lambda item: item[0][0]):
        title = f"{display_name(road, shapes)} {direction}\n{RATING_WORDS[key]}"
        yield element(
            "path", title=title, d=path_of(parts), fill="none", stroke=RATING_COLORS[key], stroke_width=pen.segment
        )


def runs_of(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Neighbouring segments of one road, direction and diagnosis, in kilopost order."""
    run: list[Segment] = []
    for s in sorted(segments, key=lambda s: (s.road, s.direction, s.start.kp_km)):
        same = run and (s.road, s.direction, rating_class(s.rating)) == (
            run[-1].road,
            run[-1].direction,
            rating_class(run[-1].rating),
        )
        if same and abs(s.start.kp_km - run[-1].end.kp_km) < 1e-6:
            run.append(s)
            continue
        if run:
            yield run
        run = [s]
    if run:
        yield run


def _defects(survey: Survey, project: Projection, shapes: Shapes) -> Iterator[str]:
    """Defects as dots, potholes large and on top."""
    for defect in sorted(survey.defects, key=lambda d: d.category is Category.POTHOLE):
        x, y = project(defect.lon, defect.lat)
        color, radius = (POTHOLE_COLOR, 4.5) if defect.category is Category.POTHOLE else (OTHER_COLOR, 2.0)
        title = defect_title(defect, shapes)
        yield element("circle", title=title, cx=x, cy=y, r=radius, fill=color, stroke="#fff", stroke_width=1.2)


def _dots(survey: Survey, project: Projection) -> Iterator[str]:
    """Potholes as one path of dots, those on one pixel once; other defects would hide the roads."""
    pixels = {tuple(map(round, project(d.lon, d.lat))) for d in survey.defects if d.category is Category.POTHOLE}
    dots = "".join(f"M{x} {y}h0" for x, y in sorted(pixels))
    yield element("path", d=dots or "M0 0", stroke=POTHOLE_COLOR, stroke_width=2.6, stroke_linecap="round")


def _kilopost_labels(segments: Sequence[Segment], project: Projection) -> Iterator[str]:
    """A tick and the kilopost at even steps, once per road."""
    for own in by_road(segments).values():
        places = {round(p.kp_km, 3): p for s in own for p in (s.start, s.end)}
        ends = [project(places[kp].lon, places[kp].lat) for kp in (min(places), max(places))]
        most = max(1, min(MOST_KP_LABELS, int(math.dist(*ends) / LABEL_APART)))
        step = max(nice_step(max(places) - min(places), most), 0.1)
        across = _across(*ends)
        for kp_km, place in sorted(places.items()):
            if abs(kp_km / step - round(kp_km / step)) < 1e-6:
                x, y = project(place.lon, place.lat)
                far = (x + 26 * across[0], y + 26 * across[1])
                yield line(x, y, *far, stroke=INK, stroke_width=0.8)
                yield element("circle", cx=x, cy=y, r=2.2, fill="#fff", stroke=INK, stroke_width=1)
                yield text(far[0] + 3, far[1] + 4, kp_text(kp_km), class_="kp")


def _road_labels(survey: Survey, project: Projection) -> Iterator[str]:
    """The number of each road at its middle, longest roads first, where no other label stands."""
    taken: list[Point] = []
    for road, own in sorted(by_road(survey.segments).items(), key=lambda item: -len(item[1])):
        middle = sorted(own, key=lambda s: s.start.kp_km)[len(own) // 2].start
        x, y = project(middle.lon, middle.lat)
        if all(abs(x - left) > 34 or abs(y - top) > 15 for left, top in taken):
            taken.append((x, y))
            yield text(x, y + 4, road.route_no[:6], class_="kp", text_anchor="middle")


def _across(start: Point, end: Point) -> Point:
    """Unit vector at a right angle to a road that runs from `start` to `end`, towards the right of the page."""
    length = math.dist(start, end) or 1.0
    x, y = (end[1] - start[1]) / length, (start[0] - end[0]) / length
    return (x, y) if (x, y) >= (0.0, 0.0) else (-x, -y)


def legend() -> str:
    """What the map's colours mean, as HTML."""
    swatches = [
        f"<span><i style='background:{RATING_COLORS[k]}'></i>{words}</span>" for k, words in RATING_WORDS.items()
    ]
    dot = f"<span><i class='dot' style='background:{POTHOLE_COLOR}'></i>ポットホール</span>"
    other = f"<span><i class='dot small' style='background:{OTHER_COLOR}'></i>その他の損傷</span>"
    return f"<p class='legend'>{''.join(swatches)}{dot}{other}<span class='hint'>進行方向の左側に各方向の線</span></p>"
