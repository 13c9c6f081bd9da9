"""The map in a real browser: how soon it is there, what it fetches, what one does on it, and whether everybody can."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from pavement.store.adopted_tables import ADOPTED
from pavement.store.database import Database, open_database
from pavement.store.revision import raise_revision
from tests.browser.conftest import PASSWORD, PlainServer
from tests.browser.prefecture import YEARS
from tests.browser.visitor import Visit, until, visit

WEB = Path(__file__).parents[2] / "api" / "web"
FIRST_VIEW_S = 3.0  #: of a machine that does nothing else; printed here, judged from afar: others may run beside
SCRIPT_BYTES, TILE_BYTES, TILES = 500_000, 500_000, 12  #: of the first view


@pytest.fixture(scope="module")
def shared(browser: Any, district: PlainServer) -> Iterator[Visit]:
    """One visitor who is logged in, for tests that leave the page as they found it: use `here`."""
    with visit(browser, district) as one:
        one.log_in()
        yield one


@pytest.fixture
def here(shared: Visit) -> Visit:
    """The map at its beginning."""
    shared.page.goto(shared.url)
    shared.settle()
    return shared


@pytest.fixture
def store(district: PlainServer) -> Iterator[Database]:
    database = open_database(f"sqlite:///{(district.data / 'pavement.sqlite').as_posix()}")
    yield database
    database.close()


def slowness() -> float:
    """How many times longer work takes now than on this machine alone."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 0.5:
        sum(range(10_000))
    return max(1.0, (time.perf_counter() - wall) / (time.process_time() - cpu))


def test_first_view_and_what_it_costs(browser: Any, prefecture: PlainServer) -> None:
    times, slow = [], slowness()
    for _ in range(2):  # the server's first answer ever, and every later one
        with visit(browser, prefecture) as one:
            times.append(one.log_in())
            script, tiles = one.bytes_of(r"\.m?js(\?|$)"), one.tiles()
            sent = one.bytes_of(r"\.mvt")
            foreign = {url for url, _, _ in one.fetched if not url.startswith(("data:", "blob:", prefecture.url))}
            drawn = one.page.evaluate("window.__map.queryRenderedFeatures().length")
    slow = max(slow, slowness())
    print(f"first view {times[0]:.2f} s, then {times[1]:.2f} s on a machine x{slow:.1f} as slow as alone; ", end="")
    print(f"script {script:,} bytes; {len(tiles)} tiles of {sent:,} bytes; {drawn:,} lines")
    assert drawn > 1000
    assert not foreign
    assert max(tiles.values()) == 1
    assert len(tiles) <= TILES
    assert sent <= TILE_BYTES
    assert script <= SCRIPT_BYTES
    assert min(times) <= 3 * FIRST_VIEW_S * slow, times


def test_a_pan_fetches_only_what_it_has_not(browser: Any, district: PlainServer) -> None:
    with visit(browser, district, 800, 600) as one:
        one.log_in()
        for zoom in (10, 14.5):
            for lon, lat in ((140.7, 40.8), (140.85, 40.83), (140.7, 40.8)):
                one.jump(lon, lat, zoom)
        fetched = one.tiles()
    again = {url: times for url, times in fetched.items() if times > 1}
    print(f"{len(fetched)} tiles for 6 views, {len(again)} of them twice")
    assert not again


def test_filters_stand_in_the_address(here: Visit) -> None:
    page = here.page
    whole = _total(page)
    page.get_by_label("事務所").select_option("下北")
    page.get_by_label("未点検だけ").check()
    until(lambda: 0 < _total(page) < whole / 6)
    part = _total(page)
    assert "office=" in page.url
    page.reload()
    here.settle()
    until(lambda: _total(page) == part)
    assert page.get_by_label("事務所").input_value() == "下北"
    offices = page.evaluate(
        "[...new Set(window.__map.queryRenderedFeatures()"
        ".filter(f => f.sourceLayer === 'sections').map(f => f.properties.office))]"
    )
    assert offices == ["下北"]


def test_a_click_tells_of_the_section(here: Visit) -> None:
    found = here.page.evaluate(
        "(() => {const f = window.__map.queryRenderedFeatures().find(f => f.sourceLayer === 'sections');"
        "const line = f.geometry.type === 'LineString' ? f.geometry.coordinates : f.geometry.coordinates[0];"
        "return line[line.length >> 1]})()"
    )
    here.jump(found[0], found[1], 15)
    box = here.page.locator(".canvas").bounding_box()
    here.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = here.page.get_by_label("選んだ区間")
    card.wait_for()
    assert (
        re.search(r"\d+K\d{3}", card.inner_text()) or "損傷" in card.inner_html() or "ポットホール" in card.inner_text()
    )
    card.get_by_role("link").click()
    here.page.wait_for_url(re.compile(r"/segment/[0-9a-f]{16}"))


def test_a_kilopost_is_typed_and_one_is_there(here: Visit) -> None:
    page = here.page
    page.keyboard.press("/")
    page.keyboard.type("7号 2K300 下り")
    page.keyboard.press("Enter")
    card = page.get_by_label("選んだ区間")
    card.wait_for()
    text = card.inner_text()
    assert "7号" in text
    assert "2K3" in text
    assert page.evaluate("window.__map.getZoom()") > 14


def test_a_stretch_is_picked_and_locked_and_taken_back(here: Visit, store: Database) -> None:
    """From kilopost to kilopost on one road, 確定 in bulk, 元に戻す, on to the downloads."""
    page = here.page
    page.keyboard.press("s")
    page.locator("aside label.wide select").first.select_option(label="国道10号")
    page.get_by_label("距離標（から）").fill("2K000")
    page.get_by_label("距離標（まで）").fill("2.5")
    page.get_by_role("button", name="両方向を選ぶ").click()
    page.get_by_text("10 区間").first.wait_for()
    page.get_by_role("button", name="確定する").click()
    undo = page.get_by_role("button", name="元に戻す")
    undo.wait_for()
    assert _locked(store, "10") == 10
    undo.click()
    until(lambda: _locked(store, "10") == 0)
    page.get_by_role("link", name="出力へ").click()
    page.wait_for_url(re.compile(r"/exports\?places=([0-9a-f]{16},){9}[0-9a-f]{16}"))


def test_a_correction_elsewhere_shows_by_itself(here: Visit, store: Database) -> None:
    """Within seconds, and only tiles in sight are fetched for it."""
    page = here.page
    with store.reading() as connection:
        own = (ADOPTED.c.fiscal_year == YEARS[-1], ADOPTED.c.level == "segment", ADOPTED.c.route_no == "12")
        query = select(ADOPTED.c.place, ADOPTED.c.from_lon, ADOPTED.c.from_lat).where(*own).limit(1)
        place, lon, lat = connection.execute(query).one()
    here.jump(140.7, 40.8, 9)
    here.jump(lon, lat, 13)
    before = here.tiles()
    with store.writing() as connection:
        change = {"rating": "Ⅲ-2", "revision": raise_revision(connection)}
        connection.execute(
            update(ADOPTED).where(ADOPTED.c.place == place, ADOPTED.c.level == "segment").values(**change)
        )
    began = time.monotonic()
    shown = (
        f"window.__map.querySourceFeatures('network', {{sourceLayer: 'sections'}})"
        f".some(f => f.properties.place === '{place}' && f.properties.rating === 'Ⅲ-2')"
    )
    page.mouse.move(700, 500)
    until(lambda: page.evaluate(shown))
    print(f"shown after {time.monotonic() - began:.1f} s")
    here.settle()
    new = here.tiles() - before
    assert new
    assert all("/13/" in url for url in new), new


def test_the_session_ends_while_one_works(here: Visit) -> None:
    """The page stays and asks for the password over it; what was typed and asked for goes on."""
    page = here.page
    page.keyboard.press("s")
    page.locator("aside label.wide select").first.select_option(label="国道10号")
    page.get_by_label("距離標（から）").fill("4K200")
    page.context.clear_cookies()
    page.get_by_label("距離標（まで）").fill("4K400")
    page.get_by_role("button", name="両方向を選ぶ").click()
    dialog = page.get_by_role("dialog", name="もう一度ログインしてください")
    dialog.get_by_label("パスワード").fill(PASSWORD)
    dialog.get_by_role("button", name="ログイン", exact=True).click()
    page.get_by_text("4 区間").first.wait_for()
    assert page.get_by_label("距離標（から）").input_value() == "4K200"
    assert page.locator("dialog[open]").count() == 0


def test_it_prints_on_one_sheet(here: Visit) -> None:
    here.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    picture = here.page.locator("img.paper")
    assert picture.evaluate("async i => {await i.decode(); return i.naturalWidth}") > 800
    sheet = here.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet).groups())  # type: ignore[union-attr]
    assert (round(width), round(height)) == (842, 595)


def test_titles_help_and_what_is_not_there(here: Visit) -> None:
    page = here.page
    assert page.title().startswith("地図 - ")
    assert page.evaluate("document.documentElement.lang") == "ja"
    page.keyboard.press("?")
    page.get_by_role("dialog", name="キー操作").wait_for()
    page.keyboard.press("Escape")
    assert page.goto(f"{here.url}/nothing/here").status == 404
    page.get_by_role("heading", name="ページがありません").wait_for()
    assert page.title().startswith("ページがありません")


@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_it(browser: Any, district: PlainServer, width: int) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (cd api/web; npm ci)")
    with visit(browser, district, width, 900) as one:
        assert not _barriers(one.page, axe)
        one.log_in()
        assert not _barriers(one.page, axe)
        one.page.keyboard.press("s")
        one.page.get_by_label("区間の選択").wait_for()
        assert not _barriers(one.page, axe)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def _locked(store: Database, route: str) -> int:
    with store.reading() as connection:
        own = (ADOPTED.c.level == "segment", ADOPTED.c.route_no == route, ADOPTED.c.locked_at.is_not(None))
        return len(connection.execute(select(ADOPTED.c.place).where(*own)).all())


def _barriers(page: Any, axe: Path) -> list[str]:
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{each['id']}: {json.dumps([node['html'] for node in each['nodes']], ensure_ascii=False)[:500]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def _total(page: Any) -> float:
    """km of the legend's sum, as soon as it is known."""
    cell = page.locator("tfoot td.number").filter(has_text=re.compile(r"\d"))
    cell.wait_for()
    found = re.search(r"([\d,.]+) (km|m)", cell.inner_text())
    assert found is not None
    return float(found[1].replace(",", "")) * (1 if found[2] == "km" else 0.001)
