"""What a review is made from, out of the folders of finished runs: no server, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pavement.defect import Category
from pavement.errors import BadInput
from pavement.fiscal_year import JST, fiscal_year_of
from pavement.place import Level, place_id, segment_place
from pavement.record import Survey
from pavement.review.adoption import AdoptionRule, best
from pavement.review.averages import KEY, MEANS, Passes, average_passes
from pavement.review.building import SECTION_COLUMNS, YEAR_COLUMNS, build_sections, build_year
from pavement.review.pothole import Pothole
from pavement.review.pothole_pairs import courses
from pavement.review.review import Material, comparable
from pavement.review.rows import Sections, Year
from pavement.road import Network
from pavement.sections import sections_of
from pavement.segment import Segment
from pavement.survey_file import read_survey

Row = dict[str, Any]
MOST_YEARS = 5  #: the one that is reviewed and those before it
ERRORS = ("rut_se_mm", "iri_se_mm_per_m", "coverage_pct", "position_sd_m")


def read_results(results: Sequence[Path], year: int, network: Network | None, rule: AdoptionRule) -> Material:
    """The material of a 年度 out of results of it and of earlier ones; without a network only what was driven is known
    of, so that nothing can be 未点検. Raises BadInput where no result is of the year.
    """
    surveys = [read_survey(each) for each in results]
    rows = {level: list(_rows(surveys, level)) for level in Level}
    years = sorted({row["fiscal_year"] for row in rows[Level.SEGMENT]} & set(range(year + 1)))
    if year not in years:
        found = "、".join(str(each) for each in sorted({r["fiscal_year"] for r in rows[Level.SEGMENT]})) or "none"
        raise BadInput(f"no result is of 年度 {year} (there are: {found})", do="give another --year or more results")
    sections = _of_network(network) if network else {level: _of_rows(rows[level], surveys) for level in Level}
    kept = years[-MOST_YEARS:]
    by_level = {
        level: [_year(sections[level], rows[level], each, rule, level is Level.BLOCK) for each in kept]
        for level in Level
    }
    potholes = {each: _potholes(surveys, each) for each in kept}
    source = f"結果フォルダ {len(results)} 件" + ("" if network else "（路線網の指定なし：点検した区間だけが対象）")
    of_segments, of_blocks = by_level[Level.SEGMENT], by_level[Level.BLOCK]
    of_both = (sections[Level.SEGMENT], sections[Level.BLOCK], of_segments, of_blocks)
    lines = _lines_of(network, sections[Level.SEGMENT]) if network else ()
    return comparable(Material(*of_both, potholes, source, _check_of(surveys, year), lines))


def _check_of(surveys: Sequence[Survey], year: int) -> dict[str, Any]:
    """精度確認 that holds for all results of the year, by indicator."""
    checks = [each.run.get("accuracy_check") or {} for each in surveys if each.year == year]
    kept: dict[str, Any] = dict(checks[0]) if checks else {}
    return {key: said for key, said in kept.items() if all(each.get(key, {}).get("passed") is True for each in checks)}


def _lines_of(network: Network, segments: Sections) -> list[bytes | None]:
    """WKB of the segments' lines, in their order."""
    known = {each.place: each.geometry for each in sections_of(network) if each.level is Level.SEGMENT}
    shapes = [known.get(place) for place in segments.place.tolist()]
    return [None if shape is None else shapely.to_wkb(shape) for shape in shapes]


def _rows(surveys: Sequence[Survey], level: Level) -> Iterable[Row]:
    for number, survey in enumerate(surveys):
        for segment in survey.segments if level is Level.SEGMENT else survey.blocks:
            day = segment.surveyed_on
            yield {
                **{
                    name: getattr(segment, name) for name in (*MEANS, *ERRORS, "mci", "potholes", "rating", "sharpness")
                },
                **_key(segment),
                "place": place_id(level, segment.road, segment.direction, segment.start.kp_km),
                "from_kp_km": segment.start.kp_km,
                "flags": ";".join(segment.flags),
                "surveyed_on": day,
                "attributes": dict(segment.attributes),
                "drive_id": f"{number}:{segment.drive or ''}",
                "fiscal_year": fiscal_year_of(day) if day else survey.year,
                "segment": segment,
            }


def _key(segment: Segment) -> Row:
    road = segment.road
    parts = (road.road_type, road.route_no, road.branch_no, road.kind, str(segment.direction))
    return dict(zip(KEY, parts, strict=True))


def _of_network(network: Network) -> dict[Level, Sections]:
    """The sections of both levels."""
    columns: dict[Level, dict[str, list[Any]]] = {level: {n: [] for n in SECTION_COLUMNS} for level in Level}
    for section in sections_of(network):
        facts, line = section.route.facts, shapely.get_coordinates(section.geometry)
        road = section.road
        values = (
            *(section.place, road.road_type, road.route_no, road.branch_no, road.kind, str(section.direction)),
            *(section.from_kp_km, section.to_kp_km, section.length_m, section.route.name),
            *(facts.get("manager"), facts.get("office"), section.municipality, facts.get("road_class")),
            *(section.attributes.get("closed"), *line[0].tolist(), *line[-1].tolist()),
        )
        for column, value in zip(columns[section.level].values(), values, strict=True):
            column.append(value)
    return {level: build_sections(each) for level, each in columns.items()}


def _of_rows(rows: Sequence[Row], surveys: Sequence[Survey]) -> Sections:
    """The sections that were driven, in any year."""
    shapes = {shape.road: shape for survey in surveys for shape in survey.routes}
    columns: dict[str, list[Any]] = {name: [] for name in SECTION_COLUMNS}
    for row in {row["place"]: row for row in rows}.values():
        segment: Segment = row["segment"]
        shape = shapes.get(segment.road)
        values: Mapping[str, Any] = {
            **row,
            "to_kp_km": segment.end.kp_km,
            "length_m": segment.length_m,
            "name": shape.name if shape else "",
            "manager": shape.manager if shape else None,
            "office": shape.office if shape else None,
            "road_class": shape.road_class if shape else None,
            "municipality": segment.attributes.get("municipality"),
            "closed": segment.attributes.get("closed"),
            **{"from_lon": segment.start.lon, "from_lat": segment.start.lat},
            **{"to_lon": segment.end.lon, "to_lat": segment.end.lat},
        }
        for name in SECTION_COLUMNS:
            columns[name].append(values[name])
    return build_sections(columns)


def _year(sections: Sections, rows: Sequence[Row], year: int, rule: AdoptionRule, averaged: bool) -> Year:
    """The adopted passes; of blocks the mean of the valid ones where there are several."""
    of_place: dict[str, list[Row]] = {}
    for row in rows:
        if row["fiscal_year"] == year:
            of_place.setdefault(row["place"], []).append(row)
    adopted = [best(each, rule) for each in of_place.values()]
    found = build_year(sections, year, {name: [row[name] for row in adopted] for name in YEAR_COLUMNS})
    mine = [row for each in of_place.values() for row in each]
    if not averaged or len(mine) == len(adopted):
        return found
    passes = Passes(
        keys=[tuple(row[name] for name in KEY) for row in mine],
        from_kp_km=np.array([row["from_kp_km"] for row in mine], float),
        values={name: np.array([row[name] for row in mine], float) for name in (*MEANS, *ERRORS)},
        flags=[row["flags"] for row in mine],
        day=np.array([row["surveyed_on"] for row in mine], "datetime64[D]"),
    )
    return average_passes(sections, found, [passes], rule)


def _potholes(surveys: Sequence[Survey], year: int) -> list[Pothole]:
    """The potholes that the runs of a year saw; runs know no repairs."""
    found: dict[str, Pothole] = {}
    for survey in surveys:
        days = [frame.timestamp.astimezone(JST).date() for frame in survey.frames if frame.timestamp]
        if not days or fiscal_year_of(max(days)) != year:
            continue
        offices = {shape.road: shape.office or "" for shape in survey.routes}
        course = _courses_of(survey.segments)
        for d in survey.defects:
            if d.category is Category.POTHOLE:
                way = course.get(segment_place(d.road, d.direction, d.kp_km), float("nan"))
                seen = Pothole(
                    *(d.defect_id, d.road, d.direction, d.kp_km, d.lon, d.lat, d.area_m2, min(days)),
                    office=offices.get(d.road, ""),
                    course_deg=way,
                    seen_on=max(days),
                )
                known = found.get(d.defect_id)
                first = known.found_on if known and known.found_on else seen.found_on
                found[d.defect_id] = replace(seen, found_on=min(first, min(days)) if first else seen.found_on)
    return list(found.values())


def _courses_of(segments: Sequence[Segment]) -> dict[str, float]:
    """The course of travel on every segment, by its place."""
    ends = [(s.start.lon, s.start.lat, s.end.lon, s.end.lat) for s in segments]
    found = courses(
        np.array(ends, float).reshape(-1, 4), np.array([str(s.direction) == "上り" for s in segments], bool)
    )
    places = (segment_place(s.road, s.direction, s.start.kp_km) for s in segments)
    return dict(zip(places, found.tolist(), strict=True))
