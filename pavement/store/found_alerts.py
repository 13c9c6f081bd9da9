"""Alerts as analyses find them: one a defect, of the drive that saw it dangerous first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from pavement.store.adopted_tables import CORRECTIONS, DEFECT_STATES
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS, DELIVERIES, PHOTOS
from pavement.store.sections import batches
from pavement.store.tables import DRIVES

Row = Mapping[str, Any]
POTHOLE = "pothole"
TOLD = ("notified_at", "confirmed_at", "patched_at", "repaired_at")
NO_FACTS = frozenset({"analysis_id", "manager", "office", "segment_place", "fiscal_year", "seen_on"})


def add_alert(connection: Connection, alert: Row) -> None:
    """Keep it where the defect has none, or one of a drive that saw it later."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(ALERTS).values(**alert)
    earlier = {name: new.excluded[name] for name in ("analysis_id", "facts", "found_at")}
    later = new.excluded.found_at < ALERTS.c.found_at
    connection.execute(new.on_conflict_do_update(index_elements=[ALERTS.c.defect_id], set_=earlier, where=later))


def alert_anew(connection: Connection, defect_ids: Iterable[str], alert_m2: float) -> None:
    """Alerts of defects whose sightings changed, from all their sightings; those that people know stay."""
    photo = and_(PHOTOS.c.analysis_id == DEFECTS.c.analysis_id, PHOTOS.c.number == DEFECTS.c.photo)
    columns = [column for column in DEFECTS.c if column.name not in NO_FACTS]
    for some in batches(defect_ids):
        free = sorted({*some} - lasting(connection, some))
        connection.execute(delete(ALERTS).where(ALERTS.c.defect_id.in_(free)))
        more = (DEFECTS.c.analysis_id, DEFECTS.c.manager, DEFECTS.c.office)
        query = (
            select(*columns, *more, PHOTOS.c.timestamp, DRIVES.c.started_at)
            .join(ANALYSES, ANALYSES.c.id == DEFECTS.c.analysis_id)
            .join(DRIVES, DRIVES.c.id == ANALYSES.c.drive_id)
            .outerjoin(PHOTOS, photo)
            .where(DEFECTS.c.defect_id.in_(some), DEFECTS.c.category == POTHOLE, DEFECTS.c.area_m2 >= alert_m2)
        )
        for row in connection.execute(query).all():
            own = {"defect_id": row.defect_id, "analysis_id": row.analysis_id, "manager": row.manager}
            facts = {column.name: getattr(row, column.name) for column in columns}
            found_at = row.timestamp or row.started_at
            add_alert(connection, {**own, "office": row.office, "facts": facts, "found_at": found_at})


def lasting(connection: Connection, defect_ids: Iterable[str]) -> set[str]:
    """Those that people were told of, or decided about."""
    found: set[str] = set()
    told = or_(*(ALERTS.c[name].is_not(None) for name in TOLD))
    for some in batches(defect_ids):
        for table, more in ((DEFECT_STATES, true()), (CORRECTIONS, true()), (DELIVERIES, true()), (ALERTS, told)):
            names = select(table.c.defect_id).where(table.c.defect_id.in_(some), more)
            found |= set(connection.execute(names).scalars())
    return found
