"""What analyses found, in tables: written in one transaction, read as the newest that is known of each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, select

from pavement.rating import Rules
from pavement.store.adopted import adopt, readopt
from pavement.store.adopted_defects import readopt_defects
from pavement.store.analyses import Claim, finish
from pavement.store.columns import utc_now
from pavement.store.current import is_current
from pavement.store.database import Database
from pavement.store.found_alerts import add_alert, alert_anew
from pavement.store.object_ids import name_defects
from pavement.store.photo_marks import carry_marks
from pavement.store.placing import placed
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, PHOTOS, SEGMENTS
from pavement.store.scope import EVERYTHING, Scope, results_within

Row = Mapping[str, Any]
PLACE = ("level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km")
ORDER = ("road_type", "route_no", "branch_no", "kind", "direction")
MOST_ROWS = 10_000  #: one answer at most
SOME = 500  #: rows an INSERT: PostgreSQL takes 65,535 parameters


@dataclass(frozen=True)
class Found:
    """The rows of one analysis, named as the tables' columns, without `analysis_id`."""

    segments: Sequence[Row]
    defects: Sequence[Row]
    photos: Sequence[Row]
    alerts: Sequence[Row]  #: defect_id, manager, office, facts
    facts: Row = field(default_factory=dict)  #: columns of the analysis: counts, account, outputs, hashes, software
    alert_m2: float | None = None  #: potholes of so much and more are to be told at once


@dataclass(frozen=True)
class Wanted:
    """What to read; None = any. `every`: of each place all drives, not just the newest."""

    road_type: str | None = None
    route_no: str | None = None
    direction: str | None = None
    manager: str | None = None
    office: str | None = None
    drive_id: str | None = None
    scope: Scope = EVERYTHING
    box: tuple[float, float, float, float] | None = None  #: west, south, east, north in degrees
    every: bool = False
    limit: int = 1000
    offset: int = 0


class NoLongerOurs(Exception):
    """The analysis was cancelled or adopted meanwhile: nothing was written."""


def write_results(database: Database, held: Claim, found: Found, rules: Rules | None = None) -> None:
    """Write everything, adopt it where it is the best of its 年度 and mark the analysis done, all or nothing, once.

    `rules`: limits of the diagnosis, for rows that a person corrected. Raises NoLongerOurs.
    """
    with database.writing() as connection:
        if not finish(connection, held, stage="done", **found.facts):
            raise NoLongerOurs
        found = placed(connection, held.drive_id, found)
        for table, rows in ((SEGMENTS, found.segments), (DEFECTS, found.defects), (PHOTOS, found.photos)):
            connection.execute(delete(table).where(table.c.analysis_id == held.analysis_id))
            whole = [{"analysis_id": held.analysis_id, **row} for row in rows]
            for start in range(0, len(whole), SOME):
                connection.execute(insert(table), whole[start : start + SOME])
        named = name_defects(connection, held.analysis_id)
        for alert in found.alerts:
            name = named.own.get(alert["defect_id"], alert["defect_id"])
            facts = {**alert["facts"], "defect_id": name}
            own = {"defect_id": name, "facts": facts, "analysis_id": held.analysis_id}
            add_alert(connection, {"found_at": utc_now(), **alert, **own})
        if found.alert_m2 is not None:
            alert_anew(connection, named.names, found.alert_m2)
        carry_marks(connection, held.analysis_id, held.drive_id)
        readopt_defects(connection, named.names)
        readopt(connection, named.keys, rules)
        adopt(connection, [held.analysis_id], rules)


def read_segments(database: Database, wanted: Wanted, level: str = "segment") -> tuple[list[Row], int]:
    """Segments (or, as `level`, blocks) in the order of the roads, and how many there are beyond the limit too."""
    newest = (SEGMENTS.c.surveyed_on.desc().nulls_last(), ANALYSES.c.created_at.desc())
    condition = (SEGMENTS.c.level == level, *_conditions(SEGMENTS, wanted, "from_lon", "from_lat"))
    return _read(database, SEGMENTS, [SEGMENTS.c[name] for name in PLACE], newest, condition, "from_kp_km", wanted)


def read_defects(database: Database, wanted: Wanted, category: str | None = None) -> tuple[list[Row], int]:
    """Defects in the order of the roads, each as it was seen last, with the times of its alert where it has one."""
    condition = [*_conditions(DEFECTS, wanted, "lon", "lat"), *([DEFECTS.c.category == category] if category else [])]
    newest = (DEFECTS.c.seen_on.desc().nulls_last(), ANALYSES.c.created_at.desc())
    rows, total = _read(database, DEFECTS, [DEFECTS.c.defect_id], newest, condition, "kp_km", wanted)
    names = ("found_at", "notified_at", "confirmed_at", "patched_at", "repaired_at")
    ids = [row["defect_id"] for row in rows if row["category"] == "pothole"]
    with database.reading() as connection:
        query = select(ALERTS.c.defect_id, *(ALERTS.c[name] for name in names)).where(ALERTS.c.defect_id.in_(ids))
        times = {row.defect_id: {name: getattr(row, name) for name in names} for row in connection.execute(query)}
    return [{**row, "alert": times.get(row["defect_id"])} for row in rows], total


def find_photo(database: Database, photo_id: str, scope: Scope) -> Row | None:
    """A photo's row, with the id of its drive; None where there is none (any more), or not within the scope."""
    query = select(PHOTOS, ANALYSES.c.drive_id).join(ANALYSES, ANALYSES.c.id == PHOTOS.c.analysis_id)
    with database.reading() as connection:
        seen = results_within(scope, PHOTOS.c.manager, PHOTOS.c.office, ANALYSES.c.drive_id)
        row = connection.execute(query.where(PHOTOS.c.id == photo_id, seen)).one_or_none()
    return None if row is None else dict(row._mapping)


def find_outputs(database: Database, drive_id: str) -> dict[str, Row]:
    """The files of a drive's newest finished analysis: path -> {key, size}; empty where it has none."""
    query = select(ANALYSES.c.outputs).where(is_current())
    with database.reading() as connection:
        outputs = connection.execute(query.where(ANALYSES.c.drive_id == drive_id)).scalar_one_or_none()
    return dict(outputs or {})


def read_progress(database: Database, drive_id: str) -> Row | None:
    """Of a drive's newest analysis: id, state, stage, done, total, counts, error; None where it has none."""
    names = ("id", "state", "stage", "done", "total", "counts", "error")
    query = select(*(ANALYSES.c[name] for name in names)).where(ANALYSES.c.drive_id == drive_id)
    with database.reading() as connection:
        row = connection.execute(query.order_by(ANALYSES.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else dict(row._mapping)


def _read(
    database: Database,
    table: Table,
    place: Sequence[ColumnElement[Any]],
    newest: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    along: str,
    wanted: Wanted,
) -> tuple[list[Row], int]:
    origin = [ANALYSES.c[name] for name in ("drive_id", "model_sha256", "guard_sha256", "software")]
    rank = func.row_number().over(partition_by=list(place), order_by=list(newest)).label("place_rank")
    chosen: Select[Any] = (
        select(table, *origin, rank)
        .join(ANALYSES, ANALYSES.c.id == table.c.analysis_id)
        .where(*conditions, is_current())
    )
    ranked = chosen.subquery()
    columns = [column for column in ranked.c if column.name not in ("place_rank", "level")]
    query = select(*columns)
    if not wanted.every and wanted.drive_id is None:
        query = query.where(ranked.c.place_rank == 1)
    order = [*(ranked.c[name] for name in ORDER), ranked.c[along], ranked.c.drive_id]
    with database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        page = query.order_by(*order).limit(min(wanted.limit, MOST_ROWS)).offset(wanted.offset)
        return [dict(row._mapping) for row in connection.execute(page)], int(total)


def _conditions(table: Table, wanted: Wanted, lon: str, lat: str) -> list[ColumnElement[bool]]:
    names = ("road_type", "route_no", "direction", "manager", "office")
    equal = [table.c[name] == getattr(wanted, name) for name in names if getattr(wanted, name) is not None]
    if wanted.drive_id is not None:
        equal.append(ANALYSES.c.drive_id == wanted.drive_id)
    equal.append(results_within(wanted.scope, table.c.manager, table.c.office, ANALYSES.c.drive_id))
    if wanted.box is not None:
        west, south, east, north = wanted.box
        equal += [table.c[lon].between(west, east), table.c[lat].between(south, north)]
    return equal
