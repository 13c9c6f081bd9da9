"""A server in this process, with a device or two, and what they send."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.deps import COOKIE
from api.service import OnComplete, Service
from pavement.server_settings import ServerSettings
from pavement.settings import Settings
from pavement.site_settings import SiteSettings
from pavement.store.devices import add_device
from pavement.store.people import Person, add_person
from pavement.store.scope import Grant, Place, Role
from pavement.store.sessions import begin_session

API = "/api/v1"
NEW_DRIVE = {"vehicle": "巡回車1号", "started_at": "2026-05-01T09:00:00+09:00"}


def digest_of(data: bytes) -> str:
    return "sha-256=" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def entry(path: str, data: bytes) -> dict[str, object]:
    return {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def content(size: int, seed: int = 0) -> bytes:
    """Bytes that do not repeat."""
    return hashlib.shake_128(str(seed).encode()).digest(size)


class Client:
    """Requests to an application in this process, one after another, without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._runner = app, asyncio.Runner()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app, True), base_url="http://test")

    def __enter__(self) -> Self:
        self._life = self._app.router.lifespan_context(self._app)
        self._runner.run(self._life.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._http.aclose())
        self._runner.run(self._life.__aexit__(None, None, None))
        self._runner.close()

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._http.request(method, url, **more))

    def forget(self) -> None:
        """Drop the cookies that came, as another browser has none."""
        self._http.cookies.clear()

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def put(self, url: str, **more: Any) -> httpx.Response:
        return self.request("PUT", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)

    def head(self, url: str, **more: Any) -> httpx.Response:
        return self.request("HEAD", url, **more)


@dataclass
class Phone:
    """A device with its key."""

    client: Client
    key: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def new_drive(self, key: str = "first", **more: object) -> str:
        answer = self.create(key, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def create(self, key: str = "first", **more: object) -> httpx.Response:
        return self.client.post(
            f"{API}/drives", json={**NEW_DRIVE, **more}, headers={**self.auth, "Idempotency-Key": key}
        )

    def put(self, drive: str, path: str, data: bytes, **headers: str) -> httpx.Response:
        given = {"Digest": digest_of(data), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.put(f"{API}/drives/{drive}/files/{path}", content=data, headers={**self.auth, **given})

    def put_piece(self, drive: str, path: str, whole: bytes, start: int, end: int) -> httpx.Response:
        headers = {
            **self.auth,
            "Digest": digest_of(whole),
            "Content-Range": f"bytes {start}-{end - 1}/{len(whole)}",
        }
        return self.client.put(f"{API}/drives/{drive}/files/{path}", content=whole[start:end], headers=headers)

    def head(self, drive: str, path: str) -> httpx.Response:
        return self.client.head(f"{API}/drives/{drive}/files/{path}", headers=self.auth)

    def complete(self, drive: str, *files: dict[str, object]) -> httpx.Response:
        return self.client.post(f"{API}/drives/{drive}/complete", json={"files": list(files)}, headers=self.auth)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"{API}{path}", headers=self.auth)


@dataclass
class Staff:
    """A person who is logged in, in a browser."""

    client: Client
    person: Person
    token: str

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Cookie": f"{COOKIE}={self.token}", "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self.client.request(method, f"{API}{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return self.request("POST", path, json=body, **more)

    def patch(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return self.request("PATCH", path, json=body, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)


@dataclass
class Server:
    app: FastAPI
    client: Client

    @property
    def service(self) -> Service:
        service = self.app.state.service
        assert isinstance(service, Service)
        return service

    def phone(self, name: str = "phone", manager: str | None = None, office: str | None = None) -> Phone:
        return Phone(self.client, add_device(self.service.database, name, manager, office))

    def person(self, name: str, role: str, manager: str | None = None, office: str | None = None) -> Staff:
        """A person of one role, logged in; without a password, which takes long to hash."""
        grants = [Grant(Role(role), Place(manager, office))]
        person = add_person(self.service.database, name, grants)
        return Staff(self.client, person, begin_session(self.service.database, person))


@contextmanager
def server(folder: Path, on_complete: OnComplete | None = None, **changes: object) -> Iterator[Server]:
    """A server over `folder`; `changes` of its settings, or `site` with those of the pages and logins."""
    site = changes.pop("site", None)
    assert site is None or isinstance(site, SiteSettings)
    settings = ServerSettings.from_environment(folder, environment={})
    settings = replace(settings, keep_free_bytes=0)
    settings = replace(settings, **changes)  # type: ignore[arg-type]
    app = create_app(Settings(), settings, on_complete, site=site)
    with Client(app) as client:
        yield Server(app, client)
