"""A phone in a car, in tests: Chromium with a fake camera, positions along a route, and a profile that survives it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM

FLAGS = (
    *("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run", "--use-fake-device-for-media-stream"),
    *("--use-fake-ui-for-media-stream", "--ignore-certificate-errors"),
)
#: All that the page has on its disk: drives, and of each file its name, size and digest.
KEPT = """() => new Promise((resolve, reject) => {
  const open = indexedDB.open('pavement-patrol')
  open.onerror = () => reject(open.error)
  open.onsuccess = () => {
    const db = open.result
    const work = db.transaction(['drives', 'files'])
    const [drives, files] = [work.objectStore('drives').getAll(), work.objectStore('files').getAll()]
    work.oncomplete = () => { db.close(); resolve({ drives: drives.result, files: files.result }) }
  }
})"""
#: Motion sensors at 60 Hz: a phone in landscape that looks 8° down, in a car that shakes a little.
SHAKE = """() => {
  const g = 9.81, down = 8 * Math.PI / 180
  setInterval(() => {
    const shake = Math.random() - 0.5
    dispatchEvent(new DeviceMotionEvent('devicemotion', {
      accelerationIncludingGravity: { x: 0.02, y: g * Math.cos(down) + shake, z: g * Math.sin(down) },
      rotationRate: { alpha: 0.1, beta: 0.2, gamma: 0.3 },
      interval: 1000 / 60,
    }))
  }, 1000 / 60)
}"""


def camera_file(frames: Sequence[Path], out: Path) -> Path:
    """Photos as a video that the fake camera shows again and again."""
    out.write_bytes(b"".join(frame.read_bytes() for frame in frames))
    return out


def read_route(gpx: Path) -> list[tuple[float, float]]:
    """lon, lat of a GPX track's points."""
    found = re.findall(r'<trkpt lat="([-\d.]+)" lon="([-\d.]+)"', gpx.read_text(encoding="utf-8"))
    return [(float(lon), float(lat)) for lat, lon in found]


@dataclass
class Phone:
    """One browser profile; it may be killed and started again."""

    profile: Path
    camera: Path
    server: str
    width: int = 844
    height: int = 390
    dark: bool = False
    context: Any = None
    page: Any = None
    errors: list[str] = field(default_factory=list)

    @contextmanager
    def on(self, engine: Any, offline: bool = False) -> Iterator[Any]:
        """Switched on, the page not opened yet."""
        self.context = engine.launch_persistent_context(
            str(self.profile),
            executable_path=next(path for name in CHROMIUM if (path := shutil.which(name))),
            headless=True,
            args=[*FLAGS, f"--use-file-for-fake-video-capture={self.camera}", f"--user-agent-tag={self.profile.name}"],
            viewport={"width": self.width, "height": self.height},
            permissions=["camera", "geolocation"],
            ignore_https_errors=True,
            color_scheme="dark" if self.dark else "light",
            has_touch=True,
        )
        try:
            self.context.set_offline(offline)
            self.page = self.context.pages[0]
            self.page.on("pageerror", lambda error: self.errors.append(str(error)))
            yield self.page
        finally:
            try:
                self.context.close()
            except Exception:
                assert not self.processes()  # it was killed

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self.server}/patrol{fragment}")
        self.page.get_by_role("navigation").wait_for()

    def drive_along(self, route: Sequence[tuple[float, float]], every_s: float = 1.0) -> None:
        """A position after the other, as GPS tells them."""
        for lon, lat in route:
            self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 4})
            self.page.wait_for_timeout(1000 * every_s)

    def slow_upload(self, bytes_per_s: int) -> None:
        """The network of a mountain road."""
        session = self.context.new_cdp_session(self.page)
        conditions = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": bytes_per_s}
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", conditions)

    def tab(self, name: str) -> None:
        self.page.get_by_role("navigation").get_by_role("button", name=re.compile(name)).click()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=False)

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        """What is in its store."""
        kept = self.page.evaluate(KEPT)
        assert isinstance(kept, dict)
        return kept

    def figure(self, name: str) -> int:
        """A number that the page shows."""
        return int(re.sub(r"\D", "", self.page.locator(f"[data-figure={name}]").inner_text()))

    def wait_until(self, done: Any, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, self.page.inner_text("body")
            self.page.wait_for_timeout(200)

    def processes(self) -> list[int]:
        """The browser's own processes, known by the profile's folder."""
        found = []
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = each.read_bytes()
            except OSError:
                continue
            if f"--user-data-dir={self.profile}".encode() in line:
                found.append(int(each.parent.name))
        return found

    def die(self) -> None:
        """The battery is empty: no goodbye."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        end = time.monotonic() + 20
        while self.processes() and time.monotonic() < end:
            time.sleep(0.1)
