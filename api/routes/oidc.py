"""Logging in at the office's own provider. Whatever goes wrong ends on the login page, with a word that says what."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from api.deps import ServiceDep, TokenDep
from api.errors import Refusal
from api.oidc import Provider, ProviderFailed, Underway
from api.routes.session import enter
from api.service import Service
from pavement.store.people import person_of_oidc

log = logging.getLogger("pavement.server")

router = APIRouter(prefix="/session/oidc", tags=["session"])
UNDERWAY = "pavement_oidc"
LASTS_S = 600
REDIRECT = {307: {"description": "to the provider"}, 303: {"description": "to the pages"}}


@router.get("", response_class=RedirectResponse, status_code=303, responses={303: REDIRECT[307]})
async def begin(request: Request, service: ServiceDep) -> Response:
    """To the provider."""
    provider, underway = _provider(service), Underway.new()
    try:
        url = await provider.begin(underway, _redirect_uri(request, service))
    except ProviderFailed as error:
        return _failed("provider", error)
    answer = RedirectResponse(url, 303)
    secure = request.url.scheme == "https"
    path = request.url.path.removesuffix("/")
    answer.set_cookie(
        UNDERWAY, underway.write(), max_age=LASTS_S, path=path, secure=secure, httponly=True, samesite="lax"
    )
    return answer


@router.get("/callback", response_class=RedirectResponse, status_code=303, responses={303: REDIRECT[303]})
async def callback(
    request: Request,
    service: ServiceDep,
    old: TokenDep,
    code: str | None = None,
    state: str | None = None,
    error: str | None = None,
) -> Response:
    """Back from the provider: a session for who is known here."""
    provider, underway = _provider(service), Underway.read(request.cookies.get(UNDERWAY))
    if underway is None or not underway.began(state):
        return _failed("again", ProviderFailed("an answer that this browser has not asked for, or too late"))
    if error is not None or not code:
        return _failed("refused", ProviderFailed("the provider let nobody in"))
    try:
        claims = await provider.finish(underway, code, _redirect_uri(request, service))
    except ProviderFailed as failure:
        return _failed("provider", failure)
    settings = provider.settings
    name = claims.get(settings.name_claim)
    known = str(name) if isinstance(name, str) else None
    person = await run_in_threadpool(person_of_oidc, service.database, settings.issuer, str(claims["sub"]), known)
    if person is None:
        return _failed("unknown", ProviderFailed("somebody whom no admin has made a person here"))
    answer = RedirectResponse("/", 303)
    await run_in_threadpool(enter, request, answer, service, person, old, "oidc")
    answer.delete_cookie(UNDERWAY, path=request.url.path.removesuffix("/callback"))
    return answer


def _provider(service: Service) -> Provider:
    if service.oidc is None:
        raise Refusal(404, "no provider is set: PAVEMENT_OIDC_ISSUER")
    return service.oidc


def _redirect_uri(request: Request, service: Service) -> str:
    base = service.site.public_url or str(request.base_url).rstrip("/")
    return f"{base}{request.url.path.removesuffix('/callback').removesuffix('/')}/callback"


def _failed(word: str, error: ProviderFailed) -> Response:
    log.warning("login by OIDC failed", extra={"fields": {"reason": str(error), "word": word}})
    return RedirectResponse(f"/login?error={word}", 303)
