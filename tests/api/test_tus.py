"""tus 1.0: a standard client against a real server process, and the protocol's refusals."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from api.tus_headers import CONTENT
from pavement.store import receiving
from pavement.store.columns import utc_now
from pavement.store.parts import keep
from tests.api.builders import API, NEW_DRIVE, Phone, content, entry, server
from tests.api.live import LiveServer

V = {"Tus-Resumable": "1.0.0"}
DATA = content(40_000_000)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    running = LiveServer(tmp_path / "data", light=True)
    running.start()
    running.wait()
    yield running
    running.kill()


def test_a_standard_client_goes_on_after_a_kill(live: LiveServer) -> None:
    auth = {"Authorization": f"Bearer {live.new_key()}"}
    made = httpx.post(f"{live.url}{API}/drives", json=NEW_DRIVE, headers={**auth, "Idempotency-Key": "1"})
    drive = made.json()["id"]
    client = TusClient(f"{live.url}{API}/drives/{drive}/tus", headers=auth)
    kept: dict[str, str] = {}  # what a client keeps over its own restart

    def uploader() -> Any:
        more = {"url": kept["url"]} if kept else {"metadata": {"path": "video/走行.mp4"}}
        return client.uploader(file_stream=io.BytesIO(DATA), chunk_size=4_000_000, upload_checksum=True, **more)

    first = uploader()
    first.upload(stop_at=16_000_000)
    kept["url"] = first.url
    live.kill()
    live.start()
    live.wait()
    again = uploader()
    assert again.offset == 16_000_000
    again.upload()
    headers = {**auth, **V}
    assert httpx.head(again.url, headers=headers).headers["Upload-Offset"] == str(len(DATA))
    files = [entry("video/走行.mp4", DATA)]
    done = httpx.post(f"{live.url}{API}/drives/{drive}/complete", json={"files": files}, headers=auth)
    assert done.status_code == 202, done.text
    (stored,) = (live.data / "store" / "drives" / drive).iterdir()
    assert stored.read_bytes() == DATA


def test_a_whole_video_in_one_request_needs_no_memory(live: LiveServer) -> None:
    auth = {"Authorization": f"Bearer {live.new_key()}"}
    made = httpx.post(f"{live.url}{API}/drives", json=NEW_DRIVE, headers={**auth, "Idempotency-Key": "1"})
    size = 200_000_000  # above the limit of other bodies
    head = {**auth, **V, "Upload-Length": str(size), "Upload-Metadata": metadata(path="a.mp4")}
    url = live.url + httpx.post(f"{live.url}{API}/drives/{made.json()['id']}/tus", headers=head).headers["Location"]
    before = live.peak_mb()
    head = {**auth, **V, "Upload-Offset": "0", "Content-Type": CONTENT, "Content-Length": str(size)}
    answer = httpx.patch(url, content=(DATA[:1_000_000] for _ in range(200)), headers=head, timeout=60)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(size)), answer.text
    after = live.peak_mb()
    if before is not None and after is not None:
        assert after - before < 30


def metadata(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def create(phone: Phone, drive: str, size: int, path: str = "frames/a.jpg", **more: str) -> httpx.Response:
    head = {**phone.auth, **V, "Upload-Length": str(size), "Upload-Metadata": metadata(path=path, **more)}
    return phone.client.post(f"{API}/drives/{drive}/tus", headers=head)


def append(phone: Phone, url: str, offset: int, data: bytes, **more: str) -> httpx.Response:
    head = {**phone.auth, **V, "Upload-Offset": str(offset), "Content-Type": CONTENT}
    head |= {name.replace("_", "-"): value for name, value in more.items()}
    return phone.client.request("PATCH", url, content=data, headers=head)


def offset(phone: Phone, url: str) -> str | None:
    answer = phone.client.head(url, headers={**phone.auth, **V})
    assert answer.headers["Cache-Control"] == "no-store"
    found: str | None = answer.headers.get("Upload-Offset")
    return found


def sha1(data: bytes) -> str:
    return "sha1 " + base64.b64encode(hashlib.sha1(data).digest()).decode()


def test_a_piece_whose_checksum_differs_is_dropped(tmp_path: Path) -> None:
    data = content(20_000_000)  # more than a checkpoint
    with server(tmp_path) as running:
        phone = running.phone()
        drive = phone.new_drive()
        url = create(phone, drive, len(data)).headers["Location"]
        assert append(phone, url, 0, data[:1000], Upload_Checksum=sha1(data[:1000])).status_code == 204
        wrong = append(phone, url, 1000, data[1000:], Upload_Checksum=sha1(b"other"))
        assert (wrong.status_code, offset(phone, url)) == (460, "1000")
        assert append(phone, url, 1000, data[1000:], Upload_Checksum="crc32 AAAA").status_code == 400
        last = append(phone, url, 1000, data[1000:], Upload_Checksum=sha1(data[1000:]))
        assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(data)))
        assert "Upload-Expires" not in last.headers
        assert phone.complete(drive, entry("frames/a.jpg", data)).status_code == 202


def test_refusals(tmp_path: Path) -> None:
    with server(tmp_path, max_file_bytes=1000) as running:
        phone, other = running.phone(), running.phone("other")
        drive = phone.new_drive()
        assert phone.client.request("OPTIONS", f"{API}/drives/{drive}/tus").headers["Tus-Version"] == "1.0.0"
        assert create(phone, drive, 2000).status_code == 413
        assert create(phone, drive, 10, "../a").status_code == 422
        assert create(phone, drive, 10, sha256="abc").status_code == 400
        assert create(other, drive, 10).status_code == 404
        bare = phone.client.post(f"{API}/drives/{drive}/tus", headers={**phone.auth, "Upload-Length": "1"})
        assert (bare.status_code, bare.headers["Tus-Version"]) == (412, "1.0.0")
        made = create(phone, drive, 10)
        url = made.headers["Location"]
        assert "Upload-Expires" in made.headers
        assert append(phone, url, 0, b"0" * 4).headers["Upload-Offset"] == "4"
        assert append(phone, url, 0, b"0" * 4).status_code == 409
        assert append(phone, url, 4, b"0" * 7).status_code == 413
        assert append(phone, url, 4, b"0", Content_Type="text/plain").status_code == 415
        assert append(other, url, 4, b"0").status_code == 404
        assert append(phone, url + "x", 4, b"0").status_code == 404
        gone = phone.client.request("DELETE", url, headers={**phone.auth, **V})
        assert (gone.status_code, offset(phone, url)) == (204, None)
        assert list(running.service.settings.incoming.glob("*/*.part")) == []


def test_whole_files_stay_and_a_told_digest_is_checked(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        phone = running.phone()
        drive = phone.new_drive()
        url = create(phone, drive, 4, sha256=hashlib.sha256(b"good").hexdigest()).headers["Location"]
        assert append(phone, url, 0, b"evil").status_code == 422
        url = create(phone, drive, 4, sha256=hashlib.sha256(b"good").hexdigest()).headers["Location"]
        head = {**phone.auth, **V, "Upload-Offset": "0", "Content-Type": CONTENT, "X-HTTP-Method-Override": "PATCH"}
        assert phone.client.post(url, content=b"good", headers=head).status_code == 204
        assert create(phone, drive, 4).status_code == 409
        assert phone.client.request("DELETE", url, headers={**phone.auth, **V}).status_code == 409
        assert create(phone, drive, 0, "empty.txt").status_code == 201
        files = [entry("frames/a.jpg", b"good"), entry("empty.txt", b"")]
        assert phone.complete(drive, *files).status_code == 202
        assert create(phone, drive, 4, "late.jpg").status_code == 409


def test_an_upload_begun_here_is_continued_by_put_and_expires(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        phone = running.phone()
        drive = phone.new_drive()
        url = create(phone, drive, 10, sha256=hashlib.sha256(b"0123456789").hexdigest()).headers["Location"]
        append(phone, url, 0, b"0123")
        assert phone.put_piece(drive, "frames/a.jpg", b"0123456789", 4, 10).status_code == 201
        url = create(phone, drive, 10, "b.jpg").headers["Location"]
        append(phone, url, 0, b"0123")
        assert running.service.receiver.expire(utc_now() + timedelta(days=1)) == 1
        assert offset(phone, url) is None


def test_death_between_the_store_and_the_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path) as running:
        phone = running.phone()
        drive = phone.new_drive()
        url = create(phone, drive, 4).headers["Location"]
        told: list[str] = []

        def dying(database: Any, part: Any, held: Any, blob_key: str | None = None) -> None:
            if blob_key is not None and not told:
                told.append(blob_key)
                raise OSError("power")
            keep(database, part, held, blob_key)

        monkeypatch.setattr(receiving, "keep", dying)
        assert append(phone, url, 0, b"good").status_code == 500
        assert offset(phone, url) == "4"
        assert running.service.blobs.read(told[0]) == b"good"
        assert phone.complete(drive, entry("frames/a.jpg", b"good")).status_code == 202
