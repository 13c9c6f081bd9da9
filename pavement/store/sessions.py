"""Sessions of people who are logged in: a cookie of 32 random bytes, of which only the hash is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from pavement.store.audit import record
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.devices import hash_of
from pavement.store.people import Person, grants_of, person_of_row
from pavement.store.people_tables import PEOPLE, SESSIONS

SEEN_EVERY = timedelta(minutes=1)  #: no write for each request


def begin_session(database: Database, person: Person, how: str = "password") -> str:
    """A new session's token, which is shown now and kept nowhere."""
    token, now = secrets.token_urlsafe(32), utc_now()
    row = {"token_hash": hash_of(token), "person_id": person.id, "created_at": now, "seen_at": now}
    with database.writing() as connection:
        connection.execute(insert(SESSIONS).values(row))
        record(connection, person.who, "session.begin", person.id, {"how": how})
    return token


def person_of_session(
    database: Database, token: str, idle: timedelta, longest: timedelta, now: datetime | None = None
) -> Person | None:
    """Who is logged in by `token`; None where it was ended, has been idle or has lasted for too long."""
    at, own = now or utc_now(), SESSIONS.c.token_hash == hash_of(token)
    query = select(PEOPLE, SESSIONS.c.seen_at).join(SESSIONS, SESSIONS.c.person_id == PEOPLE.c.id)
    live = (SESSIONS.c.seen_at > at - idle, SESSIONS.c.created_at > at - longest, PEOPLE.c.disabled_at.is_(None))
    with database.reading() as connection:
        row = connection.execute(query.where(own, *live)).first()
        if row is None:
            return None
        person = person_of_row(row, grants_of(connection, [row.id]).get(row.id, ()))
    if at - row.seen_at > SEEN_EVERY:
        with database.writing() as connection:
            connection.execute(update(SESSIONS).where(own).values(seen_at=at))
    return person


def end_session(database: Database, token: str) -> None:
    """Log out; a token that is none is none afterwards too."""
    with database.writing() as connection:
        own = SESSIONS.c.token_hash == hash_of(token)
        person_id = connection.execute(select(SESSIONS.c.person_id).where(own)).scalar()
        if person_id is not None:
            connection.execute(delete(SESSIONS).where(own))
            record(connection, f"person:{person_id}", "session.end", person_id)


def drop_old_sessions(database: Database, idle: timedelta, longest: timedelta) -> int:
    """Delete those that no longer count; how many."""
    now = utc_now()
    old = or_(SESSIONS.c.seen_at <= now - idle, SESSIONS.c.created_at <= now - longest)
    with database.writing() as connection:
        return connection.execute(delete(SESSIONS).where(old)).rowcount
