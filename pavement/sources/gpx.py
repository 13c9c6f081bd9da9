"""GPX 1.0 and 1.1 track points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, tzinfo
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, XMLParser, iterparse

from pavement.sources.fix import HDOP_TO_M, Fix, Parsed, number
from pavement.sources.text import MAX_RECORDS, at_most
from pavement.sources.times import parse_iso

TAGS = 12  #: of a track point, with those around it


def parse_gpx(text: str, file: str = "", zone: tzinfo = UTC, near_s: float = math.nan) -> Parsed:
    """The track points (`trkpt`) of GPX text; way points and routes are no track. Only `text` is needed.

    Points are read one by one, so that a value that is none costs its own point, and a file that breaks off (the power
    of the car went) the points after the break. Times without an offset are UTC, as GPX defines them.
    """
    fixes: list[Fix] = []
    remarks: list[str] = []
    try:
        for point in at_most(_points(text)):
            fixes.append(_fix(point))  # noqa: PERF401  (what was read before a break is kept)
    except (ParseError, ValueError) as error:
        where = f"({error.position[0]}行目)" if isinstance(error, ParseError) else ""
        remarks.append(f"GPXの途中でXMLが壊れています{where}。読めた{len(fixes)}点だけを使います")
    if not fixes and not remarks:
        remarks.append("軌跡の点(trkpt)がありません。このファイルは使いません")
    return Parsed(fixes, remarks)


def _points(text: str) -> Iterator[Element]:
    elements = iterparse(BytesIO(text.encode()), ["end"], XMLParser(encoding="utf-8"))
    for _, element in at_most(elements, TAGS * MAX_RECORDS):
        if _tag(element) == "trkpt":
            yield element
            element.clear()


def _fix(point: Element) -> Fix:
    values = {_tag(child): (child.text or "").strip() for child in point.iter()}
    time = parse_iso(values.get("time", ""), UTC)
    accuracy = number(values.get("accuracy") or values.get("hacc"))
    return Fix(
        time_s=time.timestamp() if time else math.nan,
        lon=number(point.get("lon")),
        lat=number(point.get("lat")),
        accuracy_m=accuracy if math.isfinite(accuracy) else number(values.get("hdop")) * HDOP_TO_M,
        speed_mps=number(values.get("speed")),
        heading_deg=number(values.get("course")),
    )


def _tag(element: Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]
