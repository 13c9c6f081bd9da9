"""A new network's offices reach what was adopted before: slice by slice, wherever it was broken off, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select

from pavement.place import place_id
from pavement.road import RoadKey
from pavement.sections import sections_of
from pavement.store import new_network
from pavement.store.adopted import everything, readopt
from pavement.store.adopted_tables import ADOPTED
from pavement.store.columns import utc_now
from pavement.store.corrections import correct, lock
from pavement.store.database import Database, migrate
from pavement.store.defect_states import draw_defect
from pavement.store.new_network import readopt_of_network
from pavement.store.result_tables import ALERTS, NETWORKS, PHOTOS
from pavement.store.scope import Place, Scope
from pavement.store.sections import write_sections
from pavement.store.subjects import NoSuchResult
from tests.builders import make_network, make_route
from tests.store.results_builders import (
    add_drive,
    adopted,
    adopted_defects,
    analysed,
    blocks,
    photo,
    photo_ids,
    pothole,
    segment,
)

ROAD = RoadKey("一般国道", "4", "000", "現道")
KPS = (112.3, 112.4, 112.5, 112.6)
ANN = "person:ann"


@pytest.fixture
def database(open_empty: Callable[[], Database]) -> Database:
    made = open_empty()
    migrate(made)
    return made


def keep(database: Database, name: str, office: str, km: float = 1.0) -> None:
    """A network of one road from 112 on becomes the one in use, and is cut."""
    facts = {"manager": "青森県", "office": office, "road_class": "B"}
    network = make_network(make_route([(0, 0), (1000 * km, 0)], {0.0: 112.0, 1000.0 * km: 112.0 + km}, facts=facts))
    with database.writing() as connection:
        row = {"id": name, "name": name, "blob_key": f"networks/{name}", "created_at": utc_now()}
        connection.execute(insert(NETWORKS).values(**row))
    write_sections(database, name, sections_of(network))


def year_of_four(database: Database) -> None:
    """Four segments; people corrected the second, locked the third, and drew a pothole on the first."""
    keep(database, "old", "東青")
    rows = [row for kp in KPS for row in (segment(kp), *blocks(kp))]
    analysed(database, add_drive(database), rows, [pothole(112.35), pothole(112.55, "h2")], [photo(112.35)])
    with database.writing() as connection:
        (held,) = connection.execute(select(PHOTOS.c.analysis_id)).scalars()
        row = {"defect_id": "h1", "analysis_id": held, "facts": {}, "found_at": utc_now()}
        connection.execute(insert(ALERTS).values(**row, manager="青森県", office="東青"))
    draw_defect(database, photo_ids(database)[0], [0.1, 0.5, 0.2, 0.2], {"category": "pothole"}, ANN)
    correct(database, place_of(112.4), 2026, {"crack_pct": 25.0}, ANN)
    lock(database, place_of(112.5), 2026, ANN)


def place_of(kp: float) -> str:
    return place_id("segment", ROAD, "下り", kp)


def offices(database: Database, level: str = "segment") -> list[str]:
    return [row["office"] for row in adopted(database, level)]


def state(database: Database) -> list[dict[str, Any]]:
    """All rows, whatever revision they are of."""
    rows = [*adopted(database), *adopted(database, "block"), *adopted_defects(database)]
    return [{name: value for name, value in row.items() if name != "revision"} for row in rows]


def test_the_new_office_has_what_was_adopted_and_people_s_word_stands(database: Database) -> None:
    year_of_four(database)
    assert readopt_of_network(database) == 0  # its own sections
    keep(database, "new", "八戸")
    assert offices(database) == ["東青"] * 4
    assert readopt_of_network(database, breath_s=0) == 3
    assert offices(database) == ["八戸", "八戸", "東青", "八戸"]  # what is 確定 stays as it was signed
    assert offices(database, "block") == ["八戸"] * 10 + ["東青"] * 5 + ["八戸"] * 5
    second, third = adopted(database)[1:3]
    assert (second["crack_pct"], second["machine"]["crack_pct"], third["locked_by"]) == (25.0, 12.0, ANN)
    whose = {row["defect_id"][:2]: row["office"] for row in adopted_defects(database)}
    assert whose == {"h1": "八戸", "h2": "東青", next(iter(set(whose) - {"h1", "h2"})): "八戸"}
    with database.reading() as connection:
        assert connection.execute(select(PHOTOS.c.office)).scalar_one() == "八戸"
        assert connection.execute(select(ALERTS.c.office)).scalar_one() == "八戸"
    with pytest.raises(NoSuchResult):
        correct(database, place_of(112.3), 2026, {"crack_pct": 1.0}, ANN, Scope((Place("青森県", "東青"),)))
    correct(database, place_of(112.3), 2026, {"crack_pct": 1.0}, ANN, Scope((Place("青森県", "八戸"),)))
    assert readopt_of_network(database) == 0


def test_broken_off_anywhere_it_goes_on_and_comes_to_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    year_of_four(database)
    keep(database, "new", "八戸")
    monkeypatch.setattr(new_network, "SLICE", 1)

    def die(_seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("time.sleep", die)
        for done in (1, 2):
            with pytest.raises(KeyboardInterrupt):
                readopt_of_network(database)
            assert offices(database).count("八戸") == done
    before = {row["place"]: (row["office"], row["revision"]) for row in adopted(database)}
    assert readopt_of_network(database, breath_s=0) == 1
    changed = [before[row["place"]] for row in adopted(database) if row["revision"] != before[row["place"]][1]]
    assert [office for office, _ in changed] == ["東青"]  # what was done is not done again
    whole = state(database)
    with database.writing() as connection:
        readopt(connection, everything(connection))
    assert state(database) == whole


def test_two_at_once_and_a_drive_meanwhile(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    year_of_four(database)
    keep(database, "new", "八戸")
    monkeypatch.setattr(new_network, "SLICE", 1)
    failed: list[BaseException] = []
    done: list[int] = []

    def work() -> None:
        try:
            done.append(readopt_of_network(database, breath_s=0.01))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    analysed(database, add_drive(database), [segment(112.6), *blocks(112.6)])
    for thread in threads:
        thread.join()
    assert failed == []
    assert sum(done) in (2, 3)  # the drive may have been first with one
    assert offices(database) == ["八戸", "八戸", "東青", "八戸"]


def test_a_road_that_was_given_away_keeps_what_was_measured(database: Database) -> None:
    year_of_four(database)
    correct(database, place_of(112.9), 2026, {"rating": "Ⅱ"}, ANN)  # nobody drove there
    keep(database, "new", "八戸", km=0.5)
    assert readopt_of_network(database) == 4
    assert [(row["from_kp_km"], row["office"]) for row in adopted(database)] == [
        *((112.3, "八戸"), (112.4, "八戸"), (112.5, "東青"), (112.6, "東青"))
    ]
    with database.reading() as connection:
        query = select(ADOPTED.c.place).where(ADOPTED.c.fiscal_year == 2026, ADOPTED.c.from_kp_km == 112.9)
        assert connection.execute(query).all() == []
