"""The reference client against a server in a process of its own: whatever is cut, everything arrives, once."""

from __future__ import annotations

import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pavement.cli import main
from pavement.errors import BadInput, Fault
from pavement.store.blobs import open_blobs
from pavement.store.database import open_database
from pavement.store.drives import count_states, stored_files
from pavement.upload_client import Connection, Outcome, Patience, find_drives, open_local_drive, send_drive
from pavement.upload_client import manifest as manifest_module
from pavement.upload_client.journal import open_journal
from tests.api.builders import content
from tests.api.live import LiveServer

QUICK = Patience(first_s=0.0, longest_s=0.0, give_up_s=60.0)
FILES = {"frames/画像1.jpg": content(3000, 1), "frames/画像 2.jpg": b"", "video/a.mp4": content(2_000_000, 2)}
FILES |= {"track.gpx": b"<gpx/>", "drive.toml": 'vehicle = "巡回1"'.encode()}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("server") / "data", light=True)
    server.start()
    server.wait()
    yield server
    server.kill()


@pytest.fixture
def key(live: LiveServer, request: pytest.FixtureRequest) -> str:
    return live.new_key(request.node.name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "走行 1"
    for path, data in FILES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    (place / ".DS_Store").write_bytes(b"x")
    return place


def send(
    live: LiveServer, key: str, place: Path, transport: httpx.BaseTransport | None = None, *, delete: bool = False
) -> Outcome:
    connection = Connection(live.url, key, patience=QUICK, transport=transport)
    try:
        journal = open_journal(place, connection.server)
        return send_drive(connection, open_local_drive(place), journal, lambda *_: None, delete=delete)
    finally:
        connection.close()


def there(live: LiveServer, drive_id: str) -> dict[str, bytes]:
    """The drive's files as the server has them."""
    database = open_database(f"sqlite:///{(live.data / 'pavement.sqlite').as_posix()}")
    blobs = open_blobs(str(live.data / "store"))
    try:
        return {each.path: blobs.read(each.blob_key) for each in stored_files(database, drive_id)}
    finally:
        database.close()


def drives_on(live: LiveServer) -> int:
    database = open_database(f"sqlite:///{(live.data / 'pavement.sqlite').as_posix()}")
    try:
        return sum(count_states(database).values())
    finally:
        database.close()


class Flaky(httpx.BaseTransport):
    """A network that loses requests, and answers to requests that were heard."""

    def __init__(self, seed: int) -> None:
        self._real, self._dice = httpx.HTTPTransport(), random.Random(seed)
        self.lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fate = self._dice.random()
        if fate < 0.2:
            self.lost += 1
            raise httpx.ConnectError("no network")
        answer = self._real.handle_request(request)
        if fate < 0.5:
            self.lost += 1
            answer.read()
            answer.close()
            raise httpx.ReadError("the tunnel")
        return answer

    def close(self) -> None:
        self._real.close()


def test_a_folder_arrives_and_is_sent_once(live: LiveServer, key: str, folder: Path) -> None:
    done = send(live, key, folder)
    assert (done.status, done.files, done.sent) == ("queued", 5, 5)
    assert there(live, done.drive_id) == FILES
    again = send(live, key, folder)
    assert (again.drive_id, again.sent) == (done.drive_id, 0)


@pytest.mark.parametrize("seed", range(3))
def test_a_bad_network_only_takes_longer(
    live: LiveServer, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(manifest_module, "PIECE", 200_000)
    before, network = drives_on(live), Flaky(seed)
    done = send(live, key, folder, network)
    assert network.lost > 3
    assert there(live, done.drive_id) == FILES
    assert drives_on(live) == before + 1


def test_a_client_without_its_journal_makes_no_second_drive(live: LiveServer, key: str, folder: Path) -> None:
    first = send(live, key, folder)
    open_journal(folder, live.url).forget()
    assert send(live, key, folder).drive_id == first.drive_id


def test_a_folder_that_is_used_again_is_another_drive(live: LiveServer, key: str, folder: Path) -> None:
    first = send(live, key, folder)
    (folder / "frames" / "new.jpg").write_bytes(b"new")
    second = send(live, key, folder)
    assert second.drive_id != first.drive_id
    assert there(live, second.drive_id)["frames/new.jpg"] == b"new"


def test_deletes_only_what_the_server_has(live: LiveServer, key: str, folder: Path) -> None:
    done = send(live, key, folder, delete=True)
    assert done.deleted == 5
    assert [each.name for each in folder.rglob("*")] == [".DS_Store"]  # nobody's: it stays
    assert there(live, done.drive_id) == FILES


class WrongReceipts(httpx.BaseTransport):
    """A server that says it has something else."""

    def __init__(self) -> None:
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._real.handle_request(request)
        if request.method == "PUT" and answer.status_code == 201:
            answer.read()
            answer.close()
            return httpx.Response(201, json={**answer.json(), "sha256": "0" * 64})
        return answer

    def close(self) -> None:
        self._real.close()


def test_a_wrong_receipt_stops_everything(live: LiveServer, key: str, folder: Path) -> None:
    with pytest.raises(Fault, match="receipt is of another file"):
        send(live, key, folder, WrongReceipts(), delete=True)
    assert (folder / "video" / "a.mp4").read_bytes() == FILES["video/a.mp4"]


def test_the_command_takes_zip_video_and_a_whole_stick(
    live: LiveServer, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stick = folder.parent / "stick"
    stick.mkdir()
    folder.rename(stick / "走行 1")
    (stick / "b.MP4").write_bytes(content(1000))
    with zipfile.ZipFile(stick / "c.zip", "w") as archive:
        archive.writestr("frames/a.jpg", content(500))
    (stick / "readme.txt").write_text("nothing", encoding="ascii")
    (stick / "empty").mkdir()
    monkeypatch.setenv("PAVEMENT_KEY", key)
    arguments = ["upload", "--all", str(stick), "--server", live.url, "--delete-after-receipt"]
    assert main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert [("5 files", "1 files", "1 files")[n] in line for n, line in enumerate(sorted(told, reverse=True))] == [
        True
    ] * 3
    ids = [line.split(" as ")[1].split()[0] for line in told]
    assert {"video/b.MP4"} in [set(there(live, each)) for each in ids]
    assert sorted(each.name for each in stick.iterdir() if not each.name.startswith(".")) == sorted(
        ["readme.txt", "empty", "走行 1"]
    )
    assert main(arguments) == 2  # no drives are left


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "wrong"}, "401"),
        ({"key": ""}, "PAVEMENT_KEY"),
        ({"server": "nonsense"}, "server"),
        ({"place": "none"}, "is no drive"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    live: LiveServer,
    key: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setenv("PAVEMENT_KEY", change.get("key", key))
    server, place = change.get("server", live.url), change.get("place", str(folder))
    assert main(["upload", place, "--server", server]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_a_server_that_is_away_is_a_fault_for_now(folder: Path, live: LiveServer) -> None:
    now = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    patience = Patience(first_s=1, longest_s=30, give_up_s=100, sleep=sleep, clock=lambda: now[0])
    connection = Connection("http://127.0.0.1:9", "x", patience=patience)
    with pytest.raises(Fault, match="run the same command again"):
        connection.request("GET", "/drives/x", fine={200})
    connection.close()
    assert len(slept) > 4
    assert max(slept) <= 30


def test_a_locked_stick_is_remembered_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def locked(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr("pavement.upload_client.journal._can_write", lambda place: False)
        journal = open_journal(folder, "http://s", home=tmp_path / "home")
    journal.drive_id = "7"
    journal.save()
    assert journal.place.is_relative_to(tmp_path / "home")
    assert open_journal(folder, "http://s", home=tmp_path / "home").drive_id == "7"
    assert open_journal(folder, "http://other", home=tmp_path / "home").drive_id == ""
    monkeypatch.setattr("pavement.upload_client.journal.write_whole", locked)
    journal.save()  # nowhere to write: no matter


def test_names_that_cannot_be_sent_are_named_before_anything_is(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such names")
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "a:b.jpg").write_bytes(b"x")
    with pytest.raises(BadInput, match="rename it"):
        open_local_drive(tmp_path)
    assert find_drives(tmp_path) == [tmp_path]
