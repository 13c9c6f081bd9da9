"""Analyses in the database: the states, claims that fence off, queues, re-analysis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from pavement.analysis_state import Event, State, after, is_final, sources
from pavement.errors import BadInput
from pavement.jobs import enqueue_analysis, progress_of
from pavement.jobs.queue import analyse_again
from pavement.jobs.work import Workplace
from pavement.store import workers
from pavement.store.analyses import (
    BATCH,
    Claim,
    analyses_of,
    cancel,
    change,
    claim,
    fail,
    finish,
    report,
    retry,
    state_of,
    unasked,
    waiting,
)
from pavement.store.columns import new_id
from pavement.store.result_tables import ANALYSES
from pavement.store.tables import DRIVES
from tests.builders import write_jpeg
from tests.jobs.builders import add_drive


@pytest.fixture
def drive(place: Workplace, tmp_path: Path) -> str:
    write_jpeg(tmp_path / "走行" / "frames" / "a.jpg")
    return add_drive(place, tmp_path / "走行")


def a_worker(place: Workplace) -> str:
    name = new_id()
    workers.enter(place.database, name, "here")
    return name


def drive_status(place: Workplace, drive: str) -> Any:
    with place.database.reading() as connection:
        return connection.execute(select(DRIVES.c.status, DRIVES.c.error).where(DRIVES.c.id == drive)).one()


def taken(place: Workplace, drive: str, worker: str | None = None) -> Claim:
    analysis_id = enqueue_analysis(place.database, drive)
    (each,) = [waits for waits in waiting(place.database) if waits.analysis_id == analysis_id]
    held = claim(place.database, each.analysis_id, each.run, worker or a_worker(place))
    assert held is not None
    return held


@given(st.lists(st.sampled_from(Event)))
def test_only_people_bring_an_ended_analysis_back(events: list[Event]) -> None:
    state = State.QUEUED
    for event in events:
        new = after(state, event)
        if is_final(state) and new is not None:
            assert event is Event.RETRY
            assert state is not State.DONE
        assert (state in sources(event)) == (new is not None)
        state = new or state


def test_a_drive_handed_over_twice_has_one_analysis(place: Workplace, drive: str) -> None:
    assert unasked(place.database) == [drive]
    first = enqueue_analysis(place.database, drive)
    assert enqueue_analysis(place.database, drive) == first
    assert unasked(place.database) == []
    assert [each.analysis_id for each in waiting(place.database)] == [first]
    assert progress_of(place.database, drive) == {"status": "queued", "progress": None, "counts": None, "error": None}
    assert progress_of(place.database, "none") is None
    with pytest.raises(BadInput, match="no drive"):
        enqueue_analysis(place.database, "none")
    with pytest.raises(BadInput, match="no queue 'today'"):
        enqueue_analysis(place.database, drive, "today")


def test_progress_is_seen_and_the_drive_follows(place: Workplace, drive: str) -> None:
    held = taken(place, drive)
    assert report(place.database, held, "detect", 100, 400, 1)
    progress = progress_of(place.database, drive)
    assert progress is not None
    assert progress["progress"] == {"stage": "detect", "done": 100, "total": 400}
    assert drive_status(place, drive).status == "running"
    assert fail(place.database, held, "frames/a.jpg: 壊れている\nもう一度送る")
    assert drive_status(place, drive) == ("failed", "frames/a.jpg: 壊れている もう一度送る")


def test_a_worker_taken_for_dead_writes_nothing_more(place: Workplace, drive: str) -> None:
    old = taken(place, drive)
    beats = workers.others(place.database, "me")[old.worker][1]
    assert workers.adopt(place.database, old.worker, beats, lambda: None)
    assert not workers.adopt(place.database, old.worker, beats, lambda: pytest.fail("adopted twice"))
    assert not workers.beat(place.database, old.worker)
    assert claim(place.database, old.analysis_id, 1, old.worker) is None
    new = taken(place, drive)
    assert (new.analysis_id, new.claims, new.tries) == (old.analysis_id, 2, 2)
    assert not report(place.database, old, "detect", 1, 2, 9)
    assert not fail(place.database, old, "late")
    with place.database.writing() as connection:
        assert not finish(connection, old)
        assert finish(connection, new)
    assert state_of(place.database, old.analysis_id) is State.DONE


def test_a_living_worker_is_not_adopted(place: Workplace) -> None:
    worker = a_worker(place)
    (beats,) = (beats for _, beats in workers.others(place.database, "me").values())
    assert workers.beat(place.database, worker)
    assert not workers.adopt(place.database, worker, beats, lambda: pytest.fail("it lives"))


def test_tries_count_only_what_gets_no_further(place: Workplace, drive: str) -> None:
    analysis_id = enqueue_analysis(place.database, drive)
    held = [claim(place.database, analysis_id, 1, a_worker(place)) for _ in range(3)]
    assert [each and each.tries for each in held] == [1, 2, 3]
    assert held[2] is not None
    assert report(place.database, held[2], "read", 1, 9, 1)
    further = claim(place.database, analysis_id, 1, a_worker(place))
    assert further is not None
    assert (further.tries, further.marks) == (1, 1)


def test_cancel_retry_and_again(place: Workplace, drive: str) -> None:
    held = taken(place, drive)
    with pytest.raises(BadInput, match="is being analysed"):
        analyse_again(place.database, drive)
    assert cancel(place.database, held.analysis_id)
    assert not cancel(place.database, held.analysis_id)
    assert not report(place.database, held, "detect", 1, 2, 1)
    assert drive_status(place, drive).status == "cancelled"
    assert retry(place.database, held.analysis_id)
    assert not retry(place.database, held.analysis_id)
    assert claim(place.database, held.analysis_id, 1, a_worker(place)) is None  # the run before
    second = claim(place.database, held.analysis_id, 2, a_worker(place))
    assert second is not None
    with place.database.writing() as connection:
        assert finish(connection, second)
    assert not retry(place.database, held.analysis_id)
    again = analyse_again(place.database, drive, BATCH)
    assert [each["number"] for each in analyses_of(place.database, drive)] == [2, 1]
    assert [(each.analysis_id, each.queue) for each in waiting(place.database)] == [(again, BATCH)]
    with pytest.raises(BadInput, match="no analysis"):
        cancel(place.database, "none")


def test_what_a_dead_worker_left_waits_again(place: Workplace, drive: str) -> None:
    held = taken(place, drive)
    assert waiting(place.database) == []
    workers.leave(place.database, held.worker)
    assert workers.adopt(place.database, held.worker, 0, lambda: None)
    assert [each.analysis_id for each in waiting(place.database)] == [held.analysis_id]


def test_a_change_needs_a_running_analysis(place: Workplace, drive: str) -> None:
    held = taken(place, drive)
    with place.database.writing() as connection:
        connection.execute(update(ANALYSES).values(state=State.CANCELLED))
        assert not change(connection, held, stage="x")
