"""People correct sections, accept 要確認, and sign off (確定); everything is kept, who and when, and can be undone.

Every change first raises the revision: that row is taken until the transaction ends, so that on PostgreSQL too changes
and adoptions of new drives wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from pavement.correction import check_value
from pavement.errors import BadInput
from pavement.rating import Rules
from pavement.store.adopted import readopt
from pavement.store.adopted_defects import readopt_defects
from pavement.store.adopted_tables import ADOPTED, CORRECTIONS
from pavement.store.columns import utc_now
from pavement.store.database import Database
from pavement.store.decisions import ACCEPTED, VALUES
from pavement.store.defect_states import DRAWN, erase, rebuild_state
from pavement.store.photo_marks import UNUSABLE, rebuild_mark
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Scope
from pavement.store.subjects import NoSuchResult, find_free_section, find_section, note, refuse_locked

LOCKED = "locked"
COMMENT = "comment"
ACTIONS = ("accept", "lock", "unlock")
LONGEST = 2000  #: characters of a comment


def correct(
    database: Database,
    place: str,
    year: int,
    values: Mapping[str, object],
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
    comment: str | None = None,
) -> None:
    """A person's values stand beside the machine's from now on, and hold; None = a person says it is not known.

    Raises BadInput, NoSuchResult, Locked.
    """
    checked = {name: check_value(name, value) for name, value in values.items()}
    comment = clean_comment(comment)
    if not checked and not comment:
        raise BadInput("nothing is corrected", do="give values or a comment")
    with database.writing() as connection:
        raise_revision(connection)
        row = find_free_section(connection, place, year, scope)
        machine = row["machine"] or row
        for name, value in (checked or {COMMENT: None}).items():
            note(
                connection,
                who,
                year,
                name,
                value,
                place=place,
                segment_place=row["segment_place"],
                machine=machine.get(name),
                before=row.get(name),
                comment=comment,
                analysis_id=row["analysis_id"],
            )
        readopt(connection, [(year, row["segment_place"])], rules)


def accept(
    database: Database,
    place: str,
    year: int,
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
    comment: str | None = None,
) -> str:
    """A person looked at a section's 要確認 and lets its values stand, until another pass is adopted; for `undo`."""
    with database.writing() as connection:
        raise_revision(connection)
        row = find_free_section(connection, place, year, scope)
        if row["analysis_id"] is None and not row["corrected"]:
            raise BadInput("the section was not inspected", do="accept what was measured or corrected")
        own = {"place": place, "segment_place": row["segment_place"], "analysis_id": row["analysis_id"]}
        decision = note(connection, who, year, ACCEPTED, True, comment=clean_comment(comment), **own)
        readopt(connection, [(year, row["segment_place"])], rules)
    return decision


def lock(database: Database, place: str, year: int, who: str, scope: Scope = EVERYTHING) -> None:
    """確定: nobody changes the segment and its blocks, no new drive replaces it. Raises Locked where it is already."""
    with database.writing() as connection:
        revision = raise_revision(connection)
        row = find_free_section(connection, place, year, scope)
        if row["level"] != "segment":
            raise BadInput("a block is 確定 with its segment", do="lock the segment")
        changes = {"locked_by": who, "locked_at": utc_now(), "revision": revision}
        if not connection.execute(update(ADOPTED).where(_segment(year, place)).values(**changes)).rowcount:
            raise BadInput("the section was not inspected", do="correct it first, or wait for a drive")
        note(connection, who, year, LOCKED, True, place=place, segment_place=place, analysis_id=row["analysis_id"])


def unlock(
    database: Database, place: str, year: int, who: str, scope: Scope = EVERYTHING, rules: Rules | None = None
) -> None:
    """Take the 確定 back; what came meanwhile is adopted where it is better."""
    with database.writing() as connection:
        revision = raise_revision(connection)
        row = find_section(connection, place, year, scope)
        if row["locked_at"] is None or row["level"] != "segment":
            raise BadInput("the section is not 確定", do="choose a segment that is")
        free = {"locked_by": None, "locked_at": None, "revision": revision}
        connection.execute(update(ADOPTED).where(_segment(year, place)).values(**free))
        note(connection, who, year, LOCKED, False, place=place, segment_place=place, analysis_id=row["analysis_id"])
        readopt(connection, [(year, place)], rules)


def bulk(
    database: Database,
    places: Sequence[str],
    year: int,
    action: str,
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
) -> tuple[list[str], dict[str, str]]:
    """Accept, lock or unlock many, each for itself: decisions that `undo_many` takes back (of accept), and place -> why
    not, of those that were refused.
    """
    doing: dict[str, Callable[[str], str | None]] = {
        "accept": lambda place: accept(database, place, year, who, scope, rules),
        "lock": lambda place: lock(database, place, year, who, scope),
        "unlock": lambda place: unlock(database, place, year, who, scope, rules),
    }
    if action not in doing:
        raise BadInput(f"there is no action '{action}'", do=f"use one of {', '.join(ACTIONS)}")
    made, refused = _each(places, doing[action], "no such section")
    return [decision for decision in made if decision is not None], refused


def undo(
    database: Database, correction_id: str, who: str, scope: Scope = EVERYTHING, rules: Rules | None = None
) -> None:
    """Take one decision back: what was decided before it holds again, else the machine's. Once; raises as `correct`."""
    with database.writing() as connection:
        raise_revision(connection)
        found = connection.execute(select(CORRECTIONS).where(CORRECTIONS.c.id == correction_id)).one_or_none()
        if found is None:
            raise NoSuchResult(correction_id)
        row = found._mapping
        if row["field"] == LOCKED:
            raise BadInput("a 確定 is not undone here", do="unlock the section")
        if row["undone_at"] is not None:
            raise BadInput("it was undone already", do="look at the history again")
        segment, year = row["segment_place"], row["fiscal_year"]
        find_section(connection, segment, year, scope)
        if row["field"] != COMMENT:
            refuse_locked(connection, year, segment)
        own = update(CORRECTIONS).where(CORRECTIONS.c.id == correction_id)
        connection.execute(own.values(undone_at=utc_now(), undone_by=who))
        _follow(connection, row, rules)


def undo_many(
    database: Database,
    correction_ids: Sequence[str],
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
) -> dict[str, str]:
    """Take decisions back in this order, each for itself; id -> why not, of those that were refused."""
    none = "no such decision"
    return _each(correction_ids, lambda each: undo(database, each, who, scope, rules), none)[1]


def _each(
    names: Sequence[str], do: Callable[[str], str | None], unknown: str
) -> tuple[list[str | None], dict[str, str]]:
    """What came of each, and why it did not where it was refused."""
    made: list[str | None] = []
    refused: dict[str, str] = {}
    for name in dict.fromkeys(names):
        try:
            made.append(do(name))
        except NoSuchResult:
            refused[name] = unknown
        except BadInput as error:
            refused[name] = str(error)
    return made, refused


def clean_comment(text: str | None) -> str | None:
    """A comment that can be kept; raises BadInput."""
    clean = (text or "").strip()
    if len(clean) > LONGEST:
        raise BadInput(f"the comment has {len(clean)} characters", do=f"write at most {LONGEST}")
    return clean or None


def _segment(year: int, place: str) -> Any:
    return (ADOPTED.c.fiscal_year == year) & (ADOPTED.c.segment_place == place)


def _follow(connection: Connection, row: Mapping[Any, Any], rules: Rules | None) -> None:
    """What stands differently when a decision no longer holds."""
    if row["photo_id"] is not None and row["field"] == UNUSABLE:
        rebuild_mark(connection, row["photo_id"])
    if row["defect_id"] is not None:
        if row["field"] == DRAWN:
            erase(connection, row["defect_id"])
        rebuild_state(connection, row["defect_id"])
        readopt_defects(connection, [row["defect_id"]])
    if row["defect_id"] is not None or row["field"] in (*VALUES, ACCEPTED):
        readopt(connection, [(row["fiscal_year"], row["segment_place"])], rules)
