"""A browser, and a server over a made-up prefecture, for tests of the pages; skipped with a reason where they lack."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.pages import find_pages
from pavement.store.database import migrate, open_database
from pavement.store.people import add_person
from pavement.store.scope import Grant, Role
from tests.api.live import LiveServer
from tests.browser.prefecture import fill_prefecture

NAME, PASSWORD = "tester", "correct horse battery"
CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")  #: Debian's own before any other
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass
class PlainServer(LiveServer):
    """`pavement serve` without workers and without base map."""

    segments: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="session")
def pages() -> Path:
    """The folder of the built pages."""
    folder = find_pages()
    if folder is None:
        pytest.skip("the web pages are not built (cd api/web; npm ci; npm run build)")
    return folder


@pytest.fixture(scope="module")  # no longer: its event loop would be in the way of other tests' own
def browser(pages: Path) -> Iterator[Any]:
    """Chromium through Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install 'pavement[dev]'")
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


def serve(data: Path, **size: int) -> PlainServer:
    """A server over a made-up prefecture of this size, started."""
    data.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{(data / 'pavement.sqlite').as_posix()}")
    migrate(database)
    segments = fill_prefecture(database, **size)
    add_person(database, NAME, [Grant(Role.REVIEWER)], PASSWORD, "試験 太郎")
    database.close()
    server = PlainServer(data, {"PAVEMENT_BASE_MAP": "none"}, options=["--workers", "0"], segments=segments)
    server.start()
    server.wait()
    return server


@pytest.fixture(scope="session")
def prefecture(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainServer]:
    """A server over 72,000 segments; nobody has asked it for a tile."""
    server = serve(tmp_path_factory.mktemp("prefecture"), blocks=12)
    assert server.segments == 72_000
    yield server
    server.stop()


@pytest.fixture(scope="session")
def district(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainServer]:
    """A server over 24 roads, for what does not hang on their number."""
    server = serve(tmp_path_factory.mktemp("district"), routes=24, blocks=24)
    yield server
    server.stop()
