"""What a worker does with an export: make it, put it into the store, say so; any number of times with one result."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from pavement.errors import BadInput
from pavement.jobs.make_export import make_export
from pavement.jobs.work import PASSING, Workplace
from pavement.store.database import DatabaseGone
from pavement.store.exports import (
    HeldExport,
    claim_export,
    export_key,
    fail_export,
    finish_export,
    report_export,
)

log = logging.getLogger(__name__)
REPORT_S = 1.0  #: between two writes of progress
TRIES = 6  #: while the disk is full or the store is away
FOLDER = "exports"  #: below the workplace's folder


class TakenAway(Exception):
    """Another worker has it now, or it was forgotten."""


def work_on_export(place: Workplace, worker: str, job_id: str) -> str:
    """Take up one export and bring it to its end; what became of it."""
    held = claim_export(place.database, job_id, worker)
    if held is None:
        return "nothing to do"
    for number in range(TRIES):
        try:
            _make(place, held)
            return "done"
        except TakenAway:
            return "stopped"
        except BadInput as error:
            fail_export(place.database, held, str(error))
            return str(error)
        except PASSING as error:
            log.warning("export %s waits: %s", job_id, type(error).__name__)
            time.sleep(min(2.0**number, 30.0))
        except Exception as error:
            log.exception("export %s failed", job_id)
            fail_export(place.database, held, f"内部エラー: {type(error).__name__}")
            return "failed"
    with suppress(DatabaseGone):
        fail_export(
            place.database, held, "保存先または空き容量に問題があり、作成できませんでした。後で作り直してください。"
        )
    return "failed"


def forget_export_leftovers(place: Workplace) -> None:
    """What dead workers of this host left; a living one's folder is in use and new."""
    old = time.time() - 24 * 3600
    for folder in (place.folder / FOLDER).glob("*"):
        if folder.stat().st_mtime < old:
            shutil.rmtree(folder, ignore_errors=True)


def _make(place: Workplace, held: HeldExport) -> None:
    (place.folder / FOLDER).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.folder / FOLDER, ignore_cleanup_errors=True) as scratch:
        report = _Report(partial(report_export, place.database, held))
        file = make_export(
            place.database, place.blobs, held.what, held.choice, held.scope, Path(scratch), report, place.review
        )
        name, size = file.name, file.stat().st_size
        key = export_key(held, file.suffix.lstrip("."))
        place.blobs.put_file(key, file)
        if not finish_export(place.database, held, name, size, key):
            place.blobs.delete(key)
            raise TakenAway


class _Report:
    """Progress to the database at most once a second; raises TakenAway."""

    def __init__(self, write: partial[bool]) -> None:
        self._write, self._stage, self._last = write, "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._last < REPORT_S:
            return
        self._stage, self._last = stage, now
        with suppress(DatabaseGone):
            if not self._write(stage, done, total):
                raise TakenAway
