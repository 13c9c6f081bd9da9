"""The sections of the network in use: what is managed, driven or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import Connection, delete, func, select, update

from pavement.store.adopted_tables import SECTIONS
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import NETWORKS
from pavement.store.revision import raise_revision

if TYPE_CHECKING:
    from pavement.sections import Section

Row = Mapping[str, Any]
SOME = 5000  #: rows of one transaction


def has_sections(database: Database, network_id: str) -> bool:
    """Whether all sections of this network are in the table."""
    with database.reading() as connection:
        query = select(NETWORKS.c.cut_at).where(NETWORKS.c.id == network_id)
        return connection.execute(query).scalar_one_or_none() is not None


def write_sections(database: Database, network_id: str, sections: Iterable[Section]) -> int:
    """Put the sections of a network in the place of those of before; how many there are.

    In small transactions, so that nobody waits: until the last one some are still those of before. Two processes may do
    so at once.
    """
    count = 0
    rest = iter(sections)
    while some := list(islice(rest, SOME)):
        rows = section_rows(network_id, some)
        with database.writing() as connection:
            _put(connection, rows)
        count += len(some)
    with database.writing() as connection:
        connection.execute(delete(SECTIONS).where(SECTIONS.c.network_id != network_id))
        connection.execute(update(NETWORKS).values(cut_at=None, readopt_below=None))
        done = {"cut_at": utc_now(), "readopt_below": raise_revision(connection)}
        connection.execute(update(NETWORKS).where(NETWORKS.c.id == network_id).values(**done))
    return count


def section_rows(network_id: str, sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Rows of `sections`."""
    shapes = np.array([each.geometry for each in sections], object)
    boxes = shapely.bounds(shapes).tolist()
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    first = np.searchsorted(owner, np.arange(len(shapes)))
    last = np.append(first[1:], len(owner)) - 1
    ends = zip(coords[first].tolist(), coords[last].tolist(), strict=True)
    pictures = shapely.to_wkb(shapes).tolist()
    rows = []
    for section, box, (start, end), wkb in zip(sections, boxes, ends, pictures, strict=True):
        facts = section.route.facts
        rows.append(
            {
                "place": section.place,
                "network_id": network_id,
                "level": section.level.value,
                "segment_place": section.segment_place,
                "road_type": section.road.road_type,
                "route_no": section.road.route_no,
                "branch_no": section.road.branch_no,
                "kind": section.road.kind,
                "direction": section.direction.value,
                "from_kp_km": section.from_kp_km,
                "to_kp_km": section.to_kp_km,
                "length_m": round(section.length_m, 2),
                "name": section.route.name,
                "manager": facts.get("manager"),
                "office": facts.get("office"),
                "municipality": section.municipality,
                "road_class": facts.get("road_class"),
                "closed": section.attributes.get("closed"),
                "attributes": dict(section.attributes) or None,
                "from_lon": start[0],
                "from_lat": start[1],
                "to_lon": end[0],
                "to_lat": end[1],
                "geometry": wkb,
                "west": box[0],
                "south": box[1],
                "east": box[2],
                "north": box[3],
            }
        )
    return rows


def sections_at(connection: Connection, places: Iterable[str]) -> dict[str, Row]:
    """The sections with these ids, without their geometry."""
    columns = [column for column in SECTIONS.c if column.name != "geometry"]
    found: dict[str, Row] = {}
    for some in batches(places):
        for row in connection.execute(select(*columns).where(SECTIONS.c.place.in_(some))):
            found[row.place] = dict(row._mapping)
    return found


def whose(section: Row | None) -> dict[str, Any]:
    """Manager and office of a section, as far as the network says them."""
    return {name: section[name] for name in ("manager", "office") if section[name] is not None} if section else {}


def batches(values: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """The distinct values, so many at a time: a statement takes 32,766 parameters at most."""
    rest = iter(dict.fromkeys(values))
    while some := list(islice(rest, size)):
        yield some


def count_sections(database: Database) -> int:
    """How many there are."""
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(SECTIONS)).scalar_one())


def _put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write rows in the place of those with the same id; by the drivers' own means: there are 430,000."""
    names = list(rows[0])
    columns = ", ".join(names)
    values = ([_json(row[name]) if name == "attributes" else row[name] for name in names] for row in rows)
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(names))
        every = [tuple(each) for each in values]
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO sections ({columns}) VALUES ({marks})", every)
        return
    cursor: Any = connection.connection.cursor()
    cursor.execute("CREATE TEMP TABLE incoming (LIKE sections) ON COMMIT DROP")
    with cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
        for each in values:
            copy.write_row(each)
    cursor.execute("DELETE FROM sections USING incoming WHERE sections.place = incoming.place")
    cursor.execute(f"INSERT INTO sections ({columns}) SELECT {columns} FROM incoming ON CONFLICT DO NOTHING")


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
