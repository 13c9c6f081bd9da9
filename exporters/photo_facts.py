"""What stands beside a photo, for the book, the ledger and the requests: label and value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from exporters.wording import display_name, jst_text, kp_text, photo_lane
from pavement.record import Photo, RouteShape, Survey
from pavement.road import Direction, RoadKey
from pavement.segment import SEGMENT_KM, Place, Segment

Facts = list[tuple[str, str]]


def photo_facts(photo: Photo, shapes: Mapping[RoadKey, RouteShape]) -> Facts:
    """Route, place, lane, damage and its degree, time, coordinates."""
    return [
        ("路線", road_text(photo.road, shapes)),
        ("位置", place_text(photo.place, shapes.get(photo.road))),
        ("車線", photo_lane(photo)),
        ("損傷", photo.subject),
        ("程度", photo.degree),
        ("撮影", jst_text(photo.timestamp)),
        ("座標", lonlat_text(photo.place.lon, photo.place.lat)),
    ]


def road_text(road: RoadKey, shapes: Mapping[RoadKey, RouteShape]) -> str:
    """The road's name with 現道, 旧道 or 新道."""
    name = display_name(road, shapes)
    return name if road.kind in name else f"{name}({road.kind})"


def place_text(place: Place, shape: RouteShape | None) -> str:
    """The kilopost, and how it is measured: from the nearest lower post, or from the route's start."""
    if shape is not None and shape.kp_style == "cumulative":
        return f"{kp_text(place.kp_km)}(起点から {place.kp_km * 1000:.0f} m)"
    return f"{kp_text(place.kp_km)}(距離標 {place.post_km:g} + {place.offset_m:.0f} m)"


def lonlat_text(lon: float, lat: float) -> str:
    """Coordinates in words."""
    return f"北緯 {lat:.5f}° 東経 {lon:.5f}°"


def sections_of_photos(survey: Survey) -> Callable[[Photo], tuple[float, float]]:
    """From a photo to its row of 様式A (from and to, km): the segment that names it, else the one that it lies in."""
    named: dict[str, Segment] = {}
    around: dict[tuple[RoadKey, Direction, int], Segment] = {}
    for segment in survey.segments:
        around.setdefault((segment.road, segment.direction, _index(segment.start.kp_km)), segment)
        for number in segment.photos:
            named.setdefault(number, segment)

    def section_of(photo: Photo) -> tuple[float, float]:
        index = _index(photo.place.kp_km)
        segment = named.get(photo.number) or around.get((photo.road, photo.direction, index))
        if segment is not None and (segment.road, segment.direction) == (photo.road, photo.direction):
            return segment.start.kp_km, segment.end.kp_km
        return index * SEGMENT_KM, (index + 1) * SEGMENT_KM

    return section_of


def _index(kp_km: float) -> int:
    """Of the segment in which a kilopost lies."""
    return math.floor(round(kp_km / SEGMENT_KM, 6))
