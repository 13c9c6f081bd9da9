"""`make bench ONLY=map`: the map and its pages over one road and over a whole prefecture, in turns in the same run.

Chromium looks at both stores: first view, pan, a segment, a strip. Then their addresses are asked for directly, each
once where the server has not made the answer yet and again where it has.
`ratio` = time over the prefecture by time over one road, so 1 = as quick; other work makes the times longer.
`python -m tests.bench_map [ROUNDS]`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np

from pavement.store.adopted_tables import SECTIONS
from pavement.store.database import open_database
from pavement.vector_tiles.grid import TileKey
from tests.bench_table import Row, tell
from tests.browser.conftest import ARGUMENTS, CHROMIUM, NAME, PASSWORD, PlainServer, serve
from tests.browser.prefecture import YEARS
from tests.browser.visitor import Visit, visit

YEAR = YEARS[-1]
ROUNDS = 3
ONE, WHOLE = "one road", "whole prefecture"
ZOOMS = (8, 10, 12, 14)
AGAIN = 3  #: how often an answer is asked for that the server has made already
NEAR, PAN_PX = 12, 500

#: Notes when the first line of the network is drawn, in milliseconds since the page began.
WATCH = """
Object.defineProperty(window, '__map', {configurable: true, get() { return this.__kept }, set(map) {
  this.__kept = map
  const look = () => {
    if (!map.queryRenderedFeatures().some(each => each.sourceLayer === 'sections')) return
    map.off('render', look)
    window.__lines = performance.now()
  }
  map.on('render', look)
}})
"""
MOVE = """([x, y]) => new Promise(done => {
  const began = performance.now()
  window.__map.once('idle', () => done(performance.now() - began))
  window.__map.panBy([x, y], {animate: false})
})"""

Times = dict[str, dict[str, list[float]]]  #: what was done -> store -> milliseconds


def main(rounds: int = ROUNDS) -> None:
    """Print the rows."""
    times: Times = defaultdict(lambda: defaultdict(list))
    sizes: Times = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder:
        stores = {ONE: serve(Path(folder) / "one", routes=1, blocks=1), WHOLE: serve(Path(folder) / "whole")}
        try:
            middle = _middle(stores[ONE])
            with _chromium() as browser:
                for turn in range(rounds):
                    for name, server in _in_turn(stores, turn):
                        with visit(browser, server) as one:
                            for what, took in _look(one, middle):
                                times[what][name].append(took)
            for turn in range(rounds):
                for name, server in _in_turn(stores, turn):
                    server.stop()  # what it has made is forgotten
                    server.start()
                    server.wait()
                    for what, took, size in _ask(server, middle):
                        times[what][name].append(took)
                        sizes[what][name].append(size)
            counts = {name: server.segments for name, server in stores.items()}
        finally:
            for server in stores.values():
                server.stop()
    tell(_rows(times, sizes, counts))


def _in_turn(stores: Mapping[str, PlainServer], turn: int) -> list[tuple[str, PlainServer]]:
    """Neither store is always the first."""
    return list(stores.items())[:: -1 if turn % 2 else 1]


def _middle(server: PlainServer) -> tuple[float, float, str]:
    """Longitude, latitude and place of the segment amid the road; it is the first road of the prefecture too."""
    database = open_database(f"sqlite:///{(server.data / 'pavement.sqlite').as_posix()}")
    query = SECTIONS.select().where(SECTIONS.c.level == "segment", SECTIONS.c.direction == "下り")
    with database.reading() as connection:
        rows = connection.execute(query.order_by(SECTIONS.c.from_kp_km)).all()
    database.close()
    row = rows[len(rows) // 2]
    return row.from_lon, row.from_lat, row.place


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = next(found for name in CHROMIUM if (found := shutil.which(name)))
    with sync_playwright() as running:
        opened = running.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


def _look(one: Visit, middle: tuple[float, float, str]) -> Iterator[tuple[str, float]]:
    """What a visitor does, and how many milliseconds each took."""
    page, (lon, lat, place) = one.page, middle
    page.evaluate(WATCH)
    clicked = page.evaluate("performance.now()")
    one.log_in()
    yield "first view, routes drawn", page.evaluate("window.__lines") - clicked
    yield "first view, all drawn", page.evaluate("performance.now()") - clicked
    one.jump(lon, lat, NEAR)
    yield f"pan at zoom {NEAR}", page.evaluate(MOVE, [PAN_PX, PAN_PX // 2])
    for what, address, shown in (
        ("segment opened", f"/segment/{place}?year={YEAR}", "h1:has-text('K')"),
        ("strip of a road", f"/strip?{urlencode(_road(one))}&year={YEAR}", "details summary:has-text('区間')"),
    ):
        began = time.perf_counter()
        page.goto(f"{one.url}{address}")
        page.locator(shown).first.wait_for()
        yield what, 1000 * (time.perf_counter() - began)


def _road(one: Visit) -> dict[str, str]:
    routes = one.page.evaluate("fetch('/api/v1/routes').then(answer => answer.json())")
    first = min(routes, key=lambda route: int(route["route_no"]))
    return {name: first[name] for name in ("road_type", "route_no", "branch_no", "kind")}


def _ask(server: PlainServer, middle: tuple[float, float, str]) -> Iterator[tuple[str, float, float]]:
    """What the pages ask for: words, milliseconds, bytes as sent."""
    lon, lat, place = middle
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as client:
        client.post("/session", json={"name": NAME, "password": PASSWORD}, headers={"Origin": server.url})
        start, _ = _timed(client, f"/tiles/revision?year={YEAR}")
        version = start.json()["revision"]

        def tile(zoom: int, x: int, y: int) -> str:
            return f"/tiles/{YEAR}/{zoom}/{x}/{y}.mvt?v={version}"

        road = urlencode(
            {
                name: value
                for name, value in min(client.get("/routes").json(), key=lambda each: int(each["route_no"])).items()
                if name in ("road_type", "route_no", "branch_no", "kind")
            }
        )
        yield ("tile at zoom 8, first after a start", *_cost(client, tile(8, *_around(lon, lat, 8)[0])))
        for zoom in ZOOMS:
            for x, y in _around(lon, lat, zoom)[zoom == 8 :]:
                address = tile(zoom, x, y)
                yield (f"tile at zoom {zoom}, made", *_cost(client, address))
                for _ in range(AGAIN):
                    yield ("tile, kept by the server", *_cost(client, address))
        for what, address in {
            "map's start": f"/tiles/revision?year={YEAR}",
            "legend's lengths": f"/tiles/{YEAR}/lengths?by=rating",
            "list of routes": "/routes",
            "segments of one road": f"/segments?{road}&year={YEAR}&whole=true&order=kp&limit=10000",
            "one segment": f"/segments/{place}?year={YEAR}",
            "kilopost typed": "/kilopost?text=4号 2K300",
            "the 100 worst segments": f"/segments?year={YEAR}&order=-crack_pct&limit=100",
            "点検実施延長率": f"/coverage?year={YEAR}",
            "years": "/years",
        }.items():
            yield (f"{what}, first", *_cost(client, address))
            for _ in range(AGAIN):
                yield (what, *_cost(client, address))


def _around(lon: float, lat: float, zoom: int) -> list[tuple[int, int]]:
    """The tile of a place and its neighbours to the east and south: some, as a pan fetches them."""
    size = 1 << zoom
    x = int((lon + 180) / 360 * size)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * size)
    assert TileKey(zoom, x, y).bounds()[0] <= lon
    return [(x + dx, y + dy) for dx in (0, 1) for dy in (0, 1)]


def _timed(client: httpx.Client, address: str) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = client.get(address)
    took = 1000 * (time.perf_counter() - began)
    answer.raise_for_status()
    return answer, took


def _cost(client: httpx.Client, address: str) -> tuple[float, float]:
    answer, took = _timed(client, address)
    return took, float(answer.num_bytes_downloaded)


def _rows(times: Times, sizes: Times, counts: Mapping[str, int]) -> Iterator[Row]:
    for what, of in times.items():
        typical = {name: float(np.percentile(values, 50)) for name, values in of.items()}
        for name, values in of.items():
            note = f"p50 {typical[name]:.0f} ms, p95 {np.percentile(values, 95):.0f} ms of {len(values)}"
            if what in sizes:
                note += f", {np.median(sizes[what][name]):,.0f} bytes"
            ratio = typical[name] / typical[ONE] if name == WHOLE else None
            against = f"{ONE} (time by time)" if name == WHOLE else ""
            yield Row(
                f"map, {name}",
                what,
                counts[name],
                "segments",
                None,
                typical[name] / 1000,
                None,
                against,
                ratio,
                note=note,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
