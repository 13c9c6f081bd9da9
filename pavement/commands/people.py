"""The commands around people and devices: who may log in, who may send."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pavement.commands.common import Bars, Commands
from pavement.commands.server import add_data, server_database

if TYPE_CHECKING:
    from pavement.store.database import Database
    from pavement.store.people import Person

ROLES = ("patrol", "staff", "reviewer", "admin")


def add_people_commands(commands: Commands) -> None:
    """Add user and device."""
    user = commands.add_parser("user", help="people who may log in").add_subparsers(
        required=True, metavar="WHAT", parser_class=type(commands.choices["serve"])
    )
    add = user.add_parser("add", help="a new person; asks for the password")
    add.add_argument("name", metavar="NAME", help="what is typed at the login")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--manager", help="管理者 (default: all)")
    add.add_argument("--office", help="事務所 (default: all of the manager)")
    add.add_argument("--display-name", metavar="NAME", help="what others read")
    add.add_argument("--no-password", action="store_true", help="comes by the office's own login (OIDC) only")
    add.set_defaults(command=_add)
    listing = user.add_parser("list", help="all people and what they may do where")
    listing.set_defaults(command=_list)
    password = user.add_parser("password", help="a new password; the person's sessions end")
    password.set_defaults(command=_password)
    for each in (add, password):
        each.add_argument("--generate", action="store_true", help="by chance, printed once")
    disable = user.add_parser("disable", help="logs in no more; what was done stays")
    disable.set_defaults(command=_disable)
    enable = user.add_parser("enable", help="logs in again")
    enable.set_defaults(command=_enable)
    for each in (password, disable, enable):
        each.add_argument("name", metavar="NAME")
    for each in (add, listing, password, disable, enable):
        add_data(each)
    _add_device_commands(commands)


def _add(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.people import add_person, clean_name, person_named
    from pavement.store.scope import Grant, Place, Role

    clean_name(parsed.name)
    with server_database(parsed) as database:
        if person_named(database, parsed.name) is not None:
            from pavement.store.people import PersonExists

            raise PersonExists(f"there is a person '{parsed.name}'", do="choose another name")
        password = None if parsed.no_password else _new_password(parsed)
        grant = Grant(Role(parsed.role), Place(parsed.manager, parsed.office))
        add_person(database, parsed.name, [grant], password, parsed.display_name)
    if parsed.generate and password is not None:
        print(password)


def _list(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.people import list_people

    with server_database(parsed) as database:
        for each in list_people(database):
            state = "disabled" if each.disabled_at else "active"
            grants = (f"{g.role.value} {g.place.manager or '*'} {g.place.office or '*'}" for g in each.grants)
            print(each.name, each.display_name, f"{each.created_at:%Y-%m-%d}", state, *grants, sep="\t")


def _password(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.people import set_password

    with server_database(parsed) as database:
        person = _known(database, parsed.name)
        password = _new_password(parsed)
        set_password(database, person.id, password)
    if parsed.generate:
        print(password)


def _disable(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.people import change_person

    with server_database(parsed) as database:
        change_person(database, _known(database, parsed.name).id, disabled=True)


def _enable(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.people import change_person

    with server_database(parsed) as database:
        change_person(database, _known(database, parsed.name).id, disabled=False)


def _known(database: Database, name: str) -> Person:
    from pavement.errors import BadInput
    from pavement.store.people import person_named

    person = person_named(database, name)
    if person is None:
        raise BadInput(f"there is no person '{name}'", do="see 'pavement user list'")
    return person


def _new_password(parsed: argparse.Namespace) -> str:
    """By chance, typed twice unseen, or (where nobody sits there) the first line of stdin."""
    import sys
    from getpass import getpass

    from pavement.errors import BadInput
    from pavement.store.passwords import new_password

    if parsed.generate:
        return new_password()
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise BadInput("there is no password on stdin", do="type it at a terminal, or give --generate")
        return password
    password = getpass("password: ")
    if getpass("again: ") != password:
        raise BadInput("the two passwords differ", do="try again")
    return password


def _add_device_commands(commands: Commands) -> None:
    device = commands.add_parser("device", help="phones and intake PCs that may send drives").add_subparsers(
        required=True, metavar="WHAT", parser_class=type(commands.choices["serve"])
    )
    add = device.add_parser("add", help="a new device; its key is printed once")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--manager", help="管理者")
    add.add_argument("--office", help="事務所")
    add.set_defaults(command=_add_device)
    revoke = device.add_parser("revoke", help="its key opens nothing any more; what it sent stays")
    revoke.add_argument("name", metavar="NAME", help="or its id")
    revoke.set_defaults(command=_revoke_device)
    listing = device.add_parser("list", help="all devices")
    listing.set_defaults(command=_list_devices)
    for each in (add, revoke, listing):
        add_data(each)


def _add_device(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import add_device

    with server_database(parsed) as database:
        print(add_device(database, parsed.name, parsed.manager, parsed.office))


def _revoke_device(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import revoke_device

    with server_database(parsed) as database:
        revoke_device(database, parsed.name)


def _list_devices(parsed: argparse.Namespace, _bars: Bars) -> None:
    from pavement.store.devices import list_devices

    with server_database(parsed) as database:
        for each in list_devices(database):
            state = "revoked" if each.revoked_at else "active"
            print(each.name, each.manager or "-", each.office or "-", f"{each.created_at:%Y-%m-%d}", state, sep="\t")
