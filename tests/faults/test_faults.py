"""Disk full, database gone, bucket answering 500, clocks that jump: a clear state, back by itself, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.clock import FILE
from tests.faults.conftest import Open
from tests.faults.s3 import BUCKET, environment, moto, private_bucket, proxy_to
from tests.jobs.builders import Processes, states, until
from tests.postgres import new_database, postgres_server, program

GONE_S = float(os.environ.get("PAVEMENT_TEST_GONE_S", "8"))  #: longer than workers take to be called dead
Calm = dict[str, object]


def test_the_database_is_gone_for_a_while(office: Open, calm: Calm) -> None:
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres_server(Path(f"/tmp/pavement-gone-{os.getpid()}")) as server:
        here = office(url=new_database(server.address, "gone"))
        with Processes(here.live.data, here.place.database.url, seconds=0.2) as processes:
            worker = processes.start()
            assert until(lambda: states(here.place.database).get(here.drive) == "running"), processes.told()
            assert here.put("before.jpg").status_code == 201
            server.stop()
            gone = time.monotonic()
            while time.monotonic() - gone < GONE_S:
                answer = here.put("during.jpg")
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
                assert "does not answer" in answer.json()["detail"]
                assert here.http.get(f"{here.live.url}/healthz").status_code == 200
                assert here.http.get(f"{here.live.url}/readyz").status_code == 503
            assert worker.poll() is None
            server.start()
            assert until(lambda: here.put("during.jpg").status_code == 201, 30)
            here.check_done(processes, calm)
            assert worker.poll() is None
        here.place.database.close()
        here.live.kill()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB."""
    if os.name == "nt" or os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("only root may mount a small disk; ENOSPC itself: test_upload.py")
    folder = tmp_path / "小"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def fill(disk: Path) -> Path:
    """Take the last byte of a disk, whoever else writes to it meanwhile."""
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    return ballast


def test_the_disk_is_really_full(office: Open, calm: Calm, small_disk: Path) -> None:
    data = small_disk / "data"
    here = office(data, PAVEMENT_KEEP_FREE_MB="0")
    with Processes(data, seconds=0.2, log=small_disk.parent / "workers.log") as processes:
        processes.start()
        assert until(lambda: states(here.place.database).get(here.drive) == "running"), processes.told()
        assert here.put("before.jpg").status_code == 201
        ballast = fill(small_disk)
        answer = here.put("during.jpg", b"0" * 300_000)
        assert answer.status_code in (503, 507), answer.text  # the disk's end, or the database's on the same disk
        assert here.http.get(f"{here.live.url}/readyz").status_code == 503
        assert until(lambda: "No space" in processes.told() or "full" in processes.told(), 60), processes.told()
        assert states(here.place.database)[here.drive] == "running"
        ballast.unlink()
        assert until(lambda: here.put("during.jpg", b"0" * 300_000).status_code == 201, 30)
        here.check_done(processes, calm)


def test_the_bucket_answers_500(office: Open, calm: Calm, monkeypatch: pytest.MonkeyPatch) -> None:
    if (server := moto()) is None:
        pytest.skip("moto_server is not installed (pip install 'moto[server]')")
    with private_bucket(server) as bucket, proxy_to(bucket) as proxy:
        for name, value in environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        here = office(store=BUCKET)
        assert here.put("before.jpg").status_code == 201
        proxy.ill = True
        with Processes(here.live.data, settings=(f"store={BUCKET}",)) as processes:
            processes.start()
            answer = here.put("during.jpg")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
            assert until(lambda: "the store of files does not answer" in here.said(), 60), processes.told()
            assert states(here.place.database)[here.drive] == "running"
            assert proxy.refused > 0
            proxy.ill = False
            assert until(lambda: here.put("during.jpg").status_code == 201, 30)
            here.check_done(processes, calm)


@pytest.mark.parametrize("hours", [9, -9])
def test_a_clock_jumps_by_hours(office: Open, calm: Calm, tmp_path: Path, hours: int) -> None:
    """The server's and one worker's clock, while the other worker's stays."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    here = office(**{FILE: str(clock)})
    half = b"0" * 300_000
    part = {"Content-Range": f"bytes 0-{len(half) - 1}/{2 * len(half)}"}
    with Processes(here.live.data, seconds=0.1) as processes:
        for environment in ({FILE: str(clock)}, {}):
            processes.environment = environment
            processes.start()
        assert until(lambda: states(here.place.database).get(here.drive) == "running"), processes.told()
        assert here.put_piece("half.bin", half * 2, half, part).status_code == 202
        clock.write_text(str(hours))
        assert here.put("after.jpg").status_code == 201
        assert until(lambda: abs(here.hours_off() - hours) < 0.1, 10)
        assert here.head("half.bin") == len(half)
        time.sleep(5)  # longer than a silent worker is let live
        clock.write_text("0")
        here.check_done(processes, calm)
        assert [each.poll() for each in processes.running] == [None, None]
        assert "taken for dead" not in processes.told()
        assert "is dead" not in processes.told()
