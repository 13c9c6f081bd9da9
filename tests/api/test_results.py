"""Reading results through the API: sections, defects, roads, a typed kilopost; each only what they may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pavement.place import place_id
from pavement.road import RoadKey
from pavement.sections import sections_of
from pavement.store.sections import write_sections
from tests.api.builders import Server, server
from tests.builders import NATIONAL_4, make_network, make_route
from tests.store.results_builders import add_drive, analysed, blocks, photo, pothole, segment

PLACE = place_id("segment", NATIONAL_4, "下り", 112.3)
OFFICE = ("青森県", "東青")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    """National route 4 from 112.0 to 113.0, of which 112.3 to 112.5 was driven 下り; and a road of another office."""
    with server(tmp_path / "data") as one:
        database = one.service.database
        posts = {1000.0 * k: 112.0 + k for k in range(2)}
        facts = {"manager": OFFICE[0], "office": OFFICE[1], "road_class": "B"}
        road = make_route([(0, 0), (1000, 0)], posts, facts=facts)
        other = make_route(
            [(0, 5000), (500, 5000)], road=RoadKey("主要地方道", "12", "000", "現道"), facts={**facts, "office": "上北"}
        )
        write_sections(database, "n", sections_of(make_network(road, other)))
        rows = [segment(), *blocks(), segment(112.4, crack_pct=45.0, rating="Ⅲ", flags="少なくとも;推定")]
        analysed(database, add_drive(database), rows, [pothole(), pothole(112.41, "h2", area_m2=0.5)], [photo()])
        yield one


def test_staff_list_the_adopted_sections_and_what_was_not_inspected(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    listed = staff.get("/segments").json()
    assert (listed["total"], [row["from_kp_km"] for row in listed["items"]]) == (2, [112.3, 112.4])
    first = listed["items"][0]
    assert (first["place"], first["crack_pct"], first["iri_mm_per_m"]) == (PLACE, 12.0, None)
    assert (first["machine"]["crack_pct"], first["corrected"], first["locked"]) == (12.0, {}, None)
    assert (first["inspected"], first["model_sha256"], first["software"]) == (True, "1" * 64, "1.0")
    assert [staff.get(f"/segments?{text}").json()["total"] for text in ("rating=Ⅲ", "rating=none", "flag=要確認")] == [
        1
    ] * 3
    assert staff.get("/segments?rating=Ⅲ&rating=none").json()["total"] == 2
    assert staff.get("/segments?order=-crack_pct&limit=1").json()["items"][0]["from_kp_km"] == 112.4
    assert staff.get("/segments?level=block&from_kp=112.33&to_kp=112.37").json()["total"] == 3
    assert staff.get("/segments?year=2025").json()["total"] == 0
    rest = staff.get("/segments?uninspected=true&direction=下り").json()
    assert (rest["total"], {row["inspected"] for row in rest["items"]}) == (8, {False})
    whole = staff.get("/segments?whole=true&geometry=true&direction=下り").json()
    assert (whole["total"], sum(row["inspected"] for row in whole["items"])) == (10, 2)
    assert whole["items"][0]["geometry"]["type"] == "LineString"
    assert {row["length_m"] for row in whole["items"]} == {100.0}


def test_a_list_has_only_the_columns_that_are_asked_for(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    asked = "fields=place&fields=rut_mm&fields=inspected&fields=nonsense"
    listed = staff.get(f"/segments?whole=true&direction=下り&{asked}").json()
    assert listed["total"] == 10
    assert {tuple(row) for row in listed["items"]} == {("place", "rut_mm", "inspected")}


def test_a_section_page_has_everything_that_is_known(running: Server) -> None:
    staff = running.person("花子", "patrol", *OFFICE)
    page = staff.get(f"/segments/{PLACE}").json()
    assert (len(page["blocks"]), [each["defect_id"] for each in page["defects"]]) == (5, ["h1"])
    assert [(each["number"], each["unusable"], each["adopted"]) for each in page["photos"]] == [("P01", False, True)]
    assert [each["fiscal_year"] for each in page["years"]] == [2026]
    assert page["history"] == []
    reasons = {
        each["field"]: (each["level"], each["limits"], each["counts"]) for each in page["rating_reason"]["indicators"]
    }
    assert reasons["crack_pct"] == ("Ⅰ", [20.0, 40.0], True)
    assert reasons["iri_mm_per_m"] == (None, [3.0, 8.0], False)
    after = staff.get(f"/segments/{page['after']}").json()
    assert (after["from_kp_km"], after["before"]) == (112.4, PLACE)
    blank = staff.get(f"/segments/{place_id('segment', NATIONAL_4, '上り', 112.3)}").json()
    assert (blank["inspected"], blank["crack_pct"], blank["blocks"], blank["office"]) == (False, None, [], "東青")
    assert staff.get(f"/segments/{'0' * 16}").status_code == 404
    assert staff.get("/segments/nonsense").status_code == 422


def test_another_office_sees_nothing_of_it(running: Server) -> None:
    other = running.person("次郎", "staff", "青森県", "上北")
    assert other.get("/segments").json() == {"total": 0, "items": []}
    assert other.get("/defects").json()["total"] == 0
    assert other.get(f"/segments/{PLACE}").status_code == 404
    assert other.get("/defects/h1").status_code == 404
    assert other.get("/photos/a-P01").status_code == 404
    assert [each["route_no"] for each in other.get("/routes").json()] == ["12"]
    assert other.get("/kilopost?text=4号 112K500").json() == []
    phone = running.phone("other")
    assert phone.get("/segments").json()["total"] == phone.get("/defects").json()["total"] == 0
    assert running.client.get("/api/v1/segments").status_code == 401


def test_defects_are_listed_sorted_and_filtered(running: Server) -> None:
    staff = running.person("花子", "staff", *OFFICE)
    listed = staff.get("/defects?order=-area_m2").json()
    assert [(row["defect_id"], row["state"], row["drawn"]) for row in listed["items"]] == [
        ("h2", "未確認", False),
        ("h1", "未確認", False),
    ]
    for text, total in (
        ("min_area=0.4", 1),
        ("state=誤検出", 0),
        ("state=未確認&state=誤検出", 2),
        ("category=step", 0),
    ):
        assert staff.get(f"/defects?{text}").json()["total"] == total
    assert staff.get(f"/defects?place={PLACE}").json()["total"] == 1
    assert staff.get("/defects/h1").json()["years"] == [2026]


def test_years_roads_and_a_typed_kilopost(running: Server) -> None:
    boss = running.person("部長", "reviewer", "青森県")
    assert boss.get("/years").json() == [
        {"fiscal_year": 2026, "label": "令和8年度", "segments": 2, "newest": "2026-07-01"}
    ]
    roads = boss.get("/routes").json()
    assert [(road["route_no"], road["from_kp_km"], road["to_kp_km"], road["length_m"]) for road in roads] == [
        ("4", 112.0, 113.0, 1000.0),
        ("12", 0.0, 0.5, 500.0),
    ]
    assert len(roads[0]["bbox"]) == 4
    found = boss.get("/kilopost", params={"text": "国道4号 112K350"}).json()
    assert [(each["direction"], each["place"]) for each in found] == [
        ("下り", PLACE),
        ("上り", place_id("segment", NATIONAL_4, "上り", 112.3)),
    ]
    page = boss.get(f"/segments/{PLACE}").json()
    assert np.interp(112.35, [112.3, 112.4], [page["from_lon"], page["to_lon"]]) != 0
    assert [each["kp_km"] for each in boss.get("/kilopost", params={"text": "県道12 0.2 上り"}).json()] == [0.2]
    assert boss.get("/kilopost", params={"text": "4号 999"}).json() == []
