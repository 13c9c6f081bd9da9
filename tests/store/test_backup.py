"""What was backed up comes back: every row, every byte; what is damaged is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from pavement.cli import main
from pavement.errors import BadInput, Fault
from pavement.server_settings import ServerSettings
from pavement.store import backup
from pavement.store.backup import back_up, restore
from pavement.store.blobs import open_blobs
from pavement.store.columns import utc_now
from pavement.store.database import migrate, open_database
from pavement.store.devices import add_device
from pavement.store.operations_tables import EXPORT_JOBS
from pavement.store.result_tables import ALERTS, ANALYSES, SEGMENTS
from pavement.store.tables import METADATA
from tests.api.builders import Phone, content, entry, server
from tests.postgres import new_database

FRAMES = {f"frames/画像{n}.jpg": content(5000, n) for n in range(5)}


def settings_of(folder: Path, url: str | None = None) -> ServerSettings:
    return ServerSettings.from_environment(folder, environment={"PAVEMENT_DATABASE_URL": url} if url else {})


def everything(settings: ServerSettings) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, bytes]]:
    """All rows of all tables, all bytes of the store."""
    database, blobs = open_database(settings.database_url), open_blobs(settings.store_url)
    with database.reading() as connection:
        rows = {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in METADATA.sorted_tables
        }
    database.close()
    return rows, {key: blobs.read(key) for key, _ in blobs.list()}


def fill(folder: Path) -> tuple[Phone, str]:
    with server(folder) as one:
        phone = one.phone()
        drive = phone.new_drive()
        for path, data in FRAMES.items():
            assert phone.put(drive, path, data).status_code == 201
        phone.put_piece(drive, "video/a.mp4", content(9000), 0, 4000)
        back_up(one.service.settings, folder.parent / "backup.tar")  # while it runs
    return phone, drive


def test_a_server_goes_on_from_its_backup(tmp_path: Path) -> None:
    phone, drive = fill(tmp_path / "old")
    restore(tmp_path / "backup.tar", settings_of(tmp_path / "new"))
    assert everything(settings_of(tmp_path / "new")) == everything(settings_of(tmp_path / "old"))
    with server(tmp_path / "new") as one:
        again = Phone(one.client, phone.key)
        assert again.head(drive, "video/a.mp4").headers["Upload-Offset"] == "0"  # what was on its way is sent again
        assert again.put(drive, "video/a.mp4", content(9000)).status_code == 201
        files = [entry(path, data) for path, data in FRAMES.items()]
        assert again.complete(drive, *files).status_code == 202


def add_results(settings: ServerSettings, drive: str) -> None:
    """Rows with every type: JSON and none, dates, times, numbers, texts."""
    database = open_database(settings.database_url)
    common: dict[str, object] = {
        "queue": "patrol",
        "run": 1,
        "claims": 1,
        "tries": 0,
        "marks": 3,
        "created_at": utc_now(),
    }
    place = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "direction": "下り"}
    with database.writing() as connection:
        rows = [{"id": f"a{n}", "drive_id": drive, "number": n, "state": "done", **common} for n in (1, 2)]
        connection.execute(insert(ANALYSES), [{**rows[0], "counts": {"frames_in": 5, "語": [1.5, None]}}])
        connection.execute(insert(ANALYSES), [{**rows[1], "software": 'a "quoted"\nline'}])
        values = {"analysis_id": "a1", "level": "segment", "crack_pct": 0.1, "surveyed_on": utc_now().date(), **place}
        connection.execute(insert(SEGMENTS), [{**values, "from_kp_km": n / 10} for n in range(1200)])
        alert = {"defect_id": "d", "analysis_id": "a1", "facts": {"area_m2": 0.2}, "found_at": utc_now()}
        connection.execute(insert(ALERTS).values(**alert))
        job: dict[str, object] = {
            "id": "e",
            "asked_by": "person:1",
            "what": "form-a",
            "choice": {"year": 2026},
            "state": "done",
        }
        job |= {"run": 1, "claims": 1, "done": 1, "total": 1, "size": 5_000_000_000, "created_at": utc_now()}
        connection.execute(insert(EXPORT_JOBS).values(**job))
    database.close()


def test_from_sqlite_to_postgresql_and_back(tmp_path: Path, postgres: str) -> None:
    _, drive = fill(tmp_path / "old")
    add_results(settings_of(tmp_path / "old"), drive)
    url = new_database(postgres, "restored")
    inner = settings_of(tmp_path / "inner", url)
    back_up(settings_of(tmp_path / "old"), tmp_path / "1.tar")
    restore(tmp_path / "1.tar", inner)
    assert everything(inner) == everything(settings_of(tmp_path / "old"))
    database = open_database(url)
    add_device(database, "後で加えた電話")  # the counter of the audit log goes on
    database.close()
    with pytest.raises(BadInput, match="holds data already"):
        restore(tmp_path / "1.tar", inner)
    back_up(inner, tmp_path / "2.tar")
    restore(tmp_path / "2.tar", settings_of(tmp_path / "new"))
    assert everything(settings_of(tmp_path / "new")) == everything(inner)


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = settings_of(tmp_path / "old")
    old.data.mkdir()
    database = open_database(old.database_url)
    migrate(database, "0001")
    database.close()
    back_up(old, tmp_path / "old.tar")
    restore(tmp_path / "old.tar", settings_of(tmp_path / "new"))
    assert "analyses" in everything(settings_of(tmp_path / "new"))[0]


def test_a_damaged_backup_is_refused_and_leaves_no_database(tmp_path: Path) -> None:
    fill(tmp_path / "old")
    whole = (tmp_path / "backup.tar").read_bytes()
    place = whole.index(FRAMES["frames/画像3.jpg"][:100])
    changed = whole[:place] + b"\0" + whole[place + 1 :]
    for number, bad in enumerate((changed, whole[: len(whole) // 2], b"nothing", whole[:-20480] + b"\0" * 10240)):
        file = tmp_path / f"{number}.tar"
        file.write_bytes(bad)
        with pytest.raises((BadInput, Fault), match=r"damaged|not in the backup"):
            restore(file, settings_of(tmp_path / f"new{number}"))
        assert not (tmp_path / f"new{number}" / "pavement.sqlite").exists()


def test_a_file_that_the_database_names_and_the_backup_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path / "old") as one:
        phone = one.phone()
        phone.put(phone.new_drive(), "a.jpg", b"frame")
        (key, _), *_ = one.service.blobs.list()
        one.service.blobs.delete(key)
    back_up(settings_of(tmp_path / "old"), tmp_path / "backup.tar")
    with pytest.raises(Fault, match="1 files that the database names"):
        restore(tmp_path / "backup.tar", settings_of(tmp_path / "new"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    fill(tmp_path / "old")
    with pytest.raises(BadInput, match="is there already"):
        restore(tmp_path / "backup.tar", settings_of(tmp_path / "old"))


def test_other_members_are_refused(tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(__file__, "../../evil")
    with pytest.raises(BadInput, match="which no backup has"):
        restore(tmp_path / "evil.tar", settings_of(tmp_path / "new"))
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(__file__, backup.STORE + "../../evil")
    with pytest.raises(BadInput, match="no key"):
        restore(tmp_path / "evil.tar", settings_of(tmp_path / "new"))
    assert not (tmp_path / "evil").exists()


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path / "old")
    out = tmp_path / "保存.tar"
    assert main(["backup", "--data", str(tmp_path / "old"), "--out", str(out)]) == 0
    assert "5 files" in capsys.readouterr().out
    assert main(["restore", str(out), "--data", str(tmp_path / "new")]) == 0
    assert main(["restore", str(out), "--data", str(tmp_path / "new")]) == 2
    assert main(["restore", str(tmp_path / "none.tar"), "--data", str(tmp_path / "newer")]) == 2
    assert main(["backup", "--data", str(tmp_path / "nothing"), "--out", str(out)]) == 2
