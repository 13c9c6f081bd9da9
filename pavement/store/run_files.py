"""Files that a run left in the store, brought back to a folder for who reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from pavement.store.blobs import Blobs
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES


def fetch_run_files(
    database: Database, blobs: Blobs, analysis_id: str, wanted: Callable[[str], bool], folder: Path
) -> list[Path]:
    """Write the outputs of an analysis whose names are wanted below `folder`, those that are still kept."""
    with database.reading() as connection:
        query = select(ANALYSES.c.outputs).where(ANALYSES.c.id == analysis_id)
        outputs = connection.execute(query).scalar_one_or_none() or {}
    found = []
    for name, each in sorted(outputs.items()):
        if wanted(name) and blobs.exists(each["key"]):
            found.append(blobs.fetch(each["key"], folder / name))
    return found
