"""Which pass of each section is adopted for its 年度, with what people decided on top; and the same of defects.

Chosen segment by segment, its blocks with it. What is adopted can always be made again: `readopt`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from pavement.correction import COMPUTED, Decided, effective
from pavement.rating import Rules
from pavement.review.adoption import AdoptionRule, best
from pavement.store.adopted_defects import adopt_defects, pothole_changes
from pavement.store.adopted_tables import ADOPTED
from pavement.store.current import is_current
from pavement.store.decisions import decisions_of
from pavement.store.result_tables import ANALYSES, SEGMENTS
from pavement.store.revision import raise_revision
from pavement.store.sections import batches, sections_at
from pavement.store.surveys import survey_keys, survey_rows
from pavement.store.tables import DRIVES


@dataclass(frozen=True)
class StoreRules(Rules):
    """The limits of the diagnosis, and the office's rule of which pass counts."""

    adoption: AdoptionRule = field(default_factory=AdoptionRule)


def store_rules(rules: Rules, adoption: AdoptionRule) -> StoreRules:
    """Both together, as the store's functions take them."""
    return StoreRules(**vars(rules), adoption=adoption)


Row = Mapping[str, Any]
Key = tuple[int, str]  #: 年度 and segment_place
TOGETHER = 100  #: segments adopted by one round of queries
COLUMNS = frozenset(column.name for column in ADOPTED.c)
OF_SECTION = ("manager", "office", "municipality", "road_class")


def adopt(
    connection: Connection, analysis_ids: Sequence[str], rules: Rules | None = None, rule: AdoptionRule | None = None
) -> None:
    """Choose anew wherever these finished analyses, or earlier ones of their drives, have a say.

    In the transaction that writes them.
    """
    drives = select(ANALYSES.c.drive_id).where(ANALYSES.c.id.in_(analysis_ids))
    new = select(SEGMENTS.c.fiscal_year, SEGMENTS.c.segment_place).where(SEGMENTS.c.analysis_id.in_(analysis_ids))
    old = select(ADOPTED.c.fiscal_year, ADOPTED.c.segment_place).where(ADOPTED.c.drive_id.in_(drives))
    keys = {(year, place) for year, place in connection.execute(new.union(old)) if place is not None}
    adopt_defects(connection, analysis_ids)
    readopt(connection, keys, rules, rule)


def readopt(
    connection: Connection, keys: Iterable[Key], rules: Rules | None = None, rule: AdoptionRule | None = None
) -> None:
    """Make the adopted rows of some segments and their blocks again; locked ones (確定) stay as they are."""
    if rule is None and isinstance(rules, StoreRules):
        rule = rules.adoption
    revision = raise_revision(connection)
    of_year: dict[int, list[str]] = defaultdict(list)
    for year, place in sorted(keys):
        of_year[year].append(place)
    for year, places in of_year.items():
        for some in batches(places, TOGETHER):
            locked = ADOPTED.c.locked_at.is_not(None) & _at(year, some)
            kept = set(connection.execute(select(ADOPTED.c.segment_place).where(locked)).scalars())
            free = [place for place in some if place not in kept]
            rows = _rows(connection, year, free, rules, rule)
            connection.execute(delete(ADOPTED).where(_at(year, free)))
            if rows:
                connection.execute(insert(ADOPTED), [{**row, "revision": revision} for row in rows])


def _at(year: int, places: Sequence[str]) -> Any:
    return and_(ADOPTED.c.fiscal_year == year, ADOPTED.c.segment_place.in_(places))


def _rows(
    connection: Connection, year: int, places: Sequence[str], rules: Rules | None, rule: AdoptionRule | None
) -> list[dict[str, Any]]:
    chosen = _chosen(connection, year, places, rule)
    driven = {row["segment_place"] for row in chosen}
    chosen += survey_rows(connection, year, [place for place in places if place not in driven])
    decided = decisions_of(connection, year, places)
    sections = sections_at(connection, [*(row["place"] for row in chosen), *decided])
    measured = {row["place"] for row in chosen}
    blank = [_blank(sections[place]) for place in decided if place not in measured and place in sections]
    holes = pothole_changes(connection, year, places)
    rows = []
    for machine in (*chosen, *blank):
        place = machine["place"]
        section = sections.get(place, {})
        whole = {**machine, **{name: section[name] for name in OF_SECTION if section.get(name) is not None}}
        whole.setdefault("municipality", (machine.get("attributes") or {}).get("municipality"))
        own = decided.get(place, Decided())
        own = Decided(own.values, own.accepted, holes.get((machine["analysis_id"], place), 0))
        rows.append(adopted_row(year, whole, own, rules))
    return rows


def adopted_row(year: int, machine: Row, decided: Decided, rules: Rules | None) -> dict[str, Any]:
    """One row of `adopted` without its revision."""
    row = {name: machine.get(name) for name in COLUMNS} | {"fiscal_year": year}
    row |= {"machine": None, "corrected": None, "accepted_by": None, "accepted_at": None}
    row |= {"locked_by": None, "locked_at": None}
    if decided:
        row |= effective(machine, decided, rules)
        row["machine"] = {name: machine.get(name) for name in COMPUTED}
        row["corrected"] = {
            name: {
                "value": each.value,
                "machine": machine.get(name),
                "by": each.who,
                "at": each.at.isoformat(),
                "id": each.id,
            }
            for name, each in decided.values.items()
        }
        if decided.accepted is not None and decided.accepted.analysis_id == machine.get("analysis_id"):
            row |= {"accepted_by": decided.accepted.who, "accepted_at": decided.accepted.at}
    return row


def _chosen(
    connection: Connection, year: int, places: Sequence[str], rule: AdoptionRule | None
) -> list[dict[str, Any]]:
    """The machine's rows of the best pass of each segment, blocks too."""
    query = (
        select(SEGMENTS, ANALYSES.c.drive_id, DRIVES.c.started_at, DRIVES.c.vehicle, DRIVES.c.idempotency_key)
        .join(ANALYSES, ANALYSES.c.id == SEGMENTS.c.analysis_id)
        .join(DRIVES, DRIVES.c.id == ANALYSES.c.drive_id)
        .where(SEGMENTS.c.segment_place.in_(places), SEGMENTS.c.fiscal_year == year, is_current())
    )
    passes: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for found in connection.execute(query):
        row = dict(found._mapping)
        row["began"] = f"{row.pop('started_at').isoformat()} {row.pop('vehicle')} {row.pop('idempotency_key')}"
        passes[row["segment_place"]][row["analysis_id"]].append(row)
    chosen = []
    for of_pass in passes.values():
        segments = [row for rows in of_pass.values() for row in rows if row["level"] == "segment"]
        if segments:
            chosen += of_pass[best(segments, rule)["analysis_id"]]
    return _distinct(chosen)


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a place: where a line begins anew within a stretch the longer of two."""
    by_place: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["length_m"] or 0.0):
        by_place[row["place"]] = row
    return list(by_place.values())


def _blank(section: Row) -> dict[str, Any]:
    """A section that no pass measured, as a row of `segments`."""
    names = ("place", "segment_place", "level", "road_type", "route_no", "branch_no", "kind", "direction", "from_kp_km")
    ends = ("to_kp_km", "from_lon", "from_lat", "to_lon", "to_lat", "length_m", "attributes")
    empty = {"analysis_id": None, "drive_id": None, "rating_basis": "", "flags": "", "coverage_pct": None}
    return {name: section[name] for name in (*names, *ends)} | empty | {"frames": 0, "surveyed_on": None}


def everything(connection: Connection) -> set[Key]:
    """All keys that may have an adopted row: after a change of the rules, or for results of before."""
    query = select(SEGMENTS.c.fiscal_year, SEGMENTS.c.segment_place).where(SEGMENTS.c.segment_place.is_not(None))
    stored = select(ADOPTED.c.fiscal_year, ADOPTED.c.segment_place)
    return {(year, place) for year, place in connection.execute(query.union(stored))} | survey_keys(connection)
