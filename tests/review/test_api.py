"""GET /review and GET /public/review: who sees what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter

from api.routes.review import review_router
from tests.api.builders import API, Server, server
from tests.review.builders import fill_store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("served")) as running:
        fill_store(running.service.database, roads=6, km=1.0, passes=1)
        router = APIRouter(prefix=API)
        router.include_router(review_router(public=True))
        running.app.router.routes[:0] = router.routes  # before the pages' catch-all
        yield running


def test_staff_see_their_offices_roads(filled: Server) -> None:
    whole = filled.person("all", "staff").get("/review?year=2026")
    assert whole.status_code == 200
    assert len(whole.json()["coverage"]["by_office"]) == 6
    assert whole.json()["before"] == 2025
    part = filled.person("one", "staff", "青森県", "東青").get("/review?year=2026").json()
    assert list(part["coverage"]["by_office"]) == ["東青"]
    assert part["coverage"]["network_km"] == pytest.approx(2.0)
    assert all(each["office"] == "東青" for each in part["potholes"]["items"])


def test_the_same_answer_is_kept_until_the_store_changes(filled: Server) -> None:
    from pavement.store.revision import raise_revision

    staff = filled.person("kept", "staff")
    first = staff.get("/review?year=2026").json()
    assert staff.get("/review?year=2026").json() == first
    with filled.service.database.writing() as connection:
        raise_revision(connection)
    assert staff.get("/review?year=2026").json() == first


def test_who_may_not(filled: Server) -> None:
    assert filled.client.get(f"{API}/review?year=2026").status_code == 401
    assert filled.person("driver", "patrol").get("/review?year=2026").status_code == 403
    assert filled.person("late", "staff").get("/review?year=2099").status_code == 404
    assert filled.person("odd", "staff").get("/review?year=8").status_code == 422


def test_the_public_sees_sums_without_login(filled: Server) -> None:
    answer = filled.client.get(f"{API}/public/review?year=2026")
    assert answer.status_code == 200
    assert {"coverage", "condition", "kpi"} <= set(answer.json())
    assert "candidates" not in answer.json()


def test_where_it_is_not_switched_on_there_is_none(tmp_path: Path) -> None:
    paths = {getattr(route, "path", "") for route in review_router(public=False).routes}
    assert paths == {"/review"}
