"""Uploads by the contract: created once, received in pieces, receipts, completed."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import middleware
from api.routes import files
from pavement.store import receiving
from pavement.store.blobs import Blobs, StoreGone
from pavement.store.database import DatabaseGone
from pavement.store.drives import stored_files
from tests.api.builders import API, Phone, Server, content, digest_of, entry, server

FRAME = content(3000)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "データ") as started:
        yield started


@pytest.fixture
def phone(one: Server) -> Phone:
    return one.phone()


def test_the_same_key_makes_one_drive(one: Server, phone: Phone) -> None:
    first, again, other = phone.create("a"), phone.create("a", vehicle="x"), phone.create("b")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() != other.json()
    assert one.phone("another").create("a").json() != first.json()  # keys are a device's own


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"vehicle": "", "started_at": "2026-05-01T09:00:00Z"},
        {"vehicle": "x", "started_at": "2026-05-01T09:00:00"},  # whose time?
        {"vehicle": "x", "started_at": "0001-01-01T00:00:00+09:00"},
        {"vehicle": "a\u0000b", "started_at": "2026-05-01T09:00:00Z"},
    ],
)
def test_a_drive_that_is_not_described_is_refused_in_one_line(phone: Phone, body: dict[str, object]) -> None:
    answer = phone.client.post(f"{API}/drives", json=body, headers={**phone.auth, "Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert "\n" not in answer.json()["detail"]


def test_a_whole_file_gets_its_receipt_and_gets_it_again(one: Server, phone: Phone) -> None:
    drive = phone.new_drive()
    receipt = {**entry("frames/道路 1.jpg", FRAME), "stored": True}
    for _ in range(2):  # the second time the first answer was lost
        answer = phone.put(drive, "frames/道路 1.jpg", FRAME)
        assert (answer.status_code, answer.json()) == (201, receipt)
    (kept,) = stored_files(one.service.database, drive)
    assert one.service.blobs.read(kept.blob_key) == FRAME
    assert [key for key, _ in one.service.blobs.list()] == [kept.blob_key]
    assert not list(one.service.settings.incoming.glob("*/*.part"))


def test_a_file_in_pieces(phone: Phone) -> None:
    drive = phone.new_drive()
    first = phone.put_piece(drive, "video/a.mp4", FRAME, 0, 1000)
    assert (first.status_code, first.json()) == (202, {"path": "video/a.mp4", "received": 1000})
    head = phone.head(drive, "video/a.mp4")
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("1000", "3000")
    assert phone.put_piece(drive, "video/a.mp4", FRAME, 1000, 2500).json()["received"] == 2500
    last = phone.put_piece(drive, "video/a.mp4", FRAME, 2500, 3000)
    assert (last.status_code, last.json()) == (201, {**entry("video/a.mp4", FRAME), "stored": True})
    head = phone.head(drive, "video/a.mp4")
    assert (head.headers["Upload-Offset"], head.headers["Digest"]) == ("3000", digest_of(FRAME))


@pytest.mark.parametrize(("start", "end"), [(0, 1000), (500, 1500), (2000, 3000)])
def test_a_piece_at_the_wrong_place_is_told_the_right_one(phone: Phone, start: int, end: int) -> None:
    drive = phone.new_drive()
    phone.put_piece(drive, "a.zip", FRAME, 0, 1000)
    answer = phone.put_piece(drive, "a.zip", FRAME, start, end)
    assert (answer.status_code, answer.json()["received"]) == (409, 1000)


def test_a_first_piece_that_is_not_the_first(phone: Phone) -> None:
    answer = phone.put_piece(phone.new_drive(), "a.zip", FRAME, 1000, 2000)
    assert (answer.status_code, answer.json()["received"]) == (409, 0)


@pytest.mark.parametrize("pieces", [1, 3])
def test_bytes_that_are_not_the_digests_are_refused_and_dropped(one: Server, phone: Phone, pieces: int) -> None:
    drive, size = phone.new_drive(), len(FRAME) // pieces
    for number in range(pieces):
        data = FRAME[number * size : (number + 1) * size]
        span = f"bytes {number * size}-{(number + 1) * size - 1}/3000"
        headers = {"Digest": digest_of(b"other"), "Content-Range": span}
        answer = phone.client.put(f"{API}/drives/{drive}/files/a.jpg", content=data, headers={**phone.auth, **headers})
    assert answer.status_code == 422
    assert phone.head(drive, "a.jpg").status_code == 404
    assert not list(one.service.blobs.list())
    assert phone.put(drive, "a.jpg", FRAME).status_code == 201


def test_a_file_that_changed_before_it_was_whole_begins_anew(phone: Phone) -> None:
    drive, longer = phone.new_drive(), content(5000, 1)
    phone.put_piece(drive, "track.csv", FRAME, 0, 1000)
    answer = phone.put_piece(drive, "track.csv", longer, 1000, 5000)
    assert (answer.status_code, answer.json()["received"]) == (409, 0)
    assert phone.put_piece(drive, "track.csv", longer, 0, 1000).status_code == 202
    assert phone.put_piece(drive, "track.csv", longer, 1000, 5000).json()["sha256"] == entry("x", longer)["sha256"]


def test_a_stored_file_stays(phone: Phone) -> None:
    drive = phone.new_drive()
    phone.put(drive, "a.jpg", FRAME)
    answer = phone.put(drive, "a.jpg", FRAME[:100])
    assert (answer.status_code, answer.json()["received"]) == (409, 3000)


def test_an_empty_file(phone: Phone) -> None:
    drive = phone.new_drive()
    assert phone.put(drive, "drive.toml", b"").status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Digest": "md5=abc"}, 400),
        ({"Digest": "sha-256=####"}, 400),
        ({"Digest": digest_of(FRAME), "Content-Range": "bytes 0-1/3"}, 400),  # not what the body is
        ({"Digest": digest_of(FRAME), "Content-Range": "bytes 5-2/9"}, 400),
        ({"Digest": digest_of(FRAME), "Content-Range": "octets 0-2999/3000"}, 400),
        ({"Digest": digest_of(FRAME), "Content-Range": "bytes 0-2999/2000"}, 400),
    ],
)
def test_headers_that_do_not_say_what_it_is(phone: Phone, headers: dict[str, str], status: int) -> None:
    url = f"{API}/drives/{phone.new_drive()}/files/a.jpg"
    answer = phone.client.put(url, content=FRAME, headers={**phone.auth, **headers})
    assert answer.status_code == status
    assert len(answer.json()["detail"].splitlines()) == 1


@pytest.mark.parametrize(
    "path",
    [
        *(
            "%2e%2e/a",
            "a/%2e%2e/%2e%2e/b",
            "%2Fetc/passwd",
            "a%5Cb",
            "a/",
            "a%2F%2Fb",
            "C%3A/x",
            "con",
            "frames/NUL.jpg",
        ),
        *("a%00b", "a%0Db", "a.", "x" * 300, "/".join("abcdefghi"), "COM%C2%B9.txt", "a%E2%80%AEgpj.exe"),
    ],
)
def test_names_that_could_do_harm_are_refused(one: Server, phone: Phone, path: str) -> None:
    answer = phone.put(phone.new_drive(), path, FRAME)
    assert answer.status_code == 422, answer.text
    assert not list(one.service.settings.incoming.glob("**/*.part"))


def test_one_name_in_two_spellings_is_one_file(phone: Phone) -> None:
    drive = phone.new_drive()
    assert phone.put(drive, "デ.jpg", FRAME).json()["path"] == "デ.jpg"  # decomposed, as a Mac sends it
    assert phone.head(drive, "デ.jpg").headers["Upload-Offset"] == "3000"
    assert phone.complete(drive, entry("デ.jpg", FRAME)).status_code == 202


def test_names_that_differ_in_case_only_cannot_lie_side_by_side(one: Server, phone: Phone) -> None:
    drive = phone.new_drive()
    assert phone.put(drive, "a.jpg", FRAME).status_code == 201
    assert phone.put(drive, "A.jpg", FRAME[:10]).status_code == 422
    assert len(list(one.service.blobs.list())) == 1


def test_complete_names_what_is_missing_and_accepts_when_nothing_is(phone: Phone) -> None:
    drive = phone.new_drive()
    phone.put(drive, "a.jpg", FRAME)
    phone.put_piece(drive, "b.jpg", FRAME, 0, 100)
    files = entry("a.jpg", FRAME), entry("b.jpg", FRAME), {**entry("a.jpg", FRAME), "sha256": "0" * 64}
    answer = phone.complete(drive, *files)
    assert (answer.status_code, answer.json()["missing"]) == (409, ["b.jpg", "a.jpg"])
    assert phone.get(f"/drives/{drive}").json()["files"] == {"received": 1, "missing": 1}
    phone.put_piece(drive, "b.jpg", FRAME, 100, 3000)
    for _ in range(2):
        answer = phone.complete(drive, *files[:2])
        assert (answer.status_code, answer.json()) == (202, {"status": "queued"})
    report = phone.get(f"/drives/{drive}").json()
    assert (report["status"], report["files"]) == ("queued", {"received": 2, "missing": 0})
    assert {"id", "progress", "counts", "error"} <= report.keys()


def test_a_completed_drive_takes_no_more_and_gives_its_receipts_again(phone: Phone) -> None:
    drive = phone.new_drive()
    phone.put(drive, "a.jpg", FRAME)
    phone.complete(drive, entry("a.jpg", FRAME))
    assert phone.put(drive, "a.jpg", FRAME).status_code == 201
    assert phone.put(drive, "b.jpg", FRAME).status_code == 409
    assert phone.complete(drive, entry("a.jpg", FRAME), entry("b.jpg", FRAME)).json()["missing"] == ["b.jpg"]


def test_a_drive_without_files_is_not_complete(phone: Phone) -> None:
    assert phone.complete(phone.new_drive()).status_code == 422


def test_the_queue_is_told_once_complete(tmp_path: Path) -> None:
    told: list[str] = []
    with server(tmp_path, on_complete=lambda _database, drive: told.append(drive)) as one:
        phone = one.phone()
        drive = phone.new_drive()
        phone.complete(drive, entry("a.jpg", FRAME))
        assert told == []
        phone.put(drive, "a.jpg", FRAME)
        phone.complete(drive, entry("a.jpg", FRAME))
        assert told == [drive]


def test_a_queue_that_fails_does_not_cost_the_drive(tmp_path: Path) -> None:
    def broken(_database: object, _drive: str) -> None:
        raise RuntimeError("no workers")

    with server(tmp_path, on_complete=broken) as one:
        phone = one.phone()
        drive = phone.new_drive()
        phone.put(drive, "a.jpg", FRAME)
        assert phone.complete(drive, entry("a.jpg", FRAME)).status_code == 202


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"max_file_bytes": 2999}, 413),
        ({"max_drive_files": 0}, 413),
        ({"quota_bytes": 2999}, 507),
        ({"keep_free_bytes": 1 << 60}, 507),
    ],
)
def test_limits_are_checked_before_the_body(tmp_path: Path, changes: dict[str, int], status: int) -> None:
    with server(tmp_path, None, **changes) as one:
        phone = one.phone()
        answer = phone.put(phone.new_drive(), "a.jpg", FRAME)
        assert answer.status_code == status
        assert len(answer.json()["detail"].splitlines()) == 1
        assert not list(one.service.settings.incoming.glob("*/*.part"))


def test_the_quota_counts_what_is_begun_and_gives_back_what_is_dropped(tmp_path: Path) -> None:
    with server(tmp_path, quota_bytes=5000) as one:
        phone = one.phone()
        drive = phone.new_drive()
        assert phone.put_piece(drive, "a.jpg", FRAME, 0, 10).status_code == 202
        assert phone.put(drive, "b.jpg", FRAME).status_code == 507
        broken = {"Digest": digest_of(b""), "Content-Range": "bytes 0-2999/3000"}
        url = f"{API}/drives/{drive}/files/a.jpg"
        assert phone.client.put(url, content=FRAME, headers={**phone.auth, **broken}).status_code == 422
        assert phone.put(drive, "b.jpg", FRAME).status_code == 201


def test_a_json_body_has_a_limit(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "MAX_JSON_BYTES", 10)
    assert phone.create().status_code == 413


def test_every_answer_has_the_security_headers(phone: Phone) -> None:
    for answer in (phone.client.get("/healthz"), phone.get("/drives/x"), phone.client.get("/nowhere")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_metrics_and_readiness(phone: Phone) -> None:
    drive = phone.new_drive()
    phone.put(drive, "a.jpg", FRAME)
    text = phone.client.get("/metrics").text
    assert "pavement_receipts_total 1\n" in text
    assert "pavement_received_bytes_total 3000\n" in text
    assert 'pavement_drives{status="receiving"} 1\n' in text
    assert '/drives/{drive_id}/files/{path:path}",status="201"} 1\n' in text  # the route, never a file's name
    assert phone.client.get("/readyz").status_code == 200


def test_what_is_away_is_said_without_its_address_and_nothing_is_lost(
    one: Server, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = phone.new_drive()

    def no_store(*_: object) -> None:
        raise StoreGone("http://10.0.0.7 does not answer")

    def no_database(*_: object) -> None:
        raise DatabaseGone("socket /run/secret does not answer")

    for place, name, failing in ((Blobs, "put_file", no_store), (receiving, "held_of", no_database)):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, failing)
            answer = phone.put(drive, "a.jpg", FRAME)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "10.0.0.7" not in answer.text
        assert "secret" not in answer.text
    assert phone.put(drive, "a.jpg", FRAME).status_code == 201


def test_a_full_disk_is_said_and_what_came_is_kept(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    drive, data = phone.new_drive(), content(2 * files.BUFFER)
    phone.put_piece(drive, "a.mp4", data, 0, 1000)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(receiving.Writing, "_write", full)
        answer = phone.put_piece(drive, "a.mp4", data, 1000, len(data))
    assert (answer.status_code, answer.json()["detail"]) == (507, "the server's disk is full; what came is kept")
    assert phone.head(drive, "a.mp4").headers["Upload-Offset"] == "1000"
    assert phone.put_piece(drive, "a.mp4", data, 1000, len(data)).status_code == 201
