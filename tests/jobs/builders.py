"""A server's data without a server: drives as an upload leaves them, and a detector that needs no model."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select

from pavement.bootstrap import Models
from pavement.detection import COLUMNS, Detection, Thresholds
from pavement.job_wiring import open_workplace
from pavement.jobs.publish import found_in, store_outputs
from pavement.jobs.settings import JobSettings
from pavement.jobs.work import Workplace
from pavement.road import Direction
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.store.analyses import add_analysis, claim
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ANALYSES, DEFECTS, PHOTOS, SEGMENTS
from pavement.store.results import Found, write_results
from pavement.store.tables import DEVICES, DRIVES, FILES
from tests.builders import PaintedGuard, make_detection

DEVICE = "phone"


class ShadeDetector:
    """Calls the lower middle of a picture its lane and dark cells of it damage; takes its time, as a model does."""

    name = "shade"
    sha256 = "5" * 64
    thresholds = Thresholds()

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    def detect(self, images: list[NDArray[np.uint8]]) -> list[Detection]:
        """Detections of BGR images (h, w, 3), in order."""
        time.sleep(self._seconds * len(images))
        return [self._detect(image) for image in images]

    def _detect(self, image: NDArray[np.uint8]) -> Detection:
        height, width = image.shape[:2]
        rows = height * COLUMNS // width
        shade = cv2.resize(image, (COLUMNS, rows), interpolation=cv2.INTER_AREA).astype(float).mean(2)
        lane = np.zeros((rows, COLUMNS), bool)
        lane[rows // 2 :, 14:50] = True
        usual = float(np.median(shade[lane]))
        crack, pothole = lane & (shade < usual - 6), lane & (shade < usual - 12)
        return make_detection(lane, crack, pothole, width=width, height=height)


def shade_models(seconds: float = 0.0) -> Models:
    """The fakes."""
    return Models(ShadeDetector(seconds), PaintedGuard(), "fake")


def make_place(
    data: Path,
    *,
    url: str | None = None,
    network: Path | None = None,
    jobs: JobSettings | None = None,
    seconds: float = 0,
    store: str | None = None,
) -> Workplace:
    """A workplace on `data` (and on the database `url` and the store, if any) whose models are fakes."""
    environment = {"PAVEMENT_DATABASE_URL": url or "", "PAVEMENT_STORE_URL": store or ""}
    server = ServerSettings.from_environment(data, network, environment)
    quick = jobs or JobSettings(spare_bytes=0, look_s=0.1, heartbeat_s=0.5, dead_after_s=4.0)
    return open_workplace(server, Settings(ruts=False), quick, lambda _: shade_models(seconds))


def add_drive(place: Workplace, drive: Path, status: str = "queued") -> str:
    """A drive as it is when its upload is complete; its id. Queued, a worker takes it up by itself."""
    drive_id = new_id()
    now = utc_now()
    with place.database.writing() as connection:
        if connection.execute(select(DEVICES.c.id).where(DEVICES.c.id == DEVICE)).first() is None:
            row = {"id": DEVICE, "name": "車載", "key_hash": "-", "created_at": now}
            connection.execute(insert(DEVICES).values(**row))
        row = {"id": drive_id, "device_id": DEVICE, "idempotency_key": drive_id, "vehicle": "八戸1"}
        row |= {"started_at": now, "status": status, "created_at": now, "completed_at": now}
        connection.execute(insert(DRIVES).values(**row))
    for file in sorted(drive.rglob("*")):
        path = file.relative_to(drive).as_posix()
        if file.is_file() and not path.startswith(("truth", "network", ".network")):
            add_file(place, drive_id, path, file)
    return drive_id


def add_file(place: Workplace, drive_id: str, path: str, file: Path) -> None:
    """A stored file of a drive."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    key = f"drives/{drive_id}/{hashlib.sha1(path.encode()).hexdigest()}"
    copy = place.folder.parent / "copy"
    shutil.copyfile(file, copy)
    size = copy.stat().st_size
    place.blobs.put_file(key, copy)
    row: dict[str, Any] = {
        "drive_id": drive_id,
        "path": path,
        "folded": path.casefold(),
        "size": size,
        "received": size,
    }
    row |= {"sha256": digest, "stored": True, "blob_key": key, "changed_at": utc_now()}
    with place.database.writing() as connection:
        connection.execute(insert(FILES).values(**row))


def analysed_calmly(data: Path, drive: Path) -> dict[str, object]:
    """What one worker that nobody disturbs finds in a drive."""
    place = make_place(data, network=drive / "network.gpkg")
    drive_id = add_drive(place, drive)
    with Processes(data) as processes:
        processes.start()
        assert until(lambda: all_done(place.database, [drive_id]), 300), processes.told()
    result = found(place)[drive_id]
    place.database.close()
    return result


def states(database: Database) -> dict[str, str]:
    """Drive id -> state of its newest analysis."""
    with database.reading() as connection:
        query = select(ANALYSES.c.drive_id, ANALYSES.c.state).order_by(ANALYSES.c.number)
        return {row.drive_id: row.state for row in connection.execute(query)}


def found(place: Workplace) -> dict[str, dict[str, Any]]:
    """Drive id -> everything that its analyses found: rows without ids, and the files whose bytes must not vary."""
    results: dict[str, dict[str, Any]] = {}
    with place.database.reading() as connection:
        analyses = connection.execute(select(ANALYSES).order_by(ANALYSES.c.created_at)).all()
        for analysis in analyses:
            result = results.setdefault(analysis.drive_id, {"analyses": 0})
            result["analyses"] += 1
            for table in (SEGMENTS, DEFECTS, PHOTOS):
                own = ("analysis_id", "id", "masked_key", "marked_key")
                columns = [column for column in table.c if column.name not in own]
                rows = connection.execute(select(*columns).where(table.c.analysis_id == analysis.id))
                result[table.name] = sorted(repr([_plain(value) for value in row]) for row in rows)
            for name, each in (analysis.outputs or {}).items():
                if name.endswith((".jpg", "segments.csv", "blocks.csv", "defects.csv")):
                    result[name] = hashlib.sha256(place.blobs.read(each["key"])).hexdigest()
            result["counts"] = analysis.counts
    return results


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@dataclass
class Processes:
    """Worker processes of a test; none outlives it."""

    data: Path
    url: str = ""
    seconds: float = 0.0
    settings: tuple[str, ...] = ()
    log: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, mode: str = "work") -> subprocess.Popen[bytes]:
        """One more."""
        command = [sys.executable, "-m", "tests.jobs.worker_process", str(self.data), self.url, str(self.seconds), mode]
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with open(self.log or self.data / "workers.log", "ab") as log:
            process = subprocess.Popen(
                [*command, *self.settings],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                env={**os.environ, **single, **self.environment},
            )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> bool:
        """Kill -9; whether it still lived."""
        process.kill()
        self.running.remove(process)
        ended = process.wait()
        if process.stdin is not None:
            process.stdin.close()
        return ended == -signal.SIGKILL

    def told(self) -> str:
        """What the processes said."""
        return (self.log or self.data / "workers.log").read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self.running):
            self.kill(process)


def until(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Wait for a condition; whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def all_done(database: Database, drives: Sequence[str]) -> bool:
    """Whether every one of these drives is analysed; one that failed ends the test."""
    now = states(database)
    assert "failed" not in [now.get(drive) for drive in drives], now
    return all(now.get(drive) == "done" for drive in drives)


def add_two_results(place: Workplace, drive: Path, result: Path, worker: str) -> list[str]:
    """A road driven twice: 下り and, made up of it, 上り, with the same 写真番号; the drives' ids."""
    drives = []
    for direction in Direction:
        drives.append(add_drive(place, drive))
        held = claim(place.database, add_analysis(place.database, drives[-1]), 1, worker)
        assert held is not None
        outputs = store_outputs(place.blobs, held.analysis_id, result)
        found_now = found_in(result, held.analysis_id, outputs, 99.0)
        write_results(place.database, held, turned(found_now, direction))
    return drives


def turned(results: Found, direction: Direction) -> Found:
    """The same rows in another direction, without alerts."""

    def of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "direction": str(direction)} for row in rows]

    renamed = [{**row, "defect_id": f"{row['defect_id']}{direction}"} for row in of(results.defects)]
    return replace(results, segments=of(results.segments), defects=renamed, photos=of(results.photos), alerts=[])
