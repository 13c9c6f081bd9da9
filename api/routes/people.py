"""People and what they may do, for admins: each within the offices where they are admin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.deps import AdminDep, PersonDep, ServiceDep, TokenDep, address_of
from api.errors import Refusal
from api.people_schemas import Generated, GrantBody, NewPerson, PasswordChange, PersonBody, PersonChange
from api.routes.session import check_password, enter
from api.service import Service
from pavement.store.passwords import new_password
from pavement.store.people import Person, add_person, change_person, find_person, list_people, set_password
from pavement.store.scope import Grant, Role, Scope

router = APIRouter(prefix="/people", tags=["people"])


@router.get("")
def get_people(service: ServiceDep, admin: AdminDep) -> list[PersonBody]:
    """Everybody who may do something where the admin is admin."""
    return [_body(person, admin.scope) for person in list_people(service.database) if _visible(person, admin.scope)]


@router.post("", status_code=201)
def post_person(body: NewPerson, service: ServiceDep, admin: AdminDep) -> PersonBody:
    """A new person."""
    grants = _within([each.grant for each in body.grants], admin.scope)
    generated = new_password() if body.generate and body.password is None else None
    password = body.password or generated
    person = add_person(service.database, body.name, grants, password, body.display_name, who=admin.who)
    return _body(person, admin.scope, generated)


@router.patch("/{person_id}")
def patch_person(person_id: str, body: PersonChange, service: ServiceDep, admin: AdminDep) -> PersonBody:
    """Change a name that is shown, grants, or whether they may log in."""
    person = _found(service, person_id, admin.scope)
    if person.id == admin.id and (body.grants is not None or body.disabled):
        raise Refusal(422, "nobody changes their own rights; another admin can")
    if (body.disabled is not None or body.display_name is not None) and not _manageable(person, admin.scope):
        raise Refusal(403, "the person also works elsewhere; only an admin of all those offices may do this")
    grants = None
    if body.grants is not None:
        grants = _within([each.grant for each in body.grants], admin.scope)
    changed = change_person(
        service.database,
        person.id,
        display_name=body.display_name,
        grants=grants,
        inside=admin.scope,
        disabled=body.disabled,
        who=admin.who,
    )
    return _body(changed, admin.scope)


@router.post("/{person_id}/password")
def post_password(
    person_id: str,
    body: PasswordChange,
    request: Request,
    response: Response,
    service: ServiceDep,
    asker: PersonDep,
    token: TokenDep,
) -> Generated:
    """A new password, one's own (with the current one) or, for admins, another's; all sessions of the person end."""
    generated = new_password() if body.generate and body.password is None else None
    password = body.password or generated
    if password is None:
        raise Refusal(422, "give a password, or generate")
    if person_id == asker.id:
        if check_password(service, asker.name, body.current or "", address_of(request)) is None:
            raise Refusal(403, "the current password is wrong")
        set_password(service.database, asker.id, password, who=asker.who)
        enter(request, response, service, asker, token)
        return Generated(password=generated)
    admin = asker.acting_as(Role.ADMIN)
    if admin is None:
        raise Refusal(403, f"this needs the role {Role.ADMIN.value}")
    person = _found(service, person_id, admin.scope)
    if not _manageable(person, admin.scope):
        raise Refusal(403, "the person also works elsewhere; only an admin of all those offices may do this")
    set_password(service.database, person.id, password, who=admin.who)
    return Generated(password=generated)


def _found(service: Service, person_id: str, scope: Scope) -> Person:
    person = find_person(service.database, person_id)
    if person is None or not _visible(person, scope):
        raise Refusal(404, "no such person")
    return person


def _inside(grant: Grant, scope: Scope) -> bool:
    return scope.holds(grant.place.manager, grant.place.office)


def _visible(person: Person, scope: Scope) -> bool:
    return scope.everything or any(_inside(grant, scope) for grant in person.grants)


def _manageable(person: Person, scope: Scope) -> bool:
    return all(_inside(grant, scope) for grant in person.grants)


def _within(grants: list[Grant], scope: Scope) -> list[Grant]:
    if not all(_inside(grant, scope) for grant in grants):
        raise Refusal(403, "a role can be given only where one is admin oneself")
    return grants


def _body(person: Person, scope: Scope, password: str | None = None) -> PersonBody:
    return PersonBody(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        grants=[GrantBody.of(grant) for grant in person.grants if _inside(grant, scope)],
        created_at=person.created_at,
        disabled_at=person.disabled_at,
        has_password=person.has_password,
        manageable=_manageable(person, scope),
        password=password,
    )
