"""Which segment of a result a sheet's row tells of, also where a part of its key was corrected."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from exporters.form_a.reading import SheetRow
from exporters.form_a.table import Form
from pavement.segment import Segment

KEY_SOURCES = ("road_type", "branch_no", "kind", "lane")  #: parts of the key that a customer's form may lack
Told = tuple[SheetRow, Segment]
Pair = tuple[SheetRow, Segment, Segment]
Key = Callable[[Segment], Hashable]


def pair(told: Sequence[Told], segments: Sequence[Segment], form: Form) -> tuple[list[Pair], list[Told], list[Segment]]:
    """Rows and the segments that they tell of; the rows and the segments that are left over.

    First by the whole key, as far as the sheet has it; then, where a part of the key itself was corrected, by less.
    """
    sources = {form.columns[i].source for row, _ in told for i in row.values}
    used = [name for name in KEY_SOURCES if name in sources]

    def whole(segment: Segment) -> Hashable:
        parts = [_part(segment, name) for name in used]
        return (*parts, segment.road.route_no, segment.direction, _metres(segment.start.kp_km))

    keys: tuple[Key, ...] = (
        whole,
        lambda s: (s.road.route_no, s.direction, _metres(s.start.kp_km), _metres(s.end.kp_km)),
        lambda s: (s.road.route_no, _metres(s.start.kp_km), _metres(s.end.kp_km), _degrees(s)),
        lambda s: (s.road.route_no, s.direction, _metres(s.end.kp_km)),
        lambda s: (s.road.route_no, s.direction, _degrees(s)),
        lambda s: (s.direction, s.lane, _metres(s.start.kp_km), _degrees(s)),
    )
    pairs: list[Pair] = []
    rows, left = list(told), list(segments)
    for key in keys:
        rows, left = _take(rows, left, key, pairs)
    return pairs, rows, left


def _take(
    rows: Sequence[Told], segments: Sequence[Segment], key: Key, pairs: list[Pair]
) -> tuple[list[Told], list[Segment]]:
    """Add to `pairs` what has the same key; of several of one key the nearest to each other."""
    by_key: dict[Hashable, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_key[key(segment)].append(segment)
    rivals: dict[Hashable, list[Told]] = defaultdict(list)
    for row, told in rows:
        rivals[key(told)].append((row, told))
    taken: set[int] = set()
    for value, some in rivals.items():
        near = [(_apart(each, told), i, j) for i, (_, told) in enumerate(some) for j, each in enumerate(by_key[value])]
        for _, i, j in sorted(near):
            row, segment = some[i][0], by_key[value][j]
            if id(row) not in taken and id(segment) not in taken:
                taken |= {id(row), id(segment)}
                pairs.append((row, some[i][1], segment))
    rest = [(row, told) for row, told in rows if id(row) not in taken]
    return rest, [each for each in segments if id(each) not in taken]


def _part(segment: Segment, name: str) -> Hashable:
    if name == "lane":
        return segment.lane
    text: str = getattr(segment.road, name)
    return text.zfill(3) if name == "branch_no" else text


def _metres(kp_km: float) -> int:
    """Tenths of a metre, as printed."""
    return round(kp_km * 10_000)


def _degrees(segment: Segment) -> Hashable:
    place = segment.start
    return None if math.isnan(place.lon + place.lat) else (round(place.lon, 5), round(place.lat, 5))


def _apart(a: Segment, b: Segment) -> float:
    """How little two tell of the same place: kilometres of kilopost, degrees where both have them."""
    degrees = abs(a.start.lon - b.start.lon) + abs(a.start.lat - b.start.lat)
    return abs(a.end.kp_km - b.end.kp_km) + (0.0 if math.isnan(degrees) else degrees)
