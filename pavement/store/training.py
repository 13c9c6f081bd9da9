"""People's decisions as training data: a ZIP of JSON lines, and the masked photos that they are about.

`corrections.jsonl`: a line a decision that holds: what it is about, the machine's value, the person's, which model.
`photos/…`: masked photos, each once; `photos.jsonl` tells drive, frame, place and whether a person calls it unusable.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, CORRECTIONS, PHOTO_MARKS
from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.decisions import ACCEPTED, VALUES
from pavement.store.defect_states import DRAWN, FIELDS
from pavement.store.photo_marks import UNUSABLE
from pavement.store.result_tables import ANALYSES, PHOTOS
from pavement.store.scope import Scope
from pavement.store.sections import batches

Row = Mapping[str, Any]
TAUGHT = (*VALUES, ACCEPTED, *FIELDS, DRAWN, UNUSABLE)  #: decisions that a model can learn from
ROAD = ("road_type", "route_no", "branch_no", "kind", "direction")
ABOUT = (*ROAD, "from_kp_km", "to_kp_km", "kp_km", "category")
OF_PHOTO = ("id", "number", "frame", *ROAD, "kp_km", "lon", "lat", "timestamp", "masked_key")


def training_zip(database: Database, blobs: Blobs, year: int, scope: Scope) -> Iterator[bytes]:
    """The archive piece by piece; at no time more than one photo of it is in memory."""
    with database.reading() as connection:
        lines, photos = _gathered(connection, year, scope)
    buffer = _Pieces()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("corrections.jsonl", _lines(lines))
        archive.writestr("photos.jsonl", _lines({k: v for k, v in p.items() if k != "masked_key"} for p in photos))
        yield buffer.take()
        for photo in photos:
            try:
                picture = blobs.read(photo["masked_key"])
            except FileNotFoundError:  # no longer kept
                continue
            archive.writestr(photo["file"], picture)
            yield buffer.take()
    yield buffer.take()


class _Pieces(io.RawIOBase):
    """A file that is only written to, and emptied as it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _lines(rows: Iterable[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=_text) + "\n" for row in rows).encode()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _gathered(connection: Connection, year: int, scope: Scope) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines, and the photos that they are about."""
    decisions = _decisions(connection, year)
    sections = _by(connection, ADOPTED, "place", (each["place"] for each in decisions), year)
    defects = _by(connection, ADOPTED_DEFECTS, "defect_id", (each["defect_id"] for each in decisions), year)
    boxes = {key: row["box"] for key, row in defects.items()}
    models = _models(connection, (each["analysis_id"] for each in decisions))
    lines: list[dict[str, Any]] = []
    named: set[str] = set()
    places: dict[str, str | None] = {}  # segment -> the analysis whose photos show it
    for each in decisions:
        subject = sections.get(each["place"]) or defects.get(each["defect_id"]) or {}
        if not subject and each["photo_id"] is None:
            continue
        if subject and not scope.holds(subject["manager"], subject["office"]):
            continue
        photo = each["photo_id"] or subject.get("photo_id")
        if photo:
            named.add(photo)
        elif each["place"]:
            places[each["segment_place"]] = subject.get("analysis_id")
        model, drive = models.get(each["analysis_id"], (None, None))
        line = {name: each[name] for name in ("id", "at", "place", "defect_id", "field", "comment")}
        line |= {"photo_id": photo, "about": {name: subject[name] for name in ABOUT if name in subject}}
        line |= {"machine": (each["machine"] or {}).get("value"), "person": (each["value"] or {}).get("value")}
        lines.append(line | {"box": boxes.get(each["defect_id"]), "model_sha256": model, "drive": drive})
    photos = _photos(connection, year, scope, named, places)
    seen = {photo["id"] for photo in photos}
    return [line for line in lines if line["photo_id"] is None or line["photo_id"] in seen], photos


def _decisions(connection: Connection, year: int) -> list[dict[str, Any]]:
    """Those that hold; of several about one thing the last."""
    query = (
        select(CORRECTIONS)
        .where(CORRECTIONS.c.fiscal_year == year, CORRECTIONS.c.undone_at.is_(None), CORRECTIONS.c.field.in_(TAUGHT))
        .order_by(CORRECTIONS.c.at, CORRECTIONS.c.id)
    )
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in connection.execute(query):
        newest[row.place, row.defect_id, row.photo_id, row.field] = dict(row._mapping)
    return list(newest.values())


def _models(connection: Connection, analyses: Iterable[str | None]) -> dict[str, tuple[str | None, str]]:
    """Analysis -> the model's hash, and the drive."""
    found: dict[str, tuple[str | None, str]] = {}
    for some in batches(each for each in analyses if each):
        query = select(ANALYSES.c.id, ANALYSES.c.model_sha256, ANALYSES.c.drive_id).where(ANALYSES.c.id.in_(some))
        found |= {row.id: (row.model_sha256, row.drive_id) for row in connection.execute(query)}
    return found


def _by(
    connection: Connection, table: Table, key: str, values: Iterable[str | None], year: int
) -> dict[str | None, dict[str, Any]]:
    found: dict[str | None, dict[str, Any]] = {}
    for some in batches(value for value in values if value):
        for row in connection.execute(select(table).where(table.c[key].in_(some), table.c.fiscal_year == year)):
            found[row._mapping[key]] = dict(row._mapping)
    return found


def _photos(
    connection: Connection, year: int, scope: Scope, ids: set[str], places: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The photos that are named, and those of corrected segments as the adopted pass took them."""
    c = PHOTOS.c
    columns = [*(c[name] for name in (*OF_PHOTO, "segment_place", "analysis_id", "manager", "office"))]
    query = (
        select(*columns, ANALYSES.c.drive_id.label("drive"), PHOTO_MARKS.c.unusable)
        .join(ANALYSES, ANALYSES.c.id == c.analysis_id)
        .outerjoin(PHOTO_MARKS, PHOTO_MARKS.c.photo_id == c.id)
    )
    found: dict[str, dict[str, Any]] = {}
    conditions: list[ColumnElement[bool]] = [c.id.in_(some) for some in batches(sorted(ids))]
    conditions += [c.segment_place.in_(some) & (c.fiscal_year == year) for some in batches(sorted(places))]
    for condition in conditions:
        for row in connection.execute(query.where(condition)):
            one = dict(row._mapping)
            place, analysis, manager, office = (
                one.pop(name) for name in ("segment_place", "analysis_id", "manager", "office")
            )
            if scope.holds(manager, office) and (one["id"] in ids or places.get(place) == analysis):
                found[one["id"]] = {**one, "unusable": bool(one["unusable"]), "file": f"photos/{one['id']}.jpg"}
    return [found[key] for key in sorted(found)]
