"""Drives that were analysed, without a pipeline: rows as a worker writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, select

from pavement.rating import Rules
from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS
from pavement.store.analyses import add_analysis, claim
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.result_tables import PHOTOS
from pavement.store.results import Found, write_results
from pavement.store.tables import DEVICES, DRIVES

ROAD = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "direction": "下り"}
DAY = date(2026, 7, 1)
WHOSE = {"manager": "青森県", "office": "東青"}


def add_drive(database: Database, name: str = "八戸1") -> str:
    """A drive that waits for its analysis."""
    drive = new_id()
    with database.writing() as connection:
        if connection.execute(select(DEVICES.c.id)).first() is None:
            row = {"id": "phone", "name": "車載", "key_hash": "-", "created_at": utc_now()}
            connection.execute(insert(DEVICES).values(**row))
        row = {"id": drive, "device_id": "phone", "idempotency_key": drive, "vehicle": name, "status": "queued"}
        row |= {"started_at": datetime(2026, 7, 1, tzinfo=UTC), "created_at": utc_now(), "completed_at": utc_now()}
        connection.execute(insert(DRIVES).values(**row))
    return drive


def segment(kp: float = 112.3, level: str = "segment", **values: Any) -> dict[str, Any]:
    """A row of `segments` as `pavement.jobs.publish` makes it: sound cracks and ruts, IRI not measured."""
    size = 0.1 if level == "segment" else 0.02
    row: dict[str, Any] = {**ROAD, "level": level, "from_kp_km": round(kp, 4), "to_kp_km": round(kp + size, 4)}
    row |= {"from_lon": 140.7, "from_lat": 40.8, "to_lon": 140.701, "to_lat": 40.8, "length_m": 1000 * size, "lane": 1}
    row |= {"crack_pct": 12.0, "rut_mm": 8.0, "rut_se_mm": 1.0, "iri_mm_per_m": None, "iri_se_mm_per_m": None}
    row |= {"potholes": 0, "mci": 5.6, "rating": None, "rating_basis": "ひび割れ率;わだち掘れ量", "coverage_pct": 95.0}
    row |= {"flags": "要確認;推定", "surveyed_on": DAY, "frames": 20, "photos": "", "position_sd_m": 2.0}
    return row | {"attributes": {}, **WHOSE, **values}


def blocks(kp: float = 112.3, **values: Any) -> list[dict[str, Any]]:
    """The five blocks of a segment."""
    return [segment(kp + 0.02 * k, "block", **values) for k in range(5)]


def pothole(kp: float = 112.35, defect_id: str = "h1", **values: Any) -> dict[str, Any]:
    """A row of `defects`."""
    row: dict[str, Any] = {**ROAD, "defect_id": defect_id, "category": "pothole", "kp_km": kp, "lon": 140.7}
    row |= {"lat": 40.8, "length_m": 0.6, "width_m": 0.4, "area_m2": 0.2, "depth_mm": None, "score": 0.8, "frames": 2}
    return row | {"photo": None, "orientation": None, "across_m": 0.5, "drives": 1, **WHOSE, **values}


def photo(kp: float = 112.35, number: str = "P01", analysis: str = "a", **values: Any) -> dict[str, Any]:
    """A row of `photos`."""
    row: dict[str, Any] = {**ROAD, "number": number, "id": f"{analysis}-{number}", "frame": f"frames/{number}.jpg"}
    row |= {"kp_km": kp, "lon": 140.7, "lat": 40.8, "timestamp": datetime(2026, 7, 1, 3, tzinfo=UTC)}
    row |= {"subject": "代表", "degree": "ひび割れ率 12.0 %", "kept_share": 1.0, **WHOSE}
    return row | {
        "masked_key": f"results/{analysis}/{number}.jpg",
        "marked_key": f"results/{analysis}/{number}_m.jpg",
        **values,
    }


def analysed(
    database: Database,
    drive: str,
    segments: Sequence[dict[str, Any]],
    defects: Sequence[dict[str, Any]] = (),
    photos: Sequence[dict[str, Any]] = (),
    *,
    again: bool = False,
    rules: Rules | None = None,
    model: str = "1" * 64,
) -> str:
    """A drive's analysis that ended well; its id."""
    worker = new_id()
    workers.enter(database, worker, "here")
    held = claim(database, add_analysis(database, drive, again=again), 1, worker)
    assert held is not None
    facts = {"model_sha256": model, "guard_sha256": "2" * 64, "software": "1.0"}
    write_results(database, held, Found(segments, defects, photos, [], facts), rules)
    return held.analysis_id


def adopted(database: Database, level: str = "segment", year: int = 2026) -> list[dict[str, Any]]:
    """The adopted rows of a 年度."""
    query = select(ADOPTED).where(ADOPTED.c.fiscal_year == year, ADOPTED.c.level == level)
    with database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(ADOPTED.c.from_kp_km))]


def adopted_defects(database: Database, year: int = 2026) -> list[dict[str, Any]]:
    """The adopted defects of a 年度."""
    query = select(ADOPTED_DEFECTS).where(ADOPTED_DEFECTS.c.fiscal_year == year)
    with database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(ADOPTED_DEFECTS.c.defect_id))]


def photo_ids(database: Database) -> list[str]:
    """Of all photos."""
    with database.reading() as connection:
        return list(connection.execute(select(PHOTOS.c.id).order_by(PHOTOS.c.id)).scalars())
