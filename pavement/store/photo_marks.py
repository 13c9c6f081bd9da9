"""Photos that a person found unusable; a new analysis of the drive does not change that."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, insert, select

from pavement.store.adopted_tables import CORRECTIONS, PHOTO_MARKS
from pavement.store.database import Database
from pavement.store.result_tables import PHOTOS
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Scope
from pavement.store.subjects import find_photo_row, note

UNUSABLE = "unusable"


def mark_photo(
    database: Database, photo_id: str, unusable: bool, who: str, scope: Scope = EVERYTHING, comment: str | None = None
) -> None:
    """A person says whether a photo may be shown as an example of its section. Raises NoSuchResult."""
    with database.writing() as connection:
        raise_revision(connection)
        photo = find_photo_row(connection, photo_id, scope)
        before = select(PHOTO_MARKS.c.unusable).where(PHOTO_MARKS.c.photo_id == photo_id)
        was = bool(connection.execute(before).scalar_one_or_none())
        own = {"photo_id": photo_id, "segment_place": photo["segment_place"], "analysis_id": photo["analysis_id"]}
        year = photo["fiscal_year"]
        note(connection, who, year, UNUSABLE, unusable, before=was, comment=comment, **own)
        rebuild_mark(connection, photo_id)


def rebuild_mark(connection: Connection, photo_id: str) -> None:
    """The mark of a photo by the newest decision that holds."""
    connection.execute(delete(PHOTO_MARKS).where(PHOTO_MARKS.c.photo_id == photo_id))
    query = (
        select(CORRECTIONS)
        .where(CORRECTIONS.c.photo_id == photo_id, CORRECTIONS.c.field == UNUSABLE, CORRECTIONS.c.undone_at.is_(None))
        .order_by(CORRECTIONS.c.at.desc(), CORRECTIONS.c.id.desc())
        .limit(1)
    )
    last = connection.execute(query).one_or_none()
    if last is None:
        return
    photo = find_photo_row(connection, photo_id, EVERYTHING)
    own = {"photo_id": photo_id, "drive_id": photo["drive_id"], "frame": photo["frame"]}
    value = {"unusable": bool(last.value["value"]), "comment": last.comment, "who": last.who, "at": last.at}
    connection.execute(insert(PHOTO_MARKS).values(**own, **value))


def carry_marks(connection: Connection, analysis_id: str, drive_id: str) -> None:
    """Mark the photos of a new analysis whose frames were marked in an earlier one of the drive."""
    same = and_(PHOTO_MARKS.c.drive_id == drive_id, PHOTO_MARKS.c.frame == PHOTOS.c.frame)
    columns = [PHOTO_MARKS.c[name] for name in ("unusable", "comment", "who", "at")]
    query = select(PHOTOS.c.id, PHOTOS.c.frame, *columns).join(PHOTO_MARKS, same)
    newest: dict[str, dict[str, object]] = {}
    for row in connection.execute(query.where(PHOTOS.c.analysis_id == analysis_id).order_by(PHOTO_MARKS.c.at)):
        values = {name: getattr(row, name) for name in ("frame", "unusable", "comment", "who", "at")}
        newest[row.id] = {**values, "photo_id": row.id, "drive_id": drive_id}
    connection.execute(delete(PHOTO_MARKS).where(PHOTO_MARKS.c.photo_id.in_(list(newest))))
    if newest:
        connection.execute(insert(PHOTO_MARKS), list(newest.values()))
