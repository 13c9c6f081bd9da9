"""What a review is made from, out of the store: in bulk, column by column, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Column, Select, Text, cast, func, select

from pavement.errors import BadInput
from pavement.fiscal_year import JST, fiscal_year_days
from pavement.place import Level
from pavement.review.adoption import AdoptionRule
from pavement.review.averages import Passes, average_passes
from pavement.review.building import NUMBERS, SECTION_COLUMNS, YEAR_COLUMNS, build_sections, build_year
from pavement.review.pothole import Pothole
from pavement.review.pothole_pairs import courses
from pavement.review.review import Material, comparable
from pavement.review.rows import Ints, Sections, Year
from pavement.review.same_ground import laid_columns, lay
from pavement.road import Direction, RoadKey
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, DEFECT_STATES, SECTIONS
from pavement.store.current import is_current
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, ANALYSES, SEGMENTS
from pavement.store.scope import EVERYTHING, Scope, within
from pavement.store.survey_checks import check_of

CHUNK = 20_000
MOST_EARLIER = 4  #: years before the one that is reviewed: rates over five
ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")
AS_TEXT = {"surveyed_on", "attributes"}  #: read as they are written: 360,000 dates and JSON texts are parsed at once
PASS_KEY = ("road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km")
ALONG = (*PASS_KEY[:-1], "kp_km", "defect_id")  #: of potholes: databases answer in orders of their own
PASS_VALUES = ("crack_pct", "rut_mm", "rut_se_mm", "iri_mm_per_m", "iri_se_mm_per_m", "coverage_pct", "position_sd_m")

Progress = Callable[[str, int, int], None]


def read_material(
    database: Database,
    year: int,
    scope: Scope = EVERYTHING,
    rule: AdoptionRule | None = None,
    progress: Progress = lambda stage, done, total: None,
    *,
    lines: bool = False,
) -> Material:
    """The network in use, the year, and the years before it with results; raises BadInput without sections. `lines`:
    with the segments' geometry, for GIS.
    """
    progress("read", 0, 4)
    segments = read_sections(database, Level.SEGMENT, scope)
    if not len(segments):
        raise BadInput("the store holds no sections of a network", do="start the server once with --network NET")
    blocks = read_sections(database, Level.BLOCK, scope)
    progress("read", 1, 4)
    years = [*earlier_years(database, year)[-MOST_EARLIER:], year]
    of_segments = [read_year(database, segments, Level.SEGMENT, each) for each in years]
    progress("read", 2, 4)
    of_blocks = [read_year(database, blocks, Level.BLOCK, each, rule or AdoptionRule()) for each in years]
    progress("read", 4, 4)
    potholes = {each: read_potholes(database, each, scope) for each in years}
    managers = {segments.manager.text(row) or None for row in _firsts(segments.manager.codes)}
    with database.reading() as connection:
        check = check_of(connection, managers)
    shapes = read_lines(database, segments) if lines else ()
    source = "サーバの採用結果"
    return comparable(Material(segments, blocks, of_segments, of_blocks, potholes, source, check, shapes))


def earlier_years(database: Database, year: int) -> list[int]:
    """The 年度 before `year` with results, rising."""
    query = select(ADOPTED.c.fiscal_year).where(ADOPTED.c.fiscal_year < year).distinct()
    with database.reading() as connection:
        return sorted(connection.execute(query).scalars())


def read_sections(database: Database, level: Level, scope: Scope = EVERYTHING) -> Sections:
    """The sections of a level within a scope."""
    seen = within(scope, SECTIONS.c.manager, SECTIONS.c.office)
    query = select(*(SECTIONS.c[name] for name in SECTION_COLUMNS)).where(SECTIONS.c.level == level.value, seen)
    return build_sections(_columns(database, query, SECTION_COLUMNS))


def has_more_sections(database: Database, count: int) -> bool:
    """Whether the network has more sections, of both levels, than `count`."""
    some = select(SECTIONS.c.place).limit(count + 1).subquery()
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one()) > count


def read_lines(database: Database, segments: Sections) -> list[bytes | None]:
    """WKB of the segments' lines, in their order."""
    query = select(SECTIONS.c.place, SECTIONS.c.geometry).where(SECTIONS.c.level == Level.SEGMENT.value)
    with database.reading() as connection:
        found = {row.place: row.geometry for row in connection.execute(query)}
    return [found.get(place) for place in segments.place.tolist()]


def read_year(
    database: Database, sections: Sections, level: Level, year: int, rule: AdoptionRule | None = None
) -> Year:
    """What was adopted of a year; with a `rule` the mean of the valid passes of a season, where a place has several."""
    names = (*YEAR_COLUMNS, *ENDS, "direction")
    columns = [cast(ADOPTED.c[n], Text) if n in AS_TEXT else ADOPTED.c[n] for n in names]
    query = select(*columns).where(ADOPTED.c.fiscal_year == year, ADOPTED.c.level == level.value)
    columns_here, same = on_this_ground(sections, _columns(database, query, names))
    found = build_year(sections, year, columns_here)
    if rule is None or not same:  # single passes of another network's places are not laid onto this one's
        return found
    first, last = fiscal_year_days(year)
    passes = select(func.count()).where(SEGMENTS.c.level == level.value, SEGMENTS.c.surveyed_on.between(first, last))
    corrected = select(ADOPTED.c.place).where(
        ADOPTED.c.fiscal_year == year, ADOPTED.c.level == level.value, cast(ADOPTED.c.corrected, Text).like("{%")
    )
    with database.reading() as connection:
        if int(connection.execute(passes).scalar_one()) <= int(found.passes.sum()):
            return found  # no place has two
        kept = set(connection.execute(corrected).scalars())
    return average_passes(sections, found, read_passes(database, level, year), rule, kept)


def on_this_ground(sections: Sections, columns: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], bool]:
    """The rows of a year on today's network, and whether it was the same then: rows whose section lies elsewhere today
    are laid by their ground.
    """
    up = np.array([each == "上り" for each in columns.pop("direction")], bool)
    ends = [np.array(columns.pop(name), float) for name in ENDS]
    lonlat = np.column_stack(ends) if len(up) else np.empty((0, 4))
    laid = lay(sections, np.array(columns["place"], "U16"), lonlat, up)
    if laid.nothing_moved:
        return columns, True
    return laid_columns(laid, sections, dict(columns), NUMBERS), False


def read_passes(database: Database, level: Level, year: int) -> Iterable[Passes]:
    """All passes of a year, some at a time: of each drive its newest analysis that was finished."""
    first, last = fiscal_year_days(year)
    values = [SEGMENTS.c[name] for name in (*PASS_KEY, *PASS_VALUES, "flags")]
    query = (
        select(*values, cast(SEGMENTS.c.surveyed_on, Text))
        .join(ANALYSES, ANALYSES.c.id == SEGMENTS.c.analysis_id)
        .where(SEGMENTS.c.level == level.value, SEGMENTS.c.surveyed_on.between(first, last), is_current())
    )
    with database.reading() as connection:
        answer = connection.execution_options(stream_results=True).execute(query)
        while rows := answer.fetchmany(CHUNK):
            parts = list(zip(*rows, strict=True))
            count, numbers = len(PASS_KEY), len(PASS_KEY) + len(PASS_VALUES)
            yield Passes(
                keys=list(zip(*parts[: count - 1], strict=True)),
                from_kp_km=np.array(parts[count - 1], float),
                values={n: np.array(v, float) for n, v in zip(PASS_VALUES, parts[count:numbers], strict=True)},
                flags=[text or "" for text in parts[numbers]],
                day=np.array(parts[numbers + 1], "datetime64[D]"),
            )


def read_potholes(database: Database, year: int, scope: Scope = EVERYTHING) -> list[Pothole]:
    """The potholes of a year without 誤検出, with the days of 発見 and of the first repair, 応急 or 本補修."""
    seen = within(scope, ADOPTED_DEFECTS.c.manager, ADOPTED_DEFECTS.c.office)
    repairs = (ALERTS.c.patched_at.label("alert_patched"), ALERTS.c.repaired_at.label("alert_repaired"))
    times = (ALERTS.c.found_at, *repairs)
    own: tuple[Column[Any], ...] = tuple(
        ADOPTED_DEFECTS.c[name]
        for name in ("defect_id", "road_type", "route_no", "branch_no", "kind", "direction", "kp_km", "lon", "lat")
    )
    here = (ADOPTED.c.fiscal_year == year) & (ADOPTED.c.place == ADOPTED_DEFECTS.c.segment_place)
    query = (
        select(*own, ADOPTED_DEFECTS.c.area_m2, ADOPTED_DEFECTS.c.office, ADOPTED_DEFECTS.c.seen_on)
        .add_columns(*(ADOPTED.c[name] for name in ENDS), *times)
        .add_columns(DEFECT_STATES.c.patched_at, DEFECT_STATES.c.repaired_at)
        .outerjoin(ADOPTED, here)
        .outerjoin(ALERTS, ALERTS.c.defect_id == ADOPTED_DEFECTS.c.defect_id)
        .outerjoin(DEFECT_STATES, DEFECT_STATES.c.defect_id == ADOPTED_DEFECTS.c.defect_id)
        .where(ADOPTED_DEFECTS.c.fiscal_year == year, ADOPTED_DEFECTS.c.category == "pothole", seen)
        .where(ADOPTED_DEFECTS.c.state != "誤検出")
    )
    with database.reading() as connection:
        rows = sorted(connection.execute(query).all(), key=lambda row: tuple(row._mapping[name] for name in ALONG))
    if not rows:
        return []
    ends = np.array([[row._mapping[name] for name in ENDS] for row in rows], float)
    course = courses(ends, np.array([row.direction == "上り" for row in rows], bool)).tolist()
    return [_pothole(row._asdict(), degrees) for row, degrees in zip(rows, course, strict=True)]


def _pothole(row: Mapping[str, Any], course: float) -> Pothole:
    day = _day(row["found_at"]) or row["seen_on"]
    repairs = (_day(row[each]) for each in ("alert_patched", "alert_repaired", "patched_at", "repaired_at"))
    return Pothole(
        **{name: row[name] for name in ("kp_km", "lon", "lat", "area_m2", "seen_on")},
        id=row["defect_id"],
        road=RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"]),
        direction=Direction(row["direction"]),
        found_on=day,
        repaired_on=min((each for each in repairs if each and (day is None or each >= day)), default=None),
        office=row["office"] or "",
        course_deg=course,
    )


def _firsts(codes: Ints) -> list[int]:
    """The first row of every code."""
    return list(np.unique(codes, return_index=True)[1].tolist())


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(JST).date()


def _columns(database: Database, query: Select[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """The answer by column; some rows at a time, so that no row object outlives its turn."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    with database.reading() as connection:
        answer = connection.execution_options(stream_results=True).execute(query)
        while rows := answer.fetchmany(CHUNK):
            for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
                column.extend(values)
    return columns
