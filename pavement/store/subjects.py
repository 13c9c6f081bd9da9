"""What a person decides about: sections, defects and photos, found within their scope, not 確定."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from pavement.errors import BadInput
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, CORRECTIONS, SECTIONS
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, PHOTOS
from pavement.store.scope import Scope, within

Row = Mapping[str, Any]


class NoSuchResult(LookupError):
    """There is none, or it lies outside the scope: nobody is told which."""


class Locked(BadInput):
    """The section is 確定: nobody changes it until a reviewer takes that back."""


def locked(row: Row) -> Locked:
    """The refusal, with who and when."""
    day = row["locked_at"].date().isoformat() if row["locked_at"] else ""
    return Locked(f"the section is 確定 ({day})", do="have a reviewer take the 確定 back first")


def find_section(connection: Connection, place: str, year: int, scope: Scope) -> Row:
    """The adopted row, or the section that nobody measured, as a row with the same keys where both have them."""
    for table, own in ((ADOPTED, ADOPTED.c.fiscal_year == year), (SECTIONS, SECTIONS.c.place == place)):
        columns = [column for column in table.c if column.name != "geometry"]
        query = select(*columns).where(table.c.place == place, own, within(scope, table.c.manager, table.c.office))
        if (row := connection.execute(query).one_or_none()) is not None:
            empty = {"analysis_id": None, "locked_at": None, "locked_by": None, "machine": None, "corrected": None}
            return {**empty, **row._mapping}
    raise NoSuchResult(place)


def find_free_section(connection: Connection, place: str, year: int, scope: Scope) -> Row:
    """The same, which must not be 確定; a block is when its segment is."""
    row = find_section(connection, place, year, scope)
    refuse_locked(connection, year, row["segment_place"])
    return row


def refuse_locked(connection: Connection, year: int, segment_place: str) -> None:
    """Raise Locked where a segment is 確定."""
    own = (ADOPTED.c.fiscal_year == year) & (ADOPTED.c.segment_place == segment_place)
    query = select(ADOPTED.c.locked_at, ADOPTED.c.locked_by).where(own, ADOPTED.c.locked_at.is_not(None)).limit(1)
    if (row := connection.execute(query).one_or_none()) is not None:
        raise locked(dict(row._mapping))


def find_defect(connection: Connection, defect_id: str, scope: Scope, year: int | None = None) -> Row:
    """The adopted row of a defect, of the newest 年度 where none is said."""
    table = ADOPTED_DEFECTS
    query = select(table).where(table.c.defect_id == defect_id, within(scope, table.c.manager, table.c.office))
    if year is not None:
        query = query.where(table.c.fiscal_year == year)
    row = connection.execute(query.order_by(table.c.fiscal_year.desc()).limit(1)).one_or_none()
    if row is None:
        raise NoSuchResult(defect_id)
    return dict(row._mapping)


def find_photo_row(connection: Connection, photo_id: str, scope: Scope) -> Row:
    """A photo with the drive that took it."""
    query = (
        select(PHOTOS, ANALYSES.c.drive_id)
        .join(ANALYSES, ANALYSES.c.id == PHOTOS.c.analysis_id)
        .where(PHOTOS.c.id == photo_id, within(scope, PHOTOS.c.manager, PHOTOS.c.office))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchResult(photo_id)
    return dict(row._mapping)


def note(
    connection: Connection, who: str, year: int, field: str, value: object, time: datetime | None = None, **more: Any
) -> str:
    """Write what was decided into the history; its id. `time`: when it was done on the road, where that is said."""
    correction_id = new_id()
    boxed = {name: {"value": more.pop(name)} for name in ("machine", "before") if name in more}
    row = {"id": correction_id, "at": utc_now(), "who": who, "fiscal_year": year, "field": field}
    said = {"value": value} | ({"time": time.isoformat()} if time else {})
    connection.execute(insert(CORRECTIONS).values(**row, value=said, **boxed, **more))
    return correction_id


def section_within(database: Database, place: str, scope: Scope) -> None:
    """Raise NoSuchResult where a section is unknown, or outside the scope."""
    with database.reading() as connection:
        for table in (SECTIONS, ADOPTED):
            query = select(table.c.place).where(table.c.place == place, within(scope, table.c.manager, table.c.office))
            if connection.execute(query.limit(1)).first() is not None:
                return
    raise NoSuchResult(place)


def adopted_blocks(database: Database, place: str, year: int, scope: Scope) -> list[dict[str, Any]]:
    """The adopted blocks of a segment, or the block itself, that a drive measured; raises NoSuchResult."""
    section_within(database, place, scope)
    own = or_(ADOPTED.c.place == place, ADOPTED.c.segment_place == place) & (ADOPTED.c.level == "block")
    query = select(ADOPTED).where(own, ADOPTED.c.fiscal_year == year, ADOPTED.c.analysis_id.is_not(None))
    with database.reading() as connection:
        rows = connection.execute(query.order_by(ADOPTED.c.from_kp_km))
        return [dict(row._mapping) for row in rows]
