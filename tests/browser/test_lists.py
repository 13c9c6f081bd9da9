"""Defects, downloads, drives and administration in a real browser against a real server over real results."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from sqlalchemy import select, update

from pavement.store import workers
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS
from pavement.store.blobs import open_blobs
from pavement.store.database import Database, open_database
from pavement.store.drives import stored_files
from pavement.store.people import add_person
from pavement.store.scope import Grant, Role
from pavement.store.tables import DRIVES
from tests.browser.conftest import PlainServer
from tests.browser.test_map import WEB, _barriers
from tests.jobs.builders import add_two_results, make_place

PASSWORD = "correct horse battery"
SLOW = 400_000  #: bytes per second
WORDS = "[aria-label='送っている走行']"
#: Drops handles of files that the browser keeps itself (OPFS): they are like those of a disk, but always allowed.
DROP = """async (files) => {
  const root = await navigator.storage.getDirectory()
  const write = async (folder, [name, ...rest], data) => {
    if (rest.length) return write(await folder.getDirectoryHandle(name, {create: true}), rest, data)
    const stream = await (await folder.getFileHandle(name, {create: true})).createWritable()
    await stream.write(data)
    await stream.close()
  }
  for (const [path, size] of files) await write(root, path.split('/'), new Uint8Array(size).fill(path.length))
  const handle = await root.getDirectoryHandle(files[0][0].split('/')[0])
  const item = {kind: 'file', getAsFileSystemHandle: async () => handle, webkitGetAsEntry: () => null}
  const event = new Event('drop', {bubbles: true, cancelable: true})
  Object.defineProperty(event, 'dataTransfer', {value: {items: [item], files: []}})
  document.querySelector('.drop').dispatchEvent(event)
}"""


@pytest.fixture(scope="module")
def filled(
    pages: Path, tiny_drive: Path, tiny_result: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlainServer]:
    """A server over the results of a drive, with an administrator and somebody of the staff."""
    place = make_place(tmp_path_factory.mktemp("lists") / "data")
    workers.enter(place.database, "w", "host")
    add_two_results(place, tiny_drive, tiny_result, "w")
    with place.database.writing() as connection:
        for table in (ADOPTED, ADOPTED_DEFECTS):
            connection.execute(update(table).values(manager="青森県", office="東青"))
    for name, role in (("admin", Role.ADMIN), ("staff", Role.STAFF), ("patrol", Role.PATROL)):
        add_person(place.database, name, [Grant(role)], PASSWORD, f"{name} 太郎")
    server = PlainServer(place.folder.parent, {"PAVEMENT_BASE_MAP": "none"}, options=["--workers", "0"])
    server.start()
    server.wait()
    yield server
    server.kill()


@pytest.fixture
def database(filled: PlainServer) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{(filled.data / 'pavement.sqlite').as_posix()}")
    yield opened
    opened.close()


@contextmanager
def at(browser: Any, server: PlainServer, path: str, name: str = "staff", width: int = 1440) -> Iterator[Any]:
    """A page of somebody who has logged in; faults of its script are the test's."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="ja-JP", accept_downloads=True)
    wrong: list[str] = []
    try:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{server.url}/login?next={path}")
        page.get_by_label("名前").fill(name)
        page.get_by_label("パスワード").fill(PASSWORD)
        page.get_by_role("button", name="ログイン", exact=True).click()
        page.wait_for_url(f"{server.url}{path}")
        yield page
        assert not wrong
    finally:
        context.close()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)


def state_of(database: Database, defect_id: str) -> str:
    query = select(ADOPTED_DEFECTS.c.state).where(ADOPTED_DEFECTS.c.defect_id == defect_id)
    with database.reading() as connection:
        return str(connection.execute(query.limit(1)).scalar_one())


def test_a_phone_is_paired_by_the_code_on_the_screen(browser: Any, filled: PlainServer) -> None:
    with at(browser, filled, "/admin/devices", "admin") as page:
        page.get_by_role("button", name="端末を登録する（QR）").click()
        page.get_by_label("端末の名前").fill("青森1 電話")
        page.get_by_role("button", name="QR を表示").click()
        page.get_by_role("img", name="登録の QR コード").wait_for()
        assert re.search(r"残り\s*(10:00|9:\d\d)", page.get_by_role("timer").inner_text())
        code = page.get_by_label("登録コード").inner_text()
        url = f"{filled.url}/api/v1"
        claimed = httpx.post(f"{url}/pairings/claim", json={"code": code})
        assert claimed.status_code == 201, claimed.text
        page.get_by_text("登録できました").wait_for()
        page.get_by_role("button", name="閉じる", exact=True).click()
        key = {"Authorization": f"Bearer {claimed.json()['key']}"}
        assert httpx.get(f"{url}/segments", headers=key).status_code == 200
        page.get_by_role("button", name="失効 ：青森1 電話").click()
        page.get_by_role("button", name="失効する").click()
        page.get_by_text("青森1 電話を失効しました").wait_for()
        assert httpx.get(f"{url}/segments", headers=key).status_code == 401


def test_a_person_is_registered_and_changes_the_password(browser: Any, filled: PlainServer) -> None:
    with at(browser, filled, "/admin/people", "admin") as page:
        page.get_by_role("button", name="人を登録する").click()
        page.get_by_label("名前（ログインに使う）").fill("hanako")
        page.get_by_label("表示する名前").fill("道路 花子")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("button", name="書き留めたので閉じる").wait_for()
        password = page.locator(".secret").inner_text()
        page.get_by_role("button", name="書き留めたので閉じる").click()
        page.get_by_role("cell", name="道路 花子 hanako").wait_for()
        login = httpx.post(
            f"{filled.url}/api/v1/session",
            json={"name": "hanako", "password": password},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert login.status_code == 200
        assert [each["role"] for each in login.json()["grants"]] == ["staff"]
    with at(browser, filled, "/admin", "patrol") as page:  # others see themselves and the machine
        page.get_by_label("いまのパスワード").wait_for()
        assert page.get_by_role("link", name="人と役割").count() == 0
        page.get_by_label("いまのパスワード").fill("wrong")
        for label in ("新しいパスワード", "新しいパスワード（もう一度）"):
            page.get_by_label(label, exact=True).fill("another long password")
        page.get_by_role("button", name="変える").click()
        page.get_by_text("いまのパスワードが違います").wait_for()


def test_a_defect_gets_a_state_and_it_is_undone(browser: Any, filled: PlainServer, database: Database) -> None:
    with at(browser, filled, "/defects") as page:
        row = page.locator("tbody tr").first
        row.get_by_role("button").first.click()
        page.wait_for_url(re.compile(r"/defects/[^?]+"))
        defect = unquote(page.url.partition("/defects/")[2].partition("?")[0])
        panel = page.get_by_label("選んだ損傷")
        panel.get_by_role("button", name="応急補修済").wait_for()
        page.keyboard.press("3")  # 応急補修済
        page.get_by_text("「応急補修済」にしました").wait_for()
        assert state_of(database, defect) == "応急補修済"
        assert panel.get_by_role("button", name="応急補修済").get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name="元に戻す").click()
        until(lambda: state_of(database, defect) == "未確認")
        panel.get_by_text("元に戻した").wait_for()


def test_many_defects_at_once_and_back_and_as_csv(browser: Any, filled: PlainServer, database: Database) -> None:
    with at(browser, filled, "/defects") as page:
        page.locator("tbody tr").first.wait_for()
        boxes = page.locator("tbody input[type=checkbox]")
        chosen = min(3, boxes.count())
        for index in range(chosen):
            boxes.nth(index).check()
        page.get_by_label("選んだものの状態を変える").select_option("誤検出")
        page.get_by_text(f"{chosen}件を「誤検出」にしました").wait_for()
        page.get_by_role("search", name="損傷の絞り込み").get_by_role("button", name="誤検出").click()
        until(lambda: page.locator("tbody tr").count() == chosen)
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"CSV（絞り込んだ{chosen}件）").click()
        lines = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == 1 + chosen
        assert all(",誤検出," in line for line in lines[1:])
        page.get_by_role("button", name="元に戻す").click()
        page.get_by_text("元に戻しました").wait_for()
    with database.reading() as connection:
        assert set(connection.execute(select(ADOPTED_DEFECTS.c.state)).scalars()) == {"未確認"}


def test_form_a_says_what_the_page_says(browser: Any, filled: PlainServer, database: Database) -> None:
    with database.reading() as connection:
        query = select(ADOPTED).where(ADOPTED.c.level == "segment", ADOPTED.c.crack_pct.is_not(None))
        row = connection.execute(query.limit(1)).one()
    with at(browser, filled, f"/exports?places={row.place}") as page:
        page.get_by_text("選んだ 1 区間").wait_for()
        with page.expect_download(timeout=60_000) as saved:
            page.get_by_role("button", name="作る ：様式A", exact=True).click()
        assert re.fullmatch(r"様式A_選択1区間_令和\d+年度\.xlsx", saved.value.suggested_filename)
        sheet = openpyxl.load_workbook(BytesIO(Path(saved.value.path()).read_bytes())).worksheets[0]
        told = page.evaluate("(place) => fetch(`/api/v1/segments/${place}`).then((answer) => answer.json())", row.place)
        rows = list(sheet.iter_rows(values_only=True))
        head = next(each for each in rows if "ひび割れ率(%)" in each)
        line = rows[rows.index(head) + 1]
        assert line[head.index("ひび割れ率(%)")] == pytest.approx(told["crack_pct"], abs=0.051)
        page.get_by_role("button", name="作る ：PMTiles").click()  # never at once
        page.get_by_label("頼んだもの").get_by_text("順番待ち").wait_for()


@contextmanager
def slowly(page: Any, bytes_per_second: int = SLOW) -> Iterator[None]:
    """Let it send no faster."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    shape = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    line.send("Network.emulateNetworkConditions", shape)
    yield
    line.send("Network.emulateNetworkConditions", {**shape, "latency": 0, "uploadThroughput": -1})


def shown(page: Any) -> int:
    """Files that the page says the server has."""
    found = re.search(r"([\d,]+) / [\d,]+ ファイル", page.locator(f"{WORDS} li").first.inner_text())
    return 0 if found is None else int(found[1].replace(",", ""))  # it is reading them


def test_a_drive_arrives_once_though_server_and_page_are_interrupted(
    browser: Any, filled: PlainServer, database: Database, tmp_path: Path
) -> None:
    drive = tmp_path / "巡回 0601"
    wanted: dict[str, bytes] = {"drive.toml": 'vehicle = "青森9"\n'.encode()}
    wanted |= {f"frames/{n:03}.jpg": hashlib.shake_128(str(n).encode()).digest(60_000) for n in range(30)}
    wanted["video/long.mp4"] = hashlib.shake_128(b"long").digest(9_000_000)  # three pieces
    for path, data in wanted.items():
        (drive / path).parent.mkdir(parents=True, exist_ok=True)
        (drive / path).write_bytes(data)
    receipts: Counter[str] = Counter()

    def note(response: Any) -> None:
        if response.request.method == "PUT" and response.status == 201:
            receipts[response.url] += 1

    with at(browser, filled, "/drives") as page:
        page.on("response", note)
        folder = page.get_by_label("フォルダーを選ぶ")
        with slowly(page):
            folder.set_input_files(drive)
            assert page.get_by_role("group", name="巡回 0601").get_by_label("車両").input_value() == "青森9"
            page.get_by_role("button", name="送る", exact=True).click()
            until(lambda: shown(page) >= 5, 60)
            filled.kill()
            until(lambda: page.get_by_text("サーバーにつながりません").count() > 0 or shown(page) < 31, 5)
            page.wait_for_timeout(1500)
            before = shown(page)
            filled.start()
            filled.wait()
            until(lambda: shown(page) > before, 60)  # by itself
            assert shown(page) < len(wanted)
            page.reload()
            page.get_by_text("もう一度選ぶと、続きから送ります").wait_for()
            assert shown(page) >= before
        folder.set_input_files(drive)
        page.get_by_text("送り終えました").wait_for(timeout=60_000)
        assert receipts
        assert max(receipts.values()) == 1
        page.locator(WORDS).get_by_role("link", name="走行を見る").click()
        page.get_by_text("解析待ち").first.wait_for()
        page.goto(f"{filled.url}/drives")
        folder.set_input_files(drive)  # all over again: the server knows it
        page.get_by_role("button", name="送る", exact=True).click()
        until(lambda: page.get_by_text("送り終えました").count() == 2)
        assert max(receipts.values()) == 1
    with database.reading() as connection:
        ids = list(connection.execute(select(DRIVES.c.id).where(DRIVES.c.vehicle == "青森9")).scalars())
    assert len(ids) == 1
    blobs = open_blobs(str(filled.data / "store"))
    arrived = {file.path: blobs.read(file.blob_key or "") for file in stored_files(database, ids[0])}
    assert arrived == wanted


def test_dropped_files_go_on_by_themselves_after_a_reload(
    browser: Any, filled: PlainServer, database: Database
) -> None:
    files = [("夜/drive.toml", 0), *((f"夜/frames/{n:02}.jpg", 50_000) for n in range(20))]
    with at(browser, filled, "/drives") as page:
        with slowly(page, 200_000):
            page.evaluate(DROP, files)
            page.get_by_role("group", name="夜").get_by_label("車両").fill("青森8")
            page.get_by_role("button", name="送る", exact=True).click()
            until(lambda: shown(page) >= 4, 60)
            page.get_by_role("button", name="一時停止").click()
            page.locator(WORDS).get_by_text("一時停止中").wait_for()
            page.get_by_role("button", name="続ける").click()
            page.get_by_role("button", name="一時停止").wait_for()
            page.reload()
        page.get_by_text("送り終えました").wait_for(timeout=60_000)
    with database.reading() as connection:
        ids = list(connection.execute(select(DRIVES.c.id).where(DRIVES.c.vehicle == "青森8")).scalars())
    assert len(ids) == 1
    assert {file.path: file.size for file in stored_files(database, ids[0])} == {
        path.removeprefix("夜/"): size for path, size in files
    }


@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_them(browser: Any, filled: PlainServer, database: Database, width: int) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (cd api/web; npm ci)")
    with database.reading() as connection:
        defect = connection.execute(select(ADOPTED_DEFECTS.c.defect_id).limit(1)).scalar_one()
        drive = connection.execute(select(DRIVES.c.id).limit(1)).scalar_one()
    addresses = ["/defects", f"/defects/{defect}", "/exports", "/drives", f"/drives/{drive}", "/drives/coverage"]
    addresses += ["/drives/vehicles", "/admin/people", "/admin/devices", "/admin/audit", "/admin/self", "/admin/about"]
    with at(browser, filled, "/defects", "admin", width) as page:
        for address in addresses:
            page.goto(filled.url + address)
            page.get_by_role("heading", level=1).first.wait_for()
            page.wait_for_load_state("networkidle")
            assert not _barriers(page, axe), address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
