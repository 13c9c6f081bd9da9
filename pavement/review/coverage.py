"""点検実施延長率 by office, route, class and municipality; what is not inspected and why; the patrols to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from pavement.inspected_length import InspectedLength
from pavement.review.rows import Bools, Floats, Ints, Sections, Year, length_by
from pavement.road import Direction, RoadKey

DRIVE_KM = 60.0  #: of inspection in one patrol drive, a setting
LEAST_M = 100.0  #: shorter remnants are left out of the plan, a setting
NO_OFFICE = "（事務所なし）"


@dataclass(frozen=True)
class Missing:
    """A stretch of one road and direction that was not inspected; kilometres."""

    road: RoadKey
    name: str
    direction: Direction
    from_kp_km: float
    to_kp_km: float
    km: float
    office: str
    reason: str  #: 未走行 / 有効測定率不足 / 冬期閉鎖 …
    closed: bool  #: nobody could: outside the denominator


@dataclass(frozen=True)
class Patrol:
    """One drive of the plan: what an office's car inspects on a day."""

    number: int
    office: str
    km: float
    stretches: tuple[Missing, ...]


@dataclass(frozen=True)
class Coverage:
    """How much of the network was inspected."""

    total: InspectedLength
    both_directions_pct: float | None  #: of the roads that have two, by length
    by_office: dict[str, InspectedLength]
    by_route: dict[str, InspectedLength]
    by_class: dict[str, InspectedLength]
    by_municipality: dict[str, InspectedLength]
    closed_by_reason_km: dict[str, float]
    missing: tuple[Missing, ...]
    plan: tuple[Patrol, ...]
    left_out: tuple[Missing, ...]  #: remnants that the plan has not: too short for a drive
    least_m: float = LEAST_M  #: shorter ones are remnants


def review_coverage(sections: Sections, year: Year, drive_km: float = DRIVE_KM, least_m: float = LEAST_M) -> Coverage:
    """The coverage of a network (segments of 0.1) in a year."""
    closed = sections.closed.known
    missing = find_missing(sections, year)
    wanted, left_out = worth_a_drive([each for each in missing if not each.closed], least_m)
    reasons = length_by(sections.closed.codes, sections.length_m, len(sections.closed.names)) / 1000
    labels = {"road_class": sections.road_class, "office": sections.office, "municipality": sections.municipality}
    groups = {
        name: inspected_by(label.codes, label.names, sections.length_m, closed, year.inspected)
        for name, label in labels.items()
    }
    return Coverage(
        total=_length(sections.length_m, closed, year.inspected),
        both_directions_pct=both_directions(sections, year.inspected, closed),
        by_office=groups["office"],
        by_route=inspected_by(sections.road, sections.names, sections.length_m, closed, year.inspected),
        by_class=groups["road_class"],
        by_municipality=groups["municipality"],
        closed_by_reason_km={n: float(km) for n, km in zip(sections.closed.names, reasons, strict=True) if km > 0},
        missing=missing,
        plan=plan_patrols(wanted, drive_km),
        left_out=left_out,
        least_m=least_m,
    )


def inspected_by(
    codes: Ints, names: Sequence[str], length_m: Floats, closed: Bools, inspected: Bools
) -> dict[str, InspectedLength]:
    """The lengths of every name (rows without one are left out), in their order."""
    open_m = length_by(codes, np.where(closed, 0.0, length_m), len(names))
    seen_m = length_by(codes, np.where(inspected & ~closed, length_m, 0.0), len(names))
    closed_m = length_by(codes, np.where(closed, length_m, 0.0), len(names))
    found: dict[str, InspectedLength] = {}
    for name, *lengths in zip(names, open_m, seen_m, closed_m, strict=True):
        before = found.get(name, InspectedLength())
        network, inspected_m, shut = (float(each) for each in lengths)
        found[name] = InspectedLength(
            before.network_m + network, before.inspected_m + inspected_m, before.closed_m + shut
        )
    return found


def _length(length_m: Floats, closed: Bools, inspected: Bools) -> InspectedLength:
    parts = (~closed, ~closed & inspected, closed)
    return InspectedLength(*(float(length_m[part].sum()) for part in parts))


def both_directions(sections: Sections, inspected: Bools, closed: Bools) -> float | None:
    """Share of the length of two-way road that was inspected both ways, %; None where there is none."""
    key = sections.road.astype(np.int64) * 10**7 + np.round(sections.from_kp_km * 1000).astype(np.int64)
    usable = np.flatnonzero(~closed)
    down, up = usable[~sections.up[usable]], usable[sections.up[usable]]
    _, i, j = np.intersect1d(key[down], key[up], return_indices=True)
    a, b = down[i], up[j]
    length = sections.length_m[a] + sections.length_m[b]
    return float(100 * length[inspected[a] & inspected[b]].sum() / length.sum()) if length.sum() > 0 else None


def find_missing(sections: Sections, year: Year) -> tuple[Missing, ...]:
    """Stretches that were not inspected, neighbours with the same reason and office in one; closed ones too."""
    closed = sections.closed.known
    left = ~year.inspected | closed
    seen = np.isfinite(year.coverage_pct) & ~closed
    kind = np.where(closed, 2 + sections.closed.codes, np.where(seen, 1, 0)) * (len(sections.office.names) + 1)
    kind = np.where(left, kind + sections.office.codes + 1, -1)
    first = np.zeros(len(sections), bool)
    first[sections.chains[:-1]] = True
    first[1:] |= np.diff(kind) != 0
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(sections)) - 1
    sums = np.concatenate([[0.0], np.cumsum(sections.length_m)])
    found = []
    for a, b in zip(starts[kind[starts] >= 0].tolist(), ends[kind[starts] >= 0].tolist(), strict=True):
        reason = sections.closed.text(a) or ("有効測定率不足" if seen[a] else "未走行")
        found.append(
            Missing(
                sections.roads[sections.road[a]],
                sections.names[sections.road[a]],
                Direction.UP if sections.up[a] else Direction.DOWN,
                float(sections.from_kp_km[a]),
                float(sections.to_kp_km[b]),
                float(sums[b + 1] - sums[a]) / 1000,
                sections.office.text(a),
                reason,
                bool(closed[a]),
            )
        )
    return tuple(found)


def worth_a_drive(missing: Sequence[Missing], least_m: float) -> tuple[tuple[Missing, ...], tuple[Missing, ...]]:
    """Stretches of at least `least_m`, those that touch (of one office, road and direction) as one; and the rest."""
    joined: list[Missing] = []
    for each in missing:
        last = joined[-1] if joined else None
        if last and _touch(last, each):
            reasons = dict.fromkeys([*last.reason.split("・"), each.reason])
            joined[-1] = replace(last, to_kp_km=each.to_kp_km, km=last.km + each.km, reason="・".join(reasons))
        else:
            joined.append(each)

    def long(one: Missing) -> bool:  # by the kilopost too: a section of 0.1 is worth what it says
        return 1000 * max(one.km, one.to_kp_km - one.from_kp_km) + 0.5 >= least_m

    return tuple(filter(long, joined)), tuple(each for each in joined if not long(each))


def _touch(one: Missing, other: Missing) -> bool:
    same = (one.road, one.direction, one.office) == (other.road, other.direction, other.office)
    return same and abs(one.to_kp_km - other.from_kp_km) < 1e-6


def plan_patrols(missing: Sequence[Missing], drive_km: float) -> tuple[Patrol, ...]:
    """Drives of at most about `drive_km` of inspection: an office's stretches road by road, there and back together."""
    by_office: dict[str, dict[RoadKey, list[Missing]]] = {}
    for each in missing:
        by_office.setdefault(each.office or NO_OFFICE, {}).setdefault(each.road, []).append(each)
    plan: list[Patrol] = []
    for office, roads in sorted(by_office.items()):
        drive: list[Missing] = []
        for parts in sorted(roads.values(), key=lambda p: -sum(each.km for each in p)):
            for each in sorted(parts, key=lambda m: (m.from_kp_km, m.direction)):
                for piece in _cut(each, drive_km):
                    if drive and sum(m.km for m in drive) + piece.km > drive_km:
                        plan.append(_patrol(len(plan) + 1, office, drive))
                        drive = []
                    drive.append(piece)
        if drive:
            plan.append(_patrol(len(plan) + 1, office, drive))
    return tuple(plan)


def _patrol(number: int, office: str, drive: Sequence[Missing]) -> Patrol:
    return Patrol(number, office, sum(each.km for each in drive), tuple(drive))


def _cut(whole: Missing, drive_km: float) -> list[Missing]:
    """Pieces that one drive can take."""
    count = max(1, ceil(whole.km / drive_km))
    step = (whole.to_kp_km - whole.from_kp_km) / count
    edges = [round(whole.from_kp_km + step * k, 1) for k in range(count)] + [whole.to_kp_km]
    return [
        Missing(
            whole.road,
            whole.name,
            whole.direction,
            a,
            b,
            whole.km * (b - a) / max(whole.to_kp_km - whole.from_kp_km, 1e-9),
            whole.office,
            whole.reason,
            whole.closed,
        )
        for a, b in pairwise(edges)
    ]
