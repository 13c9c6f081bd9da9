"""Ids of defects that several drives saw: the same whichever drive is analysed first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pavement.identity import Sighting
from pavement.object_naming import own_id
from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED_DEFECTS
from pavement.store.analyses import add_analysis, claim
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database, migrate, open_database
from pavement.store.defect_states import change_defect
from pavement.store.result_tables import ALERTS, ANALYSES, DEFECTS
from pavement.store.results import Found, write_results
from pavement.store.tables import DRIVES
from tests.store.results_builders import ROAD, add_drive, pothole, segment

DANGEROUS_M2 = 0.2
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
KIND = f"{ROAD['road_type']}_{ROAD['route_no']}_{ROAD['branch_no']}_{ROAD['kind']}|{ROAD['direction']}|pothole"
Hole = tuple[float, float, float]  #: kilopost, metres right, m²


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = open_database(f"sqlite:///{tmp_path / 'one.sqlite'}")
    migrate(made)
    return made


def write(database: Database, day: int, holes: list[Hole], *, again: str | None = None) -> str:
    """A drive of that day which saw these holes is analysed; its id."""
    drive = again or add_drive(database, f"車{day}")
    with database.writing() as connection:
        began = BEGIN + timedelta(days=day)
        connection.execute(
            update(DRIVES).where(DRIVES.c.id == drive).values(started_at=began, idempotency_key=str(day))
        )
    rows = [row_of(each) | {"seen_on": began.date()} for each in holes]
    worker = new_id()
    workers.enter(database, worker, "here")
    held = claim(database, add_analysis(database, drive, again=again is not None), 1, worker)
    assert held is not None
    dangerous = [row for row in rows if row["area_m2"] >= DANGEROUS_M2]
    alerts = [{"defect_id": row["defect_id"], "facts": row | {"seen_on": None}, "found_at": began} for row in dangerous]
    segments = [segment(surveyed_on=began.date())]
    write_results(database, held, Found(segments, rows, [], alerts, {}, DANGEROUS_M2))
    return drive


def row_of(hole: Hole) -> dict[str, Any]:
    kp, across, area = hole
    name = own_id(KIND, Sighting(kp * 1000, across, area))
    return pothole(kp, name, across_m=across, area_m2=area)


def named(database: Database) -> dict[str, list[Any]]:
    """What must not depend on the order in which drives were analysed."""
    with database.reading() as connection:
        sightings = select(DRIVES.c.vehicle, DEFECTS.c.kp_km, DEFECTS.c.across_m, DEFECTS.c.defect_id)
        sightings = sightings.join(ANALYSES, ANALYSES.c.id == DEFECTS.c.analysis_id).join(DRIVES)
        held = select(ADOPTED_DEFECTS.c.defect_id, ADOPTED_DEFECTS.c.kp_km, ADOPTED_DEFECTS.c.seen_on)
        queries = {"defects": sightings, "adopted": held, "alerts": select(ALERTS.c.defect_id)}
        return {name: sorted(map(tuple, connection.execute(query))) for name, query in queries.items()}


def some_drives(seed: int) -> list[list[Hole]]:
    """Three drives over the same holes, each a little off, each missing some."""
    chance = Random(seed)
    holes = [(112.3 + chance.uniform(0, 0.09), chance.uniform(-1, 1), chance.uniform(0.05, 0.4)) for _ in range(6)]
    drives = []
    for _ in range(3):
        shift = chance.uniform(-0.004, 0.004)
        seen = [hole for hole in holes if chance.random() < 0.8]
        drives.append(
            [
                (round(kp + shift + chance.gauss(0, 5e-4), 4), round(across + chance.gauss(0, 0.1), 2), round(area, 3))
                for kp, across, area in seen
            ]
        )
    return drives


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_analysing_gives_the_same_ids(tmp_path: Path, seed: int) -> None:
    drives = some_drives(seed)
    found = []
    for number, order in enumerate(permutations(range(len(drives)))):
        database = open_database(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        migrate(database)
        for day in order:
            write(database, day, drives[day])
        found.append(named(database))
        database.close()
    assert len(found[0]["defects"]) > 9
    assert all(each == found[0] for each in found[1:])


def test_a_hole_seen_twice_is_one_and_keeps_the_id_of_the_first_drive(database: Database) -> None:
    write(database, 5, [(112.3520, 0.5, 0.3)])
    write(database, 2, [(112.3500, 0.4, 0.25)])
    first = row_of((112.3500, 0.4, 0.25))["defect_id"]
    now = named(database)
    assert {name for *_, name in now["defects"]} == {first}
    assert now["alerts"] == [(first,)]
    assert [(name, kp) for name, kp, _ in now["adopted"]] == [(first, 112.352)]
    with database.reading() as connection:
        alert = connection.execute(select(ALERTS)).one()
    assert alert.found_at == BEGIN + timedelta(days=2)
    assert alert.facts["defect_id"] == first
    database.close()


@pytest.mark.parametrize("known_by", ["state", "notice"])
def test_what_people_know_keeps_its_id(database: Database, known_by: str) -> None:
    write(database, 5, [(112.3520, 0.5, 0.3)])
    ((name, _, _),) = named(database)["adopted"]
    if known_by == "state":
        change_defect(database, name, {"state": "経過観察"}, "佐藤")
    else:
        with database.writing() as connection:
            connection.execute(update(ALERTS).values(notified_at=utc_now()))
    write(database, 2, [(112.3500, 0.4, 0.25), (112.3800, 0.0, 0.25)])
    now = named(database)
    assert [each for *_, each in now["defects"]].count(name) == 2
    assert len({each for *_, each in now["defects"]}) == 2
    database.close()


def test_an_analysis_anew_finds_the_same_objects(database: Database) -> None:
    drive = write(database, 2, [(112.3500, 0.4, 0.25)])
    before = named(database)["adopted"]
    write(database, 2, [(112.3504, 0.42, 0.26)], again=drive)
    assert [name for name, *_ in named(database)["adopted"]] == [name for name, *_ in before]
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(DEFECTS)).scalar_one() == 2
    database.close()
