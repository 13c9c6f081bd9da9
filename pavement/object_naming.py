"""Which id each sighting of a defect gets, when several drives saw it: a function of the drives, not of their arrival.

The drives are taken in the order in which they were driven. What an earlier one saw, or what people were told of, keeps
its id; anything else gets an id that tells its road and place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pavement.identity import Sighting, same_objects

DIGITS = 12  #: of an id


@dataclass(frozen=True)
class Seen:
    """One sighting of one drive."""

    own_id: str  #: what it is called where nobody saw it before
    sighting: Sighting


def own_id(kind: str, seen: Sighting) -> str:
    """An id by road, direction and category (`kind`) and place only.

    >>> own_id("一般国道_4_000_現道|下り|pothole", Sighting(112_500.2, 0.25, 0.3))
    '6b5c7b1efc68'
    """
    return _digest(f"{kind}|{round(seen.along_m)}|{seen.across_m:.2f}")


def name_objects(
    drives: Sequence[Sequence[Seen]], known: Mapping[str, Sighting], lasting: Mapping[str, Sighting]
) -> list[list[str]]:
    """The ids of the sightings of each drive, the first driven first; within a drive each id stands once.

    `known`: what drives before these saw, id -> the newest sighting. `lasting`: ids that people were told of or decided
    about, whenever they were seen first.

    >>> hole = Sighting(100.0, 0.5, 0.3)
    >>> again, other = Sighting(102.0, 0.4, 0.3), Sighting(150.0, 0.0, 1.0)
    >>> name_objects([[Seen("a", hole)], [Seen("b", again), Seen("c", other)]], {}, {})
    [['a'], ['a', 'c']]
    """
    newest = dict(known)
    named = []
    for drive in drives:
        before = {**lasting, **newest}
        names = sorted(before)
        ids = [each.own_id for each in drive]
        pairs = same_objects([each.sighting for each in drive], [before[name] for name in names])
        for i, j in pairs:
            ids[i] = names[j]
        used = {ids[i] for i, _ in pairs}
        for i in sorted({*range(len(drive))} - {i for i, _ in pairs}):
            while ids[i] in used:
                ids[i] = _digest(ids[i])
            used.add(ids[i])
        newest |= {name: each.sighting for name, each in zip(ids, drive, strict=True)}
        named.append(ids)
    return named


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
