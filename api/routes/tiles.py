"""The map's vector tiles, kept in memory; and the lengths of its legend."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api.deps import PatrolDep, ServiceDep
from api.errors import Refusal
from api.results_deps import Text, Year
from pavement.store.database import Database
from pavement.store.lengths import FILTERS, Choice, MapFacts, newest_year, read_facts, read_lengths, read_version
from pavement.store.overview import Overview, read_overview
from pavement.store.scope import Scope
from pavement.store.tiles import DEEPEST, UNITS_TO, encode_tile
from pavement.vector_tiles.grid import TileKey

log = logging.getLogger("pavement.server")

router = APIRouter(prefix="/tiles", tags=["map"])
KEPT = "private, max-age=31536000, immutable"  #: of addresses that carry the version
MOST_BYTES = 64 * 1024 * 1024  #: of tiles in memory
OVERVIEWS = 3  #: years whose overview is in memory: about 20 MB each of a prefecture


@dataclass
class TileMemory:
    """Tiles and overviews of the newest version, the least asked for go first."""

    tiles: OrderedDict[tuple[Any, ...], bytes] = field(default_factory=OrderedDict)
    overviews: OrderedDict[int, tuple[str, Overview]] = field(default_factory=OrderedDict)  #: 年度 -> version, overview
    facts: dict[tuple[Any, ...], MapFacts] = field(default_factory=dict)
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    making: threading.Lock = field(default_factory=threading.Lock)

    def tile(self, database: Database, version: str, year: int, key: TileKey, scope: Scope) -> bytes:
        """The tile, made once."""
        name = (version, year, scope.places, key)
        with self.lock:
            if name in self.tiles:
                self.tiles.move_to_end(name)
                return self.tiles[name]
        overview = self.overview(database, version, year) if key.z <= UNITS_TO else None
        made = encode_tile(database, year, key, scope, overview)
        with self.lock:
            if name not in self.tiles:
                self.tiles[name] = made
                self.size += len(made)
            while self.size > MOST_BYTES:
                self.size -= len(self.tiles.popitem(last=False)[1])
        return made

    def overview(self, database: Database, version: str, year: int) -> Overview:
        """The overview, made once though several tiles ask at the same moment; from an older one where it can."""
        with self.making:
            made, known = self.overviews.get(year) or next(iter(self.overviews.values()), ("", None))
            if made != version or known is None or known.year != year:
                known = read_overview(database, year, known)
                self.overviews[year] = version, known
            self.overviews.move_to_end(year)
            while len(self.overviews) > OVERVIEWS:
                self.overviews.popitem(last=False)
            return known

    def facts_of(self, database: Database, scope: Scope) -> tuple[str, MapFacts]:
        """The version that addresses of tiles carry, which changes whenever any tile may; and what the scope sees."""
        version, network = read_version(database)
        with self.lock:
            known = self.facts.get((network, scope.places))
        if known is None:
            known = read_facts(database, scope)
            with self.lock:
                if len(self.facts) > 100:
                    self.facts.clear()
                self.facts[network, scope.places] = known
        return version, known


def memory_of(request: Request) -> TileMemory:
    """The application's own memory of tiles."""
    memory = request.app.state.tiles
    assert isinstance(memory, TileMemory)
    return memory


def warm(memory: TileMemory, database: Database) -> None:
    """Make the overview of the newest 年度, so that the first visitor after a start need not wait for it."""
    try:
        if (year := newest_year(database)) is not None:
            memory.overview(database, read_version(database)[0], year)
    except Exception:  # a database that is away: the first visitor's request tries again
        log.exception("the map's overview was not made")


MemoryDep = Annotated[TileMemory, Depends(memory_of)]


@router.get("/revision")
def get_revision(
    service: ServiceDep, memory: MemoryDep, person: PatrolDep, later: BackgroundTasks, year: Year | None = None
) -> JSONResponse:
    """What the map needs at its start: the version for addresses of tiles, where the network lies, its offices.

    With `year` the overview of that 年度 is begun, so that the first tiles find it there.
    """
    version, facts = memory.facts_of(service.database, person.scope)
    if year is not None:
        later.add_task(memory.overview, service.database, version, year)
    offices = [{"manager": manager, "office": office} for manager, office in facts.offices]
    answer = {"revision": version, "bbox": facts.box, "offices": offices, "municipalities": facts.municipalities}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"}, background=later)


@router.get("/{year}/lengths")
def get_lengths(
    service: ServiceDep,
    person: PatrolDep,
    year: Year,
    request: Request,
    by: Literal["rating", "crack_pct", "rut_mm", "iri_mm_per_m", "mci", "potholes", "coverage_pct"] = "rating",
    bounds: Annotated[list[float] | None, Query(max_length=12)] = None,
    rating: Annotated[list[Text] | None, Query(max_length=12)] = None,
    check: bool = False,
    missing: bool = False,
) -> dict[str, float]:
    """Metres of 0.1 segments by rating or by class of an indicator, of what the map's filters leave."""
    equal = {name: value for name in FILTERS if (value := request.query_params.get(name))}
    choice = Choice(equal, rating or [], check, missing)
    database, scope, steps = service.database, person.scope, sorted(bounds or [])
    question = ("lengths", year, by, *steps, *sorted(equal.items()), *choice.ratings, check, missing)
    return service.kept.answer(
        database, scope, question, lambda: read_lengths(database, year, scope, choice, by, steps)
    )


@router.get("/{year}/{z}/{x}/{y}.mvt", response_class=Response)
def get_tile(
    service: ServiceDep,
    memory: MemoryDep,
    person: PatrolDep,
    request: Request,
    year: Year,
    z: int,
    x: int,
    y: int,
    v: str | None = None,
) -> Response:
    """A vector tile (layers sections, kiloposts, defects); 204 where nothing lies."""
    try:
        key = TileKey(z, x, y)
    except ValueError as error:
        raise Refusal(404, "no such tile") from error
    if z > DEEPEST:
        raise Refusal(404, f"tiles end at zoom {DEEPEST}")
    version, _ = read_version(service.database)
    headers = {"Cache-Control": KEPT if v == version else "no-cache", "ETag": f'"{version}-{year}"', "Vary": "Cookie"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = memory.tile(service.database, version, year, key, person.scope)
    if not data:
        return Response(status_code=204, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(data, media_type="application/vnd.mapbox-vector-tile", headers=headers)
