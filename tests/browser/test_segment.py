"""Looking at a section, correcting it, 確定, going through 要確認, and the strip of a road: in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pavement.place import place_id
from tests.browser.conftest import PASSWORD, PlainServer
from tests.browser.inspected import fill_inspected
from tests.builders import NATIONAL_4

AXE = Path(__file__).parents[2] / "api" / "web" / "node_modules" / "axe-core" / "axe.min.js"
SECOND = place_id("segment", NATIONAL_4, "下り", 112.4)
LOADED = "[...document.querySelectorAll('.frame img')].every((each) => each.complete && each.naturalWidth > 0)"


@pytest.fixture
def inspected(pages: Path, tmp_path: Path) -> Iterator[PlainServer]:
    """A server over one kilometre that was driven, new for each test: tests correct it."""
    data = tmp_path / "inspected"
    data.mkdir()
    fill_inspected(data, PASSWORD)
    server = PlainServer(data, {"PAVEMENT_BASE_MAP": "none"}, options=["--workers", "0"])
    server.start()
    server.wait()
    yield server
    server.stop()


@contextmanager
def at(browser: Any, server: PlainServer, path: str, name: str = "tester", width: int = 1440) -> Iterator[Any]:
    """Somebody logged in, at a page of the server; what the page itself breaks fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="ja-JP", has_touch=width < 500)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    try:
        page.goto(f"{server.url}{path}")
        page.get_by_label("名前").fill(name)
        page.get_by_label("パスワード").fill(PASSWORD)
        page.keyboard.press("Enter")
        yield page
        assert broken == []
    finally:
        context.close()


def toast(page: Any, text: str) -> Any:
    found = page.locator(".toast", has_text=text).last
    found.wait_for()
    return found


def until(page: Any, holds: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def use(page: Any, row: str) -> str:
    """The value that holds."""
    cell = page.locator("form[aria-label='値'] tr", has=page.get_by_role("rowheader", name=re.compile(f"^{row}")))
    return str(cell.locator("td.use").inner_text())


def test_find_look_correct_undo_lock_and_refuse(browser: Any, inspected: PlainServer) -> None:
    with at(browser, inspected, "/strip") as page:
        page.get_by_role("application").wait_for()
        page.keyboard.press("/")
        page.keyboard.type("4号 112K450 下り")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=re.compile("112K400～112K500")).wait_for()
        assert page.url.split("?")[0].endswith(SECOND)
        until(page, lambda: page.evaluate(LOADED))
        assert "marked=true" in page.locator(".frame img").get_attribute("src")
        page.keyboard.press("m")
        assert "marked" not in page.locator(".frame img").get_attribute("src")
        reason = page.get_by_label("診断の理由").inner_text()
        assert "45.0 % は 40 % 以上で、Ⅲ" in reason
        assert "Ⅲ と診断しました" in reason

        page.keyboard.press("e")  # a measured rut
        page.get_by_label("わだち掘れ量（人の値）").fill("２３．４")
        page.get_by_label("コメント").fill("現地で測定")
        page.keyboard.press("Control+Enter")
        saved = toast(page, "わだち掘れ量を直しました")
        assert use(page, "わだち掘れ量") == "23.4"
        assert "わだち掘れ量 8.0 mm → 23.4 mm" in page.get_by_label("履歴").inner_text()
        saved.get_by_role("button", name="元に戻す").click()
        toast(page, "元に戻しました")
        until(page, lambda: use(page, "わだち掘れ量") == "8.0")
        assert "取り消し" in page.get_by_label("履歴").inner_text()

        page.keyboard.press("a")
        toast(page, "確認済みにしました")
        page.get_by_text("要確認", exact=True).first.wait_for()
        assert page.locator(".flag.check").count() == 0
        page.keyboard.press("l")
        toast(page, "確定しました")
        page.get_by_text("確定　試験 太郎").wait_for()
        assert page.get_by_role("button", name="値を直す").count() == 0

    with at(browser, inspected, f"/segment/{SECOND}", "clerk") as page:
        page.get_by_text("確認者に「確定を解く」を頼んでください").wait_for()
        assert page.get_by_role("button", name=re.compile("確定")).count() == 0

    with at(browser, inspected, f"/segment/{SECOND}") as page:
        page.get_by_role("button", name="確定を解く").click()
        toast(page, "確定を解きました")
        assert page.get_by_role("button", name="値を直す").count() == 1


def test_what_is_locked_meanwhile_is_refused_kindly_and_nothing_typed_is_lost(
    browser: Any, inspected: PlainServer
) -> None:
    path = f"/segment/{SECOND}"
    with at(browser, inspected, path, "clerk") as page, at(browser, inspected, path) as other:
        page.get_by_role("button", name="値を直す").click()
        page.get_by_label("ひび割れ率（人の値）").fill("31.5")
        page.context.set_offline(True)
        page.get_by_role("button", name="保存", exact=True).click()
        page.get_by_text("入力はこの欄に残っています").wait_for()
        assert page.get_by_label("ひび割れ率（人の値）").input_value() == "31.5"
        page.context.set_offline(False)
        page.reload()
        assert page.get_by_label("ひび割れ率（人の値）").input_value() == "31.5"

        other.get_by_role("button", name=re.compile("^確定する")).click()
        toast(other, "確定しました")
        page.get_by_role("button", name="保存", exact=True).click()
        toast(page, "この区間は確定済みのため変更できません")
        page.get_by_text("確定　試験 太郎").wait_for()
        assert use(page, "ひび割れ率") == "45.0"
        assert page.get_by_label("ひび割れ率（人の値）").input_value() == "31.5"


def test_a_defect_is_drawn_with_the_keyboard_and_one_is_none(browser: Any, inspected: PlainServer) -> None:
    with at(browser, inspected, f"/segment/{SECOND}", "clerk") as page:
        assert use(page, "ポットホール") == "0"
        page.keyboard.press("d")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        form = page.get_by_label("書き加える損傷")
        form.get_by_label("長さ（m）").fill("0.8")
        form.get_by_label("幅（m）").fill("0.5")
        page.keyboard.press("Enter")
        toast(page, "ポットホールを書き加えました")
        page.get_by_role("heading", name="損傷 2 件").wait_for()
        drawn = page.locator(".box.person")
        assert drawn.evaluate("(each) => each.style.cssText").startswith("left: 39%; top: 60%; width: 21%")
        assert use(page, "ポットホール") == "1"
        page.keyboard.press("Control+z")
        toast(page, "元に戻しました")
        page.get_by_role("heading", name="損傷 1 件").wait_for()

        page.get_by_role("button", name="誤検出にする", exact=True).click()
        toast(page, "損傷を「誤検出」にしました").get_by_role("button", name="元に戻す").click()
        toast(page, "元に戻しました")
        until(page, lambda: page.get_by_label("状態").input_value() == "未確認")

        page.keyboard.press("u")
        toast(page, "この写真を「使えない」としました")
        page.get_by_text("使えない写真").wait_for()

        page.get_by_role("button", name="損傷を書き加える").click()  # and with the mouse
        page.locator(".frame").scroll_into_view_if_needed()
        box = page.locator(".frame").bounding_box()
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.7 * box["height"], steps=4)
        page.mouse.up()
        page.get_by_label("書き加える損傷").get_by_role("button", name="書き加える").click()
        page.get_by_role("heading", name="損傷 2 件").wait_for()


def test_who_only_looks_gets_no_buttons(browser: Any, inspected: PlainServer) -> None:
    with at(browser, inspected, f"/segment/{SECOND}", "driver") as page:
        page.get_by_role("heading", name=re.compile("112K400～")).wait_for()
        for name in ("値を直す", "確認済み", "確定", "誤検出", "書き加える", "使えない"):
            assert page.get_by_role("button", name=re.compile(name)).count() == 0
        assert page.get_by_role("button", name="大きく見る").count() == 1


def test_the_queue_needs_no_mouse(browser: Any, inspected: PlainServer) -> None:
    with at(browser, inspected, "/check") as page:
        left = page.locator(".count").first
        page.get_by_role("heading", name=re.compile("112K300～")).wait_for()
        assert left.inner_text() == "要確認 残り 3 件"
        page.keyboard.press("n")
        page.get_by_role("heading", name=re.compile("112K400～")).wait_for()
        page.keyboard.press("p")
        page.get_by_role("heading", name=re.compile("112K300～")).wait_for()
        page.keyboard.press("Shift+?")
        page.get_by_role("dialog").get_by_text("前の写真・次の写真").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        shown = page.locator(".viewer .count")
        before = shown.inner_text()
        page.keyboard.press("ArrowRight")
        until(page, lambda: shown.inner_text() != before)
        page.keyboard.press("a")
        page.get_by_role("heading", name=re.compile("112K400～")).wait_for()
        assert left.inner_text() == "要確認 残り 2 件"
        page.keyboard.press("e")
        page.locator("form input:focus").wait_for()
        page.keyboard.type("38")
        page.keyboard.press("Control+Enter")
        toast(page, "ひび割れ率を直しました")
        page.keyboard.press("l")
        page.get_by_role("heading", name=re.compile("112K500～")).wait_for()
        page.keyboard.press("a")
        page.get_by_role("heading", name="要確認はありません").wait_for()
        assert left.inner_text() == "要確認 残り 0 件"


def test_the_strip_goes_by_keyboard_and_by_click(browser: Any, inspected: PlainServer) -> None:
    with at(browser, inspected, "/strip") as page:
        strip = page.get_by_role("application")
        page.get_by_text("表で見る（表示中の 20 区間").wait_for()
        strip.focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.get_by_text("下り　112K400～112K500").wait_for()
        page.get_by_text("表で見る（表示中の").click()
        table = page.get_by_role("region", name="区間の表")
        table.get_by_role("button", name="ひび割れ率").click()
        table.get_by_role("button", name="ひび割れ率").click()
        assert "45.0" in table.locator("tbody tr").first.inner_text()  # the worst of them
        page.get_by_text("表で見る（表示中の").click()
        strip.focus()
        assert "ひび割れ率 45.0 %" in re.sub(r"\s+", " ", page.locator("#said").inner_text())
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=re.compile("112K400～")).wait_for()
        page.go_back()
        page.get_by_text("表で見る（表示中の 20 区間").wait_for()
        box = strip.bounding_box()
        page.mouse.click(box["x"] + 142 + 0.35 * (box["width"] - 152), box["y"] + 100)
        page.get_by_role("heading", name=re.compile("下り.112K300～")).wait_for()


@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_it(browser: Any, inspected: PlainServer, width: int) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (cd api/web; npm ci)")
    with at(browser, inspected, f"/segment/{SECOND}", width=width) as page:
        page.get_by_role("button", name="値を直す").wait_for()
        _no_barriers(page, width)
        for key in ("e", "Escape", "z", "Escape", "d"):
            page.keyboard.press(key)
            page.wait_for_timeout(200)
            _no_barriers(page, width)
        for path, ready in (("/check", "次の区間"), ("/strip", "全体")):
            page.goto(inspected.url + path)
            page.get_by_role("button", name=ready).wait_for()
            page.wait_for_timeout(300)
            _no_barriers(page, width)


def _no_barriers(page: Any, width: int) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not serious, [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
