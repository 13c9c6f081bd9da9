"""Worker processes: killed, hanging, crashing, waiting; who takes over."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pavement.jobs import progress_of
from pavement.jobs.queue import analyse_again
from pavement.jobs.work import Workplace
from pavement.jobs.worker import Sightings
from pavement.store import workers
from pavement.store.analyses import BATCH, add_analysis, analyses_of, cancel, retry
from pavement.store.networks import keep_network
from pavement.store.result_tables import ANALYSES
from tests.chaos_jobs import chaos
from tests.jobs.builders import Processes, add_drive, all_done, found, make_place, states, until
from tests.postgres import new_database


def test_only_a_heartbeat_that_stands_still_is_death() -> None:
    seen = Sightings(dead_after_s=10)
    assert seen.dead({"a": (workers.LIVE, 1), "b": (workers.LIVE, 5)}, 0.0) == []
    assert seen.dead({"a": (workers.LIVE, 2), "b": (workers.LIVE, 5)}, 9.0) == []
    assert seen.dead({"a": (workers.LIVE, 2), "b": (workers.LIVE, 5)}, 11.0) == [("b", 5)]
    seen.forget()
    assert seen.dead({"a": (workers.LIVE, 2), "b": (workers.LIVE, 5)}, 100.0) == []
    assert seen.dead({"a": (workers.LEFT, 2)}, 100.1) == [("a", 2)]


def test_killed_again_and_again_on_sqlite(tiny_drive: Path, tmp_path: Path, calm: dict[str, object]) -> None:
    outcome = chaos(tmp_path / "data", tiny_drive, calm, kills=3, seed=7)
    assert outcome.wrong == []
    assert outcome.kills == 3


def test_killed_again_and_again_on_postgresql(
    tiny_drive: Path, tmp_path: Path, calm: dict[str, object], jobs_postgres: str
) -> None:
    url = new_database(jobs_postgres, "chaos")
    outcome = chaos(tmp_path / "data", tiny_drive, calm, kills=3, url=url, seed=8)
    assert outcome.wrong == []


def test_one_killed_for_good_is_adopted_on_another_host(
    tiny_drive: Path, tmp_path: Path, calm: dict[str, object], jobs_postgres: str
) -> None:
    url = new_database(jobs_postgres, "adoption")
    place = make_place(tmp_path / "one", url=url, network=tiny_drive / "network.gpkg")
    drive = add_drive(place, tiny_drive)
    shutil.copytree(tmp_path / "one" / "store", tmp_path / "two" / "store")  # two hosts, one bucket: a link does here
    shutil.rmtree(tmp_path / "two" / "store")
    (tmp_path / "two" / "store").symlink_to(tmp_path / "one" / "store")
    with Processes(tmp_path / "one", url, seconds=0.3) as first, Processes(tmp_path / "two", url) as second:
        dying = first.start()
        assert until(lambda: states(place.database).get(drive) == "running"), first.told()
        second.start()
        assert until(lambda: list((tmp_path / "one" / "work").glob("*/out/.work/steps/*")) != [], 60), first.told()
        assert first.kill(dying)
        started = time.monotonic()
        assert until(lambda: "its work was adopted" in second.told(), 60), second.told()
        assert time.monotonic() - started < 60
        assert until(lambda: all_done(place.database, [drive])), second.told()
    assert found(place)[drive] == calm
    place.database.close()


def test_a_hanging_step_ends_in_a_clear_state(tiny_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=tiny_drive / "network.gpkg")
    drive = add_drive(place, tiny_drive)
    with Processes(tmp_path / "data", settings=("stall_s=3",)) as processes:
        for _ in range(4):
            process = processes.start("hang")
            assert until(lambda: process.poll() is not None or states(place.database).get(drive) == "failed", 60)  # noqa: B023
            if states(place.database).get(drive) == "failed":
                break
            processes.kill(process)
        report = progress_of(place.database, drive)
        assert report is not None
        assert report["status"] == "failed"
        assert "進みませんでした" in str(report["error"])
    assert retry(place.database, str(analyses_of(place.database, drive)[0]["id"]))
    with Processes(tmp_path / "data") as sound:
        sound.start()
        assert until(lambda: all_done(place.database, [drive])), sound.told()
    place.database.close()


def test_a_drive_that_takes_workers_down_fails_and_others_go_on(tiny_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=tiny_drive / "network.gpkg")
    drive = add_drive(place, tiny_drive)
    with Processes(tmp_path / "data", settings=("tries=1", "dead_after_s=1")) as processes:
        for _ in range(6):
            process = processes.start("die")
            assert until(lambda: process.poll() is not None or states(place.database).get(drive) == "failed", 60)  # noqa: B023
            if states(place.database).get(drive) == "failed":
                break
            processes.kill(process)
    report = progress_of(place.database, drive)
    assert report is not None
    assert "続けて異常終了しました" in str(report["error"]), processes.told()
    place.database.close()


def test_refused_waiting_cancelled_and_again(tiny_drive: Path, tmp_path: Path, calm: dict[str, object]) -> None:
    place = make_place(tmp_path / "data")
    empty = tmp_path / "空"
    empty.mkdir()
    (empty / "メモ.txt").write_text("写真なし", encoding="utf-8")
    broken = add_drive(place, empty)
    good = add_drive(place, tiny_drive)
    stopped = add_drive(place, tiny_drive)
    assert cancel(place.database, add_analysis(place.database, stopped))
    with Processes(tmp_path / "data") as processes:
        process = processes.start()
        assert until(lambda: "no network" in str(progress_of(place.database, broken) or ""), 60), processes.told()
        keep_network(place.database, place.blobs, tiny_drive / "network.gpkg")
        assert until(lambda: all_done(place.database, [good])), processes.told()
        assert until(lambda: states(place.database)[broken] == "failed"), processes.told()
        analyse_again(place.database, good, BATCH)
        assert until(lambda: len(analyses_of(place.database, good)) == 2 and all_done(place.database, [good]))
        assert process.stdin is not None
        process.stdin.close()  # its parent has ended
        assert process.wait(10) == 0
    assert states(place.database)[stopped] == "cancelled"
    result = found(place)[good]
    assert result.pop("analyses") == 2
    assert result == {name: value for name, value in calm.items() if name != "analyses"}
    assert list((tmp_path / "data" / "work").glob("*.*")) == []
    place.database.close()


def test_patrol_goes_before_the_yearly_batch(tiny_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=tiny_drive / "network.gpkg")
    drives = [add_drive(place, tiny_drive) for _ in range(3)]
    for drive, queue in zip(drives, (BATCH, BATCH, "patrol"), strict=True):
        add_analysis(place.database, drive, queue)
    with Processes(tmp_path / "data") as processes:
        processes.start()
        assert until(lambda: all_done(place.database, drives)), processes.told()
    with place.database.reading() as connection:
        order = connection.execute(select(ANALYSES.c.drive_id).order_by(ANALYSES.c.started_at)).scalars().all()
        assert connection.execute(select(func.count()).select_from(ANALYSES)).scalar_one() == 3
    assert order.index(drives[2]) <= 1  # the first may be taken before the others are handed over
    assert order[-1] in drives[:2]
    place.database.close()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_network_is_kept_once_and_the_newest_counts(place: Workplace, tmp_path: Path) -> None:
    from pavement.store.networks import fetch_network

    file, folder = tmp_path / "a.gpkg", tmp_path / "網"
    file.write_bytes(b"one")
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "routes.geojson").write_bytes(b"two")
    first = keep_network(place.database, place.blobs, file)
    assert keep_network(place.database, place.blobs, file) == first
    second = keep_network(place.database, place.blobs, folder)
    assert fetch_network(place.database, place.blobs, first, tmp_path / "k").read_bytes() == b"one"
    for _ in range(2):
        fetched = fetch_network(place.database, place.blobs, second, tmp_path / "k")
        assert (fetched / "inner" / "routes.geojson").read_bytes() == b"two"
    assert len(list((tmp_path / "k").iterdir())) == 2
