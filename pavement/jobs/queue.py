"""What a server says to the jobs: analyse this drive, and how far is it. Needs the database only, no engine.

An analysis that waits is a row in state `queued`; the workers hand such rows to the engine. So a drive that was
accepted is never lost between two systems, and a server without any worker accepts drives all the same.
"""

from __future__ import annotations

from typing import Any

from pavement.analysis_state import State
from pavement.store.analyses import PATROL, add_analysis
from pavement.store.database import Database
from pavement.store.results import read_progress


def enqueue_analysis(database: Database, drive_id: str, queue: str = PATROL) -> str:
    """Have a drive analysed; the analysis's id. Calling it again changes nothing."""
    return add_analysis(database, drive_id, queue)


def analyse_again(database: Database, drive_id: str, queue: str = PATROL) -> str:
    """Have a drive analysed anew with the model, network and software of now; people's corrections are not touched."""
    return add_analysis(database, drive_id, queue, again=True)


def progress_of(database: Database, drive_id: str) -> dict[str, Any] | None:
    """`status`, `progress` (stage, done, total), `counts` and `error` of a drive, as the API has them.

    None where it was not handed over yet.
    """
    row = read_progress(database, drive_id)
    if row is None:
        return None
    running = row["state"] == State.RUNNING and row["stage"] is not None
    progress = {name: row[name] for name in ("stage", "done", "total")} if running else None
    return {"status": row["state"], "progress": progress, "counts": row["counts"], "error": row["error"]}
