"""What a server says to the jobs: analyse this drive, and how far is it. Needs the database only, no engine.

An analysis that waits is a row in state `queued`; the workers hand such rows to the engine. So a drive that was
accepted is never lost between two systems, and a server without any worker accepts drives all the same.
"""

from __future__ import annotations

from typing import Any

from pavement.analysis_state import State
from pavement.store.analyses import BATCH, add_analysis, cancel, retry
from pavement.store.audit import CONSOLE, note
from pavement.store.database import Database
from pavement.store.results import read_progress


def enqueue_analysis(database: Database, drive_id: str, queue: str | None = None) -> str:
    """Have a drive analysed; the analysis's id. Calling it again changes nothing. Without `queue`: by its age."""
    return add_analysis(database, drive_id, queue)


def analyse_again(database: Database, drive_id: str, queue: str = BATCH, who: str = CONSOLE) -> str:
    """Have a drive analysed anew with the model, network and software of now; people's corrections are not touched."""
    analysis_id = add_analysis(database, drive_id, queue, again=True)
    note(database, who, "analysis.again", drive_id, {"analysis": analysis_id})
    return analysis_id


def cancel_analysis(database: Database, drive_id: str, who: str = CONSOLE) -> bool:
    """Stop a drive's newest analysis; False where none waits or runs."""
    row = read_progress(database, drive_id)
    done = row is not None and cancel(database, row["id"])
    if done:
        note(database, who, "analysis.cancel", drive_id)
    return done


def retry_analysis(database: Database, drive_id: str, who: str = CONSOLE) -> bool:
    """Have a drive's newest analysis, which failed or was cancelled, tried again; False where it is neither."""
    row = read_progress(database, drive_id)
    done = row is not None and retry(database, row["id"])
    if done:
        note(database, who, "analysis.retry", drive_id)
    return done


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
