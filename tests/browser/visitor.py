"""A page of the staff's web app in a browser, and what it fetched."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.browser.conftest import NAME, PASSWORD, PlainServer

STATE = "[__map.loaded(), __map.areTilesLoaded(), __map.isMoving(), __map.getZoom()].join()"
SETTLED = "!!window.__map && window.__map.loaded() && window.__map.areTilesLoaded()"


@dataclass
class Visit:
    """A page with what it fetched."""

    page: Any
    url: str
    fetched: list[tuple[str, int, int]] = field(default_factory=list)  #: address, status, bytes as sent

    def note(self, response: Any) -> None:
        self.fetched.append((response.url, response.status, int(response.headers.get("content-length") or 0)))

    def settle(self, seconds: float = 180) -> None:
        """Until the map has drawn all it wants."""
        end, calm = time.monotonic() + seconds, 0
        while calm < 2:
            assert time.monotonic() < end, f"the map does not settle: {self.page.evaluate(STATE)}"
            calm = calm + 1 if self.page.evaluate(SETTLED) else 0
            self.page.wait_for_timeout(50)

    def tiles(self) -> Counter[str]:
        return Counter(url for url, _, _ in self.fetched if "/tiles/" in url and ".mvt" in url)

    def bytes_of(self, pattern: str) -> int:
        """Bytes as sent of addresses that the pattern finds."""
        return sum(size for url, _, size in self.fetched if re.search(pattern, url))

    def jump(self, lon: float, lat: float, zoom: float) -> None:
        self.page.evaluate("([lon, lat, zoom]) => window.__map.jumpTo({center: [lon, lat], zoom})", [lon, lat, zoom])
        self.page.wait_for_timeout(100)
        self.settle()

    def log_in(self, settle: bool = True) -> float:
        """To the map; seconds until it is drawn."""
        self.page.get_by_label("名前").fill(NAME)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        began = time.monotonic()
        self.page.get_by_role("button", name="ログイン", exact=True).click()
        if settle:
            self.settle()
        return time.monotonic() - began


@contextmanager
def visit(
    browser: Any, server: PlainServer, width: int = 1440, height: int = 900, patience: float = 90
) -> Iterator[Visit]:
    """A new visitor at the login; a busy machine has `patience` seconds for each step."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP")
    context.set_default_timeout(1000 * patience)
    try:
        page = context.new_page()
        one = Visit(page, server.url)
        page.on("response", one.note)
        page.goto(server.url)
        page.get_by_label("名前").wait_for()
        yield one
    finally:
        context.close()


def until(true: Any, seconds: float = 90) -> None:
    """Wait until `true()`; raises AssertionError where it never is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never true within {seconds} s"
        time.sleep(0.1)
