"""Logging in at the office's own provider, and everything that must not open the door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from api.deps import COOKIE
from api.routes.oidc import UNDERWAY
from pavement.site_settings import Oidc, SiteSettings
from pavement.store.people import add_person, change_person
from pavement.store.scope import Grant, Role
from tests.api.builders import API, Server, server
from tests.api.provider import CLIENT, ISSUER, SECRET, FakeProvider


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path, site=SiteSettings(oidc=Oidc(ISSUER, CLIENT, SECRET))) as started:
        yield started


@pytest.fixture
def idp(one: Server) -> FakeProvider:
    fake = FakeProvider()
    assert one.service.oidc is not None
    one.service.oidc.transport = fake.transport()
    return fake


def begin(one: Server, idp: FakeProvider) -> tuple[dict[str, str], str]:
    """What the browser brings back from the provider, and the cookie that it holds."""
    one.client.forget()
    answer = one.client.get(f"{API}/session/oidc")
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "path=/api/v1/session/oidc;" in cookie
    back = idp.log_in(answer.headers["Location"])
    token = answer.cookies[UNDERWAY]
    one.client.forget()
    return back, token


def come_back(one: Server, back: dict[str, str], cookie: str) -> httpx.Response:
    headers = {"Cookie": f"{UNDERWAY}={cookie}"} if cookie else {}
    answer = one.client.get(f"{API}/session/oidc/callback", params=back, headers=headers)
    assert answer.status_code == 303, answer.text
    return answer


def through(one: Server, idp: FakeProvider) -> str:
    """Where a whole login ends."""
    answer = come_back(one, *begin(one, idp))
    inside = COOKIE in answer.cookies
    assert inside == (answer.headers["Location"] == "/")
    return answer.headers["Location"]


def test_who_is_known_gets_in(one: Server, idp: FakeProvider) -> None:
    person = add_person(one.service.database, "Sato", [Grant(Role.STAFF)])
    answer = come_back(one, *begin(one, idp))
    assert answer.headers["Location"] == "/"
    cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    assert one.client.get(f"{API}/session", headers=cookie).json()["user"]["id"] == person.id
    assert one.client.get(f"{API}/settings").json()["oidc"] is True
    idp.claims = {"preferred_username": "renamed"}  # the provider's own id counts from the second time on
    assert through(one, idp) == "/"
    assert idp.asked == ["discovery", "keys"]
    change_person(one.service.database, person.id, disabled=True)
    assert through(one, idp) == "/login?error=unknown"


def test_who_is_not_known_stays_out(one: Server, idp: FakeProvider) -> None:
    assert through(one, idp) == "/login?error=unknown"


def test_a_persons_password_account_is_not_taken_over(one: Server, idp: FakeProvider) -> None:
    add_person(one.service.database, "sato", [Grant(Role.ADMIN)], "雪国の道を毎日走る26")
    assert through(one, idp) == "/login?error=unknown"


def test_a_name_is_given_to_one_account_of_the_provider(one: Server, idp: FakeProvider) -> None:
    add_person(one.service.database, "sato", [Grant(Role.STAFF)])
    assert through(one, idp) == "/"
    idp.claims = {"sub": "u-2"}
    assert through(one, idp) == "/login?error=unknown"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "http://evil.test"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"at_hash": "wrong"},
        {"iat": None},
    ],
)
def test_a_token_that_says_something_else(one: Server, idp: FakeProvider, claims: dict[str, Any]) -> None:
    add_person(one.service.database, "sato", [Grant(Role.STAFF)])
    idp.claims = claims
    assert through(one, idp) == "/login?error=provider"


def test_a_token_of_another_key(one: Server, idp: FakeProvider) -> None:
    add_person(one.service.database, "sato", [Grant(Role.STAFF)])
    idp.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert through(one, idp) == "/login?error=provider"
    idp.key = idp.signs_with  # the provider has published it meanwhile
    assert through(one, idp) == "/"


@pytest.mark.parametrize(
    "token",
    [
        {"access_token": "a"},
        {"id_token": 1},
        {"id_token": "x.y.z"},
        {"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1LTEifQ."},
        [],
        "text",
    ],
)
def test_a_token_that_is_none(one: Server, idp: FakeProvider, token: object) -> None:
    add_person(one.service.database, "sato", [Grant(Role.STAFF)])
    idp.token = token
    assert through(one, idp) == "/login?error=provider"


def test_an_answer_that_this_browser_did_not_ask_for(one: Server, idp: FakeProvider) -> None:
    add_person(one.service.database, "sato", [Grant(Role.STAFF)])
    back, cookie = begin(one, idp)
    _back, other = begin(one, idp)
    for given, held in ((back, ""), (back, "x"), (back, "a.b.c"), (back, other), ({**back, "state": "x"}, cookie)):
        assert come_back(one, given, held).headers["Location"] == "/login?error=again"
    assert come_back(one, {"state": back["state"], "error": "access_denied"}, cookie).headers["Location"] == (
        "/login?error=refused"
    )
    assert come_back(one, {**back, "code": "stolen"}, cookie).headers["Location"] == "/login?error=provider"
    assert come_back(one, back, cookie).headers["Location"] == "/"
    assert come_back(one, back, cookie).headers["Location"] == "/login?error=provider"  # a code serves once


def test_a_provider_that_is_another_or_away(one: Server, idp: FakeProvider) -> None:
    idp.issuer = "http://evil.test"
    one.client.forget()
    assert one.client.get(f"{API}/session/oidc").headers["Location"] == "/login?error=provider"
    assert one.service.oidc is not None
    one.service.oidc.transport = httpx.MockTransport(lambda _request: httpx.Response(500))
    assert one.client.get(f"{API}/session/oidc").headers["Location"] == "/login?error=provider"


def test_without_a_provider(tmp_path: Path) -> None:
    with server(tmp_path) as one:
        for path in ("", "/callback"):
            assert one.client.get(f"{API}/session/oidc{path}").status_code == 404
