"""Names, passwords, grants, sessions, pairing and the log, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.errors import BadInput
from pavement.store import passwords
from pavement.store.audit import Asked, drop_old_entries, entries_of, note, read_audit
from pavement.store.columns import utc_now
from pavement.store.database import Database, migrate
from pavement.store.devices import add_device, device_of_key, device_of_person, list_devices, revoke_device
from pavement.store.pairing import LASTS, begin_pairing, claim, drop_old_pairings
from pavement.store.passwords import fits, hash_password, new_password
from pavement.store.people import (
    PersonExists,
    add_person,
    anybody,
    change_person,
    find_person,
    list_people,
    log_in,
    person_named,
    set_password,
)
from pavement.store.people_tables import PAIRINGS, PEOPLE, SESSIONS
from pavement.store.scope import EVERYTHING, Grant, Place, Role, Scope, scope_of_grants
from pavement.store.sessions import begin_session, drop_old_sessions, end_session, person_of_session
from pavement.store.tables import DEVICES

AOMORI, TOSEI, HACHINOHE = Place("青森県"), Place("青森県", "東青"), Place("八戸市", "土木課")
STAFF = [Grant(Role.STAFF, TOSEI)]
IDLE, LONGEST = timedelta(hours=8), timedelta(days=7)
GOOD = "雪国の道を毎日走る26"


@pytest.fixture
def database(open_empty: Callable[[], Database]) -> Database:
    opened = open_empty()
    migrate(opened)
    return opened


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 as weak as it goes: the tests need its answers, not its strength."""
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    monkeypatch.setattr(passwords, "_nobodys", lambda: quick.hash("nobody's"))


def test_a_person_logs_in_by_name_and_password(database: Database) -> None:
    assert not anybody(database)
    made = add_person(database, " Ｓａｔｏ ", STAFF, GOOD, "佐藤 花子")
    assert anybody(database)
    assert (made.name, made.display_name, made.grants) == ("Sato", "佐藤 花子", tuple(STAFF))
    for name in ("sato", "SATO", "Ｓａｔｏ"):
        person = log_in(database, name, GOOD)
        assert person == made
    assert log_in(database, "sato", GOOD.replace("26", "２６")) == made  # full-width digits of a Japanese keyboard
    for name, password in (("sato", GOOD + "x"), ("nobody", GOOD), ("sato", ""), ("", ""), ("sato", "x" * 10**5)):
        assert log_in(database, name, password) is None
    with pytest.raises(PersonExists, match="there is a person 'SATO'"):
        add_person(database, "SATO", STAFF, GOOD)


def test_the_password_is_kept_nowhere(database: Database) -> None:
    person = add_person(database, "sato", STAFF, GOOD)
    with database.reading() as connection:
        kept = str(connection.execute(PEOPLE.select()).all())
    assert GOOD not in kept
    assert "$argon2id$" in kept
    assert GOOD not in str(entries_of(database, person.id))


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaa", "x" * 201, "hanako.sato"])
def test_a_password_that_is_too_easy(database: Database, password: str) -> None:
    with pytest.raises(BadInput, match="password"):
        add_person(database, "Hanako.Sato", STAFF, password)
    assert list_people(database) == []


def test_generated_passwords_differ_and_are_long() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) == 19 for each in made)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "\u202eevil"])
def test_names_that_cannot_be_shown(database: Database, name: str) -> None:
    with pytest.raises(BadInput, match="a name has"):
        add_person(database, name, STAFF, GOOD)


@given(st.text(max_size=30))
def test_no_password_fits_nobody(text: str) -> None:
    assert not fits(text, None)


def test_a_person_without_a_password_cannot_use_one(database: Database) -> None:
    person = add_person(database, "oidc", STAFF)
    assert not person.has_password
    assert log_in(database, "oidc", "") is None


def test_a_session_is_the_persons_until_logout(database: Database) -> None:
    person = add_person(database, "sato", STAFF)
    token = begin_session(database, person)
    assert person_of_session(database, token, IDLE, LONGEST) == person
    with database.reading() as connection:
        assert token not in str(connection.execute(SESSIONS.select()).all())
    end_session(database, token)
    end_session(database, token)
    for wrong in (token, "", "x"):
        assert person_of_session(database, wrong, IDLE, LONGEST) is None
    assert [entry.what for entry in entries_of(database, person.id)] == ["person.add", "session.begin", "session.end"]


def test_a_session_ends_idle_and_in_the_end(database: Database) -> None:
    token = begin_session(database, add_person(database, "sato", STAFF))
    now = utc_now()
    hours = [now + timedelta(hours=7 * n) for n in range(1, 25)]
    answers = [person_of_session(database, token, IDLE, LONGEST, at) is not None for at in hours]
    assert answers == [7 * n < 7 * 24 for n in range(1, 25)]  # used every 7 hours it is never idle, but 7 days are all
    other = begin_session(database, add_person(database, "ito", STAFF))
    assert person_of_session(database, other, IDLE, LONGEST, now + timedelta(hours=8, minutes=1)) is None


def test_old_sessions_are_deleted(database: Database) -> None:
    person = add_person(database, "sato", STAFF)
    begin_session(database, person)
    assert drop_old_sessions(database, IDLE, LONGEST) == 0
    assert drop_old_sessions(database, timedelta(0), LONGEST) == 1


def test_sessions_end_with_a_new_password_and_with_the_account(database: Database) -> None:
    person, other = add_person(database, "sato", STAFF, GOOD), add_person(database, "ito", STAFF)
    first, others = begin_session(database, person), begin_session(database, other)
    set_password(database, person.id, GOOD + "!")
    assert person_of_session(database, first, IDLE, LONGEST) is None
    assert log_in(database, "sato", GOOD) is None
    second = begin_session(database, person)
    changed = change_person(database, person.id, disabled=True)
    assert changed.disabled_at is not None
    assert person_of_session(database, second, IDLE, LONGEST) is None
    assert log_in(database, "sato", GOOD + "!") is None
    assert change_person(database, person.id, disabled=False).disabled_at is None
    assert log_in(database, "sato", GOOD + "!") is not None
    assert person_of_session(database, others, IDLE, LONGEST) == other


def test_grants_hold_from_the_next_request_on(database: Database) -> None:
    person = add_person(database, "sato", STAFF)
    token = begin_session(database, person)
    grants = [Grant(Role.ADMIN, AOMORI), Grant(Role.PATROL, HACHINOHE), Grant(Role.ADMIN, AOMORI)]
    change_person(database, person.id, grants=grants, display_name="佐藤")
    now = person_of_session(database, token, IDLE, LONGEST)
    assert now is not None
    assert (now.display_name, now.grants) == ("佐藤", tuple(grants[:2]))
    assert now.scope.holds("青森県", None)
    assert now.scope.holds("八戸市", "土木課")
    admin = now.acting_as(Role.REVIEWER)
    assert admin is not None
    assert not admin.scope.holds("八戸市", "土木課")
    assert (admin.scope.person_id, now.scope.person_id) == (None, person.id)
    assert find_person(database, "none") is None
    assert person_named(database, "ＳＡＴＯ") == now
    with pytest.raises(BadInput, match="no such person"):
        set_password(database, "none", GOOD)


PLACES = st.builds(Place, st.sampled_from([None, "県", "市"]), st.sampled_from([None, "北", "南"]))


@given(st.lists(PLACES, max_size=3), PLACES)
def test_the_condition_and_the_answer_agree(places: list[Place], row: Place) -> None:
    from sqlalchemy import create_engine, literal, select

    from pavement.store.scope import within

    scope = scope_of_grants(Grant(Role.PATROL, place) for place in places)
    condition = within(scope, literal(row.manager), literal(row.office))
    with create_engine("sqlite://").connect() as connection:
        found = connection.execute(select(literal(1)).where(condition)).first() is not None
    assert found == scope.holds(row.manager, row.office)


def test_devices_within_a_scope(database: Database) -> None:
    keys = [add_device(database, f"号車{n}", p.manager, p.office) for n, p in enumerate((TOSEI, AOMORI, HACHINOHE))]
    names = [[each.name for each in list_devices(database, Scope((place,)))] for place in (TOSEI, AOMORI, HACHINOHE)]
    assert names == [["号車0"], ["号車0", "号車1"], ["号車2"]]
    with pytest.raises(BadInput, match="no device '号車2'"):
        revoke_device(database, "号車2", Scope((AOMORI,)))
    assert device_of_key(database, keys[2]) is not None
    with pytest.raises(BadInput, match="there is a device '号車2'"):
        add_device(database, "号車2", scope=EVERYTHING)
    add_device(database, "号車2", "青森県", scope=Scope((AOMORI,)))  # it does not learn that the city has one
    with pytest.raises(BadInput, match="2 devices are called '号車2'"):
        revoke_device(database, "号車2")
    revoked = revoke_device(database, list_devices(database)[-1].id)
    assert (revoked.manager, revoked.revoked_at is not None) == ("青森県", True)


def test_a_persons_hidden_device(database: Database) -> None:
    person = add_person(database, "sato", STAFF)
    first = device_of_person(database, person.id, "佐藤", TOSEI)
    assert device_of_person(database, person.id, "佐藤", TOSEI) == first
    assert device_of_person(database, person.id, "佐藤", HACHINOHE) != first
    assert list_devices(database) == []
    with database.reading() as connection:
        no_key = str(connection.execute(DEVICES.select()).first()._mapping["key_hash"])  # type: ignore[union-attr]
    assert device_of_key(database, no_key) is None
    with pytest.raises(BadInput, match="no device"):
        revoke_device(database, "佐藤")


def test_a_code_makes_one_device(database: Database) -> None:
    made = begin_pairing(database, "号車1", TOSEI, "person:x")
    with database.reading() as connection:
        assert made.code not in str(connection.execute(PAIRINGS.select()).all())
    assert claim(database, "ABCD-EFGH-JKLM") is None
    claimed = claim(database, made.code.lower().replace("-", " "))
    assert claimed is not None
    key, device = claimed
    assert device_of_key(database, key) == device
    assert (device.name, device.manager, device.office) == ("号車1", "青森県", "東青")
    assert claim(database, made.code) is None
    assert entries_of(database, device.id)[0].who == "person:x"


def test_a_code_gets_old(database: Database) -> None:
    made = begin_pairing(database, "号車1", TOSEI, "person:x")
    assert claim(database, made.code, utc_now() + LASTS) is None
    assert claim(database, made.code, utc_now() + LASTS - timedelta(seconds=5)) is not None
    with database.writing() as connection:
        connection.execute(PAIRINGS.update().values(expires_at=utc_now() - LASTS))
    drop_old_pairings(database)
    with database.reading() as connection:
        assert connection.execute(PAIRINGS.select()).all() == []


def test_a_code_whose_name_is_taken_meanwhile_serves_later(database: Database) -> None:
    made = begin_pairing(database, "号車1", TOSEI, "person:x")
    add_device(database, "号車1", "青森県", "東青")
    with pytest.raises(BadInput, match="there is a device"):
        claim(database, made.code)
    revoke_device(database, "号車1")
    assert claim(database, made.code) is not None


def test_the_log_shows_an_admin_their_own_people_and_devices(database: Database) -> None:
    here = add_person(database, "sato", STAFF, display_name="佐藤")
    there = add_person(database, "ito", [Grant(Role.STAFF, HACHINOHE)])
    both = add_person(database, "abe", [*STAFF, Grant(Role.STAFF, HACHINOHE)])
    whole = add_person(database, "ono", [Grant(Role.STAFF, AOMORI)])
    device = device_of_key(database, add_device(database, "号車1", "青森県", "東青"))
    assert device is not None
    for who in (here.who, there.who, both.who, whole.who, device.who):
        note(database, who, "thing.do", "x")
    seen = {
        place: [entry.who for entry in read_audit(database, Asked(what="thing"), Scope((place,)))[0]]
        for place in (TOSEI, AOMORI, Place())
    }
    assert seen[TOSEI] == [device.who, here.who]
    assert seen[AOMORI] == [device.who, whole.who, here.who]
    assert len(seen[Place()]) == 5
    entries, total = read_audit(database, Asked(what="thing.do", limit=2, offset=1), Scope((AOMORI,)))
    assert ([entry.name for entry in entries], total) == (["ono", "佐藤"], 3)
    assert read_audit(database, Asked(who=here.who, subject="x", what="thin"))[1] == 0
    now = utc_now()
    assert read_audit(database, Asked(since=now + timedelta(1)))[1] == read_audit(database, Asked(until=now - LASTS))[1]


def test_old_lines_go(database: Database) -> None:
    note(database, "console", "thing.do", "x")
    assert drop_old_entries(database, utc_now() - timedelta(days=1)) == 0
    assert drop_old_entries(database, utc_now() + timedelta(days=1)) == 1


def test_a_hash_by_argon2id_as_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    hashed = hash_password(GOOD, "sato")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert fits(GOOD, hashed)
    assert not fits(GOOD + "x", hashed)
