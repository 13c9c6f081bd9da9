"""What people decided about sections, read from their corrections: the newest that was not undone holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from pavement.correction import BOUNDS, Decided, Decision
from pavement.store.adopted_tables import CORRECTIONS

VALUES = (*BOUNDS, "rating")
ACCEPTED = "accepted"


def decisions_of(connection: Connection, year: int, segment_places: Sequence[str]) -> dict[str, Decided]:
    """Place -> what holds, of some segments and their blocks; only places about which something was decided."""
    query = (
        select(CORRECTIONS)
        .where(CORRECTIONS.c.segment_place.in_(segment_places), CORRECTIONS.c.fiscal_year == year)
        .where(CORRECTIONS.c.undone_at.is_(None), CORRECTIONS.c.field.in_((*VALUES, ACCEPTED)))
        .where(CORRECTIONS.c.place.is_not(None))
        .order_by(CORRECTIONS.c.at, CORRECTIONS.c.id)
    )
    values: dict[str, dict[str, Decision]] = defaultdict(dict)
    for row in connection.execute(query):
        values[row.place][row.field] = decision_of(row)
    return {place: Decided(each, each.pop(ACCEPTED, None)) for place, each in values.items()}


def decision_of(row: Row[Any]) -> Decision:
    """One correction."""
    at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
    return Decision((row.value or {}).get("value"), row.who, at, row.id, row.analysis_id)
