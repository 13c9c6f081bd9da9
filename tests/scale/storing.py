"""Storing a measured drive as a worker does: its records in the store, its rows in the tables, adopted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from pavement.files import write_whole
from pavement.job_wiring import prepare
from pavement.jobs.publish import found_in, store_outputs
from pavement.record import Survey
from pavement.server_settings import ServerSettings
from pavement.store.analyses import add_analysis, claim
from pavement.store.blobs import Blobs
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.results import write_results
from pavement.store.tables import DEVICES, DRIVES
from pavement.survey_file import write_survey

DEVICE = "phone"
ALERT_M2 = 0.5


def open_store(data: Path, url: str = "", store: str = "", network: Path | None = None) -> tuple[Database, Blobs]:
    """The database (SQLite in the folder unless `url` says another) and the store."""
    environment = {"PAVEMENT_DATABASE_URL": url, "PAVEMENT_STORE_URL": store}
    return prepare(ServerSettings.from_environment(data, network, environment))


def add_measured(database: Database, name: str, started_s: float) -> str:
    """A drive that waits for its analysis; its id."""
    drive = new_id()
    now = utc_now()
    with database.writing() as connection:
        if connection.execute(select(DEVICES.c.id).where(DEVICES.c.id == DEVICE)).first() is None:
            connection.execute(insert(DEVICES).values(id=DEVICE, name="車載", key_hash="-", created_at=now))
        row: dict[str, Any] = {
            "id": drive,
            "device_id": DEVICE,
            "idempotency_key": drive,
            "vehicle": name,
            "status": "queued",
        }
        row |= {"started_at": datetime.fromtimestamp(started_s, UTC), "created_at": now, "completed_at": now}
        connection.execute(delete(DRIVES).where(DRIVES.c.vehicle == name))  # of a process that was cut off in it
        connection.execute(insert(DRIVES).values(**row))
    return drive


def stored_names(database: Database) -> set[str]:
    """The drives that were stored whole."""
    with database.reading() as connection:
        return set(connection.execute(select(DRIVES.c.vehicle).where(DRIVES.c.status == "done")).scalars())


def store_drive(database: Database, blobs: Blobs, survey: Survey, drive: str, worker: str, folder: Path) -> None:
    """Write the survey, put it into the store, and its rows into the tables."""
    held = claim(database, add_analysis(database, drive), 1, worker)
    assert held is not None
    (folder / ".work").mkdir(parents=True, exist_ok=True)
    written = write_survey(survey, folder)
    account = {**survey.run, "outputs": [written.name]}
    write_whole(folder / "run.json", json.dumps(account, ensure_ascii=False).encode())
    outputs = store_outputs(blobs, held.analysis_id, folder)
    write_results(database, held, found_in(folder, held.analysis_id, outputs, ALERT_M2))
