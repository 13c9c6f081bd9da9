"""Exports over several drives: what is in them, as jobs that survive, and names that people can file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import insert, select, update

from pavement.errors import BadInput
from pavement.export_choice import TITLES, Choice
from pavement.jobs.export_work import FOLDER, work_on_export
from pavement.jobs.make_export import make_export
from pavement.jobs.merged_survey import survey_of
from pavement.jobs.work import Workplace
from pavement.record import Survey
from pavement.road import Direction
from pavement.store import workers
from pavement.store.adopted_rows import count_adopted
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, PHOTO_MARKS
from pavement.store.blobs import Blobs, StoreGone
from pavement.store.columns import utc_now
from pavement.store.exports import MOST_WAITING, TooMany, add_export, exports_of, find_export, waiting_exports
from pavement.store.result_tables import PHOTOS
from pavement.store.scope import EVERYTHING, Place, Scope
from tests.jobs.builders import Processes, add_two_results, make_place, until

WORKER, ME = "w1", "person:1"


@pytest.fixture
def two_drives(place: Workplace, tiny_drive: Path, tiny_result: Path) -> Workplace:
    """See `add_two_results`."""
    workers.enter(place.database, WORKER, "host")
    add_two_results(place, tiny_drive, tiny_result, WORKER)
    return place


@pytest.fixture(scope="module")
def filled(tiny_drive: Path, tiny_result: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The same on SQLite; not to be changed."""
    place = make_place(tmp_path_factory.mktemp("filled") / "data")
    workers.enter(place.database, WORKER, "host")
    add_two_results(place, tiny_drive, tiny_result, WORKER)
    return place


def year_of(place: Workplace) -> int:
    with place.database.reading() as connection:
        return int(connection.execute(select(ADOPTED.c.fiscal_year).limit(1)).scalar_one())


def survey(place: Workplace, **choice: Any) -> Survey:
    return survey_of(place.database, place.blobs, Choice(year_of(place), **choice), EVERYTHING)[0]


def made(place: Workplace, what: str, folder: Path, **choice: Any) -> Path:
    chosen = Choice(year_of(place), **choice)
    return make_export(place.database, place.blobs, what, chosen, EVERYTHING, folder, lambda *_: None)


def test_a_survey_over_two_drives(two_drives: Workplace) -> None:
    place = two_drives
    whole = survey(place)
    assert {segment.direction for segment in whole.segments} == set(Direction)
    assert len({segment.drive for segment in whole.segments}) == 2
    assert len(whole.blocks) > len(whole.segments)
    assert whole.routes[0].lonlat
    assert whole.run["model"]["sha256"]
    assert whole.frames
    numbers = [photo.number for photo in whole.photos]
    assert len(set(numbers)) == len(numbers) > 1
    assert {number for segment in whole.segments for number in segment.photos} <= set(numbers)
    assert len({photo.file for photo in whole.photos}) == len(numbers)
    one = survey(place, direction="上り")
    assert {segment.direction for segment in one.segments} == {Direction.UP}
    assert {photo.direction for photo in one.photos} == {Direction.UP}
    first = whole.segments[0].start.kp_km
    assert len(survey(place, direction="下り", from_kp_km=first, to_kp_km=first + 0.1).segments) == 1
    assert survey(place, route_no="none").segments == []
    assert count_adopted(place.database, Choice(year_of(place)), EVERYTHING) == (len(whole.segments), len(numbers))
    outside = Scope((Place("他県"),))
    assert survey_of(place.database, place.blobs, Choice(year_of(place)), outside)[0].segments == []


def test_effective_values_and_what_people_refused(two_drives: Workplace) -> None:
    place = two_drives
    before = survey(place)
    with place.database.writing() as connection:
        connection.execute(update(ADOPTED).values(crack_pct=33.3, flags="要確認;推定"))
        connection.execute(update(ADOPTED_DEFECTS).values(state="誤検出"))
        photo = connection.execute(select(PHOTOS.c.id).order_by(PHOTOS.c.id).limit(1)).scalar_one()
        row = {"photo_id": photo, "unusable": True, "who": ME, "at": utc_now()}
        connection.execute(insert(PHOTO_MARKS).values(row))
    after = survey(place)
    assert {segment.crack_pct for segment in after.segments} == {33.3}
    assert after.segments[0].flags == ("要確認", "推定")
    assert before.defects
    assert after.defects == []
    assert len(after.photos) == len(before.photos) - 1


def test_form_a_of_two_drives_and_names(filled: Workplace, tmp_path: Path) -> None:
    place = filled
    (road,) = {segment.road for segment in survey(place).segments}
    chosen = {"road_type": road.road_type, "route_no": road.route_no}
    file = made(place, "form-a", tmp_path / "a", **chosen)
    assert file.name.startswith("様式A_")
    assert f"{road.route_no}号_令和" in file.name
    book = openpyxl.load_workbook(file)
    texts = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"上り", "下り"} <= texts
    tables = zipfile.ZipFile(made(place, "form-a-csv", tmp_path / "c", **chosen))
    assert "様式A.csv" in tables.namelist()
    assert made(place, "photo-book", tmp_path / "p", **chosen).read_bytes()[:5] == b"%PDF-"
    names = zipfile.ZipFile(made(place, "images", tmp_path / "i", direction="上り")).namelist()
    assert sum(name.endswith("_marked.jpg") for name in names) == len(survey(place, direction="上り").photos)


@pytest.mark.parametrize(
    "what", [name for name in TITLES if name not in ("form-a", "form-a-csv", "photo-book", "images", "review")]
)
def test_every_other_export_is_made(filled: Workplace, tmp_path: Path, what: str) -> None:
    defects = (survey(filled).defects[0].defect_id,) if what == "repair-request" else ()
    file = made(filled, what, tmp_path / "out", defects=defects)
    assert file.stat().st_size > 500
    assert file.name.startswith(TITLES[what])


def test_nothing_to_export_is_said(filled: Workplace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="この条件に合う"):
        made(filled, "form-a", tmp_path / "a", route_no="none")
    with pytest.raises(BadInput, match="no export"):
        made(filled, "gold", tmp_path / "b")
    with pytest.raises(BadInput, match="needs defects"):
        made(filled, "repair-request", tmp_path / "c")


def test_a_job_from_asking_to_the_file(two_drives: Workplace) -> None:
    place = two_drives
    choice = Choice(year_of(place), direction="下り")
    job = add_export(place.database, ME, "form-a", choice, EVERYTHING)
    assert add_export(place.database, ME, "form-a", choice, EVERYTHING) == job  # asked twice, made once
    assert waiting_exports(place.database) == [(job, 1)]
    assert work_on_export(place, WORKER, job) == "done"
    assert waiting_exports(place.database) == []
    found = find_export(place.database, job, ME)
    assert found is not None
    assert (found.state, found.error) == ("done", None)
    assert found.name is not None
    assert found.name.startswith("様式A_下り_令和")
    assert found.blob_key is not None
    data = place.blobs.read(found.blob_key)
    assert len(data) == found.size
    assert openpyxl.load_workbook(BytesIO(data))
    assert find_export(place.database, job, "person:2") is None
    assert work_on_export(place, WORKER, job) == "nothing to do"
    assert list((place.folder / FOLDER).iterdir()) == []


def test_a_job_that_cannot_be_made_says_why(two_drives: Workplace) -> None:
    place = two_drives
    elsewhere = Scope((Place("他県", "他"),))
    job = add_export(place.database, ME, "form-a", Choice(year_of(place)), elsewhere)
    assert "この条件" in work_on_export(place, WORKER, job)
    (found,) = exports_of(place.database, ME)
    assert found.state == "failed"
    assert found.error is not None
    assert "この条件" in found.error


def test_a_dead_workers_job_is_made_by_another_once(two_drives: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    place = two_drives
    job = add_export(place.database, ME, "csv", Choice(year_of(place)), EVERYTHING)
    put: Callable[..., None] = Blobs.put_file

    def slow(blobs: Blobs, key: str, source: Path) -> None:
        """While it stores its file, the others take the first worker for dead, and the second does the same work."""
        monkeypatch.setattr(Blobs, "put_file", put)
        workers.enter(place.database, "w2", "host")
        workers.adopt(place.database, WORKER, 0, lambda: None)
        assert waiting_exports(place.database) == [(job, 1)]
        assert work_on_export(place, "w2", job) == "done"
        put(blobs, key, source)

    monkeypatch.setattr(Blobs, "put_file", slow)
    assert work_on_export(place, WORKER, job) == "stopped"
    keys = [key for key, _ in place.blobs.list("exports")]
    found = find_export(place.database, job, ME)
    assert found is not None
    assert keys == [found.blob_key]
    assert work_on_export(place, WORKER, job) == "nothing to do"


def test_a_store_that_is_away_is_waited_for(two_drives: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    place = two_drives
    job = add_export(place.database, ME, "national", Choice(year_of(place)), EVERYTHING)
    put, calls = Blobs.put_file, []

    def away(blobs: Blobs, key: str, source: Path) -> None:
        calls.append(key)
        if len(calls) < 3:
            raise StoreGone("away")
        put(blobs, key, source)

    monkeypatch.setattr(Blobs, "put_file", away)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert work_on_export(place, WORKER, job) == "done"
    assert len(calls) == 3


def test_one_person_cannot_fill_the_queue(place: Workplace) -> None:
    for year in range(MOST_WAITING):
        add_export(place.database, ME, "form-a", Choice(2000 + year), EVERYTHING)
    with pytest.raises(TooMany):
        add_export(place.database, ME, "form-a", Choice(2100), EVERYTHING)
    add_export(place.database, "person:2", "form-a", Choice(2100), EVERYTHING)


def test_worker_processes_make_it_though_one_is_killed(filled: Workplace) -> None:
    job = add_export(filled.database, ME, "csv", Choice(year_of(filled), direction="上り"), EVERYTHING)

    def state() -> str:
        found = find_export(filled.database, job, ME)
        return found.state if found else "none"

    with Processes(filled.folder.parent) as processes:
        first = processes.start()
        assert until(lambda: state() in ("running", "done", "failed"), 60), processes.told()
        processes.kill(first)
        processes.start()
        assert until(lambda: state() in ("done", "failed"), 60), processes.told()
        assert state() == "done", processes.told()
    (key,) = [key for key, _ in filled.blobs.list(f"exports/{job}")]
    assert zipfile.ZipFile(BytesIO(filled.blobs.read(key))).testzip() is None
