"""Other makers' results in the store: kept beside the passes, adopted where a 年度 has no pass of this system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from pavement.earlier.cells import Cell, diagnose, spread
from pavement.earlier.record import VehicleSurvey
from pavement.place import Level, segment_place
from pavement.rating import Measured, Rules
from pavement.review.adoption import AdoptionRule
from pavement.review.rows import attribute_day, attribute_number
from pavement.road import RoadKey
from pavement.segment import Flag
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.audit import CONSOLE, record
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.scope import EVERYTHING, Scope, within
from pavement.store.sections import batches, sections_at
from pavement.store.survey_tables import SURVEY_SECTIONS, SURVEYS

Row = Mapping[str, Any]
Floats = NDArray[np.float64]
SOME = 2000
OF_SECTION = (
    *("place", "segment_place", "level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km"),
    *("to_kp_km", "from_lon", "from_lat", "to_lon", "to_lat", "length_m", "attributes", "manager", "office"),
    *("municipality", "road_class"),
)
INDICATORS = ("crack_pct", "rut_mm", "iri_mm_per_m")


@dataclass(frozen=True)
class Kept:
    """What became of an import."""

    segments: int
    blocks: int
    off_network: int  #: stretches of 0.1 that are on no section of the network
    rows: int
    refused: Mapping[str, int]


def known_roads(database: Database, scope: Scope = EVERYTHING) -> dict[RoadKey, str]:
    """The roads of the network in use, and their names."""
    columns = [SECTIONS.c[name] for name in ("road_type", "route_no", "branch_no", "kind", "name")]
    query = select(*columns).where(within(scope, SECTIONS.c.manager, SECTIONS.c.office)).distinct()
    with database.reading() as connection:
        return {RoadKey(*row[:4]): row[4] or "" for row in connection.execute(query)}


def keep_survey(
    database: Database,
    survey: VehicleSurvey,
    year: int,
    rules: Rules | None = None,
    rule: AdoptionRule | None = None,
    who: str = CONSOLE,
    sections: Mapping[str, Row] | None = None,
) -> Kept:
    """Keep a survey as results of a 年度 and adopt it there; again leaves the same rows. `sections`: those of the
    network that its kiloposts are of, where it is not the one in use.
    """
    from pavement.store.adopted import readopt

    rules = rules or Rules()
    identity = f"{year}-{survey.sha256[:32]}"
    cells = {level: spread(survey.rows, level) for level in Level}
    with database.writing() as connection:
        rows = [row for level in Level for row in _rows(connection, cells[level], level, rules, sections)]
        old = select(SURVEY_SECTIONS.c.segment_place).where(SURVEY_SECTIONS.c.survey_id == identity)
        keys = {*connection.execute(old).scalars(), *(row["segment_place"] for row in rows)}
        connection.execute(delete(SURVEY_SECTIONS).where(SURVEY_SECTIONS.c.survey_id == identity))
        for some in batches(row["place"] for row in rows):
            here = (SURVEY_SECTIONS.c.fiscal_year == year) & SURVEY_SECTIONS.c.place.in_(some)
            connection.execute(delete(SURVEY_SECTIONS).where(here))
        whole = [{**row, "fiscal_year": year, "survey_id": identity} for row in rows]
        for start in range(0, len(whole), SOME):
            connection.execute(insert(SURVEY_SECTIONS), whole[start : start + SOME])
        connection.execute(delete(SURVEYS).where(SURVEYS.c.id == identity))
        connection.execute(insert(SURVEYS).values(**_account(survey, year, identity, who)))
        readopt(connection, {(year, place) for place in keys}, rules, rule)
        record(connection, who, "survey.import", identity, {"name": survey.name, "rows": len(survey.rows)})
    count = {level: sum(row["level"] == level for row in rows) for level in Level}
    lost = len(cells[Level.SEGMENT]) - count[Level.SEGMENT]
    return Kept(count[Level.SEGMENT], count[Level.BLOCK], lost, len(survey.rows), survey.reasons())


def _account(survey: VehicleSurvey, year: int, identity: str, who: str) -> dict[str, Any]:
    return {
        "id": identity,
        "fiscal_year": year,
        "name": survey.name,
        "sha256": survey.sha256,
        "maker": survey.maker,
        "rows_in": survey.rows_in,
        "refused": dict(survey.reasons()),
        "assumed": list(survey.assumed),
        "imported_at": utc_now(),
        "imported_by": who,
    }


def _rows(
    connection: Connection,
    cells: Mapping[str, Cell],
    level: Level,
    rules: Rules,
    sections: Mapping[str, Row] | None,
) -> Iterable[dict[str, Any]]:
    known = sections_at(connection, cells) if sections is None else sections
    for place, cell in cells.items():
        section = known.get(place)
        if section is None:
            continue
        facts = section.get("attributes") or {}
        paved = attribute_day(facts.get("paved_on", "")).item()
        life = attribute_number(facts, "design_life_years")
        measured = Measured(
            surface=facts.get("surface", "アスファルト"),
            road_class=section.get("road_class"),
            paved_on=paved if isinstance(paved, date) else None,
            design_life_years=None if np.isnan(life) else life,
        )
        limits = rules.limits_of(section.get("road_class"), section.get("manager"))
        row = {name: section.get(name) for name in OF_SECTION}
        row |= {"level": level.value, "segment_place": segment_place(cell.road, cell.direction, cell.from_m / 1000)}
        row |= diagnose(cell, level, limits, measured) | {"surveyed_on": cell.day, "lane": cell.lane}
        row["flags"] = ";".join(filter(None, (row["flags"], Flag.SURVEY_VEHICLE)))
        yield row


def survey_rows(connection: Connection, year: int, segment_places: Sequence[str]) -> list[dict[str, Any]]:
    """The kept rows of some segments and their blocks, as rows of a pass: no drive, no photo, no pothole counted."""
    here = (SURVEY_SECTIONS.c.fiscal_year == year) & SURVEY_SECTIONS.c.segment_place.in_(segment_places)
    empty = {"analysis_id": None, "drive_id": None, "potholes": None, "frames": None}
    return [{**dict(row._mapping), **empty} for row in connection.execute(select(SURVEY_SECTIONS).where(here))]


def survey_keys(connection: Connection) -> set[tuple[int, str]]:
    """年度 and segment of everything that is kept."""
    query = select(SURVEY_SECTIONS.c.fiscal_year, SURVEY_SECTIONS.c.segment_place).distinct()
    return {(year, place) for year, place in connection.execute(query)}


def blocks_of_places(
    database: Database, year: int, places: Iterable[str], scope: Scope = EVERYTHING
) -> tuple[list[str], dict[str, Floats]]:
    """What THIS system measured on some blocks in a 年度, as the machine said it: places, and values by indicator."""
    found: list[str] = []
    values: dict[str, list[float]] = {name: [] for name in INDICATORS}
    columns = [ADOPTED.c.place, ADOPTED.c.machine, *(ADOPTED.c[name] for name in INDICATORS)]
    seen = within(scope, ADOPTED.c.manager, ADOPTED.c.office)
    with database.reading() as connection:
        for some in batches(places):
            query = select(*columns).where(ADOPTED.c.fiscal_year == year, ADOPTED.c.place.in_(some), seen)
            for row in connection.execute(query.where(ADOPTED.c.level == "block", ADOPTED.c.analysis_id.is_not(None))):
                found.append(row.place)
                for name in INDICATORS:
                    value = (row.machine or {}).get(name) if row.machine else getattr(row, name)
                    values[name].append(np.nan if value is None else float(value))
    return found, {name: np.array(each, float) for name, each in values.items()}
