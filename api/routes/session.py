"""Logging in and out, and what a page must know before."""

from __future__ import annotations

import math
import unicodedata

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.deps import PersonDep, ServiceDep, SessionDep, TokenDep, address_of, cookie_name, same_origin
from api.errors import Refusal
from api.people_schemas import BaseMapBody, Login, SessionBody, SiteBody
from api.service import Service
from pavement import __version__
from pavement.store.people import Person, log_in
from pavement.store.sessions import begin_session, end_session

router = APIRouter(tags=["session"])


@router.get("/settings")
def get_settings(service: ServiceDep) -> SiteBody:
    """The title, the map's background, and which ways in there are."""
    site, base = service.site, service.settings.base_map
    shown = BaseMapBody(url=base.url, attribution=base.attribution, max_zoom=base.max_zoom) if base else None
    oidc = site.oidc is not None
    return SiteBody(title=site.title, version=__version__, base_map=shown, oidc=oidc, public_review=site.public_review)


@router.post("/session")
async def post_session(
    body: Login, request: Request, response: Response, service: ServiceDep, old: TokenDep
) -> SessionBody:
    """Log in by name and password; an earlier session of this browser ends."""
    same_origin(request)
    person = await run_in_threadpool(check_password, service, body.name, body.password, address_of(request))
    if person is None:
        raise Refusal(401, "name or password is wrong", {"WWW-Authenticate": "Session"})
    await run_in_threadpool(enter, request, response, service, person, old)
    return SessionBody.of(person)


@router.get("/session")
def get_session(person: PersonDep) -> SessionBody:
    """Who is logged in."""
    return SessionBody.of(person)


@router.delete("/session", status_code=204)
def delete_session(
    request: Request, response: Response, service: ServiceDep, _person: SessionDep, token: TokenDep
) -> None:
    """Log out; well where nobody was logged in."""
    same_origin(request)
    if token:
        end_session(service.database, token)
    response.headers["Clear-Site-Data"] = '"cache"'  # tiles and photos on a PC that others use too
    response.delete_cookie(
        cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )


def check_password(service: Service, name: str, password: str, address: str) -> Person | None:
    """The person of this name and password; raises Refusal where too many were tried."""
    folded = unicodedata.normalize("NFKC", name).strip().casefold()[:200]
    if (wait := service.wrong_logins.begin(folded, address)) > 0:
        again = {"Retry-After": str(math.ceil(wait))}
        raise Refusal(429, f"too many wrong passwords; try again in {math.ceil(wait / 60)} minutes", again)
    person = log_in(service.database, name, password)
    if person is not None:
        service.wrong_logins.forgive(folded, address)
    return person


def enter(
    request: Request, response: Response, service: Service, person: Person, old: str | None, how: str = "password"
) -> None:
    """Begin a session and give its cookie; the browser's earlier one ends."""
    if old:
        end_session(service.database, old)
    token = begin_session(service.database, person, how)
    secure, age = request.url.scheme == "https", int(service.site.longest.total_seconds())
    response.set_cookie(
        cookie_name(request), token, max_age=age, path="/", secure=secure, httponly=True, samesite="lax"
    )
