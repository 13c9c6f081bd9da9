"""An OpenID provider in this process: one login page that lets everybody in as whom the test says."""

import base64
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "http://idp.test/realm"
CLIENT, SECRET = "pavement", "s3cret"


@dataclass
class FakeProvider:
    """Its keys, and what its next token says."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    signs_with: RSAKey | None = None  #: another key than the published one
    claims: dict[str, Any] = field(default_factory=dict)  #: instead of what they should be
    issuer: str = ISSUER
    token: object = None  #: instead of a token's answer
    asked: list[str] = field(default_factory=list)
    challenges: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def log_in(self, url: str) -> dict[str, str]:
        """What a browser at the login page of `url` brings back: code and state."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (given["client_id"], given["response_type"]) == (CLIENT, "code")
        assert given["code_challenge_method"] == "S256"
        code = f"code{len(self.challenges)}"
        self.challenges[code] = given["code_challenge"], given["nonce"], given["redirect_uri"]
        return {"code": code, "state": given["state"]}

    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app())

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/realm/.well-known/openid-configuration")
        def discovery() -> dict[str, str]:
            self.asked.append("discovery")
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{ISSUER}/login",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }

        @app.get("/realm/keys")
        def keys() -> dict[str, Any]:
            self.asked.append("keys")
            return {"keys": [self.key.as_dict(private=False)]}

        async def token(request: Request) -> JSONResponse:
            secret = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            assert request.headers["authorization"] == f"Basic {secret}"
            return self.answer({name: values[0] for name, values in parse_qs((await request.body()).decode()).items()})

        app.add_api_route("/realm/token", token, methods=["POST"], response_model=None)
        return app

    def answer(self, form: dict[str, str]) -> JSONResponse:
        if self.token is not None:
            return JSONResponse(self.token)
        challenge, nonce, redirect_uri = self.challenges.pop(form["code"], ("", "", ""))
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (form["grant_type"], proof, form["redirect_uri"]) != ("authorization_code", challenge, redirect_uri):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce}
        claims |= {"preferred_username": "sato", **self.claims}
        key = self.signs_with or self.key
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})
