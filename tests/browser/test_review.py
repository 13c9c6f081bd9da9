"""全線とりまとめ, its public view and 精度確認 in a real browser: what they say, A4, and who can use them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pavement.earlier.reading import read_vehicle_survey
from pavement.store.database import migrate, open_database
from pavement.store.people import add_person
from pavement.store.scope import Grant, Role
from pavement.store.surveys import keep_survey, known_roads
from tests.api.test_accuracy import survey_csv
from tests.browser.conftest import NAME, PASSWORD, PlainServer
from tests.review.builders import Filled, fill_store
from tests.review.test_surveys import file_of

WEB = Path(__file__).parents[2] / "api" / "web"
#: a folder for pictures to look at
SHOTS = os.environ.get("SCREENSHOTS")
CHIEF = "kanri"
SETTINGS = """
[unit_price]
"シール材注入・表面処理（ひび割れ抑制）" = 900
[kpi]
inspected_pct = 100
days_to_repair = 14
[accuracy]
least_damaged = 5
"""


@pytest.fixture(scope="module")
def office(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PlainServer, Filled]]:
    data = tmp_path_factory.mktemp("office")
    database = open_database(f"sqlite:///{(data / 'pavement.sqlite').as_posix()}")
    migrate(database)
    filled = fill_store(database, roads=12, km=4.0, passes=3)
    add_person(database, NAME, [Grant(Role.REVIEWER)], PASSWORD, "試験 太郎")
    add_person(database, CHIEF, [Grant(Role.ADMIN)], PASSWORD, "管理 花子")
    for more, name in ((0.0, "令和3年度_測定車.csv"), (1.0, "令和3年度_再測.csv")):
        survey = read_vehicle_survey(file_of(filled, 20, more), name, known_roads(database), year=2021)
        keep_survey(database, survey, 2021)
    database.close()
    rules = data / "review.toml"
    rules.write_text(SETTINGS, encoding="utf-8")
    given = {"PAVEMENT_BASE_MAP": "none", "PAVEMENT_PUBLIC_REVIEW": "1", "PAVEMENT_REVIEW": str(rules)}
    server = PlainServer(data, given, options=["--workers", "0"])
    server.start()
    server.wait()
    yield server, filled
    server.stop()


@pytest.fixture(params=[1440, 390])
def page(request: pytest.FixtureRequest, browser: Any, office: tuple[PlainServer, Filled]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="ja-JP")
    one = context.new_page()
    log_in(one, office[0].url, NAME)
    yield one
    context.close()


def log_in(page: Any, url: str, name: str) -> None:
    page.goto(url)
    page.get_by_label("名前").fill(name)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.locator("header .title").wait_for()


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png", full_page=True)


def barriers(page: Any) -> list[str]:
    """Serious violations that axe-core finds."""
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (cd api/web; npm ci)")
    page.evaluate(axe.read_text(encoding="utf-8") + "\n;undefined")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def too_wide(page: Any) -> list[str]:
    """What makes the page scroll sideways."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"):
        return []
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
        " && !e.closest('.scroll')).map(e => e.outerHTML.slice(0, 120))"
    )
    return found or ["something"]


def test_review(page: Any, office: tuple[PlainServer, Filled]) -> None:
    server, _ = office
    page.goto(f"{server.url}/review?year=2026")
    page.get_by_role("heading", name="点検実施延長率", exact=True).wait_for(timeout=60_000)
    said = page.evaluate("fetch('/api/v1/review?year=2026').then(answer => answer.json())")
    text = page.locator("main").inner_text()
    assert f"{said['coverage']['inspected_pct']:.1f} %" in " ".join(text.split())
    assert "悪化の疑い" in text
    assert "推定" in text
    assert "PAVEMENT_" not in text  # staff set nothing
    worst = page.get_by_role("region", name="悪化区間").or_(page.locator("table", has_text="うち悪化")).first
    assert worst.get_by_role("link").count() >= 1
    first = page.locator("section", has_text="修繕候補区間").get_by_role("link").first
    assert "/?place=" in first.get_attribute("href")
    slider = page.get_by_label("候補全体の")
    slider.fill("0")
    assert "0 区間" in page.locator("section", has_text="修繕候補区間").inner_text()
    slider.fill("100")
    assert not too_wide(page)
    shot(page, "review")
    assert not barriers(page)


def test_printed_on_a4(page: Any, office: tuple[PlainServer, Filled], tmp_path: Path) -> None:
    if page.viewport_size["width"] != 1440:
        return
    page.goto(f"{office[0].url}/review?year=2026")
    page.get_by_role("heading", name="指標の推移").wait_for(timeout=60_000)
    file = Path(SHOTS or tmp_path) / "review.pdf"
    page.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
    assert file.read_bytes()[:5] == b"%PDF-"
    page.emulate_media(media="print")
    wide = page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => t.scrollWidth > document.body.clientWidth + 2).length"
    )
    assert wide == 0


def test_public(browser: Any, office: tuple[PlainServer, Filled]) -> None:
    for width in (1440, 390):
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="ja-JP")
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{office[0].url}/public?year=2026")
        page.get_by_role("heading", name="点検実施延長率").wait_for(timeout=60_000)
        text = page.locator("main").inner_text()
        assert "修繕候補区間" not in text
        assert "費用" not in text
        assert not [url for url in asked if "/photos/" in url or "/segments" in url]
        assert not too_wide(page)
        shot(page, "public")
        assert not barriers(page)
        context.close()


def test_accuracy(page: Any, office: tuple[PlainServer, Filled], tmp_path: Path) -> None:
    server, filled = office
    page.goto(f"{server.url}/review?year=2026")
    page.get_by_role("link", name="精度確認").click()
    file = tmp_path / "測定車_令和8年度.csv"
    file.write_bytes(survey_csv(filled, noise=3.0))
    page.get_by_label("測定車の結果").set_input_files(str(file))
    page.get_by_role("button", name="比べる").click()
    page.get_by_role("heading", name="結果：").wait_for(timeout=60_000)
    text = page.locator("main").inner_text()
    for word in ("検出率", "的中率", "混同行列", "一致限界", "sha256", "路線が路線網にない 1"):
        assert word in text, word
    assert not too_wide(page)
    shot(page, "accuracy")
    assert not barriers(page)
    page.get_by_label("測定車の結果").set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    )
    page.get_by_role("button", name="比べる").click()
    page.get_by_role("alert").wait_for()
    page.get_by_role("button", name="取り消す").first.click()
    page.get_by_text("推定」に戻ります").first.wait_for()


def test_an_imported_survey_is_taken_back(browser: Any, office: tuple[PlainServer, Filled]) -> None:
    server, _ = office
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ja-JP")
    page = context.new_page()
    log_in(page, server.url, CHIEF)
    page.goto(f"{server.url}/review/accuracy?year=2026")
    surveys = page.locator("section", has_text="取り込んだ過年度の結果")
    surveys.get_by_role("listitem").nth(1).wait_for()
    surveys.get_by_role("button", name="取り消す").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("推定」に戻ります").wait_for()
    shot(page, "survey-delete")
    assert not barriers(page)
    dialog.get_by_role("button", name="やめる").click()
    dialog.wait_for(state="hidden")
    assert surveys.get_by_role("listitem").count() == 2
    surveys.get_by_role("button", name="取り消す").first.click()
    dialog.get_by_role("button", name="取り消す").click()
    page.get_by_text("の取り込みを取り消しました").wait_for()
    page.wait_for_function("document.querySelectorAll('section[aria-labelledby=surveys] li').length === 1")
    context.close()
