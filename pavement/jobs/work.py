"""What a worker does with one drive: fetch its files, analyse them, publish the results.

Every step first makes sure of what it needs and repeats nothing that is there, so it may be done any number of times,
by several workers, on several hosts.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pavement.analysis_state import is_final
from pavement.errors import BadInput
from pavement.jobs.publish import found_in, store_outputs
from pavement.jobs.settings import JobSettings
from pavement.rating import Rules
from pavement.review.settings import ReviewSettings
from pavement.stages.tools import Progress
from pavement.store.analyses import Claim, network_for, report, state_of, wait
from pavement.store.blobs import Blobs, StoreGone
from pavement.store.database import Database, DatabaseGone
from pavement.store.drives import StoredFile, stored_files
from pavement.store.networks import fetch_network
from pavement.store.results import NoLongerOurs, write_results

log = logging.getLogger(__name__)
REPORT_S = 1.0  #: between two writes of progress
PASSING = (DatabaseGone, StoreGone, OSError)  #: what goes away without the drive being at fault


class Analyse(Protocol):
    """The pipeline: `pavement.bootstrap.analyse` with its settings."""

    def __call__(self, drive: Path, network: Path, out: Path, progress: Progress) -> None:
        """Analyse one drive and write every output below `out`; what is there already is not done again."""


@dataclass(frozen=True)
class Workplace:
    """What a worker needs from outside."""

    database: Database
    blobs: Blobs
    folder: Path  #: for drives that are being analysed; a drive that is done leaves nothing here
    settings: JobSettings
    analyse: Analyse
    rules: Rules | None = None  #: limits of the diagnosis, for what people corrected
    review: ReviewSettings | None = None  #: of the yearly review that is exported


class Watch:
    """When the step that runs now was last heard of, and with what it is busy; read by another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Claim | None = None
        self._heard = 0.0
        self.stage = ""

    def begin(self, held: Claim) -> None:
        """A step begins, or is heard of."""
        with self._lock:
            self._held, self._heard = held, time.monotonic()

    def end(self) -> None:
        """Nothing runs."""
        with self._lock:
            self._held = None

    def silent(self, seconds: float) -> Claim | None:
        """What runs and was not heard of for so long."""
        with self._lock:
            return self._held if self._held and time.monotonic() - self._heard > seconds else None


class Reporter:
    """The pipeline's progress: to the database at most once a second; raises NoLongerOurs where it was stopped."""

    def __init__(self, place: Workplace, held: Claim, watch: Watch) -> None:
        self._place, self._held, self._watch = place, held, watch
        self._marks, self._stage, self._last = 0, "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` of a stage are done."""
        self._watch.begin(self._held)
        self._watch.stage = stage
        self._marks += 1
        now = time.monotonic()
        if stage == self._stage and now - self._last < REPORT_S and done < total:
            return
        self._stage, self._last = stage, now
        try:
            ours = report(self._place.database, self._held, stage, done, total, self._marks)
        except DatabaseGone:
            return  # the work goes on; the next report will tell
        if not ours:
            raise NoLongerOurs


@dataclass(frozen=True)
class Job:
    """One drive in the hands of one worker."""

    place: Workplace
    held: Claim
    watch: Watch

    @property
    def folder(self) -> Path:
        """Where it is worked on; another name with each claim, so that a worker taken for dead writes elsewhere."""
        return self.place.folder / f"{self.held.analysis_id}.{self.held.claims}"

    def fetch(self) -> Path:
        """The drive as a folder, or as the ZIP that it was sent as."""
        self._take_over()
        files = stored_files(self.place.database, self.held.drive_id)
        if not files:
            raise BadInput(f"drive {self.held.drive_id} has no files", do="upload it again")
        whole = self.folder / "drive" / self.held.drive_id
        missing = [each for each in files if not _is_there(whole / each.path, each.size)]
        need = 2 * sum(each.size for each in files) * bool(missing) + self.place.settings.spare_bytes
        if shutil.disk_usage(self.folder).free < need:
            raise OSError(28, f"less than {need / 1e9:.1f} GB free for the analysis", str(self.place.folder))
        progress = Reporter(self.place, self.held, self.watch)
        for number, each in enumerate(missing, start=1):
            self._get(each, whole / each.path)
            progress("fetch", number, len(missing))
        only = files[0].path
        return whole / only if len(files) == 1 and only.lower().endswith(".zip") else whole

    def analyse(self) -> Path:
        """The folder of the run's outputs."""
        drive = self.fetch()
        network_id = network_for(self.place.database, self.held)
        if network_id is None:
            raise OSError(2, "no network to measure on: start the server with --network")
        kept = self.place.folder / "networks"
        network = fetch_network(self.place.database, self.place.blobs, network_id, kept)
        out = self.folder / "out"
        self.place.analyse(drive, network, out, Reporter(self.place, self.held, self.watch))
        return out

    def publish(self) -> None:
        """Files to the store, rows to the tables; then the analysis is done."""
        result = self.analyse()
        self.watch.begin(self.held)
        outputs = store_outputs(self.place.blobs, self.held.analysis_id, result)
        found = found_in(result, self.held.analysis_id, outputs, self.place.settings.alert_m2)
        write_results(self.place.database, self.held, found, self.place.rules)

    def tidy(self) -> None:
        """Leave nothing: what lies here is not masked."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _take_over(self) -> None:
        """What an earlier claim left on this host goes on under this one's name."""
        self.place.folder.mkdir(parents=True, exist_ok=True)
        if not self.folder.exists():
            earlier = [self.place.folder / f"{self.held.analysis_id}.{n}" for n in range(self.held.claims - 1, 0, -1)]
            for old in earlier:
                if old.exists() and not self.folder.exists():
                    with suppress(OSError):  # on Windows while the other still has a file open
                        old.rename(self.folder)
                elif old.exists():
                    shutil.rmtree(old, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _get(self, file: StoredFile, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        if self.place.blobs.folder is not None:
            with suppress(OSError):  # another disk, or one that has no links
                os.link(self.place.blobs.folder.joinpath(*file.blob_key.split("/")), place)
                return
        self.place.blobs.fetch(file.blob_key, place)


def patiently(job: Job, step: Callable[[], object]) -> str | None:
    """Do a step; None when it is done, else why it cannot be. What passes by itself is waited for.

    Raises NoLongerOurs.
    """
    settings = job.place.settings
    until, pause = time.monotonic() + settings.patience_s, 1.0
    while True:
        try:
            job.watch.begin(job.held)
            step()
            return None
        except BadInput as error:
            return _told(job, error)
        except PASSING as error:
            reason = _told(job, error)
            log.warning("analysis %s waits: %s", job.held.analysis_id, reason)
            if time.monotonic() > until:
                return reason
        except NoLongerOurs:
            raise
        except Exception as error:
            log.exception("analysis %s failed", job.held.analysis_id)
            return f"内部エラー: {type(error).__name__}: {_told(job, error)}"
        finally:
            job.watch.end()
        with suppress(DatabaseGone):
            if not wait(job.place.database, job.held, reason):
                raise NoLongerOurs
        time.sleep(pause)
        pause = min(pause * 2, settings.pause_s)


def _told(job: Job, error: Exception) -> str:
    """An error's words without this machine's folders: devices and staff read them."""
    words = str(error)
    for folder in (job.folder / "drive" / job.held.drive_id, job.folder, job.place.folder):
        words = words.replace(f"{folder}{os.sep}", "").replace(str(folder), folder.name)
    return words


def forget_leftovers(place: Workplace) -> None:
    """Delete what ended analyses left on this host when their worker died."""
    for folder in place.folder.iterdir() if place.folder.is_dir() else ():
        analysis_id, dot, _ = folder.name.partition(".")
        if dot and (state := state_of(place.database, analysis_id)) is not None and is_final(state):
            shutil.rmtree(folder, ignore_errors=True)


def _is_there(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except OSError:
        return False
