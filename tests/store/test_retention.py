"""What goes by the retention policy, what never goes, and that it is counted and can be broken off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from pavement.cli import main
from pavement.errors import BadInput
from pavement.export_choice import Choice
from pavement.jobs.queue import analyse_again
from pavement.server_settings import Retention
from pavement.store.adopted_tables import ADOPTED, CORRECTIONS
from pavement.store.audit import entries_of
from pavement.store.blobs import Blobs, StoreGone, open_blobs
from pavement.store.database import Database, migrate
from pavement.store.drives import find_drive, stored_files
from pavement.store.exports import add_export, exports_of
from pavement.store.operations_tables import EXPORT_JOBS
from pavement.store.parts import Part, held_of
from pavement.store.result_tables import ALERTS, ANALYSES, SEGMENTS
from pavement.store.retention import Swept, sweep
from pavement.store.scope import EVERYTHING
from pavement.store.tables import AUDIT, DEVICES, DRIVES, FILES

NOW = datetime(2030, 6, 1, tzinfo=UTC)
LONG_AGO = datetime(2026, 5, 1, tzinfo=UTC)
PLACE = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "direction": "下り"}
ORIGINALS, RESULTS = Retention(originals_days=30), Retention(results_years=3)


@pytest.fixture
def database(open_empty: Callable[[], Database]) -> Database:
    database = open_empty()
    migrate(database)
    with database.writing() as connection:
        connection.execute(insert(DEVICES).values(id="phone", name="電話", key_hash="-", created_at=LONG_AGO))
    return database


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(str(tmp_path / "store"))


def add_drive(database: Database, blobs: Blobs, name: str, status: str = "done", at: datetime = LONG_AGO) -> str:
    """A drive of two frames with a segment that was adopted; its id."""
    with database.writing() as connection:
        row: dict[str, Any] = {
            "id": name,
            "device_id": "phone",
            "idempotency_key": name,
            "vehicle": "1号",
            "note": None,
        }
        row |= {"started_at": at, "created_at": at, "completed_at": at, "status": status, "bytes": 6, "file_count": 2}
        connection.execute(insert(DRIVES).values(row))
        for path in ("a.jpg", "b.jpg"):
            file = {"drive_id": name, "path": path, "folded": path, "size": 3, "received": 3, "sha256": "0" * 64}
            key = f"drives/{name}/{path}"
            connection.execute(insert(FILES).values(**file, stored=True, blob_key=key, changed_at=at))
            blobs.put(key, b"jpg")
        analysis = {"id": f"of-{name}", "drive_id": name, "number": 1, "queue": "patrol", "state": status, "run": 1}
        times = {"created_at": at, "finished_at": at if status == "done" else None}
        connection.execute(insert(ANALYSES).values(**analysis, **times, claims=1, tries=0, marks=0))
        if status == "done":
            place = {**PLACE, "level": "segment", "from_kp_km": float(len(name))}
            connection.execute(insert(SEGMENTS).values(analysis_id=f"of-{name}", **place))
            adopted = {"fiscal_year": 2026, "place": name, "segment_place": name, "revision": 1, **place}
            connection.execute(insert(ADOPTED).values(**adopted, drive_id=name, analysis_id=f"of-{name}"))
            blobs.put(f"results/of-{name}/run.json", b"{}")
    return name


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def keys(blobs: Blobs) -> set[str]:
    return {key.split("/")[1] for key, _ in blobs.list()}


def test_originals_go_after_their_analysis_and_the_receipts_stay(database: Database, blobs: Blobs) -> None:
    add_drive(database, blobs, "old")
    add_drive(database, blobs, "fresh", at=NOW - timedelta(days=1))
    for status in ("receiving", "queued", "running", "failed", "cancelled"):
        add_drive(database, blobs, status, status)
    assert sweep(database, blobs, Retention(), now=NOW).nothing
    planned = sweep(database, blobs, ORIGINALS, now=NOW, dry_run=True)
    assert len(list(blobs.list("drives"))) == 14
    assert sweep(database, blobs, ORIGINALS, now=NOW) == planned == Swept(1, 2, 6)
    assert {key.split("/")[1] for key, _ in blobs.list("drives")} == {
        *("fresh", "receiving", "queued", "running", "failed", "cancelled")
    }
    assert sweep(database, blobs, ORIGINALS, now=NOW).nothing
    assert find_drive(database, "old").originals_deleted_at == NOW
    assert stored_files(database, "old") == []
    held = held_of(database, Part("old", "a.jpg"))
    assert held is not None
    assert held.stored  # the phone hears again that all is well, and sends nothing
    assert keys(blobs) >= {"of-old"}  # the results stay
    (line,) = [entry for entry in entries_of(database, "old") if entry.what == "retention.originals"]
    assert line.detail == {"files": 2, "bytes": 6}
    with pytest.raises(BadInput, match="no longer kept"):
        analyse_again(database, "old")


def test_a_store_that_is_away_leaves_nothing_half_done(
    database: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_drive(database, blobs, "old")

    def gone(_blobs: Blobs, key: str) -> None:
        if key.endswith("b.jpg"):
            raise StoreGone("away")

    with monkeypatch.context() as away:
        away.setattr(Blobs, "delete", gone)
        with pytest.raises(StoreGone):
            sweep(database, blobs, ORIGINALS, now=NOW)
    with pytest.raises(BadInput, match="no longer kept"):  # half of them: no analysis any more
        analyse_again(database, "old")
    assert sweep(database, blobs, ORIGINALS, now=NOW + timedelta(hours=1)).originals_files == 2
    assert list(blobs.list("drives")) == []
    assert find_drive(database, "old").originals_deleted_at == NOW


@pytest.mark.parametrize("decided", ["locked", "corrected", "correction", "alert"])
def test_results_go_by_year_but_not_what_a_person_decided(database: Database, blobs: Blobs, decided: str) -> None:
    for name in ("old", "kept!"):
        add_drive(database, blobs, name)
    add_drive(database, blobs, "younger", at=datetime(2027, 4, 1, tzinfo=UTC))
    add_drive(database, blobs, "waiting", "queued")
    with database.writing() as connection:
        own = update(ADOPTED).where(ADOPTED.c.place == "kept!")
        if decided == "locked":
            connection.execute(own.values(locked_by="person:1", locked_at=LONG_AGO))
        elif decided == "corrected":
            connection.execute(own.values(corrected={"crack_pct": {"value": 3}}))
        elif decided == "correction":
            row = {
                "id": "1",
                "at": LONG_AGO,
                "who": "person:1",
                "fiscal_year": 2026,
                "place": "kept!",
                "field": "rating",
            }
            connection.execute(insert(CORRECTIONS).values(**row, analysis_id="of-kept!"))
        else:
            facts = {"defect_id": "d", "analysis_id": "of-kept!", "facts": {}, "found_at": LONG_AGO}
            connection.execute(insert(ALERTS).values(facts))
    planned = sweep(database, blobs, RESULTS, now=NOW, dry_run=True)
    assert count(database, DRIVES) == 4
    assert sweep(database, blobs, RESULTS, now=NOW) == planned
    assert planned == Swept(results_drives=1, results_kept=1, results_locked=int(decided == "locked"))
    assert count(database, DRIVES) == 3
    assert count(database, SEGMENTS) == count(database, ADOPTED) == 2
    assert keys(blobs) == {"kept!", "of-kept!", "younger", "of-younger", "waiting"}
    assert [entry.what for entry in entries_of(database, "old")] == ["retention.results"]
    assert sweep(database, blobs, RESULTS, now=NOW).nothing


def test_the_evidence_of_what_is_signed_outlives_its_originals(database: Database, blobs: Blobs) -> None:
    for name in ("signed", "open"):
        add_drive(database, blobs, name)
    with database.writing() as connection:
        own = update(ADOPTED).where(ADOPTED.c.place == "signed")
        connection.execute(own.values(locked_by="person:1", locked_at=LONG_AGO, level="segment"))
    both = replace(ORIGINALS, results_years=3)
    planned = sweep(database, blobs, both, now=NOW, dry_run=True)
    assert sweep(database, blobs, both, now=NOW) == planned
    assert (planned.originals_drives, planned.originals_locked) == (2, 1)
    assert (planned.results_drives, planned.results_kept, planned.results_locked) == (1, 1, 1)
    assert keys(blobs) == {"of-signed"}  # what was shown to who signed it, masked
    (line,) = [entry for entry in entries_of(database, "signed") if entry.what == "retention.originals"]
    assert line.detail == {"files": 2, "bytes": 6, "locked_segments": 1}


def test_exports_and_the_audit_log(database: Database, blobs: Blobs) -> None:
    add_drive(database, blobs, "old")
    job = add_export(database, "person:1", "form-a", Choice(2026), EVERYTHING)
    blobs.put(f"exports/{job}/1/xlsx", b"sheet")
    with database.writing() as connection:
        connection.execute(update(EXPORT_JOBS).values(state="done", finished_at=NOW - timedelta(days=8)))
        row = {"at": NOW - timedelta(days=900), "who": "device:1", "what": "drive.create", "subject": "x"}
        connection.execute(insert(AUDIT).values(row))
    gone = sweep(database, blobs, Retention(), now=NOW, audit_days=800)
    assert gone == Swept(audit_lines=1, exports=1)
    assert exports_of(database, "person:1") == []
    assert list(blobs.list("exports")) == []
    with database.reading() as connection:
        what = list(connection.execute(select(AUDIT.c.what).order_by(AUDIT.c.id)).scalars())
    assert what == ["retention.audit", "retention.exports"]
    forever = replace(Retention(), exports_days=None)
    add_export(database, "person:1", "form-a", Choice(2026), EVERYTHING)
    assert sweep(database, blobs, forever, now=NOW + timedelta(days=900)).nothing


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAVEMENT_KEEP_ORIGINALS_DAYS", "30")
    assert main(["retention", "--data", str(tmp_path), "--dry-run"]) == 0
    assert "何も消していません" in capsys.readouterr().out
    monkeypatch.setenv("PAVEMENT_KEEP_ORIGINALS_DAYS", "soon")
    assert main(["retention", "--data", str(tmp_path)]) == 2
