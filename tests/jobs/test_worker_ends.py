"""Worker processes that hang, crash or break off: a clear state, and the others go on."""

from __future__ import annotations

from pathlib import Path

from pavement.jobs import progress_of
from pavement.jobs.worker import HUNG
from pavement.store.analyses import analyses_of, retry
from tests.jobs.builders import Processes, add_drive, all_done, make_place, states, until


def test_a_hanging_step_ends_in_a_clear_state(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drive = add_drive(place, quick_drive)
    with Processes(tmp_path / "data", settings=("stall_s=3",)) as processes:
        for _ in range(4):
            process = processes.start("hang")
            assert until(lambda: process.poll() is not None or states(place.database).get(drive) == "failed", 60)  # noqa: B023
            if states(place.database).get(drive) == "failed":
                break
            processes.kill(process)
        report = progress_of(place.database, drive)
        assert report is not None
        assert report["status"] == "failed"
        assert "進みませんでした" in str(report["error"])
    assert retry(place.database, str(analyses_of(place.database, drive)[0]["id"]))
    with Processes(tmp_path / "data") as sound:
        sound.start()
        assert until(lambda: all_done(place.database, [drive])), sound.told()
    place.database.close()


def test_a_drive_that_takes_workers_down_fails_and_others_go_on(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drive = add_drive(place, quick_drive)
    with Processes(tmp_path / "data", settings=("tries=1", "dead_after_s=1")) as processes:
        for _ in range(6):
            process = processes.start("die")
            assert until(lambda: process.poll() is not None or states(place.database).get(drive) == "failed", 60)  # noqa: B023
            if states(place.database).get(drive) == "failed":
                break
            processes.kill(process)
    report = progress_of(place.database, drive)
    assert report is not None
    assert "続けて異常終了しました" in str(report["error"]), processes.told()
    place.database.close()


def test_what_nobody_foresaw_leaves_the_drive_to_another_process(quick_drive: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "data", network=quick_drive / "network.gpkg")
    drive = add_drive(place, quick_drive)
    with Processes(tmp_path / "data") as processes:
        odd = processes.start("odd")
        assert odd.wait(60) == HUNG
        assert states(place.database)[drive] == "running"
        processes.start()
        assert until(lambda: all_done(place.database, [drive])), processes.told()
    place.database.close()
