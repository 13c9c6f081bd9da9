"""The server so far: is it alive, could it work, what does it offer."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api.app import create_app
from pavement import __version__
from pavement.settings import Settings


def get(path: str, *, model: str = "road") -> httpx.Response:
    """The application's answer, without a socket."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(Settings(model=model)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_the_process_answers() -> None:
    answer = get("/healthz", model="no such model")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "version": __version__})


def test_it_is_ready_with_the_registrys_model() -> None:
    answer = get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["model"] == "road"


def test_it_is_not_ready_without_its_model() -> None:
    answer = get("/readyz", model="no such model")
    assert answer.status_code == 503
    assert "no such model" in answer.json()["reason"]


def test_the_interface_is_described_at_the_contracts_place() -> None:
    answer = get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert {"/healthz", "/readyz"} <= set(answer.json()["paths"])


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_pages_that_would_load_scripts_from_outside_do_not_exist(path: str) -> None:
    assert get(path).status_code == 404
