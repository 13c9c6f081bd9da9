"""What waits for a worker: refused, cancelled, analysed again; the day's patrol first."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from pavement.jobs import progress_of
from pavement.jobs.queue import analyse_again
from pavement.store.analyses import BATCH, add_analysis, analyses_of, cancel
from pavement.store.networks import keep_network
from pavement.store.result_tables import ANALYSES
from tests.jobs.builders import Processes, add_drive, all_done, found, make_place, states, until


def test_refused_waiting_cancelled_and_again(quick_drive: Path, tmp_path: Path, calm: dict[str, object]) -> None:
    place = make_place(tmp_path / "data")
    empty = tmp_path / "空"
    empty.mkdir()
    (empty / "メモ.txt").write_text("写真なし", encoding="utf-8")
    broken = add_drive(place, empty)
    good = add_drive(place, quick_drive)
    stopped = add_drive(place, quick_drive)
    assert cancel(place.database, add_analysis(place.database, stopped))
    with Processes(tmp_path / "data") as processes:
        process = processes.start()
        assert until(lambda: "no network" in str(progress_of(place.database, broken) or ""), 60), processes.told()
        keep_network(place.database, place.blobs, quick_drive / "network.gpkg")
        assert until(lambda: all_done(place.database, [good])), processes.told()
        assert until(lambda: states(place.database)[broken] == "failed"), processes.told()
        analyse_again(place.database, good, BATCH)
        assert until(lambda: len(analyses_of(place.database, good)) == 2 and all_done(place.database, [good]))
        assert process.stdin is not None
        process.stdin.close()  # its parent has ended
        assert process.wait(10) == 0
    assert states(place.database)[stopped] == "cancelled"
    result = found(place)[good]
    assert result.pop("analyses") == 2
    assert result == {name: value for name, value in calm.items() if name != "analyses"}
    assert list((tmp_path / "data" / "work").glob("*.*")) == []
    place.database.close()


def test_patrol_goes_before_the_yearly_batch(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drives = [add_drive(place, quick_drive) for _ in range(3)]
    for drive, queue in zip(drives, (BATCH, BATCH, "patrol"), strict=True):
        add_analysis(place.database, drive, queue)
    with Processes(tmp_path / "data") as processes:
        processes.start()
        assert until(lambda: all_done(place.database, drives)), processes.told()
    with place.database.reading() as connection:
        order = connection.execute(select(ANALYSES.c.drive_id).order_by(ANALYSES.c.started_at)).scalars().all()
        assert connection.execute(select(func.count()).select_from(ANALYSES)).scalar_one() == 3
    assert order.index(drives[2]) <= 1  # the first may be taken before the others are handed over
    assert order[-1] in drives[:2]
    place.database.close()
