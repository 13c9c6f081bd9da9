"""What a route may ask for, and who may ask.

`Asker`: a device by its key, or a person by their session. `need(role)`: a person who has the role somewhere, and whose
`scope` then is where they have it: what lies outside is, for them, not there (404).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Refusal
from api.service import Service
from pavement.store.devices import Device, device_of_key, device_of_person
from pavement.store.drives import DriveRow, NoSuchDrive, find_drive
from pavement.store.people import Person
from pavement.store.scope import Role, Scope
from pavement.store.sessions import person_of_session

COOKIE = "pavement_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
bearer = HTTPBearer(auto_error=False, scheme_name="device key", description="The key of `pavement device add`.")
cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="Of POST /api/v1/session.")

Asker = Device | Person  #: both have `.who` for the audit log and `.scope` for what they see
KeyDep = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def cookie_name(request: Request) -> str:
    """Over HTTPS a name that browsers take from this very host only, not from another of its domain or from HTTP."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def token_of(request: Request, _described: Annotated[str | None, Depends(cookie)]) -> str | None:
    """The session's token that the browser sent, if any."""
    return request.cookies.get(cookie_name(request))


TokenDep = Annotated[str | None, Depends(token_of)]


def service_of(request: Request) -> Service:
    """The server's open resources."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceDep = Annotated[Service, Depends(service_of)]


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def same_origin(request: Request) -> None:
    """Refuse what another site's page makes a browser send (CSRF): browsers say where a request comes from."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is None:  # browsers before 2023 say it by Origin only
        scheme, _, host = request.headers.get("origin", "").partition("://")
        safe = scheme == "https" or (scheme == "http" and request.url.scheme == "http")  # who answers http is not known
        site = "same-origin" if safe and host == request.headers.get("host") else "unknown"
    if site != "same-origin":
        raise Refusal(403, "the request does not come from this server's own pages")


async def session_of(request: Request, service: ServiceDep, token: TokenDep) -> Person | None:
    """Who is logged in, if anybody; raises Refusal for a request that another site caused."""
    if not token:
        return None
    rules = service.site
    person = await run_in_threadpool(person_of_session, service.database, token, rules.idle, rules.longest)
    if person is not None:
        same_origin(request)
        request.state.person = person.id
    return person


SessionDep = Annotated[Person | None, Depends(session_of)]


async def asker_of(request: Request, service: ServiceDep, key: KeyDep, person: SessionDep) -> Asker:
    """The device or the person that asks; 401 for no key and no session, a wrong or an ended one, all alike."""
    if key is None and person is not None:
        return person
    if key is not None:
        device = await run_in_threadpool(device_of_key, service.database, key.credentials)
        if device is not None:
            request.state.device = device.id
            return device
    if service.wrong_keys.add(address_of(request)):
        raise Refusal(429, "too many wrong keys from this address; wait a minute")
    words = "log in, or give the device's key: Authorization: Bearer …"
    raise Refusal(401, words, {"WWW-Authenticate": "Bearer"})


AskerDep = Annotated[Asker, Depends(asker_of)]


async def person_of(person: SessionDep) -> Person:
    """The person who is logged in; 401 for nobody."""
    if person is None:
        raise Refusal(401, "log in", {"WWW-Authenticate": "Session"})
    return person


PersonDep = Annotated[Person, Depends(person_of)]


def need(role: Role) -> Callable[[Person], Awaitable[Person]]:
    """A dependency: the person who is logged in, acting where they have `role`; 403 for who has it nowhere."""

    async def acting(person: PersonDep) -> Person:
        able = person.acting_as(role)
        if able is None:
            raise Refusal(403, f"this needs the role {role.value}")
        return able

    return acting


PatrolDep = Annotated[Person, Depends(need(Role.PATROL))]
StaffDep = Annotated[Person, Depends(need(Role.STAFF))]
ReviewerDep = Annotated[Person, Depends(need(Role.REVIEWER))]
AdminDep = Annotated[Person, Depends(need(Role.ADMIN))]


@dataclass(frozen=True)
class Sender:
    """Who may send drives: a device, or the hidden one that stands for a person."""

    device_id: str
    who: str  #: for the audit log


async def sender_of(service: ServiceDep, asker: AskerDep) -> Sender:
    """The device that sends, or that of the person; 403 for a person without any role."""
    if isinstance(asker, Device):
        return Sender(asker.id, asker.who)
    able = asker.acting_as(Role.PATROL)
    if able is None:
        raise Refusal(403, f"this needs the role {Role.PATROL.value}")
    place = able.grants[0].place
    device_id = await run_in_threadpool(device_of_person, service.database, able.id, able.display_name, place)
    return Sender(device_id, able.who)


SenderDep = Annotated[Sender, Depends(sender_of)]


async def drive_of(service: ServiceDep, asker: AskerDep, drive_id: Annotated[str, Path()]) -> DriveRow:
    """A drive that may be seen: a device's own, a person's own and their offices'; others are as unknown as none."""
    if not ID.fullmatch(drive_id):
        raise NoSuchDrive(drive_id)
    return await run_in_threadpool(find_drive, service.database, drive_id, None, asker.scope)


DriveDep = Annotated[DriveRow, Depends(drive_of)]


async def own_drive_of(service: ServiceDep, asker: AskerDep, drive_id: Annotated[str, Path()]) -> DriveRow:
    """A drive that the asker sends; others', also of the same office, are as unknown as none."""
    if isinstance(asker, Person) and asker.acting_as(Role.PATROL) is None:
        raise Refusal(403, f"this needs the role {Role.PATROL.value}")
    if not ID.fullmatch(drive_id):
        raise NoSuchDrive(drive_id)
    own = Scope(device_id=asker.scope.device_id, person_id=asker.scope.person_id)
    return await run_in_threadpool(find_drive, service.database, drive_id, None, own)


OwnDriveDep = Annotated[DriveRow, Depends(own_drive_of)]
