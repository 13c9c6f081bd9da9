"""What a pointer over a thing in the map or a chart shows."""

from __future__ import annotations

from collections.abc import Mapping

from exporters.wording import degree_of, display_name, kp_text, rating_text
from pavement.defect import CATEGORY_JA, ORIENTATION_JA, Defect
from pavement.record import RouteShape
from pavement.road import RoadKey
from pavement.segment import Segment

Shapes = Mapping[RoadKey, RouteShape]


def segment_title(segment: Segment, shapes: Shapes) -> str:
    """Road, place, diagnosis, what was measured, flags."""
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


def defect_title(defect: Defect, shapes: Shapes) -> str:
    """Kind, place, size, photo."""
    runs = f"（{ORIENTATION_JA[defect.orientation]}）" if defect.orientation else ""
    lines = [
        f"{CATEGORY_JA[defect.category]}{runs}",
        f"{display_name(defect.road, shapes)} {defect.direction} {kp_text(defect.kp_km)}",
        degree_of(defect),
        f"写真 {defect.photo}" if defect.photo else "",
    ]
    return "\n".join(words for words in lines if words)
