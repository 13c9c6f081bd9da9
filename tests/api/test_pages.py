"""The built pages: types, caching, what may load, and what stands there where they are missing."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.errors import add_error_handlers
from api.pages import content_policy, pages_router
from tests.api.builders import Client

BASE_MAP = "https://tiles.example/xyz/{z}/{x}/{y}.png"
SCRIPT = "console.log('舗装')\n" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>舗装点検</title>", encoding="utf-8")
    (tmp_path / "patrol.html").write_text("<title>巡回</title>", encoding="utf-8")
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "patrol-sw.js").write_text("//", encoding="utf-8")
    (tmp_path / "patrol.webmanifest").write_text("{}", encoding="utf-8")
    (tmp_path / ".built").write_text("0", encoding="utf-8")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    app = FastAPI()
    app.include_router(pages_router(BASE_MAP, folder))
    add_error_handlers(app)
    with Client(app) as one:
        yield one


@pytest.mark.parametrize(
    ("address", "title"),
    [("/", "舗装点検"), ("/segment/0123", "舗装点検"), ("/login", "舗装点検"), ("/patrol", "巡回")],
)
def test_pages(client: Client, address: str, title: str) -> None:
    answer = client.get(address)
    assert title in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == content_policy(BASE_MAP)


def test_hashed_names_are_kept_for_ever(client: Client) -> None:
    answer = client.get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 9, mtime=0))
    assert answer.text == SCRIPT
    assert client.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"}).text == SCRIPT


@pytest.mark.parametrize(
    ("name", "kind"), [("patrol-sw.js", "text/javascript"), ("patrol.webmanifest", "application/manifest+json")]
)
def test_names_that_stay_are_asked_for_again(client: Client, name: str, kind: str) -> None:
    first = client.get(f"/{name}")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"].startswith(kind)
    assert client.get(f"/{name}", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/nothing",
        "/.built",
        "/index.html",
        "/assets/none.js",
        "/assets/..%2f.built",
        "/..%2f..%2fetc%2fpasswd",
        "/C:%5cx",
    ],
)
def test_nothing_else(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_person_is_told_in_words(client: Client) -> None:
    for address in ("/nothing", "/nothing/at/all"):
        answer = client.get(address, headers={"Accept": "text/html,*/*"})
        assert answer.status_code == 404
        assert "舗装点検" in answer.text
    for address in ("/assets/none.js", "/api/v1/nothing"):
        assert "舗装点検" not in client.get(address, headers={"Accept": "text/html,*/*"}).text


def test_without_pages_it_says_what_to_do(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(pages_router(None, tmp_path / "none"))
    with Client(app) as one:
        answer = one.get("/")
    assert answer.status_code == 503
    assert "画面がこの環境に入っていません" in answer.text


def test_only_the_base_map_is_foreign() -> None:
    policy = content_policy(BASE_MAP)
    assert "img-src 'self' data: blob: https://tiles.example;" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "://" not in content_policy(None)
    assert "://" not in content_policy("/own/{z}/{x}/{y}.png")
