"""From upload to results through the HTTP API, with a worker process and fake models."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from pavement.jobs import enqueue_analysis
from pavement.store.networks import keep_network
from pavement.store.result_tables import PHOTOS
from tests.api.builders import Phone, Server, entry, server
from tests.jobs.builders import Processes, states, until


@pytest.fixture
def sent(quick_drive: Path) -> dict[str, bytes]:
    """What a phone sends of `quick_drive`."""
    files = [
        *(quick_drive / "frames").iterdir(),
        *(f for f in quick_drive.iterdir() if f.suffix in (".csv", ".gpx", ".toml")),
    ]
    return {file.relative_to(quick_drive).as_posix(): file.read_bytes() for file in files}


def test_a_drive_is_sent_analysed_and_read(quick_drive: Path, tmp_path: Path, sent: dict[str, bytes]) -> None:
    with server(tmp_path / "data", enqueue_analysis) as running:
        service = running.service
        keep_network(service.database, service.blobs, quick_drive / "network.gpkg")
        phone, other = running.phone(), running.phone("other")
        drive = phone.new_drive()
        for path, data in sent.items():
            assert phone.put(drive, path, data).status_code == 201
        assert phone.complete(drive, *(entry(path, data) for path, data in sent.items())).status_code == 202
        assert phone.get(f"/exports/csv?drive={drive}").status_code == 404  # not yet
        with Processes(tmp_path / "data") as processes:
            processes.start()
            assert until(lambda: states(service.database).get(drive) in ("done", "failed")), processes.told()
        assert phone.get(f"/drives/{drive}").json()["status"] == "done", processes.told()

        rows = phone.get("/segments").json()
        assert rows["total"] == len(rows["items"]) > 0
        first = rows["items"][0]
        assert first["drive_id"] == drive
        assert len(first["model_sha256"]) == len(first["guard_sha256"]) == 64
        assert first["software"]
        assert first["rut_mm"] is None  # not measured
        assert [row["from_kp_km"] for row in rows["items"]] == sorted(row["from_kp_km"] for row in rows["items"])
        blocks = phone.get("/segments?level=block&limit=2&offset=1").json()
        assert len(blocks["items"]) == 2 < blocks["total"]
        assert phone.get("/segments?route_no=999").json() == {"total": 0, "items": []}
        assert phone.get("/segments?bbox=140,40,141,41").json()["total"] == rows["total"]
        assert phone.get("/segments?bbox=1,2,3").status_code == 422
        assert other.get("/segments").json()["total"] == 0
        assert running.client.get("/api/v1/segments").status_code == 401

        defects = phone.get("/defects").json()["items"]
        assert {"defect_id", "category", "alert", "drive_id"} <= set(defects[0])
        photo = zip_of(phone.get(f"/exports/images?drive={drive}").content)
        assert any(name.endswith("_marked.jpg") for name in photo)
        tables = zip_of(phone.get(f"/exports/csv?drive={drive}").content)
        assert set(tables) == {"segments.csv", "blocks.csv", "frames.csv", "defects.csv"}
        account = phone.get(f"/exports/run?drive={drive}")
        assert account.json()["counts"]["frames_in"] > 0
        assert account.headers["content-disposition"].startswith("attachment")
        assert phone.get(f"/exports/nothing?drive={drive}").status_code == 404
        assert other.get(f"/exports/csv?drive={drive}").status_code == 404
        read_photos(phone, other, running)


def read_photos(phone: Phone, other: Phone, running: Server) -> None:
    with running.service.database.reading() as connection:
        photo_id = connection.execute(select(PHOTOS.c.id)).scalars().first()
    plain, marked = phone.get(f"/photos/{photo_id}"), phone.get(f"/photos/{photo_id}?marked=true")
    assert plain.status_code == marked.status_code == 200
    assert plain.headers["content-type"] == "image/jpeg"
    assert plain.content[:2] == b"\xff\xd8"
    assert plain.content != marked.content
    assert other.get(f"/photos/{photo_id}").status_code == 404
    assert phone.get("/photos/none").status_code == 404


def zip_of(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()
