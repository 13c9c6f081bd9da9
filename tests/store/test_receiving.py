"""Bytes on their way: what a crash at each moment leaves, and how it is put right; what expires and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.store import receiving, room
from pavement.store.blobs import Blobs, open_blobs
from pavement.store.columns import utc_now
from pavement.store.database import Database, migrate, open_database
from pavement.store.devices import add_device, device_of_key
from pavement.store.drives import NewDrive, create_drive, stored_files
from pavement.store.parts import Part, held_of, use_of
from pavement.store.receiving import DigestDiffers, Receiver, blob_key
from pavement.store.room import Limits
from pavement.upload_path import BadPath, clean_path, files_used_as_folders, folded
from pavement.upload_state import Held, Piece, Take, decide
from tests.api.builders import content

DATA = content(1000)
SHA = sha256(DATA).hexdigest()


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    database = open_database(f"sqlite:///{(tmp_path / 'x.sqlite').as_posix()}")
    migrate(database)
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    yield Receiver(incoming, database, open_blobs(str(tmp_path / "store")), Limits(10**9, 100, None, 0))
    database.close()


def new_part(database: Database, path: str = "a.jpg") -> Part:
    device = device_of_key(database, add_device(database, "phone"))
    assert device is not None
    return Part(create_drive(database, device.id, "k", NewDrive("car", datetime(2026, 5, 1, tzinfo=UTC))), path)


def send(receiver: Receiver, part: Part, start: int, end: int, *, crash_before_end: bool = False) -> Held:
    piece = Piece(start, end, len(DATA), SHA)
    taken, held = receiver.take(part, piece)
    if taken is Take.RECEIPT:
        assert held is not None
        return held
    assert taken in (Take.WRITE, Take.RESTART), taken
    writing = receiver.open(part, piece, taken)
    try:
        writing.write(DATA[start:end])
        if crash_before_end:
            raise Crash
        return writing.finish()
    finally:
        writing.close()


def check_whole(receiver: Receiver, part: Part) -> None:
    (stored,) = stored_files(receiver.database, part.drive_id)
    assert receiver.blobs.read(stored.blob_key) == DATA
    assert [key for key, _ in receiver.blobs.list()] == [stored.blob_key]
    use = use_of(receiver.database, part.drive_id)
    assert (use.drive_files, use.all_bytes) == (1, len(DATA))


@pytest.mark.parametrize("moment", ["flushed", "in the store"])
@pytest.mark.parametrize("start", [0, 400])
def test_a_death_at_the_last_piece(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, moment: str, start: int
) -> None:
    part = new_part(receiver.database)
    if start:
        send(receiver, part, 0, start)

    def dead(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        if moment == "flushed":
            patch.setattr(Blobs, "put_file", dead)
        patch.setattr(receiving, "keep", dead)  # dead processes commit nothing
        with pytest.raises(Crash):
            send(receiver, part, start, len(DATA))
    held = receiver.look(part)
    if not start:
        assert held is None  # nothing was ever answered: the client sends it all again
    elif moment == "flushed":
        assert held == Held(len(DATA), SHA, start, stored=False)
    else:
        assert held == Held(len(DATA), SHA, len(DATA), stored=True)
    if held is None or not held.stored:
        assert send(receiver, part, start, len(DATA)).stored
    check_whole(receiver, part)


def test_a_cut_connection_keeps_what_came(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    with pytest.raises(Crash):
        send(receiver, part, 0, 700, crash_before_end=True)
    assert receiver.look(part) == Held(len(DATA), SHA, 700, stored=False)
    assert send(receiver, part, 700, len(DATA)).stored
    check_whole(receiver, part)


def test_a_cut_after_the_last_byte_leaves_nothing_to_send(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    with pytest.raises(Crash):
        send(receiver, part, 0, len(DATA), crash_before_end=True)
    held = receiver.look(part)
    assert held is not None
    assert held.stored
    check_whole(receiver, part)


def test_what_was_written_after_the_last_flush_is_written_over(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    send(receiver, part, 0, 400)
    with open(receiver.place(part), "ab") as file:
        file.write(b"\0" * 300)  # what a file system may leave when the power goes
    assert send(receiver, part, 400, len(DATA)).stored
    check_whole(receiver, part)


def test_a_part_that_somebody_deleted_is_asked_for_again(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    send(receiver, part, 0, 400)
    receiver.place(part).unlink()
    assert receiver.look(part) == Held(len(DATA), SHA, 0, stored=False)
    assert send(receiver, part, 0, len(DATA)).stored
    check_whole(receiver, part)


def test_long_bodies_are_counted_on_the_way(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "CHECKPOINT", 100)
    part = new_part(receiver.database)
    writing = receiver.open(part, Piece(0, 1000, 1000, SHA), Take.WRITE)
    for start in range(0, 900, 90):
        writing.write(DATA[start : start + 90])
    assert held_of(receiver.database, part) == Held(1000, SHA, 900, stored=False)  # without a word of its sender
    writing.close()


def test_a_bucket_that_is_away_costs_nothing_but_time(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    part = new_part(receiver.database)

    def away(*_: object) -> None:
        raise room.NoRoom("away")

    with monkeypatch.context() as patch:
        patch.setattr(Blobs, "put_file", away)
        with pytest.raises(room.NoRoom):
            send(receiver, part, 0, len(DATA))
    assert held_of(receiver.database, part) == Held(len(DATA), SHA, len(DATA), stored=False)
    held = receiver.look(part)
    assert held is not None
    assert held.stored
    check_whole(receiver, part)


def test_wrong_bytes_give_the_quota_back(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    writing = receiver.open(part, Piece(0, 4, 4, SHA), Take.WRITE)
    writing.write(b"else")
    with pytest.raises(DigestDiffers):
        writing.finish()
    writing.close()
    assert use_of(receiver.database, part.drive_id).all_bytes == 0
    assert receiver.look(part) is None


def test_abandoned_parts_expire_and_stored_files_stay(receiver: Receiver) -> None:
    part = new_part(receiver.database)
    send(receiver, part, 0, len(DATA))
    begun = replace(part, path="b.mp4")
    send(receiver, begun, 0, 400)
    stray = receiver.place(replace(part, path="never counted"))
    stray.write_bytes(b"x")
    assert receiver.expire(utc_now() - timedelta(days=1)) == 0
    assert receiver.expire(utc_now() + timedelta(days=1)) == 2
    assert receiver.look(begun) is None
    assert not stray.exists()
    check_whole(receiver, part)


def test_the_place_in_the_store_tells_nothing_of_the_path(receiver: Receiver) -> None:
    assert "道路" not in blob_key(Part("1", "道路.jpg"), SHA)
    assert blob_key(Part("1", "a"), SHA) != blob_key(Part("1", "a"), "0" * 64)


@given(
    st.none() | st.builds(Held, st.just(10), st.sampled_from(["a", "b"]), st.integers(0, 9), st.booleans()),
    st.tuples(st.integers(0, 9), st.integers(1, 10)).filter(lambda ends: ends[0] < ends[1]),
)
def test_a_piece_is_written_only_where_the_held_bytes_end(held: Held | None, ends: tuple[int, int]) -> None:
    taken = decide(held, Piece(*ends, 10, "a"))
    if taken is Take.WRITE:
        assert ends[0] == (held.received if held else 0)
        assert held is None or (held.sha256 == "a" and not held.stored)
    if taken is Take.RESTART:
        assert ends[0] == 0
        assert held is not None
        assert not held.stored
    if held is not None and held.stored:
        assert taken in (Take.RECEIPT, Take.OTHER_CONTENT)


@given(st.text(max_size=50))
def test_a_clean_path_is_relative_and_stays_clean(text: str) -> None:
    try:
        path = clean_path(text)
    except BadPath:
        return
    assert clean_path(path) == path
    assert not set(path.split("/")) & {"", ".", ".."}
    assert not set(path) & set('\\<>:"|?*\0\n')
    assert Path("/root").joinpath(path).resolve().is_relative_to("/root")


def test_files_that_would_be_folders_too() -> None:
    assert files_used_as_folders(["a/B", "A/b/c", "d"]) == ["a/B"]
    assert folded("ÅA") == folded("åa")
