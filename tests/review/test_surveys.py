"""A survey vehicle's file in the store: adopted where there is no pass, once, and compared with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pavement.cli import main
from pavement.earlier.reading import read_vehicle_survey
from pavement.review.change import Verdict
from pavement.review.review import make_review
from pavement.store.adopted import readopt
from pavement.store.adopted_tables import ADOPTED
from pavement.store.database import Database, migrate, open_database
from pavement.store.review_data import read_material
from pavement.store.survey_tables import SURVEY_SECTIONS, SURVEYS
from pavement.store.surveys import keep_survey, known_roads, survey_keys
from tests.review.builders import Filled, fill_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Database, Filled]]:
    database = open_database(f"sqlite:///{(tmp_path / 'pavement.sqlite').as_posix()}")
    migrate(database)
    filled = fill_store(database, roads=4, km=1.0, passes=1)
    yield database, filled
    database.close()


def file_of(filled: Filled, metres: int, more: float = 0.0) -> bytes:
    lines = ["道路種別,路線番号,上下,距離標(自),距離標(至),ひび割れ率(%),わだち掘れ量(mm),IRI,測定年月日"]
    b = filled.blocks
    step = metres // 20
    for k in range(0, len(b), step):
        road, kp, way = b.roads[b.road[k]], float(b.from_kp_km[k]), "上り" if b.up[k] else "下り"
        crack = float(filled.then.crack_pct[k : k + step].mean()) + more
        lines.append(
            f"{road.road_type},{road.route_no}号,{way},{kp:.3f},{kp + metres / 1000:.3f},{crack:.2f},5,2.0,R3.10.5"
        )
    return "\r\n".join(lines).encode("cp932")


def count(database: Database, table: object = SURVEY_SECTIONS) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def keep(database: Database, data: bytes, year: int = 2021) -> None:
    keep_survey(database, read_vehicle_survey(data, "R3.csv", known_roads(database), year=year), year)


def test_twice_is_once_and_a_pass_goes_before(store: tuple[Database, Filled]) -> None:
    database, filled = store
    keep(database, file_of(filled, 20))
    first = count(database)
    keep(database, file_of(filled, 20))
    assert count(database) == first == len(filled.blocks) * 6 / 5
    assert count(database, SURVEYS) == 1
    keep(database, file_of(filled, 20, more=1.0))
    assert count(database) == first
    with database.reading() as connection:
        row = connection.execute(select(ADOPTED).where(ADOPTED.c.fiscal_year == 2021).limit(1)).one()
    assert "測定車" in row.flags
    assert (row.drive_id, row.potholes, row.coverage_pct) == (None, None, pytest.approx(100))
    with database.writing() as connection:
        assert {year for year, _ in survey_keys(connection)} == {2021}
        readopt(connection, survey_keys(connection))  # adopted again: still there
    material = read_material(database, 2021)
    assert material.segment_years[-1].inspected.all()


@pytest.mark.parametrize(("metres", "level"), [(20, 0.02), (100, 0.1)])
def test_the_first_year_has_something_to_compare_with(
    store: tuple[Database, Filled], metres: int, level: float
) -> None:
    database, filled = store
    with database.writing() as connection:
        connection.execute(ADOPTED.delete().where(ADOPTED.c.fiscal_year == 2025))
    keep(database, file_of(filled, metres))
    review = make_review(read_material(database, 2026))
    assert review.before is not None
    assert review.before.fiscal_year == 2021
    assert review.change is not None
    assert (review.blocks.to_kp_km[0] - review.blocks.from_kp_km[0]) == pytest.approx(level)
    assert (review.change.verdict != Verdict.NOT_COMPARED).sum() > 0.8 * len(review.blocks)


def test_from_the_command_line(
    tmp_path: Path, store: tuple[Database, Filled], capsys: pytest.CaptureFixture[str]
) -> None:
    _, filled = store
    file = tmp_path / "R3.csv"
    file.write_bytes(file_of(filled, 20) + "\r\n一般国道,99号,下り,0,0.02,1,1,1,R3.10.5".encode("cp932"))
    main(["import", "survey", str(file), "--year", "2021", "--data", str(tmp_path)])
    said = capsys.readouterr().out
    for words in ("推測: 列「路線番号」", "使えない行: 路線が路線網にない 1 行", "採用: 100 m 区間 80"):
        assert words in said
    out = tmp_path / "checked"
    main(["evaluate", "survey", "--data", str(tmp_path), "--year", "2025", "--against", str(file), "--out", str(out)])
    said = capsys.readouterr().out
    assert "検出率" in said
    assert (out / "bland-altman-crack_pct.svg").is_file()
    assert main(["import", "survey", str(file), "--year", "2021"]) == 2
