"""全線点検結果とりまとめ: for staff their offices' roads, for the public sums and series where it is switched on."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.deps import ServiceDep, StaffDep
from api.errors import Refusal
from api.review_process import Order, answer_of
from pavement.fiscal_year import JST
from pavement.review.settings import ReviewSettings
from pavement.store.database import Database
from pavement.store.revision import read_revision
from pavement.store.scope import EVERYTHING, Scope

YearDep = Annotated[int, Query(ge=1990, le=2200, description="年度: 2026 = 令和8年度")]
MOST_KEPT = 8  #: answers in memory, a few hundred kilobytes each


def review_router(public: bool, settings: ReviewSettings | None = None) -> APIRouter:
    """The routes; `public`: whether the review is shown without login (PAVEMENT_PUBLIC_REVIEW)."""
    router = APIRouter(tags=["review"])
    kept = Kept(settings or ReviewSettings())

    @router.get("/review", response_model=dict[str, Any])
    def get_review(service: ServiceDep, person: StaffDep, year: YearDep) -> Response:
        """The review of a 年度 of the roads that the person's role holds on."""
        return _json(kept.answer(service.database, year, person.scope, public=False))

    if public:

        @router.get("/public/review", response_model=dict[str, Any])
        def get_public_review(service: ServiceDep, year: YearDep) -> Response:
            """Sums and series of a 年度 for everyone: no photo, no list of places, no cost."""
            return _json(kept.answer(service.database, year, EVERYTHING, public=True))

    return router


class Kept:
    """The last answers; a change of the store or another day makes them anew. One is computed at a time; who asks for
    another meanwhile is told to come again (503), so that no request waits in a thread.
    """

    def __init__(self, settings: ReviewSettings) -> None:
        self._settings = settings
        self._answers: dict[tuple[object, ...], bytes] = {}
        self._turn = threading.Lock()

    def answer(self, database: Database, year: int, scope: Scope, *, public: bool) -> bytes:
        """The answer of a year within a scope; 404 where nothing was inspected."""
        today = datetime.now(JST).date()
        key = (public, year, scope, read_revision(database), today)
        found = self._answers.get(key)
        if found is not None:
            return found
        if not self._turn.acquire(blocking=False):
            raise Refusal(503, "the review is being made; ask again in a moment", {"Retry-After": "5"})
        try:
            found = answer_of(database, Order(database.url, year, scope, self._settings, today, public))
        finally:
            self._turn.release()
        if found is None:
            raise Refusal(404, "nothing was inspected in this year")
        self._answers = {**dict(list(self._answers.items())[-MOST_KEPT + 1 :]), key: found}
        return found


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
