"""Correcting through the API: values, acceptance, 確定, defects, photos, undo, training data; and who may."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from pavement.place import place_id
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, ANALYSES
from tests.api.builders import Server, server
from tests.builders import NATIONAL_4
from tests.store.results_builders import add_drive, analysed, blocks, photo, pothole, segment

PLACE = place_id("segment", NATIONAL_4, "下り", 112.3)
OFFICE = ("青森県", "東青")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "data") as one:
        picture = tmp_path / "P01.jpg"
        picture.write_bytes(b"\xff\xd8masked")
        one.service.blobs.put_file("results/a/P01.jpg", picture)
        rows = [segment(potholes=1), *blocks(), segment(112.4)]
        analysed(one.service.database, add_drive(one.service.database), rows, [pothole(photo="P01")], [photo()])
        yield one


def test_a_persons_values_stand_beside_the_machines(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    values = {"rut_mm": 12.34, "iri_mm_per_m": 2.0, "crack_pct": 5}
    page = staff.patch(f"/segments/{PLACE}?year=2026", {"values": values, "comment": "水糸で測った"}).json()
    assert (page["rut_mm"], page["rating"], page["rating_basis"]) == (12.3, "Ⅰ", "ひび割れ率;わだち掘れ量;IRI")
    assert page["mci"] is not None
    assert page["machine"]["rut_mm"] == 8.0
    assert {(name, each["by"]) for name, each in page["corrected"].items()} == {(name, "花子") for name in values}
    assert page["flags"] == ""  # nothing is the machine's any more
    entry = page["history"][0]
    assert (entry["by"], entry["comment"]) == ("花子", "水糸で測った")
    listed = staff.get("/segments?limit=1").json()["items"][0]
    assert listed["rut_mm"] == 12.3
    for wrong in ({"rut_mm": -1}, {"rating": "Ⅳ"}, {"frames": 3}, {"rut_mm": "x"}, {"potholes": 1.5}, {}):
        assert staff.patch(f"/segments/{PLACE}?year=2026", {"values": wrong}).status_code == 422


def test_a_locked_section_is_changed_by_nobody_until_it_is_unlocked(running: Server) -> None:
    staff, boss = running.person("花子", "staff", *OFFICE), running.person("部長", "reviewer", "青森県")
    assert staff.post(f"/segments/{PLACE}/lock?year=2026").status_code == 403
    locked = boss.post(f"/segments/{PLACE}/lock?year=2026").json()
    assert locked["locked"]["by"] == "部長"
    assert all(block["locked"] for block in locked["blocks"])
    assert staff.patch(f"/segments/{PLACE}?year=2026", {"values": {"rut_mm": 1}}).status_code == 409
    assert boss.patch(f"/segments/{PLACE}?year=2026", {"values": {"rut_mm": 1}}).status_code == 409
    assert staff.post(f"/segments/{PLACE}/accept?year=2026").status_code == 409
    assert staff.patch("/defects/h1", {"state": "誤検出"}).status_code == 409
    assert boss.post(f"/segments/{PLACE}/lock?year=2026").status_code == 409
    assert staff.get("/segments?locked=true").json()["total"] == 1
    assert boss.post(f"/segments/{PLACE}/unlock?year=2026").json()["locked"] is None
    assert staff.patch(f"/segments/{PLACE}?year=2026", {"values": {"rut_mm": 1}}).status_code == 200


def test_many_are_accepted_or_locked_at_once(running: Server) -> None:
    staff, boss = running.person("花子", "staff", *OFFICE), running.person("部長", "reviewer", "青森県")
    places = [row["place"] for row in staff.get("/segments?flag=要確認").json()["items"]]
    body = {"places": [*places, "0" * 16], "year": 2026, "action": "accept"}
    done = staff.post("/segments/bulk", body).json()
    assert (done["done"], done["refused"]) == (2, {"0" * 16: "no such section"})
    assert staff.get("/segments?flag=要確認").json()["total"] == 0
    stranger = running.person("次郎", "staff", "青森県", "上北")
    back = {"ids": done["decisions"]}
    none = dict.fromkeys(done["decisions"], "no such decision")
    assert stranger.post("/corrections/undo", back).json() == {"done": 0, "refused": none}
    assert staff.post("/corrections/undo", back).json() == {"done": 2, "refused": {}}
    assert staff.get("/segments?flag=要確認").json()["total"] == 2
    assert staff.post("/corrections/undo", back).json()["done"] == 0  # once
    staff.post("/segments/bulk", body)
    assert staff.post("/segments/bulk", {**body, "action": "lock"}).status_code == 403
    assert boss.post("/segments/bulk", {**body, "action": "lock"}).json()["done"] == 2


def test_a_pothole_that_is_none_leaves_its_section_and_undo_brings_it_back(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    defect = staff.patch("/defects/h1", {"state": "誤検出", "comment": "マンホール"}).json()
    assert (defect["state"], defect["said"]["by"], defect["said"]["comment"]) == ("誤検出", "花子", "マンホール")
    page = staff.get(f"/segments/{PLACE}").json()
    assert (page["potholes"], page["machine"]["potholes"]) == (0, 1)
    undone = [entry["id"] for entry in page["history"] if entry["field"] == "state"]
    assert staff.post(f"/corrections/{undone[0]}/undo").status_code == 200
    assert staff.post(f"/corrections/{undone[0]}/undo").status_code == 422
    assert staff.get(f"/segments/{PLACE}").json()["potholes"] == 1
    assert staff.get(f"/corrections?place={PLACE}").json()["items"][0]["undone_name"] == "花子"
    assert staff.post("/defects/bulk", {"ids": ["h1", "none"], "state": "経過観察"}).json() == {
        "done": 1,
        "refused": {"none": "no such defect"},
    }


def test_a_defect_is_drawn_measured_and_taken_away(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    drawn = {"photo_id": "a-P01", "box": [0.1, 0.5, 0.2, 0.2], "category": "pothole", "length_m": 0.5, "width_m": 0.4}
    made = staff.post("/defects", drawn)
    assert made.status_code == 201
    defect = made.json()
    assert (defect["drawn"], defect["area_m2"], defect["kp_km"]) == (True, 0.2, 112.35)
    assert staff.get(f"/segments/{PLACE}").json()["potholes"] == 2
    deeper = staff.patch(f"/defects/{defect['defect_id']}", {"depth_mm": 60, "category": "step"}).json()
    assert (deeper["depth_mm"], deeper["category"]) == (60, "step")
    assert staff.get(f"/segments/{PLACE}").json()["potholes"] == 1
    entry = next(each for each in deeper["history"] if each["field"] == "drawn")
    assert staff.post(f"/corrections/{entry['id']}/undo").status_code == 200
    assert staff.get(f"/defects/{defect['defect_id']}").status_code == 404
    assert staff.post("/defects", {**drawn, "box": [0.9, 0.9, 0.5, 0.5]}).status_code == 422
    assert staff.post("/defects", {**drawn, "photo_id": "none"}).status_code == 404


def test_patrols_only_look_and_other_offices_do_not_find_it(running: Server) -> None:
    patrol, other = running.person("巡", "patrol", *OFFICE), running.person("次郎", "admin", "青森県", "上北")
    asked = (
        ("PATCH", f"/segments/{PLACE}?year=2026", {"values": {"rut_mm": 3}}),
        ("POST", f"/segments/{PLACE}/accept?year=2026", None),
        ("POST", f"/segments/{PLACE}/lock?year=2026", None),
        ("PATCH", "/defects/h1", {"state": "誤検出"}),
        ("PATCH", "/photos/a-P01", {"unusable": True}),
    )
    for method, path, body in asked:
        assert patrol.request(method, path, json=body).status_code == 403, path
        assert other.request(method, path, json=body).status_code == 404, path


def test_corrections_leave_as_training_data_with_masked_photos(running: Server) -> None:
    staff, admin = running.person("花子", "staff", *OFFICE), running.person("管理", "admin", "青森県")
    staff.patch(f"/segments/{PLACE}?year=2026", {"values": {"crack_pct": 30}})
    staff.patch("/defects/h1", {"state": "誤検出"})
    staff.post("/defects", {"photo_id": "a-P01", "box": [0.1, 0.5, 0.2, 0.2], "category": "pothole"})
    staff.patch("/photos/a-P01", {"unusable": True, "comment": "逆光"})
    assert staff.get("/corrections/export?year=2026").status_code == 403
    answer = admin.get("/corrections/export?year=2026")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        lines = [json.loads(line) for line in archive.read("corrections.jsonl").splitlines()]
        (shown,) = (json.loads(line) for line in archive.read("photos.jsonl").splitlines())
        assert archive.read(shown["file"]) == b"\xff\xd8masked"
    taught = {line["field"]: (line["machine"], line["person"], line["photo_id"]) for line in lines}
    assert taught["crack_pct"] == (12.0, 30.0, None)
    assert taught["state"] == (None, "誤検出", "a-P01")
    assert taught["unusable"][1] is True
    assert next(line["box"] for line in lines if line["field"] == "drawn") == [0.1, 0.5, 0.2, 0.2]
    assert (shown["unusable"], shown["frame"]) == (True, "frames/P01.jpg")
    assert lines[0]["model_sha256"] == "1" * 64


def test_a_state_sets_the_times_of_an_alert_and_undo_takes_them_back(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    database = running.service.database
    row = {"defect_id": "h1", "analysis_id": analyses_of_all(database)[0], "facts": {}, "found_at": utc_now()}
    with database.writing() as connection:
        connection.execute(insert(ALERTS).values(**row, manager=OFFICE[0], office=OFFICE[1]))
    noted = staff.patch("/alerts/h1", {"event": "confirmed"}).json()["confirmed_at"]
    staff.patch("/defects/h1", {"state": "経過観察"})
    done = staff.patch("/defects/h1", {"state": "本補修済"}).json()
    assert done["alert"]["repaired_at"] is not None
    assert staff.get("/alerts?open=true").json()["items"] == []
    staff.post(f"/corrections/{done['history'][0]['id']}/undo")
    back = staff.get("/defects/h1").json()
    assert (back["state"], back["alert"]["repaired_at"]) == ("経過観察", None)
    (still_open,) = staff.get("/alerts?open=true").json()["items"]
    staff.post(f"/corrections/{back['history'][1]['id']}/undo")
    assert still_open["confirmed_at"] == noted  # a person's own note stays


def analyses_of_all(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(ANALYSES.c.id)).scalars())
