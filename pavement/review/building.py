"""Sections and years from columns as the store and the result files hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pavement.fiscal_year import fiscal_year_days
from pavement.inspected_length import is_inspected
from pavement.ledger import lane_width_of
from pavement.review.rows import (
    NO_DAY,
    RATINGS,
    Floats,
    Ints,
    Labels,
    Sections,
    Year,
    attribute_day,
    attribute_number,
    empty_year,
    place_rows,
)
from pavement.road import RoadKey

Columns = Mapping[str, Sequence[Any]]
ROAD = ("road_type", "route_no", "branch_no", "kind")
SECTION_COLUMNS = (
    *("place", *ROAD, "direction", "from_kp_km", "to_kp_km", "length_m", "name"),
    *("manager", "office", "municipality", "road_class", "closed", "from_lon", "from_lat", "to_lon", "to_lat"),
)
NUMBERS = (
    *("crack_pct", "rut_mm", "rut_se_mm", "iri_mm_per_m", "iri_se_mm_per_m", "mci"),
    *("potholes", "coverage_pct", "position_sd_m"),
)
YEAR_COLUMNS = ("place", *NUMBERS, "rating", "flags", "surveyed_on", "attributes", "drive_id")


def build_sections(columns: Columns) -> Sections:
    """The sections of `SECTION_COLUMNS`, put into order."""
    keys = list(zip(*(columns[name] for name in ROAD), strict=True))
    roads = sorted(set(keys))
    number = {key: k for k, key in enumerate(roads)}
    names: dict[int, str] = {}
    road = np.array([number[key] for key in keys], np.int32)
    for code, name in zip(road.tolist(), columns["name"], strict=True):
        if name and code not in names:
            names[code] = str(name)
    known = tuple(RoadKey(*key) for key in roads)
    corners = [_numbers(columns[name]) for name in ("from_lon", "from_lat", "to_lon", "to_lat")]
    sections = Sections(
        place=np.array(columns["place"], "U16"),
        road=road,
        up=np.array([each == "上り" for each in columns["direction"]], bool),
        from_kp_km=_numbers(columns["from_kp_km"]),
        to_kp_km=_numbers(columns["to_kp_km"]),
        length_m=_numbers(columns["length_m"]),
        lonlat=np.column_stack(corners) if len(keys) else np.empty((0, 4)),
        manager=Labels.of(columns["manager"]),
        office=Labels.of(columns["office"]),
        municipality=Labels.of(columns["municipality"]),
        road_class=Labels.of(columns["road_class"]),
        closed=Labels.of(columns["closed"]),
        roads=known,
        names=tuple(road_words(key, names.get(k, "")) for k, key in enumerate(known)),
    )
    return sections.take(sections.order())


def road_words(road: RoadKey, name: str) -> str:
    """A road's name for people: unlike that of any other road.

    >>> road_words(RoadKey("一般県道", "27", "001", "旧道"), "")
    '県道27号-001旧道'
    """
    word = {"一般国道": "国道", "主要地方道": "県道", "一般県道": "県道"}.get(road.road_type, road.road_type)
    short = f"{word}{road.route_no}号" if road.route_no.isdigit() else road.route_no
    part = ("" if road.branch_no in ("", "000") else f"-{road.branch_no}") + ("" if road.kind == "現道" else road.kind)
    if name in ("", road.route_no):
        return short + part
    return name + part if road.route_no in name else f"{short} {name}{part}"


def build_year(sections: Sections, fiscal_year: int, columns: Columns) -> Year:
    """What a year found, of `YEAR_COLUMNS`; of rows of one place the last one holds, unknown places are left out."""
    found = empty_year(fiscal_year, len(sections))
    rows = place_rows(sections, np.array(columns["place"], "U16"))
    here = np.flatnonzero(rows >= 0)
    at = rows[here]
    for name in NUMBERS:
        getattr(found, name)[at] = _numbers(columns[name])[here]
    flags = {text: text or "" for text in set(columns["flags"])}
    low = {text: not is_inspected(100.0, words) for text, words in flags.items()}
    seen = np.isfinite(found.coverage_pct[at]) & ~np.array([low[text] for text in columns["flags"]], bool)[here]
    found.inspected[at] = seen
    levels = {text: RATINGS.index(text[:1]) if text and text[:1] in RATINGS else 0 for text in set(columns["rating"])}
    found.rating[at] = np.array([levels[text] for text in columns["rating"]], np.int8)[here]
    found.premature[at] = np.array([text == "Ⅲ-2" for text in columns["rating"]], bool)[here]
    found.day[at] = days_of(columns["surveyed_on"])[here]
    found.passes[at] = 1
    _set_ledger(found, at, here, columns["attributes"])
    _, last = fiscal_year_days(fiscal_year)
    for works in (found.paved_on, found.repaired_on):  # a ledger of later years: those works are none of this one
        works[works > np.datetime64(last)] = NO_DAY
    drives = Labels.of(columns["drive_id"])
    codes = np.full(len(sections), -1, np.int32)
    codes[at] = drives.codes[here]
    return Year(**{**vars(found), "drive": Labels(codes, drives.names)})


def days_of(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """Days of dates or ISO texts; NaT for None."""
    return np.array(values, "datetime64[D]") if len(values) else np.empty(0, "datetime64[D]")


def _set_ledger(found: Year, at: Ints, here: Ints, texts: Sequence[Any]) -> None:
    """The ledger's columns; the same text (or mapping) is read once."""
    known: dict[Any, int] = {}
    facts: list[tuple[Any, Any, float, float]] = [(NO_DAY, NO_DAY, np.nan, np.nan)]
    codes = np.zeros(len(texts), np.int64)
    for i, text in enumerate(texts):
        if not text:
            continue
        key = text if isinstance(text, str) else tuple(sorted(text.items()))
        if key not in known:
            known[key] = len(facts)
            facts.append(_facts(json.loads(text) if isinstance(text, str) else text))
        codes[i] = known[key]
    paved, repaired, life, width = zip(*facts, strict=True)
    mine = codes[here]
    found.paved_on[at] = np.array(paved, "datetime64[D]")[mine]
    found.repaired_on[at] = np.array(repaired, "datetime64[D]")[mine]
    found.design_life_years[at] = np.array(life, float)[mine]
    found.lane_width_m[at] = np.array(width, float)[mine]


def _facts(attributes: Mapping[str, str] | None) -> tuple[Any, Any, float, float]:
    given = attributes or {}
    width = lane_width_of(given)
    paved, repaired = (attribute_day(given.get(name, "")) for name in ("paved_on", "repaired_on"))
    return (paved, repaired, attribute_number(given, "design_life_years"), np.nan if width is None else width)


def _numbers(values: Sequence[Any]) -> Floats:
    """Floats; NaN for None."""
    return np.array(values, float) if len(values) else np.empty(0)
