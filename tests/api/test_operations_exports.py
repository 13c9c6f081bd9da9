"""Downloads: at once where they are small, as jobs where they are not; only of the asker's roads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from sqlalchemy import select, update

from api.routes import exports
from pavement.export_choice import TITLES
from pavement.jobs.export_work import work_on_export
from pavement.jobs.work import Workplace
from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS
from pavement.store.tables import DEVICES
from tests.api.builders import Server, server
from tests.jobs.builders import add_two_results, make_place

OFFICE = ("青森県", "東青")


@pytest.fixture(scope="module")
def filled(tiny_drive: Path, tiny_result: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = make_place(tmp_path_factory.mktemp("exports") / "data")
    workers.enter(place.database, "w", "host")
    add_two_results(place, tiny_drive, tiny_result, "w")
    names = {"manager": OFFICE[0], "office": OFFICE[1]}
    with place.database.writing() as connection:
        for table in (ADOPTED, ADOPTED_DEFECTS, DEVICES):
            connection.execute(update(table).values(names))
    return place


@pytest.fixture
def running(filled: Workplace) -> Iterator[Server]:
    with server(filled.folder.parent) as made:
        yield made


def facts(place: Workplace) -> tuple[int, str, str]:
    """年度, a drive, a defect."""
    with place.database.reading() as connection:
        row = connection.execute(select(ADOPTED.c.fiscal_year, ADOPTED.c.drive_id).limit(1)).one()
        defect = connection.execute(select(ADOPTED_DEFECTS.c.defect_id).limit(1)).scalar_one()
        return row.fiscal_year, row.drive_id, defect


def name_of(answer: httpx.Response) -> str:
    return unquote(answer.headers["content-disposition"].rpartition("''")[2])


def test_a_sheet_over_two_drives_at_once(running: Server, filled: Workplace) -> None:
    year, _, _ = facts(filled)
    staff = running.person("a", "staff", *OFFICE)
    answer = staff.get(f"/exports/form-a?year={year}&direction=上り")
    assert answer.status_code == 200, answer.text
    assert name_of(answer).startswith("様式A_上り_令和")
    assert name_of(answer).endswith("年度.xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["x-content-type-options"] == "nosniff"
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    assert "上り" in {cell.value for row in sheet.iter_rows() for cell in row}
    assert list(filled.folder.parent.glob(".export-*")) == []  # nothing is left behind
    with filled.database.reading() as connection:
        place = connection.execute(select(ADOPTED.c.place).where(ADOPTED.c.level == "segment").limit(1)).scalar_one()
    chosen = staff.get(f"/exports/csv?year={year}&place={place}")
    assert "選択1区間" in name_of(chosen)
    tables = zipfile.ZipFile(BytesIO(chosen.content))
    assert len(tables.read("segments.csv").decode().splitlines()) == 2


def test_what_is_refused(running: Server, filled: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    year, drive, defect = facts(filled)
    staff, elsewhere = running.person("b", "staff", *OFFICE), running.person("c", "staff", "青森県", "中南")
    patrol = running.person("d", "patrol", *OFFICE)
    assert elsewhere.get(f"/exports/form-a?year={year}").status_code == 404
    assert elsewhere.get(f"/exports/form-a?drive={drive}").status_code == 404
    assert patrol.get(f"/exports/form-a?year={year}").status_code == 403
    assert running.phone("x").get(f"/exports/form-a?year={year}").status_code == 403
    for query, status in (("", 422), (f"?year={year}&route_no=none", 404), ("?year=1", 422), ("?drive=x", 404)):
        assert staff.get(f"/exports/form-a{query}").status_code == status
    assert staff.get(f"/exports/gold?year={year}").status_code == 404
    assert staff.get(f"/exports/run?year={year}").status_code == 404
    assert staff.get(f"/exports/pmtiles?year={year}").status_code == 409  # always a job
    assert staff.get(f"/exports/repair-request?year={year}").status_code == 422
    assert staff.get(f"/exports/repair-request?year={year}&defect={defect}").status_code == 200
    monkeypatch.setattr("pavement.export_choice.MOST_ROWS_AT_ONCE", 1)
    large = staff.get(f"/exports/form-a?year={year}")
    assert large.status_code == 409
    assert "POST /exports" in large.json()["detail"]


def test_of_one_drive_as_it_was_analysed(running: Server, filled: Workplace) -> None:
    _, drive, _ = facts(filled)
    staff = running.person("e", "patrol", *OFFICE)
    tables = zipfile.ZipFile(BytesIO(staff.get(f"/exports/csv?drive={drive}").content))
    assert set(tables.namelist()) == {"segments.csv", "blocks.csv", "frames.csv", "defects.csv"}
    assert staff.get(f"/exports/report?drive={drive}").headers["content-type"].startswith("text/html")
    assert staff.get(f"/exports/pmtiles?drive={drive}").status_code == 404


def test_a_job_from_asking_to_the_file(running: Server, filled: Workplace) -> None:
    year, _, _ = facts(filled)
    staff, other = running.person("f", "staff", *OFFICE), running.person("g", "staff", *OFFICE)
    asked: dict[str, Any] = {"what": "photo-book", "year": year, "direction": "下り"}
    answer = staff.post("/exports", asked)
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    assert staff.post("/exports", asked).json()["id"] == job
    assert staff.get(f"/exports/jobs/{job}").json()["state"] == "queued"
    assert staff.get(f"/exports/jobs/{job}/file").status_code == 409
    assert work_on_export(filled, "w", job) == "done"
    about = staff.get(f"/exports/jobs/{job}").json()
    assert (about["state"], about["choice"]) == ("done", {"year": year, "direction": "下り"})
    assert about["name"].startswith("画像集_下り_令和")
    file = staff.get(f"/exports/jobs/{job}/file")
    assert file.content[:5] == b"%PDF-"
    assert len(file.content) == about["size"] == int(file.headers["content-length"])
    assert name_of(file) == about["name"]
    assert [row["id"] for row in staff.get("/exports").json()["items"]] == [job]
    assert other.get("/exports").json()["items"] == []
    assert other.get(f"/exports/jobs/{job}").status_code == 404
    assert other.get(f"/exports/jobs/{job}/file").status_code == 404
    for bad in ({"what": "gold", "year": year}, {"what": "csv"}, {"what": "csv", "year": year, "places": ["x"]}):
        assert staff.post("/exports", bad).status_code == 422
    assert staff.post("/exports", {"what": "repair-request", "year": year}).status_code == 422
    assert running.person("h", "patrol", *OFFICE).post("/exports", asked).status_code == 403


def test_every_title_can_be_asked_for() -> None:
    for what in TITLES:
        assert exports.Asked(what=what, year=2026).what == what  # type: ignore[arg-type]
