"""Lengths of the network by what was found, for the map's legend; and what the map needs to know at its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from pavement.store.adopted_tables import ADOPTED, SECTIONS
from pavement.store.database import Database
from pavement.store.revision import read_revision
from pavement.store.scope import Scope, within

INDICATORS = ("crack_pct", "rut_mm", "iri_mm_per_m", "mci", "potholes", "coverage_pct")
FILTERS = ("road_type", "route_no", "kind", "direction", "office", "municipality")


@dataclass(frozen=True)
class Choice:
    """Which sections; empty = all."""

    equal: Mapping[str, str] = field(default_factory=dict)  #: names of FILTERS
    ratings: Sequence[str] = ()
    check: bool = False  #: 要確認 only
    missing: bool = False  #: 未点検 only

    def conditions(self) -> list[ColumnElement[bool]]:
        """On SECTIONS joined with ADOPTED."""
        found = [SECTIONS.c[name] == value for name, value in self.equal.items() if name in FILTERS]
        if self.ratings:
            found.append(ADOPTED.c.rating.in_(self.ratings))
        if self.check:
            found.append(ADOPTED.c.flags.contains("要確認"))
        if self.missing:
            found.append(and_(ADOPTED.c.place.is_(None), SECTIONS.c.closed.is_(None)))
        return found


def read_lengths(
    database: Database, year: int, scope: Scope, choice: Choice, by: str, bounds: Sequence[float] = ()
) -> dict[str, float]:
    """Metres of 0.1 segments by rating (`by` = rating) or by class of an indicator.

    Classes are "0", "1", …: below the first bound, the second, …; besides "none" (inspected, but no value), "missing"
    (未点検) and "closed" (冬期閉鎖 and the like). A name that nothing has is left out.
    """
    if by != "rating" and by not in INDICATORS:
        raise ValueError(f"expected rating or one of {', '.join(INDICATORS)}, got {by}")
    column: ColumnElement[Any] = ADOPTED.c[by]
    if by != "rating":
        steps = [(column < bound, literal(str(index))) for index, bound in enumerate(bounds)]
        column = case(*steps, else_=literal(str(len(bounds)))) if steps else literal("0")
    name = case(
        (and_(ADOPTED.c.place.is_(None), SECTIONS.c.closed.is_not(None)), literal("closed")),
        (ADOPTED.c.place.is_(None), literal("missing")),
        (ADOPTED.c[by].is_(None), literal("none")),
        else_=column,
    ).label("name")
    join = SECTIONS.outerjoin(ADOPTED, and_(ADOPTED.c.place == SECTIONS.c.place, ADOPTED.c.fiscal_year == year))
    seen = within(scope, SECTIONS.c.manager, SECTIONS.c.office)
    query = select(name, func.sum(SECTIONS.c.length_m)).select_from(join).where(SECTIONS.c.level == "segment", seen)
    with database.reading() as connection:
        rows = connection.execute(query.where(*choice.conditions()).group_by(name)).all()
    return {str(each[0]): float(each[1]) for each in rows}


def newest_year(database: Database) -> int | None:
    """The last 年度 that has results."""
    with database.reading() as connection:
        year: int | None = connection.execute(select(func.max(ADOPTED.c.fiscal_year))).scalar_one()
    return year


def read_version(database: Database) -> tuple[str, str]:
    """What changes whenever any tile may, for their addresses; and the network in use."""
    with database.reading() as connection:
        network = connection.execute(select(SECTIONS.c.network_id).limit(1)).scalar_one_or_none() or "0"
    return f"{read_revision(database)}-{network[:8]}", network


@dataclass(frozen=True)
class MapFacts:
    """What there is to see of a network."""

    box: tuple[float, float, float, float] | None  #: west, south, east, north of what the scope sees
    offices: tuple[tuple[str | None, str], ...]  #: manager, office
    municipalities: tuple[str, ...]


def read_facts(database: Database, scope: Scope) -> MapFacts:
    """The facts of what the scope sees."""
    columns = SECTIONS.c
    seen = (columns.level == "segment", within(scope, columns.manager, columns.office))
    sides = (func.min(columns.west), func.min(columns.south), func.max(columns.east), func.max(columns.north))
    with database.reading() as connection:
        west, south, east, north = connection.execute(select(*sides).where(*seen)).one()
        offices = connection.execute(select(columns.manager, columns.office).where(*seen).distinct()).all()
        towns = connection.execute(select(columns.municipality).where(*seen).distinct()).scalars().all()
    return MapFacts(
        None if west is None else (west, south, east, north),
        tuple(sorted(((each[0], each[1]) for each in offices if each[1]), key=str)),
        tuple(sorted(each for each in towns if each)),
    )
