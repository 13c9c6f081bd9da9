"""What staff see and do of drives, cars, workers, alerts and coverage; and what is refused when the queue is full."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from pavement.jobs import enqueue_analysis, progress_of
from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.analyses import Claim, analyses_of, claim, fail, report
from pavement.store.audit import entries_of
from pavement.store.columns import utc_now
from pavement.store.result_tables import ALERTS, ANALYSES
from pavement.store.tables import DRIVES
from tests.api.builders import Phone, Server, entry, server

EAST, WEST = ("青森県", "東青"), ("青森県", "中南")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "data", enqueue_analysis) as made:
        object.__setattr__(made.service, "progress_of", progress_of)
        yield made


def send(phone: Phone, key: str, **more: object) -> str:
    drive = phone.new_drive(key, **more)
    assert phone.put(drive, "a.jpg", key.encode()).status_code == 201
    assert phone.complete(drive, entry("a.jpg", key.encode())).status_code == 202
    return drive


def take(running: Server, drive: str, worker: str = "w1") -> Claim:
    database = running.service.database
    (newest, *_) = analyses_of(database, drive)
    held = claim(database, newest["id"], newest["run"], worker)
    assert held is not None
    return held


def test_the_list_of_drives_is_of_the_persons_offices(running: Server) -> None:
    east, west = running.phone("東", *EAST), running.phone("西", *WEST)
    first = send(east, "1", vehicle="東1号", note="雪")
    send(east, "2", vehicle="東2号", started_at="2026-05-02T09:00:00+09:00")
    other = send(west, "3")
    staff, whole = running.person("太郎", "staff", *EAST), running.person("花子", "admin")
    rows = staff.get("/drives").json()
    assert rows["total"] == 2
    assert [row["vehicle"] for row in rows["items"]] == ["東2号", "東1号"]  # those that began last first
    row = rows["items"][1]
    assert (row["id"], row["status"], row["note"], row["file_count"]) == (first, "queued", "雪", 1)
    assert row["device"]["name"] == "東"
    assert row["analysis"]["queue"] in ("patrol", "batch")
    assert whole.get("/drives").json()["total"] == 3
    assert whole.get("/drives?office=中南").json()["total"] == 1
    assert staff.get("/drives?vehicle=東1号").json()["total"] == 1
    assert staff.get("/drives?status=failed").json()["total"] == 0
    assert staff.get("/drives?from=2026-05-02&to=2026-05-02").json()["total"] == 1
    assert staff.get("/drives?limit=1&offset=1").json()["items"][0]["id"] == first
    for bad in ("status=x", "from=yesterday", "limit=0", "from=1000-01-01"):
        assert staff.get(f"/drives?{bad}").status_code == 422
    assert staff.get(f"/drives/{other}").status_code == 404
    about = staff.get(f"/drives/{first}").json()
    assert about["vehicle"] == "東1号"
    assert about["analyses"][0]["number"] == 1
    assert east.get(f"/drives/{first}").json()["analyses"] is None  # a device learns how far it is, no more
    assert east.get("/drives").status_code in (401, 403)


def test_cancel_retry_and_analyse_again(running: Server) -> None:
    database = running.service.database
    workers.enter(database, "w1", "host")
    drive = send(running.phone("東", *EAST), "1")
    staff, patrol = running.person("太郎", "staff", *EAST), running.person("次郎", "patrol", *EAST)
    stranger = running.person("三郎", "staff", *WEST)
    for action in ("cancel", "retry", "again"):
        assert patrol.post(f"/drives/{drive}/{action}").status_code == 403
        assert stranger.post(f"/drives/{drive}/{action}").status_code == 404
    assert staff.post(f"/drives/{drive}/retry").status_code == 409
    assert staff.post(f"/drives/{drive}/again").status_code == 409
    held = take(running, drive)
    assert report(database, held, "detect", 3, 10, 1)
    assert staff.get("/drives").json()["items"][0]["analysis"]["done"] == 3
    assert staff.post(f"/drives/{drive}/cancel").json() == {"status": "cancelled"}
    assert not report(database, held, "detect", 4, 10, 2)  # its worker notices
    assert staff.post(f"/drives/{drive}/cancel").status_code == 409
    assert staff.post(f"/drives/{drive}/retry").json() == {"status": "queued"}
    assert fail(database, take(running, drive), "frames/1.jpg が壊れています")
    assert staff.get("/drives?status=failed").json()["items"][0]["error"] == "frames/1.jpg が壊れています"
    assert staff.post(f"/drives/{drive}/again").json() == {"status": "queued"}
    newest = analyses_of(database, drive)[0]
    assert (newest["number"], newest["queue"]) == (2, "batch")  # behind today's patrol
    done = [entry for entry in entries_of(database, drive) if entry.what.startswith("analysis.")]
    assert [line.what for line in done] == ["analysis.cancel", "analysis.retry", "analysis.again"]
    assert {line.who for line in done} == {staff.person.who}
    assert staff.post("/drives/nothing/cancel").status_code == 404


def test_the_queue_of_a_drive(running: Server) -> None:
    phone = running.phone()
    now = utc_now()
    ages = {"today": now, "last month": now - timedelta(days=30)}
    drives = {name: send(phone, name, started_at=at.isoformat()) for name, at in ages.items()}
    drives["asked"] = send(phone, "asked", started_at=now.isoformat(), queue="batch")
    queues = {name: analyses_of(running.service.database, drive)[0]["queue"] for name, drive in drives.items()}
    assert queues == {"today": "patrol", "last month": "batch", "asked": "batch"}
    assert phone.create("bad", queue="first").status_code == 422


def test_back_pressure(tmp_path: Path) -> None:
    with server(tmp_path / "data", enqueue_analysis, max_waiting=3, max_device_waiting=2) as running:
        one, two = running.phone("one"), running.phone("two")
        send(one, "1")
        begun = one.new_drive("2")
        refused = one.create("3")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) >= 60
        assert "under way" in refused.json()["detail"]
        assert one.create("2").json()["id"] == begun  # an answer that was lost is given again
        assert one.put(begun, "a.jpg", b"2").status_code == 201
        last = two.new_drive("4")
        send(two, "5")
        assert one.complete(begun, entry("a.jpg", b"2")).status_code == 202  # what is here is never refused
        full = running.phone("three").create("6")
        assert full.status_code == 503
        assert int(full.headers["Retry-After"]) >= 60
        assert two.put(last, "a.jpg", b"4").status_code == 201
        assert two.complete(last, entry("a.jpg", b"4")).status_code == 202
        with running.service.database.writing() as connection:
            connection.execute(update(DRIVES).values(status="done"))
        assert running.phone("four").create("7").status_code == 201


def test_vehicles_and_workers(running: Server) -> None:
    database = running.service.database
    workers.enter(database, "w1", "host-a")
    phone = running.phone("東", *EAST)
    quiet = send(phone, "1", vehicle="東1号")
    drive = send(phone, "2", vehicle="東2号")
    send(running.phone("西", *WEST), "3", vehicle="西1号")
    with database.writing() as connection:
        month_ago = utc_now() - timedelta(days=30)
        old = {"created_at": month_ago, "completed_at": month_ago}
        connection.execute(update(DRIVES).where(DRIVES.c.id == quiet).values(old))
    report(database, take(running, drive), "measure", 1, 4, 1)
    staff, whole = running.person("太郎", "staff", *EAST), running.person("花子", "admin")
    running.phone("まだの端末", *EAST), running.phone("よその端末", *WEST)
    rows = staff.get("/vehicles").json()["items"]
    silent = [(row["vehicle"], row["drives"], row["silent_days"]) for row in rows if row["last_heard_at"] is None]
    assert silent == [("まだの端末", 0, 0)]  # paired, and never heard of
    rows = [row for row in rows if row["last_heard_at"]]
    assert [(row["vehicle"], row["silent_days"], row["km_of_year"]) for row in rows] == [
        *(("東1号", 30, None), ("東2号", 0, None))  # nothing measured is not 0 km
    ]
    (worker,) = staff.get("/workers").json()["items"]
    assert (worker["host"], worker["stage"], worker["drive_id"]) == ("host-a", "measure", None)
    assert whole.get("/workers").json()["items"][0]["drive_id"] == drive
    assert running.person("次郎", "patrol").get("/workers").status_code == 403


def test_alerts(running: Server) -> None:
    database = running.service.database
    drive = send(running.phone("東", *EAST), "1")
    found_at = utc_now() - timedelta(hours=5)
    with database.writing() as connection:
        analysis = connection.execute(select(ANALYSES.c.id).where(ANALYSES.c.drive_id == drive)).scalar_one()
        for defect, (manager, office) in (("e", EAST), ("w", WEST)):
            facts = {"defect_id": defect, "analysis_id": analysis, "manager": manager, "office": office}
            connection.execute(insert(ALERTS).values(**facts, facts={"area_m2": 0.2}, found_at=found_at))
    staff, patrol = running.person("太郎", "staff", *EAST), running.person("次郎", "patrol", *EAST)
    (alert,) = patrol.get("/alerts?open=true").json()["items"]
    assert (alert["defect_id"], alert["facts"], alert["deliveries"]) == ("e", {"area_m2": 0.2}, [])
    assert patrol.patch("/alerts/e", {"event": "confirmed"}).status_code == 403
    assert staff.patch("/alerts/w", {"event": "confirmed"}).status_code == 404
    assert staff.patch("/alerts/e", {"event": "lost"}).status_code == 422
    later = (utc_now() + timedelta(days=1)).isoformat()
    assert staff.patch("/alerts/e", {"event": "patched", "at": later}).status_code == 422
    at = (found_at + timedelta(hours=3)).isoformat()
    assert staff.patch("/alerts/e", {"event": "patched", "at": at}).json()["hours_to_patched"] == 3.0
    assert staff.patch("/alerts/e", {"event": "repaired"}).json()["repaired_at"] is not None
    assert staff.get("/alerts?open=true").json()["items"] == []
    assert len(staff.get("/alerts").json()["items"]) == 1
    assert {line.who for line in entries_of(database, "e")} == {staff.person.who}


def add_section(running: Server, number: int, place: tuple[str, str], **adopted: Any) -> None:
    """100 m of national route 4; inspected with what is adopted of 2026, if anything."""
    road = {"road_type": "一般国道", "route_no": "4", "branch_no": "000", "kind": "現道", "direction": "下り"}
    base: dict[str, Any] = {"place": f"{number:016x}", "segment_place": f"{number:016x}", "level": "segment", **road}
    base |= {"from_kp_km": number / 10, "to_kp_km": (number + 1) / 10, "manager": place[0], "office": place[1]}
    closed = adopted.pop("closed", None)
    with running.service.database.writing() as connection:
        more = {"network_id": "n", "length_m": 100.0, "name": "国道4号", "closed": closed, "geometry": b""}
        connection.execute(insert(SECTIONS).values(**base, **more))
        if adopted:
            connection.execute(insert(ADOPTED).values(**base, fiscal_year=2026, revision=1, **adopted))


def test_coverage(running: Server) -> None:
    add_section(running, 1, EAST, coverage_pct=95.0, flags="推定")
    add_section(running, 2, EAST, coverage_pct=40.0, flags="要確認;有効測定率不足")
    add_section(running, 3, EAST)
    add_section(running, 4, EAST, closed="冬期閉鎖")
    add_section(running, 5, WEST, coverage_pct=90.0, flags="")
    east, whole = running.person("太郎", "patrol", *EAST), running.person("花子", "admin")
    found = east.get("/coverage?year=2026").json()
    assert found["label"] == "令和8年度"
    figures = {"network_km": 0.3, "inspected_km": 0.1, "uninspected_km": 0.2, "closed_km": 0.1, "share_pct": 33.33}
    assert found["whole"] == figures
    assert found["offices"] == [{"manager": "青森県", "office": "東青", **figures}]
    assert found["routes"][0]["name"] == "国道4号"
    both = whole.get("/coverage?year=2026").json()
    assert both["whole"]["share_pct"] == 50.0
    assert len(both["offices"]) == 2
    assert whole.get("/coverage?year=2020").json()["whole"]["share_pct"] == 0.0
    assert running.person("他", "staff", "他県").get("/coverage").json()["whole"]["share_pct"] is None


def test_nobody_gets_in_without_a_login(running: Server) -> None:
    for path in ("drives", "vehicles", "workers", "alerts", "coverage", "exports", "exports/jobs/x"):
        assert running.client.get(f"/api/v1/{path}").status_code == 401
    key = {"Authorization": f"Bearer {running.phone().key}"}
    for path in ("drives", "vehicles", "workers", "alerts", "coverage", "exports"):
        assert running.client.get(f"/api/v1/{path}", headers=key).status_code in (401, 403)
