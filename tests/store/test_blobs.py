"""One contract for a folder and an S3 bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pavement.errors import BadInput
from pavement.store.blobs import Blobs, StoreGone, open_blobs
from tests.api.builders import content
from tests.api.live import free_port
from tests.faults.s3 import BUCKET, environment, moto, private_bucket

BIG = content(9_000_000)  # several pieces


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """s3://… on a stand-in of its own."""
    if (program := moto()) is None:
        pytest.skip("moto_server is not installed (pip install 'moto[server]')")
    with private_bucket(program) as port, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(port).items():
            patch.setenv(name, value)
        yield BUCKET


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    opened = open_blobs(str(tmp_path / "倉庫") if request.param == "folder" else request.getfixturevalue("bucket"))
    yield opened
    for key, _ in list(opened.list()):
        opened.delete(key)


def staged(tmp_path: Path, data: bytes) -> Path:
    place = tmp_path / "staged"
    place.write_bytes(data)
    return place


@pytest.mark.parametrize("data", [b"", b"frame", BIG])
def test_what_was_put_comes_back(blobs: Blobs, tmp_path: Path, data: bytes) -> None:
    source = staged(tmp_path, data)
    blobs.put_file("drives/1/a", source)
    assert not source.exists()
    assert (blobs.size("drives/1/a"), blobs.read("drives/1/a")) == (len(data), data)
    assert blobs.fetch("drives/1/a", tmp_path / "back").read_bytes() == data
    assert b"".join(blobs.stream("drives/1/a")) == data


def test_a_key_is_replaced(blobs: Blobs, tmp_path: Path) -> None:
    for data in (b"old", b"newer"):
        blobs.put_file("a/b", staged(tmp_path, data))
    blobs.put("a/c", b"small")
    assert blobs.read("a/b") == b"newer"
    assert sorted(blobs.list("a")) == [("a/b", 5), ("a/c", 5)]


def test_a_key_that_is_not_there(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.exists("none") is False
    blobs.delete("none")
    for read in (blobs.read, lambda key: list(blobs.stream(key)), lambda key: blobs.fetch(key, tmp_path / "x")):
        with pytest.raises(FileNotFoundError):
            read("none")
    assert not (tmp_path / "x").exists()


def test_a_folder_on_another_disk_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = open_blobs(str(tmp_path / "store"))
    real = os.replace
    source = staged(tmp_path, b"frame")

    def across(here: Path, there: Path) -> None:
        if Path(here) == source:
            raise OSError(18, "cross-device link")
        real(here, there)

    monkeypatch.setattr(os, "replace", across)
    blobs.put_file("a", source)
    assert blobs.read("a") == b"frame"
    assert not source.exists()


def test_keys_do_not_leave_the_folder(tmp_path: Path) -> None:
    blobs = open_blobs(str(tmp_path / "store"))
    for key in ("../a", "/a", ""):
        with pytest.raises(ValueError, match="no key"):
            blobs.put_file(key, staged(tmp_path, b"x"))


def test_a_bucket_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pavement.store.blobs.RETRY", {"max_retries": 0})
    for name, value in (("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}"), ("AWS_REGION", "x")):
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(StoreGone, match="does not answer"):
        open_blobs("s3://nowhere/x").exists("a")


def test_an_address_of_no_store() -> None:
    with pytest.raises(BadInput, match="PAVEMENT_STORE_URL"):
        open_blobs("ftp://x/y")
