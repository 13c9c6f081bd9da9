"""The questions of the pages on both databases: every order, every filter, and a network that is replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pavement.kilopost_text import parse_place
from pavement.place import place_id
from pavement.sections import sections_of
from pavement.store import defects_reading, sections_reading
from pavement.store.blobs import open_blobs
from pavement.store.corrections import correct
from pavement.store.database import Database, migrate
from pavement.store.defects_reading import AskedDefects, list_defects, read_defect
from pavement.store.kilopost_finding import find_kilopost
from pavement.store.scope import EVERYTHING, Place, Scope
from pavement.store.section_page import read_section
from pavement.store.sections import count_sections, write_sections
from pavement.store.sections_reading import AskedSections, list_sections, newest_year, read_roads, read_years
from pavement.store.training import training_zip
from tests.builders import NATIONAL_4, make_network, make_route
from tests.store.results_builders import add_drive, adopted, analysed, blocks, photo, pothole, segment

PLACE = place_id("segment", NATIONAL_4, "下り", 112.3)
OTHERS = Scope((Place("青森県", "上北"),))
FACTS = {"manager": "青森県", "office": "東青", "road_class": "B"}


@pytest.fixture
def database(open_empty: Callable[[], Database]) -> Database:
    made = open_empty()
    migrate(made)
    posts = {1000.0 * k: 112.0 + k for k in range(2)}
    network = make_network(make_route([(0, 0), (1000, 0)], posts, facts=FACTS))
    write_sections(made, "first", sections_of(network))
    rows = [segment(office=None), *blocks(), segment(112.4, rating="Ⅲ-1", crack_pct=50.0)]
    analysed(made, add_drive(made), rows, [pothole(), pothole(112.4, "h2", depth_mm=30.0)], [photo()])
    return made


def test_every_order_and_filter_of_sections(database: Database) -> None:
    asked = AskedSections(2026, EVERYTHING)
    for order in sections_reading.ORDERS:
        for sign in ("", "-"):
            rows, total = list_sections(database, replace(asked, order=f"{sign}{order}"))
            assert (len(rows), total) == (2, 2)
    assert [row["crack_pct"] for row in list_sections(database, replace(asked, order="-crack_pct"))[0]] == [50.0, 12.0]
    counts: dict[str, Any] = {"rating": ("Ⅲ", 1), "flag": ("要確認", 2), "locked": (True, 0), "office": ("東青", 2)}
    counts |= {"from_kp": (112.4, 1), "to_kp": (112.4, 1), "box": ((140.0, 40.0, 141.0, 41.0), 2)}
    for name, (value, total) in counts.items():
        assert list_sections(database, replace(asked, **{name: value}))[1] == total, name
    assert list_sections(database, replace(asked, which="uninspected"))[1] == 18
    assert list_sections(database, replace(asked, which="all", level="block", geometry=True))[1] == 100
    assert list_sections(database, replace(asked, which="all", rating="Ⅲ"))[1] == 1
    assert list_sections(database, replace(asked, scope=OTHERS))[1] == 0


def test_the_networks_office_holds_where_the_run_named_none(database: Database) -> None:
    assert {(row["office"], row["road_class"]) for row in adopted(database)} == {("東青", "B")}


def test_defects_roads_years_kiloposts_and_pages(database: Database) -> None:
    asked = AskedDefects(2026, EVERYTHING)
    for order in defects_reading.ORDERS:
        for sign in ("", "-"):
            assert list_defects(database, replace(asked, order=f"{sign}{order}"))[1] == 2
    assert list_defects(database, replace(asked, category="pothole,step", state="未確認", min_area=0.1))[1] == 2
    assert read_defect(database, "h1", EVERYTHING)["history"] == []
    assert set(read_roads(database, EVERYTHING)[0]["directions"]) == {"下り", "上り"}
    assert (len(read_roads(database, EVERYTHING)), read_roads(database, OTHERS)) == (1, [])
    assert (newest_year(database), len(read_years(database, EVERYTHING))) == (2026, 1)
    found = find_kilopost(database, parse_place("4号 112.4 下り"), EVERYTHING)
    assert [each["place"] for each in found] == [place_id("segment", NATIONAL_4, "下り", 112.4)]
    page = read_section(database, PLACE, 2026, EVERYTHING)
    assert (len(page["blocks"]), len(page["photos"]), len(page["defects"])) == (5, 1, 1)


def test_what_was_never_driven_can_be_measured_by_a_person(database: Database) -> None:
    place = place_id("segment", NATIONAL_4, "上り", 112.3)
    correct(database, place, 2026, {"crack_pct": 30.0, "rut_mm": 9, "iri_mm_per_m": 2.0}, "person:1")
    page = read_section(database, place, 2026, EVERYTHING)
    assert (page["rating"], page["inspected"], page["drive_id"], page["office"]) == ("Ⅱ", True, None, "東青")
    analysed(database, add_drive(database), [segment(direction="上り", crack_pct=3.0)])
    page = read_section(database, place, 2026, EVERYTHING)
    assert (page["crack_pct"], page["machine"]["crack_pct"], "要確認" in page["flags"]) == (30.0, 3.0, True)


def test_a_new_network_takes_the_place_of_the_old_one(database: Database) -> None:
    shorter = make_network(
        make_route([(0, 0), (500, 0)], {0.0: 112.0, 500.0: 112.5}, facts={**FACTS, "office": "中南"})
    )
    write_sections(database, "second", sections_of(shorter))
    assert count_sections(database) == 2 * (5 + 25)
    assert {road["office"] for road in read_roads(database, EVERYTHING)} == {"中南"}


def test_training_data_of_a_year(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    correct(database, PLACE, 2026, {"crack_pct": 30.0}, "person:1")
    blobs = open_blobs(str(tmp_path_factory.mktemp("store")))
    archive = b"".join(training_zip(database, blobs, 2026, EVERYTHING))
    assert b"corrections.jsonl" in archive
    assert PLACE not in b"".join(training_zip(database, blobs, 2026, OTHERS)).decode("latin-1")
