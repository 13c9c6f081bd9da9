"""The adopted values of a 年度 as rows, for sheets, books and layers over several drives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, or_, select, true

from pavement.export_choice import Choice
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, PHOTO_MARKS
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, PHOTOS
from pavement.store.scope import Scope, within
from pavement.store.tables import DRIVES

Row = Mapping[str, Any]
ROAD = ("road_type", "route_no", "branch_no", "kind")
WRONG = "誤検出"
BEGAN = ("started_at", "vehicle", "idempotency_key")  #: by what drives are ordered: their ids are drawn by chance
EDGE_KM = 1e-6
SOME = 400  #: values in one condition
TOGETHER = 2000  #: rows fetched at a time


class AdoptedRows:
    """What was adopted of a choice, in the order of the roads, all of one moment; read as they are asked for."""

    def __init__(self, connection: Connection, choice: Choice, scope: Scope) -> None:
        self._connection, self._choice, self._scope = connection, choice, scope

    def segments(self) -> Iterator[Row]:
        """Rows of `adopted`."""
        return self._sections("segment")

    def blocks(self) -> Iterator[Row]:
        """The same of 20 m."""
        return self._sections("block")

    def defects(self) -> Iterator[Row]:
        """Rows of `adopted_defects`, without those that a person called wrong."""
        return self._rows(_defects(self._choice, self._scope))

    def photos(self) -> Iterator[Row]:
        """Photos of the passes that were adopted, with the lane."""
        chosen = _photos(self._choice, self._scope)
        return self._rows(chosen.order_by(*_order(PHOTOS, "kp_km"), PHOTOS.c.number))

    def photo_numbers(self) -> dict[tuple[str, str], str]:
        """(analysis, 写真番号 there) of `photos` -> what the photo is of, the same on every server."""
        columns = (PHOTOS.c.analysis_id, PHOTOS.c.number, PHOTOS.c.timestamp, PHOTOS.c.frame)
        chosen = _photos(self._choice, self._scope).with_only_columns(*columns)
        return {(row["analysis_id"], row["number"]): _what(row) for row in self._rows(chosen)}

    def analyses(self, ids: Iterable[str]) -> dict[str, Row]:
        """By id: drive_id, vehicle, account, outputs; in the order in which their drives were driven."""
        columns = [ANALYSES.c[name] for name in ("id", "drive_id", "account", "outputs")]
        began = [DRIVES.c[name] for name in BEGAN]
        about = select(*columns, *began).join(DRIVES, DRIVES.c.id == ANALYSES.c.drive_id)
        wanted = (about.where(ANALYSES.c.id.in_(some)) for some in _some(sorted(ids)))
        rows = [row for query in wanted for row in self._rows(query)]
        rows.sort(key=lambda row: tuple(row[name] for name in (*BEGAN, "id")))
        return {row["id"]: row for row in rows}

    def _sections(self, level: str) -> Iterator[Row]:
        conditions = [*_sections(self._choice, self._scope), ADOPTED.c.level == level]
        return self._rows(select(ADOPTED).where(*conditions).order_by(*_order(ADOPTED, "from_kp_km")))

    def _rows(self, query: Select[Any]) -> Iterator[Row]:
        answer = self._connection.execution_options(yield_per=TOGETHER).execute(query)
        yield from cast(Iterable[Row], answer.mappings())  # its keys are columns' names too


@contextmanager
def reading_adopted(database: Database, choice: Choice, scope: Scope) -> Iterator[AdoptedRows]:
    """The rows of a choice within a scope, while the block runs."""
    with database.reading() as connection:
        yield AdoptedRows(connection, choice, scope)


def count_adopted(database: Database, choice: Choice, scope: Scope) -> tuple[int, int]:
    """How many segments and how many photos a choice has."""
    with database.reading() as connection:
        segments = (
            select(func.count()).select_from(ADOPTED).where(*_sections(choice, scope), ADOPTED.c.level == "segment")
        )
        photos = select(func.count()).select_from(_photos(choice, scope).subquery())
        return connection.execute(segments).scalar_one(), connection.execute(photos).scalar_one()


def _sections(choice: Choice, scope: Scope) -> list[ColumnElement[bool]]:
    found = [*_common(ADOPTED, choice, scope, "from_kp_km"), ADOPTED.c.to_kp_km.is_not(None)]
    if choice.defects:
        found.append(ADOPTED.c.segment_place.in_(_places_of_defects(choice)))
    return found


def _places_of_defects(choice: Choice) -> Select[Any]:
    own = (ADOPTED_DEFECTS.c.fiscal_year == choice.year) & ADOPTED_DEFECTS.c.defect_id.in_(choice.defects)
    return select(ADOPTED_DEFECTS.c.segment_place).where(own)


def _defects(choice: Choice, scope: Scope) -> Select[Any]:
    table = ADOPTED_DEFECTS
    conditions = [*_common(table, choice, scope, "kp_km"), table.c.state != WRONG]
    if choice.defects:
        conditions.append(table.c.defect_id.in_(choice.defects))
    return select(table).where(*conditions).order_by(*_order(table, "kp_km"), table.c.defect_id)


def _photos(choice: Choice, scope: Scope) -> Select[Any]:
    """Photos of the pass that was adopted for their segment, without those that a person found unusable."""
    unusable = select(PHOTO_MARKS.c.photo_id).where(PHOTO_MARKS.c.unusable)
    adopted = (
        (ADOPTED.c.place == PHOTOS.c.segment_place)
        & (ADOPTED.c.fiscal_year == choice.year)
        & (ADOPTED.c.analysis_id == PHOTOS.c.analysis_id)
    )
    # the level is implied; told, the index on roads serves: else each road's photos cost a walk through the whole year
    conditions = [*_sections(choice, scope), ADOPTED.c.level == "segment", PHOTOS.c.id.not_in(unusable)]
    return select(PHOTOS, ADOPTED.c.lane).join(ADOPTED, adopted).where(*conditions)


def _common(table: Table, choice: Choice, scope: Scope, along: str) -> list[ColumnElement[bool]]:
    names = ("road_type", "route_no", "branch_no", "kind", "direction", "manager", "office")
    found = [table.c.fiscal_year == choice.year, within(scope, table.c.manager, table.c.office)]
    found += [table.c[name] == getattr(choice, name) for name in names if getattr(choice, name) is not None]
    if choice.drive is not None:
        found.append(table.c.drive_id == choice.drive)
    if choice.from_kp_km is not None:
        found.append(table.c[along] >= choice.from_kp_km - EDGE_KM)
    if choice.to_kp_km is not None:
        found.append(table.c[along] < choice.to_kp_km - EDGE_KM)
    if choice.places:
        found.append(or_(*(table.c.segment_place.in_(some) for some in _some(choice.places))))
    return found or [true()]


def _order(table: Table, along: str) -> list[ColumnElement[Any]]:
    """As a road is listed: 下り before 上り."""
    up = case((table.c.direction == "上り", 1), else_=0)
    return [*(table.c[name] for name in ROAD), up, table.c[along]]


def _what(row: Row) -> str:
    taken = row["timestamp"].astimezone(UTC).isoformat() if row["timestamp"] else ""
    return f"{row['number']}|{taken}|{row['frame']}"


def _some(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + SOME] for start in range(0, len(values), SOME))
