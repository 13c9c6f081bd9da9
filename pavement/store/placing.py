"""Gives the rows of an analysis their places: section, 年度, and whose road it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from pavement.fiscal_year import JST, fiscal_year_of
from pavement.place import place_id, segment_place
from pavement.road import RoadKey
from pavement.store.sections import sections_at, whose
from pavement.store.tables import DRIVES

if TYPE_CHECKING:
    from pavement.store.results import Found

Row = Mapping[str, Any]


def placed(connection: Connection, drive_id: str, found: Found) -> Found:
    """The rows with place, segment_place and fiscal_year; manager and office as the sections have them."""
    days = [row["surveyed_on"] for row in found.segments if row.get("surveyed_on")]
    day = max(days) if days else _started(connection, drive_id)
    segments = [_segment(row, row.get("surveyed_on") or day) for row in found.segments]
    defects = [_at_kp(row) | {"fiscal_year": fiscal_year_of(day), "seen_on": day} for row in found.defects]
    photos = [_at_kp(row) | {"fiscal_year": fiscal_year_of(row["timestamp"] or day)} for row in found.photos]
    rows: Sequence[dict[str, Any]] = [*segments, *defects, *photos]
    sections = sections_at(connection, (row["segment_place"] for row in rows if row["segment_place"]))
    alerts = []
    for row in rows:
        row |= whose(sections.get(row["segment_place"] or ""))
    by_id = {row["defect_id"]: row for row in defects}
    for alert in found.alerts:
        row = by_id.get(alert["defect_id"], {})
        alerts.append({**alert, **{name: row[name] for name in ("manager", "office") if row.get(name) is not None}})
    return replace(found, segments=segments, defects=defects, photos=photos, alerts=alerts)


def road_of(row: Row) -> RoadKey:
    """The key of the road of a row."""
    return RoadKey(row["road_type"], row["route_no"], row["branch_no"], row["kind"])


def _segment(row: Row, day: date) -> dict[str, Any]:
    road, direction, kp = road_of(row), row["direction"], row["from_kp_km"]
    return {
        **row,
        "place": place_id(row["level"], road, direction, kp),
        "segment_place": segment_place(road, direction, kp),
        "fiscal_year": fiscal_year_of(day),
    }


def _at_kp(row: Row) -> dict[str, Any]:
    known = row.get("kp_km") is not None and row.get("direction")
    return {**row, "segment_place": segment_place(road_of(row), row["direction"], row["kp_km"]) if known else None}


def _started(connection: Connection, drive_id: str) -> date:
    """The day of a drive of which no frame counted."""
    started: datetime = connection.execute(select(DRIVES.c.started_at).where(DRIVES.c.id == drive_id)).scalar_one()
    return started.astimezone(JST).date()
