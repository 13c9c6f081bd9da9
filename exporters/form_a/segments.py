"""A form's row as the segment that it tells of, as far as its columns go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from exporters.form_a.fields import Value
from pavement.road import Direction, RoadKey
from pavement.segment import Flag, Place, Segment

POTHOLES = re.compile(r"ポットホール(\d+)箇所$")
_BASIS = re.compile(r".*\((.+)\)$")
_FLAGS = {flag.value: flag for flag in Flag}
LEDGER = {
    "municipality_from": "municipality",
    "municipality_to": "municipality_end",
    "surface": "surface",
    "paved_on": "paved_on",
    "design_life_years": "design_life_years",
}  #: what a ledger says, by source
_MISSING = float("nan")


def to_segment(values: Mapping[str, Value]) -> Segment | None:
    """The segment of a row's values by source; None where route, direction or kiloposts are not on it.

    What the form does not carry is None (numbers NaN, texts empty). 起点 and 終点 are turned back where a 上り row
    starts at its higher kilopost.
    """
    first, last = (_place(values, end) for end in ("from", "to"))
    direction = next((each for each in Direction if each.value == values.get("direction")), None)
    route_no = values.get("route_no")
    if first is None or last is None or direction is None or route_no is None:
        return None
    turned = direction is Direction.UP and first.kp_km > last.kp_km
    start, end = (last, first) if turned else (first, last)
    if turned:
        ends = {"municipality_from": values.get("municipality_to"), "municipality_to": values.get("municipality_from")}
        values = {**values, **ends}
    ledger = {name: _ledger_text(values[source]) for source, name in LEDGER.items() if values.get(source) is not None}
    flags, potholes = _remarks(_text(values.get("remarks")))
    surveyed = values.get("surveyed_on")
    basis = _BASIS.match(_text(values.get("criterion_text")))
    return Segment(
        road=RoadKey(*(_text(values.get(name)) for name in ("road_type", "route_no", "branch_no", "kind"))),
        direction=direction,
        lane=_count(values.get("lane")),
        start=start,
        end=end,
        length_m=_number(values.get("length_m"), _MISSING),
        crack_pct=_known(values.get("crack_pct")),
        rut_mm=_known(values.get("rut_mm")),
        rut_se_mm=None,
        iri_mm_per_m=_known(values.get("iri_mm_per_m")),
        potholes=potholes,
        mci=_known(values.get("mci")),
        rating=_text(values.get("rating")) or None,
        rating_basis=basis[1].replace("・", ";") if basis else "",
        coverage_pct=_number(values.get("coverage_pct"), _MISSING),
        frames=0,
        position_sd_m=None,
        flags=flags,
        surveyed_on=surveyed if isinstance(surveyed, date) else None,
        photos=tuple(filter(None, _text(values.get("photos")).split(";"))),
        attributes=ledger,
    )


def _place(values: Mapping[str, Value], end: str) -> Place | None:
    """起点 (`from`) or 終点 (`to`)."""
    post, offset, kp = (_known(values.get(f"{name}_{end}")) for name in ("post", "offset", "kp"))
    if kp is None and post is not None and offset is not None:
        kp = round(post + offset / 1000, 6)
    if kp is None:
        return None
    lon, lat = (_number(values.get(f"{name}_{end}"), _MISSING) for name in ("lon", "lat"))
    return Place(kp, kp if post is None else post, 0.0 if offset is None else offset, lon, lat)


def _remarks(text: str) -> tuple[tuple[Flag, ...], int | None]:
    """The flags and the potholes that a row's 備考 names; people's own words stay out."""
    flags, potholes = [], None
    for word in text.split(";"):
        if found := POTHOLES.match(word.strip()):
            potholes = int(found[1])
        elif word.strip() in _FLAGS:
            flags.append(_FLAGS[word.strip()])
    return tuple(flags), potholes


def _known(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _number(value: Value, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def _count(value: Value) -> int | None:
    """A lane: a number, or a list's word for one."""
    text = str(value)
    return int(text) if value is not None and text.isascii() and text.isdigit() else None


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _ledger_text(value: Value) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) and value.day == 1 else _text(value)
