"""Which analyses count: of each drive the newest that is done."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select

from pavement.store.result_tables import ANALYSES


def is_current() -> ColumnElement[bool]:
    """Whether a row's analysis (its query joins ANALYSES) is the newest of its drive that is done.

    Asked row by row. Neither a list of all current analyses, joined, nor the index of `state` may lead the query:
    SQLite then walks through every result of every drive to find those of a few places.
    """
    newer = ANALYSES.alias("newer")
    of_drive = (newer.c.drive_id == ANALYSES.c.drive_id, newer.c.number > ANALYSES.c.number, newer.c.state == "done")
    done = (ANALYSES.c.state + "") == "done"  # an expression has no index
    return and_(done, ~select(newer.c.id).where(*of_drive).correlate(ANALYSES).exists())
