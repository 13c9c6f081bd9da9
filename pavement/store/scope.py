"""Roles, where they hold, and what that lets someone see and touch; as conditions on rows.

A grant is a role at a place: one office of a manager, all of a manager, or everywhere. Every read and write of the
store takes a `Scope`; what lies outside it is, for who asks, not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from pavement.store.tables import DEVICES, DRIVES


class Role(StrEnum):
    """What somebody may do; each may do what those before it may."""

    PATROL = "patrol"  #: sees drives and results, uploads
    STAFF = "staff"  #: corrects, sets states of defects, exports
    REVIEWER = "reviewer"  #: 確定 and its undoing
    ADMIN = "admin"  #: people, devices, retention, networks

    def includes(self, other: Role) -> bool:
        """Whether who has this role may do what `other` may.

        >>> Role.REVIEWER.includes(Role.STAFF), Role.PATROL.includes(Role.STAFF)
        (True, False)
        """
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, order=True)
class Place:
    """An office of a manager. No manager: of any; no office: all of the manager's, even rows without one."""

    manager: str | None = None  #: 管理者
    office: str | None = None  #: 事務所

    def holds(self, manager: str | None, office: str | None) -> bool:
        """Whether something of this manager and office lies here.

        >>> Place("青森県").holds("青森県", "東青"), Place("青森県", "東青").holds("青森県", None)
        (True, False)
        """
        return self.manager in (None, manager) and self.office in (None, office)


@dataclass(frozen=True)
class Grant:
    """A role at a place."""

    role: Role
    place: Place = Place()


@dataclass(frozen=True)
class Scope:
    """What somebody may see or touch: the roads, devices and drives of `places`, and drives of their own."""

    places: tuple[Place, ...] = ()
    device_id: str | None = None  #: drives that this device sent, wherever they led
    person_id: str | None = None  #: drives that this person sent

    @property
    def everything(self) -> bool:
        """Whether nothing is outside."""
        return Place() in self.places

    def holds(self, manager: str | None, office: str | None) -> bool:
        """Whether something of this manager and office lies within."""
        return any(place.holds(manager, office) for place in self.places)


EVERYTHING = Scope((Place(),))  #: of who sits at the server, and of jobs


def scope_of_grants(grants: Iterable[Grant], person_id: str | None = None) -> Scope:
    """Where any of the grants holds."""
    return Scope(tuple(sorted({grant.place for grant in grants}, key=str)), person_id=person_id)


def within(scope: Scope, manager: ColumnElement[str | None], office: ColumnElement[str | None]) -> ColumnElement[bool]:
    """The condition that a row of this manager and office lies within; own drives do not count: for what is changed."""
    if scope.everything:
        return true()
    return or_(false(), *(_at(place, manager, office) for place in scope.places))


def drives_within(scope: Scope) -> ColumnElement[bool]:
    """The condition on DRIVES that the drive was sent by a device of the scope's places, or is its own."""
    if scope.everything:
        return true()
    senders = or_(within(scope, DEVICES.c.manager, DEVICES.c.office), _own(scope))
    return DRIVES.c.device_id.in_(select(DEVICES.c.id).where(senders))


def results_within(
    scope: Scope,
    manager: ColumnElement[str | None],
    office: ColumnElement[str | None],
    drive_id: ColumnElement[str],
) -> ColumnElement[bool]:
    """The condition that a result may be seen: it lies on a road of the scope, or comes from a drive of its own."""
    if scope.everything:
        return true()
    own = select(DRIVES.c.id).join(DEVICES, DEVICES.c.id == DRIVES.c.device_id).where(_own(scope))
    return or_(within(scope, manager, office), drive_id.in_(own))


def _at(place: Place, manager: ColumnElement[str | None], office: ColumnElement[str | None]) -> ColumnElement[bool]:
    asked = ((manager, place.manager), (office, place.office))
    return and_(true(), *(column == value for column, value in asked if value is not None))


def _own(scope: Scope) -> ColumnElement[bool]:
    asked = ((DEVICES.c.id, scope.device_id), (DEVICES.c.person_id, scope.person_id))
    return or_(false(), *(column == value for column, value in asked if value is not None))
