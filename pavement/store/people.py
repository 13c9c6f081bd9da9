"""People: their names, passwords and grants. What they do is in the audit log."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from pavement.errors import BadInput
from pavement.store.audit import CONSOLE, note, record
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.passwords import fits, hash_password
from pavement.store.people_tables import GRANTS, PEOPLE, SESSIONS
from pavement.store.scope import EVERYTHING, Grant, Place, Role, Scope, scope_of_grants

LONGEST_NAME = 100


class PersonExists(BadInput):
    """Somebody has that name."""


@dataclass(frozen=True)
class Person:
    """Somebody who may log in, with what they may do where."""

    id: str
    name: str  #: what is typed at the login
    display_name: str  #: what is shown beside what they did
    grants: tuple[Grant, ...]
    created_at: datetime
    disabled_at: datetime | None = None
    has_password: bool = True
    acts: bool = False  #: made by `acting_as`: for changing, so own drives do not widen the scope

    @property
    def who(self) -> str:
        """As the audit log names them."""
        return f"person:{self.id}"

    @property
    def scope(self) -> Scope:
        """Where any of the grants holds, and what they sent themselves."""
        return scope_of_grants(self.grants, None if self.acts else self.id)

    def acting_as(self, role: Role) -> Person | None:
        """The same person with only the grants that include `role`; None where there is none."""
        grants = tuple(grant for grant in self.grants if grant.role.includes(role))
        return replace(self, grants=grants, acts=True) if grants else None


def add_person(
    database: Database,
    name: str,
    grants: Sequence[Grant],
    password: str | None = None,
    display_name: str | None = None,
    who: str = CONSOLE,
) -> Person:
    """A new person; without a password one who comes by OIDC. Raises PersonExists, BadInput."""
    name, folded = clean_name(name)
    shown = _shown(display_name or name)
    hashed = hash_password(password, name) if password is not None else None
    person = Person(new_id(), name, shown, tuple(grants), utc_now(), has_password=hashed is not None)
    values = {"id": person.id, "name": name, "folded": folded, "display_name": shown, "password_hash": hashed}
    try:
        with database.writing() as connection:
            connection.execute(insert(PEOPLE).values(**values, created_at=person.created_at))
            _put_grants(connection, person.id, grants)
            record(connection, who, "person.add", person.id, {"name": name, "grants": words_of(grants)})
    except IntegrityError as error:
        raise PersonExists(f"there is a person '{name}'", do="choose another name") from error
    return person


def list_people(database: Database) -> list[Person]:
    """All people, disabled ones too, by age."""
    return _read(database)


def find_person(database: Database, person_id: str) -> Person | None:
    """The person of an id."""
    return next(iter(_read(database, PEOPLE.c.id == person_id)), None)


def person_named(database: Database, name: str) -> Person | None:
    """The person of a name, however it is written."""
    return next(iter(_read(database, PEOPLE.c.folded == _folded(name))), None)


def anybody(database: Database) -> bool:
    """Whether there is a person who may log in."""
    with database.reading() as connection:
        return (
            connection.execute(select(PEOPLE.c.id).where(PEOPLE.c.disabled_at.is_(None)).limit(1)).first() is not None
        )


def log_in(database: Database, name: str, password: str) -> Person | None:
    """The person of this name and password; None for a wrong one, a disabled person or nobody, all equally slow."""
    with database.reading() as connection:
        row = connection.execute(select(PEOPLE).where(PEOPLE.c.folded == _folded(name))).first()
    usable = row is not None and row.disabled_at is None
    right = fits(password, row.password_hash if row is not None and usable else None)
    if row is None:  # a name that is nobody's is not kept: it may be a password that was typed into the wrong field
        return None
    if not right:
        note(database, f"person:{row.id}", "session.refused", row.id)
        return None
    return find_person(database, row.id)


def person_of_oidc(database: Database, issuer: str, subject: str, name: str | None) -> Person | None:
    """Who comes from a provider: whoever came as `subject` before, or, the first time, the person of `name`.

    Only a person without a password is found by name: the provider's names must not open accounts of this server.
    """
    same = (PEOPLE.c.oidc_issuer == issuer) & (PEOPLE.c.oidc_subject == subject)
    with database.writing() as connection:
        row = connection.execute(select(PEOPLE).where(same)).first()
        if row is None and name is not None:
            free = PEOPLE.c.oidc_subject.is_(None) & PEOPLE.c.password_hash.is_(None) & PEOPLE.c.disabled_at.is_(None)
            row = connection.execute(select(PEOPLE).where(free, PEOPLE.c.folded == _folded(name))).first()
            if row is not None:
                bound = {"oidc_issuer": issuer, "oidc_subject": subject}
                connection.execute(update(PEOPLE).where(PEOPLE.c.id == row.id).values(bound))
                record(connection, f"person:{row.id}", "person.oidc", row.id, bound)
    return None if row is None or row.disabled_at is not None else find_person(database, row.id)


def set_password(database: Database, person_id: str, password: str, who: str = CONSOLE) -> None:
    """A new password; all sessions of the person end."""
    person = _known(database, person_id)
    hashed = hash_password(password, person.name)
    with database.writing() as connection:
        connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(password_hash=hashed))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.person_id == person_id))
        record(connection, who, "person.password", person_id)


def change_person(
    database: Database,
    person_id: str,
    *,
    display_name: str | None = None,
    grants: Sequence[Grant] | None = None,
    inside: Scope = EVERYTHING,
    disabled: bool | None = None,
    who: str = CONSOLE,
) -> Person:
    """Change what is given. A disabled person's sessions end; grants hold from the next request on.

    `grants` replace those that lie `inside`; others, also such as another admin gives or takes at this moment, stay.
    """
    detail: dict[str, object] = {}
    with database.writing() as connection:
        own = PEOPLE.c.id == person_id
        if display_name is not None:
            detail["display_name"] = shown = _shown(display_name)
            connection.execute(update(PEOPLE).where(own).values(display_name=shown))
        if grants is not None:
            connection.execute(select(PEOPLE.c.id).where(own).with_for_update())
            held = grants_of(connection, [person_id]).get(person_id, ())
            grants = [*(each for each in held if not inside.holds(each.place.manager, each.place.office)), *grants]
            if not grants:
                raise BadInput("a person needs a role", do="disable who shall do nothing any more")
            detail["grants"] = words_of(grants)
            connection.execute(delete(GRANTS).where(GRANTS.c.person_id == person_id))
            _put_grants(connection, person_id, grants)
        if disabled is not None:
            detail["disabled"] = disabled
            at = func.coalesce(PEOPLE.c.disabled_at, utc_now()) if disabled else None
            connection.execute(update(PEOPLE).where(own).values(disabled_at=at))
            if disabled:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.person_id == person_id))
        record(connection, who, "person.change", person_id, detail)
    return _known(database, person_id)


def clean_name(name: str) -> tuple[str, str]:
    """A name as it is kept and as it is compared; raises BadInput."""
    clean = unicodedata.normalize("NFKC", name).strip()
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise BadInput(f"a name has 1 to {LONGEST_NAME} characters that can be printed", do="give another one")
    return clean, clean.casefold()


def words_of(grants: Sequence[Grant]) -> list[list[str | None]]:
    """Grants as the audit log keeps them."""
    return [[grant.role.value, grant.place.manager, grant.place.office] for grant in grants]


def person_of_row(row: Row[tuple[object, ...]], grants: tuple[Grant, ...]) -> Person:
    """A row of PEOPLE as a person."""
    has_password = row.password_hash is not None
    return Person(row.id, row.name, row.display_name, grants, row.created_at, row.disabled_at, has_password)


def grants_of(connection: Connection, person_ids: Sequence[str] | None = None) -> dict[str, tuple[Grant, ...]]:
    """The grants of people (of all, where none are named) by their ids."""
    query = select(GRANTS).order_by(GRANTS.c.person_id, GRANTS.c.number)
    if person_ids is not None:
        query = query.where(GRANTS.c.person_id.in_(person_ids))
    found: dict[str, tuple[Grant, ...]] = {}
    for row in connection.execute(query):
        found[row.person_id] = (*found.get(row.person_id, ()), Grant(Role(row.role), Place(row.manager, row.office)))
    return found


def _read(database: Database, *conditions: ColumnElement[bool]) -> list[Person]:
    with database.reading() as connection:
        rows = connection.execute(select(PEOPLE).where(*conditions).order_by(PEOPLE.c.id)).all()
        grants = grants_of(connection, [row.id for row in rows] if conditions else None)
    return [person_of_row(row, grants.get(row.id, ())) for row in rows]


def _known(database: Database, person_id: str) -> Person:
    person = find_person(database, person_id)
    if person is None:
        raise BadInput("there is no such person", do="see 'pavement user list'")
    return person


def _put_grants(connection: Connection, person_id: str, grants: Sequence[Grant]) -> None:
    rows = [
        {"person_id": person_id, "number": n, "role": each.role.value, **vars(each.place)}
        for n, each in enumerate(dict.fromkeys(grants), 1)
    ]
    if rows:
        connection.execute(insert(GRANTS), rows)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _shown(name: str) -> str:
    return clean_name(name)[0]
