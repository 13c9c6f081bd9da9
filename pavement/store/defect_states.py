"""What people say of defects: their state, other measures or class, and those that they drew themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pavement.correction import DefectState, drawn_share
from pavement.defect import Category
from pavement.errors import BadInput
from pavement.rating import Rules
from pavement.store.adopted import readopt
from pavement.store.adopted_defects import BY_PEOPLE, POTHOLE, readopt_defects
from pavement.store.adopted_tables import ADOPTED_DEFECTS, CORRECTIONS, DEFECT_STATES, DRAWN_DEFECTS
from pavement.store.columns import new_id, utc_now
from pavement.store.database import Database
from pavement.store.result_tables import ALERTS
from pavement.store.revision import raise_revision
from pavement.store.scope import EVERYTHING, Scope
from pavement.store.subjects import NoSuchResult, find_defect, find_photo_row, note, refuse_locked

STATE, DRAWN = "state", "drawn"
FIELDS = (STATE, *BY_PEOPLE)
LARGEST = {"length_m": 100.0, "width_m": 20.0, "depth_mm": 1000.0}
DECIMALS = {"length_m": 2, "width_m": 2, "depth_mm": 0}
TIMES = {
    DefectState.FALSE: "confirmed_at",  # somebody has looked at it
    DefectState.WATCH: "confirmed_at",
    DefectState.PATCHED: "patched_at",
    DefectState.REPAIRED: "repaired_at",
}
STEPS = {  #: how far a defect is on its way
    DefectState.UNCONFIRMED: 0,
    DefectState.FALSE: 1,
    DefectState.WATCH: 1,
    DefectState.PATCHED: 2,
    DefectState.REPAIRED: 3,
}


def change_defect(
    database: Database,
    defect_id: str,
    changes: Mapping[str, object],
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
    comment: str | None = None,
) -> None:
    """Set a defect's state, class or measures.

    Raises BadInput, NoSuchResult, and Locked where the number of potholes of a section that is 確定 would change.
    """
    checked = {name: check_defect(name, value) for name, value in changes.items()}
    if not checked and not comment:
        raise BadInput("nothing is changed", do="give a state, a category, measures or a comment")
    with database.writing() as connection:
        raise_revision(connection)
        _decide(connection, find_defect(connection, defect_id, scope), checked, who, rules, comment)


def answer_defect(
    connection: Connection, defect_id: str, state: DefectState, at: datetime, who: str, rules: Rules | None = None
) -> None:
    """What was done on the road at a time says how the defect is; a state that is further on stays. The revision is
    raised already. Raises Locked, as `change_defect`.
    """
    try:
        row = find_defect(connection, defect_id, EVERYTHING)
    except NoSuchResult:  # no analysis finds it any more
        return
    now = DefectState(row["state"])
    dismissed = now is DefectState.FALSE and state is DefectState.WATCH  # looked at is what it was already
    if STEPS[state] >= STEPS[now] and not dismissed:
        _decide(connection, row, {STATE: state.value}, who, rules, None, at)


def _decide(
    connection: Connection,
    row: Mapping[str, Any],
    checked: Mapping[str, Any],
    who: str,
    rules: Rules | None,
    comment: str | None,
    time: datetime | None = None,
) -> None:
    defect_id = row["defect_id"]
    years = _years(connection, defect_id)
    if _is_hole({**row, **checked}) != _is_hole(row):
        refuse_locked(connection, row["fiscal_year"], row["segment_place"])  # earlier years' 確定 stay as they are
    own = {"defect_id": defect_id, "segment_place": row["segment_place"], "analysis_id": row["analysis_id"]}
    machine = row["machine"] or row
    for name, value in (checked or {"comment": None}).items():
        before = {"before": row.get(name), "machine": machine.get(name) if name != STATE else None}
        note(connection, who, row["fiscal_year"], name, value, time, comment=comment, **own, **before)
    rebuild_state(connection, defect_id)
    readopt_defects(connection, [defect_id])
    readopt(connection, years, rules)


def draw_defect(
    database: Database,
    photo_id: str,
    box: Sequence[float],
    facts: Mapping[str, object],
    who: str,
    scope: Scope = EVERYTHING,
    rules: Rules | None = None,
    comment: str | None = None,
) -> str:
    """A defect that the machine did not see, drawn on a photo (x, y, width, height as shares of it); its id."""
    share = drawn_share(box)
    checked = {name: check_defect(name, value) for name, value in facts.items() if value is not None}
    if "category" not in checked:
        raise BadInput("the drawn defect has no category", do=f"give one of {', '.join(Category)}")
    defect_id = f"p{new_id().replace('-', '')}"
    with database.writing() as connection:
        raise_revision(connection)
        photo = find_photo_row(connection, photo_id, scope)
        year, place = photo["fiscal_year"], photo["segment_place"]
        if checked["category"] == POTHOLE:
            refuse_locked(connection, year, place)
        whose = ("road_type", "route_no", "branch_no", "kind", "direction", "kp_km", "lon", "lat", "manager", "office")
        length, width = checked.get("length_m"), checked.get("width_m")
        row = {name: photo[name] for name in whose} | checked | {"photo": photo["number"], "score": 1.0, "frames": 1}
        row["area_m2"] = round(float(length) * float(width), 3) if length and width else None
        own: dict[str, Any] = {"defect_id": defect_id, "photo_id": photo_id, "segment_place": place}
        values = own | {"fiscal_year": year, "facts": row, "box": list(share), "who": who, "at": utc_now()}
        connection.execute(insert(DRAWN_DEFECTS).values(**values))
        note(connection, who, year, DRAWN, {**checked, "box": list(share)}, comment=comment, **own)
        readopt_defects(connection, [defect_id])
        readopt(connection, [(year, place)], rules)
    return defect_id


def change_defects(
    database: Database, ids: Sequence[str], state: str, who: str, scope: Scope = EVERYTHING, rules: Rules | None = None
) -> dict[str, str]:
    """Set the state of many, each for itself; id -> why not, of those that were refused."""
    refused: dict[str, str] = {}
    check_defect(STATE, state)
    for defect_id in dict.fromkeys(ids):
        try:
            change_defect(database, defect_id, {STATE: state}, who, scope, rules)
        except NoSuchResult:
            refused[defect_id] = "no such defect"
        except BadInput as error:
            refused[defect_id] = str(error)
    return refused


def check_defect(name: str, value: object) -> Any:
    """A person's word on a defect; raises BadInput."""
    if name == STATE:
        if value not in list(DefectState):
            raise BadInput(f"the state is {value!r}", do=f"give one of {', '.join(DefectState)}")
        return str(value)
    if name == "category":
        if value not in list(Category):
            raise BadInput(f"the category is {value!r}", do=f"give one of {', '.join(Category)}")
        return str(value)
    if name not in LARGEST:
        raise BadInput(f"{name} cannot be changed", do=f"give {', '.join((*FIELDS, 'comment'))}")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LARGEST[name]:
        raise BadInput(f"{name} is out of bounds", do=f"give more than 0, at most {LARGEST[name]:g}")
    return round(float(value), DECIMALS[name])


def rebuild_state(connection: Connection, defect_id: str) -> None:
    """The state of a defect by the decisions that hold, and the times of its alert."""
    _take_back_times(connection, defect_id)
    query = (
        select(CORRECTIONS)
        .where(CORRECTIONS.c.defect_id == defect_id, CORRECTIONS.c.field.in_(FIELDS), CORRECTIONS.c.undone_at.is_(None))
        .order_by(CORRECTIONS.c.at, CORRECTIONS.c.id)
    )
    values: dict[str, Any] = {}
    times: dict[str, datetime] = {}
    for row in connection.execute(query):
        value = row.value["value"]
        values |= {row.field: value, "who": row.who, "at": row.at, "comment": row.comment}
        if row.field == STATE and value in TIMES:
            name = TIMES[DefectState(value)]
            times[name] = times.get(name, row.at) if row.value.get("time") is None else _time_of(row)
    connection.execute(delete(DEFECT_STATES).where(DEFECT_STATES.c.defect_id == defect_id))
    if not values:
        return
    done = {name: times.get(name) for name in ("patched_at", "repaired_at")}
    values = {STATE: DefectState.UNCONFIRMED.value, **values, **done, "defect_id": defect_id}
    connection.execute(insert(DEFECT_STATES).values(**values))
    for name, at in times.items():  # a time that somebody noted before stays
        own = update(ALERTS).where(ALERTS.c.defect_id == defect_id)
        connection.execute(own.values({name: func.coalesce(ALERTS.c[name], at)}))


def _take_back_times(connection: Connection, defect_id: str) -> None:
    """Clear the times of its alert that came of decisions which were undone; a time that somebody noted stays."""
    of_defect = (CORRECTIONS.c.defect_id == defect_id) & (CORRECTIONS.c.field == STATE)
    undone = select(CORRECTIONS.c.value, CORRECTIONS.c.at).where(of_defect, CORRECTIONS.c.undone_at.is_not(None))
    for row in connection.execute(undone).all():
        name = TIMES.get(DefectState(row.value["value"]))
        if name is not None:
            own = (ALERTS.c.defect_id == defect_id) & (ALERTS.c[name] == _time_of(row))
            connection.execute(update(ALERTS).where(own).values({name: None}))


def _time_of(row: Any) -> datetime:
    """When what a decision says was done: as it was said, else when it was noted."""
    said = row.value.get("time")
    return datetime.fromisoformat(said) if said else row.at


def erase(connection: Connection, defect_id: str) -> None:
    """Take a drawn defect away."""
    for table in (DRAWN_DEFECTS, DEFECT_STATES):
        connection.execute(delete(table).where(table.c.defect_id == defect_id))
    others = (CORRECTIONS.c.defect_id == defect_id) & CORRECTIONS.c.undone_at.is_(None)
    connection.execute(update(CORRECTIONS).where(others).values(undone_at=utc_now()))


def _is_hole(row: Mapping[Any, Any]) -> bool:
    return bool(row["category"] == POTHOLE and row["state"] != DefectState.FALSE)


def _years(connection: Connection, defect_id: str) -> list[tuple[int, str]]:
    columns = ADOPTED_DEFECTS.c.fiscal_year, ADOPTED_DEFECTS.c.segment_place
    query = select(*columns).where(ADOPTED_DEFECTS.c.defect_id == defect_id)
    return [(year, place) for year, place in connection.execute(query)]
