"""Worker processes that are killed; who takes over."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from pavement.jobs.sightings import Sightings
from pavement.jobs.work import Workplace
from pavement.store import workers
from pavement.store.networks import keep_network
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


def test_one_killed_for_good_is_adopted_on_another_host(
    quick_drive: Path, tmp_path: Path, calm: dict[str, object], postgres: str
) -> None:
    url = new_database(postgres, "adoption")
    place = make_place(tmp_path / "one", url=url, network=quick_drive / "network.gpkg")
    drive = add_drive(place, quick_drive)
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
