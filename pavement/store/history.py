"""What people decided, newest first, with their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from pavement.store.adopted_tables import CORRECTIONS
from pavement.store.database import Database
from pavement.store.people_tables import PEOPLE

Row = Mapping[str, Any]
MOST = 500  #: of one section


def history_of(database: Database, place: str, year: int | None = None) -> list[dict[str, Any]]:
    """The decisions about a section, its blocks, its defects and photos; the undone ones too."""
    conditions = [or_(CORRECTIONS.c.place == place, CORRECTIONS.c.segment_place == place)]
    if year is not None:
        conditions.append(CORRECTIONS.c.fiscal_year == year)
    query = select(CORRECTIONS).where(*conditions).order_by(CORRECTIONS.c.at.desc(), CORRECTIONS.c.id.desc())
    with database.reading() as connection:
        return _entries(connection, connection.execute(query.limit(MOST)).all())


def history_of_defect(database: Database, defect_id: str) -> list[dict[str, Any]]:
    """The decisions about a defect."""
    query = select(CORRECTIONS).where(CORRECTIONS.c.defect_id == defect_id)
    with database.reading() as connection:
        rows = connection.execute(query.order_by(CORRECTIONS.c.at.desc(), CORRECTIONS.c.id.desc())).all()
        return _entries(connection, rows)


def names_of(connection: Connection, whos: Iterable[str | None]) -> dict[str, str]:
    """`person:…` -> what is shown of them."""
    ids = {who.removeprefix("person:") for who in whos if who}
    query = select(PEOPLE.c.id, PEOPLE.c.display_name).where(PEOPLE.c.id.in_(sorted(ids)))
    return {f"person:{row.id}": row.display_name for row in connection.execute(query)}


def _entries(connection: Connection, rows: Sequence[Any]) -> list[dict[str, Any]]:
    names = names_of(connection, (who for row in rows for who in (row.who, row.undone_by)))
    entries = []
    for row in rows:
        entry = {name: value for name, value in row._mapping.items() if name != "segment_place"}
        for name in ("machine", "value", "before"):
            entry[name] = (entry[name] or {}).get("value")
        entry["by"] = names.get(row.who, row.who)
        entry["undone_name"] = names.get(row.undone_by, row.undone_by)
        entries.append(entry)
    return entries
