"""After a change of the network: what was adopted before becomes the new office's, slice by slice.

Sections of a new network may have another manager, office, municipality or road class. The rows of `adopted` that
differ from theirs are made again, a slice a transaction, so that nobody waits long; a row that was made again has a
higher revision, so a process that is killed goes on where it stopped, and two may do so at once. What is 確定 stays.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import ColumnElement, Connection, Table, or_, select, update

from pavement.rating import Rules
from pavement.store.adopted import OF_SECTION, Key, readopt
from pavement.store.adopted_defects import readopt_defects
from pavement.store.adopted_tables import ADOPTED, ADOPTED_DEFECTS, SECTIONS
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS, DEFECTS, NETWORKS, PHOTOS, SEGMENTS
from pavement.store.revision import raise_revision
from pavement.store.sections import batches
from pavement.store.survey_tables import SURVEY_SECTIONS

SLICE = 500  #: segments of one transaction: half a second of work
BREATH_S = 0.1  #: between two: SQLite lets others in who ask ten times a second
WHOSE = ("manager", "office")


def readopt_of_network(database: Database, rules: Rules | None = None, breath_s: float = BREATH_S) -> int:
    """Make the adopted rows again that are still of an earlier network; how many segments (of a 年度) this call did."""
    with database.reading() as connection:
        bound = _bound(connection)
        keys = [] if bound is None else _old_keys(connection, bound)
    done, rest = 0, iter(keys)
    while bound is not None and (some := list(islice(rest, SLICE))):
        with database.writing() as connection:
            raise_revision(connection)  # first: others that adopt wait here
            if _bound(connection) != bound:
                return done  # another was faster, or there is a newer network
            left = _still_old(connection, some, bound)
            _readopt(connection, left, rules)
        done += len(left)
        time.sleep(breath_s)
    if bound is not None:
        with database.writing() as connection:
            mine = NETWORKS.c.readopt_below == bound
            connection.execute(update(NETWORKS).where(mine).values(readopt_below=None))
    return done


def _bound(connection: Connection) -> int | None:
    """Rows of a lower revision may be of an earlier network; None: none is."""
    query = select(NETWORKS.c.readopt_below).where(NETWORKS.c.cut_at.is_not(None))
    return connection.execute(query.limit(1)).scalar_one_or_none()


def _old_keys(connection: Connection, bound: int) -> list[Key]:
    other = or_(*(ADOPTED.c[name].is_distinct_from(SECTIONS.c[name]) for name in OF_SECTION))
    blank = ADOPTED.c.analysis_id.is_(None) & ADOPTED.c.coverage_pct.is_(None)  # lies where its section does
    query = (
        select(ADOPTED.c.fiscal_year, ADOPTED.c.segment_place)
        .outerjoin(SECTIONS, SECTIONS.c.place == ADOPTED.c.place)
        .where(_old(bound), or_(other, blank))
        .distinct()
    )
    return sorted((year, place) for year, place in connection.execute(query))


def _old(bound: int) -> ColumnElement[bool]:
    return (ADOPTED.c.revision < bound) & ADOPTED.c.locked_at.is_(None)


def _still_old(connection: Connection, keys: Sequence[Key], bound: int) -> list[Key]:
    found: set[Key] = set()
    for year, places in _by_year(keys):
        here = (ADOPTED.c.fiscal_year == year) & ADOPTED.c.segment_place.in_(places) & _old(bound)
        query = select(ADOPTED.c.segment_place).where(here).distinct()
        found |= {(year, place) for place in connection.execute(query).scalars()}
    return sorted(found)


def _readopt(connection: Connection, keys: Sequence[Key], rules: Rules | None) -> None:
    for year, places in _by_year(keys):
        for table in (SEGMENTS, DEFECTS, PHOTOS, SURVEY_SECTIONS):
            _give(connection, table, year, places)
        here = (ADOPTED_DEFECTS.c.fiscal_year == year) & ADOPTED_DEFECTS.c.segment_place.in_(places)
        defects = list(connection.execute(select(ADOPTED_DEFECTS.c.defect_id).where(here)).scalars())
        readopt_defects(connection, defects)
        _give_alerts(connection, defects)
    readopt(connection, keys, rules)


def _give(connection: Connection, table: Table, year: int, places: Sequence[str]) -> None:
    """What an analysis found belongs to whose road it is now, where the network says so."""
    here = (table.c.fiscal_year == year) & table.c.segment_place.in_(places)
    wrong = or_(*(SECTIONS.c[name].is_not(None) & table.c[name].is_distinct_from(SECTIONS.c[name]) for name in WHOSE))
    query = select(SECTIONS.c.place, *(SECTIONS.c[name] for name in WHOSE)).distinct()
    query = query.join(table, table.c.segment_place == SECTIONS.c.place).where(here, wrong)
    of: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    for place, manager, office in connection.execute(query):
        of[manager, office].append(place)
    for given, own in of.items():
        values = {name: value for name, value in zip(WHOSE, given, strict=True) if value is not None}
        mine = (table.c.fiscal_year == year) & table.c.segment_place.in_(own)
        connection.execute(update(table).where(mine).values(**values))


def _give_alerts(connection: Connection, defect_ids: Sequence[str]) -> None:
    names = [ADOPTED_DEFECTS.c[name] for name in WHOSE]
    for some in batches(defect_ids):
        of_defect = select(ADOPTED_DEFECTS.c.defect_id, *names).where(ADOPTED_DEFECTS.c.defect_id.in_(some))
        query = of_defect.join(ALERTS, ALERTS.c.defect_id == ADOPTED_DEFECTS.c.defect_id)
        for row in connection.execute(query.order_by(ADOPTED_DEFECTS.c.fiscal_year)).all():
            own = update(ALERTS).where(ALERTS.c.defect_id == row.defect_id)
            connection.execute(own.values(manager=row.manager, office=row.office))


def _by_year(keys: Sequence[Key]) -> Iterator[tuple[int, list[str]]]:
    of_year: dict[int, list[str]] = defaultdict(list)
    for year, place in keys:
        of_year[year].append(place)
    yield from of_year.items()
