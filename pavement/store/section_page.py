"""One section with everything that is known of it, for the page on which people judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from pavement.correction import DECIMALS
from pavement.fiscal_year import fiscal_year_label
from pavement.place import segment_place
from pavement.rating import Limits, Rules, grade
from pavement.road import RoadKey
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, PHOTO_MARKS, SECTIONS
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, PHOTOS
from pavement.store.scope import Scope, within
from pavement.store.sections_reading import ALONG, OF_SECTION, ROAD, shown
from pavement.store.subjects import NoSuchResult

Row = Mapping[str, Any]
OF_YEAR = ("crack_pct", "rut_mm", "iri_mm_per_m", "potholes", "mci", "rating", "coverage_pct", "surveyed_on", "flags")
INDICATORS_JA = {"crack_pct": "ひび割れ率", "rut_mm": "わだち掘れ量", "iri_mm_per_m": "IRI"}
BESIDE_KM = 0.01  #: photos a little beyond its ends show it too
MOST_PHOTOS = 100


def read_section(database: Database, place: str, year: int, scope: Scope, rules: Rules | None = None) -> dict[str, Any]:
    """The row with its blocks, defects, photos, what it was in other years, and why it is rated so; 未点検 too.

    Raises NoSuchResult.
    """
    with database.reading() as connection:
        row = _row(connection, place, year, scope)
        (page,) = shown(connection, [row])
        blocks = select(ADOPTED).where(ADOPTED.c.fiscal_year == year, ADOPTED.c.segment_place == row["segment_place"])
        blocks = blocks.where(ADOPTED.c.level == "block").order_by(ADOPTED.c.from_kp_km)
        page["blocks"] = shown(connection, [dict(each._mapping) for each in connection.execute(blocks)])
        page["defects"] = _defects(connection, row, year)
        page["photos"] = _photos(connection, row, year)
        page["years"] = _years(connection, place)
        page["before"], page["after"] = _neighbours(connection, row)
    limits = (rules or Rules()).limits_of(row.get("road_class"), row.get("manager"))
    page["rating_reason"] = why(page, limits)
    return page


def why(row: Row, limits: Limits) -> dict[str, Any]:
    """What the diagnosis rests on: each indicator with its value, whose it is, its limits and its level."""
    basis = str(row["rating_basis"] or "").split(";")
    indicators = []
    for name, label in INDICATORS_JA.items():
        value = row[name]
        low, high = getattr(limits, name)
        level = None if value is None else grade(round(value, DECIMALS[name]), low, high).value
        one = {"field": name, "label": label, "value": value, "limits": [low, high], "level": level}
        indicators.append(one | {"counts": label in basis, "corrected": name in row["corrected"]})
    coverage = {"coverage_pct": row["coverage_pct"], "min_coverage_pct": limits.min_coverage_pct}
    return {"indicators": indicators, **coverage, "by_person": "rating" in row["corrected"]}


def _row(connection: Connection, place: str, year: int, scope: Scope) -> dict[str, Any]:
    columns = [column.label(f"section_{column.name}") for column in SECTIONS.c if column.name in OF_SECTION]
    own = (SECTIONS.c.place == place, within(scope, SECTIONS.c.manager, SECTIONS.c.office))
    found = connection.execute(select(*columns, SECTIONS.c.geometry).where(*own)).one_or_none()
    section = {name.removeprefix("section_"): value for name, value in found._mapping.items()} if found else {}
    mine = (ADOPTED.c.place == place, ADOPTED.c.fiscal_year == year)
    query = select(ADOPTED).where(*mine, within(scope, ADOPTED.c.manager, ADOPTED.c.office))
    adopted = connection.execute(query).one_or_none()
    if adopted is None and not section:
        raise NoSuchResult(place)
    if adopted is None:
        empty = dict.fromkeys(column.name for column in ADOPTED.c)
        return {**empty, **section, "fiscal_year": year, "flags": "", "rating_basis": ""}
    return {"geometry": None, "name": None, "closed": None, **section, **adopted._mapping}


def _defects(connection: Connection, row: Row, year: int) -> list[dict[str, Any]]:
    c = ADOPTED_DEFECTS.c
    query = select(ADOPTED_DEFECTS).where(c.fiscal_year == year, c.segment_place == row["segment_place"])
    if row["level"] == "block":
        query = query.where(c.kp_km >= row["from_kp_km"], c.kp_km < row["to_kp_km"])
    return [dict(each._mapping) for each in connection.execute(query.order_by(c.kp_km, c.defect_id))]


def _photos(connection: Connection, row: Row, year: int) -> list[dict[str, Any]]:
    """Those of the adopted pass first, then those of the year's other drives."""
    c = PHOTOS.c
    names = ("id", "number", "kp_km", "timestamp", "subject", "degree", "frame", "lon", "lat", "analysis_id")
    marks = [PHOTO_MARKS.c.unusable, PHOTO_MARKS.c.comment]
    low, high = row["from_kp_km"] - BESIDE_KM, row["to_kp_km"] + BESIDE_KM
    road = RoadKey(*(row[name] for name in ROAD))
    places = {row["segment_place"], *(segment_place(road, row["direction"], max(kp, 0.0)) for kp in (low, high))}
    query = (
        select(*(c[name] for name in names), ANALYSES.c.drive_id, *marks)
        .join(ANALYSES, ANALYSES.c.id == c.analysis_id)
        .outerjoin(PHOTO_MARKS, PHOTO_MARKS.c.photo_id == c.id)
        .where(c.fiscal_year == year, c.segment_place.in_(places), c.kp_km >= low, c.kp_km <= high)
    )
    found = []
    for each in connection.execute(query.order_by(c.kp_km, c.timestamp).limit(MOST_PHOTOS)):
        one = dict(each._mapping)
        adopted = one["analysis_id"] == row["analysis_id"]
        found.append({**one, "unusable": bool(one["unusable"]), "marked": True, "adopted": adopted})
    return sorted(found, key=lambda one: not one["adopted"])


def _years(connection: Connection, place: str) -> list[dict[str, Any]]:
    columns = [ADOPTED.c[name] for name in ("fiscal_year", *OF_YEAR)]
    query = select(*columns).where(ADOPTED.c.place == place).order_by(ADOPTED.c.fiscal_year.desc())
    years = []
    for each in connection.execute(query):
        values = {name: getattr(each, name) for name in OF_YEAR}
        label = fiscal_year_label(each.fiscal_year)
        years.append({"fiscal_year": each.fiscal_year, "label": label, "values": values})
    return years


def _neighbours(connection: Connection, row: Row) -> tuple[str | None, str | None]:
    """The sections before and after it along the road."""
    c = SECTIONS.c
    along = (c.level == row["level"], *(c[name] == row[name] for name in ALONG[:-1]))
    kp = row["from_kp_km"]
    before = select(c.place).where(*along, c.from_kp_km < kp).order_by(c.from_kp_km.desc()).limit(1)
    after = select(c.place).where(*along, c.from_kp_km > kp).order_by(c.from_kp_km).limit(1)
    first = connection.execute(before).scalar_one_or_none()
    return first, connection.execute(after).scalar_one_or_none()
