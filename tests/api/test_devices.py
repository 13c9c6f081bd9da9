"""Keys: shown once, hashed, revoked; a device sees its own drives only, and learns nothing of others'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.wrong_keys import WrongKeys
from pavement.cli import main
from pavement.errors import BadInput
from pavement.store.audit import entries_of
from pavement.store.devices import add_device, device_of_key, list_devices, revoke_device
from pavement.store.tables import DEVICES
from tests.api.builders import API, NEW_DRIVE, Server, entry, server

FRAME = b"frame"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path) as started:
        yield started


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}]
)
def test_without_a_right_key_nothing_opens(one: Server, headers: dict[str, str]) -> None:
    drive = one.phone().new_drive()
    for method, path in (
        ("POST", "/drives"),
        ("GET", f"/drives/{drive}"),
        ("POST", f"/drives/{drive}/complete"),
        ("PUT", f"/drives/{drive}/files/a.jpg"),
        ("HEAD", f"/drives/{drive}/files/a.jpg"),
        ("GET", "/drives/none"),
    ):
        answer = one.client.request(method, API + path, headers=headers, json=NEW_DRIVE)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_anothers_drive_is_as_unknown_as_none(one: Server) -> None:
    mine, other = one.phone("mine"), one.phone("other")
    drive = mine.new_drive()
    mine.put(drive, "a.jpg", FRAME)
    for there, nowhere in (
        (other.get(f"/drives/{drive}"), other.get("/drives/00000000-0000-7000-8000-000000000000")),
        (other.put(drive, "a.jpg", FRAME), other.put("nonsense", "a.jpg", FRAME)),
        (other.head(drive, "a.jpg"), other.head("x%00y", "a.jpg")),
        (other.complete(drive, entry("a.jpg", FRAME)), other.complete("x", entry("a.jpg", FRAME))),
    ):
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
    assert mine.get(f"/drives/{drive}").json()["status"] == "receiving"


def test_a_revoked_key_opens_nothing(one: Server) -> None:
    phone = one.phone("lost")
    drive = phone.new_drive()
    revoke_device(one.service.database, "lost")
    assert phone.get(f"/drives/{drive}").status_code == 401
    with pytest.raises(BadInput, match="no device 'lost'"):
        revoke_device(one.service.database, "lost")
    one.phone("lost")  # the name is free again


def test_the_key_is_kept_nowhere(one: Server) -> None:
    database = one.service.database
    key = add_device(database, "phone", "関東地方整備局", "宇都宮国道事務所")
    device = device_of_key(database, key)
    assert device is not None
    assert device.office == "宇都宮国道事務所"
    with database.reading() as connection:
        assert key not in str(connection.execute(DEVICES.select()).all())
    (made,) = entries_of(database, device.id)
    assert (made.who, made.what) == ("console", "device.add")
    assert key not in str(made)
    with pytest.raises(BadInput, match="there is a device 'phone'"):
        add_device(database, "phone")


def test_wrong_keys_are_slowed_and_right_ones_pass(tmp_path: Path) -> None:
    with server(tmp_path, wrong_keys_per_minute=3) as one:
        phone = one.phone()
        wrong = {"Authorization": "Bearer x"}
        statuses = [one.client.get(f"{API}/drives/x", headers=wrong).status_code for _ in "12345"]
        assert statuses == [401, 401, 401, 429, 429]
        assert phone.create().status_code == 201


def test_wrong_keys_are_forgotten_after_a_minute() -> None:
    now = [0.0]
    wrong = WrongKeys(1, lambda: now[0])
    assert [wrong.add("a"), wrong.add("a"), wrong.add("b")] == [False, True, False]
    now[0] = 61.0
    assert wrong.add("a") is False


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "データ")]
    assert main(["device", "add", "号車1", "--office", "宇都宮", *data]) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("pvd_")
    assert main(["device", "add", "号車1", *data]) == 2
    assert main(["device", "revoke", "号車1", *data]) == 0
    capsys.readouterr()
    assert main(["device", "list", *data]) == 0
    assert capsys.readouterr().out.split("\t")[::2] == ["号車1", "宇都宮", "revoked\n"]


def test_devices_are_listed_by_age(one: Server) -> None:
    for name in ("b", "a"):
        one.phone(name)
    assert [device.name for device in list_devices(one.service.database)] == ["b", "a"]
