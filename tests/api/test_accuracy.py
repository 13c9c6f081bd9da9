"""精度確認 over HTTP: who may run one, what it says, and that 推定 leaves the sheets of that manager only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import update

from pavement.export_choice import Choice
from pavement.jobs.merged_survey import survey_of
from pavement.segment import Flag
from pavement.store.adopted_tables import ADOPTED
from pavement.store.scope import EVERYTHING
from tests.api.builders import Server, server
from tests.review.builders import Filled, block_places, fill_store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Filled]]:
    with server(tmp_path_factory.mktemp("checked")) as running:
        yield running, fill_store(running.service.database, roads=6, km=2.0, passes=1)


def survey_csv(filled: Filled, noise: float = 0.0, length_m: int = 20) -> bytes:
    """What a survey vehicle says of the same blocks: this year's values, and rows of roads nobody knows."""
    lines = ["道路種別,路線番号,上下,距離標(自),距離標(至),ひび割れ率(%),わだち掘れ量(mm),測定年月日"]
    blocks = filled.blocks
    for k, _ in block_places(filled):
        road, kp = blocks.roads[blocks.road[k]], blocks.from_kp_km[k]
        crack = max(0.0, float(filled.now.crack_pct[k]) + noise * (1 if k % 2 else -1))
        way = "上り" if blocks.up[k] else "下り"
        end = kp + length_m / 1000
        lines.append(f"{road.road_type},{road.route_no},{way},{kp:.3f},{end:.3f},{crack:.2f},3.0,2026/10/01")
    lines.append("一般国道,999,下り,0,0.02,10,3,2026/10/01")
    return "\n".join(lines).encode("cp932")


def put(one: object, data: bytes, **query: str) -> object:
    return one.request("PUT", "/accuracy", params={"year": "2026", "name": "測定車.csv", **query}, content=data)  # type: ignore[attr-defined]


def test_a_check_is_run_shown_and_undone(filled: tuple[Server, Filled]) -> None:
    running, made = filled
    chief = running.person("chief", "reviewer")
    answer = chief.request("PUT", "/accuracy", params={"year": 2026, "name": "測定車.csv"}, content=survey_csv(made))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    checks = {each["key"]: each for each in found["checks"]}
    crack = checks["crack_pct"]
    assert found["rows_refused"] == {"路線が路線網にない": 1}
    assert found["blocks_survey_only"] >= 0
    assert sum(map(sum, crack["confusion"])) == crack["blocks"] == found["blocks"]
    assert crack["agreement"][0]["bias"] == pytest.approx(0, abs=0.01)
    assert [test["detection_pct"] for test in crack["tests"] if test["truly"]] == [100.0] * sum(
        test["truly"] > 0 for test in crack["tests"]
    )
    shown = chief.get(f"/accuracy/{found['id']}").json()
    assert shown["checks"] == found["checks"]
    assert shown["sha256"] == found["sha256"]
    listed = chief.get("/accuracy").json()["items"]
    assert [each["id"] for each in listed] == [found["id"]]
    assert chief.post(f"/accuracy/{found['id']}/undo").status_code == 200
    assert chief.post(f"/accuracy/{found['id']}/undo").status_code == 404


def test_only_who_judges_for_a_whole_manager(filled: tuple[Server, Filled]) -> None:
    running, made = filled
    data = survey_csv(made)
    query = {"year": "2026", "name": "a.csv"}
    for name, role, manager, office, status in (
        ("s", "staff", None, None, 403),
        ("o", "reviewer", "青森県", "東青", 403),
        ("m", "reviewer", "青森県", None, 200),
    ):
        one = running.person(name, role, manager, office)
        assert one.request("PUT", "/accuracy", params=query, content=data).status_code == status, name
    other = running.person("city", "reviewer", "市", None)
    assert other.request("PUT", "/accuracy", params={**query, "manager": "青森県"}, content=data).status_code == 404
    assert other.request("PUT", "/accuracy", params=query, content=data).status_code == 422  # none of its roads
    mine = running.person("office staff", "staff", "青森県", "東青").get("/accuracy").json()["items"]
    assert mine
    assert all(each["manager"] in ("青森県", None) for each in mine)
    assert running.person("city staff", "staff", "市").get(f"/accuracy/{mine[0]['id']}").status_code in (200, 404)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "columns"),
        ("路線,KP自,KP至,ひび割れ率\n1,0,0.1,20\n".encode("cp932"), "no 20 m blocks"),
        (b"PK\x03\x04broken", "Excel"),
        (b"\xd0\xcf\x11\xe0old", ".xls"),
        (b"\xff\x00\xfe\x81", "no text"),
    ],
)
def test_bad_files_are_told(filled: tuple[Server, Filled], data: bytes, words: str) -> None:
    running, _ = filled
    chief = running.person(f"chief {words}", "reviewer")
    answer = chief.request("PUT", "/accuracy", params={"year": 2026, "name": "測定車"}, content=data)
    assert answer.status_code == 422
    assert words in answer.text


def test_estimated_goes_where_all_indicators_passed(filled: tuple[Server, Filled]) -> None:
    from pavement.store.survey_checks import keep_check, undo_check

    running, _ = filled
    database, blobs = running.service.database, running.service.blobs
    choice = Choice(2026, road_type="一般国道", route_no="1")
    with database.writing() as connection:  # values without a run's files
        mine = (ADOPTED.c.route_no == "1") & (ADOPTED.c.fiscal_year == 2026)
        connection.execute(update(ADOPTED).where(mine).values(analysis_id=None, drive_id=None))
    before, _ = survey_of(database, blobs, choice, EVERYTHING, blocks=True)
    assert all(Flag.ESTIMATED in each.flags for each in before.segments)
    passed = {"passed": True, "verdict": "合格", "blocks": 500, "detection_pct": 90.0, "precision_pct": 88.0}
    whole = dict.fromkeys(("crack_pct", "rut_mm", "iri_mm_per_m"), passed)
    against = ("測定車.csv", "ab" * 32)
    part = dict.fromkeys(("crack_pct", "rut_mm"), passed) | {"iri_mm_per_m": {**passed, "passed": False}}
    for verdicts, manager, estimated in (
        (whole, "他県", True),
        (part, "青森県", True),
        (whole, "青森県", False),
    ):
        check = keep_check(database, "person:x", manager, 2026, against, verdicts, {}, counts=True)
        survey, _ = survey_of(database, blobs, choice, EVERYTHING, blocks=True)
        assert [Flag.ESTIMATED in each.flags for each in survey.segments] == [estimated] * len(survey.segments)
        if not estimated:
            said = survey.run["accuracy_check"]["crack_pct"]
            assert said["sha256"] == "ab" * 32
            assert said["on"] >= date(2026, 1, 1).isoformat()
        assert undo_check(database, check, "person:x", EVERYTHING)


def test_a_workbook_with_other_headers(filled: tuple[Server, Filled]) -> None:
    running, made = filled
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["令和8年度 路面性状調査"])
    sheet.append(["RT", "NO", "WAY", "S", "E", "C"])
    for k, _ in block_places(made):
        road, kp = made.blocks.roads[made.blocks.road[k]], float(made.blocks.from_kp_km[k])
        way = 1 if made.blocks.up[k] else 2
        sheet.append(
            [road.road_type, road.route_no, way, kp * 1000, kp * 1000 + 20, float(made.now.crack_pct[k]) / 100]
        )
    packed = BytesIO()
    book.save(packed)
    mapping = """
columns = { road_type = "RT", route = "NO", direction = "WAY", from_kp = "S", to_kp = "E", crack = "C" }
units = { kp = "m", crack = "ratio" }
directions = { 1 = "上り", 2 = "下り" }
"""
    query = {"year": "2026", "name": "測定車.xlsx", "mapping": mapping}
    answer = running.person("excel", "reviewer").request("PUT", "/accuracy", params=query, content=packed.getvalue())
    assert answer.status_code == 200, answer.text
    assert answer.json()["checks"][0]["agreement"][0]["bias"] == pytest.approx(0, abs=0.01)
