"""The same drives over one worker on SQLite and a folder, and over two on PostgreSQL and S3: the same results."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pavement.jobs import enqueue_analysis
from pavement.jobs.work import Workplace
from tests.api.builders import Phone, entry, server
from tests.faults.s3 import BUCKET, environment, moto, private_bucket
from tests.jobs.builders import Processes, all_done, make_place, states, until
from tests.jobs.small_year import PATROLS, started_at, write_district, write_year
from tests.postgres import new_database
from tests.scale.compare import Side, differences, years_of

IN_ORDER = tuple(range(len(PATROLS)))
MIXED = (4, 1, 6, 0, 3, 2, 5)  #: a later 年度 before an earlier one, the newer of two before the older
MIXED_AGAIN = (6, 5, 2, 1, 4, 3, 0)


@dataclass(frozen=True)
class District:
    """What all installations get: the drives and the network."""

    drives: tuple[Path, ...]
    network: Path


@pytest.fixture(scope="module")
def district(quick_drive: Path, tmp_path_factory: pytest.TempPathFactory) -> District:
    folder = tmp_path_factory.mktemp("年")
    drives = tuple(drive for _, drive in write_year(quick_drive, folder))
    return District(drives, write_district(quick_drive / "network.gpkg", folder / "network.gpkg"))


def send(phone: Phone, drive: Path, vehicle: str) -> str:
    """Send a drive as a phone does, up to its `complete`; its id."""
    made = phone.new_drive(started_at(drive), vehicle=vehicle, started_at=started_at(drive))
    files = [(file.relative_to(drive).as_posix(), file.read_bytes()) for file in drive.rglob("*") if file.is_file()]
    for path, data in files:
        assert phone.put(made, path, data).status_code == 201
    assert phone.complete(made, *(entry(path, data) for path, data in files)).status_code == 202
    return made


def send_all(place: Workplace, district: District, order: Sequence[int], url: str = "", store: str = "") -> list[str]:
    """All drives through the API in some order; their ids."""
    data = place.folder.parent
    more = {"database_url": url, "store_url": store} if url else {}
    with server(data, enqueue_analysis, **more) as here:
        phone = here.phone()
        return [send(phone, district.drives[number], PATROLS[number].vehicle) for number in order]


def side_of(place: Workplace) -> Side:
    return Side(place.database, place.blobs)


@pytest.fixture(scope="module")
def single(district: District, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """The single machine: SQLite, a folder, one worker, the drives in the order in which they were driven."""
    data = tmp_path_factory.mktemp("single") / "data"
    place = make_place(data, network=district.network)
    drives = send_all(place, district, IN_ORDER)
    with Processes(data) as processes:
        processes.start()
        assert until(lambda: all_done(place.database, drives), 600), processes.told()
    yield side_of(place)
    place.database.close()


@pytest.fixture(scope="module")
def bucket() -> Iterator[None]:
    if (program := moto()) is None:
        pytest.skip("moto_server is not installed (pip install 'moto[server]')")
    with private_bucket(program) as port, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(port).items():
            patch.setenv(name, value)
        yield


@pytest.mark.parametrize(("order", "killed"), [(MIXED, False), (MIXED_AGAIN, True)], ids=["calm", "one killed"])
def test_two_workers_find_what_one_finds(
    request: pytest.FixtureRequest,
    single: Side,
    district: District,
    postgres: str,
    bucket: None,
    tmp_path: Path,
    order: Sequence[int],
    killed: bool,
) -> None:
    url, store = new_database(postgres, f"two{os.getpid()}{killed}"), f"{BUCKET}/{killed}"
    data = tmp_path / "data"
    place = make_place(data, url=url, store=store, network=district.network)
    request.addfinalizer(place.database.close)
    drives = send_all(place, district, order, url, store)
    with Processes(data, url, seconds=0.05 * killed, settings=(f"store={store}", "dead_after_s=15")) as processes:
        first, _ = processes.start(), processes.start()
        if killed:
            assert until(lambda: list(states(place.database).values()).count("running") == 2, 60), processes.told()
            assert until(lambda: list((data / "work").glob("*/out/.work/steps/*")) != [], 60), processes.told()
            assert processes.kill(first)
        assert until(lambda: all_done(place.database, drives), 600), processes.told()
    two = side_of(place)
    assert years_of(single) == years_of(two) == [2025, 2026]
    found = differences((single, two), years_of(single))
    assert not found, "\n".join(found)
