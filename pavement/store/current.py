"""Which analyses count: of each drive the newest that is done."""

from __future__ import annotations

from sqlalchemy import Subquery, func, select

from pavement.store.result_tables import ANALYSES


def current_analyses() -> Subquery:
    """Of each drive the newest analysis that is done."""
    last = func.row_number().over(partition_by=ANALYSES.c.drive_id, order_by=ANALYSES.c.number.desc())
    ranked = select(ANALYSES.c.id, last.label("place")).where(ANALYSES.c.state == "done").subquery()
    return select(ranked.c.id).where(ranked.c.place == 1).subquery()
