"""Results that were written before there were places: given theirs, and adopted, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from pavement.rating import Rules
from pavement.store.adopted import adopt
from pavement.store.database import Database
from pavement.store.placing import placed
from pavement.store.result_tables import ANALYSES, DEFECTS, PHOTOS, SEGMENTS
from pavement.store.results import SOME, Found


def adopt_earlier(database: Database, rules: Rules | None = None) -> int:
    """Place and adopt what an older version of this software wrote; how many analyses there were."""
    missing = select(SEGMENTS.c.analysis_id).where(SEGMENTS.c.segment_place.is_(None)).distinct()
    with database.reading() as connection:
        waiting = list(connection.execute(missing).scalars())
    for analysis_id in waiting:
        with database.writing() as connection:
            _place(connection, analysis_id)
            adopt(connection, [analysis_id], rules)
    return len(waiting)


def _place(connection: Connection, analysis_id: str) -> None:
    query = select(ANALYSES.c.drive_id).where(ANALYSES.c.id == analysis_id)
    drive_id = connection.execute(query).scalar_one()
    segments, defects, photos = (_rows(connection, table, analysis_id) for table in (SEGMENTS, DEFECTS, PHOTOS))
    found = placed(connection, drive_id, Found(segments, defects, photos, []))
    for table, rows in ((SEGMENTS, found.segments), (DEFECTS, found.defects), (PHOTOS, found.photos)):
        connection.execute(delete(table).where(table.c.analysis_id == analysis_id))
        for start in range(0, len(rows), SOME):
            connection.execute(insert(table), [dict(row) for row in rows[start : start + SOME]])


def _rows(connection: Connection, table: Table, analysis_id: str) -> list[dict[str, Any]]:
    query = select(table).where(table.c.analysis_id == analysis_id)
    return [dict(row._mapping) for row in connection.execute(query)]
