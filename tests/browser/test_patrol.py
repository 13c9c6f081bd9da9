"""The patrol page in a real browser against a real server: out of reach, reloaded, killed; everything arrives once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pavement.sources.drive_reader import read_drive
from pavement.sources.imu_csv import read_imu
from pavement.store.blobs import open_blobs
from pavement.store.database import Database, open_database
from pavement.store.devices import revoke_device
from pavement.store.drives import stored_files
from pavement.store.pairing import begin_pairing
from pavement.store.scope import Place
from tests.api.live import LiveServer
from tests.browser.patrol_phone import SHAKE, Phone, camera_file, read_route


@pytest.fixture
def engine(browser: Any, pages: Path) -> Any:
    """What starts a Chromium with a profile of its own."""
    if not (pages / "patrol.html").is_file():
        pytest.skip("the patrol page is not built (cd api/web; npm ci; npm run build)")
    return browser.browser_type


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """`pavement serve` with a certificate of its own."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    command += ["-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    options = ("--tls-cert", str(certificate), "--tls-key", str(key), "--workers", "0")
    server = LiveServer(tmp_path / "data", options=options)
    server.start()
    server.wait()
    yield server
    server.kill()


@pytest.fixture
def phone(tmp_path: Path, tiny_drive: Path, server: LiveServer) -> Phone:
    camera = camera_file(sorted((tiny_drive / "frames").glob("*.jpg")), tmp_path / "camera.mjpeg")
    return Phone(tmp_path / "profile", camera, server.url)


@pytest.fixture
def database(server: LiveServer) -> Iterator[Database]:
    database = open_database(f"sqlite:///{(server.data / 'pavement.sqlite').as_posix()}")
    yield database
    database.close()


def received(server: LiveServer, database: Database, drive_id: str) -> dict[str, bytes]:
    """The files of a drive as the server holds them."""
    blobs = open_blobs(str(server.data / "store"))
    return {file.path: blobs.read(file.blob_key) for file in stored_files(database, drive_id) if file.blob_key}


def digests(kept: dict[str, list[dict[str, Any]]], drive: str) -> dict[str, str]:
    return {file["path"]: file["sha256"] for file in kept["files"] if file["drive"] == drive}


def test_everything_arrives_once_byte_for_byte(
    engine: Any, server: LiveServer, phone: Phone, database: Database, tiny_drive: Path, tmp_path: Path
) -> None:
    route = read_route(tiny_drive / "track.gpx")
    code = begin_pairing(database, "巡回車1号", Place(), "console").code
    with phone.on(engine) as page:
        phone.context.set_geolocation({"longitude": route[0][0], "latitude": route[0][1], "accuracy": 4})
        phone.open(f"#pair={code}")
        phone.tab("設定")
        page.get_by_text("登録済み: 巡回車1号").wait_for()
        page.get_by_label("車両の名前").fill("巡回車1号")
        page.get_by_label("レンズの高さ").fill("1.3")
        page.get_by_label("間隔を短く").click(click_count=2)
        phone.tab("送信")
        page.get_by_label("押したときだけ").check()
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        phone.wait_until(lambda: page.evaluate("caches.keys().then((names) => names.length === 1)"))

        phone.context.set_offline(True)  # out of reach: the page comes from the phone itself
        phone.open()
        page.evaluate(SHAKE)
        record(phone, route[:9])
        first = phone.kept()
        assert [drive["state"] for drive in first["drives"]] == ["closed"]

        page.reload()
        page.evaluate(SHAKE)
        phone.button("記録開始").click()
        phone.wait_until(lambda: page.locator("[data-figure=frames]").count() == 1)
        phone.drive_along(route[:4])
        before = phone.figure("frames")
        phone.tab("送信")  # it goes on below the other page
        phone.drive_along(route[4:8])
        phone.tab("記録")
        shown = phone.figure("frames")
        assert shown > before + 3
        phone.die()  # in mid-drive

    with phone.on(engine, offline=True) as page:
        phone.open()
        page.get_by_text("途中で切れた記録が1件ありました").wait_for()
        kept = phone.kept()
        newest, oldest = sorted(kept["drives"], key=lambda each: -each["startedAtMs"])
        assert (newest["state"], newest["cutOff"]) == ("closed", True)
        assert newest["frames"] >= shown  # what was counted is there
        assert digests(kept, oldest["id"]) == digests(first, oldest["id"])
        wanted = {drive["id"]: digests(kept, drive["id"]) for drive in kept["drives"]}

        phone.tab("送信")
        phone.context.set_offline(False)
        phone.slow_upload(200_000)
        phone.button("いま送る").click()
        phone.wait_until(lambda: phone.figure("safe") >= 3)
        server.kill()
        assert phone.figure("here") > 3  # it was in the middle of it
        page.wait_for_timeout(1500)
        server.start()
        server.wait()
        phone.slow_upload(-1)
        phone.wait_until(lambda: phone.figure("here") == 0, 90)
        phone.wait_until(lambda: page.get_by_text("サーバーが確認済み").count() == 2, 90)
        done = phone.kept()
        assert done["files"] == []  # deleted here, after the receipt
        of_server = {drive["id"]: drive["serverId"] for drive in done["drives"]}

        revoke_device(database, "巡回車1号")
        phone.tab("記録")
        record(phone, route[:4])
        phone.tab("送信")
        phone.button("いま送る").click()
        page.get_by_text("この端末の登録が無効です").first.wait_for()
        assert len(phone.kept()["files"]) > 3  # nothing is lost by it
    assert phone.errors == []

    for drive, sent in wanted.items():
        files = received(server, database, of_server[drive])
        assert {path: hashlib.sha256(data).hexdigest() for path, data in files.items()} == sent
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM drives").scalar_one() == 2

    folder = tmp_path / "arrived"
    for path, data in received(server, database, of_server[oldest["id"]]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    check_arrived(folder, oldest["frames"])


def test_the_browser_sends_when_the_page_is_closed(
    engine: Any, server: LiveServer, phone: Phone, database: Database, tiny_drive: Path
) -> None:
    route = read_route(tiny_drive / "track.gpx")
    code = begin_pairing(database, "巡回車2号", Place(), "console").code
    with phone.on(engine) as page:
        phone.context.set_geolocation({"longitude": route[0][0], "latitude": route[0][1], "accuracy": 4})
        phone.open(f"#pair={code}")
        phone.tab("送信")
        page.get_by_label("いつも送る").check()
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        phone.context.set_offline(True)
        phone.tab("記録")
        record(phone, route[:4])
        worker = phone.context.new_cdp_session(phone.context.new_page())
        registrations: list[dict[str, Any]] = []
        worker.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
        worker.send("ServiceWorker.enable")
        page.close()
        page = phone.page = phone.context.pages[0]
        phone.wait_until(lambda: len(registrations) > 0)
        phone.context.set_offline(False)
        found = {"origin": server.url, "registrationId": registrations[-1]["registrationId"]}

        def queued() -> int:
            with database.reading() as connection:
                return int(connection.exec_driver_sql("SELECT count(*) FROM drives WHERE status='queued'").scalar_one())

        end = time.monotonic() + 90
        while not queued():  # a browser tries again too where the first time found no network yet
            assert time.monotonic() < end
            worker.send("ServiceWorker.dispatchSyncEvent", {**found, "tag": "send", "lastChance": False})
            page.wait_for_timeout(5000)


def test_every_view_is_readable_to_all_and_works_by_keyboard(
    engine: Any, phone: Phone, tiny_drive: Path, pages: Path
) -> None:
    axe = Path(__file__).parents[2] / "api" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (cd api/web; npm ci)")
    with phone.on(engine) as page:
        phone.context.set_geolocation({"longitude": 140.7, "latitude": 40.8, "accuracy": 4})
        phone.open()
        page.evaluate(axe.read_text(encoding="utf-8"))
        for theme in ("昼", "夜"):
            phone.tab("設定")
            page.get_by_label(theme, exact=True).check()
            for view in ("記録", "送信", "設定"):
                phone.tab(view)
                found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
                serious = [each for each in found if each["impact"] in ("serious", "critical")]
                assert not serious, [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]
                small = page.evaluate(
                    "[...document.querySelectorAll('button')].filter((b) => b.getBoundingClientRect().height < 60)"
                    ".map((b) => b.innerText)"
                )
                assert small == []
        phone.tab("記録")
        page.evaluate(SHAKE)
        page.get_by_text("取り付け良好").wait_for()
        start = phone.button("記録開始")
        for _ in range(8):
            page.keyboard.press("Shift+Tab")
            if start.evaluate("(button) => button === document.activeElement"):
                break
        page.keyboard.press("Enter")
        phone.button("記録を終える").wait_for()


def test_without_https_it_says_so(engine: Any, phone: Phone, pages: Path) -> None:
    with phone.on(engine) as page:
        page.add_init_script("Object.defineProperty(window, 'isSecureContext', { get: () => false })")
        page.goto(f"{phone.server}/patrol")
        page.get_by_role("alert").get_by_text("https://").first.wait_for()


def record(phone: Phone, route: list[tuple[float, float]]) -> None:
    """A recording from its beginning to its end."""
    phone.button("記録開始").click()
    phone.wait_until(lambda: phone.page.locator("[data-figure=frames]").count() == 1)
    phone.drive_along(route)
    assert phone.figure("frames") > 3
    phone.button("記録を終える").click()
    phone.button("記録開始").wait_for()


def check_arrived(folder: Path, frames: int) -> None:
    """The drive reads as one: every frame timed by frames.csv and inside the track, the sensors fit for IRI."""
    drive = read_drive(folder)
    assert drive.facts.vehicle == "巡回車1号"
    assert drive.facts.camera.height_m == 1.3
    assert len(drive.frames) == frames
    assert {frame.time_source for frame in drive.frames} == {"frames.csv"}
    times = [frame.timestamp.timestamp() for frame in drive.frames if frame.timestamp is not None]
    assert times == sorted(times)
    assert drive.track.time_s[0] - 2 < times[0] < times[-1] < drive.track.time_s[-1] + 2
    imu = read_imu(folder / "imu.csv")
    assert imu is not None
    assert imu.samples.unfit() is None
    assert 45 < imu.samples.rate_hz < 75
