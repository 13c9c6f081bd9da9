"""Which pass is adopted, and that people's values outlive every new one; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from pavement.errors import BadInput
from pavement.place import place_id
from pavement.rating import Rules
from pavement.review.adoption import AdoptionRule
from pavement.road import RoadKey
from pavement.store.adopted import everything, readopt, store_rules
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, DEFECT_STATES
from pavement.store.alerts import Moment, find_alert, note_alert
from pavement.store.columns import utc_now
from pavement.store.corrections import accept, correct, lock, undo, unlock
from pavement.store.database import Database, migrate
from pavement.store.defect_states import change_defect, draw_defect
from pavement.store.earlier import adopt_earlier
from pavement.store.history import history_of, history_of_defect
from pavement.store.photo_marks import mark_photo
from pavement.store.result_tables import ALERTS, DEFECTS, PHOTOS, SEGMENTS
from pavement.store.revision import read_revision
from pavement.store.subjects import Locked
from tests.store.results_builders import (
    DAY,
    WHOSE,
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

PLACE = place_id("segment", RoadKey("一般国道", "4", "000", "現道"), "下り", 112.3)
ANN = "person:ann"


@pytest.fixture
def database(open_empty: Callable[[], Database]) -> Database:
    made = open_empty()
    migrate(made)
    return made


def test_a_pass_is_adopted_with_its_blocks_when_its_results_are_written(database: Database) -> None:
    before = read_revision(database)
    drive = add_drive(database)
    analysis = analysed(database, drive, [segment(), *blocks()], [pothole()])
    (row,) = adopted(database)
    assert (row["place"], row["drive_id"], row["analysis_id"]) == (PLACE, drive, analysis)
    assert (row["crack_pct"], row["machine"], row["corrected"]) == (12.0, None, None)
    assert [each["segment_place"] for each in adopted(database, "block")] == [PLACE] * 5
    assert [each["state"] for each in adopted_defects(database)] == ["未確認"]
    assert read_revision(database) > before


def test_the_better_pass_of_the_year_is_adopted_and_another_year_has_its_own(database: Database) -> None:
    good = analysed(database, add_drive(database), [segment(crack_pct=10.0), *blocks(crack_pct=10.0)])
    poor = segment(
        crack_pct=50.0, coverage_pct=30.0, flags="要確認;有効測定率不足;推定", surveyed_on=DAY + timedelta(9)
    )
    analysed(database, add_drive(database), [poor, *blocks(crack_pct=50.0)])
    assert {each["analysis_id"] for each in (*adopted(database), *adopted(database, "block"))} == {good}
    later = analysed(database, add_drive(database), [segment(surveyed_on=DAY + timedelta(30)), *blocks()])
    assert {each["analysis_id"] for each in (*adopted(database), *adopted(database, "block"))} == {later}
    analysed(database, add_drive(database), [segment(surveyed_on=date(2027, 7, 1))])
    assert [len(adopted(database, year=year)) for year in (2026, 2027)] == [1, 1]


def test_a_new_analysis_takes_the_place_of_the_drives_earlier_one(database: Database) -> None:
    drive = add_drive(database)
    analysed(database, drive, [segment(), *blocks(), segment(112.4)], [pothole()])
    analysed(database, drive, [segment(crack_pct=30.0)], again=True)
    assert [(row["from_kp_km"], row["crack_pct"]) for row in adopted(database)] == [(112.3, 30.0)]
    assert adopted(database, "block") == []
    assert adopted_defects(database) == []


def test_no_new_analysis_touches_what_people_decided(database: Database) -> None:
    drive = add_drive(database)
    analysed(database, drive, [segment(potholes=2), *blocks()], [pothole(), pothole(defect_id="h2")], [photo()])
    correct(database, PLACE, 2026, {"crack_pct": 25.0}, ANN, comment="現地で測った")
    change_defect(database, "h1", {"state": "誤検出"}, ANN)
    change_defect(database, "h2", {"state": "応急補修済", "depth_mm": 40}, ANN)
    mark_photo(database, photo_ids(database)[0], True, ANN)
    drawn = draw_defect(database, photo_ids(database)[0], [0.1, 0.5, 0.2, 0.2], {"category": "pothole"}, ANN)
    (row,) = adopted(database)
    assert (row["crack_pct"], row["rating"], row["potholes"]) == (25.0, "Ⅱ", 2)  # 2 - 1 + 1
    assert row["machine"]["crack_pct"] == 12.0

    holes = [pothole(), pothole(defect_id="h2"), pothole(defect_id="h3")]
    newer = analysed(
        database, drive, [segment(crack_pct=14.0, potholes=3)], holes, [photo(analysis="b")], again=True, model="3" * 64
    )
    (row,) = adopted(database)
    assert (row["analysis_id"], row["crack_pct"], row["machine"]["crack_pct"]) == (newer, 25.0, 14.0)
    assert row["corrected"]["crack_pct"]["value"] == 25.0
    assert row["corrected"]["crack_pct"]["by"] == ANN
    assert "要確認" in row["flags"]  # the machine measured anew: does the value still hold?
    assert row["potholes"] == 3  # 3 - 1 + 1
    states = {each["defect_id"]: (each["state"], each["depth_mm"]) for each in adopted_defects(database)}
    assert states == {"h1": ("誤検出", None), "h2": ("応急補修済", 40), "h3": ("未確認", None), drawn: ("未確認", None)}
    assert photo_ids(database) == ["a-P01", "b-P01"]

    accept(database, PLACE, 2026, ANN)
    (row,) = adopted(database)
    assert "要確認" not in row["flags"]
    analysed(database, add_drive(database), [segment(surveyed_on=DAY + timedelta(30))])
    (row,) = adopted(database)
    assert (row["crack_pct"], "要確認" in row["flags"], row["accepted_by"]) == (25.0, True, None)


def test_a_locked_segment_is_replaced_by_no_pass_until_it_is_unlocked(database: Database) -> None:
    drive = add_drive(database)
    first = analysed(database, drive, [segment(potholes=1), *blocks()], [pothole()])
    lock(database, PLACE, 2026, ANN)
    newer = analysed(database, drive, [segment(crack_pct=33.0), *blocks(crack_pct=33.0)], [pothole()], again=True)
    later = segment(crack_pct=44.0, surveyed_on=DAY + timedelta(30))
    last = analysed(database, add_drive(database), [later])
    rows = [*adopted(database), *adopted(database, "block")]
    assert {(each["analysis_id"], each["locked_by"]) for each in rows} == {(first, ANN)}
    with pytest.raises(Locked):
        correct(database, PLACE, 2026, {"rut_mm": 3}, ANN)
    with pytest.raises(Locked):
        correct(database, rows[1]["place"], 2026, {"rut_mm": 3}, ANN)
    with pytest.raises(Locked):
        change_defect(database, "h1", {"state": "誤検出"}, ANN)
    change_defect(database, "h1", {"state": "応急補修済"}, ANN)  # the row stays as it is
    with pytest.raises(Locked):
        lock(database, PLACE, 2026, ANN)
    unlock(database, PLACE, 2026, ANN)
    (row,) = adopted(database)
    assert (row["analysis_id"], row["crack_pct"], row["locked_at"]) == (last, 44.0, None)
    assert newer != last


def test_undoing_brings_back_what_held_before(database: Database) -> None:
    analysed(database, add_drive(database), [segment(potholes=1)], [pothole()], [photo()])

    correct(database, PLACE, 2026, {"rut_mm": 25.0}, ANN)
    correct(database, PLACE, 2026, {"rut_mm": 45.0}, ANN)
    change_defect(database, "h1", {"state": "誤検出"}, ANN)
    seen = []
    for entry in history_of(database, PLACE, 2026):
        seen.append((adopted(database)[0]["rut_mm"], adopted(database)[0]["rating"], adopted(database)[0]["potholes"]))
        undo(database, entry["id"], "person:bob")
    (row,) = adopted(database)
    seen.append((row["rut_mm"], row["rating"], row["potholes"]))
    assert seen == [(45.0, "Ⅲ", 0), (45.0, "Ⅲ", 1), (25.0, "Ⅱ", 1), (8.0, None, 1)]
    assert (row["machine"], row["corrected"]) == (None, None)
    history = history_of(database, PLACE, 2026)
    assert {entry["undone_by"] for entry in history} == {"person:bob"}
    with pytest.raises(BadInput, match="undone already"):
        undo(database, history[0]["id"], ANN)


def test_results_of_an_older_version_are_placed_and_adopted_once(database: Database) -> None:
    analysed(database, add_drive(database), [segment(), *blocks()], [pothole()], [photo()])
    before = [adopted(database), adopted(database, "block"), adopted_defects(database)]
    with database.writing() as connection:  # as migration 0004 finds them
        for table in (SEGMENTS, PHOTOS):
            connection.execute(update(table).values(segment_place=None, fiscal_year=None))
        connection.execute(update(SEGMENTS).values(place=None))
        connection.execute(update(DEFECTS).values(segment_place=None, fiscal_year=None, seen_on=None))
        for table in (ADOPTED, ADOPTED_DEFECTS):
            connection.execute(delete(table))
    assert [adopt_earlier(database), adopt_earlier(database)] == [1, 0]
    after = [adopted(database), adopted(database, "block"), adopted_defects(database)]
    for rows in (*before, *after):
        for row in rows:
            del row["revision"]
    assert after == before


def test_a_lock_set_while_a_drive_is_written_is_never_lost(database: Database) -> None:
    """Locking and adopting at the same moment: either the old row is 確定, or the new one; never a free one."""
    analysed(database, add_drive(database), [segment()])
    drives = [add_drive(database) for _ in range(4)]
    failed: list[Exception] = []

    def write(drive: str, day: int) -> None:
        try:
            analysed(database, drive, [segment(surveyed_on=DAY + timedelta(day), crack_pct=float(day))])
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(drive, day)) for day, drive in enumerate(drives, start=1)]
    for thread in threads:
        thread.start()
    lock(database, PLACE, 2026, ANN)
    (locked,) = adopted(database)
    for thread in threads:
        thread.join()
    assert failed == []
    assert adopted(database) == [locked]
    assert locked["locked_by"] == ANN


def test_the_sharper_pass_is_adopted_and_one_of_which_it_is_not_known_only_before_a_soft_one(
    database: Database,
) -> None:
    unknown = analysed(database, add_drive(database), [segment()])
    analysed(database, add_drive(database), [segment(sharpness=0.65, surveyed_on=DAY + timedelta(20))])
    assert {row["analysis_id"] for row in adopted(database)} == {unknown}
    sharp = analysed(database, add_drive(database), [segment(sharpness=0.9, surveyed_on=DAY + timedelta(1))])
    assert {row["analysis_id"] for row in adopted(database)} == {sharp}
    by_date = store_rules(Rules(), AdoptionRule(order=("date",)))
    with database.writing() as connection:
        readopt(connection, everything(connection), by_date)  # the office's own rule
    assert [row["surveyed_on"] for row in adopted(database)] == [DAY + timedelta(20)]


def test_what_is_noted_of_an_alert_is_the_state_of_its_defect_too(database: Database) -> None:
    analysis = analysed(database, add_drive(database), [segment(potholes=1)], [pothole()])
    with database.writing() as connection:
        row = {"defect_id": "h1", "analysis_id": analysis, "facts": {}, "found_at": utc_now(), **WHOSE}
        connection.execute(insert(ALERTS).values(**row))

    def now() -> tuple[str, datetime | None, datetime | None]:
        alert = find_alert(database, "h1")
        assert alert is not None
        with database.reading() as connection:
            query = select(DEFECT_STATES.c.patched_at).where(DEFECT_STATES.c.defect_id == "h1")
            patched = connection.execute(query).scalar_one_or_none()
        assert patched == alert.patched_at
        return adopted_defects(database)[0]["state"], alert.confirmed_at, alert.patched_at

    noon = datetime(2026, 7, 2, 3, tzinfo=UTC)
    note_alert(database, "h1", Moment.CONFIRMED, ANN, noon)
    assert now() == ("経過観察", noon, None)
    for at in (noon + timedelta(hours=1), noon + timedelta(hours=2)):  # the second corrects the first
        note_alert(database, "h1", Moment.PATCHED, ANN, at)
        assert now() == ("応急補修済", noon, at)
    note_alert(database, "h1", Moment.CONFIRMED, ANN, noon + timedelta(hours=3))
    assert now()[0] == "応急補修済"  # what is further on stays
    newest = [each["id"] for each in history_of_defect(database, "h1") if each["value"] == "応急補修済"]
    for correction in newest:
        undo(database, correction, ANN)
    assert now() == ("経過観察", noon + timedelta(hours=3), None)
    change_defect(database, "h1", {"state": "誤検出"}, ANN)
    note_alert(database, "h1", Moment.CONFIRMED, ANN)
    assert now()[0] == "誤検出"  # it was looked at
    note_alert(database, "h1", Moment.REPAIRED, ANN)
    assert now()[0] == "本補修済"
