"""Logging in at the office's own provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636).

What must not be forgotten between the two halves (state, nonce, verifier) lies in a cookie of the browser that began: a
link that somebody else began leads nowhere.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pavement.errors import Fault
from pavement.site_settings import Oidc

KNOWN_FOR_S = 3600.0  #: the provider's addresses and keys are asked for again after so long
TIMEOUT_S = 10.0
LEEWAY_S = 60  #: clocks differ
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  #: none of a shared secret, and never `none`
SCOPE = "openid profile email"


class ProviderFailed(Fault):
    """The provider does not answer, or answers what cannot be trusted; the text is for the log."""


@dataclass(frozen=True)
class Underway:
    """A login that has begun; kept by the browser."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Underway:
        """By chance."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def read(cls, cookie: str | None) -> Underway | None:
        """From the cookie; None where it is none of ours."""
        parts = (cookie or "").split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def write(self) -> str:
        """The cookie."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    def began(self, state: str | None) -> bool:
        """Whether an answer with this state belongs to it."""
        return hmac.compare_digest(self.state.encode(), (state or "").encode())


class Provider:
    """The office's provider, its addresses and keys read when they are first needed."""

    def __init__(self, settings: Oidc, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.settings, self.transport = settings, transport
        self._place: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_at = -KNOWN_FOR_S

    async def begin(self, underway: Underway, redirect_uri: str) -> str:
        """Where the browser is sent; raises ProviderFailed."""
        await self._know()
        return str(
            prepare_grant_uri(
                self._place["authorization_endpoint"],
                client_id=self.settings.client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=SCOPE,
                state=underway.state,
                nonce=underway.nonce,
                code_challenge=create_s256_code_challenge(underway.verifier),
                code_challenge_method="S256",
            )
        )

    async def finish(self, underway: Underway, code: str, redirect_uri: str) -> Mapping[str, Any]:
        """The claims of who logged in, checked; raises ProviderFailed."""
        await self._know()
        body = prepare_token_request(
            "authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=underway.verifier
        )
        token = await self._ask(self._place["token_endpoint"], body)
        given = token.get("id_token")
        if not isinstance(given, str):
            raise ProviderFailed("the provider's answer has no id_token")
        try:
            return self._check(given, underway, token.get("access_token"))
        except JoseError:  # its keys may be new ones
            await self._know(again=True)
        try:
            return self._check(given, underway, token.get("access_token"))
        except JoseError as error:
            raise ProviderFailed(f"the id_token cannot be trusted: {error}") from error

    def _check(self, given: str, underway: Underway, access_token: object) -> Mapping[str, Any]:
        assert self._keys is not None
        try:
            decoded = jwt.decode(given, self._keys, algorithms=ALGORITHMS)
        except ValueError as error:
            raise ProviderFailed(f"the id_token cannot be read: {error}") from error
        ours = {"client_id": self.settings.client_id, "nonce": underway.nonce, "access_token": access_token}
        wanted = {
            "iss": {"essential": True, "value": self._place["issuer"]},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
        }
        claims = CodeIDToken(decoded.claims, decoded.header, wanted, ours)
        claims.validate(leeway=LEEWAY_S)
        return decoded.claims

    async def _know(self, *, again: bool = False) -> None:
        if not again and time.monotonic() - self._known_at < KNOWN_FOR_S:
            return
        issuer = self.settings.issuer.rstrip("/")
        place = await self._ask(f"{issuer}/.well-known/openid-configuration")
        if str(place.get("issuer", "")).rstrip("/") != issuer:
            raise ProviderFailed(f"the provider calls itself {place.get('issuer')!r}, not {issuer!r}")
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - place.keys()
        if missing:
            raise ProviderFailed(f"the provider does not name its {', '.join(sorted(missing))}")
        try:
            self._keys = KeySet.import_key_set(await self._ask(str(place["jwks_uri"])))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderFailed(f"the provider's keys cannot be read: {error}") from error
        self._place, self._known_at = place, time.monotonic()

    async def _ask(self, url: str, form: str | None = None) -> dict[str, Any]:
        secret = (self.settings.client_id, self.settings.client_secret)
        try:
            async with httpx.AsyncClient(transport=self.transport, timeout=TIMEOUT_S) as client:
                if form is None:
                    answer = await client.get(url, headers={"Accept": "application/json"})
                else:
                    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
                    answer = await client.post(url, content=form, headers=kind, auth=secret)
            found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderFailed(f"{url}: {error}") from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise ProviderFailed(f"{url} answered {answer.status_code}")
        return found
