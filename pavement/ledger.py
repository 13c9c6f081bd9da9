"""What the road ledger says along a road: values by stretch of kilopost, the later one on top."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import isfinite

EDGE_KM = 1e-9
LANE_WIDTH_M = (2.25, 4.0)  #: 車線幅 narrower or wider than this is an error or not the width of lanes


@dataclass(frozen=True)
class Entry:
    """One row of the ledger."""

    from_kp_km: float
    to_kp_km: float
    value: str
    valid_from: str = ""  #: ISO date; empty = from the beginning


class Stretches:
    """One attribute of one road: which value holds at a kilopost.

    Where entries overlap the later `valid_from` holds, and of equal ones the later entry. Built in O(n log n), asked in
    O(log n).
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        rows = [each for each in entries if each.to_kp_km > each.from_kp_km]
        bounds = sorted({kp for each in rows for kp in (each.from_kp_km, each.to_kp_km)})
        order = sorted(range(len(rows)), key=lambda i: rows[i].from_kp_km)
        rank = {i: k for k, i in enumerate(sorted(range(len(rows)), key=lambda i: (rows[i].valid_from, i)))}
        self._bounds = bounds
        self._values: list[str | None] = []  # on bounds[k] .. bounds[k + 1]
        waiting: list[tuple[int, int]] = []
        following = 0
        for kp in bounds:
            while following < len(order) and rows[order[following]].from_kp_km <= kp:
                heappush(waiting, (-rank[order[following]], order[following]))
                following += 1
            while waiting and rows[waiting[0][1]].to_kp_km <= kp:
                heappop(waiting)
            self._values.append(rows[waiting[0][1]].value if waiting else None)

    def at(self, kp_km: float) -> str | None:
        """The value at a kilopost; an entry holds its start, not its end."""
        i = bisect_right(self._bounds, kp_km + EDGE_KM) - 1
        return self._values[i] if i >= 0 else None


def lane_width_of(attributes: Mapping[str, str]) -> float | None:
    """Width of one lane in metres as the ledger gives it: `lane_width_m`, else `width_m` over `lanes`; None where it
    is not known or not plausible (`LANE_WIDTH_M`).

    >>> lane_width_of({"width_m": "6.5", "lanes": "2"}), lane_width_of({"width_m": "6.5"}), lane_width_of({})
    (3.25, None, None)
    """
    width = _number(attributes.get("lane_width_m"))
    if width is None:
        whole, lanes = _number(attributes.get("width_m")), _number(attributes.get("lanes"))
        width = whole / lanes if whole and lanes else None
    return width if width is not None and LANE_WIDTH_M[0] <= width <= LANE_WIDTH_M[1] else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "nan")
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None
