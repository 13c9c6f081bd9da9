"""The report's map, drawn from the data alone: routes, segments by diagnosis, potholes, scale and north."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from exporters.lines import DEGREE_M, SegmentLines
from exporters.svg import (
    POTHOLE_COLOR,
    RATING_COLORS,
    RATING_WORDS,
    element,
    line,
    nice_step,
    polyline,
    rating_class,
    text,
)
from exporters.wording import degree_of, display_name, kp_text, rating_text, shapes_by_road
from pavement.defect import CATEGORY_JA, ORIENTATION_JA, Category
from pavement.record import RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import Segment

WIDTH, MIN_HEIGHT, MAX_HEIGHT, EDGE = 1080.0, 300.0, 640.0, 46.0  #: pixels
ASIDE = 4.5  #: pixels that a direction's line stands left of the road: traffic keeps left
MOST_KP_LABELS = 10
LABEL_APART = 55.0  #: pixels between two kilopost labels

Point = tuple[float, float]


@dataclass(frozen=True)
class Projection:
    """Equirectangular, true to scale at the middle latitude; y grows downwards as in SVG."""

    west: float
    north: float
    squeeze: float
    px_per_degree: float  #: of latitude
    x0: float
    y0: float
    height: float

    @classmethod
    def around(cls, lonlat: Sequence[Point]) -> Projection:
        """The projection that shows all points as large as the page allows."""
        lons, lats = [p[0] for p in lonlat], [p[1] for p in lonlat]
        west, east, south, north = min(lons), max(lons), min(lats), max(lats)
        squeeze = math.cos(math.radians((south + north) / 2))
        wide, high = max((east - west) * squeeze, 1e-4), max(north - south, 1e-4)
        scale = min((WIDTH - 2 * EDGE) / wide, (MAX_HEIGHT - 2 * EDGE) / high)
        height = max(MIN_HEIGHT, high * scale + 2 * EDGE)
        return cls(west, north, squeeze, scale, (WIDTH - wide * scale) / 2, (height - high * scale) / 2, height)

    def __call__(self, lon: float, lat: float) -> Point:
        """Pixels of a place."""
        x = self.x0 + (lon - self.west) * self.squeeze * self.px_per_degree
        return x, self.y0 + (self.north - lat) * self.px_per_degree


def draw_map(survey: Survey) -> str:
    """The map as an SVG element; a sentence where there is nothing to draw."""
    places = [pair for s in survey.segments for pair in ((s.start.lon, s.start.lat), (s.end.lon, s.end.lat))]
    places += [(d.lon, d.lat) for d in survey.defects]
    around = places or [pair for route in survey.routes for pair in route.lonlat]
    if not around:
        return "<p class='none'>地図に描く位置がありません。</p>"
    project = Projection.around(around)
    shapes = shapes_by_road(survey.routes)
    parts = [
        element("rect", width=WIDTH, height=project.height, fill="#fbfbf9"),
        *_routes(survey.routes, project),
        *_segments(survey, project, shapes),
        *_defects(survey, project, shapes),
        *_kilopost_labels(survey.segments, project),
        _scale_bar(project),
        _north(),
    ]
    box = f"0 0 {WIDTH:.0f} {project.height:.0f}"
    return element("svg", "".join(parts), viewBox=box, role="img", aria_label="点検区間の地図", class_="map")


def _routes(routes: Iterable[RouteShape], project: Projection) -> Iterator[str]:
    """Managed routes as pale lines, cut at the map's edge."""
    frame = shapely.box(-20, -20, WIDTH + 20, project.height + 20)
    for route in routes:
        if len(route.lonlat) < 2:
            continue
        inside = shapely.LineString([project(*pair) for pair in route.lonlat]).intersection(frame).simplify(0.4)
        for part in getattr(inside, "geoms", [inside]):
            if part.geom_type == "LineString" and not part.is_empty:
                yield polyline(part.coords, route.name, fill="none", stroke="#d5d9dc", stroke_width=11)


def _segments(survey: Survey, project: Projection, shapes: Mapping[RoadKey, RouteShape]) -> Iterator[str]:
    """Segments coloured by diagnosis, the worst on top, each direction on its own side."""
    lines = SegmentLines(survey.routes)
    for segment in sorted(survey.segments, key=lambda s: rating_class(s.rating)):
        if (shape := lines.of(segment)) is None:
            continue
        pixels = shapely.LineString([project(*pair) for pair in shape.coords])
        aside = pixels.offset_curve(-ASIDE if segment.direction is Direction.DOWN else ASIDE)
        points = aside.coords if aside.geom_type == "LineString" and not aside.is_empty else pixels.coords
        color = RATING_COLORS[rating_class(segment.rating)]
        yield polyline(points, segment_title(segment, shapes), fill="none", stroke=color, stroke_width=6)


def segment_title(segment: Segment, shapes: Mapping[RoadKey, RouteShape]) -> str:
    """What a pointer over a segment shows."""
    lines = [
        f"{display_name(segment.road, shapes)} {segment.direction}",
        f"{kp_text(segment.start.kp_km)}～{kp_text(segment.end.kp_km)}({segment.length_m:.0f} m)",
        f"判定 {rating_text(segment)}",
    ]
    for word, value, unit in (
        ("ひび割れ率", segment.crack_pct, "%"),
        ("わだち掘れ量", segment.rut_mm, "mm"),
        ("IRI", segment.iri_mm_per_m, "mm/m"),
        ("有効測定率", segment.coverage_pct, "%"),
    ):
        lines += [] if value is None else [f"{word} {value:.1f} {unit}"]
    lines += [f"ポットホール {segment.potholes}箇所"] if segment.potholes else []
    return "\n".join(lines + (["・".join(segment.flags)] if segment.flags else []))


def _defects(survey: Survey, project: Projection, shapes: Mapping[RoadKey, RouteShape]) -> Iterator[str]:
    """Defects as dots, potholes large and on top."""
    for defect in sorted(survey.defects, key=lambda d: d.category is Category.POTHOLE):
        x, y = project(defect.lon, defect.lat)
        pothole = defect.category is Category.POTHOLE
        runs = f"（{ORIENTATION_JA[defect.orientation]}）" if defect.orientation else ""
        title = f"{CATEGORY_JA[defect.category]}{runs}\n{display_name(defect.road, shapes)} {defect.direction} "
        title += f"{kp_text(defect.kp_km)}\n{degree_of(defect)}" + (f"\n写真 {defect.photo}" if defect.photo else "")
        color, radius = (POTHOLE_COLOR, 4.5) if pothole else ("#37474f", 2.0)
        yield element("circle", title=title, cx=x, cy=y, r=radius, fill=color, stroke="#fff", stroke_width=1.2)


def _kilopost_labels(segments: Sequence[Segment], project: Projection) -> Iterator[str]:
    """A tick and the kilopost at even steps, once per road."""
    for road in dict.fromkeys(segment.road for segment in segments):
        own = [s for s in segments if s.road == road]
        places = {round(p.kp_km, 3): p for s in own for p in (s.start, s.end)}
        ends = [project(places[kp].lon, places[kp].lat) for kp in (min(places), max(places))]
        most = max(1, min(MOST_KP_LABELS, int(math.dist(*ends) / LABEL_APART)))
        step = max(nice_step(max(places) - min(places), most), 0.1)
        across = _across(*ends)
        for kp_km, place in sorted(places.items()):
            if abs(kp_km / step - round(kp_km / step)) < 1e-6:
                x, y = project(place.lon, place.lat)
                far = (x + 26 * across[0], y + 26 * across[1])
                yield line(x, y, *far, stroke="#343a40", stroke_width=0.8)
                yield element("circle", cx=x, cy=y, r=2.2, fill="#fff", stroke="#343a40", stroke_width=1)
                yield text(far[0] + 3, far[1] + 4, kp_text(kp_km), class_="kp")


def _across(start: Point, end: Point) -> Point:
    """Unit vector at a right angle to a road that runs from `start` to `end`, towards the right of the page."""
    length = math.dist(start, end) or 1.0
    x, y = (end[1] - start[1]) / length, (start[0] - end[0]) / length
    return (x, y) if (x, y) >= (0.0, 0.0) else (-x, -y)


def _scale_bar(project: Projection) -> str:
    """A bar of a round length, lower left."""
    px_per_m = project.px_per_degree / DEGREE_M
    metres = nice_step(150 / px_per_m, 1)
    metres = metres if metres * px_per_m <= 240 else metres / 2
    x, y, length = 20.0, project.height - 20, metres * px_per_m
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    ticks = "".join(line(at, y - 5, at, y, stroke="#343a40", stroke_width=1.5) for at in (x, x + length))
    return (
        line(x, y, x + length, y, stroke="#343a40", stroke_width=1.5) + ticks + text(x + 4, y - 8, words, class_="kp")
    )


def _north() -> str:
    """North is up."""
    arrow = element("path", d=f"M{WIDTH - 30} 20 l8 24 l-8 -6 l-8 6 z", fill="#343a40")
    return arrow + text(WIDTH - 30, 58, "N", class_="kp", text_anchor="middle")


def legend() -> str:
    """What the map's colours mean, as HTML."""
    swatches = [
        f"<span><i style='background:{RATING_COLORS[k]}'></i>{words}</span>" for k, words in RATING_WORDS.items()
    ]
    dot = f"<span><i class='dot' style='background:{POTHOLE_COLOR}'></i>ポットホール</span>"
    other = "<span><i class='dot small' style='background:#37474f'></i>その他の損傷</span>"
    return f"<p class='legend'>{''.join(swatches)}{dot}{other}<span class='hint'>進行方向の左側に各方向の線</span></p>"
