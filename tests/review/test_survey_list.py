"""Taking an imported survey back: what stood before stands again, its 精度確認 decide nothing, 確定 stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pavement.cli import main
from pavement.earlier.reading import read_vehicle_survey
from pavement.store import survey_list
from pavement.store.adopted_tables import ADOPTED
from pavement.store.audit import entries_of
from pavement.store.corrections import correct, lock, unlock
from pavement.store.database import Database, migrate, open_database
from pavement.store.scope import EVERYTHING, Place, Scope
from pavement.store.subjects import Locked, NoSuchResult
from pavement.store.survey_checks import keep_check, list_checks
from pavement.store.survey_list import NotAllOfIt, delete_survey, list_surveys
from pavement.store.survey_tables import SURVEY_SECTIONS, SURVEYS
from pavement.store.surveys import keep_survey, known_roads
from tests.api.builders import server
from tests.review.builders import OFFICES, Filled, fill_store
from tests.review.test_surveys import file_of
from tests.store.conftest import open_empty, url

__all__ = ["open_empty", "url"]  # fixtures: both databases
ANN = "person:ann"
WHOLE = Scope((Place("青森県"),))


@pytest.fixture
def store(open_empty: Callable[[], Database]) -> tuple[Database, Filled]:
    database = open_empty()
    migrate(database)
    return database, fill_store(database, roads=3, km=1.0, passes=1)


def keep(database: Database, filled: Filled, more: float = 0.0, year: int = 2021) -> str:
    data = file_of(filled, 20, more)
    survey = read_vehicle_survey(data, "R3.csv", known_roads(database), year=year)
    keep_survey(database, survey, year)
    return f"{year}-{survey.sha256[:32]}"


def adopted_of(database: Database, year: int = 2021) -> dict[str, float | None]:
    columns = ADOPTED.c.place, ADOPTED.c.crack_pct
    query = select(*columns).where(ADOPTED.c.fiscal_year == year, ADOPTED.c.level == "segment")
    with database.reading() as connection:
        return {row.place: row.crack_pct for row in connection.execute(query)}


def check(database: Database, identity: str) -> str:
    with database.reading() as connection:
        sha = connection.execute(select(SURVEYS.c.sha256).where(SURVEYS.c.id == identity)).scalar_one()
    verdicts = {"crack_pct": {"passed": True}}
    return keep_check(database, ANN, "青森県", 2026, ("R3.csv", sha), verdicts, {}, counts=True)


def test_what_it_stood_for_is_gone_and_its_checks_with_it(store: tuple[Database, Filled]) -> None:
    database, filled = store
    identity = keep(database, filled)
    (listed,) = list_surveys(database, WHOLE)
    assert (listed["id"], listed["segments"], listed["adopted"]) == (identity, 60, 60)
    assert (listed["blocks"], listed["managers"]) == (300, ["青森県"])
    held, other = check(database, identity), keep_check(database, ANN, None, 2026, ("b", "f"), {}, {}, counts=True)
    place = next(iter(adopted_of(database)))
    correct(database, place, 2021, {"crack_pct": 33.0}, ANN)
    assert delete_survey(database, identity, ANN, WHOLE) == {"segments": 60, "checks": 1}
    assert adopted_of(database) == {place: 33.0}  # a person's word stands without a measurement
    assert list_surveys(database) == []
    shown = {each["id"]: each for each in list_checks(database, EVERYTHING)}
    assert (shown[held]["undone_by"], shown[other]["undone_at"]) == (ANN, None)
    assert "R3.csv" in shown[held]["undone_why"]
    (line,) = entries_of(database, identity)[-1:]
    assert (line.what, line.detail) == ("survey.delete", {"name": "R3.csv", "segments": 60, "checks": 1})
    with pytest.raises(NoSuchResult):
        delete_survey(database, identity, ANN)


def test_other_years_are_not_touched(store: tuple[Database, Filled]) -> None:
    database, filled = store
    before = adopted_of(database, 2026)
    identity = keep(database, filled, year=2024)
    delete_survey(database, identity, ANN)
    assert adopted_of(database, 2026) == before
    assert adopted_of(database, 2024) == {}


def test_broken_off_it_goes_on(store: tuple[Database, Filled], monkeypatch: pytest.MonkeyPatch) -> None:
    database, filled = store
    identity = keep(database, filled)
    monkeypatch.setattr(survey_list, "SLICE", 25)
    slices = 0

    def die(*arguments: Any) -> None:
        nonlocal slices
        slices += 1
        if slices == 2:
            raise KeyboardInterrupt
        drop(*arguments)

    drop = survey_list._drop
    with monkeypatch.context() as dying:
        dying.setattr(survey_list, "_drop", die)
        with pytest.raises(KeyboardInterrupt):
            delete_survey(database, identity, ANN)
    (listed,) = list_surveys(database)
    assert listed["segments"] == listed["adopted"] == len(adopted_of(database)) == 35
    assert delete_survey(database, identity, ANN)["segments"] == 35
    assert (adopted_of(database), list_surveys(database)) == ({}, [])
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(SURVEY_SECTIONS)).scalar_one() == 0


def test_who_may_and_what_is_signed_stays(store: tuple[Database, Filled]) -> None:
    database, filled = store
    identity = keep(database, filled)
    for scope, refusal in ((Scope((Place("市"),)), NoSuchResult), (Scope((Place("青森県", OFFICES[0]),)), NotAllOfIt)):
        with pytest.raises(refusal):
            delete_survey(database, identity, ANN, scope)
    place = next(iter(adopted_of(database)))
    lock(database, place, 2021, ANN)
    with pytest.raises(Locked, match="1 sections"):
        delete_survey(database, identity, ANN)
    assert len(adopted_of(database)) == 60
    unlock(database, place, 2021, ANN)
    assert delete_survey(database, identity, ANN)["segments"] == 60


def test_a_check_stays_while_the_file_is_imported_for_another_year(store: tuple[Database, Filled]) -> None:
    database, filled = store
    first, second = keep(database, filled), keep(database, filled, year=2022)
    check(database, first)
    assert delete_survey(database, first, ANN)["checks"] == 0
    assert delete_survey(database, second, ANN)["checks"] == 1


def test_over_http(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        database = running.service.database
        filled = fill_store(database, roads=3, km=1.0, passes=1)
        identity = keep(database, filled)
        staff, north = running.person("staff", "staff"), running.person("north", "admin", "青森県", OFFICES[0])
        (listed,) = staff.get("/surveys").json()["items"]
        assert listed["id"] == identity
        assert north.get("/surveys").json()["items"][0]["segments"] == 20  # of its own roads
        assert staff.request("DELETE", f"/surveys/{identity}").status_code == 403
        assert north.request("DELETE", f"/surveys/{identity}").status_code == 403
        city = running.person("city", "admin", "市", None)
        assert city.get("/surveys").json()["items"] == []
        assert city.request("DELETE", f"/surveys/{identity}").status_code == 404
        place = next(iter(adopted_of(database)))
        lock(database, place, 2021, ANN)
        chief = running.person("chief", "admin", "青森県", None)
        assert chief.request("DELETE", f"/surveys/{identity}").status_code == 409
        unlock(database, place, 2021, ANN)
        answer = chief.request("DELETE", f"/surveys/{identity}")
        assert answer.json() == {"id": identity, "segments": 60, "checks": 0}
        assert entries_of(database, identity)[-1].who.startswith("person:")


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = open_database(f"sqlite:///{(tmp_path / 'pavement.sqlite').as_posix()}")
    migrate(database)
    identity = keep(database, fill_store(database, roads=3, km=1.0, passes=1))
    database.close()
    data = ["--data", str(tmp_path)]
    assert main(["survey", "list", *data]) == 0
    said = capsys.readouterr().out
    assert identity in said
    assert "100 m 区間 60（うち採用 60）" in said
    assert main(["survey", "delete", identity, *data]) == 0
    assert "100 m 区間 60" in capsys.readouterr().out
    assert main(["survey", "delete", identity, *data]) == 2
    assert "survey list" in capsys.readouterr().err
    assert main(["survey", "list", *data]) == 0
    assert "ありません" in capsys.readouterr().out
